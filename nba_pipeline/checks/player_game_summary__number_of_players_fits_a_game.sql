-- table: nba_analytics.player_game_summary
-- check: V05 number_of_players_fits_a_game | error | Twelve to thirty players play in a game.
-- date: game_date
select
    game_date,
    game_id,
    countif(did_play) as players
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date
group by game_date, game_id
having countif(did_play) not between @fewest_played_rows_per_game and @most_played_rows_per_game
