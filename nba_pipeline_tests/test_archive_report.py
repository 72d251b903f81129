"""What `ingest archive` says: per file what it became, and per refused file what it lacks."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nba_pipeline.archive.ingest import ingest_archive
from nba_pipeline.cli.build import app
from nba_pipeline.errors import UsageError
from nba_pipeline.home import HOME_VARIABLE
from nba_pipeline_tests.test_archive import LOGS, TEAMS, stored, write

BOOKS = """date,book,game,market,player,line,odds
2025-02-25,dk,mil @ hou,pts,alperen sengun,19.5,-110/+100
2025-02-25,dk,mil @ hou,pts,damian lillard,24.5,-300
2025-02-25,pn,mil @ hou,pts,total points odd/even,,-108/-108
2025-02-25,dk,mil @ hou,reb,alperen sengun,9.5,-110/-110
2025-02-25,dk,mil @ hou,pts+reb,alperen sengun,30.5,-110/-110
2025-02-25,dk,mil @ hou,ast,alperen sengun,4.5,-110/-110
2025-02-25,dk,mil @ hou,blk,alperen sengun,0.5,-110/-110
"""
UNMARKED = (
    "player_name,event_date,bookmaker,line,over_price,under_price\nDevin Booker,2025-02-25,FanDuel,35.5,-117,-114\n"
)
SCHEDULE = "game_date,home_team,away_team,season_type\n2021-10-20,Phoenix Suns,Denver Nuggets,regular\n"


def run(home: Path, *words: str) -> tuple[int, str, BaseException | None]:
    shown = CliRunner().invoke(app, ["ingest", "archive", *words], env={HOME_VARIABLE: str(home)})
    return shown.exit_code, shown.stdout, shown.exception


def test_every_file_says_what_it_became_and_a_refused_one_what_it_lacks(tmp_path):
    folder = write(tmp_path / "a", logs=LOGS, teams=TEAMS, games=SCHEDULE, short=LOGS.replace("PTS", "P", 1))
    (folder / "notes.pdf").write_bytes(b"%PDF")
    (folder / "answers").mkdir()
    for number in range(3):
        (folder / "answers" / f"{number}.json").write_text('{"data": [{"id": 1}]}')
    code, text, _ = run(tmp_path / "home", str(folder), "--start", "2021-10-19", "--end", "2021-10-20")
    assert code == 0
    lines = text.splitlines()
    assert "logs.csv: player game log, 3 rows, 2021-22, 1 dates 2021-10-20 to 2021-10-20" in lines
    assert "teams.csv: team game log, 5 rows, 2021-22, 1 dates 2021-10-20 to 2021-10-20" in lines
    assert "    columns not used: WL" not in lines
    assert "    left out: 1 rows, pre-season or All-Star game" in lines
    (short,) = (line for line in lines if line.startswith("short.csv"))
    assert short.endswith("nearest kind: player game log, lacks PTS")
    (games,) = (line for line in lines if line.startswith("games.csv"))
    assert games.endswith("nearest kind: game lines, lacks a spread or total (spread, total)")
    (answers,) = (line for line in lines if line.startswith("answers: 3 "))
    assert "0.json, 1.json and 1 more" in answers
    assert "ingest payloads" in answers


def test_a_machine_reads_the_same(tmp_path):
    folder = write(tmp_path / "a", logs=LOGS.replace(",matchup,", ",matchup,", 1), games=SCHEDULE)
    code, text, _ = run(tmp_path / "home", str(folder), "--start", "2021-10-20", "--end", "2021-10-20", "--json")
    document = json.loads(text)
    files = {file["name"]: file for file in document["files"]}
    assert code == 0
    assert (files["logs.csv"]["kind"], files["logs.csv"]["rows"], files["logs.csv"]["seasons"]) == (
        "player game log", 3, ["2021-22"],
    )  # fmt: skip
    assert files["games.csv"]["lacks"] == ["a spread or total (spread, total)"]
    assert document["sources"]["nbac_player_boxscores"]["first_date"] == "2021-10-20"


def test_both_prices_of_one_text_and_rows_that_are_no_player(tmp_path):
    folder, landing = write(tmp_path / "a", books=BOOKS), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("player_lookup", "home_team_abbr", "points_line", "over_price", "under_price")
    assert stored(landing, "odds_api_player_points_props", *columns) == [
        ("alperensengun", "HOU", 19.5, 1.90909, 2.0), ("damianlillard", "HOU", 24.5, 1.33333, None),
    ]  # fmt: skip
    columns = ("player_lookup", "market", "line", "over_price")
    assert stored(landing, "odds_api_player_other_props", *columns) == [
        ("alperensengun", "ast", 4.5, 1.90909), ("alperensengun", "blk", 0.5, 1.90909),
        ("alperensengun", "pts+reb", 30.5, 1.90909), ("alperensengun", "reb", 9.5, 1.90909),
    ]  # fmt: skip
    (file,) = report.files
    assert file.skipped == {"not the name of a player": 1}
    assert file.other_markets == {"reb": 1, "pts+reb": 1, "ast": 1, "blk": 1}
    assert [line for line in file.lines if "markets" in line] == [
        "    markets other than points, kept but used by no table: 4 rows of 4 (reb 1, pts+reb 1, ast 1 and 1 more)"
    ]


@pytest.mark.parametrize("market", ["pts", "Points", "player_points"])
def test_a_named_market_says_which_files_it_was_applied_to(tmp_path, market):
    folder = write(tmp_path / "a", unmarked=UNMARKED, books=BOOKS)
    report = ingest_archive(folder, tmp_path / "landing", market=market)
    assert f"--market {market} was applied to: unmarked.csv" in report.lines
    assert {file.name: file.market for file in report.files} == {"books.csv": "", "unmarked.csv": market}


@pytest.mark.parametrize("market", ["pra", "points+rebounds", "player_points_rebounds_assists", "rebounds"])
def test_a_file_of_another_named_market_is_kept_beside_the_points(tmp_path, market):
    folder = write(tmp_path / "a", unmarked=UNMARKED)
    report = ingest_archive(folder, tmp_path / "landing", market=market)
    assert stored(tmp_path / "landing", "odds_api_player_points_props", "market") == []
    assert set(stored(tmp_path / "landing", "odds_api_player_other_props", "market")) == {(market,)}
    assert [file.other_markets.keys() for file in report.files] == [{market}]


@pytest.mark.parametrize("market", ["pionts", "spread", "points-rebounds", " "])
def test_a_name_that_is_no_market_is_refused_with_examples(tmp_path, market):
    folder = write(tmp_path / "a", unmarked=UNMARKED)
    with pytest.raises(UsageError, match="write points, or several together"):
        ingest_archive(folder, tmp_path / "landing", market=market)
    assert not (tmp_path / "landing").exists()


def test_the_dates_asked_for_limit_what_is_taken_and_the_rest_is_counted(tmp_path):
    later = LOGS.replace("2021-10-20", "2021-10-22").replace("22100001", "22100009")
    folder = write(tmp_path / "a", logs=LOGS, later=later)
    code, text, _ = run(tmp_path / "home", str(folder), "--start", "2021-10-22", "--end", "2021-10-22")
    assert code == 0
    assert "    outside the dates asked for: 3 rows" in text.splitlines()
    assert [file.parent.name for file in (tmp_path / "home").rglob("nbac_player_boxscores/*/*.csv")] == ["2021-10-22"]


def test_midnight_utc_is_an_evening_in_the_east_unless_the_column_holds_dates(tmp_path):
    evening = """player,market,bookmaker,line,commence_time
