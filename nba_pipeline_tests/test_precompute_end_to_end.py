"""The precompute tables on a simulated start of a season, through Dagster, and their laws."""

import datetime as dt
from itertools import product

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.readiness import readiness
from nba_pipeline.contract.catalog import declared, runnable_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.cascade import affected_by
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SEASON_START, SLATES, contents, spoil

PHASE_4 = tuple(name for name, contract in runnable_contracts().items() if contract.level)
POST_GAME = tuple(f"nba_analytics.{name}_game_summary" for name in ("player", "team_offense", "team_defense"))
RESULTS = (*POST_GAME, "nba_reference.player_box_lines", "nba_reference.team_box_lines", "nba_reference.shot_events")


def build(home, tables, dates, switches=DEFAULT):
    with open_instance(home.root) as instance:
        return materialise(defs, instance, choose_tables(list(tables)), dates, switches=switches)


def phase_4(home):
    return contents(home, PHASE_4, SLATES)


def test_phase_4_is_five_tables():
    assert len(PHASE_4) == 5


def test_the_bootstrap_is_empty_for_a_reason_and_slates_after_it_have_rows(season_start):
    told = (
        EmbeddedWarehouse(season_start.warehouse)
        .read(
            "select table_name, partition_date, state, reason from nba_processing.partition_state"
            f" where partition_date between date '{SEASON_START.start}' and date '{SEASON_START.end}'"
        )
        .to_pylist()
    )
    expected = {
        (table, day): ("whole", None) if day >= SLATES.start else ("empty", "bootstrap")
        for table in PHASE_4
        for day in SEASON_START.dates()
    }
    states = {(row["table_name"], row["partition_date"]): (row["state"], row["reason"]) for row in told}
    assert {partition: states[partition] for partition in expected} == expected


def test_no_error_level_check_fails_and_everybody_is_accounted_for(season_start):
    judged = readiness(EmbeddedWarehouse(season_start.warehouse), choose_tables(list(PHASE_4)), SEASON_START)
    assert {f"{one.table}.{verdict.fact.name}": verdict.rows for one in judged for verdict in one.errors} == {}
    assert all("everybody_is_accounted_for" in {verdict.fact.name for verdict in one.verdicts} for one in judged)
    assert {one.coverage for one in judged} == {1.0}


def test_a_row_that_vanishes_without_a_failure_is_noticed(copied):
    spoil(copied, "delete from nba_precompute.player_daily_cache where player_lookup like 'a%'")
    (judged,) = readiness(EmbeddedWarehouse(copied.warehouse), choose_tables(["player_daily_cache"]), SLATES)
    assert "everybody_is_accounted_for" in {verdict.fact.name for verdict in judged.errors}


def test_day_by_day_equals_the_range_and_a_rebuild_changes_nothing(season_start, copied):
    for day in SLATES.dates():
        assert build(copied, PHASE_4, DateRange(day, day)).success
    assert phase_4(copied) == phase_4(season_start)


def test_no_switch_changes_a_row(season_start, copied):
    spoil(copied, *(f"delete from {table}" for table in PHASE_4))
    assert build(copied, PHASE_4, SLATES, Switches(backfill_mode=True, strict_mode=False)).success
    assert phase_4(copied) == phase_4(season_start)


def test_no_combination_of_switches_changes_a_row(season_start, copied):
    table = "nba_precompute.team_defense_zone_analysis"
    expected = contents(season_start, [table], SLATES)
    for backfill, skip, strict, reason in product((True, False), (True, False), (True, False), ("", "a known outage")):
        spoil(copied, f"delete from {table}")
        assert build(copied, [table], SLATES, Switches(backfill, skip, strict, reason)).success
        assert contents(copied, [table], SLATES) == expected


def test_deleting_everything_from_a_slate_on_changes_no_row_of_it(season_start, copied):
    day = dt.date(2021, 11, 3)
    spoil(
        copied,
        *(
            f"delete from {table} where game_date >= '{day}'"
            for table in (*POST_GAME, "nba_reference.player_box_lines")
        ),
        f"delete from nba_analytics.upcoming_player_game_context where game_date > '{day}'",
        f"delete from nba_analytics.upcoming_team_game_context where game_date > '{day}'",
        f"delete from nba_reference.dim_game where game_date > '{day}'",
        f"update nba_reference.dim_game set is_final = false, game_status = 1, home_team_score = null, "
        f"away_team_score = null where game_date = '{day}'",
        *(f"delete from {table} where {declared(table).partition} >= '{day}'" for table in PHASE_4),
    )
    assert build(copied, PHASE_4, DateRange(day, day)).success
    one_day = DateRange(day, day)
    assert contents(copied, PHASE_4, one_day) == contents(season_start, PHASE_4, one_day)


def test_a_gap_upstream_blocks_with_the_command_that_repairs_it_and_keeps_what_is_stored(season_start, copied):
    table = "nba_precompute.player_shot_zone_analysis"
    gap = "delete from {} where {} = '2021-10-30'"
    spoil(
        copied,
        gap.format("nba_analytics.player_game_summary", "game_date"),
        gap.format(
            "nba_processing.partition_status", "table_name = 'nba_analytics.player_game_summary' and partition_date"
        ),
    )
    outcome = build(copied, [table], DateRange(SLATES.end, SLATES.end))
    assert not outcome.success
    (failure,) = outcome.failures
    assert "is blocked at 2021-11-04: nba_analytics.player_game_summary has nothing for 1 dates" in failure
    assert "Repair: nba-pipeline backfill --start 2021-10-30 --end 2021-10-30" in failure
    assert phase_4(copied) == phase_4(season_start)
    assert build(copied, [table], DateRange(SLATES.end, SLATES.end), Switches(strict_mode=False)).success


def test_a_corrected_date_names_what_stands_on_it(season_start):
    found = {
        one.table.name: one for one in affected_by(EmbeddedWarehouse(season_start.warehouse), dt.date(2021, 11, 2))
    }
    assert found.keys() >= {*PHASE_4, *POST_GAME}
    assert list(found["nba_analytics.player_game_summary"].dates) == [dt.date(2021, 11, 2)]
    zones = found["nba_precompute.player_shot_zone_analysis"]
    assert list(zones.dates) == [dt.date(2021, 11, 3), dt.date(2021, 11, 4)]
    assert 0 < zones.naming_rows < zones.rows
