"""A source file that comes late, or corrected, makes what was computed without it stale, and a backfill takes it up."""

import datetime as dt
import shutil

import pytest

from nba_pipeline import inputs
from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared, in_flow, runnable_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.landing import files, put
from nba_pipeline.operations.backfill import run_plan
from nba_pipeline.operations.plan import plan
from nba_pipeline.operations.status import status
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SEASON_START, contents

BOOK = "nba_raw.nbac_gamebook_player_stats"
LINES = "nba_reference.player_box_lines"
PLAYERS = "nba_analytics.player_game_summary"
CACHE = "nba_precompute.player_daily_cache"
LATE = dt.date(2021, 10, 26)
LAST = SEASON_START.end
CAPTURED = dt.datetime(2021, 11, 20, tzinfo=dt.UTC)


@pytest.fixture
def home(season_start, copied_with_history):
    """A built home with landing files and a history of its own."""
    copied_with_history.landing.unlink()
    shutil.copytree(season_start.landing, copied_with_history.landing)
    return copied_with_history


def recapture(home, source, date, change):
    """Land the newest file of a date once more, with other bytes."""
    newest = files(home.landing, source, date, date)[-1]
    payload = change(newest.path.read_bytes())
    assert payload != newest.path.read_bytes()
    put(home.landing, source, date, CAPTURED, newest.origin, payload, newest.suffix)


def planned(home, names=(), dates=SEASON_START):
    chosen = [declared(name) for name in names] or in_flow(runnable_contracts())
    with open_instance(home.root) as instance:
        return plan(EmbeddedWarehouse(home.warehouse), instance, chosen, dates)


def stale(todo):
    return {one.table: list(one.stale) for one in todo.tables if one.stale}


def test_a_built_home_has_nothing_stale_and_nothing_to_run(home):
    todo = planned(home)
    assert stale(todo) == {}
    assert todo.partitions == 0


def test_a_late_file_makes_its_date_and_the_slates_behind_it_stale(home):
    recapture(home, "nbac_gamebook_player_stats", LATE, lambda payload: payload + b"\n")
    todo = planned(home)
    found = stale(todo)
    assert found[BOOK] == found[LINES] == [LATE]
    # A table with history, and what reads one, stands on every earlier date of its season.
    later = [LATE + dt.timedelta(days=number) for number in range((LAST - LATE).days + 1)]
    assert found[PLAYERS] == found[CACHE] == later
    assert {one.table: list(one.needed) for one in todo.tables if one.needed} == found
    assert any("stale 1 (2021-10-26)" in line for line in todo.lines)
    with open_instance(home.root) as instance:
        (phase,) = status(EmbeddedWarehouse(home.warehouse), instance, [3], SEASON_START).phases
    shown = {one.table: (one.stale, one.priority) for one in phase.tables}
    assert shown[PLAYERS] == (len(later), "P1")


def test_a_backfill_takes_a_correction_up_and_then_nothing_is_stale(home):
    before = contents(home, [PLAYERS], SEASON_START)
    recapture(home, "nbac_gamebook_player_stats", LATE, lambda payload: payload.replace(b'"points"', b'"points_said"'))
    with open_instance(home.root) as instance:
        run_plan(defs, instance, EmbeddedWarehouse(home.warehouse), planned(home))
    assert contents(home, [PLAYERS], SEASON_START) != before
    assert stale(planned(home)) == {}


def test_a_day_by_day_build_records_what_one_run_records(home, season_start):
    """The fingerprint depends on files alone, not on how a range was cut."""
    warehouse = EmbeddedWarehouse(home.warehouse)
    whole, _ = inputs.recorded(warehouse, SEASON_START)
    for table in (LINES, PLAYERS, CACHE):
        single = {}
        for day in SEASON_START.dates():
            single |= inputs.of_upstreams(declared(table), DateRange(day, day), whole)
        assert single == whole[table]


def test_files_that_are_gone_do_not_make_stored_rows_stale(home):
    shutil.rmtree(home.landing / "nbac_gamebook_player_stats" / LATE.isoformat())
    assert stale(planned(home)) == {}


def test_a_history_filled_in_afterwards_makes_the_slates_behind_it_stale(home):
    """A slate computed while an earlier date was missing stands on a hole; once the date is there it counts."""
    marks, _ = inputs.recorded(EmbeddedWarehouse(home.warehouse), SEASON_START)
    last = DateRange(LAST, LAST)
    without = {**marks, PLAYERS: {day: mark for day, mark in marks[PLAYERS].items() if day != LATE}}
    assert inputs.of_upstreams(declared(CACHE), last, without) != inputs.of_upstreams(declared(CACHE), last, marks)
