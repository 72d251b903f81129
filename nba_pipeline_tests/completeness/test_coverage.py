"""Gates: what the schedule expects, what the tables hold, and every verdict a gate can give."""

import datetime as dt
from contextlib import closing

import duckdb
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.coverage import expected_dates, judge_gate
from nba_pipeline.contract.catalog import declared, phase_tables
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.models.harness import given

START = dt.date(2021, 11, 2)
TWENTY = DateRange(START, START + dt.timedelta(days=19))
ANALYTICS = [table.name for table in phase_tables(3)]
PRECOMPUTE = [table.name for table in phase_tables(4)]
STATUS = "nba_processing.partition_status"


def game(day, away="BOS", home="GSW"):
    return {
        "game_id": f"{day:%Y%m%d}_{away}_{home}",
        "nba_game_id": f"{day:%Y%m%d}{away}",
        "game_date": day,
        "season_year": 2021,
        "home_team_abbr": home,
        "away_team_abbr": away,
        "is_final": True,
    }


def status(table, day, rows=1, reason=None):
    return {"table_name": table, "partition_date": day, "row_count": rows, "reason": reason}


class Stored:
    """A warehouse file in which every slate of twenty days is whole, until a test takes something away."""

    def __init__(self, path, dates=TWENTY):
        self.warehouse = EmbeddedWarehouse(path)
        with closing(duckdb.connect(str(path))) as con:
            days = list(dates.dates())
            given(con, "nba_reference.dim_game", [game(day) for day in days])
            given(con, STATUS, [status("nba_reference.dim_game", day) for day in days])
            for table in (*ANALYTICS, *PRECOMPUTE):
                given(con, STATUS, [status(table, day) for day in days])
            for table in ANALYTICS:
                given(con, table, [{"game_id": game(day)["game_id"], "game_date": day} for day in days])
            for table in PRECOMPUTE:
                given(con, table, [{declared(table).partition: day} for day in days])

    def run(self, *statements):
        with closing(duckdb.connect(str(self.warehouse.path))) as con:
            for statement in statements:
                con.execute(statement)

    def lose(self, table, *days):
        for day in days:
            self.run(
                f"delete from {table} where {declared(table).partition} = '{day}'",
                f"delete from {STATUS} where table_name = '{table}' and partition_date = '{day}'",
            )


@pytest.fixture
def stored(tmp_path):
    return Stored(tmp_path / "warehouse.duckdb")


def days(*offsets):
    return [START + dt.timedelta(days=offset) for offset in offsets]


def test_phases_are_found_in_the_graph():
    """The ten tables that consumers know, and whatever came after them."""
    assert {name.partition(".")[2] for name in ANALYTICS} >= {
        "player_game_summary",
        "team_defense_game_summary",
        "team_offense_game_summary",
        "upcoming_player_game_context",
        "upcoming_team_game_context",
    }
    assert {name.partition(".")[2] for name in PRECOMPUTE} >= {
        "team_defense_zone_analysis",
        "player_shot_zone_analysis",
        "player_daily_cache",
        "player_composite_factors",
        "ml_feature_store_v2",
    }
    assert PRECOMPUTE[-2:] == ["nba_precompute.player_composite_factors", "nba_predictions.ml_feature_store_v2"]


def test_a_whole_phase_passes_with_a_line_per_table_and_a_total(stored):
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert (report.verdict, report.exit_code) == ("PASS", 0)
    assert sum(line.strip().startswith("PASS") for line in report.lines) == len(ANALYTICS)
    assert report.lines[-1] == f"Phase 3 gate {TWENTY}: PASS, {len(ANALYTICS)} of {len(ANALYTICS)} tables"
    assert [(one.actual, one.expected, one.pct) for one in report.tables] == [(20, 20, 100.0)] * len(ANALYTICS)


def test_one_date_of_twenty_may_be_missing_and_two_may_not(stored):
    table = "nba_analytics.upcoming_team_game_context"
    stored.lose(table, *days(3))
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert (report.verdict, report.tables[-1].pct) == ("PASS", 95.0)
    stored.lose(table, *days(7))
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert (report.verdict, report.exit_code) == ("FAIL", 1)
    assert [one.table for one in report.failing] == [table]
    assert list(report.failing[0].missing) == days(3, 7)
    assert report.repair == "nba-pipeline backfill --start 2021-11-05 --end 2021-11-09"


