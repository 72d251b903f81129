"""The snapshot of a slate's players: windows, team form, zones and completeness, from hand-written lines."""

import datetime as dt
import math

import pytest

from nba_pipeline_tests.models.harness import broken_checks, given, run, warehouse

MODEL = "nba_precompute.player_daily_cache"
LINES, CONTEXT = "nba_analytics.player_game_summary", "nba_analytics.upcoming_player_game_context"
TEAMS, ZONES = "nba_analytics.team_offense_game_summary", "nba_precompute.player_shot_zone_analysis"
GAMES, BOXES = "nba_reference.dim_game", "nba_reference.player_box_lines"
OPENING, SLATE, NEXT_OPENING = dt.date(2021, 10, 19), dt.date(2021, 11, 20), dt.date(2022, 10, 18)
SEASONS = [
    {"season_year": start.year, "regular_start": start, "bootstrap_end": start + dt.timedelta(days=13)}
    for start in (OPENING, NEXT_OPENING)
]
FACTS = (LINES, TEAMS, BOXES)


def before(days: int, slate: dt.date = SLATE) -> dt.date:
    return slate - dt.timedelta(days=days)


def season_of(date: dt.date) -> int:
    return 2022 if date >= NEXT_OPENING else 2021


def game(date: dt.date, **changes) -> dict:
    return {
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "season_type": "regular",
        "is_final": True,
        "home_team_abbr": "GSW",
        "away_team_abbr": "BOS",
    } | changes


def line(date: dt.date, **changes) -> dict:
    """15 points in 30 minutes, three of four makes assisted."""
    return {
        "player_lookup": "scorer",
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "season_type": "regular",
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "did_play": True,
        "seconds_played": 1800,
        "points": 15,
        "usage_rate": 20.0,
        "ts_pct": 0.5,
        "has_complete_shot_zones": True,
        "assisted_fg_makes": 3,
        "unassisted_fg_makes": 1,
    } | changes


def sat_out(date: dt.date) -> dict:
    nothing = dict.fromkeys(
        ("seconds_played", "points", "usage_rate", "ts_pct", "assisted_fg_makes", "unassisted_fg_makes")
    )
    return line(date, did_play=False, **nothing)


def context(date: dt.date = SLATE, **changes) -> dict:
    return {
        "player_lookup": "scorer",
        "universal_player_id": "scorer_001",
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "games_in_last_7_days": 3,
        "games_in_last_14_days": 7,
        "minutes_in_last_7_days": 90.0,
        "minutes_in_last_14_days": 210.0,
        "avg_minutes_per_game_last_7": 30.0,
        "back_to_backs_last_14_days": 1,
        "player_age": 27,
    } | changes


def team(date: dt.date, pace: float | None = 100.0, rating: float | None = 110.0, **changes) -> dict:
    return {
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "season_type": "regular",
        "team_abbr": "GSW",
        "pace": pace,
        "offensive_rating": rating,
    } | changes


def zone(date: dt.date = SLATE, **changes) -> dict:
    return {
        "player_lookup": "scorer",
        "analysis_date": date,
        "primary_scoring_zone": "perimeter",
        "paint_rate_last_10": 30.0,
        "three_pt_rate_last_10": 45.5,
    } | changes


def league(lines: list[dict], contexts: list[dict] | None = None, **tables: list[dict]) -> dict[str, list[dict]]:
    """All tables of a small league; the box scores say what the lines say."""
    contexts = [context()] if contexts is None else contexts
    kinds = {one["game_date"]: one["season_type"] for one in lines}
    slates = {one["game_date"] for one in contexts} - kinds.keys()
    boxed = ("player_lookup", "game_id", "game_date", "season_year", "season_type", "team_abbr", "did_play")
    return {
        "nba_reference.season_calendar": SEASONS,
        GAMES: tables.get("games")
        or [game(date, season_type=kind) for date, kind in kinds.items()]
        + [game(date, is_final=False) for date in slates],
        LINES: lines,
        BOXES: [{name: one[name] for name in boxed} for one in lines] + tables.get("boxes", []),
        "nba_reference.player_universe": tables.get("universe", []),
        CONTEXT: contexts,
        TEAMS: tables.get("teams", []),
        ZONES: tables.get("zones", []),
    }


def stored(tables: dict[str, list[dict]]):
    con = warehouse()
    for table, rows in tables.items():
        given(con, table, rows)
    return con


def cache(lines: list[dict], contexts: list[dict] | None = None, **tables: list[dict]) -> list[dict]:
    return run(stored(league(lines, contexts, **tables)), MODEL, SLATE)


def only(lines: list[dict], contexts: list[dict] | None = None, **tables: list[dict]) -> dict:
    (row,) = cache(lines, contexts, **tables)
    return row


