"""What to tell about runs: what failed, where and what to run; the digest of a backfill; runs that stand still.

How often the same is told, and to whom, is the business of ``notifier``; the sensor that calls ``watch`` is in
``jobs.alerts``. Nothing here launches, stops or repairs anything.

Runs in backfill mode are quiet except for critical alerts. A backfill, Dagster's or that of our own command, gives one
digest when it is over, sent once; a run in backfill mode that belongs to none is one by itself.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import dagster as dg

from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.instance.living_runs import ACTIVE
from nba_pipeline.keys import BACKFILL_TAG, PREFIX, gate_key, name_of, table_of
from nba_pipeline.operations.notifier import Alert, Notifier, Severity, shortened
from nba_pipeline.phases import PHASES

#: Tags that say to which backfill a run belongs: Dagster's own, and that of our backfill command.
BACKFILL_TAGS = ("dagster/backfill", BACKFILL_TAG)
GATE_FAILED = "gate_failed"
GATES = frozenset(name_of(gate_key(phase)) for phase in PHASES)
#: Without an event for this long a run counts as stalled, and a backfill without active runs as over.
SILENCE = dt.timedelta(minutes=10)

_REASONS_SHOWN = 5
_ENDED_AT_A_TIME = 25
_BACKFILLS_LOOKED_AT = 20
_ACTIVE_BACKFILL = frozenset({"REQUESTED", "CANCELING", "FAILING"})
_ENDED = (dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_CANCELED)
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
_INTERRUPTED = "DagsterExecutionInterruptedError"
#: Errors of the storage itself: no run can go on until a person has looked. Told in backfill mode too.
_CRITICAL = frozenset({"FatalException", "InternalException", "OutOfMemoryException", "MemoryError"})
_CRITICAL_WORDS = ("no space left on device", "disk image is malformed", "database has been invalidated")
#: Metadata in which a failure says what to do, as a command or in words.
_HINTS = ("repair", "what_to_do")
_PROGRAM = "nba-pipeline "


# What failed in a run


@dataclass(frozen=True)
class _Problem:
    """A failure of a run; ``repair`` is the command its author gave, ``partitions`` how many it concerns."""

    alert: Alert
    repair: str
    partitions: int


def alerts_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[Alert]:
    """What a finished run has to tell: failed steps, failed error-level checks, failed gates; one per asset and cause.

    Of a run in backfill mode only what is critical.
    """
    found = [problem.alert for problem in _problems(instance, run)]
    if is_quiet(run):
        return [alert for alert in found if alert.severity is Severity.CRITICAL]
    return found


def is_quiet(run: dg.DagsterRun) -> bool:
    """Whether a run is in backfill mode, by tag or by the config of one of its assets."""
    if run.tags.get(f"{PREFIX}backfill_mode", "").lower() == "true":
        return True
    configs: Any = run.run_config.get("ops") or {}
    return any(((op or {}).get("config") or {}).get("backfill_mode") is True for op in configs.values())


def backfill_of(run: dg.DagsterRun) -> str | None:
    """The backfill a run belongs to, Dagster's or our own; None for a run by itself."""
    return next((run.tags[tag] for tag in BACKFILL_TAGS if run.tags.get(tag)), None)


