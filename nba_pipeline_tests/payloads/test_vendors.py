"""BallDontLie, BigDataBall, ESPN, and what no table wants."""

import datetime as dt

import pytest

from nba_pipeline.payloads.ingest import ingest_payloads
from nba_pipeline_tests.payloads.harness import landed, said, stored, write

NIGHT = dt.date(2025, 6, 22)
COUNTS = {
    "fgm": 7, "fga": 20, "fg3m": 2, "fg3a": 7, "ftm": 4, "fta": 6, "oreb": 0, "dreb": 4, "reb": 4, "ast": 4, "stl": 2,
    "blk": 0, "turnover": 1, "pf": 4, "pts": 20,
}  # fmt: skip
GAME = {"id": 18444564, "date": "2025-06-22", "season": 2024, "status": "Final", "period": 4, "postseason": True,
        "home_team_score": 103, "visitor_team_score": 91}  # fmt: skip
OKC, IND = {"id": 21, "abbreviation": "OKC"}, {"id": 12, "abbreviation": "IND"}


def line(number: int, first: str, last: str, minutes: str) -> dict:
    player = {"id": number, "first_name": first, "last_name": last, "position": "G-F", "jersey_number": "8"}
    return {**COUNTS, "min": minutes, "player": player}


def boxes(**changes: object) -> dict:
    home = OKC | {"players": [line(1, "Jalen", "Williams", "38"), line(2, "Dillon", "Jones", "00")]}
    visitor = IND | {"players": [line(3, "Pascal", "Siakam", "31")]}
    return {"data": [GAME | {"home_team": home, "visitor_team": visitor} | changes]}


def statistics(*lines: dict, cursor: int | None = None) -> dict:
    game = GAME | {"home_team_id": 21, "visitor_team_id": 12}
    return {"data": [one | {"game": game} for one in lines], "meta": {"per_page": 100, "next_cursor": cursor}}


HOME_LINE = line(1, "Jalen", "Williams", "38") | {"team": OKC}
VISITOR_LINE = line(3, "Pascal", "Siakam", "31") | {"team": IND}


def test_box_scores_name_both_teams_of_every_line(tmp_path):
    landing, _ = landed(tmp_path, a=boxes())
    columns = (
        "game_date",
        "home_team_abbr",
        "away_team_abbr",
        "team_abbr",
        "player_lookup",
        "seconds_played",
        "turnovers",
    )
    assert stored(landing, "bdl_player_boxscores", *columns) == [
        (NIGHT, "OKC", "IND", "IND", "pascalsiakam", 1860, 1),
        (NIGHT, "OKC", "IND", "OKC", "dillonjones", 0, 1),
        (NIGHT, "OKC", "IND", "OKC", "jalenwilliams", 2280, 1),
    ]


def test_a_game_not_over_is_left_out(tmp_path):
    landing, report = landed(tmp_path, a=boxes(status="3rd Qtr"))
    assert "left out 3 lines of games not over, status 3rd Qtr" in said(report, "a")
    assert not landing.exists()


def test_pages_of_statistics_land_together(tmp_path):
    """A file replaces its game whole: the second page must not take the first one away."""
    first = statistics(HOME_LINE, VISITOR_LINE, cursor=7)
    second = statistics(line(4, "Chet", "Holmgren", "33") | {"team": OKC}, VISITOR_LINE)
    landing, report = landed(tmp_path, a=first, b=second)
    found = [row for (row,) in stored(landing, "bdl_player_boxscores", "player_lookup")]
    assert found == ["chetholmgren", "jalenwilliams", "pascalsiakam"]
    assert "one page of several" in said(report, "a")


def test_a_page_that_names_one_team_only_cannot_say_the_other(tmp_path):
    _, report = landed(tmp_path, a=statistics(HOME_LINE))
    assert "left out 1 lines of a game of which one team's players are on another page" in said(report, "a")


