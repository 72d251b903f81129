"""From a folder of public archives to the analytics tables: what the archives know is there, what they lack is NULL."""

import csv
import datetime as dt
import io
import lzma
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_pipeline.archive.ingest import IngestReport, ingest_archive
from nba_pipeline.calendar import DateRange, season
from nba_pipeline.completeness.readiness import readiness
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.operations.launch import choose_tables
from nba_pipeline.simulated import markets, render
from nba_pipeline.simulated.people import roster_on
from nba_pipeline.simulated.play import PlayedGame, play
from nba_pipeline.simulated.slate import season_schedule
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import ANALYTICS
from nba_pipeline_tests.test_end_to_end import UP_TO_ANALYTICS, build

SEASON = season("2021-22")
SEED = 7
DATES = DateRange(dt.date(2021, 10, 19), dt.date(2021, 10, 22))
#: The archives know no game of this date between the first and the last one.
FREE = dt.date(2021, 10, 21)
COMMA_NAME = "{}, Jr."
#: Codes of the betting archive that are not the league's.
BETTING_CODES = {"GSW": "gs", "NYK": "ny", "NOP": "no", "SAS": "sa", "UTA": "utah", "WAS": "wsh"}
OF_ASSISTS = ("assisted_fg_makes", "unassisted_fg_makes", "and1_count", "paint_blocks", "three_pt_blocks")


class Built(NamedTuple):
    """An ingested and materialised home with what went in."""

    home: Home
    folder: Path
    report: IngestReport
    games: tuple[PlayedGame, ...]

    def read(self, sql: str) -> list[dict]:
        return EmbeddedWarehouse(self.home.warehouse).read(sql).to_pylist()


def played_games() -> tuple[PlayedGame, ...]:
    return tuple(
        play(game, roster_on(SEASON, game.date, SEED), {}, SEED)
        for game in season_schedule(SEASON.label, SEED)
        if DATES.start <= game.date <= DATES.end and game.date != FREE
    )


def as_csv(records: Sequence[dict], *, lost: Sequence[str] = (), encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    names = [name for name in records[0] if name not in lost]
    writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode(encoding)


def team_line(record: dict) -> dict:
    """The league's own spelling of dates and minutes; as in the archives the id has lost its zeros."""
    return record | {"GAME_ID": int(record["GAME_ID"]), "MIN": int(record["MIN"].partition(":")[0])}


def betting_line(game: PlayedGame) -> dict:
    """One game per line: who is favoured and by how much."""
    offers = [row for row in markets.game_lines(game, SEED) if row["bookmaker_key"] == "draftkings"][-4:]
    spread, total = offers[0]["outcome_point"], offers[2]["outcome_point"]
    return {
        "season": 2022,
        "date": game.game.date.isoformat(),
        "regular": True,
        "playoffs": False,
        "away": BETTING_CODES.get(game.game.away, game.game.away.lower()),
        "home": BETTING_CODES.get(game.game.home, game.game.home.lower()),
        "score_away": game.score(game.game.away),
        "score_home": game.score(game.game.home),
        "whos_favored": "home" if spread <= 0 else "away",
        "spread": abs(spread),
        "total": total,
    }


def prop_lines(game: PlayedGame) -> list[dict]:
    """The last offer of one book per player, American odds, beside a market nobody asked for."""
    offers = {row["description"]: row for row in markets.odds_props(game, SEED) if row["bookmaker_key"] == "fanduel"}
    points = [
        {
            "game_date": game.game.date.strftime("%m/%d/%Y"),
            "sportsbook": "FanDuel",
            "player": name,
            "market": "Points",
            "line": row["point"],
            "over_odds": -115,
            "under_odds": "+100",
        }
        for name, row in offers.items()
    ]
    return [*points, points[0] | {"market": "Rebounds", "line": 7.5}]


def write_archives(folder: Path, games: Sequence[PlayedGame]) -> None:
    """The folder a user would have downloaded; one person has a comma in his name and is known from the log alone."""
    folder.mkdir(parents=True)
    logs = [record for game in games for record in render.player_log(game)]
    renamed = logs[0]["PLAYER_ID"]
    for record in logs:
        record["GAME_DATE"] += "T00:00:00"
        if record["PLAYER_ID"] == renamed:
            record["PLAYER_NAME"] = COMMA_NAME.format(record["PLAYER_NAME"])
    (folder / "player logs.csv").write_bytes(as_csv(logs, lost=["PLUS_MINUS"], encoding="utf-8-sig"))

    teams = [team_line(record) for game in games for record in render.team_log(game)]
    pq.write_table(pa.Table.from_pylist(teams), folder / "team_logs.parquet")

    shots = as_csv([record for game in games for record in render.shot_chart(game)])
    with tarfile.open(folder / "shotdetail_2021.tar.xz", "w:xz") as archive:
        member = tarfile.TarInfo("shotdetail_2021.csv")
        member.size = len(shots)
        archive.addfile(member, io.BytesIO(shots))

    with zipfile.ZipFile(folder / "betting.zip", "w") as archive:
        archive.writestr("data/nba_betting.csv", as_csv([betting_line(game) for game in games]))
    props = as_csv([row for game in games for row in prop_lines(game)])
    (folder / "props.csv.xz").write_bytes(lzma.compress(props))

    people = {line.player.person_id: line.player for game in games for lines in game.lines.values() for line in lines}
    listed = [
        {"personId": person, "firstName": one.first_name, "lastName": one.last_name, "birthdate": one.birth_date}
        for person, one in sorted(people.items())
        if person != renamed
    ]
    (folder / "people.csv").write_bytes(as_csv(listed))

    (folder / "ratings.csv").write_text("team,elo\nDEN,1600\n", encoding="utf-8")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "readme.md").write_text("Downloaded on Tuesday.\n", encoding="utf-8")
    (folder / "cut.zip").write_bytes(b"PK\x03\x04 cut")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Built:
    root = tmp_path_factory.mktemp("archive")
    games, home, folder = played_games(), Home(root / "home"), root / "downloads"
    write_archives(folder, games)
    report = ingest_archive(folder, home.landing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(home.root))
        build(home, DATES, UP_TO_ANALYTICS)
    return Built(home, folder, report, games)


