"""Defensive checks: the look-back of a precompute table must be whole before a date is computed.

Evaluated inside the asset, so that a run by hand is protected too. Expected are the season's final game dates in
``[D - n, D)``, n and the upstream as the contract guards them. An error while checking blocks like a gap.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import TableContract, declared, tables_read
from nba_pipeline.errors import DependencyError, PipelineError
from nba_pipeline.graph.switches import Switches
from nba_pipeline.validation.facts import evaluate, facts_of
from nba_pipeline.warehouse.seam import Warehouse

_SCHEDULE = "nba_reference.dim_game"
_SHOWN = 10

#: Dates of the look-back about which a table says nothing. The schedule must have spoken about every calendar date
#: of the season in it, else a lost schedule would look like days without games; the upstream about every date with
#: final games.
_GAPS = """
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
    select
        slates.analysis_date,
        max(dim_game.game_date) as wanted_date
    from nba_processing.precompute_slates as slates
    inner join nba_reference.dim_game
        on slates.season_year = dim_game.season_year and dim_game.game_date < slates.analysis_date
    where slates.analysis_date between @start_date and @end_date and dim_game.is_final
    group by slates.analysis_date
),

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
        previous.wanted_date
    from previous
)

select
    wanted.table_name,
    wanted.analysis_date,
    wanted.wanted_date
from wanted
left join nba_processing.partition_status as status
    on wanted.table_name = status.table_name and wanted.wanted_date = status.partition_date
where
    status.table_name is null
    or status.reason in ('no_landing_file', 'no_readable_rows', 'source_missing')
    or (wanted.table_name = @upstream and status.row_count = 0)
order by wanted.table_name = @upstream, wanted.analysis_date, wanted.wanted_date
"""

_PREVIOUS = """
with
previous as (
    select max(dim_game.game_date) as game_date
    from nba_processing.precompute_slates as slates
    inner join nba_reference.dim_game
        on slates.season_year = dim_game.season_year and dim_game.game_date < slates.analysis_date
    where slates.analysis_date between @start_date and @end_date and dim_game.is_final
    group by slates.analysis_date
)

select
    min(game_date) as first_date,
    max(game_date) as last_date
from previous
"""


@dataclass(frozen=True)
class Defence:
    """What the check of one run found: the message a user reads, and the error if something is broken."""

    message: str
    error: PipelineError | None = None


def defend(
    warehouse: Warehouse,
    contract: TableContract,
    dates: DateRange,
    switches: Switches,
    say: Callable[[str], None] = lambda _: None,
) -> str:
    """Check the look-back of a range; returns the message that describes what was found.

    Raises:
        DependencyError: when the look-back is broken and the run is strict and no backfill.
        PipelineError: when the check itself cannot be made and the run is strict and no backfill.
    """
    found = _judge(warehouse, contract, dates)
    if found.error is None:
        return found.message
    if switches.backfill_mode:
        message = f"Defensive check bypassed: backfill mode reports and goes on. {found.message}"
    elif not switches.strict_mode:
        message = f"Defensive check not enforced: strict mode is off. {found.message}"
    else:
        raise found.error
    say(message)
    return message


def _judge(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> Defence:
    assert contract.guards is not None
    try:
        return _found(warehouse, contract, dates)
    except Exception as error:  # noqa: BLE001  an unforeseen error must block as well
        message = f"{contract.name} {dates}: the defensive check could not be made ({error}); nothing was computed."
        return Defence(message, PipelineError(message))


def _found(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> Defence:
    assert contract.guards is not None
    upstream, days = contract.guards.table, contract.guards.days
    facts = [fact for fact in facts_of(declared(upstream)) if fact.blocking]
    names = {name for sql in (_GAPS, *(fact.violations for fact in facts)) for name in tables_read(sql)}
    warehouse.create([declared(name) for name in sorted(names)])
    bounds = {"start_date": dates.start, "end_date": dates.end, "days": days}
    gaps = warehouse.read(_GAPS, {**bounds, "schedule": _SCHEDULE, "upstream": upstream}).to_pylist()
    if gaps:
        table, blocked = gaps[0]["table_name"], gaps[0]["analysis_date"]
        missing = sorted({row["wanted_date"] for row in gaps if row["table_name"] == table})
        return _broken(
            contract, blocked, table, missing, f"has nothing for {len(missing)} dates of the {days} days before it"
        )
    (window,) = warehouse.read(_PREVIOUS, {"start_date": dates.start, "end_date": dates.end}).to_pylist()
    if window["first_date"] is None:
        return Defence(f"Defensive check passed: {dates} has no game date before it.")
    before = DateRange(window["first_date"], window["last_date"])
    failed = [verdict.fact.name for verdict in evaluate(warehouse, facts, before) if not verdict.passed]
    if failed:
        why = f"fails {', '.join(failed)} on the slates before it"
        return _broken(contract, dates.start, upstream, list(before.dates()), why)
    return Defence(f"Defensive check passed: {upstream} is whole over the {days} days before each slate of {dates}.")


def _broken(contract: TableContract, blocked: dt.date, table: str, missing: Sequence[dt.date], what: str) -> Defence:
    command = f"nba-pipeline materialize {table} --partition-range {missing[0]}...{missing[-1]}"
    shown = ", ".join(day.isoformat() for day in missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
    message = f"{contract.name} is blocked at {blocked}: {table} {what} ({shown}). Repair: {command}"
    return Defence(
        message,
        DependencyError(message, blocked_date=blocked, upstream=table, missing_dates=missing, command=command),
    )


def failure_metadata(error: PipelineError) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a blocked run."""
    if not isinstance(error, DependencyError):
        return {}
    return {
        "blocked_date": dg.MetadataValue.text(error.blocked_date.isoformat()),
        "upstream": dg.MetadataValue.text(error.upstream),
        "missing_dates": dg.MetadataValue.json([day.isoformat() for day in error.missing_dates]),
        "repair": dg.MetadataValue.text(error.command),
    }
