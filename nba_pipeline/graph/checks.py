"""Asset checks of every table: its facts judged over the range of the run, with the rows that break them."""

import datetime as dt
from collections.abc import Iterator, Mapping

import dagster as dg
import sqlglot
from sqlglot import exp

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import TableContract, runnable_contracts
from nba_pipeline.graph.assets import POOL, asset_key
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.validation.facts import Verdict, evaluate, facts_of


def table_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of every table that has a run of its own, one step per table."""
    return [_checks_of(contract) for contract in runnable_contracts().values()]


def _checks_of(contract: TableContract) -> dg.AssetChecksDefinition:
    facts = facts_of(contract)
    key = asset_key(contract.name)

    @dg.multi_asset_check(
        name=f"{contract.dataset}__{contract.table}__checks",
        specs=[
            dg.AssetCheckSpec(name=fact.name, asset=key, description=fact.sentence, blocking=fact.blocking)
            for fact in facts
        ],
        can_subset=True,
        pool=POOL,
    )
    def check(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> Iterator[dg.AssetCheckResult]:
        wanted = {selected.name for selected in context.selected_asset_check_keys}
        dates = run_range(context.run.tags)
        scope = str(dates) if dates else "everything stored"
        for verdict in evaluate(pipeline.warehouse(), [fact for fact in facts if fact.name in wanted], dates):
            rows = {"first_rows": dg.MetadataValue.md(_rows_table(contract, verdict))} if verdict.rows else {}
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=verdict.fact.name,
                passed=verdict.passed,
                severity=verdict.fact.severity,
                description=f"{scope}: {verdict.violations} violations",
                metadata={
                    "range": scope,
                    "violations": verdict.violations,
                    **rows,
                    "query": dg.MetadataValue.md(f"```sql\n{_readable(verdict.fact.violations, dates)}\n```"),
                },
            )

    return check


def run_range(tags: Mapping[str, str]) -> DateRange | None:
    """The partition range a run was launched for, from its tags; None when it has none."""
    start = tags.get("dagster/asset_partition_range_start") or tags.get("dagster/partition")
    end = tags.get("dagster/asset_partition_range_end") or tags.get("dagster/partition")
    if not start or not end:
        return None
    return DateRange(dt.date.fromisoformat(start), dt.date.fromisoformat(end))


def _rows_table(contract: TableContract, verdict: Verdict) -> str:
    """The violating rows: their key and the columns the fact is about."""
    stored = list(verdict.rows[0])
    spoken_of = {
        column.name for column in sqlglot.parse_one(verdict.fact.violations, read="bigquery").find_all(exp.Column)
    }
    chosen = [name for name in stored if name in contract.key or name in spoken_of]
    names = chosen if len(chosen) > len(contract.key) else stored
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(row[name]).replace("|", "\\|") for name in names) + " |" for row in verdict.rows]
    return "\n".join(lines)


def _readable(sql: str, dates: DateRange | None) -> str:
    """The query as somebody would paste it into a console."""
    text = sqlglot.parse_one(sql, read="bigquery").sql(dialect="bigquery", pretty=True)
    first, last = (dates.start, dates.end) if dates else (dt.date.min, dt.date.max)
    return text.replace("@start_date", f"date '{first}'").replace("@end_date", f"date '{last}'")
