"""How teams defend the zones: window, league values and their fallbacks, ties, stale teams, what is missing."""

import datetime as dt
from itertools import pairwise

import pytest

from nba_pipeline_tests.models.harness import broken_checks, given, run, warehouse

MODEL = "nba_precompute.team_defense_zone_analysis"
DEFENCE, GAMES = "nba_analytics.team_defense_game_summary", "nba_reference.dim_game"
OPENING, SLATE = dt.date(2021, 10, 19), dt.date(2021, 11, 20)
NEXT_OPENING = dt.date(2022, 10, 18)
SEASONS = [
    {"season_year": year, "regular_start": start, "bootstrap_end": start + dt.timedelta(days=13)}
    for year, start in ((2021, OPENING), (2022, NEXT_OPENING))
]


def back(days: int, slate: dt.date = SLATE) -> dt.date:
    return slate - dt.timedelta(days=days)


def season_of(date: dt.date) -> int:
    return 2022 if date >= NEXT_OPENING else 2021 if date >= OPENING else 2020


def identity(date: dt.date, team: str) -> dict:
    return {"game_id": f"{date:%Y%m%d}_{team}_OPP", "game_date": date, "season_year": season_of(date)}


def game(date: dt.date, team: str = "AAA", **changes) -> dict:
    teams = {"home_team_abbr": "OPP", "away_team_abbr": team}
    return identity(date, team) | {"season_type": "regular", "is_final": True} | teams | changes


def defence(date: dt.date, team: str = "AAA", **changes) -> dict:
    """The opponent makes 20 of 40 in the paint, 4 of 10 from mid-range, 10 of 30 threes."""
    return {
        **identity(date, team),
        "season_type": "regular",
        "defending_team_abbr": team,
        "opponent_team_abbr": "OPP",
        "points_allowed": 110,
        "has_complete_shot_zones": True,
        "opp_paint_attempts": 40,
        "opp_paint_makes": 20,
        "opp_mid_range_attempts": 10,
        "opp_mid_range_makes": 4,
        "opp_three_pt_attempts": 30,
        "opp_three_pt_makes": 10,
        "points_in_paint_allowed": 40,
        "blocks_paint": 3,
        "blocks_mid_range": 1,
        "blocks_three_pt": 0,
        "defensive_rating": 112.5,
        "opponent_pace": 98.5,
    } | changes


BLOCKS = ("blocks_paint", "blocks_mid_range", "blocks_three_pt")
ZONES = (
    "opp_paint_attempts",
    "opp_paint_makes",
    "opp_mid_range_attempts",
    "opp_mid_range_makes",
    "points_in_paint_allowed",
)
NO_BLOCKS = dict.fromkeys(BLOCKS)
NO_ZONES = dict.fromkeys(ZONES) | NO_BLOCKS


#: What a shot chart of makes alone leaves of a game: every attempt went in.
ONLY_MAKES = {
    "has_complete_shot_zones": False,
    "opp_paint_attempts": 20,
    "opp_mid_range_attempts": 4,
}


def made(paint: int, mid_range: int, three: int) -> dict:
    """Makes of ten attempts in each zone."""
    return {
        "opp_paint_attempts": 10,
        "opp_paint_makes": paint,
        "opp_mid_range_attempts": 10,
        "opp_mid_range_makes": mid_range,
        "opp_three_pt_attempts": 10,
        "opp_three_pt_makes": three,
    }


def season(count: int, team: str = "AAA", slate: dt.date = SLATE, **changes) -> list[dict]:
    """Games on consecutive days, the newest on the day before the slate."""
    return [defence(back(days, slate), team, **changes) for days in range(count, 0, -1)]


def league(rows: list[dict], games: list[dict] | None = None):
    con = warehouse()
    given(con, "nba_reference.season_calendar", SEASONS)
    given(con, GAMES, [game(SLATE, is_final=False)] if games is None else games)
    given(con, DEFENCE, rows)
    return con


def zones(rows: list[dict], slate: dt.date = SLATE, games: list[dict] | None = None) -> dict[str, dict]:
    return {row["team_abbr"]: row for row in run(league(rows, games), MODEL, slate)}


