"""Who is told what about failing runs, and how often: toy assets, real runs, a home of its own, a clock as argument."""

import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from typer.testing import CliRunner

from nba_pipeline.cli import notify
from nba_pipeline.errors import DependencyError
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.alerts import watches_runs
from nba_pipeline.operations.alerts import alerts_of
from nba_pipeline.operations.digests import digest_of, finish_backfill
from nba_pipeline.operations.notifier import Alert, Notifier, Severity, channels_of
from nba_pipeline.operations.watching import watch
from nba_pipeline.validation.defence import failure_metadata

DAILY = dg.DailyPartitionsDefinition("2021-11-01", end_date="2022-01-01")
DAYS = [f"2021-11-{day:02}" for day in range(1, 29)]
REPAIR = "nba-pipeline materialize toy.upstream --partition-range 2021-10-30...2021-10-31"
NOW = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def daily(name, **more):
    key = name.split(".")
    return dg.asset(key=key, partitions_def=DAILY, backfill_policy=dg.BackfillPolicy.single_run(), **more)


@daily("toy.blocked")
def blocked() -> None:
    error = DependencyError(
        f"toy.blocked is blocked. Repair: {REPAIR}",
        blocked_date=dt.date(2021, 11, 1),
        upstream="toy.upstream",
        missing_dates=[dt.date(2021, 10, 30), dt.date(2021, 10, 31)],
        command=REPAIR,
    )
    raise dg.Failure(str(error), metadata=failure_metadata(error)) from error


@daily("toy.after", deps=[blocked])
def after() -> None: ...


@daily("toy.fine")
def fine() -> None: ...


@daily("toy.broken")
def broken() -> None:
    raise ZeroDivisionError("division by zero")


@daily("toy.full")
def full() -> None:
    raise OSError("[Errno 28] No space left on device")


@daily("toy.doubtful")
def doubtful() -> None: ...


@dg.asset_check(asset=doubtful, blocking=True)
def key_is_unique():
    return dg.AssetCheckResult(passed=False, description="3 violations")


@dg.asset_check(asset=doubtful)
def values_are_usual():
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="4 violations")


@daily("toy.suspect")
def suspect() -> None: ...


@dg.asset_check(asset=suspect)
def adds_up():
    return dg.AssetCheckResult(
        passed=False, description="2 violations", metadata={"what_to_do": "Read the box scores."}
    )


COVERED, TRACKED = "schedule_is_covered", "every_date_has_rows_or_a_reason"


@daily(
    "nba_processing.phase3_gate",
    check_specs=[
        dg.AssetCheckSpec(name, asset=["nba_processing", "phase3_gate"], blocking=True) for name in (COVERED, TRACKED)
    ],
)
def phase3_gate():
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(
        check_name=COVERED, passed=False, description="toy.blocked 19/20", metadata={"what_to_do": REPAIR}
    )
    yield dg.AssetCheckResult(check_name=TRACKED, passed=False, description="toy.blocked 2021-10-30")


@daily("toy.behind_the_gate", deps=[phase3_gate])
def behind_the_gate() -> None: ...


@dg.asset(key=["nba_processing", "phase4_gate"])
def phase4_gate() -> None:
    raise dg.Failure("the schedule cannot be read", metadata={"repair": REPAIR})


TOYS = dg.Definitions(
    assets=[blocked, after, fine, broken, full, doubtful, suspect, phase3_gate, behind_the_gate, phase4_gate],
    asset_checks=[key_is_unique, values_are_usual, adds_up],
)
QUIET = {"nba_pipeline/backfill_mode": "true"}


class Listener:
    """A channel that keeps what it is sent."""

    name = "listener"

    def __init__(self):
        self.heard: list[Alert] = []

    def send(self, alert):
        self.heard.append(alert)


class Deaf:
    name = "deaf"

    def __init__(self):
        self.tried = 0

    def send(self, alert):
        self.tried += 1
        raise ConnectionError("nobody there")


