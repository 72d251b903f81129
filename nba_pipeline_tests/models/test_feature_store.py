"""ml_feature_store_v2 and its vectors: what a value is, where it came from, what it is worth, and what never enters."""

import datetime as dt
from functools import cache

import pytest

from nba_pipeline.contract.catalog import declared
from nba_pipeline.features import feature_versions
from nba_pipeline.reference_data import table
from nba_pipeline_tests.models.harness import broken_checks, given, rows_of, run, warehouse

STORE = "nba_predictions.ml_feature_store_v2"
CONTEXT = "nba_analytics.upcoming_player_game_context"
TEAM_CONTEXT = "nba_analytics.upcoming_team_game_context"
SUMMARY = "nba_analytics.player_game_summary"
CACHE = "nba_precompute.player_daily_cache"
FACTORS = "nba_precompute.player_composite_factors"
ZONES = "nba_precompute.player_shot_zone_analysis"
DEFENCE = "nba_precompute.team_defense_zone_analysis"
DAY = dt.date(2021, 11, 20)
STORED = [column.name for column in declared(STORE).columns]
FEATURES = [name for name in STORED if f"src_{name}" in STORED]


def before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def game(day: dt.date, away: str, home: str, **changes) -> dict:
    return {
        "game_id": f"{day:%Y%m%d}_{away}_{home}",
        "game_date": day,
        "season_year": 2021,
        "season_type": "regular",
        "is_final": day < DAY,
        "home_team_abbr": home,
        "away_team_abbr": away,
    } | changes


def listed(player: str = "lebronjames", day: dt.date = DAY, **changes) -> dict:
    """The pre-game row of a Laker at home to Boston of whom only the schedule is known."""
    return {
        "player_lookup": player,
        "universal_player_id": f"{player}_001",
        "game_id": f"{day:%Y%m%d}_BOS_LAL",
        "game_date": day,
        "season_year": 2021,
        "season_type": "regular",
        "season_phase": "early",
        "team_abbr": "LAL",
        "opponent_team_abbr": "BOS",
        "home_game": True,
        "games_in_last_7_days": 2,
    } | changes


def played(days: int, points: int = 20, player: str = "lebronjames", **changes) -> dict:
    """A line of 30 minutes against New York so many days ago."""
    return {
        "player_lookup": player,
        "game_id": f"{before(days):%Y%m%d}_NYK_LAL",
        "game_date": before(days),
        "season_year": 2021,
        "season_type": "regular",
        "team_abbr": "LAL",
        "opponent_team_abbr": "NYK",
        "did_play": True,
        "seconds_played": 1800,
        "points": points,
        "ft_makes": 2,
    } | changes


def sat_out(days: int) -> dict:
    return played(days) | {"did_play": False, "seconds_played": None, "points": None, "ft_makes": None}


def cached(**changes) -> dict:
    return {
        "player_lookup": "lebronjames",
        "cache_date": DAY,
        "points_avg_last_5": 26.2,
        "points_avg_last_10": 25.1,
        "points_avg_season": 24.5,
        "points_std_last_10": 6.5,
        "games_in_last_7_days": 3,
        "minutes_avg_last_10": 35.5,
        "usage_rate_last_10": 30.5,
        "assisted_rate_last_10": 0.25,
        "team_pace_last_10": 101.5,
        "team_off_rating_last_10": 111.5,
        "is_production_ready": True,
    } | changes


def factors(**changes) -> dict:
    return {
        "player_lookup": "lebronjames",
        "game_date": DAY,
        "fatigue_score": 85,
        "shot_zone_mismatch_score": 1.5,
        "pace_score": -0.5,
        "usage_spike_score": 0.3,
        "is_production_ready": True,
    } | changes


def zones(**changes) -> dict:
    return {
        "player_lookup": "lebronjames",
        "analysis_date": DAY,
        "paint_rate_last_10": 50.0,
        "mid_range_rate_last_10": 20.0,
        "three_pt_rate_last_10": 30.0,
        "is_production_ready": True,
    } | changes


def defence(**changes) -> dict:
    return {
        "team_abbr": "BOS",
        "analysis_date": DAY,
        "defensive_rating_last_15": 108.5,
        "opponent_pace": 98.5,
        "is_production_ready": True,
    } | changes


