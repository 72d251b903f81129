"""Violations that stay open until their dates are judged again: what a run's verdicts change in what is stored of them.

What a fact is and how it is judged stands in ``facts``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import dagster as dg
import pyarrow as pa

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Verdict
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS, STATUS
from nba_pipeline.warehouse.seam import Arrow, Query, Stage, Value, Warehouse, arrow_schema

OpenDates = Mapping[str, Mapping[dt.date, int]]


def remember(
    warehouse: Warehouse,
    contract: TableContract,
    verdicts: Sequence[Verdict],
    dates: DateRange | None,
    *,
    is_whole: bool = True,
) -> OpenDates:
    """Store which dates of the range break which fact; returns what is open on other dates, by fact and date.

    With all facts of the table judged, the dates count as judged from now on, in the same transaction.
    """
    known = warehouse.read(
        f"select check_name, partition_date, violations from {OPEN_VIOLATIONS} where table_name = @name",
        {"name": contract.name},
    ).to_pylist()
    judged = {verdict.fact.name for verdict in verdicts}
    before: dict[str, dict[dt.date, int]] = {}
    open_elsewhere: dict[str, dict[dt.date, int]] = {}
    for row in known:
        day = row["partition_date"]
        inside = dates is None or dates.start <= day <= dates.end
        found = before if inside else open_elsewhere
        found.setdefault(row["check_name"], {})[day] = row["violations"]
    now = {verdict.fact.name: dict(verdict.by_date) for verdict in verdicts if verdict.by_date}
    marks = [_judged_now(contract, dates)] if is_whole and _has_unjudged(warehouse, contract, dates) else []
    if not marks and now == {name: days for name, days in before.items() if name in judged}:
        return open_elsewhere
    facts = {fact.name: fact for fact in checks_of(contract)}
    kept = {name: days for name, days in before.items() if name not in judged and name in facts}
    rows = [
        {
            "table_name": contract.name,
            "check_name": name,
            "catalogue_id": facts[name].id or None,
            "partition_date": day,
            "severity": "error" if facts[name].severity is dg.AssetCheckSeverity.ERROR else "warn",
            "is_blocking": facts[name].blocking,
            "violations": count,
        }
        for name, days in (kept | now).items()
        for day, count in days.items()
        if dates is None or dates.start <= day <= dates.end
    ]
    table = declared(OPEN_VIOLATIONS)
    chunk = pa.Table.from_pylist(rows, schema=arrow_schema(table))
    warehouse.publish([Stage(table, Arrow([chunk]), dates, scope={"table_name": contract.name}), *marks])
    return open_elsewhere


def _has_unjudged(warehouse: Warehouse, contract: TableContract, dates: DateRange | None) -> bool:
    where, bounds = _of_table(contract, dates)
    warehouse.create([declared(STATUS)])
    return bool(warehouse.read(f"select 1 as found from {STATUS} where {where} and not is_judged limit 1", bounds))


def _judged_now(contract: TableContract, dates: DateRange | None) -> Stage:
    """What is recorded of a table's dates, with the mark that its checks have judged them."""
    table = declared(STATUS)
    names = [column.name for column in table.columns]
    listed = ", ".join("true as is_judged" if name == "is_judged" else name for name in names)
    where, bounds = _of_table(contract, dates)
    return Stage(
        table, Query(f"select {listed} from {STATUS} where {where}", bounds), dates, scope={"table_name": contract.name}
    )


def _of_table(contract: TableContract, dates: DateRange | None) -> tuple[str, dict[str, Value]]:
    if dates is None:
        return "table_name = @judged_table", {"judged_table": contract.name}
    where = "table_name = @judged_table and partition_date between @start_date and @end_date"
    return where, {"judged_table": contract.name, "start_date": dates.start, "end_date": dates.end}
