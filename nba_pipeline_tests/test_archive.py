"""A folder of public archives becomes landing files, told by columns and never by file names."""

import datetime as dt
import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from nba_pipeline.archive import words
from nba_pipeline.archive.ingest import ingest_archive
from nba_pipeline.contract.format import load_contract
from nba_pipeline.errors import UsageError
from nba_pipeline.raw.reader import read

MODELS = Path(__file__).parent.parent / "nba_pipeline" / "models"
STATISTICS = "MIN,FGM,FGA,FG3M,FG3A,FTM,FTA,OREB,DREB,REB,AST,STL,BLK,TOV,PF,PTS,PLUS_MINUS"
PLAYER = "34,5,10,2,4,3,4,1,4,5,6,1,0,2,3,15,7"
TEAM = "240,40,90,10,30,20,25,10,30,40,25,8,5,12,20,110,7"
LOGS = f"""player_id,player_name,team_id,team_abbreviation,game_id,game_date,matchup,{STATISTICS}
203999,Nikola Jokić,1610612743,DEN,22100001,2021-10-20,DEN @ PHX,{PLAYER}
1628969,Mikal Bridges,1610612756,PHX,22100001,2021-10-20T00:00:00,PHX vs. DEN,{PLAYER}
5,Mikal Bridges,1610612756,PHX,22100001,2021-10-20,PHX vs. DEN,{PLAYER}
"""
TEAMS = f"""TEAM_ID,TEAM_ABBREVIATION,TEAM_NAME,GAME_ID,GAME_DATE,MATCHUP,WL,{STATISTICS}
1610612743,DEN,Denver Nuggets,0022100001,"OCT 20, 2021",DEN @ PHX,W,{TEAM}
1610612756,PHX,Phoenix Suns,0022100001,"OCT 20, 2021",PHX vs. DEN,L,{TEAM}
1610612748,MIA,Miami Heat,0022100002,2021-10-20,MIA @ WAS,W,{TEAM}
1610612764,WAS,Washington Wizards,0022100002,2021-10-20,MIA @ WAS,L,{TEAM}
1610612764,WAS,Washington Wizards,0012100002,2021-10-05,MIA @ WAS,L,{TEAM}
"""
KAGGLE = """season,date,regular,playoffs,away,home,score_away,score_home,whos_favored,spread,total
2022,2021-10-20,True,False,den,phx,110,98,home,6.5,221
2022,2021-10-20,True,False,mia,wsh,110,98,away,3,215.5
2022,2021-10-20,True,False,gs,utah,110,98,home,0,
"""
FLAT = """commence_time,home_team,away_team,bookmaker,market,outcome,price,point,timestamp
2021-10-21T02:10:00Z,Phoenix Suns,Denver Nuggets,draftkings,spreads,Phoenix Suns,-110,-6.5,2021-10-20T20:00:00Z
2021-10-21T02:10:00Z,Phoenix Suns,Denver Nuggets,draftkings,totals,Over,1.91,221.5,2021-10-20T20:00:00Z
"""
WIDE = "date,home_team,away_team,home_spread,over_under\n10/20/2021,Golden State,LA Clippers,-3.5,220\n"
PROPS = """platform,player,stat,line_score,start_time
PrizePicks,Nikola Jokic,Points,27.5,2021-10-20T22:00:00-04:00
PrizePicks,Nikola Jokic,Rebounds,12.5,2021-10-20T22:00:00-04:00
"""
PERSONS = "personId,firstName,lastName,birthdate\n203999,Nikola,Jokić,1995-02-19\n77,Other,Person,\n"


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def stored(landing: Path, table: str, *columns: str) -> list[tuple[object, ...]]:
    dataset = "nba_reference" if table == "nba_players_registry" else "nba_raw"
    contract = load_contract(MODELS / dataset / f"{table}.sql")
    batches = list(read(contract, landing))
    assert [row for batch in batches for row in batch.quarantine.to_pylist()] == []
    found = [row for batch in batches for row in batch.rows.to_pylist()]
    return sorted((tuple(row[name] for name in columns) for row in found), key=str)


def test_player_logs_become_box_scores_and_everybody_is_registered(tmp_path):
    folder, landing = write(tmp_path / "a", anything=LOGS, people=PERSONS), tmp_path / "landing"
    ingest_archive(folder, landing)
    assert ("0022100001", 203999, "nikolajokic", 2040, 15) in stored(
        landing, "nbac_player_boxscores", "nba_game_id", "nba_player_id", "player_lookup", "seconds_played", "points"
    )
    columns = ("universal_player_id", "nba_player_id", "birth_date", "first_season")
    assert stored(landing, "nba_players_registry", *columns) == [
        ("mikalbridges_001", 5, None, 2021),
        ("mikalbridges_002", 1628969, None, 2021),
        ("nikolajokic_001", 203999, dt.date(1995, 2, 19), 2021),
        ("otherperson_001", 77, None, None),
    ]