def team(**changes) -> dict:
    return {
        "game_id": f"{DAY:%Y%m%d}_BOS_LAL",
        "game_date": DAY,
        "team_abbr": "LAL",
        "team_wins_entering": 9,
        "team_games_entering": 16,
        "pace_last_10": 99.5,
        "offensive_rating_last_10": 109.5,
    } | changes


#: Ten games of 30 minutes against New York, two of them (12 and 4 days ago) against Boston; newest first 30, 28, 24 …
HISTORY = [
    played(days, points, opponent_team_abbr="BOS" if days in (4, 12) else "NYK")
    for days, points in zip(range(2, 22, 2), (30, 28, 24, 22, 20, 20, 20, 20, 20, 20), strict=True)
]
FULL = {
    CONTEXT: [
        listed(
            days_rest=2,
            opponent_days_rest=1,
            back_to_back=False,
            is_available=True,
            current_points_line=25.5,
            opening_points_line=24.5,
            opponent_def_rating_last_10=120.0,
            opponent_pace_last_10=95.0,
        )
    ],
    SUMMARY: HISTORY,
    CACHE: [cached()],
    FACTORS: [factors()],
    ZONES: [zones()],
    DEFENCE: [defence()],
    TEAM_CONTEXT: [team()],
}


def spoke(table: str, days: int, rows: int = 1) -> dict:
    """What is recorded of a table's partition so many days before the slate."""
    return {"table_name": table, "partition_date": before(days), "row_count": rows}


STATUS, ACCEPTED = "nba_processing.partition_status", "nba_processing.accepted_gaps"
GAMES, SHOTS, INJURIES = "nba_reference.dim_game", "nba_reference.shot_events", "nba_reference.player_injuries"
SPOKEN = [spoke(GAMES, 0), spoke(GAMES, 1), spoke(SHOTS, 7), spoke("nba_raw.nbac_play_by_play", 7), spoke(INJURIES, 7)]


@cache
def packaged(name: str) -> tuple[dict, ...]:
    return tuple(table(name).to_pylist())


def holding(rows: dict[str, list[dict]]):
    """A warehouse with the packaged reference tables and these rows.

    Unless given, there is a slate on DAY, and every kind of source spoke in the week before it.
    """
    con = warehouse()
    for name in ("season_calendar", "feature_versions"):
        given(con, f"nba_reference.{name}", packaged(name))
    usual = {"nba_reference.dim_game": [game(DAY, "BOS", "LAL")], STATUS: SPOKEN}
    for name, held in (usual | rows).items():
        given(con, name, held)
    return con


def stored(rows: dict[str, list[dict]]) -> dict:
    (row,) = run(holding(rows), STORE, DAY)
    return row


def several(cases: dict[str, dict[str, list[dict]]]) -> dict[str, dict]:
    """The stored row of each case, computed together: a case's rows are given to a player of the case's name."""
    merged: dict[str, list[dict]] = {}
    for name, tables in cases.items():
        for table_name, rows in tables.items():
            renamed = [row | ({"player_lookup": name} if "player_lookup" in row else {}) for row in rows]
            held = merged.setdefault(table_name, [])
            held += [row for row in renamed if row not in held]
    return {row["player_lookup"]: row for row in run(holding(merged), STORE, DAY)}


def values(row: dict, *names: str) -> tuple:
    return tuple(row[name] for name in names)


def tagged(row: dict, *names: str) -> tuple:
    return tuple((row[name], row[f"src_{name}"]) for name in names)