def _problems(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[_Problem]:
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


def _failed_checks(run: dg.DagsterRun, events: Sequence[dg.DagsterEvent]) -> Iterator[_Problem]:
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
            what += f" ({len(partitions)} partitions: {_listed(partitions)})"
        hints = list(dict.fromkeys(hint for result in spoken if (hint := _hint(result.metadata))))
        repair = next((hint for hint in hints if hint.startswith(_PROGRAM)), "")
        advice = [hint for hint in hints if not hint.startswith(_PROGRAM)]
        what += f" To do: {' '.join(advice)}" if advice else ""
        command = repair or _rerun([asset], _partitions(run))
        alert = Alert(Severity.ERROR, asset, cause, what, _where(run), command, run.run_id)
        yield _Problem(alert, repair, len(partitions) or len(_partitions(run)))


def _broken_partitions(result: dg.AssetCheckEvaluation) -> Sequence[str]:
    """The partitions a failed check is about, as far as its result tells them apart."""
    if result.partition is not None:
        return [result.partition]
    told = _plain(result.metadata.get("violations_by_date"))
    return list(told) if isinstance(told, dict) else []


def _failed_step(run: dg.DagsterRun, event: dg.DagsterEvent, checked: set[str | None]) -> _Problem | None:
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
    said = (stated.description if stated else None) or (_first_lines(error.message, kind) if error else "no message")
    hint = _hint(metadata)
    repair = hint if hint.startswith(_PROGRAM) else ""
    said += f" To do: {hint}" if hint and not repair else ""
    partitions = _partitions(run)
    where = _where(run)
    severity = Severity.ERROR
    if "blocked_date" in metadata:
        kind = "DependencyError"
        missing = _plain(metadata.get("missing_dates")) or []
        where += f"; blocked at {_plain(metadata['blocked_date'])} by {_plain(metadata.get('upstream'))}"
        if isinstance(missing, Sequence) and not isinstance(missing, str):
            where += f", {len(missing)} dates: {_listed([str(day) for day in missing])}"
    elif asset in GATES:
        kind = GATE_FAILED
    elif kind == _INTERRUPTED:
        severity, said = Severity.INFO, "The run was interrupted; stored partitions are whole."
    elif _is_critical(error):
        severity = Severity.CRITICAL
    alert = Alert(severity, asset, kind, said, where, repair or _rerun([asset], partitions), run.run_id)
    return _Problem(alert, repair, len(partitions))


def _failed_run(run: dg.DagsterRun, events: Sequence[dg.DagsterEvent]) -> _Problem:
    """A run that ended without a failed step: killed, or never started."""
    said = [event for event in events if event.is_failure and event.message]
    partitions = _partitions(run)
    alert = Alert(
        Severity.ERROR,
        _subject(run),
        "run_failed",
        (said[-1].message if said else None) or "The run failed without a message.",
        _where(run),
        _rerun(_assets(run), partitions),
        run.run_id,
    )
    return _Problem(alert, "", len(partitions))


def _is_critical(error: Any) -> bool:
    while error:
        if error.cls_name in _CRITICAL or any(word in error.message.lower() for word in _CRITICAL_WORDS):
            return True
        error = error.cause
    return False


# The digest of a backfill


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
    problems: list[_Problem] = []
    plans: dict[str, frozenset[str]] = {}
    for record in records:
        run = record.dagster_run
        for pair, success in _attempts(instance, run, plans).items():
            ended[pair] = ended.get(pair) if success is None else success
        problems += _problems(instance, run)
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
        what += f" The backfill itself ended with: {_first_lines(backfill.error.message, '')}"
    unfinished = [pair for pair, result in ended.items() if not result]
    again = _rerun(sorted({table for table, _ in unfinished}), sorted({day for _, day in unfinished}))
    dates = sorted({day for _, day in ended if day})
    return Alert(
        severity,
        asset=f"backfill {backfill_id}",
        cause="backfill_digest",
        what=what,
        where=f"{len({table for table, _ in ended})} tables, {_span(dates) or 'no dates'}; {len(records)} runs",
        command=command or first or again,
        run_id=records[-1].dagster_run.run_id if records else "",
        topic=_digest_topic(backfill_id),
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
    if notifier.already_told([_digest_topic(backfill_id)]):
        return False
    alert = digest_of(instance, backfill_id, command=command)
    return notifier.send_once(alert, now or dt.datetime.now(dt.UTC))


def _digest_topic(backfill_id: str) -> str:
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
    partitions = _partitions(run)
    tables = {step: name for step in steps if (name := table_of(step)) not in GATES}
    return {(tables[step], day): ended.get(step) for step in tables for day in _of_table(tables[step], partitions)}


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


def _reasons(problems: Sequence[_Problem]) -> tuple[list[str], str]:
    """The most frequent reasons as text, and the command the first of them gives."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], _Problem] = {}
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


# Watching


@dataclass(frozen=True)
class _Seen:
    """How far the watching has come.

    Args:
        after: id of the last run end looked at.
        since: when the watching began, seconds since the epoch; older backfills are none of its business.
        backfills: those whose digest is still to come.
    """

    after: int
    since: float
    backfills: tuple[str, ...] = ()

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self))


def watch(
    instance: dg.DagsterInstance, notifier: Notifier, cursor: str | None, now: dt.datetime
) -> tuple[str, list[Alert]]:
    """Tell what happened since the last look: ended runs, backfills that are over, stalled runs.

    Without a cursor nothing is told: the watching begins now. Returns the new cursor and the alerts that were sent.
    """
    seen = _seen(cursor)
    if seen is None:
        return _Seen(_newest_end(instance), now.timestamp()).cursor, []
    sent: list[Alert] = []
    waiting = set(seen.backfills)
    runs, after = _ended_since(instance, seen.after)
    for run in runs:
        backfill_id = backfill_of(run)
        if backfill_id:
            waiting.add(backfill_id)
        if run.status is not dg.DagsterRunStatus.CANCELED:
            sent += _tell_run(instance, notifier, run, now, alone=backfill_id is None)
    recent = instance.get_backfills(limit=_BACKFILLS_LOOKED_AT)
    waiting |= {one.backfill_id for one in recent if one.backfill_timestamp >= seen.since}
    told = notifier.already_told(_digest_topic(one) for one in waiting)
    open_ones = sorted(one for one in waiting if _digest_topic(one) not in told)
    over = [one for one in open_ones if _is_over(instance, one, now)]
    for one in over:
        alert = _digest_anyway(instance, one)
        sent += [alert] if notifier.send_once(alert, now) else []
    sent += [alert for alert in stalled(instance, now) if notifier.send(alert, now)]
    return _Seen(after, seen.since, tuple(one for one in open_ones if one not in over)).cursor, sent


def stalled(instance: dg.DagsterInstance, now: dt.datetime) -> list[Alert]:
    """Started runs without any event for ten minutes; quiet ones left out."""
    found = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        newest = instance.get_records_for_run(run.run_id, ascending=False, limit=1).records
        if not newest or is_quiet(run):
            continue
        last = newest[0].event_log_entry
        silent = now - dt.datetime.fromtimestamp(last.timestamp, dt.UTC)
        if silent < SILENCE:
            continue
        step = f", last in step {last.step_key}" if last.step_key else ""
        found.append(
            Alert(
                Severity.WARNING,
                _subject(run),
                "stalled",
                f"No event for {int(silent.total_seconds() // 60)} minutes{step}. If it hangs, terminate it at "
                f"/runs/{run.run_id} in the UI and launch it again.",
                _where(run),
                _rerun(_assets(run), _partitions(run)),
                run.run_id,
                topic=f"stalled|{run.run_id}",
            )
        )
    return found


def _tell_run(
    instance: dg.DagsterInstance, notifier: Notifier, run: dg.DagsterRun, now: dt.datetime, *, alone: bool
) -> list[Alert]:
    """Alerts of one ended run; a run whose story cannot be read is told as that, and the watching goes on."""
    try:
        alerts = alerts_of(instance, run)
        if alone and is_quiet(run):
            alerts.append(_digest_of_run(instance, run))
    except Exception as error:  # noqa: BLE001  one unreadable run must not silence all later ones
        text = f"The run ended as {run.status.value}, but its events could not be read: {error}"
        alerts = [Alert(Severity.WARNING, _subject(run), "unreadable_run", text, _where(run), run_id=run.run_id)]
    return [alert for alert in alerts if notifier.send(alert, now)]


def _digest_anyway(instance: dg.DagsterInstance, backfill_id: str) -> Alert:
    try:
        return digest_of(instance, backfill_id)
    except Exception as error:  # noqa: BLE001  one unreadable backfill must not silence all later alerts
        text = f"Backfill {backfill_id} is over, but its runs could not be read: {error}"
        topic = _digest_topic(backfill_id)
        return Alert(Severity.WARNING, f"backfill {backfill_id}", "backfill_digest", text, topic=topic)


def _digest_of_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Alert:
    """A run in backfill mode that belongs to no backfill is one by itself, under the hourly rule of its outcome."""
    digest = digest_of(instance, run.run_id)
    subject = _subject(run)
    return replace(digest, asset=subject, topic=f"digest|{subject}|{digest.severity}")


def _seen(cursor: str | None) -> _Seen | None:
    try:
        stored = json.loads(cursor or "")
        return _Seen(int(stored["after"]), float(stored["since"]), tuple(stored["backfills"]))
    except (ValueError, KeyError, TypeError):
        return None


def _newest_end(instance: dg.DagsterInstance) -> int:
    newest = [instance.fetch_run_status_changes(kind, limit=1).records for kind in _ENDED]
    return max((records[0].storage_id for records in newest if records), default=-1)


def _ended_since(instance: dg.DagsterInstance, after: int) -> tuple[list[dg.DagsterRun], int]:
    """Runs that ended after an event id, oldest first, and the id of the last one."""
    ends: dict[int, str] = {}
    for kind in _ENDED:
        wanted = dg.RunStatusChangeRecordsFilter(event_type=kind, after_storage_id=after)
        for record in instance.fetch_run_status_changes(wanted, limit=_ENDED_AT_A_TIME, ascending=True).records:
            ends[record.storage_id] = record.event_log_entry.run_id
    chosen = sorted(ends)[:_ENDED_AT_A_TIME]
    if not chosen:
        return [], after
    found = {run.run_id: run for run in instance.get_runs(dg.RunsFilter(run_ids=sorted(set(ends.values()))))}
    return [found[ends[number]] for number in chosen if ends[number] in found], chosen[-1]


def _is_over(instance: dg.DagsterInstance, backfill_id: str, now: dt.datetime) -> bool:
    backfill = instance.get_backfill(backfill_id)
    if backfill is not None:
        return backfill.status.value not in _ACTIVE_BACKFILL
    for tag in BACKFILL_TAGS:
        tags = {tag: backfill_id}
        if instance.get_runs_count(dg.RunsFilter(tags=tags, statuses=list(ACTIVE))):
            return False
        for record in instance.get_run_records(dg.RunsFilter(tags=tags), limit=1, order_by="update_timestamp"):
            ended = record.end_time or record.update_timestamp.timestamp()
            if now.timestamp() - ended < SILENCE.total_seconds():
                return False
    return True


# Words


def _assets(run: dg.DagsterRun) -> list[str]:
    return sorted(name_of(key) for key in run.asset_selection or ())


def _subject(run: dg.DagsterRun) -> str:
    """What a run is about: its only table, else its job."""
    assets = _assets(run)
    return assets[0] if len(assets) == 1 else f"run of {len(assets)} tables" if assets else run.job_name


def _partitions(run: dg.DagsterRun) -> list[str]:
    """Partition keys of a run; one empty key for a run without partitions."""
    tags = run.tags
    start, end = tags.get("dagster/asset_partition_range_start"), tags.get("dagster/asset_partition_range_end")
    if not (start and end):
        return [tags.get("dagster/partition", "")]
    try:
        first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    except ValueError:
        return [f"{start}...{end}"]
    return [(first + dt.timedelta(days=days)).isoformat() for days in range((last - first).days + 1)]


def _of_table(name: str, partitions: Sequence[str]) -> Sequence[str]:
    """A table without partitions is made once, whatever the range of the run."""
    contract = load_contracts().get(name)
    return partitions if contract is None or contract.partition else [""]


def _span(partitions: Sequence[str]) -> str:
    keys = [key for key in partitions if key]
    if not keys:
        return ""
    return keys[0] if len(keys) == 1 else f"{keys[0]}...{keys[-1]}"


def _where(run: dg.DagsterRun) -> str:
    dates = _span(_partitions(run))
    return f"run {run.run_id}" + (f", {dates}" if dates else "")


def _rerun(assets: Sequence[str], partitions: Sequence[str]) -> str:
    """The command that computes tables again; empty for what it cannot compute."""
    tables = [name for name in assets if "." in name and name not in GATES]
    dates = _span(partitions)
    if not tables or not dates:
        return ""
    return f"nba-pipeline materialize {' '.join(tables)} --partition-range {dates}"


def _hint(metadata: Mapping[str, Any]) -> str:
    return next((str(_plain(metadata[key])) for key in _HINTS if _plain(metadata.get(key))), "")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (" …" if len(names) > 10 else "")


def _first_lines(message: str, kind: str) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return " ".join(lines[:4]).removeprefix(f"{kind}: ")
