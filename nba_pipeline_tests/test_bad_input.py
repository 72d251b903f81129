"""Bad input: it is set aside with file, record, field, value and rule; everything else goes through, nothing is lost.

What the reader does with a single record, with minutes in odd spellings and with names is in ``raw/test_reader.py``.
"""

import datetime as dt
import io
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.landing import files, put
from nba_pipeline.operations.launch import Outcome, choose_tables, materialise
from nba_pipeline.raw.plans import LINEAGE
from nba_pipeline.raw.reader import read
from nba_pipeline.simulated import simulate
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import ANALYTICS

DAY = dt.date(2021, 10, 19)
DATES = DateRange(DAY, DAY)
LATER = dt.datetime(2021, 10, 21, 9, tzinfo=dt.UTC)
LOG, TEAMS, SHOTS = "nbac_player_boxscores", "nbac_team_boxscore", "nbac_shot_chart"
BOOK, SCHEDULE, LINES = "nbac_gamebook_player_stats", "nbac_schedule", "odds_api_game_lines"
Records = list[dict]


@pytest.fixture(scope="module")
def faultless(tmp_path_factory) -> Path:
    """The landing files of a slate of two games."""
    root = tmp_path_factory.mktemp("faultless")
    simulate(root, ["2021-22"], 7, DAY, DAY, faults=[])
    return root


@pytest.fixture
def home(faultless, tmp_path, monkeypatch) -> Home:
    """A home with a copy of those files."""
    made = Home(tmp_path / "home")
    shutil.copytree(faultless, made.landing)
    monkeypatch.setenv(HOME_VARIABLE, str(made.root))
    return made


def run(*tables: str) -> Outcome:
    """Materialise tables in the home of this process; nobody asks for the record of the run."""
    with dg.DagsterInstance.local_temp() as instance:
        return materialise(defs, instance, choose_tables(tables), DATES)


def select(home: Home, sql: str) -> Records:
    return EmbeddedWarehouse(home.warehouse).read(sql).to_pylist()


def without_lineage(rows: Records) -> list[tuple]:
    return sorted((tuple(value for name, value in row.items() if name not in LINEAGE) for row in rows), key=repr)


def what_is_read(landing: Path, source: str) -> tuple[list[tuple], Records]:
    """Rows of a source without the columns that say which file they are from, and its quarantine."""
    (batch,) = read(load_contracts()[f"nba_raw.{source}"], landing, DATES)
    return without_lineage(batch.rows.to_pylist()), batch.quarantine.to_pylist()


@pytest.fixture(scope="module")
def known(faultless) -> Callable[[str], list[tuple]]:
    """What the good files say of a source."""
    return cache(lambda source: what_is_read(faultless, source)[0])


def landed(home: Home, source: str) -> Records:
    """The records of the newest file of a source."""
    file = files(home.landing, source, DAY, DAY)[-1]
    return pq.read_table(file.path).to_pylist() if file.suffix == "parquet" else json.loads(file.path.read_bytes())


def land(home: Home, source: str, content: Records | bytes, suffix: str = "json", minutes: int = 0) -> Path:
    """Store a newer capture."""
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return put(home.landing, source, DAY, LATER + dt.timedelta(minutes=minutes), "simulated", payload, suffix)


def first(**change: object) -> Callable[[Records], Records]:
    """The same file once more with the first record changed."""
    return lambda records: [records[0] | change, *records[1:]]