def every_second_day(count: int, **changes) -> list[dict]:
    """That many games, the newest two days before the slate."""
    return [line(before(2 * back), **changes) for back in range(count, 0, -1)]


def test_every_column_of_a_player_with_twelve_games():
    lines = every_second_day(12, points=45, usage_rate=10.0)
    for one in lines[2::2]:
        one.update(points=20, usage_rate=30.0, ts_pct=0.6)
    for one in lines[3::2]:
        one.update(points=10, usage_rate=20.0)
    lines[-1] |= {"ts_pct": None, "assisted_fg_makes": None, "unassisted_fg_makes": None}
    teams = [team(before(2 * back), 99.0 + back % 2 * 2, 110.5 + back % 2) for back in range(1, 11)]
    teams.append(team(before(22), 60.0, 60.0))
    row = only(lines, teams=teams, zones=[zone()])
    assert row.pop("points_std_last_10") == pytest.approx(math.sqrt(10 * 25 / 9))
    assert row.pop("ts_pct_last_10") == pytest.approx((5 * 0.6 + 4 * 0.5) / 9)
    assert row == {
        "player_lookup": "scorer",
        "universal_player_id": "scorer_001",
        "cache_date": SLATE,
        "game_id": "20211120_BOS_GSW",
        "season_year": 2021,
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "points_avg_last_5": 14.0,  # 10, 20, 10, 20, 10
        "points_avg_last_10": 15.0,
        "points_avg_season": 20.0,  # 150 and 2 * 45 in 12 games
        "minutes_avg_last_10": 30.0,
        "usage_rate_last_10": 25.0,
        "games_played_season": 12,
        "player_usage_rate_season": 22.5,
        "team_pace_last_10": 100.0,
        "team_off_rating_last_10": 111.0,
        "games_in_last_7_days": 3,
        "games_in_last_14_days": 7,
        "minutes_in_last_7_days": 90.0,
        "minutes_in_last_14_days": 210.0,
        "avg_minutes_per_game_last_7": 30.0,
        "back_to_backs_last_14_days": 1,
        "primary_scoring_zone": "perimeter",
        "paint_rate_last_10": 30.0,
        "three_pt_rate_last_10": 45.5,
        "shot_zone_data_available": True,
        "assisted_rate_last_10": 0.75,
        "player_age": 27,
        "l5_completeness_pct": 100.0,
        "l5_is_complete": True,
        "l10_completeness_pct": 100.0,
        "l10_is_complete": True,
        "l7d_completeness_pct": 100.0,
        "l7d_is_complete": True,
        "l14d_completeness_pct": 100.0,
        "l14d_is_complete": True,
        "all_windows_complete": True,
        "cache_quality_score": 100.0,
        "quality_tier": "gold",
        "cache_version": "v1",
        "expected_games_count": 10,
        "actual_games_count": 10,
        "completeness_percentage": 100.0,
        "missing_games_count": 0,
        "missing_game_ids": None,
        "contributing_game_dates": ",".join(str(before(2 * back)) for back in range(10, 0, -1)),
        "is_production_ready": True,
        "data_quality_issues": None,
        "early_season_flag": False,
        "insufficient_data_reason": None,
    }


@pytest.mark.parametrize(("games", "reason"), [(5, "only 5 games, window is 10"), (10, None)])
def test_five_games_make_a_row_and_ten_a_full_one(games: int, reason: str | None):
    row = only(every_second_day(games))
    assert (row["games_played_season"], row["early_season_flag"]) == (games, games < 10)
    assert row["insufficient_data_reason"] == reason


def test_four_games_make_no_row_also_beside_games_sat_out_or_lost():
    assert cache([*every_second_day(4), sat_out(before(11)), line(before(12), season_type="cup_final")]) == []


def test_who_is_on_the_slate_comes_from_the_context_not_from_the_outcome():
    played_without_context = [line(before(back), player_lookup="other") for back in range(12, -1, -2)]
    rows = cache([*every_second_day(6), line(SLATE, points=60), *played_without_context])
    assert [(row["player_lookup"], row["points_avg_season"]) for row in rows] == [("scorer", 15.0)]


def test_bootstrap_dates_have_no_rows():
    lines = [line(OPENING + dt.timedelta(days=number)) for number in range(6)]
    days = [OPENING + dt.timedelta(days=number) for number in (13, 14)]
    con = stored(league(lines, [context(date) for date in days]))
    assert [row["cache_date"] for row in run(con, MODEL, OPENING, days[-1])] == days[1:]


