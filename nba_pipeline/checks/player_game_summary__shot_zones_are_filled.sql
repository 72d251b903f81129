-- table: nba_analytics.player_game_summary
-- check: V08 shot_zones_are_filled | warn | At most six in ten players who played lack their shot zones.
-- date: game_date
select
    game_date,
    countif(paint_attempts is null or mid_range_attempts is null) as rows_without,
    count(*) as row_count
from nba_analytics.player_game_summary
where
    game_date between @start_date and @end_date and did_play
    and game_id in (select game_id from nba_reference.shot_events where game_date between @start_date and @end_date)
group by game_date
having safe_divide(countif(paint_attempts is null or mid_range_attempts is null), count(*)) > @zones_null_share
