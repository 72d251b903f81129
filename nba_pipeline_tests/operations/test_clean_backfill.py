"""The clean backfill on a simulated start of a season: what it deletes comes back the same; it stops when unsure."""

import csv
import datetime as dt
import json
import shutil
from contextlib import closing

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from nba_pipeline import landing as landing_files
from nba_pipeline.calendar import DateRange, season
from nba_pipeline.cli import app
from nba_pipeline.contract.catalog import load_contracts, runnable_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.clean_backfill import clean_backfill_job
from nba_pipeline.keys import DAILY, asset_key
from nba_pipeline.operations.clean_backfill import CleanBackfill, stored_season
from nba_pipeline.operations.clean_evidence import FAILURES, STEPS, request, season_bounds
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.operations.launch import choose_tables, materialise, writers
from nba_pipeline.operations.names_registry import pending
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline.warehouse.seam import Deletion
from nba_pipeline_tests.conftest import SEASON_START, SLATES, spoil

SUMMARY = "nba_analytics.player_game_summary"
STORE = "nba_predictions.ml_feature_store_v2"
SEVEN = (
    SUMMARY,
    "nba_analytics.upcoming_player_game_context",
    "nba_precompute.player_daily_cache",
    "nba_precompute.player_shot_zone_analysis",
    "nba_precompute.player_composite_factors",
    "nba_precompute.team_defense_zone_analysis",
    STORE,
)
KEPT = tuple(
    name for name, one in load_contracts().items() if one.dataset in ("nba_raw", "nba_reference") and not one.is_view
)


@pytest.fixture
def home(copied_with_history):
    """A home which a test may change."""
    return copied_with_history


def examined(verdict="PASS"):
    """An examination that ends like this."""
    return lambda dates: Report("Preflight", dates, [Finding("storage", verdict, "as told")])


def clean(home, instance, *, dates=SEASON_START, examine=None, own_run="", **options):
    return CleanBackfill(
        request(dates, **options),
        home,
        defs,
        instance,
        warehouse(home),
        examine=examine or examined(),
        own_run=own_run,
    )


def late(home, instance, **options):
    """A clean backfill of the slates after the bootstrap only."""
    return clean(home, instance, dates=SLATES, name="late", **options)


def late_folder(home):
    return home.reports / "clean_backfill" / "late-2021-22"


def warehouse(home):
    return EmbeddedWarehouse(home.warehouse)


def digests(home, tables=(*SEVEN, *KEPT)):
    with warehouse(home).session():
        return {name: warehouse(home).digest(load_contracts()[name]) for name in tables}


def rows(home, table):
    return warehouse(home).read(f"select count(*) as n from {table}")["n"][0].as_py()


def passed(results):
    return [one.number for one in results if one.passed]


def failing(results):
    return [(one.number, one.summary) for one in results if not one.passed]


def folder(home):
    return home.reports / "clean_backfill" / "2021-10-19_2021-11-04-2021-22"


