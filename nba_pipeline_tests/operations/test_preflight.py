"""The fourteen checks: each seen passing and failing, the exit codes, and that nothing is written."""

import datetime as dt
import hashlib
import json

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.definitions import defs
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.home import Home
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.validation import validation_jobs
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.examined import ReadOnly
from nba_pipeline.operations.preflight import ADD_ONS, preflight, schedule_range
from nba_pipeline.operations.preflight_checks import Machine
from nba_pipeline_tests.conftest import SEASON_START, cli, copy_of, spoil
from nba_pipeline_tests.operations.examined import threshold_file, warehouse_of

NOW = dt.datetime(2021, 11, 5, 12, tzinfo=dt.UTC)
ROOMY = Machine(free_disk=100 * 1024**3, free_memory=8 * 1024**3)
FLAGS = {"nba_pipeline/backfill_mode": "true", "nba_pipeline/skip_downstream_trigger": "true"}
FEW_ALIASES = "V26: {thresholds: {aliases: 10}}"
NEWEST = "2021-11-04"
GAMEBOOK, LEAGUE, BDL = (
    "nba_raw.nbac_gamebook_player_stats",
    "nba_raw.nbac_player_boxscores",
    "nba_raw.bdl_player_boxscores",
)


def location(*, without=(), flags=FLAGS, jobs=True) -> dg.Definitions:
    """A code location with the ten tables and their jobs, or without some of it."""

    def asset(name):
        @dg.asset(key=asset_key(name))
        def table() -> None: ...

        return table

    names = {phase: [table.name for table in phase_tables(phase)] for phase in (3, 4)}
    levels = {level: [t.name for t in phase_tables(4) if t.level == f"L{level}"] for level in (1, 2, 3)}
    wanted = {"phase3_backfill": names[3], **{f"phase4_level{level}": levels[level] for level in levels}}
    chosen = {job: [n for n in tables if n not in without] for job, tables in wanted.items() if job not in without}
    return dg.Definitions(
        assets=[asset(name) for name in (*names[3], *names[4]) if name not in without],
        jobs=[
            dg.define_asset_job(job, selection=[asset_key(name) for name in tables], tags=flags)
            for job, tables in chosen.items()
            if jobs and tables
        ],
    )


@pytest.fixture
def copied(sound_league, tmp_path, at_home) -> Home:
    home = at_home(copy_of(sound_league, tmp_path / "home"))
    threshold_file(home, FEW_ALIASES)
    return home


@pytest.fixture
def empty(tmp_path, at_home) -> Home:
    home = at_home(Home(tmp_path / "empty"))
    home.root.mkdir()
    return home


def examine(home, *, beat=NOW, **changes):
    """The report on a home whose daemon reported at ``beat``."""
    chosen = {"definitions": defs, "now": NOW, "machine": ROOMY, "quick": True} | changes
    with open_instance(home.root) as instance:
        if beat:
            instance.add_daemon_heartbeat(DaemonHeartbeat(beat.timestamp(), "SENSOR", "one", []))
        return preflight(chosen.pop("definitions"), warehouse_of(home), instance, SEASON_START, home=home, **chosen)


def check(report, number):
    (found,) = [one for one in report.findings if one.number == number]
    return found


def add_on(report, title):
    (found,) = [one for one in report.sections[ADD_ONS] if one.title == title]
    return found


def results(report) -> dict[int, str]:
    return {one.number: one.result for one in report.findings}


def test_fourteen_checks_pass_and_the_exit_code_is_0(copied):
    report = examine(copied, quick=False)
    assert results(report) == {number: "INFO" if number in (7, 8) else "PASS" for number in range(1, 15)}
    assert (report.exit_code, report.verdict) == (0, "PASS")


def test_quick_leaves_out_13_and_14_and_does_not_print_them(copied):
    report = examine(copied)
    assert list(results(report)) == list(range(1, 13))
    assert sum(line.split()[0].isdigit() for line in report.lines()) == 12


def test_nothing_is_written(copied):
    with open_instance(copied.root):
        pass
    before = contents(copied)
    examine(copied, quick=False, beat=None)
    assert contents(copied) == before


def test_an_empty_home_stays_without_a_warehouse_and_fails(empty):
    report = examine(empty, quick=False)
    assert {1, 3, 6, 13} <= {number for number, result in results(report).items() if result == "FAIL"}
    assert "quickstart" in check(report, 1).remedy
    assert report.exit_code == 1
    assert not empty.warehouse.exists()


def contents(home) -> dict[str, str]:
    return {
        str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.root.rglob("*"))
        if path.is_file()
    }


def test_what_an_examination_holds_refuses_to_write(copied):
    from nba_pipeline.errors import PipelineError
    from nba_pipeline.warehouse.seam import Deletion, Query, Stage

    table = phase_tables(3)[0]
    look = ReadOnly(warehouse_of(copied), copied)
    for write in (
        lambda: look.publish([Stage(table, Query("select 1"), SEASON_START)]),
        lambda: look.delete([Deletion(table, SEASON_START)]),
    ):
        with pytest.raises(PipelineError, match="nothing was changed"):
            write()


