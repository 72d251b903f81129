"""Check results as Dagster stores them: about everything stored, blocking only for the run's own range."""

import datetime as dt
from dataclasses import replace

import dagster as dg
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept
from nba_pipeline.completeness.coverage import judge_gate
from nba_pipeline.contract.catalog import declared
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.launch import materialise
from nba_pipeline.operations.plan import plan
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS, STATUS
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline.warehouse.seam import Query, Stage
from nba_pipeline_tests.conftest import spoil

PLAYERS = "nba_analytics.player_game_summary"
FIRST, SECOND = dt.date(2021, 10, 20), dt.date(2021, 10, 22)


def check(home, table, name, first=None, last=None, *, switches=DEFAULT):
    """Execute one check of a table as the UI does, over a range or over everything stored."""
    selection = dg.AssetSelection.checks(dg.AssetCheckKey(asset_key(table), name))
    job = dg.define_asset_job("one_check", selection)
    repository = dg.Definitions(
        assets=defs.assets, asset_checks=defs.asset_checks, resources=defs.resources, jobs=[job]
    )
    tags = dict(switches.tags)
    if first:
        tags |= {
            "dagster/asset_partition_range_start": f"{first}",
            "dagster/asset_partition_range_end": f"{last or first}",
        }
    with open_instance(home.root) as instance:
        result = repository.resolve_job_def("one_check").execute_in_process(
            instance=instance, tags=tags, raise_on_error=False
        )
    return result.get_asset_check_evaluations()[0]


def stored_violations(home):
    rows = EmbeddedWarehouse(home.warehouse).read(
        f"select check_name, partition_date, violations, severity from {OPEN_VIOLATIONS} where table_name = @table",
        {"table": PLAYERS},
    )
    return {tuple(row.values()) for row in rows.to_pylist() if row["check_name"] == "values_are_possible"}


@pytest.fixture
def impossible(copied):
    """A player with 400 points on one date."""
    spoil(copied, f"update {PLAYERS} set points = 400 where game_date = '{FIRST}' and points > 25")
    return copied


def test_a_violation_names_its_dates_its_rows_and_what_to_do(impossible):
    found = check(impossible, PLAYERS, "values_are_possible")
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.ERROR
    assert list(found.metadata["violations_by_date"].value) == [f"{FIRST}"]
    assert "400" in found.metadata["first_rows"].value
    assert found.metadata["catalogue"].value.startswith("V11")
    assert found.metadata["what_to_do"].value
    assert found.metadata["query"].value.startswith("```sql\nSELECT")


def test_a_name_out_of_a_file_stays_in_its_cell(copied):
    """One row breaks the fact, its name would be a tag, a column and a line of its own."""
    one = f"select rowid from {PLAYERS} where game_date = '{FIRST}' and points > 5 limit 1"
    spoil(copied, f"update {PLAYERS} set points = 400, player_lookup = '<b>|x' || chr(10) where rowid in ({one})")
    head, rule, row = check(copied, PLAYERS, "values_are_possible").metadata["first_rows"].value.splitlines()
    assert "&#60;b&#62;&#124;x" in row
    assert head.count("|") == rule.count("|") == row.count("|")


def test_a_run_over_another_date_does_not_turn_it_green_and_is_not_blocked(impossible):
    check(impossible, PLAYERS, "values_are_possible", FIRST)
    other = check(impossible, PLAYERS, "values_are_possible", SECOND)
    assert not other.passed
    assert other.severity is dg.AssetCheckSeverity.WARN
    assert other.description == f"{SECOND}...{SECOND}: 0 violations; still open on {FIRST}"


def test_a_home_without_a_table_that_came_later_is_judged(copied):
    spoil(copied, "drop view nba_processing.available_sources")
    spoil(copied, "drop table nba_processing.accepted_gaps")
    assert check(copied, "nba_reference.player_box_lines", "covers_every_game", FIRST).passed
    assert check(copied, "nba_precompute.player_shot_zone_analysis", "paint_share_is_known", SECOND).passed


def test_the_repaired_date_closes_its_violation(impossible):
    check(impossible, PLAYERS, "values_are_possible", FIRST)
    ((_, day, _, severity),) = stored_violations(impossible)
    assert (day, severity) == (FIRST, "error")
    spoil(impossible, f"update {PLAYERS} set points = 20 where points = 400")
    assert check(impossible, PLAYERS, "values_are_possible", FIRST).passed
    assert stored_violations(impossible) == set()
    assert check(impossible, PLAYERS, "values_are_possible", SECOND).passed


