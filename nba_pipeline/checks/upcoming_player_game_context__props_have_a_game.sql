-- table: nba_analytics.upcoming_player_game_context
-- check: V10 props_have_a_game | warn | At most one in twenty props of a date belongs to teams whom the schedule
--   never had together on it or, where no start is stated, a day before or after.
-- date: game_date
with
listed as (
    select distinct
        game_date,
        least(home_team_tricode, away_team_tricode) as first_team,
        greatest(home_team_tricode, away_team_tricode) as second_team
    from nba_raw.nbac_schedule
    where
        game_date between cast(date_sub(@start_date, interval 1 day) as date)
        and cast(date_add(@end_date, interval 1 day) as date)
)

select
    raw.game_date,
    countif(not raw.has_game) as rows_without_a_game,
    count(*) as row_count
from (
    select
        lines.game_date,
        exists(
            select 1
            from listed
            where
                (
                    lines.game_date = listed.game_date
                    or (lines.game_start_time is null and abs(date_diff(lines.game_date, listed.game_date, day)) = 1)
                )
                and least(lines.home_team_abbr, lines.away_team_abbr) = listed.first_team
                and greatest(lines.home_team_abbr, lines.away_team_abbr) = listed.second_team
        ) as has_game
    from nba_raw.odds_api_player_points_props as lines
    where
        lines.game_date between @start_date and @end_date
        and lines.home_team_abbr is not null
        and lines.away_team_abbr is not null
) as raw
group by raw.game_date
having safe_divide(countif(not raw.has_game), count(*)) > @gameless_line_share
