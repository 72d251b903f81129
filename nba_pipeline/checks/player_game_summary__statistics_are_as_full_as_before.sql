-- table: nba_analytics.player_game_summary
-- check: V24 statistics_are_as_full_as_before | error | No statistic is filled less than 90 % as often as in the
--   ninety season days before.
-- threshold: least_ratio = regression_ratio
-- check: V24 statistics_are_almost_as_full_as_before | warn | No statistic is filled less than 95 % as often as in
--   the ninety season days before.
-- threshold: least_ratio = degradation_ratio
with
season_days as (
    select day
    from nba_reference.season_calendar as calendar
    cross join unnest(generate_date_array(calendar.regular_start, calendar.season_end)) as day
    where day < @start_date
    qualify row_number() over (order by day desc) <= @baseline_days
),

counted as (
    select
        summary.game_date >= @start_date as is_new,
        count(*) as row_count,
        count(summary.minutes_played) as minutes_played,
        count(summary.usage_rate) as usage_rate,
        count(summary.fg_attempts) as fg_attempts,
        count(summary.three_pt_attempts) as three_pt_attempts,
        count(summary.total_rebounds) as total_rebounds,
        count(summary.assists) as assists,
        count(summary.paint_attempts) as paint_attempts,
        count(summary.mid_range_attempts) as mid_range_attempts,
        count(summary.assisted_fg_makes) as assisted_fg_makes
    from nba_analytics.player_game_summary as summary
    where
        summary.points is not null
        and summary.game_date <= @end_date
        and (summary.game_date >= @start_date or summary.game_date in (select day from season_days))
    group by is_new
),

shares as (
    select
        feature_name,
        counted.is_new,
        counted.row_count,
        safe_divide(
            case feature_name
                when 'minutes_played' then counted.minutes_played
                when 'usage_rate' then counted.usage_rate
                when 'fg_attempts' then counted.fg_attempts
                when 'three_pt_attempts' then counted.three_pt_attempts
                when 'total_rebounds' then counted.total_rebounds
                when 'assists' then counted.assists
                when 'paint_attempts' then counted.paint_attempts
                when 'mid_range_attempts' then counted.mid_range_attempts
                when 'assisted_fg_makes' then counted.assisted_fg_makes
            end,
            counted.row_count
        ) as filled_share
    from counted
    cross join
        unnest(
            [
                'minutes_played',
                'usage_rate',
                'fg_attempts',
                'three_pt_attempts',
                'total_rebounds',
                'assists',
                'paint_attempts',
                'mid_range_attempts',
                'assisted_fg_makes'
            ]
        ) as feature_name
)

select
    recent.feature_name,
    recent.filled_share,
    baseline.filled_share as filled_share_before
from shares as recent
inner join shares as baseline on recent.feature_name = baseline.feature_name
where
    recent.is_new
    and not baseline.is_new
    and recent.row_count >= @fewest_rows
    and baseline.row_count >= @fewest_baseline_rows
    and recent.filled_share < @least_ratio * baseline.filled_share