def test_every_file_is_read_or_named(built):
    assert [name for name, _ in built.report.unrecognised] == ["cut.zip", "empty.csv", "ratings.csv", "readme.md"]
    assert sorted(file.kind for file in built.report.files if file.kind) == [
        "game lines", "player game log", "player props", "players", "shot detail", "team game log",
    ]  # fmt: skip
    (props,) = (file for file in built.report.files if file.kind == "player props")
    assert props.other_markets == {"Rebounds": len(built.games)}
    assert built.read("select * from nba_raw.quarantine") == []


@pytest.mark.parametrize("table", ANALYTICS)
def test_every_game_of_the_archive_is_in_all_five_tables(built, table):
    counted = built.read(f"select game_date, count(distinct game_id) as games, count(*) as r from {table} group by 1")
    expected: dict[dt.date, int] = {}
    for game in built.games:
        expected[game.game.date] = expected.get(game.game.date, 0) + 1
    assert {row["game_date"]: row["games"] for row in counted} == expected
    if "team" in table:
        assert {row["game_date"]: row["r"] for row in counted} == {day: 2 * games for day, games in expected.items()}


def test_statistics_are_those_of_the_archive(built):
    found = built.read(
        "select player.game_id, player.team_abbr, sum(player.points) as points, any_value(team.points_scored) as scored"
        " from nba_analytics.player_game_summary as player"
        " join nba_analytics.team_offense_game_summary as team using (game_id, team_abbr) group by all"
    )
    expected = {
        (f"{one.game.date:%Y%m%d}_{one.game.away}_{one.game.home}", team): one.score(team)
        for one in built.games
        for team in (one.game.home, one.game.away)
    }
    assert {(row["game_id"], row["team_abbr"]): row["points"] for row in found} == expected
    assert {(row["game_id"], row["team_abbr"]): row["scored"] for row in found} == expected


def test_rows_name_their_sources(built):
    assert built.read(
        "select distinct primary_source_used, shot_zones_source, match_method, is_active"
        " from nba_analytics.player_game_summary"
    ) == [
        {
            "primary_source_used": "nbac_player_boxscores",
            "shot_zones_source": "nbac_shot_chart",
            "match_method": "person_id",
            "is_active": True,
        }
    ]
    for table in ("team_offense_game_summary", "team_defense_game_summary"):
        assert built.read(
            "select distinct primary_source_used, shot_zones_source, has_complete_shot_zones"
            f" from nba_analytics.{table}"
        ) == [
            {
                "primary_source_used": "nbac_team_boxscore",
                "shot_zones_source": "nbac_shot_chart",
                "has_complete_shot_zones": True,
            }
        ]