def test_judging_one_check_forgets_nothing_of_another(impossible):
    check(impossible, PLAYERS, "values_are_possible", FIRST)
    check(impossible, PLAYERS, "points_add_up", FIRST)
    assert len(stored_violations(impossible)) == 1


@pytest.mark.parametrize(
    ("switches", "severity", "said"),
    [
        (DEFAULT, dg.AssetCheckSeverity.ERROR, ""),
        (Switches(backfill_mode=True), dg.AssetCheckSeverity.WARN, "not blocking: backfill mode"),
        (Switches(strict_mode=False), dg.AssetCheckSeverity.WARN, "not blocking: strict mode is off"),
    ],
)
def test_what_is_missing_blocks_unless_the_run_says_otherwise(copied, switches, severity, said):
    spoil(copied, f"delete from {PLAYERS} where game_id = (select min(game_id) from {PLAYERS})")
    found = check(copied, PLAYERS, "covers_every_game", "2021-10-19", "2021-10-22", switches=switches)
    assert (found.passed, found.severity) == (False, severity)
    assert said in found.description


def test_a_game_that_no_source_has_is_missing_until_somebody_accepts_it(copied):
    spoil(copied, f"delete from {PLAYERS} where game_date = date '2021-10-22'")
    assert not check(copied, PLAYERS, "covers_every_game", "2021-10-19", "2021-10-22").passed
    day = dt.date(2021, 10, 22)
    gap = AcceptedGap("player_box_lines", DateRange(day, day), "the archive lacks the date", "ada")
    assert PLAYERS in accept(EmbeddedWarehouse(copied.warehouse), gap)
    assert check(copied, PLAYERS, "covers_every_game", "2021-10-19", "2021-10-22").passed
    with pytest.raises(UsageError, match="cannot be accepted: name one of"):
        accept(EmbeddedWarehouse(copied.warehouse), replace(gap, table="dim_game"))
    with pytest.raises(UsageError, match="needs its reason: give --reason TEXT"):
        accept(EmbeddedWarehouse(copied.warehouse), replace(gap, reason=" "))


def test_what_is_wrong_blocks_in_every_mode(impossible):
    quiet = Switches(backfill_mode=True, strict_mode=False)
    found = check(impossible, PLAYERS, "values_are_possible", FIRST, switches=quiet)
    assert found.severity is dg.AssetCheckSeverity.ERROR


def test_the_range_of_a_run_is_read_from_its_tags():
    from nba_pipeline.keys import run_range

    day = {"dagster/partition": "2021-10-20"}
    assert run_range(day) == DateRange(FIRST, FIRST)
    assert run_range({}) is None


def judged(home, table=PLAYERS):
    """Whether each stored date of a table counts as judged, by date."""
    rows = EmbeddedWarehouse(home.warehouse).read(
        f"select partition_date, is_judged from {STATUS} where table_name = '{table}'"
    )
    return {row["partition_date"]: row["is_judged"] for row in rows.to_pylist()}


def test_a_published_date_is_unjudged_until_all_checks_of_its_table_have_run(copied):
    warehouse = EmbeddedWarehouse(copied.warehouse)
    assert set(judged(copied).values()) == {True}
    rows = Query(f"select * from {PLAYERS} where game_date = @start_date", {"start_date": SECOND})
    warehouse.publish([Stage(declared(PLAYERS), rows, DateRange(SECOND, SECOND))])
    assert [day for day, done in judged(copied).items() if not done] == [SECOND]
    gate = judge_gate(warehouse, 3, DateRange(FIRST, SECOND))
    (players,) = [one for one in gate.tables if one.table == PLAYERS]
    assert players.reasons == {SECOND: "stored, but its checks never judged it"}

    with open_instance(copied.root) as instance:
        todo = plan(warehouse, instance, [declared(PLAYERS)], DateRange(FIRST, SECOND))
    assert todo.tables[0].missing == (SECOND,)

    check(copied, PLAYERS, "points_add_up", SECOND)
    assert not judged(copied)[SECOND]
    with open_instance(copied.root) as instance:
        assert materialise(defs, instance, [declared(PLAYERS)], DateRange(SECOND, SECOND)).success
    assert set(judged(copied).values()) == {True}


def test_a_table_without_checks_of_its_own_is_never_unjudged(copied):
    spoil(copied, f"update {PLAYERS} set steals = 30 where game_date = '{SECOND}' and did_play")
    check(copied, PLAYERS, "values_are_possible", SECOND)
    assert set(judged(copied, OPEN_VIOLATIONS).values()) <= {None}