def test_team_logs_become_totals_and_a_schedule_with_neutral_games(tmp_path):
    folder, landing = write(tmp_path / "a", t=TEAMS), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("game_id", "away_team_tricode", "home_team_tricode", "neutral_site_flag", "game_status", "tipoff_at")
    assert stored(landing, "nbac_schedule", *columns) == [
        ("0022100001", "DEN", "PHX", False, 3, None),
        ("0022100002", "MIA", "WAS", True, 3, None),
    ]
    assert len(stored(landing, "nbac_team_boxscore", "team_abbr", "player_minutes")) == 4
    assert [file.skipped for file in report.files] == [{"pre-season or All-Star game": 1}]


GAME_LIST = """gameId,gameDate,home_team,away_team,home_score,away_score
0022100002,2021-10-20,WAS,MIA,98,110
"""
PLAYED_IN_IT = f"""player_id,player_name,team_id,team_abbreviation,game_id,game_date,matchup,{STATISTICS}
9,Some One,1610612748,MIA,22100002,2021-10-20,MIA @ WAS,{PLAYER}
"""


def worded(miami: str, washington: str) -> str:
    """A team log of one game with these words in the rows of the two teams."""
    lines = TEAMS.splitlines()
    return "\n".join((lines[0], lines[3].replace("MIA @ WAS", miami), lines[4].replace("MIA @ WAS", washington), ""))


@pytest.mark.parametrize(
    ("texts", "game"),
    [
        ({"a": worded("MIA @ WAS", "WAS vs. MIA")}, ("MIA", "WAS", False)),
        ({"a": worded("MIA @ WAS", "MIA @ WAS")}, ("MIA", "WAS", True)),
        ({"a": worded("WAS @ MIA", "WAS @ MIA")}, ("WAS", "MIA", True)),
        ({"a": worded("MIA vs. WAS", "WAS vs. MIA")}, None),
        ({"a": worded("MIA @ WAS", "WAS @ MIA")}, None),
        ({"a": worded("MIA vs. WAS", "MIA @ WAS")}, None),
        ({"a": worded("", "")}, None),
        (
            {"a": worded("MIA vs. WAS", "WAS vs. MIA"), "b": worded("MIA @ WAS", "WAS vs. MIA")},
            ("MIA", "WAS", False),
        ),
        (
            {"a": worded("MIA vs. WAS", "WAS vs. MIA"), "b": GAME_LIST, "c": PLAYED_IN_IT},
            ("MIA", "WAS", None),
        ),
    ],
    ids=[
        "one of each",
        "abroad",
        "abroad, turned",
        "both at home",
        "both away",
        "each against the other",
        "no words",
        "another log tells",
        "a list of games tells",
    ],
)
def test_the_host_is_told_by_the_rows_or_not_guessed(tmp_path, texts, game):
    folder, landing = write(tmp_path / "a", **texts), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("away_team_tricode", "home_team_tricode", "neutral_site_flag")
    assert stored(landing, "nbac_schedule", *columns) == ([game] if game else [])
    assert sum(count for reason, count in report.skipped.items() if "host" in reason) == (0 if game else 1)
    assert len(stored(landing, "nbac_team_boxscore", "team_abbr")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            KAGGLE,
            [("spreads", "GSW", 0.0), ("spreads", "UTA", 0.0), ("spreads", "DEN", 6.5), ("spreads", "PHX", -6.5),
             ("spreads", "MIA", -3.0), ("spreads", "WAS", 3.0), ("totals", None, 221.0), ("totals", None, 221.0),
             ("totals", None, 215.5), ("totals", None, 215.5)],
        ),
        (FLAT, [("spreads", "PHX", -6.5), ("totals", None, 221.5)]),
        (WIDE, [("spreads", "GSW", -3.5), ("spreads", "LAC", 3.5), ("totals", None, 220.0), ("totals", None, 220.0)]),
    ],
)  # fmt: skip
def test_game_lines_of_three_shapes_get_both_sides_with_the_right_sign(tmp_path, text, expected):
    folder, landing = write(tmp_path / "a", lines=text), tmp_path / "landing"
    ingest_archive(folder, landing)
    found = stored(landing, "odds_api_game_lines", "market_key", "outcome_team_abbr", "outcome_point")
    assert found == sorted(expected, key=str)


def test_points_props_keep_only_points(tmp_path):
    folder, landing = write(tmp_path / "a", props=PROPS), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    columns = ("game_date", "bookmaker", "player_lookup", "points_line", "capture")
    assert stored(landing, "odds_api_player_points_props", *columns) == [
        (dt.date(2021, 10, 20), "prizepicks", "nikolajokic", 27.5, "none")
    ]
    assert [file.other_markets for file in report.files] == [{"Rebounds": 1}]