def test_every_column_of_fifteen_games():
    rows = season(16)
    # Sixteenth-newest game: outside the window. Newest: no zones; one before: zones, no blockers.
    rows[0].update(made(10, 10, 10) | {"points_allowed": 200, "defensive_rating": 200.0})
    rows[-1].update(NO_ZONES | {"points_allowed": 125, "defensive_rating": 120.0, "opponent_pace": 106.0})
    rows[-2].update(NO_BLOCKS | {"opp_paint_makes": 34, "points_in_paint_allowed": 68})
    con = league(rows, [game(SLATE, is_final=False), *(game(back(days)) for days in range(16, 0, -1))])
    (row,) = run(con, MODEL, SLATE)
    # Season to date, pooled over sixteen games: paint 13 * 20 + 34 + 10 of 14 * 40 + 10, mid-range 14 * 4 + 10 of 150,
    # threes 15 * 10 + 10 of 15 * 30 + 10.
    league_paint, league_mid_range, league_three = 304 / 570, 66 / 150, 160 / 460
    assert row == {
        "team_abbr": "AAA",
        "analysis_date": SLATE,
        "season_year": 2021,
        "paint_pct_allowed_last_15": 294 / 560,
        "paint_attempts_allowed_per_game": 40.0,
        "paint_points_allowed_per_game": (13 * 40 + 68) / 14,
        "paint_blocks_per_game": 3.0,
        "paint_defense_vs_league_avg": pytest.approx((294 / 560 - league_paint) * 100),
        "mid_range_pct_allowed_last_15": 0.4,
        "mid_range_attempts_allowed_per_game": 10.0,
        "mid_range_blocks_per_game": 1.0,
        "mid_range_defense_vs_league_avg": pytest.approx(-4.0),
        "three_pt_pct_allowed_last_15": 150 / 450,
        "three_pt_attempts_allowed_per_game": 30.0,
        "three_pt_blocks_per_game": 0.0,
        "three_pt_defense_vs_league_avg": pytest.approx((150 / 450 - league_three) * 100),
        "defensive_rating_last_15": 113.0,
        "opponent_points_per_game": 111.0,
        "opponent_pace": 99.0,
        "games_in_sample": 15,
        "zone_games_in_sample": 14,
        "strongest_zone": "mid_range",
        "weakest_zone": "paint",
        "league_paint_pct": league_paint,
        "league_mid_range_pct": league_mid_range,
        "league_three_pt_pct": league_three,
        "league_avg_source": "season_to_date",
        "league_teams_in_sample": 0,
        "is_stale": False,
        "data_quality_tier": "high",
        "calculation_notes": None,
        "expected_games_count": 15,
        "actual_games_count": 15,
        "completeness_percentage": 100.0,
        "missing_games_count": 0,
        "missing_game_ids": None,
        "contributing_game_dates": ",".join(f"2021-11-{number:02}" for number in range(5, 20)),
        "is_production_ready": True,
        "data_quality_issues": None,
        "early_season_flag": False,
        "insufficient_data_reason": None,
    }
    assert broken_checks(con, MODEL, SLATE) == []


@pytest.mark.parametrize(("count", "tier"), [(5, "low"), (9, "low"), (10, "medium"), (14, "medium"), (15, "high")])
def test_small_samples_have_honest_tiers(count, tier):
    row = zones(season(count))["AAA"]
    small = count < 15
    assert (row["games_in_sample"], row["data_quality_tier"], row["early_season_flag"]) == (count, tier, small)
    assert row["insufficient_data_reason"] == (f"only {count} games, window is 15" if small else None)


def test_four_games_make_no_row():
    assert zones(season(4)) == {}


def test_league_value_is_the_unweighted_mean_of_ten_teams_with_ten_games():
    rows = [row for number in range(9) for row in season(10, f"T{number}", **made(5, 4, 3))]
    # Ten times the attempts, another percentage: a pooled value would be pulled to it.
    heavy = {name: value * 10 for name, value in made(8, 6, 5).items()}
    rows += season(10, "TEN", **heavy) + season(9, "FEW", **made(10, 10, 10))
    row = zones(rows)["FEW"]
    assert (row["league_avg_source"], row["league_teams_in_sample"]) == ("last_30_days", 10)
    assert row["league_paint_pct"] == pytest.approx((9 * 0.5 + 0.8) / 10)
    assert row["league_mid_range_pct"] == pytest.approx((9 * 0.4 + 0.6) / 10)
    assert row["league_three_pt_pct"] == pytest.approx((9 * 0.3 + 0.5) / 10)
    assert row["paint_defense_vs_league_avg"] == pytest.approx(47.0)


@pytest.mark.parametrize(("oldest", "source"), [(30, "last_30_days"), (31, "season_to_date")])
def test_the_30_days_of_the_league_end_the_day_before_the_slate(oldest, source):
    slate = dt.date(2021, 11, 25)
    rows = [
        row
        for number in range(10)
        for row in [*season(9, f"T{number}", slate), defence(back(oldest, slate), f"T{number}")]
    ]
    rows += [defence(slate, f"T{number}", **made(10, 10, 10)) for number in range(10)]
    row = zones(rows, slate, [game(slate, is_final=False)])["T0"]
    assert (row["league_avg_source"], row["games_in_sample"]) == (source, 10)
    assert (row["league_paint_pct"], row["league_mid_range_pct"]) == (0.5, 0.4)


