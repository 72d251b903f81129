-- check: V10
-- name: props_have_a_game
-- table: nba_analytics.upcoming_player_game_context
-- severity: warn
-- date: game_date
-- sentence: At most one in twenty props of a date belongs to teams whom the schedule never had together on it or, dated in UTC, the day before.
with
listed as (
    select distinct
        game_date,
        least(home_team_tricode, away_team_tricode) as first_team,
        greatest(home_team_tricode, away_team_tricode) as second_team
    from nba_raw.nbac_schedule
    where game_date between cast(date_sub(@start_date, interval 1 day) as date) and @end_date
)

select
    raw.game_date,
    countif(same_date.game_date is null and day_before.game_date is null) as rows_without_a_game,
    count(*) as row_count
from nba_raw.odds_api_player_points_props as raw
left join listed as same_date
    on
        raw.game_date = same_date.game_date
        and least(raw.home_team_abbr, raw.away_team_abbr) = same_date.first_team
        and greatest(raw.home_team_abbr, raw.away_team_abbr) = same_date.second_team
left join listed as day_before
    on
        raw.game_start_time is null
        and date_diff(raw.game_date, day_before.game_date, day) = 1
        and least(raw.home_team_abbr, raw.away_team_abbr) = day_before.first_team
        and greatest(raw.home_team_abbr, raw.away_team_abbr) = day_before.second_team
where raw.game_date between @start_date and @end_date and raw.home_team_abbr is not null and raw.away_team_abbr is not null
group by raw.game_date
having
    safe_divide(countif(same_date.game_date is null and day_before.game_date is null), count(*)) > @gameless_line_share
