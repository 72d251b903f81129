-- table: the_table
-- check: V03 covers_every_game | block | Every the_kind game of the schedule has rows, or somebody accepted that no
--   source has them.
-- date: game_date
select
    game_date,
    game_id
from nba_reference.dim_game
where
    game_date between @start_date and @end_date
    and (is_final or 'the_kind' = 'scheduled')
    and game_id not in (
        select game_id
        from the_table
        where game_date between @start_date and @end_date
    )
    and game_date not in (
        select partition_date
        from nba_processing.accepted_gaps
        where table_name = 'the_table' and (expires is null or expires >= @today)
    )