BIGDATABALL = (
    "game_id,data_set,date,a1,h1,period,away_score,home_score,remaining_time,play_id,team,event_type,assist,block,num,"
    "outof,player,points,result,steal,type,shot_distance,original_x,original_y,description\n"
    "42400407,NBA 2025 Playoffs,2025-06-22,A,B,1,2,0,0:11:44,3,IND,shot,Pascal Siakam,,,,Andrew Nembhard,2,made,,"
    'jump shot,14,91,106,"Nembhard 14\' Jump Shot (2 PTS), assisted"\n'
    "42400407,NBA 2025 Playoffs,06/22/2025,A,B,1,2,0,0:11:30,4,OKC,turnover,,,,,Chet Holmgren,,,T.J. McConnell,"
    "lost ball,,,,\n"
    "12400001,NBA 2024 Preseason,2024-10-04,A,B,1,0,0,0:12:00,1,,start of period,,,,,,,,,,,,,\n"
)


def test_a_play_by_play_file_keeps_events_and_leaves_pre_season_out(tmp_path):
    landing, report = landed(tmp_path, a=b"\xef\xbb\xbf" + BIGDATABALL.encode())
    columns = ("nba_game_id", "game_date", "event_sequence", "game_clock_seconds", "player_2_name", "player_2_role",
               "shot_made", "points_scored")  # fmt: skip
    assert stored(landing, "bigdataball_play_by_play", *columns) == [
        ("0042400407", NIGHT, 3, 704, "Pascal Siakam", "assist", True, 2),
        ("0042400407", NIGHT, 4, 690, "T.J. McConnell", "steal", None, None),
    ]
    assert "left out 1 events of pre-season" in said(report, "a")


def roster() -> dict:
    healthy = {"id": "1", "fullName": "Sam Hauser", "jersey": "30", "height": 79.0, "weight": 217.0, "injuries": [],
               "position": {"displayName": "Small Forward"}, "status": {"name": "Active"}}  # fmt: skip
    hurt = healthy | {"id": "2", "fullName": "Jaylen Brown", "injuries": [{"status": "Out"}], "position": None}
    return {"team": {"abbreviation": "GS", "athletes": [healthy, hurt]}}


def test_a_roster_is_of_the_eastern_date_of_the_moment_the_user_names(tmp_path):
    landing = tmp_path / "landing"
    moment = dt.datetime(2025, 7, 16, 2, tzinfo=dt.UTC)
    ingest_payloads(write(tmp_path / "payloads", a=roster()), landing, captured_at=moment)
    columns = ("roster_date", "team_abbr", "player_lookup", "position", "height_inches", "status")
    day = dt.date(2025, 7, 15)
    assert stored(landing, "espn_team_rosters", *columns) == [
        (day, "GSW", "jaylenbrown", None, 79.0, "Out"),
        (day, "GSW", "samhauser", "Small Forward", 79.0, "Active"),
    ]


def test_a_roster_without_a_moment_is_not_landed(tmp_path):
    _, report = landed(tmp_path, a=roster())
    assert (
        said(report, "a")
        == "not landed: the roster does not say when it was captured: name the moment with --captured-at"
    )


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        ({"nba": {"Table": {"rows": [{"game_id": "0022400509"}]}}}, "referee assignments: no table wants it"),
        ({"NBA_Player_Movement": {"rows": []}}, "player movement: no table wants it"),
        ({"data": [{"team": {}, "wins": 64, "conference_rank": 1}]}, "BallDontLie standings: no table wants it"),
        ({"boxScorePlayerTrack": {"gameId": "0022500148"}}, "tracking box score: no table wants it"),
        (b"<!DOCTYPE html>\n<html>", "web page: no table wants it"),
        (
            {"events": [{"scheduled": "2021-10-21 23:30:00", "participants": [], "home": "ATL"}]},
            "BettingPros events: no table wants it: events without lines: the lines are in the offers of market 156",
        ),
        ({"offers": [{"id": 1}]}, "not recognised: nothing in it is known"),
        (
            {"timestamp": "2024-01-25T03:15:00Z", "data": {"id": "x", "commence_time": "2024-01-25T03:20:30Z"}},
            "not recognised: nearest is odds of an event in the past, which has also data.bookmakers, data.home_team",
        ),
    ],
)
def test_what_no_table_wants_and_what_nobody_knows_are_told_apart(tmp_path, payload, line):
    landing, report = landed(tmp_path, a=payload)
    assert said(report, "a") == line
    assert not report.is_broken
    assert not landing.exists()