def test_a_book_has_one_name_however_an_archive_abbreviates_it(tmp_path):
    names = {"DraftKings": "draftkings", "dk": "draftkings", "fd": "fanduel", "mgm": "betmgm", "365": "bet365"}
    head, line, _ = PROPS.splitlines()
    text = "\n".join((head, *(line.replace("PrizePicks", name) for name in names), ""))
    folder, landing = write(tmp_path / "a", props=text), tmp_path / "landing"
    ingest_archive(folder, landing)
    assert {book for (book,) in stored(landing, "odds_api_player_points_props", "bookmaker")} == set(names.values())


def test_shots_are_found_inside_packed_archives(tmp_path):
    folder, landing = tmp_path / "a", tmp_path / "landing"
    folder.mkdir()
    text = (
        "GRID_TYPE,GAME_ID,GAME_EVENT_ID,PLAYER_ID,PLAYER_NAME,TEAM_ID,PERIOD,MINUTES_REMAINING,SECONDS_REMAINING,"
        "SHOT_TYPE,SHOT_DISTANCE,LOC_X,LOC_Y,SHOT_ATTEMPTED_FLAG,SHOT_MADE_FLAG,GAME_DATE\n"
        "Shot,22100001,7,203999,Nikola Jokić,1610612743,1,11,30,2PT Field Goal,2,1,20,1,1,20211020\n"
    ).encode()
    with tarfile.open(folder / "shots.tar.xz", "w:xz") as archive:
        member = tarfile.TarInfo("inner.csv")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    ingest_archive(folder, landing)
    assert stored(landing, "nbac_shot_chart", "team_abbr", "shot_made_flag", "game_date") == [
        ("DEN", True, dt.date(2021, 10, 20))
    ]


def test_reading_the_same_folder_twice_writes_nothing_new(tmp_path):
    folder, landing = write(tmp_path / "a", x=LOGS, y=TEAMS, z=KAGGLE, p=PROPS), tmp_path / "landing"
    ingest_archive(folder, landing)
    before = sorted((path, path.stat().st_mtime_ns) for path in landing.rglob("*.csv"))
    ingest_archive(folder, landing)
    assert sorted((path, path.stat().st_mtime_ns) for path in landing.rglob("*.csv")) == before


def test_a_corrected_archive_wins_over_the_earlier_one(tmp_path):
    landing = tmp_path / "landing"
    ingest_archive(write(tmp_path / "a", x=LOGS), landing)
    points = [15, 15, 15]
    for corrected in (16, 17):
        assert [row[0] for row in stored(landing, "nbac_player_boxscores", "points")] == points
        ingest_archive(write(tmp_path / "b", x=LOGS.replace(",3,15,7", f",3,{corrected},7")), landing)
        points = [corrected] * 3
    assert [row[0] for row in stored(landing, "nbac_player_boxscores", "points")] == points
    held = sorted(landing.rglob("*.csv"))
    ingest_archive(tmp_path / "a", landing)
    assert sorted(landing.rglob("*.csv")) == held


def test_two_spellings_of_one_game_are_one_game(tmp_path):
    """Floats, zeros and missing columns say nothing else; the second file completes the first."""
    floats = LOGS.replace(",5,10,2,4,", ",5.0,10.0,2.00,4.,").replace("203999", "203999.0").replace("Jokić", "Jokic")
    no_fouls = LOGS.replace(",PF,", ",Unnamed: 0,")
    folder, landing = write(tmp_path / "a", a=no_fouls, b=floats), tmp_path / "landing"
    ingest_archive(folder, landing)
    columns = ("nba_player_id", "player_full_name", "field_goals_made", "personal_fouls")
    assert stored(landing, "nbac_player_boxscores", *columns) == [
        (1628969, "Mikal Bridges", 5, 3), (203999, "Nikola Jokić", 5, 3), (5, "Mikal Bridges", 5, 3),
    ]  # fmt: skip


def test_a_game_whose_teams_are_in_two_files_is_in_the_schedule(tmp_path):
    header, *lines = TEAMS.splitlines()
    files = {f"t{number}": f"{header}\n{line}\n" for number, line in enumerate(lines)}
    folder, landing = write(tmp_path / "a", **files), tmp_path / "landing"
    report = ingest_archive(folder, landing)
    assert stored(landing, "nbac_schedule", "game_id") == [("0022100001",), ("0022100002",)]
    assert sum((Counter(file.skipped) for file in report.files), Counter(report.skipped)) == {
        "pre-season or All-Star game": 1
    }


