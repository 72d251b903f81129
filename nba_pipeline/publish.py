"""One range of one table: what is staged for it, why each of its dates would be empty, and what came of it.

How it is written is in ``warehouse``, what is asked of the rows before and after in ``validation``. Nothing here knows
Dagster.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from nba_pipeline import inputs, reference_data
from nba_pipeline.calendar import DateRange, empty_reason, is_bootstrap
from nba_pipeline.contract.catalog import declared
from nba_pipeline.contract.table import TableContract
from nba_pipeline.raw.reader import read
from nba_pipeline.validation.lookback import SCHEDULE, STATUS
from nba_pipeline.warehouse.seam import Arrow, Published, Query, Stage, Warehouse, range_parameters

PACKAGED = "reference:"
QUARANTINE = "nba_raw.quarantine"
_RAW_SCHEDULE = "nba_raw.nbac_schedule"


@dataclass(frozen=True)
class Publication:
    """What was published; why each date is empty if it is, and how many records of each date went to quarantine."""

    published: Published
    reasons: Mapping[dt.date, str] = field(default_factory=dict)
    quarantined: Mapping[dt.date, int] = field(default_factory=dict)


def publish(
    warehouse: Warehouse, landing: Path, contract: TableContract, dates: DateRange | None, *, run_id: str
) -> Publication:
    """Publish a range of a table, or the whole of one without dates, with what is recorded beside it."""
    if contract.query:
        return _publish_query(warehouse, contract, dates, run_id)
    if contract.source and contract.source.startswith(PACKAGED):
        rows = reference_data.table(contract.source.removeprefix(PACKAGED))
        return Publication(warehouse.publish([Stage(contract, Arrow([rows]), None)]))
    return _publish_landing(warehouse, landing, contract, dates)


def _publish_query(warehouse: Warehouse, contract: TableContract, dates: DateRange | None, run_id: str) -> Publication:
    reasons = _reasons(warehouse, contract, dates) if dates else {}
    built_from = inputs.of_upstreams(contract, dates, inputs.recorded(warehouse, dates)[0]) if dates else {}
    query = Query(contract.query or "", range_parameters(dates))
    stages = [Stage(contract, query, dates, reasons=reasons, built_from=built_from)]
    if contract.misses:
        stages.append(_misses(contract, dates, run_id))
    return Publication(warehouse.publish(stages), reasons)


def _misses(contract: TableContract, dates: DateRange | None, run_id: str) -> Stage:
    """Why entities of the table's population have no row."""
    failures = declared(contract.misses or "")
    scope = {"processor_name": contract.table}
    parameters = {**range_parameters(dates), **scope, "run_id": run_id, "run_at": dt.datetime.now(dt.UTC)}
    return Stage(failures, Query(failures.query or "", parameters), dates, scope=scope)


def _publish_landing(
    warehouse: Warehouse, landing: Path, contract: TableContract, dates: DateRange | None
) -> Publication:
    """Read landing files into a raw table, its quarantine beside it in the same transaction."""
    quarantine: list[pa.Table] = []

    def rows() -> Iterator[pa.Table]:
        for batch in read(contract, landing, dates):
            quarantine.append(batch.quarantine)
            yield batch.rows

    # Taken before the files are read: one that lands meanwhile makes the partition stale, never silently current.
    built_from = inputs.of_files(landing, contract.source or "", dates) if dates else {}
    reasons = {
        day: _landing_reason(day, landed=day in built_from, is_schedule=contract.name == _RAW_SCHEDULE)
        for day in (dates.dates() if dates else ())
    }
    stages = [
        Stage(contract, Arrow(rows()), dates, reasons=reasons, built_from=built_from),
        Stage(declared(QUARANTINE), Arrow(quarantine), dates, scope={"table_name": contract.name}),
    ]
    return Publication(warehouse.publish(stages), reasons, _records_by_date(quarantine))


def _records_by_date(quarantine: Sequence[pa.Table]) -> Mapping[dt.date, int]:
    counts: dict[dt.date, set[tuple[str, int]]] = {}
    for chunk in quarantine:
        for row in chunk.select(["landing_date", "source_file", "record_number"]).to_pylist():
            counts.setdefault(row["landing_date"], set()).add((row["source_file"], row["record_number"]))
    return {day: len(records) for day, records in counts.items()}


def _landing_reason(day: dt.date, *, landed: bool, is_schedule: bool) -> str:
    """An empty raw partition: the calendar's reason when it has one, else a gap."""
    expected = empty_reason(day)
    if expected != "no_games":
        return expected
    if not landed:
        return "no_landing_file"
    return "no_games" if is_schedule else "no_readable_rows"


def _reasons(warehouse: Warehouse, contract: TableContract, dates: DateRange) -> Mapping[dt.date, str]:
    """Why each date of a table made of others would be empty, should it turn out to be."""
    is_spine = contract.name == SCHEDULE
    status = warehouse.read(
        f"select partition_date, row_count, reason from {STATUS} "
        "where table_name = @spine and partition_date between @start_date and @end_date",
        {"spine": _RAW_SCHEDULE if is_spine else SCHEDULE, "start_date": dates.start, "end_date": dates.end},
    )
    known = {row["partition_date"]: row for row in status.to_pylist()}
    return {
        day: "bootstrap"
        if contract.empty_in_bootstrap and is_bootstrap(day)
        else _derived_reason(known.get(day), is_spine=is_spine)
        for day in dates.dates()
    }


def _derived_reason(status: Mapping[str, object] | None, *, is_spine: bool) -> str:
    """An empty derived partition: what the schedule says of the date."""
    if status is None:
        return "source_missing"
    if status["row_count"]:
        return "no_games" if is_spine else "source_missing"
    return str(status["reason"] or "source_missing")
