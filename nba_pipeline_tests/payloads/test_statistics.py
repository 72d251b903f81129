"""Answers of stats.nba.com: box scores that do not say their date, game logs, shots, the player index."""

import datetime as dt

import pytest

from nba_pipeline.payloads.ingest import ingest_payloads
from nba_pipeline_tests.payloads.harness import GAME_ID, landed, live_box, live_player, said, stored, write

NIGHT = dt.date(2025, 2, 7)
_PLAYER = ["GAME_ID", "TEAM_ABBREVIATION", "PLAYER_ID", "PLAYER_NAME", "START_POSITION", "COMMENT",
           "MIN", "FGM", "FGA", "FG3M", "FG3A",
           "FTM", "FTA", "OREB", "DREB", "REB", "AST", "STL", "BLK", "TO", "PF", "PTS", "PLUS_MINUS"]  # fmt: skip
_TEAM = ["GAME_ID", "TEAM_ID", "TEAM_NAME", "TEAM_ABBREVIATION", "TEAM_CITY", "MIN", "FGM", "FGA", "FG3M", "FG3A",
         "FTM", "FTA", "OREB", "DREB", "REB", "AST", "STL", "BLK", "TO", "PF", "PTS", "PLUS_MINUS"]  # fmt: skip
COUNTS = [1, 2, 0, 0, 0, 0, 1, 2, 3, 4, 0, 1, 2, 3]


def tables(minutes: str = "240:00") -> dict:
    """Box score, second version: one played, one did not."""
    players = [
        [GAME_ID, "PHX", 1, "Kevin Durant", "F", "", "41:05", *COUNTS, 35, -5],
        [GAME_ID, "PHX", 2, "Bol Bol", "", "DNP - Coach's Decision     ", None, *[None] * 16],
    ]
    teams = [
        [GAME_ID, 1610612756, "Suns", "PHX", "Phoenix", minutes, *COUNTS, 35, 8],
        [GAME_ID, 1610612762, "Jazz", "UTA", "Utah", minutes, *COUNTS, 27, -8],
    ]
    sets = {"PlayerStats": (_PLAYER, players), "TeamStats": (_TEAM, teams)}
    return {
        "resource": "boxscore",
        "resultSets": [{"name": name, "headers": names, "rowSet": rows} for name, (names, rows) in sets.items()],
    }


def nested() -> dict:
    """Box score, third version: the same two."""
    counts = {
        "fieldGoalsMade": 1, "fieldGoalsAttempted": 2, "reboundsOffensive": 1, "reboundsDefensive": 2,
        "reboundsTotal": 3,
        "assists": 4, "turnovers": 2, "foulsPersonal": 3, "points": 35, "plusMinusPoints": -5.0,
    }  # fmt: skip
    durant = {"personId": 1, "firstName": "Kevin", "familyName": "Durant", "position": "F", "comment": ""}
    durant |= {"statistics": counts | {"minutes": "41:05"}}
    bol = {"personId": 2, "firstName": "Bol", "familyName": "Bol", "position": "", "comment": "DNP - Coach's Decision"}
    bol |= {"statistics": dict.fromkeys(counts, 0) | {"minutes": ""}}
    suns = {"teamId": 1610612756, "teamCity": "Phoenix", "teamName": "Suns", "teamTricode": "PHX"}
    jazz = {"teamId": 1610612762, "teamCity": "Utah", "teamName": "Jazz", "teamTricode": "UTA"}
    whole = {"statistics": counts | {"minutes": "240:00"}}
    box = {
        "gameId": GAME_ID,
        "homeTeam": suns | whole | {"players": [durant, bol]},
        "awayTeam": jazz | whole | {"players": [durant | {"firstName": "", "familyName": "Lauri"}]},
    }
    return {"meta": {"time": "2025-02-08T01:50:11.5011Z"}, "boxScoreTraditional": box}


