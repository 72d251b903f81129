"""The predictions' clock, its pool, and what it says about a slate."""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest
from dagster._core.op_concurrency_limits_counter import GlobalOpConcurrencyLimitsCounter
from dagster._utils.schedules import schedule_execution_time_iterator

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.slates import Slate, slates
from nba_pipeline.contract.catalog import declared
from nba_pipeline.graph.predictions_clock import (
    POOL,
    READY,
    SLATE_READINESS,
    predictions_clock,
    predictions_daily,
    slate_readiness,
)
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse

NEW_YORK = ZoneInfo("America/New_York")
DAY = dt.date(2021, 12, 1)
DAILY_JOB = dg.Definitions(
    assets=[slate_readiness],
    jobs=[predictions_daily],
    schedules=[predictions_clock],
    resources={"pipeline": PipelineResource()},
    executor=dg.in_process_executor,
)


# The clock


def ticks(start, days):
    """The ticks after a moment, as New York sees them."""
    clock = predictions_clock
    times = schedule_execution_time_iterator(start.timestamp(), clock.cron_schedule, clock.execution_timezone)
    return [next(times).astimezone(NEW_YORK) for _ in range(days)]


@pytest.mark.parametrize(
    ("change", "utc_hours"),
    [(dt.date(2022, 3, 13), [11, 10, 10]), (dt.date(2021, 11, 7), [10, 11, 11])],
    ids=["clocks forward", "clocks back"],
)
def test_the_clock_strikes_at_a_quarter_past_six_in_new_york_on_the_day_the_clocks_change(change, utc_hours):
    start = dt.datetime.combine(change - dt.timedelta(days=1), dt.time(), NEW_YORK)
    found = ticks(start, 3)
    assert [(tick.hour, tick.minute) for tick in found] == [(6, 15)] * 3
    assert [tick.date() for tick in found] == [change + dt.timedelta(days=offset) for offset in (-1, 0, 1)]
    assert [tick.astimezone(dt.UTC).hour for tick in found] == utc_hours


@pytest.mark.parametrize("change", [dt.date(2022, 3, 13), dt.date(2021, 11, 7), dt.date(2021, 12, 31)])
def test_a_tick_asks_for_the_slate_of_its_eastern_date(change):
    (tick,) = ticks(dt.datetime.combine(change, dt.time(), NEW_YORK), 1)
    context = dg.build_schedule_context(
        scheduled_execution_time=tick.astimezone(dt.UTC), repository_def=DAILY_JOB.get_repository_def()
    )
    (request,) = predictions_clock.evaluate_tick(context).run_requests
    assert request.partition_key == change.isoformat()


def test_the_clock_is_off_until_somebody_switches_it_on():
    assert predictions_clock.default_status is dg.DefaultScheduleStatus.STOPPED


def test_the_slate_stands_on_the_context_and_the_features_of_its_own_date():
    node = DAILY_JOB.resolve_asset_graph().get(SLATE_READINESS)
    assert {".".join(key.path) for key in node.parent_keys} == {
        "nba_analytics.upcoming_player_game_context",
        "nba_predictions.ml_feature_store_v2",
    }


# The pool


@dg.asset(pool="warehouse")
def backfilled() -> None: ...


def is_held(instance, queued, in_progress):
    """Whether Dagster's queue holds a run back for the pools of the runs in progress."""
    pools = instance.get_concurrency_config().pool_config
    (record,) = instance.get_run_records(dg.RunsFilter(run_ids=[in_progress.run_id]))
    counter = GlobalOpConcurrencyLimitsCounter(
        instance,
        [queued],
        [record],
        concurrency_keys=instance.event_log_storage.get_concurrency_keys(),
        pool_limits=instance.event_log_storage.get_pool_limits(),
        pool_granularity=pools.pool_granularity,
    )
    return counter.is_blocked(queued)


def test_a_backfill_that_holds_the_warehouse_does_not_hold_the_predictions(tmp_path):
    backfill = dg.Definitions(assets=[backfilled]).resolve_implicit_global_asset_job_def()
    daily = DAILY_JOB.resolve_job_def(predictions_daily.name)
    with open_instance(tmp_path) as instance:
        for pool in ("warehouse", POOL):
            instance.event_log_storage.initialize_concurrency_limit_to_default(pool)
        under_way = instance.create_run_for_job(backfill, status=dg.DagsterRunStatus.STARTED)
        another = instance.create_run_for_job(backfill)
        predictions = instance.create_run_for_job(daily, tags={"dagster/partition": "2021-12-01"})
        assert set(predictions.run_op_concurrency.all_pools) == {POOL}
        assert is_held(instance, another, under_way)
        assert not is_held(instance, predictions, under_way)


# The slate


def ready(**changes):
    """A slate of two games and twenty players, twelve of them computed, on a date after the bootstrap."""
    whole = {
        "games": 2,
        "games_with_both_defences": 2,
        "players": 20,
        "lines": 9,
        "cached_players": 12,
        "shot_zone_players": 12,
        "feature_rows": 12,
        "production_ready": 8,
    }
    return Slate(**({"date": DAY, "spoken": True} | whole | changes))