@pytest.fixture
def instance(tmp_path, new_instance):
    with new_instance(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def notifier(instance, tmp_path, listener):
    return Notifier(instance, tmp_path / "reports", [listener])


def run(instance, *assets, first=DAYS[0], last=None, tags=None):
    """One real run of toy assets over a range of dates."""
    result = TOYS.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=[asset.key for asset in assets],
        tags={
            **({"dagster/partition": first} if last is None else {}),
            **(
                {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last or ""}
                if last
                else {}
            ),
            **(tags or {}),
        },
        raise_on_error=False,
    )
    return instance.get_run_by_id(result.run_id)


def started(instance, notifier, now=NOW):
    """The cursor of a watch that begins now."""
    cursor, sent = watch(instance, notifier, None, now)
    assert sent == []
    return cursor


def lines(tmp_path):
    return [json.loads(line) for line in (tmp_path / "reports" / "alerts.log").read_text().splitlines()]


# What a run tells


def test_a_blocked_date_tells_the_date_the_gap_and_the_command(instance):
    (alert,) = alerts_of(instance, run(instance, blocked, after, last=DAYS[-1]))
    assert (alert.severity, alert.asset, alert.cause) == ("error", "toy.blocked", "DependencyError")
    assert alert.command == REPAIR
    assert "blocked at 2021-11-01 by toy.upstream, 2 dates: 2021-10-30, 2021-10-31" in alert.where
    assert alert.text.splitlines()[-1] == f"Run: {REPAIR}"


def test_another_error_tells_its_class_and_how_to_run_the_table_again(instance):
    (alert,) = alerts_of(instance, run(instance, broken, last=DAYS[-1]))
    assert (alert.asset, alert.cause, alert.what) == ("toy.broken", "ZeroDivisionError", "division by zero")
    assert alert.command == "nba-pipeline materialize toy.broken --partition-range 2021-11-01...2021-11-28"


def test_a_blocking_check_is_told_once_by_its_name_and_warnings_are_not_told(instance):
    ended = run(instance, doubtful)
    assert ended.status is dg.DagsterRunStatus.FAILURE
    (alert,) = alerts_of(instance, ended)
    assert (alert.severity, alert.asset, alert.cause) == ("error", "toy.doubtful", "key_is_unique")
    assert "3 violations" in alert.what
    assert alert.command == "nba-pipeline materialize toy.doubtful --partition-range 2021-11-01"


def test_a_failed_error_check_of_a_run_that_succeeded_is_told(instance, notifier, listener):
    cursor = started(instance, notifier)
    assert run(instance, suspect).status is dg.DagsterRunStatus.SUCCESS
    watch(instance, notifier, cursor, NOW)
    (alert,) = listener.heard
    assert (alert.cause, alert.what) == ("adds_up", "Check failed. adds_up: 2 violations To do: Read the box scores.")
    assert alert.command == "nba-pipeline materialize toy.suspect --partition-range 2021-11-01"


def test_a_failing_gate_is_one_alert_with_all_it_says(instance, notifier, listener):
    cursor = started(instance, notifier)
    run(instance, phase3_gate, behind_the_gate, last=DAYS[-1])
    watch(instance, notifier, cursor, NOW)
    (alert,) = listener.heard
    assert (alert.severity, alert.asset, alert.cause) == ("error", "nba_processing.phase3_gate", "gate_failed")
    assert "schedule_is_covered: toy.blocked 19/20; every_date_has_rows_or_a_reason: toy.blocked" in alert.what
    assert alert.command == REPAIR


def test_a_gate_that_cannot_be_evaluated_is_a_failed_gate(instance):
    (alert,) = alerts_of(instance, run(instance, phase4_gate))
    assert (alert.asset, alert.cause, alert.command) == ("nba_processing.phase4_gate", "gate_failed", REPAIR)
    assert alert.what == "the schedule cannot be read"