def test_a_game_sat_out_is_no_game_and_no_gap():
    row = only([*every_second_day(6), sat_out(before(1))])
    assert (row["games_played_season"], row["points_avg_last_5"]) == (6, 15.0)
    assert (row["expected_games_count"], row["missing_games_count"], row["l7d_completeness_pct"]) == (6, 0, 100.0)


def test_a_game_the_box_score_has_and_the_summary_lacks_is_a_gap_in_every_window():
    lost = {name: value for name, value in line(before(1)).items() if name in ("player_lookup", "game_id", "team_abbr")}
    row = only(
        every_second_day(9),
        games=[game(before(back)) for back in (*range(18, 0, -2), 1)] + [game(SLATE, is_final=False)],
        boxes=[lost | {"game_date": before(1), "season_year": 2021, "did_play": True}],
    )
    assert [row[f"{window}_completeness_pct"] for window in ("l5", "l10", "l7d", "l14d")] == [80.0, 90.0, 75.0, 87.5]
    assert [row[f"{window}_is_complete"] for window in ("l5", "l10", "l7d", "l14d")] == [False, True, False, False]
    assert row["data_quality_issues"] == "l5_incomplete,l7d_incomplete,l14d_incomplete"
    assert (row["cache_quality_score"], row["quality_tier"]) == (80.0, "silver")
    assert (row["all_windows_complete"], row["is_production_ready"]) == (False, False)
    assert (row["expected_games_count"], row["actual_games_count"], row["missing_games_count"]) == (10, 9, 1)
    assert row["missing_game_ids"] == "20211119_BOS_GSW"
    assert row["games_played_season"] == 9


def test_a_game_without_any_box_score_is_a_gap_for_who_was_listed():
    listed = {"game_id": "20211119_BOS_GSW", "game_date": before(1), "player_lookup": "scorer", "team_abbr": "GSW"}
    games = [game(before(back)) for back in (*range(40, 0, -2), 1)] + [game(SLATE, is_final=False)]
    row = only(every_second_day(10), games=games, universe=[listed])
    assert (row["missing_game_ids"], row["completeness_percentage"]) == ("20211119_BOS_GSW", 90.0)
    assert only(every_second_day(10), games=games)["missing_game_ids"] is None


@pytest.mark.parametrize(("lost", "tier"), [(0, "gold"), (1, "silver"), (2, "bronze"), (3, "poor"), (4, "unusable")])
def test_tier_is_the_completeness_of_the_last_five_games(lost: int, tier: str):
    lines = every_second_day(12)
    tables = league(lines)
    tables[LINES] = lines[: 12 - lost]
    (row,) = run(stored(tables), MODEL, SLATE)
    assert (row["cache_quality_score"], row["quality_tier"]) == (100 - 20 * lost, tier)


def test_days_without_games_are_complete_and_count_zero():
    quiet = dict.fromkeys(("games_in_last_7_days", "games_in_last_14_days", "back_to_backs_last_14_days"), 0)
    nothing = {"minutes_in_last_7_days": 0.0, "minutes_in_last_14_days": 0.0, "avg_minutes_per_game_last_7": None}
    row = only([line(before(back)) for back in range(20, 14, -1)], [context(**quiet, **nothing)])
    assert (row["l7d_completeness_pct"], row["l14d_completeness_pct"], row["l7d_is_complete"]) == (None, None, True)
    assert (row["games_in_last_14_days"], row["minutes_in_last_7_days"]) == (0, 0.0)
    assert (row["avg_minutes_per_game_last_7"], row["is_production_ready"]) == (None, True)


def test_the_cup_final_stays_out_of_averages_and_completeness():
    final = line(before(1), season_type="cup_final", points=50, usage_rate=60.0)
    teams = [team(before(2)), team(before(1), pace=130.0, rating=130.0, season_type="cup_final")]
    row = only([*every_second_day(6), final], teams=teams)
    assert (row["points_avg_last_5"], row["points_avg_season"], row["usage_rate_last_10"]) == (15.0, 15.0, 20.0)
    assert (row["team_pace_last_10"], row["team_off_rating_last_10"]) == (100.0, 110.0)
    assert (row["games_played_season"], row["expected_games_count"], row["games_in_last_7_days"]) == (6, 6, 3)


def test_a_traded_player_keeps_his_games_and_takes_the_new_teams_form():
    lines = [line(before(back), points=30) for back in (20, 18, 16)] + every_second_day(3, team_abbr="NYK")
    teams = [team(before(2), 80.0), team(before(2), 100.0, team_abbr="NYK")]
    row = only(lines, [context(team_abbr="NYK")], teams=teams)
    assert (row["points_avg_season"], row["team_abbr"], row["team_pace_last_10"]) == (22.5, "NYK", 100.0)
    assert (row["expected_games_count"], row["missing_games_count"]) == (6, 0)


