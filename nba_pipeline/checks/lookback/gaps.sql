-- Dates of the look-back about which a table says nothing. The schedule must have spoken about every calendar date of the
-- season in it, else a lost schedule would look like days without games; the upstream about every date with final games, by
-- its status and by its rows, unless somebody accepted that no source has it.
with
lookback as (
    select
        slates.analysis_date,
        day as wanted_date
    from nba_processing.precompute_slates as slates
    inner join nba_reference.season_calendar as calendar on slates.season_year = calendar.season_year
    cross join
        unnest(
            generate_date_array(
                greatest(cast(date_sub(slates.analysis_date, interval the_days day) as date), calendar.regular_start),
                cast(date_sub(slates.analysis_date, interval 1 day) as date)
            )
        ) as day
    where slates.analysis_date between @start_date and @end_date
),

final_dates as (
    select distinct game_date
    from nba_reference.dim_game
    where is_final
),

wanted as (
    select
        'nba_reference.dim_game' as table_name,
        lookback.analysis_date,
        lookback.wanted_date
    from lookback
    union distinct
    select
        'the_upstream' as table_name,
        lookback.analysis_date,
        lookback.wanted_date
    from lookback
    inner join final_dates on lookback.wanted_date = final_dates.game_date
    union distinct
    select
        'the_upstream' as table_name,
        previous.analysis_date,
        previous.game_date as wanted_date
    from the_previous_game_dates as previous
),

stored as (
    select
        the_upstream_date as stored_date,
        count(*) as stored_rows
    from the_upstream
    group by the_upstream_date
),

accepted as (
    select partition_date
    from nba_processing.accepted_gaps
    where table_name = 'the_upstream' and (expires is null or expires >= @today)
)

select
    wanted.table_name,
    wanted.analysis_date,
    wanted.wanted_date
from wanted
left join nba_processing.partition_status as status
    on wanted.table_name = status.table_name and wanted.wanted_date = status.partition_date
left join stored on wanted.wanted_date = stored.stored_date
left join accepted on wanted.table_name = 'the_upstream' and wanted.wanted_date = accepted.partition_date
where
    accepted.partition_date is null
    and (
        status.table_name is null
        or status.reason in unnest(the_reasons_without_source)
        or (
            wanted.table_name = 'the_upstream'
            and (status.row_count = 0 or coalesce(stored.stored_rows, 0) < status.row_count)
        )
    )
