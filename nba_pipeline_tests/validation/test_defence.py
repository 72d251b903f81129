"""Defensive checks: blocking for a real gap, silent on days without games, loud but harmless when told to be."""

import datetime as dt
from contextlib import closing

import duckdb
import pytest

from nba_pipeline.calendar import DateRange, empty_reason
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept, withdraw
from nba_pipeline.contract.catalog import declared
from nba_pipeline.errors import DependencyError, PipelineError
from nba_pipeline.switches import DEFAULT, Switches
from nba_pipeline.validation.defence import defend
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import spoil
from nba_pipeline_tests.models.harness import given, rows_of

TABLE = declared("nba_precompute.team_defense_zone_analysis")
UPSTREAM = "nba_analytics.team_defense_game_summary"
SCHEDULE = "nba_reference.dim_game"
OPENING = dt.date(2021, 10, 19)
SEASON = {
    "season_year": 2021,
    "season": "2021-22",
    "regular_start": OPENING,
    "regular_end": dt.date(2022, 4, 10),
    "season_end": dt.date(2022, 6, 16),
    "all_star_start": dt.date(2022, 2, 18),
    "all_star_end": dt.date(2022, 2, 23),
    "bootstrap_end": dt.date(2021, 11, 1),
}


SHOTS = {"fg_makes": 40, "fg_attempts": 90}
#: The home team wins 100 to 95.
GSW = {"points": 100, "against": 95, "win_flag": True, "margin_of_victory": 5}
BOS = {"points": 95, "against": 100, "win_flag": False, "margin_of_victory": -5}


def sides(game):
    """Rows of both teams: defence, offence."""
    for team, opponent, result in (("GSW", "BOS", GSW), ("BOS", "GSW", BOS)):
        told = {name: result[name] for name in ("win_flag", "margin_of_victory")}
        shared = game | told | {"opponent_team_abbr": opponent, "season_type": "regular"}
        defence = {"defending_team_abbr": team, "points_allowed": result["against"]}
        offence = {"team_abbr": team, "points_scored": result["points"]}
        yield (
            shared | defence | {f"opp_{name}": count for name, count in SHOTS.items()},
            shared | offence | SHOTS,
        )


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def stored(tmp_path):
    """A warehouse in which every date has one final game and analytics of it, except the dates that are named."""

    def make(last: str, *, free=(), without_upstream=(), without_schedule=(), twice=()) -> EmbeddedWarehouse:
        path = tmp_path / "warehouse.duckdb"
        games, upstream, offence, status = [], [], [], []
        for offset in range((day(last) - OPENING).days + 1):
            date = OPENING + dt.timedelta(days=offset)
            game = {"game_id": f"{date:%Y%m%d}_BOS_GSW", "game_date": date, "season_year": 2021}
            is_free = date.isoformat() in free or empty_reason(date) != "no_games"
            if date.isoformat() in without_schedule:
                continue
            reason = None if not is_free else empty_reason(date)
            status.append((SCHEDULE, date, 0 if is_free else 1, reason))
            if is_free:
                continue
            is_today = date == day(last)
            games.append(
                game
                | {
                    "home_team_abbr": "GSW",
                    "away_team_abbr": "BOS",
                    "is_final": not is_today,
                    "season_type": "regular",
                    "game_status": 3,
                }
            )
            if date.isoformat() in without_upstream or is_today:
                continue
            status.append((UPSTREAM, date, 1, None))
            for defence_row, offence_row in sides(game):
                upstream += [defence_row] * (2 if date.isoformat() in twice else 1)
                offence.append(offence_row)
        with closing(duckdb.connect(str(path))) as con:
            con.execute("set TimeZone = 'UTC'")
            given(con, "nba_reference.season_calendar", [SEASON])
            given(con, SCHEDULE, games)
            given(con, UPSTREAM, upstream)
            given(con, "nba_analytics.team_offense_game_summary", offence)
            names = ("table_name", "partition_date", "row_count", "reason")
            given(con, "nba_processing.partition_status", [dict(zip(names, row, strict=True)) for row in status])
            rows_of(con, "nba_processing.precompute_slates")
        return EmbeddedWarehouse(path)

    return make


def check(warehouse, date: str, switches=DEFAULT, said=None) -> str:
    say = said.append if said is not None else lambda _: None
    return defend(warehouse, TABLE, DateRange(day(date), day(date)), switches, say)


def test_a_whole_look_back_passes(stored):
    assert "is whole over the 15 days before" in check(stored("2021-11-20"), "2021-11-20")


def test_days_without_games_are_no_gap(stored):
    assert "is whole" in check(stored("2021-11-26", free=["2021-11-24", "2021-11-25"]), "2021-11-26")


def test_the_all_star_break_is_no_gap(stored):
    assert "is whole" in check(stored("2022-02-24"), "2022-02-24")