@pytest.mark.parametrize(
    ("text", "lost"),
    [(LOGS, "player_id"), (LOGS, "player_name"), (LOGS, "team_abbreviation"), (LOGS, "game_id"), (LOGS, "PTS"),
     (TEAMS, "TEAM_ID"), (TEAMS, "TEAM_ABBREVIATION"), (TEAMS, "GAME_DATE")],
)  # fmt: skip
def test_a_log_without_a_needed_column_is_not_taken_for_something_else(tmp_path, text, lost):
    folder = write(tmp_path / "a", log=text.replace(lost, "Unnamed: 0", 1))
    report = ingest_archive(folder, tmp_path / "landing")
    assert [(file.kind, file.name) for file in report.files if file.refused] == [("", "log.csv")]


@pytest.mark.parametrize("number", ["99999999999999999999", "inf", "nan", "-1", "two"])
def test_absurd_ids_and_years_leave_the_other_persons_alone(tmp_path, number):
    text = f"personId,firstName,lastName,fromYear\n{number},Bad,Number,2020\n7,Bad,Year,{number}\n8,Good,Year,2020.0\n"
    ingest_archive(write(tmp_path / "a", people=text), tmp_path / "landing")
    assert stored(tmp_path / "landing", "nba_players_registry", "nba_player_id", "first_season") == [
        (7, None), (8, 2020),
    ]  # fmt: skip


def test_dates_outside_the_wanted_range_are_not_written(tmp_path):
    folder, landing = write(tmp_path / "a", y=TEAMS), tmp_path / "landing"
    ingest_archive(folder, landing, start=dt.date(2021, 11, 1))
    assert list(landing.rglob("*.csv")) == []


def test_the_report_names_what_was_not_recognised_and_what_is_missing(tmp_path):
    folder = write(tmp_path / "a", junk="a,b\n1,2\n", y=TEAMS)
    (folder / "broken.tar.xz").write_bytes(b"xx")
    report = ingest_archive(folder, tmp_path / "landing")
    assert [name for name, _ in report.unrecognised] == ["broken.tar.xz", "junk.csv"]
    assert any("no shot detail" in line for line in report.coverage)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b'{"resultSets": []}'), ("a.json", b"[" * 100_000), ("a.json", b"[[1]]"), ("a.json", b"null"),
     ("a.csv", b"\xff\xfe\x00"), ("a.csv", b'"'), ("a.csv", b""), ("a.parquet", b"PAR1"), ("a.zip", b"PK"),
     ("a.tar.xz", b""), ("a.csv.gz", b"\x1f\x8b"), ("a.xlsx", b"PK")],
)  # fmt: skip
def test_a_broken_file_is_reported_and_the_others_are_read(tmp_path, name, content):
    folder = write(tmp_path / "a", y=TEAMS)
    (folder / name).write_bytes(content)
    report = ingest_archive(folder, tmp_path / "landing")
    assert [name for name, _ in report.unrecognised] == [name]
    assert report.sources["nbac_schedule"].rows == 2


def test_an_encrypted_archive_is_reported(tmp_path):
    folder = write(tmp_path / "a", y=TEAMS)
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        archive.writestr("b.csv", TEAMS)
    packed = bytearray((folder / "b.zip").read_bytes())
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    (folder / "b.zip").write_bytes(packed)
    report = ingest_archive(folder, tmp_path / "landing")
    assert [name for name, _ in report.unrecognised] == ["b.zip/b.csv"]


def test_a_folder_that_does_not_exist_is_an_error_of_the_user(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        ingest_archive(tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize(
    ("text", "day"),
    [("2021-10-20", "2021-10-20"), ("20211020", "2021-10-20"), ("20211020.0", "2021-10-20"),
     ("OCT 20, 2021", "2021-10-20"), ("10/20/2021", "2021-10-20"), ("10-20-2021", "2021-10-20"),
     ("44489", "2021-10-20"), ("2021-10-20T00:00:00", "2021-10-20"),
     ("2021-10-21T02:10:00Z", "2021-10-20"), ("2021-10-20 19:30:00-04:00", "2021-10-20"), ("soon", None), (None, None)],
)  # fmt: skip
def test_dates_in_every_usual_spelling(text, day):
    assert words.day_of(text) == day


def test_props_without_a_market_column_need_a_named_market(tmp_path):
    unmarked = "platform,player,line_score,start_time\nPrizePicks,Nikola Jokic,27.5,2021-10-20T22:00:00-04:00\n"
    folder, landing = write(tmp_path / "a", props=unmarked), tmp_path / "landing"
    refused = ingest_archive(folder, landing)
    assert "odds_api_player_points_props" not in refused.sources
    assert ["--market" in reason for _, reason in refused.unrecognised] == [True]
    assert ingest_archive(folder, landing, market="points").sources["odds_api_player_points_props"].rows > 0
