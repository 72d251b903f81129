"""Asset checks of every table: its facts judged over the range of the run, with the rows that break them.

A verdict is about everything stored: violations found earlier on other dates stay open in
``nba_processing.check_violations`` until those dates are judged again, so a small run cannot turn a check green that
another date still breaks. Only violations inside the run's own range block.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
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
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS
from nba_pipeline.validation.open_violations import remember
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.dialect import readable

#: Entries that a run may go on without when its switches say so: they say what is missing, not what is wrong.
BYPASSABLE = frozenset({"V03", "V15", "V16"})
#: Entries about today, which a backfill of the past is not asked.
NOT_IN_BACKFILL = frozenset({"V27"})

#: Under this name a result's metadata counts the violations in the run's range.
VIOLATIONS = "violations"


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