def test_every_value_where_everything_is_known():
    row = stored(FULL)
    assert {name: row[name] for name in FEATURES} == {
        "points_avg_last_5": 26.2,
        "points_avg_last_10": 25.1,
        "points_avg_season": 24.5,
        "points_std_last_10": 6.5,
        "games_in_last_7_days": 3.0,
        "fatigue_score": 85.0,
        "shot_zone_mismatch_score": 1.5,
        "pace_score": -0.5,
        "usage_spike_score": 0.3,
        "rest_advantage": 1.0,
        "injury_risk": 0.0,
        # (30 + 28) / 2 less (24 + 22 + 20) / 3 is 7.
        "recent_trend": 2.0,
        "minutes_change": 0.0,
        "opponent_def_rating": 108.5,
        "opponent_pace": 98.5,
        "home_away": 1.0,
        "back_to_back": 0.0,
        "playoff_game": 0.0,
        "pct_paint": 0.5,
        "pct_mid_range": 0.2,
        "pct_three": 0.3,
        "pct_free_throw": 20 / 224,
        "team_pace": 101.5,
        "team_off_rating": 111.5,
        "team_win_pct": 0.5625,
        "vegas_points_line": 25.5,
        "vegas_opening_line": 24.5,
        "vegas_line_move": 1.0,
        "has_vegas_line": 1.0,
        # 28 four days ago, 20 twelve days ago.
        "avg_points_vs_opponent": 24.0,
        "games_vs_opponent": 2.0,
        "minutes_avg_last_10": 35.5,
        # 224 points, the per-game rates rounded to a millionth.
        "ppm_avg_last_10": pytest.approx(0.7466667, abs=1e-6),
        "opponent_def_rating_last_15": 108.5,
        "opponent_pace_last_15": 98.5,
        "is_home": 1.0,
        "days_rest": 2.0,
        "paint_rate_last_10": 50.0,
        "mid_range_rate_last_10": 20.0,
        "three_pt_rate_last_10": 30.0,
        "assisted_rate_last_10": 25.0,
        "team_pace_last_10": 101.5,
        "team_off_rating_last_10": 111.5,
        "usage_rate_last_10": 30.5,
    }
    # Phase 3 in v2: home, back-to-back, playoffs, both lines. 28 of 33 at 100, 5 at 87.
    assert row["feature_quality_score"] == pytest.approx((28 * 100 + 5 * 87) / 33)
    assert values(row, "quality_tier", "data_source", "is_quality_ready", "is_training_ready") == (
        *("gold", "phase4"),
        *(True, True),
    )
    assert values(row, "default_feature_count", "required_default_count", "default_feature_indices") == (0, 0, None)
    assert values(row, "matchup_pct", "player_history_pct") == (100.0, 100.0)
    assert values(row, "is_production_ready", "data_quality_issues") == (True, None)
    assert row["contributing_game_dates"] == ",".join(str(before(days)) for days in range(20, 0, -2))
    assert values(row, "early_season_flag", "insufficient_data_reason") == (False, None)


def test_a_player_of_whom_nothing_is_known_has_a_row_of_missing_values():
    row = stored({CONTEXT: [listed()]})
    known = {name: row[name] for name in FEATURES if row[name] is not None}
    assert known == {
        "games_in_last_7_days": 2.0,
        "home_away": 1.0,
        "playoff_game": 0.0,
        "has_vegas_line": 0.0,
        "is_home": 1.0,
    }
    assert {name for name in FEATURES if row[f"src_{name}"] == "missing"} == set(FEATURES) - known.keys()
    vector = [feature.name for feature in feature_versions()["v2_33features"]]
    missing = [str(index) for index, name in enumerate(vector) if row[name] is None]
    assert row["default_feature_indices"] == ",".join(missing)
    # 29 of 33 missing, three of them the optional lines.
    assert values(row, "default_feature_count", "required_default_count") == (29, 26)
    # 26 at 40, 3 at 87, 1 at 100.
    assert values(row, "feature_quality_score", "quality_tier", "data_source") == (46.7, "critical", "mixed")
    assert values(row, "matchup_pct", "is_quality_ready", "is_training_ready") == (0.0, False, False)
    # games_in_last_7_days, of nine.
    assert row["player_history_pct"] == pytest.approx(100 / 9)
    assert row["data_quality_issues"] == (
        "upstream_player_daily_cache_incomplete,upstream_player_composite_factors_incomplete,"
        "upstream_player_shot_zone_incomplete,upstream_team_defense_zone_incomplete"
    )
    assert values(row, "completeness_percentage", "contributing_game_dates") == (None, None)
    assert row["insufficient_data_reason"] == "only 0 games, window is 10"


def test_without_a_cache_row_the_averages_come_from_his_games():
    """A sat-out game, the Cup final and last season's games are none of them; a game for another team is."""
    rows = [
        played(2, 30, season_type="cup_final"),
        played(3, 10, seconds_played=600),
        sat_out(4),
        played(6, 20, seconds_played=1200, team_abbr="NYK", opponent_team_abbr="MIA"),
        played(30 * 8, 50, season_year=2020),
    ]
    row = stored({CONTEXT: [listed()], SUMMARY: rows})
    names = ("points_avg_last_5", "points_avg_last_10", "points_avg_season", "minutes_avg_last_10")
    assert tagged(row, *names) == tuple((value, "phase3") for value in (15.0, 15.0, 15.0, 15.0))
    ((deviation, source),) = tagged(row, "points_std_last_10")
    assert (deviation, source) == (pytest.approx(50**0.5), "phase3")
    assert tagged(row, "games_in_last_7_days") == ((2.0, "phase3"),)
    assert row["contributing_game_dates"] == f"{before(6)},{before(3)}"
    assert row["insufficient_data_reason"] == "only 2 games, window is 10"
    # Five games at least for a trend and for the share of free throws.
    assert tagged(row, "recent_trend", "pct_free_throw") == ((None, "missing"), (None, "missing"))