def scheduled() -> dict:
    """What says the date and the home team of the game: a scoreboard."""
    return {
        "meta": {"time": "2025-02-08 03:00:00"},
        "scoreboard": {"gameDate": "2025-02-07", "games": [live_box()["game"]]},
    }


@pytest.mark.parametrize("box", [tables(), nested()], ids=["second version", "third version"])
def test_a_box_score_gets_its_date_from_the_schedule_and_says_who_did_not_play(tmp_path, box):
    landing, _ = landed(tmp_path, a=box, b=scheduled())
    columns = ("game_code", "game_date", "home_team_abbr", "player_lookup", "player_status", "dnp_reason",
               "seconds_played", "points", "nba_player_id", "is_starter")  # fmt: skip
    rows = [row for row in stored(landing, "nbac_gamebook_player_stats", *columns) if row[3] != "lauri"]
    assert rows == [
        ("20250207/UTAPHX", NIGHT, "PHX", "bolbol", "dnp", "DNP - Coach's Decision", None, None, 2, False),
        ("20250207/UTAPHX", NIGHT, "PHX", "kevindurant", "active", None, 2465, 35, 1, True),
    ]
    teams = stored(landing, "nbac_team_boxscore", "team_abbr", "team_name", "is_home", "player_minutes", "turnovers")
    assert teams == [("PHX", "Phoenix Suns", True, 240, 2), ("UTA", "Utah Jazz", False, 240, 2)]


def test_without_a_schedule_the_box_score_is_not_landed_and_says_what_it_needs(tmp_path):
    landing, report = landed(tmp_path, a=tables())
    assert "the schedule does not know game 0022400740: put a schedule" in said(report, "a")
    assert not landing.exists()


def test_a_schedule_of_an_earlier_ingestion_serves(tmp_path):
    landing, _ = landed(tmp_path, b=scheduled())
    ingest_payloads(write(tmp_path / "later", a=tables()), landing)
    assert len(stored(landing, "nbac_gamebook_player_stats", "player_lookup")) == 2


def test_a_box_score_of_a_game_under_way_is_not_landed(tmp_path):
    _, report = landed(tmp_path, a=tables(minutes="180:00"), b=scheduled())
    assert "was not over: its teams played 180 and 180 minutes" in said(report, "a")


def test_a_shorter_box_score_never_takes_the_place_of_a_longer_one(tmp_path):
    """The live feed lists inactive players too; file names and their order do not matter."""
    squad = [
        live_player("Kevin Durant", points=35),
        live_player("Bol Bol", played="0"),
        live_player("Hurt", played="0"),
    ]
    landing, report = landed(tmp_path, a=tables(), b=live_box(home=squad))
    assert "a box score of 20250207/UTAPHX that lists 4 people, not 2, is landed" in said(report, "a")
    assert len(stored(landing, "nbac_gamebook_player_stats", "player_lookup")) == 4


def game_log(**changes: object) -> dict:
    names = ["SEASON_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ABBREVIATION", "GAME_ID", "GAME_DATE", "MATCHUP", "MIN",
             "PTS", "PLUS_MINUS"]  # fmt: skip
    rows = [
        ["22024", 201142, "Kevin Durant", "PHX", GAME_ID, "2025-02-07", "PHX vs. UTA", 41, 35, -5],
        ["12024", 201142, "Kevin Durant", "PHX", "0012400007", "2024-10-06", "PHX vs. LAL", 20, 15, 3],
    ]
    return {"resultSets": [{"name": "LeagueGameLog", "headers": names, "rowSet": rows}]} | changes


def test_a_game_log_is_one_row_per_appearance(tmp_path):
    landing, report = landed(tmp_path, a=game_log())
    columns = ("game_date", "nba_game_id", "nba_player_id", "seconds_played", "points", "fetched_at")
    noon = dt.datetime(2025, 2, 8, 12, tzinfo=dt.UTC)
    assert stored(landing, "nbac_player_boxscores", *columns) == [(NIGHT, GAME_ID, 201142, 2460, 35, noon)]
    assert "left out 1 rows of pre-season" in said(report, "a")