def test_a_closed_gate_in_a_backfill_is_the_reason_of_its_digest(instance):
    run(instance, phase3_gate, behind_the_gate, last=DAYS[-1], tags=QUIET | {"nba_pipeline/backfill": "b0"})
    digest = digest_of(instance, "b0")
    assert digest.severity is Severity.ERROR
    assert "28 partitions requested, 0 ok, 0 failed, 28 skipped" in digest.what
    assert "nba_processing.phase3_gate: gate_failed" in digest.what
    assert digest.command == REPAIR


def test_a_run_that_was_killed_is_told(instance):
    ended = killed(instance)
    (alert,) = alerts_of(instance, ended)
    assert (alert.cause, alert.what) == ("run_failed", "Process 7 no longer exists.")


def test_a_good_run_tells_nothing(instance, notifier, listener):
    cursor = started(instance, notifier)
    run(instance, fine)
    _, sent = watch(instance, notifier, cursor, NOW)
    assert sent == listener.heard == []


# How often


def test_once_per_asset_and_cause_and_hour_then_again_with_the_number_held_back(instance, notifier, listener, tmp_path):
    cursor = started(instance, notifier)
    for day in DAYS:
        run(instance, blocked, first=day)
    run(instance, broken)
    for _ in range(2):  # 25 runs a look
        cursor, _ = watch(instance, notifier, cursor, NOW)
    assert [(alert.asset, alert.command) for alert in listener.heard] == [
        ("toy.blocked", REPAIR),
        ("toy.broken", "nba-pipeline materialize toy.broken --partition-range 2021-11-01"),
    ]

    run(instance, blocked, first="2021-11-29")
    cursor, _ = watch(instance, notifier, cursor, NOW + 59 * MINUTE)
    assert len(listener.heard) == 2

    run(instance, blocked, first="2021-11-30")
    watch(instance, notifier, cursor, NOW + 60 * MINUTE)
    assert "28 more since 2026-01-05T12:00:00+00:00 were not sent" in listener.heard[2].what
    assert [line["held_back"] for line in lines(tmp_path)] == [0, 0, 28]


def test_another_process_knows_what_was_sent(instance, notifier, listener, tmp_path):
    alert = Alert(Severity.ERROR, "toy.broken", "ZeroDivisionError", "division by zero")
    assert notifier.send(alert, NOW)
    with open_instance(tmp_path / "home") as another:
        assert not Notifier(another, tmp_path / "reports", [listener]).send(alert, NOW + MINUTE)


def test_the_first_look_tells_nothing_of_the_past(instance, notifier, listener):
    run(instance, blocked)
    cursor = started(instance, notifier)
    _, sent = watch(instance, notifier, cursor, NOW + MINUTE)
    assert sent == listener.heard == []


def test_an_unreadable_cursor_begins_now(instance, notifier):
    run(instance, blocked)
    assert watch(instance, notifier, "42", NOW)[1] == []


# Backfill mode and digests


def test_28_failing_partitions_in_backfill_mode_give_one_digest(instance, notifier, listener):
    cursor = started(instance, notifier)
    run(instance, blocked, after, last=DAYS[-1], tags=QUIET)
    cursor, _ = watch(instance, notifier, cursor, NOW)
    watch(instance, notifier, cursor, NOW + 61 * MINUTE)
    (digest,) = listener.heard
    assert digest.severity is Severity.ERROR
    assert "56 partitions requested, 0 ok, 28 failed, 28 skipped" in digest.what
    assert "28 partitions of toy.blocked: DependencyError" in digest.what
    assert digest.command == REPAIR


def test_28_failing_runs_of_one_backfill_give_one_digest_when_the_command_ends(instance, notifier, listener):
    cursor = started(instance, notifier)
    for day in DAYS:
        run(instance, broken, fine, first=day, tags={**QUIET, "nba_pipeline/backfill": "b1"})
    for _ in range(2):
        cursor, _ = watch(instance, notifier, cursor, dt.datetime.now(dt.UTC))
    assert listener.heard == []

    assert finish_backfill(instance, notifier, "b1", now=NOW)
    assert not finish_backfill(instance, notifier, "b1", now=NOW + 90 * MINUTE)
    watch(instance, notifier, cursor, dt.datetime.now(dt.UTC) + 90 * MINUTE)
    (digest,) = listener.heard
    assert "56 partitions requested, 28 ok, 28 failed, 0 skipped" in digest.what
    assert "28 partitions of toy.broken: ZeroDivisionError (division by zero)" in digest.what
    assert digest.command == "nba-pipeline materialize toy.broken --partition-range 2021-11-01...2021-11-28"


