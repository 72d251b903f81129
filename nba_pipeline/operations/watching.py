"""Watching the history from tick to tick: runs that ended, backfills that are over, runs that stand still.

What is told about them is made in ``alerts`` and ``digests``; the sensor that calls ``watch`` is in ``jobs.alerts``.
Runs in backfill mode are quiet except for critical alerts; one that belongs to no backfill is a backfill by itself.
"""

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace

import dagster as dg

from nba_pipeline.instance.living_runs import ACTIVE
from nba_pipeline.operations.alerts import BACKFILL_TAGS, alerts_of, backfill_of, is_quiet
from nba_pipeline.operations.digests import digest_of, digest_topic
from nba_pipeline.operations.notifier import Alert, Notifier, Severity
from nba_pipeline.operations.run_words import assets_of, partition_keys, rerun, subject_of, where_of

#: Without an event for this long a run counts as stalled, and a backfill without active runs as over.
SILENCE = dt.timedelta(minutes=10)

_ENDED_AT_A_TIME = 25
_BACKFILLS_LOOKED_AT = 20
_ACTIVE_BACKFILL = frozenset({"REQUESTED", "CANCELING", "FAILING"})
_ENDED = (dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_CANCELED)


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
    told = notifier.already_told(digest_topic(one) for one in waiting)
    open_ones = sorted(one for one in waiting if digest_topic(one) not in told)
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
                subject_of(run),
                "stalled",
                f"No event for {int(silent.total_seconds() // 60)} minutes{step}. If it hangs, terminate it at "
                f"/runs/{run.run_id} in the UI and launch it again.",
                where_of(run),
                rerun(assets_of(run), partition_keys(run)),
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
        alerts = [Alert(Severity.WARNING, subject_of(run), "unreadable_run", text, where_of(run), run_id=run.run_id)]
    return [alert for alert in alerts if notifier.send(alert, now)]


def _digest_anyway(instance: dg.DagsterInstance, backfill_id: str) -> Alert:
    try:
        return digest_of(instance, backfill_id)
    except Exception as error:  # noqa: BLE001  one unreadable backfill must not silence all later alerts
        text = f"Backfill {backfill_id} is over, but its runs could not be read: {error}"
        topic = digest_topic(backfill_id)
        return Alert(Severity.WARNING, f"backfill {backfill_id}", "backfill_digest", text, topic=topic)


def _digest_of_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Alert:
    """A run in backfill mode that belongs to no backfill is one by itself, under the hourly rule of its outcome."""
    digest = digest_of(instance, run.run_id)
    subject = subject_of(run)
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