def test_only_the_newest_five_and_ten_games_count():
    points = (10, 11, 12, 13, 14, 20, 20, 20, 20, 20, 90)
    row = stored({CONTEXT: [listed()], SUMMARY: [played(days, points[days - 1]) for days in range(1, 12)]})
    assert values(row, "points_avg_last_5", "points_avg_last_10", "points_avg_season") == (12.0, 16.0, 250 / 11)


TRENDS = {
    # Newest first.
    "rising": ((25, 24, 23, 22, 21), 1.0),
    "steep": ((40, 30, 20, 10, 5), 2.0),
    "falling": ((5, 10, 20, 30, 40), -2.0),
    "flat": ((20, 20, 20, 20, 20), 0.0),
    "exactly five": ((15, 15, 10, 10, 10), 2.0),
    "just below five": ((15, 14, 10, 10, 10), 1.0),
    "exactly two": ((12, 12, 10, 10, 10), 1.0),
    "exactly minus two": ((10, 10, 12, 12, 12), -1.0),
    "exactly minus five": ((10, 10, 15, 15, 15), -2.0),
    "four games": ((20, 10, 10, 10), None),
}


def test_recent_trend_is_the_two_newest_games_against_the_three_before():
    rows = several(
        {
            name: {CONTEXT: [listed()], SUMMARY: [played(age + 1, points) for age, points in enumerate(newest_first)]}
            for name, (newest_first, _) in TRENDS.items()
        }
    )
    assert {name: row["recent_trend"] for name, row in rows.items()} == {
        name: trend for name, (_, trend) in TRENDS.items()
    }


MINUTES = {
    # Minutes of the ten newest games and of the ten before.
    "a third more": ((30, 15), 2.0),
    "exactly a fifth more": ((30, 20), 2.0),
    "exactly a tenth more": ((22, 18), 1.0),
    "same": ((20, 20), 0.0),
    "exactly a tenth less": ((18, 22), -1.0),
    "exactly a fifth less": ((20, 30), -2.0),
}


