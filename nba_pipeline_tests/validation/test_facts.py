"""Facts made from a contract: each holds for good rows and breaks for the rows it is about."""

import datetime as dt
from contextlib import closing

import dagster as dg
import duckdb
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared
from nba_pipeline.contract.format import load_contract
from nba_pipeline.validation.facts import evaluate
from nba_pipeline.validation.implied import facts_of
from nba_pipeline.validation.lookback import ACCEPTED
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse

CONTRACT = """\
-- description: Shots of a player per game.
-- grain: One row per player and game.
-- key: game_id, player_lookup
-- unique: game_date, player_lookup
-- partition: game_date
-- source: shots
-- covers: final_games
-- column: game_id | string | not null | Game.
-- column: game_date | date | not null | Date.
-- column: player_lookup | string | not null | Player.
-- column: zone | string | in=paint/three | Zone.
-- column: attempts | int64 | range=0..40; core | Attempts.
-- column: makes | int64 | warn=0..20 | Makes.
-- column: share | float64 | nulls<=0.25 | Share of the team's attempts.
-- check: makes_do_not_exceed_attempts | block | No more made than attempted. | makes > attempts
"""
START = dt.date(2021, 10, 19)
MONTH = DateRange(START, START + dt.timedelta(days=27))


def shot(number: int, **changes) -> dict:
    day = START + dt.timedelta(days=number % 28)
    usual = {"zone": "paint", "attempts": 10 + number % 3, "makes": 5, "share": 0.2}
    return {"game_id": f"{day:%Y%m%d}_BOS_GSW", "game_date": day, "player_lookup": "a"} | usual | changes


@pytest.fixture
def verdicts(tmp_path):
    """Names of the facts that given rows break."""
    path = tmp_path / "nba_raw" / "shots.sql"
    path.parent.mkdir()
    path.write_text(CONTRACT, encoding="utf-8")
    contract = load_contract(path)

    def judge(rows, quarantined=(), games=28) -> set[str]:
        warehouse = EmbeddedWarehouse(tmp_path / "warehouse.duckdb")
        with closing(duckdb.connect(str(warehouse.path))) as con:
            con.execute("create schema nba_raw; create schema nba_reference")
            con.execute(
                "create table nba_raw.shots (game_id varchar, game_date date, player_lookup varchar, zone varchar,"
                " attempts bigint, makes bigint, share double)"
            )
            con.executemany(
                "insert into nba_raw.shots values (?, ?, ?, ?, ?, ?, ?)", [list(row.values()) for row in rows]
            )
            con.execute("create table nba_reference.dim_game (game_id varchar, game_date date, is_final boolean)")
            for number in range(games):
                game = shot(number)
                con.execute(
                    "insert into nba_reference.dim_game values (?, ?, true)", [game["game_id"], game["game_date"]]
                )
            con.execute(
                "create table nba_raw.quarantine (table_name varchar, landing_date date, source_file varchar,"
                " record_number bigint, field varchar, value varchar, reason varchar)"
            )
            for table in quarantined:
                con.execute("insert into nba_raw.quarantine values (?, ?, 'f', 1, 'x', 'y', 'z')", [table, START])
        warehouse.create([declared(ACCEPTED)])
        found = list(evaluate(warehouse, facts_of(contract), MONTH))
        for verdict in found:
            assert verdict.passed == (verdict.violations == 0) == (not verdict.rows)
        return {verdict.fact.name for verdict in found if not verdict.passed}

    return judge


GOOD = [shot(number) for number in range(28)]


def test_good_rows_break_nothing(verdicts):
    assert verdicts(GOOD) == set()


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        ([*GOOD, shot(0, zone="three")], {"key_is_unique", "unique_game_date_player_lookup"}),
        ([*GOOD, shot(0, game_id="20211019_LAL_GSW")], {"unique_game_date_player_lookup"}),
        ([*GOOD, shot(0, player_lookup=None)], {"key_is_filled"}),
        ([*GOOD, shot(0, game_date=None)], {"key_is_filled"}),
        ([*GOOD[1:], shot(0, attempts=41)], {"values_are_possible"}),
        ([*GOOD[1:], shot(0, zone="moon")], {"values_are_possible"}),
        ([*GOOD[1:], shot(0, share=float("nan"))], {"values_are_possible"}),
        ([*GOOD[1:], shot(0, attempts=30, makes=21)], {"values_are_usual"}),
        ([*GOOD[8:], *(shot(number, share=None) for number in range(8))], {"share_is_filled"}),
        ([shot(number, attempts=10) for number in range(28)], {"attempts_varies"}),
        (GOOD[1:], {"covers_every_game"}),
        ([*GOOD[1:], shot(0, attempts=4)], {"makes_do_not_exceed_attempts"}),
    ],
)
def test_each_fact_breaks_for_the_rows_it_is_about(verdicts, rows, broken):
    assert verdicts(rows) == broken


def test_a_record_in_quarantine_is_told_and_another_tables_is_not(verdicts):
    assert verdicts(GOOD, quarantined=["nba_raw.shots", "nba_raw.others"]) == {"no_record_in_quarantine"}


def test_another_tables_quarantine_is_not_ours(verdicts):
    assert verdicts(GOOD, quarantined=["nba_raw.others"]) == set()


def test_a_week_without_variation_is_no_suspicion(verdicts):
    assert verdicts([shot(number, attempts=10) for number in range(7)], games=7) == set()


def test_what_blocks_is_what_makes_rows_wrong(tmp_path):
    path = tmp_path / "nba_raw" / "shots.sql"
    path.parent.mkdir()
    path.write_text(CONTRACT, encoding="utf-8")
    facts = facts_of(load_contract(path))
    assert {fact.name for fact in facts if fact.blocking} == {
        "key_is_unique",
        "key_is_filled",
        "unique_game_date_player_lookup",
        "values_are_possible",
        "makes_do_not_exceed_attempts",
    }
    assert all(fact.blocking == (fact.severity is dg.AssetCheckSeverity.ERROR) for fact in facts)
