"""What a run has to tell: the steps, checks and gates that failed in it, what to run, and how urgent that is.

How often the same is told, and to whom, is the business of ``notifier``; digests of backfills are made in ``digests``,
runs are looked for in ``watching``. Nothing here launches, stops or repairs anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from nba_pipeline.completeness.failures import interrupts
from nba_pipeline.keys import BACKFILL_TAG, name_of, table_of
from nba_pipeline.operations.notifier import Alert, Severity
from nba_pipeline.operations.run_words import (
    GATES,
    assets_of,
    first_lines,
    hint_in,
    listed,
    partition_keys,
    plain,
    rerun,
    subject_of,
    where_of,
)
from nba_pipeline.switches import run_says

#: Tags that say to which backfill a run belongs: Dagster's own, and that of our backfill command.
BACKFILL_TAGS = ("dagster/backfill", BACKFILL_TAG)
GATE_FAILED = "gate_failed"

_TELLING = frozenset(
    {
        dg.DagsterEventType.STEP_FAILURE,
        dg.DagsterEventType.ASSET_CHECK_EVALUATION,
        dg.DagsterEventType.RUN_FAILURE,
    }
)
#: Error classes that only wrap the error of the step.
_WRAPPERS = frozenset({"Failure", "DagsterExecutionStepExecutionError", "DagsterExecutionHandleOutputError"})
_BLOCKED_BY_CHECK = "DagsterAssetCheckFailedError"
#: Errors of the storage itself: no run can go on until a person has looked. Told in backfill mode too.
_CRITICAL = frozenset({"FatalException", "InternalException", "OutOfMemoryException", "MemoryError"})
_CRITICAL_WORDS = ("no space left on device", "disk image is malformed", "database has been invalidated")
_PROGRAM = "nba-pipeline "


@dataclass(frozen=True)
class Problem:
    """A failure of a run; ``repair`` is the command its author gave, ``partitions`` how many it concerns."""

    alert: Alert
    repair: str
    partitions: int


def alerts_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[Alert]:
    """What a finished run has to tell: failed steps, failed error-level checks, failed gates; one per asset and cause.

    Of a run in backfill mode only what is critical.
    """
    found = [problem.alert for problem in problems_of(instance, run)]
    if is_quiet(run):
        return [alert for alert in found if alert.severity is Severity.CRITICAL]
    return found


def is_quiet(run: dg.DagsterRun) -> bool:
    """Whether a run is in backfill mode."""
    return run_says(run, "backfill_mode")


def backfill_of(run: dg.DagsterRun) -> str | None:
    """The backfill a run belongs to, Dagster's or our own; None for a run by itself."""
    return next((run.tags[tag] for tag in BACKFILL_TAGS if run.tags.get(tag)), None)


