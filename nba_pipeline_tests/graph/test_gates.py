"""Gates as assets: computed at launch, blocking what stands behind them, overridden only with a reason."""

import datetime as dt

import dagster as dg
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.gate_report import GateReport
from nba_pipeline.definitions import defs
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.keys import asset_key, gate_key, range_tags
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline_tests.conftest import SEASON_START, SLATES, contents, spoil

CACHE = "nba_precompute.player_daily_cache"


def launch(home, keys, dates, switches=DEFAULT):
    """One run over a range; its success, its check evaluations by name, and the tables it materialised."""
    with open_instance(home.root) as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=keys,
            tags={
                "dagster/asset_partition_range_start": f"{dates.start}",
                "dagster/asset_partition_range_end": f"{dates.end}",
                **switches.tags,
            },
            raise_on_error=False,
        )
    checks = {
        one.check_name: one for one in result.get_asset_check_evaluations() if one.asset_key.path[-1].endswith("_gate")
    }
    tables = {event.asset_key for event in result.get_asset_materialization_events()}
    return result.success, checks, tables


@pytest.mark.parametrize("phase", [2, 3, 4])
def test_a_whole_start_of_season_passes_every_gate(copied, phase):
    success, checks, _ = launch(copied, [gate_key(phase)], SEASON_START)
    assert success
    assert {name: one.passed for name, one in checks.items()} == dict.fromkeys(checks, True)
    assert len(checks) == (4 if phase == 4 else 3)


@pytest.fixture
def without_a_date(copied):
    spoil(copied, "delete from nba_analytics.upcoming_team_game_context where game_date = '2021-11-03'")
    return copied


def test_a_failed_gate_stops_the_precompute_of_its_run(without_a_date, season_start):
    success, checks, tables = launch(without_a_date, [gate_key(3), asset_key(CACHE)], SLATES)
    assert not success
    assert tables == {gate_key(3)}
    failed = checks["schedule_is_covered"]
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "upcoming_team_game_context 2/3, 2021-11-03" in failed.description
    assert "nba-pipeline backfill --start 2021-11-03 --end 2021-11-03" in failed.metadata["what_to_do"].value
    assert contents(without_a_date, [CACHE], SLATES) == contents(season_start, [CACHE], SLATES)


def test_an_override_lets_the_run_pass_and_keeps_its_reason(without_a_date):
    switches = Switches(gate_override_reason="game forfeited, league letter of 4 November")
    success, checks, tables = launch(without_a_date, [gate_key(3), asset_key(CACHE)], SLATES, switches)
    assert success
    assert asset_key(CACHE) in tables
    failed = checks["schedule_is_covered"]
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert failed.metadata["override_reason"].value == "game forfeited, league letter of 4 November"


def test_a_reason_is_text_wherever_it_is_shown():
    reason = "<img src=x>|forfeited\x1b[31m\n| a | row |"
    report = GateReport(3, SLATES, (), {}, "FAIL", error="no\x1b[2Jtable|<b>", override_reason=reason)
    assert report.lines == [
        "ERROR no[2Jtable|<b>",
        f"Phase 3 gate {SLATES}: FAIL, 0 of 0 tables; overridden: <img src=x>|forfeited[31m | a | row |",
    ]
    assert "overridden: &#60;img src=x&#62;&#124;forfeited&#91;31m &#124; a &#124; row &#124;" in report.markdown
    assert "ERROR no&#91;2Jtable&#124;&#60;b&#62;" in report.markdown


def test_a_table_says_where_its_games_come_from(copied):
    spoil(copied, "update nba_raw.nbac_schedule set origin = 'live' where game_date = '2021-11-03'")
    with open_instance(copied.root) as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=[asset_key("nba_analytics.team_offense_game_summary")],
            tags={
                "dagster/asset_partition_range_start": f"{SLATES.start}",
                "dagster/asset_partition_range_end": f"{SLATES.end}",
            },
        )
    said = {
        event.materialization.partition: event.materialization.metadata["origin"].value
        for event in result.get_asset_materialization_events()
    }
    assert said == {"2021-11-02": "simulated", "2021-11-03": "live, simulated", "2021-11-04": "simulated"}


def test_a_date_without_rows_and_reason_is_told_by_the_check_for_it(copied):
    spoil(copied, f"delete from nba_processing.partition_status where table_name = '{CACHE}'")
    success, checks, _ = launch(copied, [gate_key(4)], SEASON_START)
    assert not success
    assert not checks["every_date_has_rows_or_a_reason"].passed
    assert checks["no_partition_failed"].passed


def test_a_partition_whose_run_failed_is_told_by_the_check_for_it(copied):
    spoil(copied, "alter table nba_analytics.player_game_summary rename to somewhere_else")
    spoil(copied, "create table nba_analytics.player_game_summary as select 1 as nothing")
    success, _, _ = launch(copied, [asset_key("nba_analytics.player_game_summary")], SLATES)
    assert not success
    spoil(copied, "drop table nba_analytics.player_game_summary")
    spoil(copied, "alter table nba_analytics.somewhere_else rename to player_game_summary")
    success, checks, _ = launch(copied, [gate_key(3)], SLATES)
    assert not success
    assert checks["schedule_is_covered"].passed
    assert not checks["no_partition_failed"].passed
    assert "2021-11-02" in checks["no_partition_failed"].description


def test_the_smoke_window_is_judged_where_the_range_holds_it(copied):
    """Nothing of January 2024 is stored, so a range that holds the window fails and one that does not passes."""
    from nba_pipeline.calendar import WINDOWS

    _, checks, _ = launch(copied, [gate_key(4)], WINDOWS["smoke"])
    assert not checks["smoke_window_is_whole"].passed
    _, checks, _ = launch(copied, [gate_key(4)], SEASON_START)
    assert checks["smoke_window_is_whole"].passed


def test_a_gate_speaks_of_its_range_and_of_everything_stored(without_a_date):
    """The range is whole, the season is not: the run may go on, and whoever looks at the gate hears of both."""
    early = DateRange(SEASON_START.start, dt.date(2021, 10, 25))
    success, checks, _ = launch(without_a_date, [gate_key(3)], early)
    assert success
    covered = checks["schedule_is_covered"]
    assert covered.passed
    assert f"{early}: " in covered.description
    assert f"everything stored, {SEASON_START}: " in covered.description
    assert "upcoming_team_game_context 2/3, 2021-11-03" in covered.description
    said = {name: value.value for name, value in covered.metadata.items()}
    assert (said["range"], said["everything_stored"]) == (str(early), str(SEASON_START))
    assert said["verdict_of_everything_stored"] == "FAIL"


def test_the_page_of_a_run_names_the_dates_of_a_closed_gate_and_the_command(without_a_date):
    with open_instance(without_a_date.root) as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[gate_key(3)], tags=range_tags(SLATES), raise_on_error=False
        )
    (failure,) = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    said = failure.user_failure_data.description
    assert said.startswith(f"The gate of phase 3 over {SLATES} is closed. schedule_is_covered: {SLATES}: ")
    assert "upcoming_team_game_context 2/3, 2021-11-03" in said
    assert "To do: nba-pipeline backfill --start 2021-11-03 --end 2021-11-03" in said
