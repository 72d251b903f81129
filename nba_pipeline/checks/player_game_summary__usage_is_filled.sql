-- table: nba_analytics.player_game_summary
-- check: V08 usage_is_filled | error | At most one in twenty players with minutes lacks his usage rate.
-- date: game_date
select
    game_date,
    countif(usage_rate is null) as rows_without,
    count(*) as row_count
from nba_analytics.player_game_summary
where game_date between @start_date and @end_date and minutes_played > 0
group by game_date
having safe_divide(countif(usage_rate is null), count(*)) > @usage_null_share