def problems_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[Problem]:
    """What failed in a run, quiet or not."""
    records = instance.get_records_for_run(run.run_id, of_type=set(_TELLING)).records
    events = [event for record in records if (event := record.event_log_entry.dagster_event)]
    found = list(_failed_checks(run, events))
    checked = {event.step_key for event in events if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    failures = [event for event in events if event.is_step_failure]
    for event in failures:
        problem = _failed_step(run, event, checked)
        if problem and all(problem.alert.counted_as != other.alert.counted_as for other in found):
            found.append(problem)
    if run.status is dg.DagsterRunStatus.FAILURE and not failures:
        found.append(_failed_run(run, events))
    return found


def _failed_checks(run: dg.DagsterRun, events: Sequence[dg.DagsterEvent]) -> Iterator[Problem]:
    """Failed checks of error severity, the checks of a gate together as one failed gate."""
    failed: dict[tuple[str, str], list[dg.AssetCheckEvaluation]] = {}
    for event in events:
        if event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        result = event.asset_check_evaluation_data
        if not result.passed and result.severity is dg.AssetCheckSeverity.ERROR:
            asset = name_of(result.asset_key)
            failed.setdefault((asset, GATE_FAILED if asset in GATES else result.check_name), []).append(result)
    for (asset, cause), results in failed.items():
        # A check judged by partition speaks once more over all of them, or through its first partition.
        spoken = [result for result in results if result.partition is None] or results[:1]
        partitions = sorted({day for result in results for day in _broken_partitions(result)})
        said = "; ".join(f"{result.check_name}: {result.description or 'failed'}" for result in spoken)
        what = f"The gate is closed. {said}" if cause == GATE_FAILED else f"Check failed. {said}"
        if len(partitions) > 1:
            what += f" ({len(partitions)} partitions: {listed(partitions)})"
        hints = list(dict.fromkeys(hint for result in spoken if (hint := hint_in(result.metadata))))
        repair = next((hint for hint in hints if hint.startswith(_PROGRAM)), "")
        advice = [hint for hint in hints if not hint.startswith(_PROGRAM)]
        what += f" To do: {' '.join(advice)}" if advice else ""
        command = repair or rerun([asset], partition_keys(run))
        alert = Alert(Severity.ERROR, asset, cause, what, where_of(run), command, run.run_id)
        yield Problem(alert, repair, len(partitions) or len(partition_keys(run)))


def _broken_partitions(result: dg.AssetCheckEvaluation) -> Sequence[str]:
    """The partitions a failed check is about, as far as its result tells them apart."""
    if result.partition is not None:
        return [result.partition]
    told = plain(result.metadata.get("violations_by_date"))
    return list(told) if isinstance(told, dict) else []


def _failed_step(run: dg.DagsterRun, event: dg.DagsterEvent, checked: set[str | None]) -> Problem | None:
    data = event.step_failure_data
    error = data.error
    while error and error.cls_name in _WRAPPERS and error.cause:
        error = error.cause
    kind = (error.cls_name if error else None) or "failed"
    if kind == _BLOCKED_BY_CHECK and event.step_key in checked:
        return None  # the check has spoken for itself
    asset = table_of(event.step_key or "")
    stated = data.user_failure_data
    metadata = stated.metadata if stated else {}
    said = (stated.description if stated else None) or (first_lines(error.message, kind) if error else "no message")
    hint = hint_in(metadata)
    repair = hint if hint.startswith(_PROGRAM) else ""
    said += f" To do: {hint}" if hint and not repair else ""
    partitions = partition_keys(run)
    where = where_of(run)
    severity = Severity.ERROR
    if "blocked_date" in metadata:
        kind = "DependencyError"
        missing = plain(metadata.get("missing_dates")) or []
        where += f"; blocked at {plain(metadata['blocked_date'])} by {plain(metadata.get('upstream'))}"
        if isinstance(missing, Sequence) and not isinstance(missing, str):
            where += f", {len(missing)} dates: {listed([str(day) for day in missing])}"
    elif asset in GATES:
        kind = GATE_FAILED
    elif data.error and interrupts(data.error):
        severity, said = Severity.INFO, "The run was interrupted; stored partitions are whole."
    elif _is_critical(error):
        severity = Severity.CRITICAL
    alert = Alert(severity, asset, kind, said, where, repair or rerun([asset], partitions), run.run_id)
    return Problem(alert, repair, len(partitions))


def _failed_run(run: dg.DagsterRun, events: Sequence[dg.DagsterEvent]) -> Problem:
    """A run that ended without a failed step: killed, or never started."""
    said = [event for event in events if event.is_failure and event.message]
    partitions = partition_keys(run)
    alert = Alert(
        Severity.ERROR,
        subject_of(run),
        "run_failed",
        (said[-1].message if said else None) or "The run failed without a message.",
        where_of(run),
        rerun(assets_of(run), partitions),
        run.run_id,
    )
    return Problem(alert, "", len(partitions))


def _is_critical(error: Any) -> bool:
    while error:
        if error.cls_name in _CRITICAL or any(word in error.message.lower() for word in _CRITICAL_WORDS):
            return True
        error = error.cause
    return False