def test_all_missing_dates_are_listed_however_many(stored):
    stored.lose("nba_analytics.player_game_summary", *days(*range(15)))
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert report.document["tables"][0]["missing"] == [day.isoformat() for day in days(*range(15))]


@pytest.mark.parametrize("table", ANALYTICS)
def test_the_expectation_is_the_schedules_whichever_table_loses_dates(stored, table):
    stored.lose(table, *days(0, 1))
    assert [one.table for one in judge_gate(stored.warehouse, 3, TWENTY).failing] == [table]


def test_a_date_with_one_of_two_games_is_not_whole(stored):
    with closing(duckdb.connect(str(stored.warehouse.path))) as con:
        given(con, "nba_reference.dim_game", [game(day, "LAL", "NYK") for day in days(4, 5)])
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert report.verdict == "FAIL"
    assert report.tables[0].reasons == dict.fromkeys(days(4, 5), "1 games missing")


def test_an_empty_expectation_is_not_applicable(stored):
    july = DateRange(dt.date(2022, 7, 1), dt.date(2022, 7, 9))
    for phase in (2, 3, 4):
        report = judge_gate(stored.warehouse, phase, july)
        assert (report.verdict, report.exit_code) == ("NOT_APPLICABLE", 4)


def test_a_range_inside_the_bootstrap_expects_nothing_of_precompute(tmp_path):
    bootstrap = DateRange(dt.date(2021, 10, 19), dt.date(2021, 10, 22))
    stored = Stored(tmp_path / "warehouse.duckdb", bootstrap)
    for phase in (3, 4):
        assert judge_gate(stored.warehouse, phase, bootstrap).exit_code == 4
    stored.lose("nba_analytics.player_game_summary", dt.date(2021, 10, 20))
    assert judge_gate(stored.warehouse, 3, bootstrap).verdict == "FAIL"


def test_dates_the_schedule_never_spoke_of_keep_the_gate_shut(stored):
    stored.run(
        "delete from nba_reference.dim_game where game_date = '2021-11-09'",
        f"delete from {STATUS} where table_name = 'nba_reference.dim_game' and partition_date = '2021-11-09'",
    )
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert report.verdict == "FAIL"
    assert "the schedule never spoke of 2021-11-09" in "\n".join(report.lines)
    assert expected_dates(stored.warehouse, TWENTY).unknown == (dt.date(2021, 11, 9),)


def test_a_rest_day_is_known_and_expects_nothing(stored):
    stored.run(
        "delete from nba_reference.dim_game where game_date = '2021-11-09'",
        f"update {STATUS} set row_count = 0, reason = 'no_games' where partition_date = '2021-11-09'",
    )
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert report.verdict == "PASS"
    assert {one.expected for one in report.tables} == {19}


def test_an_error_while_judging_is_a_failure(stored):
    stored.run("drop table nba_reference.dim_game", "create table nba_reference.dim_game as select 1 as nothing")
    report = judge_gate(stored.warehouse, 3, TWENTY)
    assert (report.verdict, report.exit_code, report.may_proceed) == ("ERROR", 1, False)
    assert report.error
    assert report.error in report.markdown


def test_an_override_needs_a_reason_and_keeps_it(stored):
    stored.lose("nba_analytics.player_game_summary", *days(0, 1))
    assert not judge_gate(stored.warehouse, 3, TWENTY).may_proceed
    report = judge_gate(stored.warehouse, 3, TWENTY, override_reason="lost for good, league confirmed")
    assert report.may_proceed
    assert report.verdict == "FAIL"
    assert "overridden: lost for good, league confirmed" in report.total
    assert report.document["override_reason"] == "lost for good, league confirmed"


