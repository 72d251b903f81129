"""The live feed's box score and play-by-play: who played, who did not and why, and when the game was."""

import datetime as dt

import pytest

from nba_pipeline.payloads.ingest import ingest_payloads
from nba_pipeline_tests.payloads.harness import (
    GAME_ID,
    landed,
    live_actions,
    live_box,
    live_player,
    quarantined,
    said,
    stored,
    write,
)

NIGHT = dt.date(2025, 2, 7)


def test_everybody_on_a_roster_played_or_has_his_reason(tmp_path):
    """Zeros of one who did not play are no facts, and an old reason of one who did is none."""
    squad = [
        live_player("Nikola Jović", points=35, notPlayingReason="DNP_COACH"),
        live_player("Bench Man", played="0"),
        live_player("Hurt Man", played="0", notPlayingReason="DND_INJURY", notPlayingDescription="Left Knee; Sprain"),
        live_player("Dazed Man Jr.", played="0", status="INACTIVE", notPlayingReason="INACTIVE_CONCUSSION_PROTOCOL "),
    ]
    landing, _ = landed(tmp_path, box=live_box(home=squad))
    columns = ("player_lookup", "player_status", "dnp_reason", "dnp_category", "seconds_played", "points", "plus_minus")
    assert [row for row in stored(landing, "nbac_gamebook_player_stats", *columns) if "markkanen" not in row[0]] == [
        ("benchman", "dnp", None, "DNP", None, None, None),
        ("dazedmanjr", "inactive", "INACTIVE CONCUSSION PROTOCOL", "INACTIVE", None, None, None),
        ("hurtman", "dnp", "DND INJURY - Left Knee; Sprain", "DND", None, None, None),
        ("nikolajovic", "active", None, None, 600, 35, -5),
    ]


def test_everybody_has_his_person_id_and_says_whether_he_started(tmp_path):
    squad = [live_player("Kevin Durant", points=35, starter="1"), live_player("Bol Bol", personId=9, starter="0")]
    landing, _ = landed(tmp_path, box=live_box(home=squad))
    assert stored(landing, "nbac_gamebook_player_stats", "player_lookup", "nba_player_id", "is_starter") == [
        ("bolbol", 9, False),
        ("kevindurant", 7, True),
        ("laurimarkkanen", 7, None),
    ]


def test_team_totals_count_as_the_game_log_does(tmp_path):
    landing, _ = landed(tmp_path, box=live_box())
    columns = ("team_abbr", "is_home", "player_minutes", "total_rebounds", "turnovers", "plus_minus")
    assert stored(landing, "nbac_team_boxscore", *columns) == [
        ("PHX", True, 265, 49, 7, 8),
        ("UTA", False, 265, 49, 7, -8),
    ]


def test_the_box_score_is_the_final_schedule_row_of_its_evening(tmp_path):
    """The tip-off is on the next day in UTC; whether the site was neutral the feed does not say."""
    landing, _ = landed(tmp_path, box=live_box())
    columns = ("game_id", "game_date", "game_status", "game_status_text", "home_team_score", "tipoff_at", "arena_city",
               "neutral_site_flag", "fetched_at")  # fmt: skip
    tipoff = dt.datetime(2025, 2, 8, 3, tzinfo=dt.UTC)
    answered = dt.datetime(2025, 2, 8, 7, 36, 42, tzinfo=dt.UTC)
    assert stored(landing, "nbac_schedule", *columns) == [
        (GAME_ID, NIGHT, 3, "Final", 35, tipoff, "Phoenix", None, answered)
    ]


def test_a_play_by_play_is_of_the_eastern_date_of_its_first_action(tmp_path):
    shot = {
        "actionNumber": 7, "orderNumber": 70000, "actionType": "2pt", "subType": "Jump Shot", "shotResult": "Made",
        "isFieldGoal": 1, "shotDistance": 20.37, "xLegacy": -4, "yLegacy": 204, "personId": 1642268,
        "assistPersonId": 1628374, "teamTricode": "UTA", "scoreAway": "2", "qualifiers": ["pointsinthepaint"],
    }  # fmt: skip
    landing, report = landed(tmp_path, plays=live_actions(shot))
    columns = ("game_date", "event_id", "nba_player_id", "assist_player_id", "shot_distance", "score_away")
    assert stored(landing, "nbac_play_by_play", *columns) == [
        (NIGHT, 2, None, None, None, 0),
        (NIGHT, 7, 1642268, 1628374, 20.37, 2),
        (NIGHT, 900, None, None, None, 0),
    ]
    assert said(report, "plays") == "live play-by-play: nbac_play_by_play 3 rows, 2025-02-07"


def test_a_play_by_play_without_times_takes_its_date_from_the_schedule(tmp_path):
    plays = live_actions()
    plays["game"]["actions"] = [action | {"timeActual": None} for action in plays["game"]["actions"]]
    folder, landing = write(tmp_path / "payloads", a=plays), tmp_path / "landing"
    assert "does not know game 0022400740" in said(ingest_payloads(folder, landing), "a")
    ingest_payloads(write(folder, z=live_box()), landing)
    assert stored(landing, "nbac_play_by_play", "game_date") == [(NIGHT,), (NIGHT,)]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (live_box(gameStatus=2), "game 0022400740 was not over: its status is 2"),
        (live_box(gameId="0032400001"), "0032400001 is a pre-season or All-Star game"),
        (live_box(gameId="1022500165"), "1022500165 is no game of the NBA"),
        (live_actions() | {"game": {**live_actions()["game"], "actions": live_actions()["game"]["actions"][:1]}},
         "game 0022400740 was not over: no action says that it ended"),
    ],
)  # fmt: skip
def test_a_game_under_way_or_of_another_kind_is_not_landed(tmp_path, payload, reason):
    landing, report = landed(tmp_path, payload=payload)
    assert reason in said(report, "payload")
    assert not landing.exists()
    assert not report.is_broken


def test_a_sum_that_differs_from_the_score_is_said_and_the_rows_stay(tmp_path):
    landing, report = landed(tmp_path, box=live_box(home=[live_player("Kevin Durant", points=34)]))
    assert "the points of PHX's players add up to 34, its score is 35" in said(report, "box")
    assert len(stored(landing, "nbac_gamebook_player_stats", "points")) == 2


def test_a_later_answer_of_the_same_game_replaces_the_earlier_one(tmp_path):
    """The league corrects box scores after the game; a rebound moved from one player to another."""
    landing, _ = landed(tmp_path, box=live_box())
    corrected = live_box(home=[live_player("Kevin Durant", points=33), live_player("Devin Booker", points=2)])
    corrected["meta"]["time"] = "2025-02-08 11:00:00.000001"
    ingest_payloads(write(tmp_path / "later", box=corrected), landing)
    rows = stored(landing, "nbac_gamebook_player_stats", "player_lookup", "points")
    assert rows == [("devinbooker", 2), ("kevindurant", 33), ("laurimarkkanen", 27)]


def test_a_player_whose_number_is_no_number_is_set_aside_and_his_mates_stay(tmp_path):
    odd = live_player("Odd Man")
    odd["statistics"]["assists"] = "four"
    landing, _ = landed(tmp_path, box=live_box(home=[odd, live_player("Kevin Durant", points=35)]))
    assert quarantined(landing, "nbac_gamebook_player_stats") == [("assists", "four", "not an integer")]
