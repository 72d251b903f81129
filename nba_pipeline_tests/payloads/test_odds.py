"""The Odds API: lines and points props of past moments, and of a present that does not say when it was."""

import datetime as dt

from nba_pipeline.payloads.ingest import ingest_payloads
from nba_pipeline_tests.payloads.harness import landed, said, stored, write

NIGHT = dt.date(2024, 1, 24)
START = "2024-01-25T03:20:30Z"
BEFORE, AFTER = "2024-01-25T03:15:00Z", "2024-01-25T03:55:22Z"
MOMENT = dt.datetime(2024, 1, 25, 3, 18, 40, tzinfo=dt.UTC)


def market(key: str, *outcomes: dict, updated: str | None = BEFORE) -> dict:
    return {"key": key, "last_update": updated, "outcomes": list(outcomes)}


SPREAD = market(
    "spreads",
    {"name": "Atlanta Hawks", "price": 1.91, "point": 6.5},
    {"name": "Golden State Warriors", "price": -110, "point": -6.5},
)
POINTS = market(
    "player_points",
    {"name": "Over", "description": "Trae Young", "price": 1.87, "point": 26.5},
    {"name": "Under", "description": "Trae Young", "price": 120, "point": 26.5},
    {"name": "Over", "description": "Trae Young", "price": 2.6, "point": 30.5},
    {"name": "Over", "description": "", "price": 2.6, "point": 30.5},
)


def event(*markets: dict) -> dict:
    book = {"key": "draftkings", "title": "DraftKings", "markets": list(markets)}
    return {
        "id": "cd0b", "sport_key": "basketball_nba", "commence_time": START, "home_team": "Golden State Warriors",
        "away_team": "Atlanta Hawks", "bookmakers": [book],
    }  # fmt: skip


def past(data: object) -> dict:
    return {"timestamp": "2024-01-25T03:18:40Z", "previous_timestamp": None, "next_timestamp": None, "data": data}


def test_a_past_answer_is_of_the_moment_its_wrapper_says(tmp_path):
    """Decimal and American prices are one scale; the start is of the Eastern evening before."""
    landing, report = landed(tmp_path, a=past(event(SPREAD, market("h2h", {"name": "Atlanta Hawks", "price": 3.1}))))
    columns = ("game_date", "outcome_team_abbr", "outcome_point", "outcome_price", "snapshot_timestamp", "fetched_at")
    assert stored(landing, "odds_api_game_lines", *columns) == [
        (NIGHT, "ATL", 6.5, 1.91, MOMENT, MOMENT),
        (NIGHT, "GSW", -6.5, 1 + 100 / 110, MOMENT, MOMENT),
    ]
    assert "left out 1 outcomes of market h2h" in said(report, "a")


def test_over_and_under_of_a_line_stand_side_by_side(tmp_path):
    landing, report = landed(tmp_path, a=past([event(POINTS)]))
    columns = ("player_lookup", "points_line", "over_price", "under_price", "snapshot_timestamp")
    assert stored(landing, "odds_api_player_points_props", *columns) == [
        ("traeyoung", 26.5, 1.87, 2.2, MOMENT),
        ("traeyoung", 30.5, 2.6, None, MOMENT),
    ]
    assert "left out 1 outcomes without player, line or side" in said(report, "a")


def test_a_present_price_set_before_the_start_is_a_line_without_a_capture(tmp_path):
    in_play = market("totals", {"name": "Over", "price": 1.9, "point": 230.5}, updated=AFTER)
    undated = market("totals", {"name": "Over", "price": 1.9, "point": 231.5}, updated=None)
    landing, report = landed(tmp_path, a=event(SPREAD, in_play, undated))
    columns = ("market_key", "outcome_point", "snapshot_timestamp", "capture")
    assert stored(landing, "odds_api_game_lines", *columns) == [
        ("spreads", -6.5, None, "none"),
        ("spreads", 6.5, None, "none"),
    ]
    assert "left out 2 outcomes set after the start" in said(report, "a")


def test_a_present_answer_is_of_the_moment_the_user_names(tmp_path):
    in_play = market("totals", {"name": "Over", "price": 1.9, "point": 230.5}, updated=AFTER)
    landing = tmp_path / "landing"
    later = dt.datetime(2024, 1, 25, 4, tzinfo=dt.UTC)
    ingest_payloads(write(tmp_path / "payloads", a=[event(in_play)]), landing, captured_at=later)
    assert stored(landing, "odds_api_game_lines", "outcome_point", "snapshot_timestamp") == [(230.5, later)]


def test_two_moments_of_an_event_are_two_snapshots(tmp_path):
    later = past(event(SPREAD)) | {"timestamp": "2024-01-25T03:19:40Z"}
    landing, _ = landed(tmp_path, a=past(event(SPREAD)), b=later)
    assert len(stored(landing, "odds_api_game_lines", "snapshot_timestamp")) == 4


def test_events_without_odds_are_wanted_by_no_table(tmp_path):
    listed = past([{"id": "x", "commence_time": START, "home_team": "A", "away_team": "B"}])
    _, report = landed(tmp_path, a=listed)
    assert said(report, "a") == "events of The Odds API: no table wants it: events without odds: ask for their odds"
