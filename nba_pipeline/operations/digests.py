"""The digest of a backfill, Dagster's or our own: one message about all its runs, sent once when it is over.

What failed in a single run is said by ``alerts``.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import dagster as dg

from nba_pipeline.keys import name_of, table_of
from nba_pipeline.operations.alerts import BACKFILL_TAGS, Problem, problems_of
from nba_pipeline.operations.notifier import Alert, Notifier, Severity, shortened
from nba_pipeline.operations.run_words import GATES, first_lines, keys_of_table, partition_keys, rerun, span

_REASONS_SHOWN = 5


def digest_of(instance: dg.DagsterInstance, backfill_id: str, *, command: str = "") -> Alert:
    """One message about a whole backfill: partitions requested, done, failed and skipped, duration, reasons, command.

    A partition is one table on one date, gates not counted; of several attempts the last that ended counts. Skipped
    are those that no step has tried: what they stand on failed, or the backfill ended early.

    Args:
        instance: knows the runs.
        backfill_id: of a Dagster backfill, of our backfill command, or the id of a single run.
        command: what to run next, where the caller knows better than the runs.
    """
    backfill = instance.get_backfill(backfill_id)
    records = _records_of(instance, backfill_id)
    ended: dict[tuple[str, str], bool | None] = dict.fromkeys(_targets(backfill))
    problems: list[Problem] = []
    plans: dict[str, frozenset[str]] = {}
    for record in records:
        run = record.dagster_run
        for pair, success in _attempts(instance, run, plans).items():
            ended[pair] = ended.get(pair) if success is None else success
        problems += problems_of(instance, run)
    done, failed, skipped = (sum(1 for result in ended.values() if result is wanted) for wanted in (True, False, None))
    reasons, first = _reasons(problems)
    checks = any(problem.alert.severity is not Severity.INFO for problem in problems)
    severity = Severity.ERROR if failed or checks else Severity.WARNING if skipped or not records else Severity.SUCCESS
    what = (
        f"Backfill {backfill_id} is over: {len(ended)} partitions requested, {done} ok, {failed} failed, "
        f"{skipped} skipped in {_lasted(records, backfill)}"
    )
    what += f". Reasons: {'; '.join(reasons)}" if reasons else "." if records else "; nothing was launched."
    if backfill is not None and backfill.error is not None:
        what += f" The backfill itself ended with: {first_lines(backfill.error.message, '')}"
    unfinished = [pair for pair, result in ended.items() if not result]
    again = rerun(sorted({table for table, _ in unfinished}), sorted({day for _, day in unfinished}))
    dates = sorted({day for _, day in ended if day})
    return Alert(
        severity,
        asset=f"backfill {backfill_id}",
        cause="backfill_digest",
        what=what,
        where=f"{len({table for table, _ in ended})} tables, {span(dates) or 'no dates'}; {len(records)} runs",
        command=command or first or again,
        run_id=records[-1].dagster_run.run_id if records else "",
        topic=digest_topic(backfill_id),
    )


def finish_backfill(
    instance: dg.DagsterInstance,
    notifier: Notifier,
    backfill_id: str,
    *,
    command: str = "",
    now: dt.datetime | None = None,
) -> bool:
    """Send the digest of a backfill that is over, unless it was sent before; returns whether it was sent."""
    if notifier.already_told([digest_topic(backfill_id)]):
        return False
    alert = digest_of(instance, backfill_id, command=command)
    return notifier.send_once(alert, now or dt.datetime.now(dt.UTC))


def digest_topic(backfill_id: str) -> str:
    """Under which the digest of a backfill is remembered."""
    return f"digest|{backfill_id}"


def _records_of(instance: dg.DagsterInstance, backfill_id: str) -> list[Any]:
    """Run records of a backfill, oldest first."""
    found: dict[str, Any] = {}
    for filters in (
        *(dg.RunsFilter(tags={tag: backfill_id}) for tag in BACKFILL_TAGS),
        dg.RunsFilter(run_ids=[backfill_id]),
    ):
        found |= {record.dagster_run.run_id: record for record in instance.get_run_records(filters)}
    return sorted(found.values(), key=lambda record: record.storage_id)


def _targets(backfill: Any) -> list[tuple[str, str]]:
    """What a Dagster backfill was asked for, also what it never launched."""
    if backfill is None or backfill.asset_backfill_data is None:
        return []
    pairs = backfill.asset_backfill_data.target_subset.iterate_asset_partitions()
    return [(name, pair.partition_key or "") for pair in pairs if (name := name_of(pair.asset_key)) not in GATES]


def _attempts(
    instance: dg.DagsterInstance, run: dg.DagsterRun, plans: dict[str, frozenset[str]]
) -> dict[tuple[str, str], bool | None]:
    """Each partition a run was to compute: done, failed, or None if not tried.

    A step publishes its whole range or nothing, so the end of the step is the end of each of its partitions.
    """
    records = instance.get_records_for_run(
        run.run_id, of_type={dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
    ).records
    ended = {
        event.step_key: event.is_step_success
        for record in records
        if (event := record.event_log_entry.dagster_event) and event.step_key
    }
    steps = _steps(instance, run, plans) or frozenset(ended)
    partitions = partition_keys(run)
    tables = {step: name for step in steps if (name := table_of(step)) not in GATES}
    return {(tables[step], day): ended.get(step) for step in tables for day in keys_of_table(tables[step], partitions)}


def _steps(instance: dg.DagsterInstance, run: dg.DagsterRun, plans: dict[str, frozenset[str]]) -> frozenset[str]:
    """Steps of a run that make assets; all its steps when none does."""
    plan_id = run.execution_plan_snapshot_id
    if plan_id is None:
        return frozenset()
    if plan_id not in plans:
        plan = instance.get_execution_plan_snapshot(plan_id)
        wanted = [step for step in plan.steps if step.key in plan.step_keys_to_execute]
        making = {
            step.key for step in wanted if any(made.properties and made.properties.is_asset for made in step.outputs)
        }
        plans[plan_id] = frozenset(making or {step.key for step in wanted})
    return plans[plan_id]


def _reasons(problems: Sequence[Problem]) -> tuple[list[str], str]:
    """The most frequent reasons as text, and the command the first of them gives."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        key = (problem.alert.asset, problem.alert.cause)
        counts[key] += problem.partitions
        examples.setdefault(key, problem)
    common = counts.most_common(_REASONS_SHOWN)
    lines = [
        ("" if asset in GATES else f"{count} partitions of ")
        + f"{asset}: {cause} ({shortened(examples[asset, cause].alert.what, 200)})"
        for (asset, cause), count in common
    ]
    if len(counts) > len(common):
        lines.append(f"and {len(counts) - len(common)} more")
    commands = [examples[key].repair for key, _ in common if examples[key].repair]
    return lines, commands[0] if commands else ""


def _lasted(records: Sequence[Any], backfill: Any) -> str:
    starts = [record.start_time or record.create_timestamp.timestamp() for record in records]
    ends = [record.end_time or record.update_timestamp.timestamp() for record in records]
    if backfill is not None:
        starts.append(backfill.backfill_timestamp)
        ends += [backfill.backfill_end_timestamp] if backfill.backfill_end_timestamp else []
    if not starts or not ends:
        return "no time"
    return str(dt.timedelta(seconds=round(max(0.0, max(ends) - min(starts)))))
