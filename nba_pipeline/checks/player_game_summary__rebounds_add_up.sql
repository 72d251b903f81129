-- check: V12
-- name: rebounds_add_up
-- table: nba_analytics.player_game_summary
-- severity: warn
-- date: game_date
-- sentence: Rebounds are offensive and defensive rebounds.
select
    game_date,
    game_id,
    player_lookup,
    total_rebounds,
    offensive_rebounds,
    defensive_rebounds
from nba_analytics.player_game_summary
where
    game_date between @start_date and @end_date
    and total_rebounds <> offensive_rebounds + defensive_rebounds
