-- table: nba_analytics.team_offense_game_summary
-- check: V09 offence_is_filled | error | At most one in twenty teams lacks its offensive rating, pace, field goals or
--   turnovers.
-- date: game_date
select
    game_date,
    countif(offensive_rating is null) as rows_without_offensive_rating,
    countif(pace is null) as rows_without_pace,
    countif(fg_attempts is null) as rows_without_fg_attempts,
    countif(turnovers is null) as rows_without_turnovers,
    count(*) as row_count
from nba_analytics.team_offense_game_summary
where game_date between @start_date and @end_date
group by game_date
having
    safe_divide(
        greatest(
            countif(offensive_rating is null),
            countif(pace is null),
            countif(fg_attempts is null),
            countif(turnovers is null)
        ),
        count(*)
    ) > @team_null_share