def test_last_seasons_games_do_not_enter():
    date = NEXT_OPENING + dt.timedelta(days=20)
    lines = [*every_second_day(9, points=40), *[line(before(back, date)) for back in range(5, 0, -1)]]
    tables = league(lines, [context(), context(date)], teams=[team(before(2), 120.0), team(before(1, date))])
    con = stored(tables)
    rows = run(con, MODEL, SLATE, date)
    assert [row["games_played_season"] for row in rows] == [9, 5]
    assert [row["points_avg_last_10"] for row in rows] == [40.0, 15.0]
    assert [row["team_pace_last_10"] for row in rows] == [120.0, 100.0]
    assert [row["expected_games_count"] for row in rows] == [9, 5]


def test_missing_inputs_stay_null():
    unknown = {"usage_rate": None, "ts_pct": None, "assisted_fg_makes": None, "unassisted_fg_makes": None}
    row = only(every_second_day(6, **unknown), [context(player_age=None)], teams=[team(before(2), None, None)])
    empty = [name for name, value in row.items() if value is None]
    assert empty == [
        "usage_rate_last_10",
        "ts_pct_last_10",
        "player_usage_rate_season",
        "team_pace_last_10",
        "team_off_rating_last_10",
        "primary_scoring_zone",
        "paint_rate_last_10",
        "three_pt_rate_last_10",
        "assisted_rate_last_10",
        "player_age",
        "missing_game_ids",
        "data_quality_issues",
    ]
    assert (row["shot_zone_data_available"], row["points_std_last_10"]) == (False, 0.0)


def test_zones_come_from_the_row_of_the_date_only():
    row = only(every_second_day(6), zones=[zone(before(1)), zone(player_lookup="other")])
    assert (row["shot_zone_data_available"], row["primary_scoring_zone"]) == (False, None)
    unknown = zone(primary_scoring_zone=None, paint_rate_last_10=None, three_pt_rate_last_10=None)
    row = only(every_second_day(6), zones=[unknown])
    assert (row["shot_zone_data_available"], row["primary_scoring_zone"]) == (True, None)


def two_seasons() -> tuple[dict[str, list[dict]], list[dt.date]]:
    """Games of two seasons, every one a different score, one of them lost on the first of three slates."""
    days = [before(1), SLATE, NEXT_OPENING + dt.timedelta(days=20)]
    dates = [before(back) for back in range(28, -3, -1)] + [before(back, days[-1]) for back in range(6, -1, -1)]
    lines = [line(date, points=7 * place % 31, usage_rate=10.0 + place) for place, date in enumerate(dates)]
    lines[5] |= {"did_play": False, "points": None}
    teams = [team(date, 90.1 + place / 7, 100.3 + place / 3) for place, date in enumerate(dates)]
    tables = league(lines, [context(day) for day in days], teams=teams, zones=[zone(days[0]), zone(days[2])])
    tables[LINES] = [one for one in lines if one["game_date"] != days[0]]
    return tables, days


def test_a_range_equals_its_days():
    tables, days = two_seasons()
    con = stored(tables)
    whole = run(con, MODEL, days[0], days[-1])
    assert len(whole) == 3
    assert whole == [row for day in days for row in run(con, MODEL, day)]


def test_nothing_from_the_date_on_changes_its_rows():
    tables, days = two_seasons()
    con = stored(tables)
    for day in days[::2]:
        past = {
            table: [row for row in rows if table not in FACTS or row["game_date"] < day]
            for table, rows in tables.items()
        }
        past[GAMES] = [row | {"is_final": row["game_date"] < day} for row in tables[GAMES]]
        assert run(stored(past), MODEL, day) == run(con, MODEL, day)


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("longer_windows_hold_more", {"games_in_last_7_days": 8}),
        ("longer_windows_hold_more", {"minutes_in_last_7_days": 211.0}),
        ("zone_shares_are_parts", {"paint_rate_last_10": 60.0}),
        ("zones_come_from_a_row", {"shot_zone_data_available": False}),
    ],
)
def test_checks_can_fail(check: str, changes: dict):
    con = stored(league(every_second_day(6), zones=[zone()]))
    run(con, MODEL, SLATE)
    assert broken_checks(con, MODEL, SLATE) == []
    name, value = changes.popitem()
    con.execute(f"update {MODEL} set {name} = $value", {"value": value})
    assert broken_checks(con, MODEL, SLATE) == [check]


def test_a_row_without_zones_passes_the_checks():
    con = stored(league(every_second_day(6)))
    run(con, MODEL, SLATE)
    assert broken_checks(con, MODEL, SLATE) == []