A One,points,dk,10.5,2024-10-24T00:00:00Z
B Two,points,dk,10.5,2024-10-24T23:30:00Z
"""
    landing = tmp_path / "landing"
    ingest_archive(write(tmp_path / "a", evening=evening), landing)
    ingest_archive(write(tmp_path / "b", dates=evening.replace("23:30", "00:00").replace("-24T", "-26T")), landing)
    columns = ("player_lookup", "game_date", "game_start_time")
    found = [
        (name, str(day), start is None)
        for name, day, start in stored(landing, "odds_api_player_points_props", *columns)
    ]
    assert found == [
        ("aone", "2024-10-23", False), ("aone", "2024-10-26", True), ("btwo", "2024-10-24", False),
        ("btwo", "2024-10-26", True),
    ]  # fmt: skip


def test_a_moved_start_is_no_second_line(tmp_path):
    """The same line captured on two days, the start moved in between, in another spelling of the instant."""
    text = "player,market,side,line,price,bookmaker,commence_time,game_id\n"
    over = "A One,points,Over,10.5,-110,dk,2024-10-24T23:30:00Z,e1\n"
    first = text + over + over.replace("Over", "Under").replace("-110", "-120")
    second = first.replace("23:30:00Z", "23:40:00+00:00").replace("T23", " 23")
    landing = tmp_path / "landing"
    ingest_archive(write(tmp_path / "a", first=first, second=second), landing)
    columns = ("player_lookup", "over_price", "under_price")
    assert stored(landing, "odds_api_player_points_props", *columns) == [("aone", 1.90909, 1.83333)]
