"""Phases in order: behind a gate that can fail, level after level, and a season slate by slate."""

import datetime as dt

import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.orchestration import operation_jobs
from nba_pipeline.jobs.stages import asset_jobs
from nba_pipeline.keys import asset_key, gate_key
from nba_pipeline.operations.orchestrate import phase4_orchestrated, season_sequential
from nba_pipeline.switches import Switches
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SLATES, contents, spoil
from nba_pipeline_tests.operations.test_backfill import OFFENCE, PLAYERS, STATUS, ZONES, day, forget, run

PHASE_4 = [table.name for table in phase_tables(4)]
STORE = "nba_predictions.ml_feature_store_v2"
NOON = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def orchestrated(copied):
    """Orchestrate on a home: the result, the lines, and what was materialised."""

    def go(dates=SLATES, **options):
        said = []
        with open_instance(copied.root) as instance:
            done = phase4_orchestrated(
                defs, instance, EmbeddedWarehouse(copied.warehouse), dates, say=said.append, now=lambda: NOON, **options
            )
            return done, said, materialised(instance)

    return go


def materialised(instance):
    """Names of the tables and gates with at least one materialisation."""
    keys = [*map(asset_key, PHASE_4), gate_key(3), gate_key(4)]
    return {".".join(key.path) for key in keys if instance.get_latest_materialization_event(key)}


def test_a_passed_gate_lets_every_level_run_and_the_last_line_is_computed(season_start, copied, orchestrated):
    done, said, stored = orchestrated()
    assert (done.exit_code, said[-1]) == (0, "PHASE 4 COMPLETE!")
    assert stored == {*PHASE_4, "nba_processing.phase3_gate", "nba_processing.phase4_gate"}
    assert contents(copied, PHASE_4, SLATES) == contents(season_start, PHASE_4, SLATES)
    (total,) = [number for number, line in enumerate(said) if line.startswith("Phase 3 gate")]
    assert {line.split()[1] for line in said[1:total] if "PASS" in line} == {table.name for table in phase_tables(3)}
    groups = [line for line in said if line.startswith(("===", "Group"))]
    assert len(groups) == 8
    assert groups[1].startswith("=== GROUP 1: ")
    assert set(groups[1].removeprefix("=== GROUP 1: ").removesuffix(" ===").split(" + ")) == {
        "team_defense_zone_analysis",
        "player_shot_zone_analysis",
        "player_daily_cache",
    }
    assert groups[2] == "Group 1 complete at 2026-01-05 12:00:00 UTC: 9 ok, 0 failed, 0 skipped"
    assert groups[3] == "=== GROUP 2: player_composite_factors ==="
    assert groups[5] == "=== GROUP 3: ml_feature_store_v2 ==="


@pytest.mark.parametrize("level", ["L1", "L3"])
def test_a_failed_gate_is_one_fatal_line_and_nothing_of_phase_4_starts(copied, orchestrated, level):
    spoil(copied, *forget(PLAYERS, "11-03"))
    done, said, stored = orchestrated(from_level=level)
    assert done.exit_code == 1
    (fatal,) = [line for line in said if line.startswith("FATAL")]
    assert f"{PLAYERS} (2/3)" in fatal
    assert "Repair: nba-pipeline backfill --start 2021-11-03 --end 2021-11-03" in fatal
    assert said[-1] == fatal
    assert stored == {"nba_processing.phase3_gate"}


def test_a_gate_that_cannot_be_judged_stays_shut(copied, orchestrated):
    spoil(copied, "alter table nba_processing.partition_status rename column reason to why")
    done, said, stored = orchestrated()
    assert done.exit_code == 1
    assert [line[:5] for line in said].count("FATAL") == 1
    assert not stored & set(PHASE_4)


def test_a_range_inside_the_bootstrap_is_nothing_to_do(orchestrated):
    done, said, stored = orchestrated(DateRange(day("10-19"), day("10-25")))
    assert done.exit_code == 4
    assert "expects no Phase 4 rows in 2021-10-19...2021-10-25" in said[-1]
    assert not stored & set(PHASE_4)


def test_an_override_goes_on_says_so_and_is_kept_with_the_run(copied, orchestrated):
    spoil(copied, *forget(OFFENCE, "11-04"))
    done, said, stored = orchestrated(from_level="L3", switches=Switches(gate_override_reason="a known outage"))
    assert done.exit_code == 0
    (line,) = [line for line in said if line.startswith("Going on, overridden (a known outage)")]
    assert f"{OFFENCE} (2/3)" in line
    assert STORE in stored
    with open_instance(copied.root) as instance:
        reasons = {run.tags.get("nba_pipeline/gate_override_reason") for run in instance.get_runs()}
    assert "a known outage" in reasons


def test_a_failed_partition_takes_only_its_own_readers_along(copied, orchestrated):
    _, unpublished = forget(PLAYERS, "10-24")
    spoil(copied, unpublished)
    done, said, _ = orchestrated()
    assert done.exit_code == 1
    failed = {level: {date for _, date in summary.failed} for level, summary in done.groups.items()}
    assert failed == {level: {day("11-02"), day("11-03")} for level in ("L1", "L2", "L3")}
    assert done.groups["L2"].ok == 1
    assert f"not run: {ZONES} failed on this date" in done.groups["L2"].failed.values()
    assert said[-1].startswith("PHASE 4 INCOMPLETE: ")
    assert "Resume: nba-pipeline orchestrate --start 2021-11-02 --end 2021-11-04 --from-level L1" in said[-1]


