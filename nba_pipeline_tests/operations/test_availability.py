"""What a home does not have, since when and at what cost: sources on some dates, rows of the store, decisions."""

import datetime as dt

import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept
from nba_pipeline.completeness.coverage import Seen
from nba_pipeline.home import Home
from nba_pipeline.operations.availability import KINDS, availability
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.operations import rows

FIRST, SECOND, THIRD, FOURTH = (dt.date(2021, 11, number) for number in (2, 3, 5, 6))
PLAYED = (FIRST, SECOND, THIRD, FOURTH)
RANGE = DateRange(FIRST, FOURTH)
SHOTS, BOX, LINES = "nba_reference.shot_events", "nba_reference.player_box_lines", "nba_reference.points_lines"
STORE = "nba_predictions.ml_feature_store_v2"
EVERYWHERE = {table for kind in KINDS for table in kind.tables} - {rows.BOX_SCORES}


@pytest.fixture
def home(tmp_path) -> Home:
    """Four dates with games and one between them without."""
    made = Home(tmp_path / "home")
    rows.schedule(made, PLAYED, rest=[dt.date(2021, 11, 4)])
    return made


def found(home, dates=RANGE):
    return availability(Seen(EmbeddedWarehouse(home.warehouse), dates))


def store(home, *unavailable: str | None, **values: float) -> None:
    """A row of the first date for each list of unavailable indices."""
    listed = [
        {"player_lookup": f"player{number}", "game_date": FIRST, "unavailable_feature_indices": indices, **values}
        for number, indices in enumerate(unavailable)
    ]
    rows.given(home, STORE, listed)


def test_a_home_with_every_source_says_so(home):
    for table in EVERYWHERE:
        rows.status(home, table, PLAYED)
    one = found(home)
    assert one.lacking == []
    assert [row[-1] for row in one.held] == ["4/4"] * 6 + ["4 dates", "4/4"]
    assert one.parts() == ["This home has every kind of source of these dates."]


@pytest.mark.parametrize(
    ("held", "since"),
    [
        ((), "the whole season"),
        ((FIRST, SECOND), "2021-11-05...2021-11-06 (2 of 4 game dates)"),
        # the date between has no games: what is missing goes on over it
        ((FOURTH,), "2021-11-02...2021-11-05 (3 of 4 game dates)"),
        ((FIRST, THIRD), "2021-11-03, 2021-11-06 (2 of 4 game dates)"),
    ],
)
def test_since_when_a_kind_is_missing(home, held, since):
    for table in EVERYWHERE - {SHOTS}:
        rows.status(home, table, PLAYED)
    rows.status(home, SHOTS, held)
    assert [(what, when) for what, when, _ in found(home).lacking] == [("2021-22: shots", since)]


def test_one_roster_of_a_season_is_enough(home):
    for table in EVERYWHERE - {"nba_raw.espn_team_rosters"}:
        rows.status(home, table, PLAYED)
    rows.status(home, "nba_raw.espn_team_rosters", [FIRST])
    one = found(home)
    assert one.lacking == []
    assert ("2021-22", "rosters", "2021-11-02", "2021-11-02", "1 dates") in one.held


def test_features_that_cost_their_value_are_named_with_their_share(home):
    """Two of four rows have no shots behind them; lines are missing in all, also where somebody asked for them."""
    for table in EVERYWHERE - {SHOTS, LINES}:
        rows.status(home, table, PLAYED)
    store(home, None, None, "6,18,19,20", "6,18,19,20", paint_rate_last_10=30.0, mid_range_rate_last_10=20.0)
    told = {what: consequence for what, _, consequence in found(home).lacking}
    assert told["2021-22: shots"] == (
        "shot zones of players and of team defenses are not known; "
        "shot_zone_mismatch_score, pct_paint, pct_mid_range, pct_three without a value in 50.0 % of rows "
        "(v1_baseline_25, v2_33features); "
        "shot_zone_mismatch_score without a value in 50.0 % of rows (training_features_v1); "
        "three_pt_rate_last_10 without a value in 100.0 % of rows (training_features_v1)"
    )
    assert told["2021-22: points props"] == (
        "no points line to compare with; vegas_points_line, vegas_opening_line, vegas_line_move without a value in "
        "100.0 % of rows (v2_33features)"
    )


def test_what_was_accepted_stands_beside_it_until_it_expires(home):
    for table in EVERYWHERE - {BOX}:
        rows.status(home, table, PLAYED)
    rows.status(home, BOX, [FIRST, SECOND])
    warehouse = EmbeddedWarehouse(home.warehouse)
    decided = AcceptedGap(BOX, DateRange(THIRD, THIRD), "the file ends here", "ada")
    accept(warehouse, decided)
    accept(warehouse, AcceptedGap(BOX, DateRange(FOURTH, FOURTH), "late", "ada", expires=dt.date(2021, 11, 7)))
    one = found(home)
    ((_, since, consequence),) = one.lacking
    assert since == "2021-11-05...2021-11-06 (2 of 4 game dates)"
    assert consequence.endswith("; 1 dates accepted: the file ends here (ada)")
    ((dates, reason, owner, until, tables),) = (decision.cells for decision in one.decisions)
    assert (dates, reason, owner, until) == ("2021-11-05", "the file ends here", "ada", "for good")
    assert BOX in tables
    assert "nba_analytics.player_game_summary" in tables


def test_a_range_without_games_says_nothing(home):
    one = found(home, DateRange(dt.date(2021, 7, 1), dt.date(2021, 7, 2)))
    assert (one.parts(), one.document) == ([], {"sources": [], "accepted_gaps": []})
