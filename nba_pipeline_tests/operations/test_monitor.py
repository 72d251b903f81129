"""The monitor's numbers: the slowest table, the rate of an hour, the time left, failures, stalled runs."""

import datetime as dt
import itertools
import json

import dagster as dg
import pytest
from typer.testing import CliRunner

from nba_pipeline.calendar import WINDOWS, DateRange, all_star_dates, season
from nba_pipeline.cli import watch
from nba_pipeline.contract.catalog import phase_tables, runnable_contracts
from nba_pipeline.document import Table
from nba_pipeline.home import Home
from nba_pipeline.keys import DAILY
from nba_pipeline.operations.monitor import Progress, Snapshot, eta, phase_progress, snapshots, take_snapshot
from nba_pipeline.operations.run_activity import (
    MESSAGE_LENGTH,
    ActiveRun,
    RecentFailure,
    active_runs,
    cut,
    failures_since,
    succeeded_since,
)
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import spoil
from nba_pipeline_tests.operations.rows import built, built_phase, day, schedule, status

NOW = dt.datetime(2021, 12, 6, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SUMMARY, OFFENSE = "nba_analytics.player_game_summary", "nba_analytics.team_offense_game_summary"
FEATURES = "nba_predictions.ml_feature_store_v2"
#: Four dates of the bootstrap of 2021-22 and four after it.
EARLY = [day(f"2021-10-{number}") for number in (19, 20, 21, 22)]
LATE = [day(f"2021-11-{number:02d}") for number in (2, 3, 4, 5)]
TARGET = DateRange(EARLY[0], LATE[-1])
REST = [date for date in TARGET.dates() if date not in (*EARLY, *LATE)]


@pytest.fixture
def home(tmp_path, at_home):
    return at_home(Home(tmp_path / "home"))


@pytest.fixture
def instance(home, new_instance):
    with new_instance(home.root) as opened:
        yield opened


def monitor(home, *words):
    return CliRunner().invoke(watch.app, ["monitor", *words])


def look(home, instance, dates=TARGET, **options) -> Snapshot:
    return take_snapshot(EmbeddedWarehouse(home.warehouse), instance, dates, NOW, **options)


# Arithmetic


@pytest.mark.parametrize(
    ("remaining", "per_hour", "said"),
    [
        (327, 45, "7.3 h"),
        (0, 45, "complete"),
        (0, 0, "complete"),
        (327, 0, "unknown (no recent activity)"),
        (15, 45, "20.0 min"),
        (1, 600, "6 s"),
        (45, 45, "1.0 h"),
        (840, 10, "3.5 days"),
    ],
)
def test_time_left(remaining, per_hour, said):
    assert eta(remaining, per_hour) == said


def test_a_phase_is_as_far_as_its_slowest_table():
    found = phase_progress(3, {SUMMARY: [], OFFENSE: LATE[1:]}, EARLY + LATE, {})
    assert (found.done, found.expected, found.remaining) == (5, 8, 3)
    assert [table["done"] for table in found.tables] == [8, 5]


def test_the_bootstrap_is_expected_of_phase_3_and_not_of_phase_4():
    of_3, of_4 = (phase_progress(phase, {"any": []}, EARLY + LATE, {}) for phase in (3, 4))
    assert (of_3.expected, of_4.expected) == (8, 4)


@pytest.mark.parametrize(("phase", "lacking", "done"), [(3, 0, True), (3, 1, False), (4, 5, True), (4, 6, False)])
def test_phase_3_is_done_at_100_percent_and_phase_4_at_95(phase, lacking, done):
    dates = [LATE[0] + dt.timedelta(days=number) for number in range(100)]
    assert phase_progress(phase, {"any": dates[:lacking]}, dates, {}).is_done is done


def test_a_phase_nothing_is_expected_of_is_not_done():
    found = phase_progress(4, {"any": []}, EARLY, {})
    assert (found.pct, found.is_done, found.eta) == (None, False, "complete")


def test_the_rate_counts_expected_dates_once_whatever_the_case_of_the_table():
    succeeded = {
        SUMMARY: [EARLY[0], LATE[0]],
        OFFENSE.upper(): [LATE[0], LATE[1]],
        "nba_analytics.another": [LATE[2]],
        FEATURES: [LATE[3]],
    }
    found = phase_progress(3, {SUMMARY: LATE, OFFENSE: LATE}, LATE, succeeded)
    assert found.done_last_hour == 2


def test_seasons_are_counted_apart():
    next_season = [day("2022-10-18"), day("2022-11-08")]
    phases = [
        phase_progress(3, {SUMMARY: [], OFFENSE: [LATE[0]]}, LATE + next_season, {}),
        phase_progress(4, {FEATURES: [LATE[0], LATE[1]]}, LATE + next_season, {}),
    ]
    assert snapshot(phases=phases).seasons == {
        "2021-22": {3: Progress(4, 3), 4: Progress(4, 2)},
        "2022-23": {3: Progress(2, 2), 4: Progress(1, 1)},
    }


def test_messages_are_cut_at_150_characters():
    assert cut("short\n  text") == "short text"
    assert len(cut("x" * 151)) == MESSAGE_LENGTH == 150
    assert cut("x" * 150) == "x" * 150


def test_all_star_dates_are_friday_and_sunday_of_the_weekend():
    assert all_star_dates(DateRange(day("2021-10-19"), day("2022-06-16"))) == (day("2022-02-18"), day("2022-02-20"))
    assert all_star_dates(WINDOWS["first_four_weeks"]) == ()
    assert len(all_star_dates(DateRange(day("2021-10-19"), day("2026-01-03")))) == 8


def test_a_run_is_stalled_after_ten_silent_minutes_unless_it_is_queued():
    def silent(minutes, status="STARTED"):
        return ActiveRun("run", status, "", 1, 0, None, dt.timedelta(minutes=minutes)).stalled

    assert [silent(9), silent(11), silent(60, "QUEUED")] == [False, True, False]


def snapshot(*, phases=(), failures=(), runs=(), lacking=()) -> Snapshot:
    looked = tuple(phases) or tuple(phase_progress(phase, {"any": lacking}, LATE, {}) for phase in (3, 4))
    return Snapshot(TARGET, NOW, looked, failures, runs, 4, 4, (), all_star_included=False, schedule_unknown=())


def test_watching_goes_on_until_everything_is_done():
    looks = iter([snapshot(lacking=LATE), snapshot(lacking=LATE[:1]), snapshot(), snapshot()])
    slept = []
    seen = list(snapshots(lambda: next(looks), slept.append, 30, continuous=True))
    assert [one.phases[0].done for one in seen] == [0, 3, 4]
    assert slept == [30, 30]


def test_one_look_is_enough_unless_asked_to_go_on():
    looks = itertools.repeat(snapshot(lacking=LATE))
    assert len(list(snapshots(lambda: next(looks), lambda _: None, 30, continuous=False))) == 1


@pytest.mark.parametrize(("detailed", "shown"), [(False, 5), (True, 20)])
def test_five_failures_are_shown_and_twenty_in_detail(detailed, shown):
    failures = tuple(RecentFailure(NOW, "run", f"step {number}", "broken") for number in range(30))
    for only in (False, True):
        one = snapshot(failures=failures)
        parts = (one.failed_parts if only else one.parts)(detailed=detailed)
        (table,) = [part for part in parts if isinstance(part, Table) and "message" in part.headings]
        assert table.title == "Failures of the last two hours: 30"
        assert len(table.rows) == shown


def test_failures_and_stalled_runs_are_warnings():
    failure = RecentFailure(NOW, "run", "step", "broken")
    stalled = ActiveRun("run", "STARTED", "", 1, 0, 2, dt.timedelta(minutes=11))
    assert snapshot().exit_code == 0
    assert snapshot(failures=(failure,)).exit_code == 2
    assert snapshot(runs=(stalled,)).exit_code == 2


# The warehouse


def test_progress_of_stored_tables(home, instance):
    schedule(home, EARLY + LATE, REST)
    built_phase(home, 3, EARLY + LATE[:3])
    built_phase(home, 4, LATE[:2])
    status(home, FEATURES, EARLY, 0, "bootstrap")
    found = look(home, instance)
    assert [(one.done, one.expected, one.remaining) for one in found.phases] == [(7, 8, 1), (2, 4, 2)]
    assert [one.eta for one in found.phases] == ["unknown (no recent activity)"] * 2
    assert {table["table"] for one in found.phases for table in one.tables} == {
        name for name, one in runnable_contracts().items() if one.dataset == "nba_analytics" or one.level
    }
    assert sum(len(one.tables) for one in found.phases) == 10
    assert found.schedule_unknown == ()
    assert not found.complete


def test_a_date_with_a_missing_game_is_not_done(home, instance):
    schedule(home, LATE, REST + EARLY, games=2)
    for table in phase_tables(3):
        built(home, table.name, LATE, games=1 if table.name == SUMMARY else 2)
    phase = look(home, instance).phases[0]
    assert {table["table"]: table["done"] for table in phase.tables if table["done"] < 4} == {SUMMARY: 0}
    assert phase.done == 0


def test_a_date_the_schedule_never_spoke_of_keeps_the_target_open(home, instance):
    schedule(home, EARLY + LATE, REST[1:])
    built_phase(home, 3, EARLY + LATE)
    built_phase(home, 4, LATE)
    found = look(home, instance)
    assert [one.is_done for one in found.phases] == [True, True]
    assert found.schedule_unknown == (REST[0],)
    assert [found.time_left(one) for one in found.phases if not one.remaining] == ["unknown (no schedule)"] * 2
    assert found.exit_code == 2
    assert not found.complete


def test_all_star_dates_join_the_denominators_on_request(home, instance):
    whole = season("2021-22")
    around = [day("2022-02-17"), day("2022-02-24")]
    weekend = [day("2022-02-18"), day("2022-02-20")]
    dates = DateRange(around[0], whole.all_star_end + dt.timedelta(days=1))
    schedule(home, around, [date for date in dates.dates() if date not in around])
    for phase in (3, 4):
        built_phase(home, phase, around)
    for table in phase_tables(3):
        status(home, table.name, weekend[:1], 0, "all_star_break")
    plain, with_all_star = (look(home, instance, dates, with_all_star=asked) for asked in (False, True))
    assert [(one.done, one.expected) for one in plain.phases] == [(2, 2), (2, 2)]
    assert [(one.done, one.expected) for one in with_all_star.phases] == [(3, 4), (2, 4)]
    assert plain.all_star == with_all_star.all_star == tuple(weekend)
    said = monitor(home, f"{dates}", "--include-all-star")
    assert "2 game dates, 2 after the bootstrap; with the 2 All-Star dates 4 and 4; counted with" in said.stdout


def test_an_error_while_judging_is_no_progress(home, instance):
    schedule(home, LATE, EARLY + REST)
    built_phase(home, 3, LATE)
    spoil(home, f"alter table {SUMMARY} rename column game_id to another")
    found = look(home, instance)
    assert found.phases[0].error
    assert (found.phases[0].done, found.exit_code) == (0, 1)


# The instance


def materialised(instance, table, *dates):
    for date in dates:
        event = dg.AssetMaterialization(asset_key=table.split("."), partition=date.isoformat())
        instance.report_runless_asset_event(event)
    newest = instance.get_latest_materialization_event(dg.AssetKey(table.split(".")))
    return dt.datetime.fromtimestamp(newest.timestamp, dt.UTC)


def test_successes_of_the_last_hour_are_read_from_the_events(instance):
    at = materialised(instance, SUMMARY, LATE[0], LATE[1], LATE[1])
    materialised(instance, "NBA_Analytics.Team_Offense_Game_Summary", LATE[2])
    materialised(instance, "nba_raw.nbac_schedule", LATE[3])
    wanted = [SUMMARY, OFFENSE]
    assert succeeded_since(instance, wanted, at - dt.timedelta(minutes=59)) == {
        SUMMARY: {LATE[0], LATE[1]},
        "NBA_Analytics.Team_Offense_Game_Summary": {LATE[2]},
    }
    later = at + HOUR
    assert not any(succeeded_since(instance, wanted, later).values())


def test_the_rate_gives_the_time_left(home, instance):
    schedule(home, EARLY + LATE, REST)
    built_phase(home, 3, EARLY)
    built_phase(home, 4, [])
    at = materialised(instance, SUMMARY, *EARLY[:2], REST[0])
    found = take_snapshot(EmbeddedWarehouse(home.warehouse), instance, TARGET, at + dt.timedelta(minutes=1))
    assert (found.phases[0].done_last_hour, found.phases[0].remaining, found.phases[0].eta) == (2, 4, "2.0 h")
    assert found.phases[1].eta == "unknown (no recent activity)"


class LostError(Exception):
    pass


@dg.asset(key_prefix="nba_analytics", name="player_game_summary", partitions_def=DAILY)
def fails():
    raise LostError("the box scores of the date are lost " * 10)


@dg.asset(key_prefix="nba_analytics", name="team_offense_game_summary", partitions_def=DAILY)
def works():
    return None


def job_of(*assets):
    return dg.Definitions(assets=assets).resolve_implicit_global_asset_job_def()


def test_failed_steps_of_two_hours_are_listed_newest_first(instance):
    result = job_of(fails).execute_in_process(instance=instance, partition_key="2021-11-02", raise_on_error=False)
    (event,) = result.filter_events(lambda one: one.is_step_failure)
    (record,) = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    at = dt.datetime.fromtimestamp(record.event_log_entry.timestamp, dt.UTC)
    (found,) = failures_since(instance, at - 2 * HOUR)
    assert (found.what, found.run_id) == ("nba_analytics.player_game_summary 2021-11-02", result.run_id)
    assert "the box scores of the date are lost" in found.message
    assert len(found.message) == 150
    assert failures_since(instance, at + dt.timedelta(minutes=1)) == []
    assert event.step_key == "nba_analytics__player_game_summary"


def test_a_successful_run_is_no_failure(instance):
    job_of(works).execute_in_process(instance=instance, partition_key="2021-11-02")
    assert failures_since(instance, NOW) == []


def test_active_runs_show_their_steps_and_stall(instance):
    run = instance.create_run_for_job(
        job_of(fails, works), status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "2021-11-02"}
    )
    instance.report_engine_event("working", run)
    (record,) = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    last = dt.datetime.fromtimestamp(record.timestamp, dt.UTC)
    (soon,) = active_runs(instance, last + dt.timedelta(minutes=9))
    (late,) = active_runs(instance, last + dt.timedelta(minutes=11))
    assert (soon.status, soon.dates, soon.cells[4], soon.stalled) == ("STARTED", "2021-11-02", "0/2 steps", False)
    assert late.stalled


# The command


def test_the_command_prints_plain_lines_when_piped(home):
    schedule(home, EARLY + LATE, REST)
    built_phase(home, 3, EARLY + LATE)
    built_phase(home, 4, LATE[:2])
    said = monitor(home, "--detailed")
    assert said.exit_code == 0, said.output
    assert "Phase 3: 8/8 100.0 % done" in said.stdout
    assert "Phase 4: 2/4 50.0 %" in said.stdout
    assert sum(line.strip().startswith(("nba_a", "nba_p")) for line in said.stdout.splitlines()) == 10
    assert "\x1b" not in said.stdout


def test_the_document_has_the_same_numbers(home):
    schedule(home, EARLY + LATE, REST)
    built_phase(home, 3, EARLY + LATE)
    built_phase(home, 4, LATE[:2])
    document = json.loads(monitor(home, f"{TARGET.start}", f"{TARGET.end}", "--json").stdout)
    assert [(one["done"], one["expected"], one["pct"]) for one in document["phases"]] == [(8, 8, 100.0), (2, 4, 50.0)]
    assert document["complete"] is False


def test_an_empty_home_has_nothing_to_judge(home):
    said = monitor(home)
    assert said.exit_code == 4
    assert "the schedule is empty" in said.stderr
