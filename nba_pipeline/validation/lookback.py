"""What the rows of a slate stand on: the look-back before it and the tables computed for it, as GoogleSQL.

The same text is run before a slate is computed (``defence``) and over what is stored (``facts``).
"""

from nba_pipeline.contract.catalog import declared, stored_tables
from nba_pipeline.contract.table import TableContract

SCHEDULE = "nba_reference.dim_game"
STATUS = "nba_processing.partition_status"
OPEN_VIOLATIONS = "nba_processing.check_violations"
ACCEPTED = "nba_processing.accepted_gaps"

#: Why a partition is empty that should not be: nothing, or nothing readable, came from its sources.
NO_SOURCE = ("no_landing_file", "no_readable_rows", "source_missing")


def accepted_dates(table: str) -> str:
    """The dates of a table, given as an SQL text value, whose gaps somebody accepted; parameter: today."""
    return (
        f"select partition_date from {ACCEPTED} where table_name = {table} and (expires is null or expires >= @today)"
    )


#: The game date before each slate; parameters: start_date, end_date.
PREVIOUS_GAME_DATES = """
select
    slates.analysis_date,
    max(dim_game.game_date) as game_date
from nba_processing.precompute_slates as slates
inner join nba_reference.dim_game
    on slates.season_year = dim_game.season_year and dim_game.game_date < slates.analysis_date
where slates.analysis_date between @start_date and @end_date and dim_game.is_final
group by slates.analysis_date
"""

#: Dates of the look-back about which a table says nothing. The schedule must have spoken about every calendar date
#: of the season in it, else a lost schedule would look like days without games; the upstream about every date with
#: final games, by its status and by its rows, unless somebody accepted that no source has it. Parameters: start_date,
#: end_date, today.
_GAPS = f"""
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
                greatest(cast(date_sub(slates.analysis_date, interval @days day) as date), calendar.regular_start),
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

previous as (
{PREVIOUS_GAME_DATES}),

wanted as (
    select
        @schedule as table_name,
        lookback.analysis_date,
        lookback.wanted_date
    from lookback
    union distinct
    select
        @upstream as table_name,
        lookback.analysis_date,
        lookback.wanted_date
    from lookback
    inner join final_dates on lookback.wanted_date = final_dates.game_date
    union distinct
    select
        @upstream as table_name,
        previous.analysis_date,
        previous.game_date as wanted_date
    from previous
)

select
    wanted.table_name,
    wanted.analysis_date,
    wanted.wanted_date
from wanted
left join nba_processing.partition_status as status
    on wanted.table_name = status.table_name and wanted.wanted_date = status.partition_date
left join (select @date as stored_date, count(*) as stored_rows from @table group by @date) as stored
    on wanted.wanted_date = stored.stored_date
left join ({accepted_dates("@upstream")}) as accepted
    on wanted.table_name = @upstream and wanted.wanted_date = accepted.partition_date
where
    accepted.partition_date is null and (status.table_name is null
    or status.reason in {NO_SOURCE}
    or (wanted.table_name = @upstream and (status.row_count = 0 or coalesce(stored.stored_rows, 0) < status.row_count)))
"""


def gaps(contract: TableContract) -> str:
    """Dates of the look-back of a guarded table about which the schedule or the upstream says nothing, a row each."""
    assert contract.guards is not None
    upstream = declared(contract.guards.table)
    named = {
        "@upstream": f"'{upstream.name}'",
        "@schedule": f"'{SCHEDULE}'",
        "@days": str(contract.guards.days),
        "@date": upstream.partition or "",
        "@table": upstream.name,
    }
    text = _GAPS
    for name, value in named.items():
        text = text.replace(name, value)
    return text


def missing_pregame(contract: TableContract) -> str:
    """Slates of a range for which a pre-game table that the contract reads was never computed, a row each."""
    names = ", ".join(f"'{name}'" for name in pregame_upstreams(contract))
    if not names:
        return "select table_name, partition_date as analysis_date from " + f"{STATUS} where false"
    return f"""
select
    upstreams.table_name,
    slates.analysis_date
from nba_processing.precompute_slates as slates
cross join (select table_name from unnest([{names}]) as table_name) as upstreams
left join {STATUS} as status
    on upstreams.table_name = status.table_name and slates.analysis_date = status.partition_date
where slates.analysis_date between @start_date and @end_date and status.table_name is null
"""


def pregame_upstreams(contract: TableContract) -> tuple[str, ...]:
    """The tables a precompute table reads that are computed before tip-off for the same slate."""
    candidates = (declared(name) for name in stored_tables(contract.upstreams) if name != contract.name)
    return tuple(one.name for one in candidates if one.level or _is_context(one))


def _is_context(contract: TableContract) -> bool:
    return contract.dataset == "nba_analytics" and contract.covers == "scheduled_games"


def broken_lookback(contract: TableContract) -> str:
    """Stored slates of a table whose look-back has a gap, a row per gap."""
    return (
        f"select gaps.* from ({gaps(contract)}) as gaps inner join {STATUS} as computed "
        f"on computed.table_name = '{contract.name}' and gaps.analysis_date = computed.partition_date"
    )


def unsound_upstreams(contract: TableContract) -> str:
    """Slates with rows whose upstreams were never computed or break a blocking fact, a row per upstream and date.

    Asked of the pre-game tables on the slate itself, and of the guarded results on the game date before it.
    """
    assert contract.guards is not None
    names = ", ".join(f"'{name}'" for name in (*pregame_upstreams(contract), contract.guards.table))
    return f"""
with
slates as (
    select
        computed.partition_date as analysis_date,
        slates.season_year
    from {STATUS} as computed
    inner join nba_processing.precompute_slates as slates on computed.partition_date = slates.analysis_date
    where
        computed.table_name = '{contract.name}' and computed.row_count > 0
        and computed.partition_date between @start_date and @end_date
),

dates as (
    select
        slates.analysis_date,
        max(dim_game.game_date) as previous_date
    from slates
    left join {SCHEDULE} as dim_game
        on
            slates.season_year = dim_game.season_year and dim_game.game_date < slates.analysis_date
            and dim_game.is_final
    group by slates.analysis_date
),

wanted as (
    select
        dates.analysis_date,
        table_name,
        if(table_name = '{contract.guards.table}', dates.previous_date, dates.analysis_date) as wanted_date
    from dates
    cross join unnest([{names}]) as table_name
),

broken as (
    select distinct
        table_name,
        partition_date
    from {OPEN_VIOLATIONS}
    where is_blocking
)

select
    wanted.analysis_date,
    wanted.table_name,
    wanted.wanted_date,
    if(computed.table_name is null, 'never computed', 'breaks a blocking fact') as problem
from wanted
left join {STATUS} as computed
    on wanted.table_name = computed.table_name and wanted.wanted_date = computed.partition_date
left join broken on wanted.table_name = broken.table_name and wanted.wanted_date = broken.partition_date
where wanted.wanted_date is not null and (computed.table_name is null or broken.table_name is not null)
"""