def test_a_corrected_answer_without_a_time_of_its_own_wins(tmp_path):
    landing, _ = landed(tmp_path, a=game_log())
    corrected = game_log()
    corrected["resultSets"][0]["rowSet"][0][8] = 36
    ingest_payloads(write(tmp_path / "later", a=corrected), landing)
    assert stored(landing, "nbac_player_boxscores", "points") == [(36,)]


def test_a_table_whose_row_has_too_few_values_is_broken(tmp_path):
    cut = game_log()
    cut["resultSets"][0]["rowSet"][1].pop()
    _, report = landed(tmp_path, a=cut)
    assert said(report, "a") == "broken: row 2 of the table has 9 values for 10 columns"


def shots(team: int, number: int, **asked: object) -> dict:
    names = ["GAME_ID", "GAME_EVENT_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "PERIOD", "SHOT_TYPE", "SHOT_DISTANCE",
             "LOC_X", "LOC_Y", "SHOT_MADE_FLAG", "GAME_DATE"]  # fmt: skip
    row = [GAME_ID, number, 7, "Any Body", team, 1, "3PT Field Goal", 25, -167, 200, 0, "20250207"]
    return {"parameters": asked, "resultSets": [{"name": "Shot_Chart_Detail", "headers": names, "rowSet": [row]}]}


def test_both_teams_shots_of_a_game_stand_together(tmp_path):
    """The service is asked team by team; a file replaces its game whole, so halves must not replace each other."""
    landing, _ = landed(tmp_path, a=shots(1610612756, 7), b=shots(1610612762, 9))
    columns = ("game_date", "game_event_id", "team_abbr", "shot_made_flag")
    assert stored(landing, "nbac_shot_chart", *columns) == [(NIGHT, 7, "PHX", False), (NIGHT, 9, "UTA", False)]


def test_the_shots_of_one_team_alone_are_left_out(tmp_path):
    landing, report = landed(tmp_path, a=shots(1610612756, 7))
    assert report.notes == [
        "nbac_shot_chart: game 0022400740 is left out: the shots of one team only; put both into one folder"
    ]
    assert not landing.exists()


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"PlayerID": 201142}, "the shots of player 201142 only"),
        ({"PlayerID": 0, "ContextMeasure": "PTS"}, "ContextMeasure=PTS lists some shots only"),
    ],
)
def test_a_query_for_some_shots_only_is_not_landed(tmp_path, asked, reason):
    _, report = landed(tmp_path, a=shots(1610612756, 7, **asked))
    assert reason in said(report, "a")


def player_index() -> dict:
    names = [
        "PERSON_ID",
        "PLAYER_FIRST_NAME",
        "PLAYER_LAST_NAME",
        "TEAM_ABBREVIATION",
        "ROSTER_STATUS",
        "FROM_YEAR",
        "TO_YEAR",
    ]
    rows = [[1642365, "Nikola", "Đurišić", "ATL", 1.0, "2025", "2025"], [5, "", "Nenê", None, None, "2002", "2018"]]
    return {"resultSets": [{"name": "PlayerIndex", "headers": names, "rowSet": rows}]}


def test_the_player_index_needs_the_moment_it_was_read(tmp_path):
    landing, report = landed(tmp_path, a=player_index())
    assert "does not say when it was captured: name the moment with --captured-at" in said(report, "a")
    assert not landing.exists()


def test_the_player_index_is_of_the_moment_the_user_names(tmp_path):
    moment = dt.datetime(2025, 7, 16, 2, tzinfo=dt.UTC)
    landing = tmp_path / "landing"
    ingest_payloads(write(tmp_path / "payloads", a=player_index()), landing, captured_at=moment)
    columns = ("player_lookup", "team_abbr", "is_active", "from_year", "fetched_at")
    assert stored(landing, "nbac_player_list_current", *columns) == [
        ("nene", None, None, 2002, moment),
        ("nikoladurisic", "ATL", True, 2025, moment),
    ]