@pytest.mark.parametrize("spoilt", ["too few games", "no zones"])
def test_nine_teams_fall_back_to_the_pooled_regular_season_to_date(spoilt):
    rows = [row for number in range(9) for row in season(10, f"T{number}", **made(5, 4, 3))]
    heavy = {name: value * 10 for name, value in made(8, 6, 5).items()}
    rows += season(9, "TEN", **heavy) if spoilt == "too few games" else season(10, "TEN", **heavy | NO_ZONES)
    rows += [defence(back(2), "POST", season_type="playoffs", **made(10, 10, 10))]
    row = zones(rows)["T0"]
    assert (row["league_avg_source"], row["league_teams_in_sample"]) == ("season_to_date", 0)
    # 90 games of 5 of 10, and nine of 80 of 100 where these have zones.
    expected = (450 + 720) / (900 + 900) if spoilt == "too few games" else 0.5
    assert row["league_paint_pct"] == expected


def test_season_to_date_reaches_behind_the_30_days():
    slate = dt.date(2021, 12, 20)
    old = [defence(OPENING, "OLD", **made(9, 9, 9))]
    row = zones(season(9, "AAA", slate, **made(5, 5, 5)) + old, slate, [game(slate, is_final=False)])["AAA"]
    assert row["league_paint_pct"] == 54 / 100


def test_without_zones_this_season_the_previous_regular_season_counts():
    slate = dt.date(2022, 11, 20)
    rows = season(10, "AAA", slate, **NO_ZONES)
    rows += season(3, "OLD", **made(6, 4, 2))
    rows += season(3, "POST", season_type="playoffs", **made(9, 9, 9))
    rows += [defence(dt.date(2021, 3, 1), "ANCIENT", **made(9, 9, 9))]
    row = zones(rows, slate, [game(slate, is_final=False)])["AAA"]
    assert (row["league_avg_source"], row["games_in_sample"]) == ("previous_season", 10)
    assert (row["league_paint_pct"], row["league_mid_range_pct"], row["league_three_pt_pct"]) == (0.6, 0.4, 0.2)
    assert row["three_pt_defense_vs_league_avg"] == pytest.approx((1 / 3 - 0.2) * 100)


def test_without_any_zones_the_constants_count_and_nothing_is_made_up():
    row = zones(season(6, **NO_ZONES))["AAA"]
    assert (row["league_avg_source"], row["league_teams_in_sample"]) == ("constant", 0)
    assert (row["league_paint_pct"], row["league_mid_range_pct"], row["league_three_pt_pct"]) == (0.58, 0.41, 0.355)
    known = {"league_paint_pct", "league_mid_range_pct"}
    unknown = [name for name in row if ("paint" in name or "mid_range" in name) and name not in known]
    assert len(unknown) == 9
    assert {name: row[name] for name in unknown} == dict.fromkeys(unknown)
    assert (row["three_pt_blocks_per_game"], row["zone_games_in_sample"]) == (None, 0)
    assert (row["strongest_zone"], row["weakest_zone"]) == ("perimeter", None)
    assert row["calculation_notes"] == "no paint attempts; no mid_range attempts"


def test_no_zone_at_all_is_neither_strongest_nor_weakest():
    row = zones(season(6, **NO_ZONES, opp_three_pt_attempts=0, opp_three_pt_makes=0))["AAA"]
    assert (row["strongest_zone"], row["weakest_zone"], row["three_pt_pct_allowed_last_15"]) == (None, None, None)
    assert row["calculation_notes"] == "no paint attempts; no mid_range attempts; no three_pt attempts"


@pytest.mark.parametrize(
    ("makes", "mirrored", "strongest", "weakest"),
    [
        ((6, 6, 4), (4, 4, 6), "perimeter", "paint"),
        ((4, 4, 6), (6, 6, 4), "paint", "perimeter"),
        ((4, 6, 6), (6, 4, 4), "paint", "mid_range"),
        ((6, 4, 4), (4, 6, 6), "mid_range", "paint"),
        ((6, 4, 6), (4, 6, 4), "mid_range", "paint"),
        ((5, 6, 4), (5, 4, 6), "perimeter", "mid_range"),
    ],
)
def test_ties_go_to_paint_then_mid_range_then_perimeter(makes, mirrored, strongest, weakest):
    # The two teams together make half of everything, so the league's value is 0.5 in every zone.
    row = zones(season(5, **made(*makes)) + season(5, "BBB", **made(*mirrored)))["AAA"]
    assert (row["league_paint_pct"], row["league_mid_range_pct"], row["league_three_pt_pct"]) == (0.5, 0.5, 0.5)
    assert (row["strongest_zone"], row["weakest_zone"]) == (strongest, weakest)