def test_precompute_is_tracked_by_rows_or_an_expected_reason(stored):
    table = "nba_precompute.player_daily_cache"
    stored.lose(table, *days(3))
    report = judge_gate(stored.warehouse, 4, TWENTY)
    assert report.untracked == {table: tuple(days(3))}
    assert (report.verdict, report.exit_code) == ("FAIL", 1)


def test_a_date_on_which_everybody_has_a_good_reason_is_tracked(stored):
    table, day = "nba_precompute.player_daily_cache", START
    stored.run(
        f"delete from {table} where cache_date = '{day}'",
        f"update {STATUS} set row_count = 0, reason = 'source_missing' "
        f"where table_name = '{table}' and partition_date = '{day}'",
    )
    failure = {"processor_name": "player_daily_cache", "analysis_date": day, "entity_id": "a", "is_expected": True}
    with closing(duckdb.connect(str(stored.warehouse.path))) as con:
        given(con, "nba_processing.precompute_failures", [failure | {"is_correctable": False}])
    assert judge_gate(stored.warehouse, 4, DateRange(day, day)).verdict == "PASS"
    stored.run("delete from nba_processing.precompute_failures")
    assert judge_gate(stored.warehouse, 4, DateRange(day, day)).verdict == "FAIL"


def test_rows_that_vanish_are_noticed_although_the_partition_was_materialised(stored):
    for phase, table in ((3, "nba_analytics.player_game_summary"), (4, "nba_precompute.player_daily_cache")):
        stored.run(f"delete from {table} where {declared(table).partition} in ('2021-11-04', '2021-11-05')")
        (failing,) = judge_gate(stored.warehouse, phase, TWENTY).failing
        assert (failing.table, set(failing.reasons.values())) == (table, {"rows vanished"})


def test_bootstrap_rows_count_only_against_whole_seasons(tmp_path):
    """A season of 100 dates, 14 of them bootstrap: 86 % with rows is below 88 % although everything is tracked."""
    whole = DateRange(dt.date(2021, 10, 19), dt.date(2022, 6, 16))
    played = DateRange(dt.date(2021, 10, 19), dt.date(2022, 1, 26))
    stored = Stored(tmp_path / "warehouse.duckdb", played)
    rest = [day for day in whole.dates() if day > played.end]
    with closing(duckdb.connect(str(stored.warehouse.path))) as con:
        given(con, STATUS, [status("nba_reference.dim_game", day, 0, "no_games") for day in rest])
    empty = f"update {STATUS} set row_count = 0, reason = 'bootstrap' where partition_date <= '2021-11-01' and "
    stored.run(empty + "(table_name like 'nba_precompute%' or table_name like 'nba_predictions%')")
    for table in PRECOMPUTE:
        stored.run(f"delete from {table} where {declared(table).partition} <= '2021-11-01'")
    assert {one.verdict for one in judge_gate(stored.warehouse, 4, played).tables} == {"PASS"}
    tables = judge_gate(stored.warehouse, 4, whole).tables
    assert {(one.actual, one.expected, one.verdict) for one in tables} == {(86, 86, "FAIL")}
    assert "rows on 86/100 dates bootstrap included, 88 % needed over whole seasons" in tables[0].note


def test_phase_two_needs_every_game_from_some_source(stored):
    with closing(duckdb.connect(str(stored.warehouse.path))) as con:
        for table, name in (("nbac_schedule", "game_id"), ("nbac_player_boxscores", "nba_game_id")):
            rows = [{name: game(day)["nba_game_id"], "game_date": day} for day in TWENTY.dates()]
            given(con, f"nba_raw.{table}", rows)
    report = judge_gate(stored.warehouse, 2, TWENTY)
    assert report.verdict == "PASS"
    assert [(one.table, one.actual) for one in report.tables[:3]] == [
        ("schedule", 20),
        ("player box scores", 20),
        ("team box scores", 20),
    ]
    stored.run("delete from nba_raw.nbac_player_boxscores where game_date = '2021-11-04'")
    report = judge_gate(stored.warehouse, 2, TWENTY)
    assert [one.table for one in report.failing] == ["player box scores", "team box scores"]
    assert list(report.failing[0].missing) == [dt.date(2021, 11, 4)]
