"""Asset checks of every table: its facts judged over the range of the run, with the rows that break them.

A verdict is about everything stored: violations found earlier on other dates stay open in
``nba_processing.check_violations`` until those dates are judged again, so a small run cannot turn a check green that
another date still breaks. Only violations inside the run's own range block.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pyarrow as pa
import sqlglot
from sqlglot import exp

from nba_pipeline.calendar import DateRange, last_partition
from nba_pipeline.contract.catalog import declared, runnable_contracts
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import Table, as_markdown, shortened
from nba_pipeline.graph.assets import POOL
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.keys import asset_key, checks_step_of, run_range
from nba_pipeline.switches import Switches, switches_of
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Fact, Verdict, evaluate
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS, STATUS
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.dialect import readable
from nba_pipeline.warehouse.seam import Arrow, Query, Stage, Value, Warehouse, arrow_schema

#: Entries that a run may go on without when its switches say so: they say what is missing, not what is wrong.
BYPASSABLE = frozenset({"V03", "V15", "V16"})
#: Entries about today, which a backfill of the past is not asked.
NOT_IN_BACKFILL = frozenset({"V27"})

#: Under this name a result's metadata counts the violations in the run's range.
VIOLATIONS = "violations"
OpenDates = Mapping[str, Mapping[dt.date, int]]


def table_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of every table that has a run of its own, one step per table."""
    return [_checks_of(contract) for contract in runnable_contracts().values()]


def _checks_of(contract: TableContract) -> dg.AssetChecksDefinition:
    facts = checks_of(contract)
    key = asset_key(contract.name)

    @dg.multi_asset_check(
        name=checks_step_of(contract.name),
        specs=[
            dg.AssetCheckSpec(
                name=fact.name,
                asset=key,
                description=_described(fact),
                blocking=fact.blocking,
                metadata={"catalogue": fact.id, "scope": fact.scope, **fact.thresholds},
            )
            for fact in facts
        ],
        can_subset=True,
        pool=POOL,
    )
    def check(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> Iterator[dg.AssetCheckResult]:
        wanted = {selected.name for selected in context.selected_asset_check_keys}
        dates = run_range(context.run.tags)
        switches = switches_of(context.run.tags)
        judged = [fact for fact in facts if fact.name in wanted]
        warehouse = pipeline.warehouse()
        with warehouse.session():
            # A home that an older version built lacks the tables that came since.
            read = {OPEN_VIOLATIONS}.union(*(tables_read(fact.violations) for fact in judged))
            warehouse.create([declared(name) for name in sorted(read)])
            verdicts = list(evaluate(warehouse, judged, dates))
            whole = len(judged) == len(facts)
            elsewhere = remember(warehouse, contract, verdicts, dates, is_whole=whole) if contract.partition else {}
        for verdict in verdicts:
            yield _result(contract, verdict, dates, elsewhere.get(verdict.fact.name, {}), switches)

    return check


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


def _result(
    contract: TableContract,
    verdict: Verdict,
    dates: DateRange | None,
    elsewhere: Mapping[dt.date, int],
    switches: Switches,
) -> dg.AssetCheckResult:
    fact = verdict.fact
    scope = str(dates) if dates else "everything stored"
    spared = switches.backfill_mode and fact.id in NOT_IN_BACKFILL
    bypassed = fact.id in BYPASSABLE and (switches.backfill_mode or not switches.strict_mode)
    passed = spared or (verdict.passed and not elsewhere)
    severity = dg.AssetCheckSeverity.WARN if verdict.passed or bypassed else fact.severity
    where = f" on {shortened(sorted(verdict.by_date))}" if verdict.by_date else ""
    said = [f"{scope}: {verdict.violations} violations{where}"]
    if spared:
        said = ["not judged in a backfill"]
    elif bypassed and not verdict.passed:
        said.append("not blocking: " + ("backfill mode" if switches.backfill_mode else "strict mode is off"))
    if elsewhere:
        said.append(f"still open on {shortened(sorted(elsewhere))}")
    metadata: dict[str, Any] = {"range": scope, VIOLATIONS: verdict.violations, **fact.thresholds}
    if fact.id:
        metadata["catalogue"] = f"{fact.id} {catalogue()[fact.id].title}"
    if verdict.by_date:
        metadata["violations_by_date"] = {day.isoformat(): count for day, count in verdict.by_date.items()}
    if elsewhere:
        metadata["open_on_other_dates"] = {day.isoformat(): count for day, count in sorted(elsewhere.items())}
    if verdict.rows:
        metadata["first_rows"] = dg.MetadataValue.md(_rows_table(contract, verdict))
    if not passed and fact.id:
        metadata["what_to_do"] = catalogue()[fact.id].remedy
    metadata["query"] = dg.MetadataValue.md(f"```sql\n{_readable(fact, dates)}\n```")
    return dg.AssetCheckResult(
        asset_key=asset_key(contract.name),
        check_name=fact.name,
        passed=passed,
        severity=severity,
        description="; ".join(said),
        metadata=metadata,
    )


def _described(fact: Fact) -> str:
    return f"{fact.id} {fact.sentence}".strip()


def _rows_table(contract: TableContract, verdict: Verdict) -> str:
    """The violating rows: their key and the columns the fact is about."""
    stored = list(verdict.rows[0])
    spoken_of = {
        column.name for column in sqlglot.parse_one(verdict.fact.violations, read="bigquery").find_all(exp.Column)
    }
    chosen = [name for name in stored if name in contract.key or name in spoken_of]
    names = chosen if len(chosen) > len(contract.key) else stored
    return as_markdown(
        [Table("", names, [["NULL" if row[name] is None else row[name] for name in names] for row in verdict.rows])]
    )


def _readable(fact: Fact, dates: DateRange | None) -> str:
    """The query as somebody would paste it into a console."""
    text = readable(fact.violations)
    first, last = (dates.start, dates.end) if dates else (dt.date.min, dt.date.max)
    bounds = {"start_date": f"date '{first}'", "end_date": f"date '{last}'", "today": f"date '{last_partition()}'"}
    for name, value in {**bounds, **fact.thresholds}.items():
        text = text.replace(f"@{name}", str(value))
    return text