def test_a_killed_backfill_command_is_digested_after_ten_silent_minutes(instance, notifier, listener):
    cursor = started(instance, notifier)
    run(instance, fine, tags={**QUIET, "nba_pipeline/backfill": "b2"})
    now = dt.datetime.now(dt.UTC)
    for minutes in (1, 9, 11, 12, 90):
        cursor, _ = watch(instance, notifier, cursor, now + minutes * MINUTE)
        assert len(listener.heard) == (minutes >= 11)
    assert listener.heard[0].severity is Severity.SUCCESS
    assert "1 partitions requested, 1 ok, 0 failed, 0 skipped" in listener.heard[0].what
    assert not listener.heard[0].command


def test_a_later_attempt_of_the_same_backfill_counts(instance):
    for toys in ([broken], [fine], [broken]):
        run(instance, *toys, tags={"nba_pipeline/backfill": "b3"})
    assert "2 partitions requested, 1 ok, 1 failed, 0 skipped" in digest_of(instance, "b3").what


def test_a_backfill_that_launched_nothing(instance):
    digest = digest_of(instance, "none")
    assert digest.severity is Severity.WARNING
    assert "0 partitions requested" in digest.what
    assert "nothing was launched" in digest.what


def test_a_dagster_backfill_is_digested_when_it_has_ended(instance, notifier, listener):
    cursor = started(instance, notifier, dt.datetime.now(dt.UTC) - MINUTE)
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id="ui",
        asset_graph=TOYS.resolve_asset_graph(),
        partition_names=DAYS,
        asset_selection=[fine.key, broken.key],
        backfill_timestamp=dt.datetime.now(dt.UTC).timestamp(),
        tags=QUIET,
        dynamic_partitions_store=instance,
        all_partitions=False,
        title=None,
        description=None,
        run_config=None,
    )
    instance.add_backfill(backfill)
    run(instance, fine, broken, last=DAYS[9], tags={**QUIET, "dagster/backfill": "ui"})
    now = dt.datetime.now(dt.UTC)
    cursor, _ = watch(instance, notifier, cursor, now + 30 * MINUTE)
    assert listener.heard == []

    instance.update_backfill(backfill.with_status(BulkActionStatus.COMPLETED_FAILED))
    cursor, _ = watch(instance, notifier, cursor, now + 31 * MINUTE)
    watch(instance, notifier, cursor, now + 32 * MINUTE)
    (digest,) = listener.heard
    assert "56 partitions requested, 10 ok, 10 failed, 36 skipped" in digest.what


def test_a_full_disk_is_told_in_backfill_mode_too(instance, notifier, listener):
    cursor = started(instance, notifier)
    run(instance, full, broken, tags={**QUIET, "nba_pipeline/backfill": "b4"})
    watch(instance, notifier, cursor, NOW)
    assert [(alert.severity, alert.asset) for alert in listener.heard] == [("critical", "toy.full")]


# Stalled runs


def unfinished(instance, tags=None):
    created = instance.create_run_for_job(
        TOYS.resolve_implicit_global_asset_job_def(), status=dg.DagsterRunStatus.STARTED, tags=tags
    )
    instance.report_engine_event("still here", created)
    return created


def killed(instance):
    created = unfinished(instance)
    instance.report_run_failed(created, "Process 7 no longer exists.")
    return instance.get_run_by_id(created.run_id)