def test_two_known_zones_have_a_strongest_and_a_weakest():
    rows = season(5, **made(6, 0, 4) | {"opp_mid_range_attempts": 0}) + season(5, "BBB", **made(4, 5, 6))
    row = zones(rows)["AAA"]
    assert (row["strongest_zone"], row["weakest_zone"]) == ("perimeter", "paint")
    assert row["mid_range_defense_vs_league_avg"] is None
    assert row["calculation_notes"] == "no mid_range attempts"


@pytest.mark.parametrize(("days", "stale"), [(30, False), (31, True)])
def test_a_team_without_games_keeps_its_row_and_is_stale_after_30_days(days, stale):
    slate = dt.date(2022, 5, 20)
    rows = season(8, "OUT", back(days - 1, slate)) + season(8, "AAA", slate, season_type="playoffs")
    made_rows = zones(rows, slate, [game(slate, is_final=False)])
    assert {team: row["is_stale"] for team, row in made_rows.items()} == {"AAA": False, "OUT": stale}
    assert made_rows["OUT"]["games_in_sample"] == 8


def test_a_game_that_does_not_count_enters_no_window():
    different = made(10, 10, 10)
    rows = [
        *(defence(back(days)) for days in range(7, 2, -1)),
        defence(back(2), season_type="cup_final", **different),
        defence(SLATE, **different),
        defence(back(-1), **different),
        *(defence(OPENING - dt.timedelta(days=days), **different) for days in range(150, 160)),
    ]
    games = [game(row["game_date"], season_type=row["season_type"]) for row in rows]
    row = zones(rows, games=games)["AAA"]
    assert (row["games_in_sample"], row["paint_pct_allowed_last_15"]) == (5, 0.5)
    assert (row["expected_games_count"], row["completeness_percentage"]) == (5, 100.0)
    assert row["contributing_game_dates"] == "2021-11-13,2021-11-14,2021-11-15,2021-11-16,2021-11-17"
    assert row["league_paint_pct"] == 0.5


def test_no_rows_in_the_bootstrap_and_without_games():
    first = OPENING + dt.timedelta(days=14)
    con = league(season(8, slate=back(2, first)), [game(back(1, first)), game(first)])
    assert run(con, MODEL, OPENING, back(1, first)) == []
    assert [row["analysis_date"] for row in run(con, MODEL, OPENING, SLATE)] == [first]


@pytest.mark.parametrize(
    ("missing", "percentage", "ready"), [({4}, 1400 / 15, True), ({4, 9}, 1300 / 15, False), ({16}, 100.0, True)]
)
def test_a_missing_game_lowers_completeness_on_either_side(missing, percentage, ready):
    rows = [row for row in season(18) if (SLATE - row["game_date"]).days not in missing]
    games = [game(SLATE, is_final=False), game(back(17), is_final=False)]
    # The team is at home in every other game, away in the rest.
    for days in range(16, 0, -1):
        sides = {"home_team_abbr": "AAA", "away_team_abbr": "OPP"} if days % 2 else {}
        games.append(game(back(days), **sides))
    row = zones(rows, games=games)["AAA"]
    gaps = sorted(days for days in missing if days <= 15)
    assert (row["expected_games_count"], row["actual_games_count"]) == (15, 15 - len(gaps))
    assert row["missing_games_count"] == len(gaps)
    assert row["completeness_percentage"] == pytest.approx(percentage)
    ids = ",".join(f"{back(days):%Y%m%d}_AAA_OPP" for days in reversed(gaps))
    assert row["missing_game_ids"] == (ids or None)
    assert (row["is_production_ready"], row["data_quality_issues"]) == (ready, None if ready else "own_data_incomplete")
    # The window itself reaches back for the newest stored games.
    assert row["games_in_sample"] == 15


def test_without_an_expectation_a_row_is_ready():
    row = zones(season(6))["AAA"]
    assert (row["expected_games_count"], row["completeness_percentage"]) == (0, None)
    assert row["is_production_ready"] is True


