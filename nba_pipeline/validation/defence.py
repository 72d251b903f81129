"""Defensive checks: the look-back of a precompute table must be whole before a date is computed.

Evaluated inside the asset, so that a run by hand is protected too. Expected are the season's final game dates in
``[D - n, D)``, n and the upstream as the contract guards them. An error while checking blocks like a gap.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from nba_pipeline.calendar import DateRange, last_partition
from nba_pipeline.contract.catalog import declared
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import DependencyError, PipelineError
from nba_pipeline.remedies import backfill, materialize
from nba_pipeline.switches import Switches
from nba_pipeline.validation.facts import Fact, evaluate
from nba_pipeline.validation.implied import facts_of
from nba_pipeline.validation.lookback import gaps, missing_pregame, previous_game_dates
from nba_pipeline.warehouse.seam import Warehouse

_SHOWN = 10


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
        message = _not_made(contract, dates, error)
        return Defence(message, PipelineError(message))


def _not_made(contract: TableContract, dates: DateRange, error: Exception) -> str:
    return f"{contract.name} {dates}: the defensive check could not be made ({error}); nothing was computed."


def blocked_slates(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> dict[dt.date, DependencyError]:
    """The slates of a range whose look-back is broken, each with the error a run of that slate alone would raise.

    The rest of the range may be computed. Empty for a table without look-back.

    Raises:
        PipelineError: when the check itself cannot be made.
    """
    if contract.guards is None:
        return {}
    try:
        return _blocked(warehouse, contract, dates)
    except Exception as error:
        raise PipelineError(_not_made(contract, dates, error)) from error


def _blocked(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> dict[dt.date, DependencyError]:
    assert contract.guards is not None
    facts = _prepare(warehouse, contract)
    missing: dict[dt.date, dict[str, list[dt.date]]] = {}
    for gap in _gaps(warehouse, contract, dates):
        missing.setdefault(gap["analysis_date"], {}).setdefault(gap["table_name"], []).append(gap["wanted_date"])
    found = {day: _lacking(contract, day, *next(iter(by_table.items()))) for day, by_table in missing.items()}
    previous = _previous(warehouse, dates)
    if not previous:
        return _errors(found)
    before = DateRange(min(previous.values()), max(previous.values()))
    unsound: dict[dt.date, list[str]] = {}
    for verdict in evaluate(warehouse, facts, before):
        if not verdict.passed:
            for day in verdict.by_date or before.dates():
                unsound.setdefault(day, []).append(verdict.fact.name)
    for slate, day in previous.items():
        if day in unsound and slate not in found:
            found[slate] = _failing(contract, slate, unsound[day], [day])
    return _errors(found)


def _errors(found: Mapping[dt.date, Defence]) -> dict[dt.date, DependencyError]:
    return {day: one.error for day, one in sorted(found.items()) if isinstance(one.error, DependencyError)}


def _found(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> Defence:
    assert contract.guards is not None
    upstream, days = contract.guards.table, contract.guards.days
    facts = _prepare(warehouse, contract)
    lacking = _gaps(warehouse, contract, dates)
    if lacking:
        table, blocked = lacking[0]["table_name"], lacking[0]["analysis_date"]
        return _lacking(contract, blocked, table, [row["wanted_date"] for row in lacking if row["table_name"] == table])
    unmade = _never_computed(warehouse, contract, dates)
    if unmade:
        return unmade
    previous = _previous(warehouse, dates)
    if not previous:
        return Defence(f"Defensive check passed: {dates} has no game date before it.")
    before = DateRange(min(previous.values()), max(previous.values()))
    failed = [verdict.fact.name for verdict in evaluate(warehouse, facts, before) if not verdict.passed]
    if failed:
        return _failing(contract, dates.start, failed, list(before.dates()))
    return Defence(f"Defensive check passed: {upstream} is whole over the {days} days before each slate of {dates}.")


def _prepare(warehouse: Warehouse, contract: TableContract) -> list[Fact]:
    """The blocking facts of the guarded upstream, with the tables that judging them reads."""
    assert contract.guards is not None
    facts = [fact for fact in facts_of(declared(contract.guards.table)) if fact.blocking]
    asked = (gaps(contract), missing_pregame(contract), *(fact.violations for fact in facts))
    names = {name for sql in asked for name in tables_read(sql)}
    warehouse.create([declared(name) for name in sorted(names)])
    return facts


def _gaps(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> list[dict[str, Any]]:
    """Missing dates of the look-backs, those of the schedule first."""
    assert contract.guards is not None
    bounds = {"start_date": dates.start, "end_date": dates.end, "today": last_partition()}
    found = warehouse.read(gaps(contract), bounds).to_pylist()
    upstream = contract.guards.table
    return sorted(found, key=lambda row: (row["table_name"] == upstream, row["analysis_date"], row["wanted_date"]))


def _never_computed(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> Defence | None:
    """What the slates lack of the pre-game tables they are made of."""
    rows = warehouse.read(missing_pregame(contract), {"start_date": dates.start, "end_date": dates.end}).to_pylist()
    if not rows:
        return None
    table = min(row["table_name"] for row in rows)
    missing = sorted(row["analysis_date"] for row in rows if row["table_name"] == table)
    return _broken(contract, missing[0], table, missing, f"was never computed for {len(missing)} of its slates")


def _previous(warehouse: Warehouse, dates: DateRange) -> dict[dt.date, dt.date]:
    """The game date before each slate that has one."""
    rows = warehouse.read(previous_game_dates(), {"start_date": dates.start, "end_date": dates.end}).to_pylist()
    return {row["analysis_date"]: row["game_date"] for row in rows}


def _lacking(contract: TableContract, blocked: dt.date, table: str, wanted: Sequence[dt.date]) -> Defence:
    assert contract.guards is not None
    missing = sorted(set(wanted))
    why = f"has nothing for {len(missing)} dates of the {contract.guards.days} days before it"
    return _broken(contract, blocked, table, missing, why)


def _failing(contract: TableContract, blocked: dt.date, facts: Sequence[str], before: Sequence[dt.date]) -> Defence:
    assert contract.guards is not None
    why = f"fails {', '.join(facts)} on the slates before it"
    command = materialize(before, [contract.guards.table])
    return _broken(contract, blocked, contract.guards.table, before, why, command=command)


def _broken(
    contract: TableContract, blocked: dt.date, table: str, missing: Sequence[dt.date], what: str, *, command: str = ""
) -> Defence:
    # Of every table: what the upstream itself reads may be missing too, and is computed before it.
    command = command or backfill(missing)
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
