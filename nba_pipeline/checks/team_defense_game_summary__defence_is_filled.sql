-- table: nba_analytics.team_defense_game_summary
-- check: V09 defence_is_filled | error | At most one in twenty teams lacks its rating, the opponent's field goals or
--   the turnovers it forced.
-- date: game_date
select
    game_date,
    countif(defensive_rating is null) as rows_without_defensive_rating,
    countif(opp_fg_attempts is null) as rows_without_opp_fg_attempts,
    countif(opp_fg_makes is null) as rows_without_opp_fg_makes,
    countif(turnovers_forced is null) as rows_without_turnovers_forced,
    count(*) as row_count
from nba_analytics.team_defense_game_summary
where game_date between @start_date and @end_date
group by game_date
having
    safe_divide(
        greatest(
            countif(defensive_rating is null),
            countif(opp_fg_attempts is null),
            countif(opp_fg_makes is null),
            countif(turnovers_forced is null)
        ),
        count(*)
    ) > @team_null_share
