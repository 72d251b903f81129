-- Slates for which a pre-game table was never computed.
with
upstreams as (
    select table_name
    from unnest(the_pregame) as table_name
)

select
    upstreams.table_name,
    slates.analysis_date
from nba_processing.precompute_slates as slates
cross join upstreams
left join nba_processing.partition_status as status
    on upstreams.table_name = status.table_name and slates.analysis_date = status.partition_date
where slates.analysis_date between @start_date and @end_date and status.table_name is null