def test_minutes_change_is_the_last_ten_games_against_the_season():
    rows = several(
        {
            name: {
                CONTEXT: [listed()],
                SUMMARY: [played(days, seconds_played=60 * minutes[(days - 1) // 10]) for days in range(1, 21)],
            }
            for name, (minutes, _) in MINUTES.items()
        }
    )
    assert {name: row["minutes_change"] for name, row in rows.items()} == {
        name: change for name, (_, change) in MINUTES.items()
    }


RESTS = {
    "both one": ((1, 1), 0.0),
    "one more": ((2, 1), 1.0),
    "two more": ((3, 1), 2.0),
    "many more": ((9, 1), 2.0),
    "three less": ((1, 4), -2.0),
    "own unknown": ((None, 1), None),
    "opponent's unknown": ((1, None), None),
}


def test_rest_advantage_is_own_rest_less_the_opponents():
    rows = several(
        {
            name: {CONTEXT: [listed(days_rest=own, opponent_days_rest=opponent)]}
            for name, ((own, opponent), _) in RESTS.items()
        }
    )
    assert {name: tagged(row, "rest_advantage")[0] for name, row in rows.items()} == {
        name: (advantage, "missing" if advantage is None else "calculated") for name, (_, advantage) in RESTS.items()
    }


STATUSES = {
    "out": (("out", False), 3.0),
    "doubtful": (("doubtful", False), 3.0),
    "questionable": (("questionable", True), 2.0),
    "probable": (("probable", True), 1.0),
    "available": (("available", True), 0.0),
    "not listed": ((None, True), 0.0),
    "no report": ((None, None), None),
}


def test_injury_risk_needs_a_report():
    """A player whom a report does not list is healthy; without a report nobody knows."""
    rows = several(
        {
            name: {CONTEXT: [listed(player_status=status, is_available=available)]}
            for name, ((status, available), _) in STATUSES.items()
        }
    )
    assert {name: row["injury_risk"] for name, row in rows.items()} == {
        name: risk for name, (_, risk) in STATUSES.items()
    }


FREE_THROWS = {
    "a tenth": ((20, 2), 0.1),
    "all": ((4, 4), 0.5),
    "no points": ((0, 0), None),
    "unknown": ((10, None), None),
}


def test_share_of_free_throws_is_a_half_at_most():
    rows = several(
        {
            name: {CONTEXT: [listed()], SUMMARY: [played(days, points, ft_makes=made) for days in range(1, 6)]}
            for name, ((points, made), _) in FREE_THROWS.items()
        }
    )
    assert {name: row["pct_free_throw"] for name, row in rows.items()} == {
        name: share for name, (_, share) in FREE_THROWS.items()
    }


def test_the_opponent_falls_back_to_its_last_ten_games_and_the_training_value_does_not():
    context = listed(opponent_def_rating_last_10=113.5, opponent_pace_last_10=97.5)
    row = stored({CONTEXT: [context], DEFENCE: [defence(team_abbr="LAL")], TEAM_CONTEXT: [team()]})
    assert tagged(row, "opponent_def_rating", "opponent_pace") == ((113.5, "phase3"), (97.5, "phase3"))
    assert tagged(row, "opponent_def_rating_last_15", "opponent_pace_last_15") == ((None, "missing"),) * 2
    assert tagged(row, "team_pace", "team_off_rating") == ((99.5, "phase3"), (109.5, "phase3"))
    assert row["data_source"] == "mixed"


def test_half_of_the_precomputed_features_from_analytics_says_phase3():
    """Of 17: four averages, games of seven days, minutes, opponent and team twice each make ten."""
    context = listed(opponent_def_rating_last_10=113.5, opponent_pace_last_10=97.5)
    row = stored({CONTEXT: [context], SUMMARY: HISTORY, TEAM_CONTEXT: [team()]})
    assert row["data_source"] == "phase3"
    assert stored({key: rows for key, rows in FULL.items() if key != ZONES})["data_source"] == "phase4_partial"


@pytest.mark.parametrize(("wins", "games", "share"), [(4, 5, 0.8), (4, 4, None)])
def test_win_percentage_needs_five_games(wins, games, share):
    rows = {CONTEXT: [listed()], TEAM_CONTEXT: [team(team_wins_entering=wins, team_games_entering=games)]}
    assert stored(rows)["team_win_pct"] == share


def test_without_a_line_the_line_features_are_null():
    row = stored({CONTEXT: [listed(current_points_line=None, opening_points_line=20.5)]})
    lines = ("vegas_points_line", "vegas_opening_line", "vegas_line_move", "has_vegas_line")
    assert values(row, *lines) == (None, None, None, 0.0)
    row = stored({CONTEXT: [listed(current_points_line=20.5, opening_points_line=None)]})
    assert values(row, *lines) == (20.5, None, None, 1.0)


def test_history_against_the_opponent_reaches_back_three_years():
    boston = {"opponent_team_abbr": "BOS"}
    within = played(0, 40, season_year=2018, **boston) | {"game_date": dt.date(2018, 11, 20), "game_id": "a"}
    outside = within | {"game_date": dt.date(2018, 11, 19), "game_id": "b", "points": 99}
    today = played(0, 99, **boston)
    row = stored({CONTEXT: [listed()], SUMMARY: [within, outside, today, sat_out(9) | boston]})
    assert tagged(row, "avg_points_vs_opponent", "games_vs_opponent") == ((40.0, "calculated"), (1.0, "calculated"))
    assert row["points_avg_season"] is None
    row = stored({CONTEXT: [listed()], SUMMARY: [played(3, 12)]})
    assert tagged(row, "avg_points_vs_opponent", "games_vs_opponent") == ((12.0, "fallback"), (0.0, "calculated"))


QUALITIES = {
    # 30 features count: 27 at 100 and 3 at 87.
    "no line": ({CONTEXT: [FULL[CONTEXT][0] | {"current_points_line": None}]}, 2961 / 30, "gold"),
    # The season's average instead of a history against the opponent: 27 at 100, 5 at 87, 1 at 40.
    "fallback": ({SUMMARY: [line | {"opponent_team_abbr": "MIA"} for line in HISTORY]}, 3175 / 33, "gold"),
    "one default": ({FACTORS: [factors(pace_score=None)]}, 69.0, "poor"),
    "four defaults": ({FACTORS: []}, 69.0, "poor"),
    "seven defaults": ({FACTORS: [], ZONES: []}, 49.0, "critical"),
}


def test_quality_is_the_mean_weight_of_the_sources_capped_by_required_defaults():
    rows = several({name: FULL | changes for name, (changes, _, _) in QUALITIES.items()})
    assert {name: values(row, "feature_quality_score", "quality_tier") for name, row in rows.items()} == {
        name: (pytest.approx(score), tier) for name, (_, score, tier) in QUALITIES.items()
    }
    default = rows["one default"]
    assert values(default, "default_feature_indices", "required_default_count") == ("7", 1)
    assert values(default, "is_quality_ready", "is_training_ready", "is_production_ready") == (False, False, True)


def unmeasured(*gone: str, accepted: tuple[dict, ...] = ()) -> dict:
    """A full row without injury and zone features, where some tables never spoke of the season."""
    rows = FULL | {
        CONTEXT: [FULL[CONTEXT][0] | {"is_available": None}],
        FACTORS: [factors(usage_spike_score=None, shot_zone_mismatch_score=None)],
        ZONES: [zones(paint_rate_last_10=None, mid_range_rate_last_10=None, three_pt_rate_last_10=None)],
        STATUS: [row for row in SPOKEN if row["table_name"] not in gone],
        ACCEPTED: list(accepted),
    }
    return stored(rows)


def decided(table: str, days: int) -> dict:
    return {"table_name": table, "partition_date": before(days), "reason": "the archive ends", "owner": "ada"}


@pytest.mark.parametrize(
    ("row", "unavailable", "required_defaults", "is_ready"),
    [
        (unmeasured, None, 6, False),
        (lambda: unmeasured(INJURIES), "8,10", 4, False),
        (lambda: unmeasured(SHOTS), "6,18,19,20", 2, False),
        (lambda: unmeasured(INJURIES, SHOTS), "6,8,10,18,19,20", 0, True),
        # Accepted counts: of shots for the game date before the slate, of injury reports for the slate itself.
        (lambda: unmeasured(INJURIES, accepted=(decided(SHOTS, 1),)), "6,8,10,18,19,20", 0, True),
        (lambda: unmeasured(SHOTS, accepted=(decided(INJURIES, 0),)), "6,8,10,18,19,20", 0, True),
        (lambda: unmeasured(INJURIES, accepted=(decided(SHOTS, 2),)), "8,10", 4, False),
    ],
)
def test_what_no_source_of_the_slate_gives_is_marked_and_not_required(row, unavailable, required_defaults, is_ready):
    found = row()
    assert found["default_feature_indices"] == "6,8,10,18,19,20"
    assert values(found, "unavailable_feature_indices", "required_default_count", "is_quality_ready") == (
        unavailable,
        required_defaults,
        is_ready,
    )


def test_a_value_counts_although_its_source_is_not_in_use():
    row = stored(FULL | {STATUS: []})
    assert values(row, "unavailable_feature_indices", "required_default_count") == (None, 0)


UPSTREAMS = {
    "no cache": ({CACHE: []}, "upstream_player_daily_cache_incomplete"),
    "cache": ({CACHE: [cached(is_production_ready=False)]}, "upstream_player_daily_cache_incomplete"),
    "factors": ({FACTORS: [factors(is_production_ready=False)]}, "upstream_player_composite_factors_incomplete"),
    "zones": ({ZONES: [zones(is_production_ready=False)]}, "upstream_player_shot_zone_incomplete"),
    "yesterday's zones": ({ZONES: [zones(analysis_date=before(1))]}, "upstream_player_shot_zone_incomplete"),
    "no defence": ({CONTEXT: [listed(opponent_team_abbr="MIA")]}, "upstream_team_defense_zone_incomplete"),
    "all": ({}, None),
}


def test_production_needs_all_four_upstream_rows_of_the_slate():
    rows = several({name: FULL | changes for name, (changes, _) in UPSTREAMS.items()})
    assert {name: values(row, "is_production_ready", "data_quality_issues") for name, row in rows.items()} == {
        name: (issue is None, issue) for name, (_, issue) in UPSTREAMS.items()
    }


def test_own_completeness_is_over_the_games_he_did_not_sit_out():
    """Of ten newest games two were lost between raw and analytics; one he sat out is no gap."""
    days = range(1, 12)
    games = [game(before(day), "NYK", "LAL") for day in days]
    box = [
        {
            "game_id": one["game_id"],
            "game_date": one["game_date"],
            "player_lookup": "lebronjames",
            "team_abbr": "LAL",
            "did_play": day != 5,
        }
        for day, one in zip(days, games, strict=True)
    ]
    summary = [sat_out(day) if day == 5 else played(day) for day in days if day not in (3, 7)]
    row = stored(
        FULL
        | {
            SUMMARY: summary,
            "nba_reference.dim_game": [*games, game(DAY, "BOS", "LAL")],
            "nba_reference.player_box_lines": box,
        }
    )
    assert values(row, "expected_games_count", "actual_games_count", "missing_games_count") == (10, 8, 2)
    assert row["missing_game_ids"] == f"{games[6]['game_id']},{games[2]['game_id']}"
    assert values(row, "completeness_percentage", "is_production_ready") == (80.0, False)
    assert row["data_quality_issues"] == "own_data_incomplete"


SLATES = (before(30), before(5), before(1), DAY)


def season():
    """Two players over several slates, last season and the three years before in store."""
    lines = [
        played(days, 10 + days * (7 if player == "a" else 3) % 23, player, opponent_team_abbr=("BOS", "MIA")[days % 2])
        for player in ("a", "b")
        for days in (*range(1, 30, 2), *range(300, 320, 3))
    ]
    lines = [
        line | {"season_year": 2020} if line["game_date"].year == 2021 and line["game_date"].month < 6 else line
        for line in lines
    ]
    return holding(
        {
            "nba_reference.dim_game": [game(day, "BOS", "LAL") for day in SLATES],
            CONTEXT: [listed(player, day, days_rest=2, is_available=True) for player in "ab" for day in SLATES],
            CACHE: [cached(player_lookup="a", cache_date=day) for day in SLATES],
            FACTORS: [factors(player_lookup="a", game_date=day) for day in SLATES],
            DEFENCE: [defence(analysis_date=day) for day in SLATES],
            SUMMARY: lines,
        }
    )


def test_a_range_is_the_same_as_its_days_and_the_bootstrap_has_no_rows():
    whole = run(season(), STORE, SLATES[0], SLATES[-1])
    daily = [row for day in SLATES for row in run(season(), STORE, day)]
    assert sorted(whole, key=repr) == sorted(daily, key=repr)
    assert {row["game_date"] for row in whole} == set(SLATES[1:])
    assert len(whole) == 6


def test_nothing_of_the_day_or_after_enters():
    day = SLATES[1]
    con = season()
    known = run(con, STORE, day)
    con.execute(f"delete from {SUMMARY} where game_date >= ?", [day])
    assert run(con, STORE, day) == known


def test_a_range_over_two_seasons_keeps_them_apart():
    spring, autumn = dt.date(2022, 4, 8), dt.date(2022, 11, 5)
    con = holding(
        {
            "nba_reference.dim_game": [
                game(spring, "BOS", "LAL"),
                game(autumn, "BOS", "LAL", season_year=2022),
            ],
            CONTEXT: [listed(day=spring), listed(day=autumn, season_year=2022)],
            SUMMARY: [played(3, 30), played(0, 8, season_year=2022) | {"game_date": dt.date(2022, 11, 1)}],
        }
    )
    assert [row["points_avg_season"] for row in run(con, STORE, spring, autumn)] == [30.0, 8.0]


def vector(con, version: str) -> dict:
    (row,) = rows_of(con, f"nba_predictions.features_{version}")
    return row


def test_vectors_hold_the_stored_values_in_index_order():
    con = holding(FULL)
    (row,) = run(con, STORE, DAY)
    for version, features in feature_versions().items():
        made = vector(con, version)
        assert list(made)[3:-1] == [feature.name for feature in features]
        assert made["default_feature_indices"] is None
        assert [made[feature.name] for feature in features] == [row[feature.name] for feature in features]


def test_vectors_hold_their_versions_defaults_and_say_where():
    con = holding({CONTEXT: [listed()]})
    (row,) = run(con, STORE, DAY)
    for version, features in feature_versions().items():
        made = vector(con, version)
        missing = [feature for feature in features if row[feature.name] is None]
        assert made["default_feature_indices"] == ",".join(str(feature.index) for feature in missing)
        assert [made[feature.name] for feature in missing] == [feature.default for feature in missing]
    assert vector(con, "v2_33features")["default_feature_indices"] == row["default_feature_indices"]
    assert vector(con, "v1_baseline_25")["fatigue_score"] == 50.0
    assert vector(con, "training_features_v1")["fatigue_score"] == 70.0
    assert vector(con, "v2_33features")["vegas_points_line"] is None


def healthy(player: int, **changes) -> dict:
    """A stored row that differs from player to player."""
    return {
        "player_lookup": f"player{player}",
        "game_date": DAY,
        "game_id": f"game{player % 5}",
        "team_abbr": f"team{player % 10}",
        "points_avg_last_5": 5.0 + player / 3,
        "points_avg_last_10": 5.0 + player / 3,
        "points_avg_season": 5.0 + player / 3,
        "points_std_last_10": 1.0 + player / 10,
        "fatigue_score": 40.0 + player,
        "shot_zone_mismatch_score": player / 6 - 5,
        "pace_score": player % 5 - 2.0,
        "usage_spike_score": player % 4 / 2,
        "opponent_def_rating": 100.0 + player % 10,
        "opponent_pace": 95.0 + player % 10,
        "back_to_back": float(player % 2),
        "days_rest": 2.0 - player % 2,
        "playoff_game": 0.0,
        "pct_paint": 0.5,
        "pct_mid_range": 0.2,
        "pct_three": 0.3,
        "team_pace": 95.0 + player % 10,
        "team_off_rating": 105.0 + player % 10,
        "team_win_pct": player % 10 / 10,
        "vegas_points_line": 8.0 + player / 3,
        "has_vegas_line": 1.0,
        "minutes_avg_last_10": 5.0 + player / 2,
        "ppm_avg_last_10": 0.1 + player / 100,
        "feature_quality_score": 98.0,
        "required_default_count": 0,
        "contributing_game_dates": str(before(1)),
        "early_season_flag": False,
    } | changes


def judged(changes: dict, *, days: int = 1, players: int = 60) -> list[str]:
    """Checks that a slate of stored rows breaks, over so many dates."""
    con = warehouse()
    dates = [before(day) for day in range(days)]
    given(con, STORE, [healthy(number, game_date=day) | changes for day in dates for number in range(players)])
    given(con, CONTEXT, [listed(f"player{number}", day) for day in dates for number in range(60)])
    return broken_checks(con, STORE, dates[-1], dates[0])


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"required_default_count": 1, "feature_quality_score": 69.0, "early_season_flag": True}, []),
        (
            {"required_default_count": 1, "feature_quality_score": 69.5, "early_season_flag": True},
            ["quality_is_capped"],
        ),
        (
            {"required_default_count": 5, "feature_quality_score": 60.0, "early_season_flag": True},
            ["quality_is_capped"],
        ),
        ({"required_default_count": 1, "feature_quality_score": 60.0}, ["required_values_are_known"]),
        ({"has_vegas_line": 0.0}, ["line_flag_follows_the_line"]),
        ({"days_rest": 3.0}, ["back_to_back_is_one_day"]),
        ({"pct_paint": 0.4}, ["zone_shares_add_up"]),
        ({"points_avg_season": 10.0}, ["no_feature_is_constant_over_a_slate", "points_averages_differ"]),
        ({"minutes_avg_last_10": 28.0}, ["no_feature_is_constant_over_a_slate", "form_differs"]),
        ({"fatigue_score": 50.0}, ["no_feature_is_constant_over_a_slate", "factors_differ"]),
        ({"team_win_pct": 0.5}, ["no_feature_is_constant_over_a_slate", "team_values_differ"]),
        ({"vegas_points_line": 15.0}, ["no_feature_is_constant_over_a_slate", "lines_differ"]),
        ({"pace_score": 0.0}, []),
    ],
)
def test_a_check_fails_on_what_it_is_about(changes, broken):
    assert judged(changes) == broken


def test_a_missing_row_is_found():
    assert judged({}, players=59) == ["every_slate_player_has_a_row"]


def test_a_constant_factor_is_found_over_a_week_of_the_regular_season():
    assert judged({"pace_score": 0.0}, days=7) == ["no_factor_is_constant_over_a_week"]
    assert judged({"pace_score": 0.0, "playoff_game": 1.0}, days=7) == []
    assert judged({}, days=7) == []


def test_a_small_slate_is_not_judged_by_its_spread():
    con = warehouse()
    given(con, STORE, [healthy(1, player_lookup=f"player{number}") for number in range(30)])
    given(con, CONTEXT, [listed(f"player{number}") for number in range(30)])
    assert broken_checks(con, STORE, DAY) == []