def test_a_run_without_an_event_for_ten_minutes_is_told_once_an_hour(instance, notifier, listener):
    cursor = started(instance, notifier)
    standing = unfinished(instance)
    unfinished(instance, tags=QUIET)
    now = dt.datetime.now(dt.UTC)
    told = []
    for minutes in (9, 11, 12, 70, 72):
        before = len(listener.heard)
        cursor, _ = watch(instance, notifier, cursor, now + minutes * MINUTE)
        told.append(len(listener.heard) - before)
    assert told == [0, 1, 0, 0, 1]
    assert {(alert.severity, alert.cause, alert.run_id) for alert in listener.heard} == {
        ("warning", "stalled", standing.run_id)
    }


# Channels


def test_a_broken_channel_breaks_nothing(instance, tmp_path, listener):
    deaf = Deaf()
    notifier = Notifier(instance, tmp_path / "reports", [deaf, listener])
    cursor = started(instance, notifier)
    run(instance, blocked)
    run(instance, broken)
    watch(instance, notifier, cursor, NOW)
    assert len(listener.heard) == 2
    assert deaf.tried == 1
    written = lines(tmp_path)
    assert [line["cause"] for line in written] == ["DependencyError", "channel_refused", "ZeroDivisionError"]
    assert "ConnectionError: nobody there" in written[1]["what"]


def test_info_stays_in_the_log(notifier, listener, tmp_path):
    notifier.send(Alert(Severity.INFO, "toy.fine", "note", "all is well"), NOW)
    assert listener.heard == []
    assert [(line["severity"], line["channels"]) for line in lines(tmp_path)] == [("info", [])]


def test_addresses_are_split_at_commas_and_show_no_secret():
    slack = "slack://TJVVVVVVV/BJVVVVVVV/aaaabbbbccccddddeeeeffff"
    mail = "mailtos://me:geheim@gmail.com?to=a@example.org,b@example.org"
    hook = "json://localhost/hidden-token"
    names = [channel.name for channel in channels_of(f"{slack}, {mail},{hook},nonsense,nosuch://geheim")]
    assert names == [
        "Slack slack://T...V/…",
        "E-Mail mailtos://me:****@gmail.com/…",
        "JSON json://localhost/…",
        "non…",
        "nosuch://…",
    ]
    assert channels_of("") == []


@pytest.fixture
def post_office():
    """A web server that keeps what is posted to it, and its address."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_): ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield received, f"json://127.0.0.1:{server.server_port}/hidden-token"
        server.shutdown()


def notify_test(tmp_path, addresses):
    environment = {"NBA_PIPELINE_HOME": str(tmp_path / "home"), "NBA_PIPELINE_ALERTS": addresses}
    return CliRunner().invoke(notify.app, ["notify", "test"], env=environment)


def test_the_test_command_sends_everywhere(tmp_path, post_office):
    received, address = post_office
    result = notify_test(tmp_path, address)
    assert result.exit_code == 0, result.output
    assert [message["title"] for message in received] == ["nba_pipeline: INFO notify: test"]
    assert "sent     JSON json://127.0.0.1" in result.output
    assert "hidden-token" not in result.output
    assert "alerts.log" in result.output


def test_the_test_command_without_channels_names_the_variable(tmp_path):
    result = notify_test(tmp_path, "")
    assert result.exit_code == 0
    assert "NBA_PIPELINE_ALERTS" in result.output


@pytest.mark.parametrize("address", ["nosuch://geheim", "nonsense", "slack://", "json://127.0.0.1:9/geheim"])
def test_the_test_command_fails_when_a_channel_refuses(tmp_path, address):
    result = notify_test(tmp_path, address)
    assert result.exit_code == 1
    assert "refused" in result.output
    assert "geheim" not in result.output


# The sensor


def test_the_sensor_begins_now_and_then_tells(instance, tmp_path, at_home, monkeypatch):
    from nba_pipeline.home import Home

    at_home(Home(tmp_path / "home"))
    monkeypatch.delenv("NBA_PIPELINE_ALERTS", raising=False)
    run(instance, blocked)
    cursor = None
    for expected in ("Nothing to report.", "Sent: ERROR toy.broken: ZeroDivisionError.", "Nothing to report."):
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        assert watches_runs(context).skip_message == expected
        cursor = context.cursor
        if expected == "Nothing to report.":
            run(instance, broken)
