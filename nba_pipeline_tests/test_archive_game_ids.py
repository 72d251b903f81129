"""Logs without game ids find them in the other files of the folder; a fuller file of the same game counts first."""

import pytest

from nba_pipeline.archive.ingest import ingest_archive
from nba_pipeline_tests.test_archive import LOGS, TEAMS, stored, write

LIST = """GAME_ID,GAME_DATE,STAGE,HOME_ABBR,AWAY_ABBR,HOME_PTS,AWAY_PTS,STATUS
0022500001,2025-10-21,Regular Season,OKC,HOU,125,124,3
22500002,2025-10-22,Regular Season,LAL,GSW,,,1
0012500002,2025-10-10,Preseason,LAL,GSW,100,99,3
99,2025-10-22,Regular Season,LAL,GSW,100,99,3
"""
COUNTS = "FGM,FGA,FG3M,FG3A,FTM,FTA"
SLIM = f"""PLAYER_ID,PLAYER_NAME,TEAM_ABBREVIATION,GAME_DATE,MATCHUP,WL,MIN,PTS,{COUNTS}
1,Al One,OKC,2025-10-21,OKC vs. HOU,W,30,20,8,15,2,4,2,2
2,Bo Two,HOU,2025-10-21,HOU @ OKC,L,31,21,9,16,3,5,0,0
3,Cy Three,DEN,2025-10-23,DEN @ UTA,W,32,22,9,16,2,5,2,2
"""
#: No team, other names, another figure; the third man is in no other file.
OTHER_NAMES = """player,player_id,date,matchup,minutes,fgm,fga,threes_made,threes_attempted,ftm,fta,pts,ast
Al One,1,2025-10-21,OKC vs. HOU,30.0,8,15,2,4,2,2,20,6
Bo Two,2,2025-10-21,HOU @ OKC,31.0,9,16,3,5,0,0,21,7
Di Four,4,2025-10-21,HOU @ OKC,5.0,0,1,0,0,0,0,0,0
"""
HALF = f"""TEAM_ID,TEAM_ABBREVIATION,TEAM_NAME,GAME_ID,GAME_DATE,MATCHUP,WL,PTS,TOV,{COUNTS}
1610612760,OKC,Oklahoma City Thunder,0022500001,2025-10-21,OKC vs. HOU,W,125,12,45,90,15,40,20,25
"""
TEAMS_SLIM = f"""TEAM_ID,TEAM_ABBREVIATION,TEAM_NAME,GAME_DATE,MATCHUP,WL,PTS,TOV,{COUNTS}
1610612760,OKC,Oklahoma City Thunder,2025-10-21,OKC vs. HOU,W,125,13,45,90,15,40,20,25
1610612745,HOU,Houston Rockets,2025-10-21,HOU @ OKC,L,124,14,45,90,14,40,20,25
"""


@pytest.mark.parametrize("games", [LIST, HALF])
def test_a_log_without_ids_takes_them_from_a_schedule_or_from_the_other_team(tmp_path, games):
    folder, landing = write(tmp_path / "a", slim=SLIM, games=games), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("nba_game_id", "player_lookup", "team_abbr", "points", "assists")
    assert stored(landing, "nbac_player_boxscores", *columns) == [
        ("0022500001", "alone", "OKC", 20, None), ("0022500001", "botwo", "HOU", 21, None),
    ]  # fmt: skip
    (slim,) = (file for file in report.files if file.name == "slim.csv")
    assert slim.skipped == {"no game id, and no file of the folder names the game of that date and team": 1}


def test_files_of_the_same_men_complete_each_other(tmp_path):
    folder, landing = write(tmp_path / "a", list=LIST, other=OTHER_NAMES, slim=SLIM), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("player_lookup", "team_abbr", "points", "seconds_played", "assists", "three_pointers_made")
    assert stored(landing, "nbac_player_boxscores", *columns) == [
        ("alone", "OKC", 20, 1800, 6, 2), ("botwo", "HOU", 21, 1860, 7, 3),
    ]  # fmt: skip
    (other,) = (file for file in report.files if file.name == "other.csv")
    assert other.skipped == {"no team, and no file of the folder has the player in that game": 1}


def test_a_row_with_an_id_of_its_own_counts_before_one_that_was_given_it(tmp_path):
    folder, landing = write(tmp_path / "a", half=HALF, slim=TEAMS_SLIM), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    assert stored(landing, "nbac_team_boxscore", "team_abbr", "turnovers") == [("HOU", 14), ("OKC", 12)]
    columns = ("game_id", "away_team_tricode", "home_team_tricode", "home_team_score")
    assert stored(landing, "nbac_schedule", *columns) == [("0022500001", "HOU", "OKC", 125)]
    assert report.skipped == {}


@pytest.mark.parametrize(
    ("log", "over", "skipped"),
    [
        (SLIM, [("0022500001", 3, "HOU", "OKC", 125)], {}),
        (None, [], {"game of a schedule that is over and of which no player log tells": 1}),
    ],
)
def test_a_list_of_games_is_a_schedule_with_those_to_come(tmp_path, log, over, skipped):
    """A game that is over and of which nothing else is known would count as missing for ever."""
    folder, landing = write(tmp_path / "a", games=LIST, **({"log": log} if log else {})), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("game_id", "game_status", "away_team_tricode", "home_team_tricode", "home_team_score")
    assert stored(landing, "nbac_schedule", *columns) == [*over, ("0022500002", 1, "GSW", "LAL", None)]
    assert report.files[0].skipped == {"no NBA game id": 1, "pre-season or All-Star game": 1}
    assert report.skipped == skipped


def test_a_log_whose_games_nothing_names_is_refused(tmp_path):
    folder = write(tmp_path / "a", slim=SLIM, logs=LOGS, teams=TEAMS)
    report = ingest_archive(folder, tmp_path / "landing")
    (slim,) = (file for file in report.files if file.refused)
    assert (slim.name, slim.nearest, slim.lacks) == ("slim.csv", "player game log", ("GAME_ID",))