def seasons_of_games() -> dict[str, list[dict]]:
    """Two seasons of eleven teams: what the laws are tried on."""
    tables: dict[str, list[dict]] = {GAMES: [], DEFENCE: []}
    for opening in (OPENING, NEXT_OPENING):
        for number in range(46 if opening == OPENING else 19):
            date = opening + dt.timedelta(days=number)
            for place in range(11):
                if (number + place) % 4 > 1:
                    continue
                kind = "cup_final" if (number, place) == (40, 0) else "regular"
                team = f"T{place:02}"
                tables[GAMES].append(game(date, team, season_type=kind))
                mix = made((number + place) % 8 + 1, (number * place) % 9 + 1, number % 5 + 1)
                zones_known = (number * (place + 2)) % 13 > 1
                ratings = {"defensive_rating": 100 + (number * place) % 17 / 3, "opponent_pace": 95 + place / 7}
                if (number * 3 + place) % 17:
                    changes = mix | ({} if zones_known else NO_ZONES) | ratings
                    tables[DEFENCE].append(defence(date, team, season_type=kind, **changes))
    return tables


def test_a_range_equals_its_days_one_by_one_also_across_seasons():
    tables = seasons_of_games()
    con = league(tables[DEFENCE], tables[GAMES])
    start, end = OPENING + dt.timedelta(days=40), NEXT_OPENING + dt.timedelta(days=18)
    whole = run(con, MODEL, start, end)
    days = [OPENING + dt.timedelta(days=number) for number in range(40, 47)]
    days += [NEXT_OPENING + dt.timedelta(days=number) for number in range(13, 19)]
    single = [row for date in days for row in run(con, MODEL, date)]
    assert whole == sorted(single, key=lambda row: (row["team_abbr"], str(row["analysis_date"])))
    assert {row["season_year"] for row in whole} == {2021, 2022}
    assert {row["league_avg_source"] for row in whole} == {"last_30_days", "season_to_date"}
    assert {row["data_quality_tier"] for row in whole} == {"high", "medium", "low"}
    assert {row["is_production_ready"] for row in whole} == {True, False}
    assert broken_checks(con, MODEL, start, end) == []


def test_rows_of_a_slate_do_not_know_the_slate_or_later():
    tables = seasons_of_games()
    slate = OPENING + dt.timedelta(days=40)
    before = zones(tables[DEFENCE], slate, tables[GAMES])
    played = {name: [row for row in rows if row["game_date"] < slate] for name, rows in tables.items()}
    after = zones(played[DEFENCE], slate, [*played[GAMES], game(slate, is_final=False)])
    assert len(before) == 11
    assert after == before


def test_a_window_moves_one_game_at_a_time():
    tables = seasons_of_games()
    con = league(tables[DEFENCE], tables[GAMES])
    rows = run(con, MODEL, OPENING + dt.timedelta(days=20), OPENING + dt.timedelta(days=45))
    for earlier, later in pairwise(rows):
        if earlier["team_abbr"] == later["team_abbr"]:
            new = set(later["contributing_game_dates"].split(",")) - set(earlier["contributing_game_dates"].split(","))
            assert new <= {str(earlier["analysis_date"])}


@pytest.mark.parametrize(
    ("check", "passing", "failing"),
    [
        (
            "strongest_is_not_weakest",
            {"strongest_zone": "paint", "weakest_zone": None},
            {"strongest_zone": "paint", "weakest_zone": "paint"},
        ),
    ],
)
def test_checks_find_what_they_are_for(check, passing, failing):
    for changes, broken in ((passing, []), (failing, [check])):
        con = warehouse()
        given(con, MODEL, [{"team_abbr": "AAA", "analysis_date": SLATE} | changes])
        assert broken_checks(con, MODEL, SLATE) == broken


def test_a_game_whose_shots_are_not_whole_counts_for_points_but_not_for_zones():
    rows = season(6)
    for entry in rows[3:]:
        entry.update(ONLY_MAKES)
    row = zones(rows)["AAA"]
    assert (row["games_in_sample"], row["zone_games_in_sample"], row["opponent_points_per_game"]) == (6, 3, 110.0)
    assert (row["paint_pct_allowed_last_15"], row["paint_attempts_allowed_per_game"]) == (0.5, 40.0)
    assert (row["mid_range_pct_allowed_last_15"], row["paint_blocks_per_game"]) == (0.4, 3.0)
    assert (row["three_pt_pct_allowed_last_15"], row["league_paint_pct"]) == (60 / 180, 0.5)
    for entry in rows:
        entry.update(ONLY_MAKES)
    row = zones(rows)["AAA"]
    unknown = [name for name in row if name.startswith(("paint", "mid_range")) or name == "three_pt_blocks_per_game"]
    assert {row[name] for name in unknown} == {None}
    assert row["league_avg_source"] == "constant"
