-- table: nba_analytics.player_game_summary
-- check: V26 names_are_known | warn | At most one in a hundred players who played has a name the registry does not
--   know.
-- date: game_date
select
    game_date,
    countif(universal_player_id is null) as unknown_players,
    count(*) as players
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and did_play
group by game_date
having safe_divide(countif(universal_player_id is null), count(*)) > @unknown_share
