"""Backfills: exactly what is missing or failed runs, a killed one goes on, a bad date takes nothing else along."""

import datetime as dt
import signal
import socket
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.utils import make_new_run_id
from typer.testing import CliRunner

from nba_pipeline.calendar import DateRange
from nba_pipeline.cli.backfill import app
from nba_pipeline.completeness.failures import failed, last_backfill, partitions_of, read_failures
from nba_pipeline.contract.catalog import declared, in_flow, phase_tables
from nba_pipeline.definitions import defs
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.keys import BACKFILL_TAG, asset_key
from nba_pipeline.operations.backfill import run_plan
from nba_pipeline.operations.launch import choose_tables, materialise, tables_of
from nba_pipeline.operations.pieces import Piece, pieces_of
from nba_pipeline.operations.plan import plan, plan_of
from nba_pipeline.switches import Switches
from nba_pipeline.validation.defence import blocked_slates
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import ANALYTICS, SEASON_START, SLATES, contents, environment, spoil

PLAYERS = "nba_analytics.player_game_summary"
OFFENCE = "nba_analytics.team_offense_game_summary"
CONTEXT = "nba_analytics.upcoming_team_game_context"
ZONES = "nba_precompute.player_shot_zone_analysis"
DEFENCE = "nba_precompute.team_defense_zone_analysis"
STATUS = "nba_processing.partition_status"
CLI = "from nba_pipeline.cli.backfill import app; app()"


def day(text):
    return dt.date.fromisoformat(f"2021-{text}")


def days(first, last):
    return DateRange(day(first), day(last))


def forget(table, *dates):
    """Statements after which a table has never held these dates."""
    listed = ", ".join(f"'{day(one)}'" for one in dates)
    yield f"delete from {table} where {declared(table).partition} in ({listed})"
    yield f"delete from {STATUS} where table_name = '{table}' and partition_date in ({listed})"


def planned(home, names, dates=SEASON_START, mode="missing"):
    with open_instance(home.root) as instance:
        return plan(EmbeddedWarehouse(home.warehouse), instance, choose_tables(names), dates, mode)


def needed(todo):
    return {one.table: list(one.needed) for one in todo.tables if one.needed}


def run(home, names, dates=SEASON_START, mode="missing", **options):
    warehouse = EmbeddedWarehouse(home.warehouse)
    with open_instance(home.root) as instance:
        todo = plan(warehouse, instance, choose_tables(names), dates, mode)
        return run_plan(defs, instance, warehouse, todo, **options)


# What is needed


def test_nothing_is_missing_from_a_built_home(copied):
    assert needed(planned(copied, ["nba_analytics", "L1", "L2", "L3"])) == {}


def test_dates_never_computed_are_missing_and_only_those(copied):
    spoil(copied, *forget(PLAYERS, "10-24", "10-26", "10-27"))
    todo = planned(copied, [PLAYERS, OFFENCE])
    assert needed(todo) == {PLAYERS: [day("10-24"), day("10-26"), day("10-27")]}
    assert todo.pieces == (Piece((PLAYERS,), days("10-24", "10-24")), Piece((PLAYERS,), days("10-26", "10-27")))
    assert todo.partitions == 3


def test_rows_that_vanished_are_missing_and_come_back(copied, season_start):
    spoil(copied, f"delete from {PLAYERS} where game_date = '{day('10-26')}' and player_lookup < 'm'")
    assert needed(planned(copied, [PLAYERS])) == {PLAYERS: [day("10-26")]}
    run(copied, [PLAYERS])
    assert contents(copied, [PLAYERS], SEASON_START) == contents(season_start, [PLAYERS], SEASON_START)


def test_an_empty_game_date_without_its_source_is_missing_and_a_bootstrap_date_is_not(copied):
    spoil(
        copied,
        f"update {STATUS} set row_count = 0, reason = 'source_missing' "
        f"where table_name = '{OFFENCE}' and partition_date = '2021-10-24'",
    )
    assert needed(planned(copied, [OFFENCE, ZONES])) == {OFFENCE: [day("10-24")]}


def test_lines_that_no_source_has_are_not_missing_until_a_file_lands(copied):
    """No book's props of 29 October were captured, so computing the lines of that date again gives nothing."""
    todo = planned(copied, ["points_lines"])
    assert needed(todo) == {}
    assert [one.no_source for one in todo.tables] == [(day("10-29"),)]
    folder = copied.landing / "odds_api_player_points_props" / "2021-10-29"
    folder.mkdir(parents=True)
    (folder / "20211101T120000Z_live_0123456789abcdef.json").write_text("[]", encoding="utf-8")
    assert needed(planned(copied, ["points_lines"])) == {"nba_reference.points_lines": [day("10-29")]}


