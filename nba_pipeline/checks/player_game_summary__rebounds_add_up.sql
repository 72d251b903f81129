-- table: nba_analytics.player_game_summary
-- check: V12 rebounds_add_up | warn | Rebounds are offensive and defensive rebounds.
-- date: game_date
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