def cut(records: Records) -> bytes:
    whole = json.dumps(records).encode()
    return whole[: len(whole) // 2]


def damaged(records: Records) -> bytes:
    """Parquet whose footer is whole and whose values are not."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), buffer)
    content = bytearray(buffer.getvalue())
    content[4:400] = b"\xff" * 396
    return bytes(content)


class Bad(NamedTuple):
    """A newer capture of a source and the quarantine rows it must end in: record, field, value, reason."""

    source: str
    content: Callable[[Records], Records | bytes]
    problems: list[tuple[int, str, str | None, str]]
    suffix: str = "json"


BAD = {
    "unknown team code": Bad(
        LOG,
        first(TEAM_ABBREVIATION="LAX"),
        [(1, "TEAM_ABBREVIATION", "LAX", "unknown team code 'LAX' for source nba")],
    ),
    "unknown team in the schedule": Bad(
        SCHEDULE,
        first(homeTeam_teamTricode="SEA"),
        [(1, "homeTeam_teamTricode", "SEA", "unknown team code 'SEA' for source nba")],
    ),
    "unknown season": Bad(
        LOG,
        first(GAME_ID="0029900001"),
        [(1, "GAME_ID", "1999", "season 1999 is not the season of 2021-10-19")],
    ),
    "date outside the calendar": Bad(
        LOG,
        first(GAME_DATE="2035-01-01"),
        [(1, "GAME_DATE", "2035-01-01", "date 2035-01-01 is not the landing date 2021-10-19")],
    ),
    "no date at all": Bad(LOG, first(GAME_DATE="soon"), [(1, "GAME_DATE", "soon", "not a date")]),
    "malformed minutes": Bad(
        LOG, first(MIN="12;30"), [(1, "MIN", "12;30", "not a playing time (MM:SS, minutes or PT..M..S)")]
    ),
    "90 minutes": Bad(LOG, first(MIN=90), [(1, "MIN", "90", "out of range 0..4500")]),
    "900 points": Bad(LOG, first(PTS=900), [(1, "PTS", "900", "out of range 0..120")]),
    "infinite points": Bad(LOG, first(PTS=float("inf")), [(1, "PTS", "Infinity", "not an integer")]),
    "a number too large": Bad(LOG, first(PTS="1e999"), [(1, "PTS", "1e999", "not an integer")]),
    "spread that is no number": Bad(
        LINES, first(outcome_point=float("nan")), [(1, "outcome_point", "NaN", "not a finite number")]
    ),
    "a player twice, the same": Bad(LOG, lambda records: [*records, records[0]], []),
    "a name of emoji": Bad(
        LOG, first(PLAYER_NAME="🏀🏀"), [(1, "PLAYER_NAME", "🏀🏀", "the name has no Latin letter")]
    ),
    "a name in right-to-left script": Bad(
        LOG, first(PLAYER_NAME="لاعب كرة"), [(1, "PLAYER_NAME", "لاعب كرة", "the name has no Latin letter")]
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_record_is_named_and_nothing_known_is_lost(home, known, bad):
    path = land(home, bad.source, bad.content(landed(home, bad.source)), bad.suffix)
    after, quarantine = what_is_read(home.landing, bad.source)
    assert quarantine == [
        {
            "table_name": f"nba_raw.{bad.source}",
            "landing_date": DAY,
            "source_file": path.relative_to(home.landing).as_posix(),
            "record_number": number,
            "field": field,
            "value": value,
            "reason": reason,
            "origin": "simulated",
        }
        for number, field, value, reason in bad.problems
    ]
    assert after == known(bad.source)


def test_of_two_contradicting_lines_of_a_player_the_first_counts(home, known):
    records = landed(home, LOG)
    land(home, LOG, [*records, records[0] | {"PTS": 1}])
    after, quarantine = what_is_read(home.landing, LOG)
    assert after == known(LOG)
    assert [(row["record_number"], row["field"], row["reason"]) for row in quarantine] == [
        (len(records) + 1, "(key)", "duplicate key in one file")
    ]


@pytest.mark.parametrize(
    ("content", "suffix", "reason"),
    [
        (lambda _: b"", "json", "empty file"),
        (lambda _: b" \n", "csv", "empty file"),
        (cut, "json", "file cannot be parsed as json"),
        (lambda _: b"\xff\xfe\x00<html>503</html>", "json", "file cannot be parsed as json"),
        (lambda _: b"[1, 2]", "json", "file cannot be parsed as json"),
        (lambda _: b"PAR1 and no more", "parquet", "file cannot be parsed as parquet"),
        (damaged, "parquet", "file cannot be parsed as parquet"),
        (lambda _: b"GAME_ID,PTS\n1,2\n", "csv", "not a file of source nbac_player_boxscores: fields GAME_DATE"),
        (lambda _: b"<html>503</html>", "csv", "not a file of source nbac_player_boxscores: no known column"),
        (lambda _: "GAME_ID,PTS\n1,2\n".encode("utf-16"), "csv", "not a file of source nbac_player_boxscores: no"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_and_the_good_one_counts(home, known, content, suffix, reason):
    path = land(home, LOG, content(landed(home, LOG)), suffix)
    after, (problem,) = what_is_read(home.landing, LOG)
    assert after == known(LOG)
    assert (problem["source_file"], problem["record_number"]) == (path.relative_to(home.landing).as_posix(), 0)
    assert (problem["field"], problem["value"]) == ("(file)", path.name)
    assert problem["reason"].startswith(reason)


def test_a_file_altered_after_it_was_stored_is_named(home, known):
    path = land(home, LOG, landed(home, LOG))
    path.write_bytes(path.read_bytes().replace(b'"PTS": 1', b'"PTS": 2'))
    after, (problem,) = what_is_read(home.landing, LOG)
    assert after == known(LOG)
    assert problem["reason"] == "file truncated or altered: content hash differs"


@pytest.mark.parametrize(("other", "source"), [(TEAMS, LOG), (LOG, TEAMS), (SHOTS, LOG), (SCHEDULE, LOG), (LOG, BOOK)])
def test_no_record_of_another_source_is_taken_for_one_of_this(home, known, other, source):
    records = landed(home, other)
    land(home, source, records)
    after, quarantine = what_is_read(home.landing, source)
    assert after == known(source)
    assert {row["record_number"] for row in quarantine} in ({0}, set(range(1, len(records) + 1)))


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("Robert'); drop table nba_raw.quarantine;--", "robertdroptablenbarawquarantine"),
        ('Bo "The Arrow" O\u2019Neal', "bothearrowoneal"),
        ("Zoë 🏀 Ball", "zoeball"),
        ("\u202eMohamed\u202c \u200fBamba", "mohamedbamba"),
        ("محمد Bamba", "bamba"),
        ("A" * 5000, "a" * 5000),
        ("Null", "null"),
        ("{{ jinja }} @start_date $1 %s", "jinjastartdate1s"),
    ],
)
def test_a_name_is_only_a_name(home, name, lookup):
    land(home, LOG, first(PLAYER_NAME=name)(landed(home, LOG)))
    (batch,) = read(load_contracts()[f"nba_raw.{LOG}"], home.landing, DATES)
    assert batch.quarantine.num_rows == 0
    row = batch.rows.to_pylist()[0]
    assert (row["player_full_name"], row["player_lookup"]) == (name, lookup)


def test_two_schedules_of_a_date_give_each_team_one_game(home):
    """The league's other feed with the sides turned around, and a game nobody else knows for two teams that play."""
    games = landed(home, SCHEDULE)
    turned = {"homeTeam": "awayTeam", "awayTeam": "homeTeam"}
    other_feed = [
        {name.replace(name[:8], turned.get(name[:8], name[:8]), 1): value for name, value in game.items()}
        | {"data_source": "cdn_static"}
        for game in games
    ]
    # Captured earlier than the final scores of the first feed, so it loses.
    put(home.landing, SCHEDULE, DAY, LATER - dt.timedelta(days=1), "simulated", json.dumps(other_feed).encode(), "json")
    ghost = games[0] | {
        "gameId": "0022101229",
        "awayTeam_teamTricode": games[1]["awayTeam_teamTricode"],
        "gameStatus": 1,
    }
    land(home, SCHEDULE, [ghost])
    assert run(SCHEDULE, "arenas", "team_arenas", "dim_game").success
    stored = select(home, "select nba_game_id, home_team_abbr, home_team_score from nba_reference.dim_game order by 1")
    assert [tuple(row.values()) for row in stored] == [
        (game["gameId"], game["homeTeam_teamTricode"], game["homeTeam_score"])
        for game in sorted(games, key=lambda game: game["gameId"])
    ]


def test_a_final_score_that_cannot_be_stops_what_builds_on_it(home):
    tables = (SCHEDULE, TEAMS, "arenas", "team_arenas", "dim_game", "team_box_lines")
    assert run(*tables).success
    before = select(home, "select * from nba_reference.team_box_lines order by 1, 2, 3")
    land(home, SCHEDULE, first(homeTeam_score=100, awayTeam_score=100)(landed(home, SCHEDULE)))
    outcome = run(*tables)
    assert not outcome.success
    assert any(text.startswith("nba_reference__dim_game__checks: ") for text in outcome.failures)
    assert select(home, "select * from nba_reference.team_box_lines order by 1, 2, 3") == before


#: For every source a newer capture that is bad in its own way.
BAD_DAY = {
    BOOK: lambda records: [
        records[0] | {"minutes": "12;30"},
        records[1] | {"name": "Robert'); drop table nba_raw.quarantine;--"},
        *records[2:],
    ],
    LOG: first(PTS=900),
    TEAMS: first(TEAM_ABBREVIATION="LAX"),
    SHOTS: cut,
    SCHEDULE: lambda records: [*records, records[0] | {"gameId": "0029900001"}],
    LINES: first(outcome_point=float("nan")),
    "odds_api_player_points_props": first(point="1e999"),
    "bettingpros_player_points_props": lambda _: b"",
    "bdl_player_boxscores": lambda _: b'[{"status": 503}]',
    "bigdataball_play_by_play": lambda _: b"[1, 2]",
    "nbac_play_by_play": lambda _: b"\xff\xfe<html>",
    "nbac_injury_report": first(team="Los Angeles"),
    "espn_team_rosters": first(espn_team_abbr="???"),
    "nbac_player_list_current": first(PERSON_ID="none"),
}


def test_a_day_of_bad_captures_goes_through_whole(home):
    games = landed(home, SCHEDULE)
    renamed = landed(home, BOOK)[1]
    for minutes, (source, content) in enumerate(BAD_DAY.items()):
        land(home, source, content(landed(home, source)), minutes=minutes)
    outcome = run("nba_raw", "nba_reference", "nba_analytics")
    assert outcome.success, outcome.failures
    # The player whose name changed is the one row that the book, captured anew, no longer states.
    tables = select(home, "select table_name, reason from nba_raw.quarantine where field <> '(fewer rows)' order by 1")
    assert [row["table_name"] for row in tables] == sorted(f"nba_raw.{source}" for source in BAD_DAY), tables
    for name in ANALYTICS:
        (counted,) = select(home, f"select count(distinct game_id) as games from {name}")
        assert counted["games"] == len(games), name
    points = select(
        home, "select team_abbr, sum(points) as points from nba_analytics.player_game_summary group by 1 order by 1"
    )
    assert [tuple(row.values()) for row in points] == sorted(
        (game[f"{side}Team_teamTricode"], game[f"{side}Team_score"]) for game in games for side in ("home", "away")
    )
    # The name that is no name is stored as text; whose line it is the league's log says.
    hostile = "player_name like '%drop table nba_raw.quarantine;--'"
    assert len(select(home, f"select player_name from nba_raw.{BOOK} where {hostile}")) == 1
    (row,) = select(
        home,
        "select team_abbr, points, is_registry_resolved from nba_analytics.player_game_summary"
        f" where player_full_name = '{renamed['name']}'",
    )
    assert row == {"team_abbr": renamed["team"], "points": renamed["points"], "is_registry_resolved": True}