def table_file(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def status_in_dagster(instance, table, day):
    known = instance.get_status_by_partition(asset_key(table), [day], DAILY) or {}
    return known[day].name if known.get(day) else None


def test_fifteen_steps_bring_the_same_rows_back(home):
    before = digests(home)
    with open_instance(home.root) as instance:
        assert failing(clean(home, instance).run(confirm="2021-22")) == []
        assert status_in_dagster(instance, STORE, "2021-11-03") == "MATERIALIZED"
    assert digests(home) == before

    counts = table_file(folder(home) / "pre_delete_counts.csv")
    assert [row["table_name"] for row in counts] == [name.partition(".")[2] for name in (*SEVEN, *FAILURES)]
    assert {row["season"] for row in counts} == {"2021-22"}
    assert all(
        int(row["records"]) > 0 for row in counts if row["table_name"] in ("player_game_summary", "ml_feature_store_v2")
    )
    assert set(json.loads((folder(home) / "verify.json").read_text())["counts"].values()) == {0}
    raw = json.loads((folder(home) / "preflight.json").read_text())["raw"]
    assert raw["nba_raw.nbac_schedule"]["dates"] == raw["expected"]["dates"] == len(SEASON_START)
    report = (folder(home) / "final_report.md").read_text()
    assert report.count("- [x]") == 15
    assert "different" not in report
    tasks = json.loads((folder(home) / "steps" / "08_backfill_level1.json").read_text())["evidence"]["totals"]
    assert tasks == {"empty (bootstrap)": 3 * 14, "whole": 3 * 3}

    with open_instance(home.root) as instance:
        assert clean(home, instance).begin(None) == 0
    assert len(list((folder(home) / "earlier").iterdir())) == 1


def test_the_plan_says_what_would_be_deleted_and_changes_nothing(home):
    before = digests(home)
    with open_instance(home.root) as instance:
        plan = clean(home, instance).plan()
        known = instance.get_materialized_partitions(asset_key(SUMMARY))
    assert plan.rows[SUMMARY] == rows(home, SUMMARY) > 0
    assert list(plan.rows) == [*SEVEN, *FAILURES]
    assert any(f"{SUMMARY}: {rows(home, SUMMARY):,} rows by game_date" in line for line in plan.lines)
    assert digests(home) == before
    assert len(known) == len(SEASON_START)
    assert not folder(home).exists()


def test_without_confirmation_the_command_only_shows_the_plan(home):
    before = digests(home)
    shown = CliRunner().invoke(app, ["clean-backfill", "2021-10-19...2021-11-04"])
    assert shown.exit_code == 0, shown.output
    assert "repeat with --confirm 2021-22" in shown.output
    assert digests(home) == before


@pytest.mark.parametrize("token", ["", "2022-23", "yes"])
def test_a_wrong_token_deletes_nothing(home, token):
    before = digests(home, SEVEN)
    with open_instance(home.root) as instance, pytest.raises(UsageError, match="--confirm 2021-22"):
        clean(home, instance).run(confirm=token)
    assert digests(home, SEVEN) == before
    assert not folder(home).exists()


@pytest.mark.parametrize("table", ["nba_raw.nbac_schedule", "nba_reference.nba_players_registry"])
def test_raw_and_reference_tables_cannot_be_deleted(table):
    with pytest.raises(UsageError, match=f"{table} is never deleted"):
        Deletion(load_contracts()[table], SEASON_START)


def test_a_range_is_of_one_season():
    with pytest.raises(UsageError, match="not inside one known season"):
        request(DateRange(dt.date(2022, 6, 1), dt.date(2022, 11, 1)))
    with pytest.raises(UsageError, match="Unknown scope 'all'"):
        request(SEASON_START, scope="all")


def test_a_failing_examination_stops_before_anything_is_deleted(home):
    before = digests(home, SEVEN)
    with open_instance(home.root) as instance:
        results = clean(home, instance, examine=examined("FAIL")).run(confirm="2021-22")
        assert [one.number for one in results] == [0]
        assert not results[0].passed
        assert digests(home, SEVEN) == before
        assert clean(home, instance, examine=examined("WARN")).run_step(0).passed


def unfinished_run(instance, tables):
    """A run of somebody else that has started and not ended."""
    keys = frozenset(asset_key(name) for name in tables)
    run = dg.DagsterRun(
        job_name="__ASSET_JOB",
        run_id=dg.DagsterRun(job_name="x").run_id,
        status=dg.DagsterRunStatus.STARTED,
        asset_selection=keys,
    )
    instance.add_run(run)
    return run


def test_another_run_on_the_tables_is_waited_for_and_one_elsewhere_is_not(home):
    with open_instance(home.root) as instance:
        elsewhere = unfinished_run(instance, ["nba_raw.nbac_schedule"])
        one = clean(home, instance)
        assert writers(defs, instance, [table.name for table in one.request.tables]) == []
        theirs = unfinished_run(instance, [STORE])
        with pytest.raises(PipelineError, match=f"run {theirs.run_id} \\(started\\) may write the tables"):
            one.run(confirm="2021-22")
        assert writers(defs, instance, [table.name for table in one.request.tables], own=theirs.run_id) == []
        assert elsewhere.run_id != theirs.run_id
    assert not folder(home).exists()


def through(one, last):
    """Do the steps up to ``last`` and stop there, as an interruption does."""
    one.require("2021-22")
    for number in range(one.begin(None), last + 1):
        assert one.run_step(number).passed


def test_verification_stops_when_one_row_is_left(home):
    with open_instance(home.root) as instance:
        one = clean(home, instance)
        through(one, 4)
        leave_one(home)
        results = one.run(confirm="2021-22")
        assert [done.number for done in results] == [0, 1, 2, 3, 4, 5]
        assert failing(results) == [(5, f"rows are left: {STORE} 1")]
        assert rows(home, SUMMARY) == 0
    assert "- [ ] **failed** 5. Cleanup verified" in (folder(home) / "final_report.md").read_text()


def leave_one(home):
    """One row of the store is there again."""
    contract = load_contracts()[STORE]
    values = {"string": "'x'", "int64": "1", "float64": "1.0", "bool": "true", "timestamp": "now()"}
    listed = ", ".join(
        "date '2021-11-03'" if column.type == "date" else values[column.type] for column in contract.columns
    )
    spoil(home, f"insert into {STORE} values ({listed})")


def test_deleted_partitions_are_missing_in_dagster_until_they_are_computed_again(home):
    with open_instance(home.root) as instance:
        one = clean(home, instance)
        assert status_in_dagster(instance, SUMMARY, "2021-10-20") == "MATERIALIZED"
        through(one, 5)
        assert status_in_dagster(instance, SUMMARY, "2021-10-20") is None
        assert status_in_dagster(instance, "nba_reference.dim_game", "2021-10-20") == "MATERIALIZED"
        recorded = warehouse(home).read(
            "select count(*) as n from nba_processing.partition_status where table_name = @name", {"name": SUMMARY}
        )
        assert recorded["n"][0].as_py() == 0


def test_an_interrupted_one_goes_on_without_deleting_again_and_notices_a_changed_raw_table(home):
    before = digests(home)
    with open_instance(home.root) as instance:
        through(late(home, instance), 6)
        with pytest.raises(UsageError, match=r"Step 9 .* comes after step 7 .* go on with --from-step 7"):
            late(home, instance).run(confirm="2021-22", from_step=9)
        with pytest.raises(UsageError, match="no clean backfill with these options"):
            late(home, instance, scope="full").run(confirm="2021-22")
        rebuilt = rows(home, SUMMARY)
        assert rebuilt > 0
        assert late(home, instance).begin(2) == 6  # verified deletions are skipped
        through(late(home, instance), 6)
        results = late(home, instance).run(confirm="2021-22")
        assert failing(results) == []
        assert digests(home) == before
        assert not (late_folder(home) / "earlier").exists()

        spoil(home, "delete from nba_raw.espn_team_rosters where roster_date = '2021-11-01'")
        results = late(home, instance).run(confirm="2021-22", from_step=14)
        assert [number for number, _ in failing(results)] == [14]
        assert results[-1].evidence["changed_kept_tables"] == ["nba_raw.espn_team_rosters"]


def test_a_deletion_interrupted_before_its_evidence_counts_as_done(home):
    with open_instance(home.root) as instance:
        one = clean(home, instance)
        through(one, 1)
        one.warehouse.delete([Deletion(table, SEASON_START) for table in one.request.phase3])
        result = one.run_step(2)
    assert result.passed
    assert result.evidence["already"] == list(SEVEN[:2])


def test_rows_that_appear_between_counting_and_deleting_stop_it(home):
    with open_instance(home.root) as instance:
        one = clean(home, instance)
        through(one, 2)
        leave_one(home)
        result = one.run_step(3)
    assert not result.passed
    assert STORE in result.summary


def test_a_hole_before_the_range_blocks_precompute_and_the_step_can_be_repeated(home):
    before = digests(home)
    hole = "table_name = 'nba_analytics.player_game_summary' and partition_date = '2021-10-30'"
    with closing(duckdb.connect(str(home.warehouse))) as con:
        con.execute("create table kept as select * from nba_processing.partition_status where " + hole)
        con.execute("delete from nba_processing.partition_status where " + hole)
    with open_instance(home.root) as instance:
        results = clean(home, instance, dates=SLATES).run(confirm="2021-22")
        assert passed(results) == list(range(8))
        assert "is blocked at" in failing(results)[0][1]
        with closing(duckdb.connect(str(home.warehouse))) as con:
            con.execute("insert into nba_processing.partition_status select * from kept")
            con.execute("drop table kept")
        assert failing(clean(home, instance, dates=SLATES).run(confirm="2021-22")) == []
        assert status_in_dagster(instance, STORE, "2021-11-03") == "MATERIALIZED"
    assert digests(home) == before


def test_one_bad_date_fails_alone_and_a_lost_game_fails_the_validation(home):
    bad, lines = SLATES.end, "nba_reference.player_box_lines"
    with open_instance(home.root) as instance:
        one = late(home, instance)
        through(one, 5)
        spoil(home, f"create table spare as select * from {lines} where game_date = '{bad}'")
        spoil(home, f"insert into {lines} select * from spare")
        result = one.run_step(6)
        assert not result.passed
        assert result.evidence["tasks"][SUMMARY] == {
            "2021-11-02": "whole",
            "2021-11-03": "whole",
            "2021-11-04": "failed",
        }
        assert list(result.evidence["failed"]) == [bad.isoformat()]

        spoil(home, f"delete from {lines} where game_date = '{bad}'")
        spoil(home, f"insert into {lines} select * from spare")
        assert one.run_step(6).passed
        spoil(home, f"delete from {SUMMARY} where game_id = (select min(game_id) from spare)")
        result = one.run_step(7)
        assert not result.passed
        games = result.evidence["gate"]["tables"]
        assert {row["table"]: row["missing"] for row in games}[SUMMARY] == [bad.isoformat()]
        with pytest.raises(UsageError, match="comes after step 7"):
            one.run_step(8)


def test_what_is_deleted_is_what_is_computed_again_unless_the_literal_plan_is_asked_for(home):
    with open_instance(home.root) as instance:
        assert late(home, instance).request.deleted == SLATES
        literal = late(home, instance, delete_season=True)
        assert literal.request.deleted == season_bounds(season("2021-22"))
        assert any("NOT computed again" in line for line in literal.plan().lines)
        through(literal, 5)
    assert rows(home, SUMMARY) == 0


def test_failures_of_other_seasons_go_only_when_asked(home):
    spoil(home, f"update {FAILURES[1]} set game_date = game_date + interval 1 year where game_date = '2021-10-20'")
    other = f"select count(*) as n from {FAILURES[1]} where game_date > '2022-07-01'"
    with open_instance(home.root) as instance:
        through(clean(home, instance), 5)
        assert warehouse(home).read(other)["n"][0].as_py() > 0
        everything = clean(home, instance, all_failures=True, name="all")
        through(everything, 5)
        assert warehouse(home).read(other)["n"][0].as_py() == 0
    counts = table_file(everything.evidence.folder / "pre_delete_counts.csv")
    assert [row["season"] for row in counts[-2:]] == ["all", "all"]


def test_all_ten_tables_are_deleted_and_the_five_analytics_tables_come_back_the_same(home):
    ten = tuple(name for name, one in runnable_contracts().items() if one.dataset == "nba_analytics" or one.level)
    five = tuple(name for name in ten if name.startswith("nba_analytics."))
    before = digests(home, five)
    with open_instance(home.root) as instance:
        one = late(home, instance, scope="full")
        assert len(one.plan().rows) == 12
        through(one, 5)
        left = {warehouse(home).digest(load_contracts()[name], SLATES) for name in ten}
        assert left == {"0-0-0"}
        assert one.run_step(6).passed
    assert (len(ten), len(five)) == (10, 5)
    assert digests(home, five) == before


def test_a_name_that_became_known_is_resolved_and_reprocessed_on_the_way(home, season_start):
    home.landing.unlink()
    shutil.copytree(season_start.landing, home.landing)
    name = pending(warehouse(home))[0].player_lookup
    person = {"universal_player_id": f"{name}_001", "player_name": name, "first_season": 2021, "last_season": 2021}
    payload = json.dumps([person]).encode()
    landing_files.put(
        home.landing, "player_registry", SEASON_START.end, dt.datetime.now(dt.UTC), "live", payload, "json"
    )
    with open_instance(home.root) as instance:
        assert materialise(defs, instance, choose_tables(["nba_players_registry"]), SEASON_START).success
        results = late(home, instance).run(confirm="2021-22")
    assert failing(results) == []
    said = {one.number: one.evidence for one in results}
    assert [one["player_lookup"] for one in said[12]["decisions"]] == [name]
    assert said[13]["completed"] > 0
    assert said[13]["ready"] == 0
    assert said[14]["identical"][SUMMARY] is False
    unknown = warehouse(home).read(
        f"select countif(universal_player_id is null) as n from {SUMMARY} where player_lookup = @name", {"name": name}
    )
    assert unknown["n"][0].as_py() == 0


def test_a_season_ends_with_the_last_slate_of_the_schedule(home):
    assert stored_season(warehouse(home), season("2021-22")).start == SEASON_START.start
    assert stored_season(warehouse(home), season("2021-22")).end <= SEASON_START.end
    with pytest.raises(UsageError, match="has no game of 2022-23"):
        stored_season(warehouse(home), season("2022-23"))


def config(**given):
    return {"window": "", "start": str(SEASON_START.start), "end": str(SEASON_START.end), **given}


def job_run(home, instance, **given):
    job = clean_backfill_job(lambda *_: examined())
    return job.execute_in_process(
        instance=instance,
        resources={"pipeline": PipelineResource(home=str(home.root)), "definitions": defs},
        run_config=config(**given),
        raise_on_error=False,
    )


def test_the_job_has_an_op_per_step_and_is_a_dry_run_unless_told(home):
    before = digests(home)
    with open_instance(home.root) as instance:
        result = job_run(home, instance)
    assert result.success
    ops = [node.name for node in clean_backfill_job().nodes_in_topological_order]
    assert ops == [f"step_{step.number:02d}_{step.name}" for step in STEPS]
    assert digests(home) == before


def test_the_job_refuses_a_wrong_token(home):
    before = digests(home, SEVEN)
    with open_instance(home.root) as instance:
        result = job_run(home, instance, dry_run=False, confirm="2020-21")
    assert not result.success
    assert digests(home, SEVEN) == before


def test_the_job_does_the_steps_and_its_own_run_is_not_in_its_way(home):
    before = digests(home)
    with open_instance(home.root) as instance:
        result = job_run(
            home, instance, start=str(SLATES.start), end=str(SLATES.end), dry_run=False, confirm="2021-22", scope="seed"
        )
        assert result.success, [event.message for event in result.all_events if event.is_step_failure]
        outputs = [event for event in result.all_events if event.is_successful_output]
        assert len(outputs) == 15
        last = outputs[-1].step_output_data.metadata
        assert last["report"].value.count("- [x]") == 15
    assert digests(home) == before