@pytest.mark.parametrize(
    ("slate", "reason", "lacking"),
    [
        (ready(), "ready", set()),
        (ready(cached_players=11), "missing_dependencies", {"nba_precompute.player_daily_cache"}),
        (ready(shot_zone_players=11), "missing_dependencies", {"nba_precompute.player_shot_zone_analysis"}),
        (ready(games_with_both_defences=1), "missing_dependencies", {"nba_precompute.team_defense_zone_analysis"}),
        (ready(players=0), "missing_dependencies", {"nba_analytics.upcoming_player_game_context"}),
        (Slate(DAY, spoken=False), "missing_dependencies", {"nba_reference.dim_game"}),
        (Slate(DAY, spoken=True), "no_games", set()),
        (ready(date=dt.date(2021, 10, 20), cached_players=0), "bootstrap", set()),
        (Slate(dt.date(2022, 2, 19), spoken=False), "all_star_break", set()),
        (Slate(dt.date(2022, 7, 4), spoken=False), "off_season", set()),
    ],
)
def test_a_slate_is_ready_or_says_what_it_lacks(slate, reason, lacking):
    assert slate.reason == reason
    assert set(slate.lacking) == lacking


def test_what_is_lacking_is_said_in_numbers():
    assert ready(cached_players=11).lacking == {
        "nba_precompute.player_daily_cache": "11 of 20 players, 60% are required"
    }


def stored(home, table, *rows):
    """Insert rows of which only the named columns matter; other required ones are filled with nothing in particular."""
    contract = declared(table)
    EmbeddedWarehouse(home / "warehouse.duckdb").create([contract])
    fillers = {
        "string": "x",
        "int64": 0,
        "float64": 0.0,
        "bool": False,
        "date": DAY,
        "timestamp": dt.datetime(2021, 12, 1, tzinfo=dt.UTC),
    }
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        for row in rows:
            full = {one.name: fillers[one.type] for one in contract.columns if one.not_null} | row
            marks = ", ".join("?" * len(full))
            con.execute(f"insert into {table} ({', '.join(full)}) values ({marks})", list(full.values()))


def build_slate(home, *, cached, features="abc"):
    """BOS at NYK on 1 December: five players listed, two with a line, some computed; ATL's game is a day later."""
    people = ["a", "b", "c", "d", "e"]
    stored(
        home,
        "nba_reference.dim_game",
        {"game_id": "1", "game_date": DAY, "home_team_abbr": "NYK", "away_team_abbr": "BOS"},
        {"game_id": "2", "game_date": DAY + dt.timedelta(days=1), "home_team_abbr": "ATL", "away_team_abbr": "BOS"},
    )
    stored(
        home,
        "nba_analytics.upcoming_player_game_context",
        *({"player_lookup": one, "game_date": DAY, "has_prop_line": one in "ab"} for one in people),
    )
    stored(
        home,
        "nba_precompute.player_daily_cache",
        *({"player_lookup": one, "cache_date": DAY} for one in people[:cached]),
        {"player_lookup": "e", "cache_date": DAY - dt.timedelta(days=1)},
    )
    stored(
        home,
        "nba_precompute.player_shot_zone_analysis",
        *({"player_lookup": one, "analysis_date": DAY} for one in people[:4]),
    )
    stored(
        home,
        "nba_precompute.team_defense_zone_analysis",
        *({"team_abbr": one, "analysis_date": DAY} for one in ("BOS", "NYK")),
    )
    stored(
        home,
        "nba_predictions.ml_feature_store_v2",
        *({"player_lookup": one, "game_date": DAY, "is_production_ready": one == "a"} for one in features),
    )


def run_readiness(home, **range_or_day):
    job = DAILY_JOB.resolve_job_def(predictions_daily.name)
    with open_instance(home) as instance:
        result = job.execute_in_process(instance=instance, **range_or_day)
        (check,) = result.get_asset_check_evaluations()
        metadata = {
            record.partition_key: {name: value.value for name, value in record.asset_materialization.metadata.items()}
            for record in instance.fetch_materializations(SLATE_READINESS, limit=10).records
        }
    return result, check, metadata


def test_the_slate_of_a_date_is_counted_and_its_check_passes(tmp_path):
    build_slate(tmp_path, cached=3)
    result, check, metadata = run_readiness(tmp_path, partition_key=DAY.isoformat())
    assert result.success
    assert (check.check_name, check.passed, check.blocking) == (READY, True, False)
    assert (
        metadata[DAY.isoformat()]
        | {
            "reason": "ready",
            "games": 1,
            "games_with_both_defences": 1,
            "players": 5,
            "players_with_a_line": 2,
            "players_with_features": 3,
            "share_cached": 0.6,
            "share_with_shot_zones": 0.8,
            "share_with_features": 0.6,
            "share_production_ready": 0.2,
        }
        == metadata[DAY.isoformat()]
    )


def test_a_slate_below_the_minimum_fails_its_check_but_not_the_run(tmp_path):
    build_slate(tmp_path, cached=2)
    result, check, metadata = run_readiness(tmp_path, partition_key=DAY.isoformat())
    assert result.success
    assert not check.passed
    assert metadata[DAY.isoformat()]["reason"] == "missing_dependencies"
    assert check.metadata["lacking"].value == {
        "2021-12-01": {"nba_precompute.player_daily_cache": "2 of 5 players, 60% are required"}
    }


def test_a_slate_without_any_feature_row_counts_none(tmp_path):
    build_slate(tmp_path, cached=3, features="")
    (slate,) = slates(EmbeddedWarehouse(tmp_path / "warehouse.duckdb"), DateRange(DAY, DAY))
    assert (slate.players, slate.feature_rows, slate.production_ready) == (5, 0, 0)


def test_a_range_says_it_for_each_date(tmp_path):
    build_slate(tmp_path, cached=3)
    found = slates(EmbeddedWarehouse(tmp_path / "warehouse.duckdb"), DateRange(DAY, DAY + dt.timedelta(days=2)))
    assert [(slate.date.day, slate.reason, slate.games) for slate in found] == [
        (1, "ready", 1),
        (2, "missing_dependencies", 1),
        (3, "missing_dependencies", 0),
    ]