def test_the_first_slate_after_the_bootstrap_looks_back_to_opening_night_only(stored):
    assert "is whole" in check(stored("2021-11-02"), "2021-11-02")


def test_bootstrap_dates_have_nothing_to_defend(stored):
    assert "passed" in check(stored("2021-10-19"), "2021-10-19")


def test_a_gap_blocks_and_says_what_to_run(stored):
    warehouse = stored("2021-11-20", without_upstream=["2021-11-08", "2021-11-10"])
    with pytest.raises(DependencyError) as caught:
        check(warehouse, "2021-11-20")
    blocked = caught.value
    assert blocked.blocked_date == day("2021-11-20")
    assert blocked.upstream == UPSTREAM
    assert blocked.missing_dates == (day("2021-11-08"), day("2021-11-10"))
    assert blocked.command == "nba-pipeline backfill --start 2021-11-08 --end 2021-11-10"
    assert blocked.command in str(blocked)
    assert "2021-11-08, 2021-11-10" in str(blocked)


def test_accepted_dates_are_no_gap_of_the_look_back(stored):
    warehouse = stored("2021-11-20", without_upstream=["2021-11-08", "2021-11-10"])
    accept(warehouse, AcceptedGap(UPSTREAM, DateRange(day("2021-11-08"), day("2021-11-08")), "in no source", "ada"))
    with pytest.raises(DependencyError) as caught:
        check(warehouse, "2021-11-20")
    assert caught.value.missing_dates == (day("2021-11-10"),)
    accept(warehouse, AcceptedGap(UPSTREAM, DateRange(day("2021-11-10"), day("2021-11-10")), "in no source", "ada"))
    check(warehouse, "2021-11-20")
    assert withdraw(warehouse, UPSTREAM, DateRange(day("2021-11-08"), day("2021-11-10"))) == 2
    with pytest.raises(DependencyError):
        check(warehouse, "2021-11-20")


def test_rows_that_vanished_since_they_were_published_are_a_gap(stored):
    warehouse = stored("2021-11-20")
    with closing(duckdb.connect(str(warehouse.path))) as con:
        con.execute(f"delete from {UPSTREAM} where game_date = '2021-11-12'")
    with pytest.raises(DependencyError) as blocked:
        check(warehouse, "2021-11-20")
    assert list(blocked.value.missing_dates) == [day("2021-11-12")]


def test_a_slate_whose_pre_game_table_was_never_computed_is_blocked(copied):
    """The feature store is not made without the composite factors of its own slate."""
    spoil(
        copied,
        "delete from nba_processing.partition_status "
        "where table_name = 'nba_precompute.player_composite_factors' and partition_date = '2021-11-04'",
    )
    slate = DateRange(day("2021-11-04"), day("2021-11-04"))
    with pytest.raises(DependencyError, match="player_composite_factors was never computed for 1 of its slates"):
        defend(EmbeddedWarehouse(copied.warehouse), declared("nba_predictions.ml_feature_store_v2"), slate, DEFAULT)


def test_a_gap_older_than_the_look_back_is_somebody_elses(stored):
    assert "is whole" in check(stored("2021-11-30", without_upstream=["2021-11-08"]), "2021-11-30")


def test_the_previous_slate_counts_however_far_back(stored):
    free = [f"2021-11-{number:02d}" for number in range(3, 30)]
    warehouse = stored("2021-11-30", free=free, without_upstream=["2021-11-02"])
    with pytest.raises(DependencyError, match="2021-11-02"):
        check(warehouse, "2021-11-30")


def test_a_lost_schedule_is_not_a_day_without_games(stored):
    warehouse = stored("2021-11-20", without_schedule=["2021-11-12"])
    with pytest.raises(DependencyError, match=r"nba_reference\.dim_game has nothing for 1 dates") as caught:
        check(warehouse, "2021-11-20")
    assert caught.value.upstream == SCHEDULE


def test_a_broken_blocking_check_of_the_upstream_blocks(stored):
    warehouse = stored("2021-11-20", twice=["2021-11-19"])
    with pytest.raises(DependencyError, match="fails key_is_unique"):
        check(warehouse, "2021-11-20")


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        (Switches(backfill_mode=True), "bypassed: backfill mode reports and goes on"),
        (Switches(strict_mode=False), "not enforced: strict mode is off"),
    ],
)
def test_a_gap_is_reported_when_it_may_not_block(stored, switches, message):
    said = []
    warehouse = stored("2021-11-20", without_upstream=["2021-11-08"])
    assert message in check(warehouse, "2021-11-20", switches, said)
    assert "2021-11-08" in said[0]


def test_an_error_inside_the_check_blocks(stored):
    warehouse = stored("2021-11-20")
    with closing(duckdb.connect(str(warehouse.path))) as con:
        con.execute("alter table nba_processing.partition_status rename column reason to why")
    with pytest.raises(PipelineError, match="the defensive check could not be made"):
        check(warehouse, "2021-11-20")