@pytest.mark.parametrize(
    ("date", "landed", "expected"),
    [("10-24", True, [day("10-24")]), ("10-24", False, []), ("11-05", True, [day("11-05")]), ("11-05", False, [])],
    ids=["a file has landed since", "still no file", "a file on a free day", "no file on a free day"],
)
def test_a_raw_gap_is_missing_where_a_file_can_fill_it(copied, date, landed, expected):
    table, free = "nba_raw.nbac_injury_report", day("11-05")
    spoil(
        copied,
        f"delete from {STATUS} where table_name = '{table}' and partition_date = '{day(date)}'",
        f"insert into {STATUS} values ('{table}', '{day(date)}', 0, 'no_landing_file', null, true), "
        f"('nba_reference.dim_game', '{free}', 0, 'no_games', null, true)",
        f"delete from {table} where report_date = '{day(date)}'",
    )
    if landed:
        folder = copied.landing / "nbac_injury_report" / day(date).isoformat()
        folder.mkdir(parents=True)
        (folder / f"{day(date):%Y%m%d}T120000Z_live_0123456789abcdef.json").write_text("{}")
    assert needed(planned(copied, [table], DateRange(SEASON_START.start, day(date)))).get(table, []) == expected


def test_all_computes_stored_dates_again_and_says_what_is_overwritten(copied):
    todo = planned(copied, [OFFENCE], days("10-19", "10-20"), "all")
    (one,) = todo.tables
    (rows,) = contents(copied, [OFFENCE], days("10-19", "10-20")).values()
    assert (one.overwritten_dates, one.overwritten_rows) == (2, len(rows))
    assert f"Overwritten: 2 partitions with {len(rows)} rows, each replaced whole" in todo.lines


def test_an_open_error_is_failed_and_a_warning_is_not(copied):
    spoil(
        copied,
        "insert into nba_processing.check_violations values "
        f"('{PLAYERS}', 'key_is_unique', 'V01', '2021-10-25', 'error', true, 3), "
        f"('{PLAYERS}', 'values_are_usual', null, '2021-10-26', 'warn', false, 1)",
    )
    assert needed(planned(copied, [PLAYERS])) == {}
    assert needed(planned(copied, [PLAYERS], mode="missing+failed")) == {PLAYERS: [day("10-25")]}
    with open_instance(copied.root) as instance:
        (found,) = failed(instance, EmbeddedWarehouse(copied.warehouse), SEASON_START)
    assert (found.date, found.error) == (day("10-25"), "check key_is_unique: 3 violations")


def test_an_unknown_mode_is_refused(copied):
    with pytest.raises(UsageError, match="choose one of missing, missing\\+failed, all"):
        planned(copied, [PLAYERS], mode="rest")


def test_the_plan_says_how_long_earlier_runs_took(copied_with_history):
    todo = planned(copied_with_history, [OFFENCE], mode="all")
    assert todo.seconds > 0
    assert planned(copied_with_history, [OFFENCE]).seconds is None


def test_pieces_hold_exactly_what_is_needed_upstream_first():
    wanted = {
        ZONES: [day("11-02"), day("11-03")],
        PLAYERS: [day("11-01"), day("11-02")],
        OFFENCE: [day("11-02"), day("11-04")],
    }
    pieces = pieces_of(wanted, [], days("11-01", "11-04"))
    ran = [partition for piece in pieces for partition in piece.partitions]
    assert sorted(ran) == sorted((name, date) for name, dates in wanted.items() for date in dates)
    assert pieces == [
        Piece((PLAYERS,), days("11-01", "11-01")),
        Piece((OFFENCE, PLAYERS), days("11-02", "11-02")),
        Piece((OFFENCE,), days("11-04", "11-04")),
        Piece((ZONES,), days("11-02", "11-03")),
    ]


def test_a_whole_range_of_everything_is_two_runs():
    tables = [*phase_tables(3), *phase_tables(4)]
    dates = days("10-19", "11-15")
    pieces = pieces_of({one.name: list(dates.dates()) for one in tables}, ["nba_reference.arenas"], dates)
    assert [piece.dates for piece in pieces] == [dates, dates]
    assert set(pieces[0].tables) == {*ANALYTICS, "nba_reference.arenas"}
    order = [one.name for one in in_flow([*pieces[0].tables, *pieces[1].tables])]
    assert [name for name in order if name in pieces[1].tables] == list(pieces[1].tables)


# Running


def test_a_dry_run_changes_nothing(copied):
    spoil(copied, *forget(OFFENCE, "10-24"))
    before = contents(copied, ANALYTICS, SEASON_START)
    said = CliRunner().invoke(app, ["backfill", OFFENCE, "2021-10-19", "2021-11-04", "--dry-run"])
    assert said.exit_code == 0
    assert "missing 1 (2021-10-24), to run 1" in said.output
    assert contents(copied, ANALYTICS, SEASON_START) == before
    with open_instance(copied.root) as instance:
        assert instance.get_runs() == []