def test_1_a_warehouse_that_cannot_be_opened_fails(copied):
    copied.warehouse.write_bytes(b"no warehouse")
    report = examine(copied, quick=False)
    assert check(report, 1).blocks
    assert "cannot be opened" in check(report, 1).sentence
    assert check(report, 13).blocks


def test_13_and_14_a_table_that_waits_for_another_of_its_phase_is_no_failure(copied):
    spoil(copied, *(f"delete from {table.name}" for phase in (3, 4) for table in phase_tables(phase)))
    report = examine(copied, quick=False)
    assert check(report, 13).result == "PASS"
    assert "player_game_summary 170" in check(report, 13).sentence
    assert check(report, 14).result == "WARN"


def test_2_a_library_of_another_version_fails(copied, tmp_path):
    lock = tmp_path / "constraints.txt"
    lock.write_text("duckdb==0.0.1\n", encoding="utf-8")
    found = check(examine(copied, lock=lock), 2)
    assert found.blocks
    assert "the lock says 0.0.1" in found.sentence


def test_2_without_a_lock_file_the_versions_are_unknown(copied, tmp_path):
    assert check(examine(copied, lock=tmp_path / "none.txt"), 2).result == "WARN"


def test_3_a_missing_dataset_fails_and_a_missing_table_warns(copied):
    spoil(copied, "drop table nba_precompute.player_daily_cache")
    assert check(examine(copied), 3).result == "WARN"
    spoil(copied, "drop schema nba_precompute cascade")
    found = check(examine(copied), 3)
    assert found.blocks
    assert "nba_precompute" in found.sentence


def test_4_tables_that_nothing_launches_fail(copied):
    found = check(examine(copied, definitions=location()), 4)
    assert found.blocks
    assert "the sensor links_phases is not defined" in found.sentence
    assert check(examine(copied), 4).result == "PASS"


def test_5_a_silent_daemon_warns_and_a_location_that_does_not_load_fails(copied):
    assert check(examine(copied, beat=None), 5).result == "WARN"
    assert check(examine(copied, beat=NOW - dt.timedelta(hours=2)), 5).sentence.endswith("120 minutes ago")
    twice = dg.Definitions(assets=[*location().assets, *location().assets])
    assert check(examine(copied, definitions=twice), 5).blocks


def without_games(*sources, games):
    """Statements that take the first games of the newest slate out of sources."""
    chosen = f"nba_reference.dim_game where game_date = '{NEWEST}' order by nba_game_id limit {games}"
    by_id = f"nba_game_id in (select nba_game_id from {chosen})"
    by_team = f"game_date = '{NEWEST}' and home_team_abbr in (select home_team_abbr from {chosen})"
    return [f"delete from {source} where {by_id if source == LEAGUE else by_team}" for source in sources]


@pytest.mark.parametrize(
    ("sources", "games", "result", "said"),
    [
        ((GAMEBOOK,), 1, "WARN", "game book 122; fallback sources have the rest"),
        ((GAMEBOOK, LEAGUE, BDL), 1, "WARN", "122 of 123 final games (99.19%)"),
        ((GAMEBOOK, LEAGUE, BDL), 2, "FAIL", "121 of 123 final games (98.37%)"),
    ],
)
def test_6_raw_games_are_counted_against_the_schedule(copied, sources, games, result, said):
    spoil(copied, *without_games(*sources, games=games))
    found = check(examine(copied), 6)
    assert found.result == result
    assert said in found.sentence


@pytest.mark.parametrize(
    ("number", "table"), [(7, "nba_analytics.player_game_summary"), (8, "nba_precompute.player_daily_cache")]
)
def test_7_and_8_record_the_state_without_judging_it(copied, number, table):
    assert check(examine(copied), number).sentence.startswith("PASS; of 3 dates, 14 bootstrap dates apart")
    date = "cache_date" if number == 8 else "game_date"
    spoil(
        copied,
        f"delete from {table} where {date} = '{NEWEST}'",
        f"delete from nba_processing.partition_status where table_name = '{table}' and partition_date = '{NEWEST}'",
    )
    found = check(examine(copied), number)
    assert found.result == "INFO"
    assert found.sentence.startswith("FAIL")
    assert f"{table.partition('.')[2]} 2" in found.sentence


@pytest.mark.parametrize(
    ("number", "changes", "said"),
    [
        (9, {"without": ["nba_analytics.player_game_summary"]}, "asset nba_analytics/player_game_summary is missing"),
        (9, {"without": ["phase3_backfill"]}, "job phase3_backfill is missing"),
        (9, {"flags": {"nba_pipeline/backfill_mode": "true"}}, "phase3_backfill lacks nba_pipeline/skip_downstream"),
        (10, {"without": ["nba_precompute.player_composite_factors"]}, "job phase4_level2 is missing"),
        (10, {"flags": {}}, "phase4_level3 lacks nba_pipeline/backfill_mode"),
    ],
)
def test_9_and_10_assets_jobs_and_flags_must_be_there(copied, number, changes, said):
    found = check(examine(copied, definitions=location(**changes)), number)
    assert found.blocks
    assert said in found.sentence


