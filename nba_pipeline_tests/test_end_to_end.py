"""The main job on a small slice of the simulated league, through the commands a user types, and its laws."""

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.readiness import readiness
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import ANALYTICS, WEEK, contents, copy_of

ROOT = Path(__file__).parent.parent
PRE_GAME = ("nba_analytics.upcoming_player_game_context", "nba_analytics.upcoming_team_game_context")
GAMES = {19: 2, 20: 11, 21: 3}


def build(home, dates, tables=()):
    with open_instance(home.root) as instance:
        outcome = materialise(defs, instance, choose_tables(list(tables)), dates)
    assert outcome.success, outcome.failures
    return outcome


#: The precompute tables have laws of their own, in ``test_precompute_end_to_end``; these dates are their bootstrap.
UP_TO_ANALYTICS = ("nba_raw", "nba_reference", "nba_analytics")


def test_every_scheduled_game_is_in_all_five_tables(three_slates):
    for name in ANALYTICS:
        counted = EmbeddedWarehouse(three_slates.warehouse).read(
            f"select game_date, count(distinct game_id) as games from {name} group by game_date"
        )
        assert {row["game_date"].day: row["games"] for row in counted.to_pylist()} == GAMES, name


def test_the_run_is_on_record_in_the_home(three_slates):
    import dagster as dg

    with open_instance(three_slates.root) as instance:
        keys = instance.get_materialized_partitions(dg.AssetKey(["nba_analytics", "player_game_summary"]))
    assert keys == {day.isoformat() for day in WEEK.dates()}


def test_error_level_checks_pass_on_the_simulated_league(three_slates):
    judged = readiness(EmbeddedWarehouse(three_slates.warehouse), choose_tables([]), WEEK)
    broken = {f"{one.table}.{verdict.fact.name}": verdict.rows for one in judged for verdict in one.errors}
    assert broken == {}


def test_day_by_day_equals_the_range(three_slates, new_home, at_home):
    home = at_home(new_home())
    for day in WEEK.dates():
        build(home, DateRange(day, day), UP_TO_ANALYTICS)
    assert contents(home) == contents(three_slates)


def test_rebuilding_changes_nothing(three_slates, tmp_path, at_home):
    home = at_home(copy_of(three_slates, tmp_path / "home"))
    build(home, WEEK, UP_TO_ANALYTICS)
    assert contents(home) == contents(three_slates)


def test_deleting_the_future_changes_no_pre_game_row(three_slates, new_home, at_home, landing, tmp_path):
    """Rows of a slate know nothing of later files."""
    day = dt.date(2021, 10, 20)
    past = tmp_path / "landing"
    shutil.copytree(landing, past)
    for folder in past.glob("*/2021-*"):
        if folder.name > day.isoformat():
            shutil.rmtree(folder)
    home = at_home(new_home(past))
    build(home, DateRange(WEEK.start, day), UP_TO_ANALYTICS)
    slate = DateRange(day, day)
    assert contents(home, PRE_GAME, slate) == contents(three_slates, PRE_GAME, slate)


def test_faults_of_the_sources_end_in_quarantine_or_in_a_fallback(three_slates):
    """Who is missing in one source comes from another, and every row says from which."""
    shares = EmbeddedWarehouse(three_slates.warehouse).read(
        "select primary_source_used, count(*) as line_count from nba_analytics.player_game_summary group by 1"
    )
    assert {row["primary_source_used"] for row in shares.to_pylist()} >= {"nbac_gamebook", "nbac_player_boxscores"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["materialize", "--partition-range", "2021-10-23...2021-10-19"], "is reversed"),
        (["materialize", "--partition-range", "2019-10-23"], "outside the calendar: choose dates from 2021-10-19"),
        (
            ["materialize", "player_game_sumary", "--partition-range", "2021-10-19"],
            "Unknown table 'player_game_sumary'",
        ),
        (["materialize", "--partition-range", "yesterday"], "'yesterday' is not a date"),
        (["ingest", "simulated", "--seasons", "2019-20"], "Unknown season '2019-20': choose one of 2021-22"),
        (["ingest", "archive", "no-such-folder"], "no-such-folder is no folder"),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_code_3(arguments, message, capsys, monkeypatch):
    from nba_pipeline.cli import main

    monkeypatch.setattr(sys, "argv", ["nba-pipeline", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    printed = capsys.readouterr().err
    assert caught.value.code == 3
    assert message in printed
    assert printed.count("\n") == 1


def test_a_reversed_range_given_to_dagster_itself_fails(new_home, at_home):
    home = at_home(new_home())
    reversed_range = DateRange(WEEK.start, WEEK.end)
    object.__setattr__(reversed_range, "start", WEEK.end)
    object.__setattr__(reversed_range, "end", WEEK.start)
    with open_instance(home.root) as instance:
        outcome = materialise(defs, instance, [load_contracts()["nba_raw.nbac_schedule"]], reversed_range)
    assert not outcome.success
