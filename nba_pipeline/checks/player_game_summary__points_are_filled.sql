-- table: nba_analytics.player_game_summary
-- check: V08 points_are_filled | error | At most one in two hundred players who played lacks his points.
-- date: game_date
select
    game_date,
    countif(points is null) as rows_without,
    count(*) as row_count
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and did_play
group by game_date
having safe_divide(countif(points is null), count(*)) > @points_null_share