def test_a_backfill_killed_in_the_middle_goes_on_without_loss_or_double(season_start, copied):
    tables = [one.name for one in phase_tables(3)]
    spoil(copied, *(statement for name in tables for statement in forget(name, "11-02", "11-03", "11-04")))
    process = subprocess.Popen(
        [sys.executable, "-c", CLI, "backfill", "phase3", str(SLATES.start), str(SLATES.end)],
        env=environment(copied),
        stdout=subprocess.DEVNULL,
    )
    with open_instance(copied.root) as instance:
        wait_for_checks(instance, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = needed(planned(copied, tables))
    assert left, "it was killed before it ended"
    assert len(left) < len(tables), "a table had been stored and judged"
    said = []
    summary = run(copied, tables, say=said.append)
    assert (summary.ok, dict(summary.failed), summary.not_run) == (sum(map(len, left.values())), {}, 0)
    assert [line.partition(", run")[0] for line in said if "gate" in line] == ["gate of phase 3: open"]
    assert contents(copied, tables, SEASON_START) == contents(season_start, tables, SEASON_START)
    assert needed(planned(copied, tables, mode="missing+failed")) == {}


def wait_for_checks(instance, process):
    """Until a table has been stored and judged by the run of a process."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        for record in instance.get_runs():
            ended = instance.get_records_for_run(record.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS).records
            if any((one.event_log_entry.step_key or "").endswith("__checks") for one in ended):
                return
        time.sleep(0.05)
    raise AssertionError("no step ended")


def test_an_earlier_failed_date_is_tried_again_and_a_file_of_failures_names_it(copied, tmp_path):
    last = DateRange(SLATES.end, SLATES.end)
    _, unpublished = forget(PLAYERS, "10-30")
    spoil(copied, f"create table kept as select * from {STATUS} where table_name = '{PLAYERS}'", unpublished)
    first = run(copied, [ZONES], last, "all")
    assert (first.ok, first.exit_code) == (0, 1)
    assert "is blocked at 2021-11-04" in first.failed[ZONES, SLATES.end]
    assert first.resume == f"nba-pipeline backfill {ZONES} --start 2021-11-04 --end 2021-11-04 --mode missing+failed"
    spoil(copied, f"insert into {STATUS} select * from kept where partition_date = '2021-10-30'", "drop table kept")

    assert needed(planned(copied, [ZONES])) == {}, "its old rows are stored"
    assert needed(planned(copied, [ZONES], mode="missing+failed")) == {ZONES: [SLATES.end]}
    warehouse = EmbeddedWarehouse(copied.warehouse)
    with open_instance(copied.root) as instance:
        assert last_backfill(instance) == first.id
        (found,) = failed(instance, warehouse, backfill=first.id)
        assert (found.table, found.date, found.run_id) == (ZONES, SLATES.end, first.run_ids[0])
        assert found.step == ZONES.replace(".", "__")
        assert found.at is not None
        assert "Repair: nba-pipeline backfill" in found.error
        assert read_failures(f"# failed\n{found.line}\n") == partitions_of([found]) == {ZONES: [SLATES.end]}
        again = run_plan(defs, instance, warehouse, plan_of(warehouse, instance, partitions_of([found])))
        assert (again.ok, dict(again.failed)) == (1, {})
        assert failed(instance, warehouse) == []


@pytest.mark.parametrize(
    "line", ["nba_analytics.nothing 2021-10-30", f"{PLAYERS} yesterday", PLAYERS, f"{PLAYERS} 1999-01-01"]
)
def test_a_line_that_names_no_partition_is_refused(line):
    with pytest.raises(UsageError, match="Line 1"):
        read_failures(line)


def test_slates_with_a_broken_look_back_do_not_stop_the_others(season_start, copied):
    _, unpublished = forget(PLAYERS, "10-24")
    spoil(copied, unpublished)
    ended = []
    summary = run(copied, [ZONES, DEFENCE], SLATES, "all", on_end=lambda _, backfill: ended.append(backfill))
    assert set(summary.failed) == {(ZONES, day("11-02")), (ZONES, day("11-03"))}
    assert "nba-pipeline backfill --start 2021-10-24 --end 2021-10-24" in summary.failed[ZONES, day("11-02")]
    assert summary.ok == 4
    assert ended == [summary.id]
    with open_instance(copied.root) as instance:
        runs = instance.get_runs(dg.RunsFilter(tags={BACKFILL_TAG: summary.id}))
        assert {run.run_id for run in runs} == set(summary.run_ids)
    assert contents(copied, [ZONES, DEFENCE], SLATES) == contents(season_start, [ZONES, DEFENCE], SLATES)


def test_the_blocked_slates_of_a_range_are_those_a_run_would_refuse(copied):
    warehouse = EmbeddedWarehouse(copied.warehouse)
    assert blocked_slates(warehouse, declared(ZONES), SLATES) == {}
    spoil(copied, *forget(PLAYERS, "10-24"))
    found = blocked_slates(warehouse, declared(ZONES), SLATES)
    assert {date: error.missing_dates for date, error in found.items()} == {
        day("11-02"): (day("10-24"),),
        day("11-03"): (day("10-24"),),
    }
    spoil(copied, f"insert into {PLAYERS} select * from {PLAYERS} where game_date = '2021-11-03' limit 1")
    found = blocked_slates(warehouse, declared(ZONES), SLATES)
    assert "fails key_is_unique" in str(found[day("11-04")])
    assert blocked_slates(warehouse, declared(PLAYERS), SLATES) == {}


def test_a_date_that_fails_takes_only_its_own_readers_along(copied):
    spoil(
        copied,
        "insert into nba_reference.dim_game select * from nba_reference.dim_game "
        "where game_date = '2021-11-03' limit 1",
    )
    summary = run(copied, [CONTEXT], SLATES, "all")
    assert set(summary.failed) == {(CONTEXT, day("11-03"))}
    assert summary.ok == 2
    assert "--start 2021-11-03 --end 2021-11-03 --mode missing+failed" in summary.resume


def test_a_run_that_failed_is_launched_once_more_when_asked(copied):
    spoil(
        copied,
        "insert into nba_reference.dim_game select * from nba_reference.dim_game "
        "where game_date = '2021-11-03' limit 1",
    )
    asked = ["backfill", CONTEXT, "2021-11-03", "2021-11-03", "--mode", "all"]
    plain, twice = (CliRunner().invoke(app, [*asked, *more]) for more in ([], ["--retry-once"]))
    assert (plain.exit_code, twice.exit_code) == (1, 1)
    assert ("again: " in plain.output, "again: " in twice.output) == (False, True)
    with open_instance(copied.root) as instance:
        assert len(instance.get_runs()) == 1 + 2


def test_a_second_run_on_a_table_is_refused_with_what_to_do(copied):
    refused = []
    date = DateRange(SLATES.end, SLATES.end)

    def attempt(_step):
        with pytest.raises(PipelineError) as caught:
            materialise(defs, instance, choose_tables([OFFENCE]), date, force=True)
        refused.append(str(caught.value))

    with open_instance(copied.root) as instance:
        outcome = materialise(defs, instance, choose_tables([OFFENCE]), date, attempt)
        assert len(instance.get_runs()) == 1
    assert outcome.success
    for message in refused:
        assert f"{OFFENCE} is locked by run {outcome.run_id}" in message
        assert f"STARTED, on {socket.gethostname()}" in message
        assert f"nba-pipeline stop {outcome.run_id}" in message
    assert refused


def test_a_run_that_waits_elsewhere_refuses_a_launch_on_its_tables_unless_forced(copied):
    date = DateRange(SLATES.end, SLATES.end)
    waiting = dg.DagsterRun(
        job_name="__ASSET_JOB",
        run_id=make_new_run_id(),
        status=dg.DagsterRunStatus.NOT_STARTED,
        asset_selection=frozenset({asset_key(OFFENCE)}),
    )
    with open_instance(copied.root) as instance:
        instance.add_run(waiting)
        with pytest.raises(PipelineError, match=f"{OFFENCE} is locked by run {waiting.run_id}.*NOT_STARTED"):
            materialise(defs, instance, choose_tables([OFFENCE]), date)
        assert materialise(defs, instance, choose_tables(["nba_reference.arenas"]), date).success
        assert materialise(defs, instance, choose_tables([OFFENCE]), date, force=True).success


def test_a_run_of_a_whole_job_touches_every_table_of_it_and_a_strangers_job_none():
    whole = dg.DagsterRun(job_name="__ASSET_JOB", run_id=make_new_run_id(), asset_selection=frozenset())
    assert tables_of(defs, whole) >= {OFFENCE, PLAYERS, "nba_processing.phase3_gate"}
    assert tables_of(defs, dg.DagsterRun(job_name="somebody_elses", run_id=make_new_run_id())) == frozenset()


def test_switches_reach_the_runs_of_a_backfill(copied):
    warehouse = EmbeddedWarehouse(copied.warehouse)
    switches = Switches(backfill_mode=True, skip_downstream_trigger=True)
    with open_instance(copied.root) as instance:
        todo = plan(
            warehouse, instance, choose_tables([OFFENCE]), DateRange(SLATES.end, SLATES.end), "all", switches=switches
        )
        summary = run_plan(defs, instance, warehouse, todo, id="mine")
        (ran,) = instance.get_runs()
    assert summary.id == ran.tags[BACKFILL_TAG] == "mine"
    assert ran.tags.items() >= switches.tags.items()
