-- table: nba_analytics.player_game_summary
-- check: V08 minutes_are_filled | error | At most one in a hundred players who played lacks his minutes.
-- date: game_date
select
    game_date,
    countif(minutes_played is null) as rows_without,
    count(*) as row_count
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and did_play
group by game_date
having safe_divide(countif(minutes_played is null), count(*)) > @minutes_null_share
