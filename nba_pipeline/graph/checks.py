"""Asset checks of every table: its facts judged over the range of the run, with the rows that break them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import TableContract, runnable_contracts
from nba_pipeline.graph.assets import POOL, asset_key
from nba_pipeline.graph.facts import evaluate, facts_of
from nba_pipeline.graph.resources import PipelineResource


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
        pool=POOL,
    )
    def check(context: dg.AssetCheckExecutionContext, pipeline: PipelineResource) -> Iterator[dg.AssetCheckResult]:
        dates = run_range(context.run.tags)
        for verdict in evaluate(pipeline.warehouse(), facts, dates):
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=verdict.fact.name,
                passed=verdict.passed,
                severity=verdict.fact.severity,
                metadata={
                    "range": str(dates) if dates else "everything stored",
                    "violations": verdict.violations,
                    **({"first_rows": dg.MetadataValue.md(_rows_table(verdict.rows))} if verdict.rows else {}),
                    "query": dg.MetadataValue.md(f"```sql\n{verdict.fact.violations}\n```"),
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


def _rows_table(rows: Sequence[Mapping[str, object]]) -> str:
    names = list(rows[0])[:12]
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(row[name]).replace("|", "\\|") for name in names) + " |" for row in rows]
    return "\n".join(lines)
