-- table: the_table
-- check: V15 upstreams_are_sound | block | What the rows of a slate are made of was computed and breaks no blocking
--   fact.
-- date: analysis_date
with
slates as (
    select
        computed.partition_date as analysis_date,
        slates.season_year
    from nba_processing.partition_status as computed
    inner join nba_processing.precompute_slates as slates on computed.partition_date = slates.analysis_date
    where
        computed.table_name = 'the_table'
        and computed.row_count > 0
        and computed.partition_date between @start_date and @end_date
),

slate_dates as (
    select
        slates.analysis_date,
        max(dim_game.game_date) as previous_date
    from slates
    left join nba_reference.dim_game
        on
            slates.season_year = dim_game.season_year
            and dim_game.game_date < slates.analysis_date
            and dim_game.is_final
    group by slates.analysis_date
),

-- The pre-game tables of the slate itself, and the guarded results of the game date before it.
wanted as (
    select
        slate_dates.analysis_date,
        table_name,
        if(table_name = 'the_upstream', slate_dates.previous_date, slate_dates.analysis_date) as wanted_date
    from slate_dates
    cross join unnest(the_pregame_and_upstream) as table_name
),

broken as (
    select distinct
        table_name,
        partition_date
    from nba_processing.check_violations
    where is_blocking
)

select
    wanted.analysis_date,
    wanted.table_name,
    wanted.wanted_date,
    if(computed.table_name is null, 'never computed', 'breaks a blocking fact') as problem
from wanted
left join nba_processing.partition_status as computed
    on wanted.table_name = computed.table_name and wanted.wanted_date = computed.partition_date
left join broken on wanted.table_name = broken.table_name and wanted.wanted_date = broken.partition_date
where wanted.wanted_date is not null and (computed.table_name is null or broken.table_name is not null)