def test_11_a_fallback_of_props_that_nobody_uses_is_no_warning(copied):
    spoil(copied, "delete from nba_raw.bettingpros_player_points_props")
    found = check(examine(copied), 11)
    assert (found.result, "is not in use" in found.sentence) == ("INFO", True)


def test_12_a_monitor_without_anything_to_show_is_no_reason_to_stop(empty):
    found = check(examine(empty), 12)
    assert found.result == "WARN"
    assert found.remedy


def test_13_and_14_more_than_thirty_seconds_fail(copied):
    seconds = iter(range(0, 10_000, 31))
    report = examine(copied, quick=False, clock=lambda: float(next(seconds)))
    assert check(report, 13).result == "FAIL"
    assert check(report, 14).result == "WARN"
    assert "longer than 30 s" in check(report, 14).sentence


def test_13_a_model_without_rows_fails(copied):
    spoil(copied, f"delete from nba_reference.player_box_lines where game_date = '{NEWEST}'")
    found = check(examine(copied, quick=False), 13)
    assert found.blocks
    assert "no rows for nba_analytics.player_game_summary" in found.sentence


def test_14_a_model_without_rows_is_a_warning(copied):
    spoil(copied, "delete from nba_analytics.upcoming_player_game_context")
    report = examine(copied, quick=False)
    assert check(report, 14).result == "WARN"
    assert report.exit_code == 2


@pytest.mark.parametrize(
    ("title", "statements", "result"),
    [
        ("players in the registry", ["delete from nba_reference.nba_players_registry where rowid >= 470"], "WARN"),
        ("players in the registry", ["delete from nba_reference.nba_players_registry where rowid >= 400"], "FAIL"),
        ("teams", ["delete from nba_reference.team_aliases where team_abbr = 'BOS'"], "FAIL"),
        ("aliases", ["delete from nba_reference.player_aliases where rowid >= 5"], "WARN"),
    ],
)
def test_reference_data_are_counted(copied, title, statements, result):
    assert add_on(examine(copied), title).result == "PASS"
    spoil(copied, *statements)
    assert add_on(examine(copied), title).result == result


def test_an_active_run_on_the_tables_blocks_and_one_elsewhere_does_not(copied):
    @dg.asset
    def elsewhere() -> None: ...

    other = dg.Definitions(assets=[elsewhere], jobs=[dg.define_asset_job("other", selection=["elsewhere"])])

    def queue(definitions, job, key):
        with open_instance(copied.root) as instance:
            resolved = definitions.resolve_job_def(job)
            instance.create_run_for_job(resolved, status=dg.DagsterRunStatus.STARTING, asset_selection=frozenset({key}))

    queue(other, "other", dg.AssetKey("elsewhere"))
    assert add_on(examine(copied), "nothing else runs on the tables").result == "PASS"
    queue(location(), "phase3_backfill", asset_key("nba_analytics.player_game_summary"))
    report = examine(copied)
    assert add_on(report, "nothing else runs on the tables").blocks
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("machine", "title", "result"),
    [
        (Machine(512 * 1024**2, 8 * 1024**3), "disk", "FAIL"),
        (Machine(2 * 1024**3, 8 * 1024**3), "disk", "WARN"),
        (Machine(100 * 1024**3, 256 * 1024**2), "memory", "WARN"),
        (Machine(100 * 1024**3, None), "memory", "INFO"),
    ],
)
def test_disk_and_memory(copied, machine, title, result):
    assert add_on(examine(copied, machine=machine), title).result == result


def test_without_dates_the_whole_schedule_is_examined(copied, empty):
    assert schedule_range(warehouse_of(copied), copied) == SEASON_START
    assert str(schedule_range(warehouse_of(empty), empty)) == "2021-10-19...2021-11-15"


def test_the_job_fails_on_an_empty_home_and_keeps_the_report(empty):
    job = dg.Definitions(
        jobs=validation_jobs(), resources={"pipeline": PipelineResource(home=str(empty.root)), "definitions": defs}
    ).resolve_job_def("preflight")
    config = {"ops": {"preflight_checks": {"config": {"start": "2021-10-19", "end": NEWEST, "quick": True}}}}
    with open_instance(empty.root) as instance:
        result = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    report = failure.step_failure_data.user_failure_data.metadata["report"].value
    assert "the warehouse opens and can be written" in report


def test_the_command_prints_the_report_it_exits_with(copied):
    done = cli(copied, "preflight", str(SEASON_START.start), str(SEASON_START.end), "--quick", "--json")
    document = json.loads(done.stdout)
    assert len(document["findings"]) == 12
    assert done.returncode == document["exit_code"]


def test_the_command_prints_fourteen_lines_and_an_empty_home_blocks(empty):
    done = cli(empty, "preflight", "--window", "first_four_weeks")
    assert sum(line.split()[0].isdigit() for line in done.stdout.splitlines()) == 14
    assert done.returncode == 1