def test_zones_are_filled_and_what_the_shot_chart_cannot_say_is_null(built):
    counted = ", ".join(f"count({name}) as {name}" for name in OF_ASSISTS)
    (row,) = built.read(
        f"select {counted}, count(plus_minus) as plus_minus, count(dnp_reason) as dnp_reason,"
        " count(*) - count(paint_attempts) as without_zones,"
        " sum(paint_attempts + mid_range_attempts + three_attempts_pbp) - sum(fg_attempts) as missing_shots"
        " from nba_analytics.player_game_summary"
    )
    assert set(row.values()) == {0}, row
    (row,) = built.read(
        "select count(blocks_paint) as a, count(players_inactive) as b, count(*) - count(opp_paint_attempts) as c"
        " from nba_analytics.team_defense_game_summary"
    )
    assert set(row.values()) == {0}, row


def test_the_lines_of_the_archive_are_joined_with_the_right_sign(built):
    expected = {}
    for game in built.games:
        line = betting_line(game)
        spread = -line["spread"] if line["whos_favored"] == "home" else line["spread"]
        expected[game.game.date, game.game.home] = (spread, line["total"])
        expected[game.game.date, game.game.away] = (-spread, line["total"])
    found = built.read("select * from nba_analytics.upcoming_team_game_context")
    assert {(row["game_date"], row["team_abbr"]): (row["game_spread"], row["game_total"]) for row in found} == expected
    props = {
        (game.game.date, row["player"]): row["line"]
        for game in built.games
        for row in prop_lines(game)
        if row["market"] == "Points"
    }
    players = built.read("select game_date, points_line, over_under_result from nba_analytics.player_game_summary")
    assert sorted(row["points_line"] for row in players if row["points_line"] is not None) == sorted(props.values())
    assert all((row["points_line"] is None) == (row["over_under_result"] is None) for row in players)


def test_without_injury_reports_nothing_is_known_of_absences(built):
    assert built.read(
        "select distinct has_injury_report, players_out_count, doubtful_players_count, questionable_players_count"
        " from nba_analytics.upcoming_team_game_context"
    ) == [
        {
            "has_injury_report": False,
            "players_out_count": None,
            "doubtful_players_count": None,
            "questionable_players_count": None,
        }
    ]
    names = (
        *("player_status", "is_available", "injury_report", "star_teammates_out", "questionable_star_teammates"),
        *("questionable_teammates", "probable_teammates"),
    )
    assert built.read(f"select distinct {', '.join(names)} from nba_analytics.upcoming_player_game_context") == [
        dict.fromkeys(names)
    ]


def test_a_name_with_a_comma_is_one_person_in_every_table(built):
    for table in ("player_game_summary", "upcoming_player_game_context"):
        people = built.read(
            f"select distinct player_full_name, universal_player_id, player_lookup from nba_analytics.{table}"
            " where player_full_name like '%, Jr.'"
        )
        assert len(people) == 1, table
        assert people[0]["universal_player_id"] == f"{people[0]['player_lookup']}_001"


def test_error_level_checks_pass(built):
    judged = readiness(
        EmbeddedWarehouse(built.home.warehouse), choose_tables(["nba_reference", "nba_analytics"]), DATES
    )
    broken = {f"{one.table}.{verdict.fact.name}": verdict.rows for one in judged for verdict in one.errors}
    assert broken == {}
    assert {one.table: one.verdict for one in judged if one.verdict == "NOT READY"} == {}


def test_a_date_without_games_says_so(built):
    status = built.read(
        f"select table_name, reason from nba_processing.partition_status where partition_date = '{FREE}'"
        " and row_count = 0"
    )
    reasons = {row["table_name"]: row["reason"] for row in status}
    tables = ("nba_raw.nbac_schedule", "nba_reference.dim_game", "nba_reference.player_box_lines", *ANALYTICS)
    assert {name: reasons.get(name) for name in tables} == dict.fromkeys(tables, "no_games")


def test_ingesting_again_writes_no_file(built):
    before = {path: path.stat().st_mtime_ns for path in built.home.landing.rglob("*.*")}
    report = ingest_archive(built.folder, built.home.landing)
    assert {path: path.stat().st_mtime_ns for path in built.home.landing.rglob("*.*")} == before
    assert report.lines == built.report.lines