def test_told_to_stop_at_the_first_failure_it_starts_no_further_group(copied, orchestrated):
    _, unpublished = forget(PLAYERS, "10-24")
    spoil(copied, unpublished)
    done, said, _ = orchestrated(stop_on_error=True)
    assert (done.exit_code, list(done.groups)) == (1, ["L1"])
    assert said[-1].startswith("PHASE 4 stopped at the first failure in group 1. Resume: ")


def test_an_unknown_level_is_refused(orchestrated):
    with pytest.raises(UsageError, match="choose one of L1, L2, L3"):
        orchestrated(from_level="L4")


# Slate by slate


def sequential(home, dates):
    said = []
    with open_instance(home.root) as instance:
        done = season_sequential(defs, instance, EmbeddedWarehouse(home.warehouse), dates, say=said.append)
        return done, said, [run.tags["dagster/asset_partition_range_start"] for run in instance.get_runs()][::-1]


def test_a_season_stops_at_its_first_failure_and_says_how_to_go_on(copied):
    spoil(
        copied,
        "insert into nba_reference.dim_game select * from nba_reference.dim_game "
        "where game_date = '2021-11-03' limit 1",
    )
    done, said, ran = sequential(copied, SLATES)
    assert done.exit_code == 1
    assert ran == ["2021-11-02", "2021-11-02", "2021-11-03"]
    assert said[-1].startswith("STOPPED at 2021-11-03: ")
    assert "Resume: nba-pipeline backfill --sequential --start 2021-11-03 --end 2021-11-04" in said[-1]


def test_a_slate_by_itself_equals_the_range(season_start, copied):
    last = DateRange(SLATES.end, SLATES.end)
    done, said, _ = sequential(copied, last)
    assert (done.exit_code, said[-1]) == (0, "1 slates complete, 2021-11-04...2021-11-04")
    assert contents(copied, PHASE_4, SLATES) == contents(season_start, PHASE_4, SLATES)


def test_a_range_of_which_the_schedule_knows_nothing_is_no_season(copied):
    beyond = DateRange(day("11-08"), day("11-09"))
    done, said, ran = sequential(copied, beyond)
    assert (done.exit_code, ran) == (1, [])
    assert said[-1].startswith("FATAL the schedule never spoke of 2021-11-08")


# Jobs


def test_jobs_of_the_phases_hold_their_tables_and_carry_both_flags():
    keys = defs.get_repository_def().asset_graph
    jobs = {job.name: job for job in asset_jobs()}
    assert jobs.keys() == {"stage1_raw", "phase3_backfill", "phase4_level1", "phase4_level2", "phase4_level3"}
    for name, job in jobs.items():
        assert job.tags["nba_pipeline/backfill_mode"] == "true", name
        assert job.tags["nba_pipeline/skip_downstream_trigger"] == "true", name
    selected = {name: job.selection.resolve(keys) for name, job in jobs.items()}
    assert selected["phase3_backfill"] == {asset_key(table.name) for table in phase_tables(3)} | {gate_key(3)}
    assert selected["stage1_raw"] > {asset_key(table.name) for table in phase_tables(2)} | {gate_key(2)}
    levels = [selected[f"phase4_level{number}"] for number in (1, 2, 3)]
    assert all(gate_key(3) in level for level in levels)
    assert set().union(*levels) - {gate_key(3)} == {asset_key(name) for name in PHASE_4}


def job(name):
    return next(one for one in operation_jobs() if one.name == name)


def launched(home, name, op, config):
    with open_instance(home.root) as instance:
        return job(name).execute_in_process(
            instance=instance,
            resources={"pipeline": PipelineResource(), "definitions": defs},
            run_config={"ops": {op: {"config": config}}},
            raise_on_error=False,
        ), materialised(instance)


def test_the_job_of_the_launchpad_does_what_the_command_does(copied):
    config = {"start": "2021-11-04", "end": "2021-11-04", "from_level": "L3"}
    result, stored = launched(copied, "phase4_orchestrated", "orchestrate_phase4", config)
    assert result.success
    assert stored == {STORE, "nba_processing.phase3_gate", "nba_processing.phase4_gate"}


def test_a_job_fails_when_what_it_launches_does_not_pass(copied):
    spoil(copied, *forget(PLAYERS, "11-03"))
    config = {"start": "2021-11-02", "end": "2021-11-04"}
    result, stored = launched(copied, "phase4_orchestrated", "orchestrate_phase4", config)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_failure_data.user_failure_data.description.startswith("FATAL Phase 3 is not complete")
    assert not stored & set(PHASE_4)
    wrong, _ = launched(copied, "season_sequential", "run_season", {"start": "2021-11-04", "end": "2021-11-02"})
    assert not wrong.success


def test_the_job_tries_again_what_failed_and_only_that(copied):
    last = DateRange(SLATES.end, SLATES.end)
    _, unpublished = forget(PLAYERS, "10-30")
    spoil(copied, f"create table kept as select * from {STATUS}", unpublished)
    assert run(copied, [ZONES], last, "all").exit_code == 1

    def retried():
        return launched(copied, "retry_failed", "retry_partitions", {"start": "2021-11-02", "end": "2021-11-04"})

    still, stored = retried()
    (failure,) = [event for event in still.all_events if event.is_step_failure]
    assert f"{ZONES} 2021-11-04" in failure.step_failure_data.user_failure_data.description
    assert not stored
    spoil(copied, f"insert into {STATUS} from kept where table_name = '{PLAYERS}' and partition_date = '2021-10-30'")
    again, stored = retried()
    assert again.success
    assert stored == {ZONES}
    nothing, _ = retried()
    assert nothing.success
    with open_instance(copied.root) as instance:
        tried = [job for job in instance.get_runs() if asset_key(ZONES) in (job.asset_selection or ())]
        assert len(tried) == 3
