"""player_game_summary: usage, efficiency, the outcome against the line, and quality."""

import pytest

from nba_pipeline_tests.models.harness import broken_checks, given, rows_of, run, warehouse
from nba_pipeline_tests.models.rows import DAY, GAME

SUMMARY = "nba_analytics.player_game_summary"


def line(**changes) -> dict:
    """A played line: 24 points on 18 attempts, 6 free throws and 3 turnovers in 36 minutes."""
    return {
        "game_id": GAME,
        "game_date": DAY,
        "season_year": 2021,
        "season_type": "regular",
        "player_lookup": "gswone",
        "universal_player_id": "gswone_001",
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "home_game": True,
        "player_status": "active",
        "did_play": True,
        "seconds_played": 2160,
        "points": 24,
        "fg_makes": 8,
        "fg_attempts": 18,
        "three_pt_makes": 3,
        "three_pt_attempts": 8,
        "ft_makes": 5,
        "ft_attempts": 6,
        "offensive_rebounds": 1,
        "defensive_rebounds": 5,
        "assists": 7,
        "turnovers": 3,
        "plus_minus": 0,
        "primary_source_used": "nbac_gamebook",
        "match_method": "exact",
    } | changes


def absent(**changes) -> dict:
    nothing = dict.fromkeys(
        (
            "seconds_played",
            "points",
            "fg_makes",
            "fg_attempts",
            "three_pt_makes",
            "three_pt_attempts",
            "ft_makes",
            "ft_attempts",
            "offensive_rebounds",
            "defensive_rebounds",
            "assists",
            "turnovers",
            "plus_minus",
        )
    )
    return line(did_play=False, player_status="dnp", **nothing) | changes


def team(**changes) -> dict:
    return {
        "game_id": GAME,
        "game_date": DAY,
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "fg_attempts": 88,
        "ft_attempts": 22,
        "turnovers": 14,
        "overtime_periods": 0,
        "win_flag": True,
    } | changes


def market(points_line: float) -> dict:
    return {
        "game_id": GAME,
        "game_date": DAY,
        "player_lookup": "gswone",
        "points_line": points_line,
        "points_line_source": "odds_api:draftkings",
        "opening_line": 22.5,
        "opening_line_source": "odds_api:draftkings",
        "line_movement": points_line - 22.5,
    }


def summary(*lines: dict, teams: tuple[dict, ...] = (team(),), markets: tuple[dict, ...] = ()) -> list[dict]:
    con = warehouse()
    given(con, "nba_reference.player_box_lines", lines)
    given(con, "nba_analytics.team_offense_game_summary", teams)
    given(con, "nba_reference.points_lines", markets)
    return run(con, SUMMARY, DAY)


def test_rates_of_a_played_game():
    (row,) = summary(line())
    # 100 * (18 + 0.44 * 6 + 3) * 48 / (36 * (88 + 0.44 * 22 + 14)) and 24 / (2 * (18 + 0.44 * 6))
    assert (row["usage_rate"], row["ts_pct"], row["efg_pct"]) == (28.2, 0.581, 0.528)
    assert (row["minutes_played"], row["total_rebounds"], row["plus_minus"], row["win_flag"]) == (36.0, 6, 0, True)


@pytest.mark.parametrize(("overtimes", "usage"), [(0, 28.2), (1, 31.2), (2, 34.1)])
def test_usage_counts_overtime_in_the_game_minutes(overtimes, usage):
    (row,) = summary(line(), teams=(team(overtime_periods=overtimes),))
    assert row["usage_rate"] == usage


@pytest.mark.parametrize(
    ("teams", "changes"),
    [
        ((), {}),
        ((team(fg_attempts=17),), {}),
        ((team(turnovers=None),), {}),
        ((team(overtime_periods=None),), {}),
        ((team(),), {"seconds_played": 0}),
        ((team(),), {"seconds_played": 60}),
    ],
)
def test_usage_is_null_when_an_input_is_missing_or_the_result_impossible(teams, changes):
    (row,) = summary(line(**changes), teams=teams)
    assert row["usage_rate"] is None


def test_an_impossible_usage_and_a_differing_team_are_issues():
    (row,) = summary(line(seconds_played=60))
    assert row["quality_issues"] == "shot_zones_unavailable,impossible_usage_rate,team_attempts_mismatch"
    assert row["processed_with_issues"] is True


def test_free_throws_alone_have_true_shooting_but_no_effective_rate():
    (row,) = summary(line(fg_makes=0, fg_attempts=0, three_pt_makes=0, three_pt_attempts=0, points=5))
    assert (row["ts_pct"], row["efg_pct"]) == (0.947, None)


@pytest.mark.parametrize(
    ("points_line", "result", "margin"), [(23.5, "OVER", 0.5), (24.0, "PUSH", 0.0), (24.5, "UNDER", -0.5)]
)
def test_over_under_and_push(points_line, result, margin):
    (row,) = summary(line(), markets=(market(points_line),))
    assert (row["over_under_result"], row["margin"], row["points_line"]) == (result, margin, points_line)


def test_no_line_has_no_result():
    (row,) = summary(line())
    assert {row[name] for name in ("points_line", "over_under_result", "margin", "line_movement")} == {None}


def test_a_bet_on_a_player_who_did_not_play_is_void():
    (row,) = summary(absent(), markets=(market(24.5),))
    assert (row["points_line"], row["over_under_result"], row["margin"]) == (24.5, None, None)


def test_who_did_not_play_has_null_statistics():
    (row,) = summary(absent(dnp_reason="DNP - Coach's Decision"))
    assert (row["is_dnp"], row["did_play"], row["is_active"], row["dnp_reason_category"]) == (
        True,
        False,
        False,
        "coach_decision",
    )
    assert {
        row[name] for name in ("minutes_played", "points", "usage_rate", "ts_pct", "efg_pct", "total_rebounds")
    } == {None}


def test_an_appearance_without_minutes_is_a_game_with_null_rates():
    nothing = {name: 0 for name, value in absent().items() if name in line() and value is None}
    con = warehouse()
    given(con, "nba_reference.player_box_lines", [line(**nothing)])
    given(con, "nba_analytics.team_offense_game_summary", [team()])
    given(con, "nba_reference.points_lines", [market(0.5)])
    (row,) = run(con, SUMMARY, DAY)
    assert (row["did_play"], row["minutes_played"], row["points"], row["over_under_result"]) == (True, 0.0, 0, "UNDER")
    assert {row[name] for name in ("usage_rate", "ts_pct", "efg_pct")} == {None}
    (counted,) = rows_of(con, "nba_processing.eligible_player_games")
    assert (counted["points"], counted["seconds_played"]) == (0, 0)
    assert {counted[f"{rate}_millionths"] for rate in ("usage", "ts", "points_per_minute")} == {None}


@pytest.mark.parametrize(
    ("reason", "category"),
    [
        ("Injury/Illness - Left Knee; Sprain", "injury"),
        ("DND - Rest", "rest"),
        ("Restricted list", "other"),
        ("NWT - Personal", "personal"),
        ("DNP - Coach's decision", "coach_decision"),
        ("League Suspension", "coach_decision"),
        ("G League - Two-Way", "other"),
        (None, None),
    ],
)
def test_reasons_are_read_by_whole_words(reason, category):
    (row,) = summary(absent(dnp_reason=reason))
    assert row["dnp_reason_category"] == category


@pytest.mark.parametrize(
    ("changes", "tier", "score"),
    [
        ({}, "gold", 95.0),
        ({"plus_minus": None}, "silver", 90.0),
        ({"primary_source_used": "bdl_boxscores", "plus_minus": None}, "silver", 75.0),
    ],
)
def test_quality_falls_with_the_source_and_what_is_missing(changes, tier, score):
    (row,) = summary(line(**changes))
    assert (row["quality_tier"], row["quality_score"], row["is_production_ready"]) == (tier, score, True)


@pytest.mark.parametrize(
    ("reason", "issue", "is_ready"),
    [
        ("adds_up", False, True),
        ("adds_up_with_other_sources", True, True),
        ("better_source_does_not_add_up", True, True),
        ("nothing_adds_up", True, False),
        ("no_final_score", True, False),
    ],
)
def test_lines_that_do_not_add_up_are_not_ready_for_production(reason, issue, is_ready):
    (row,) = summary(line(source_reason=reason))
    assert (row["source_reason"], row["is_production_ready"]) == (reason, is_ready)
    assert (f"source:{reason}" in row["quality_issues"].split(",")) == issue


def test_an_unknown_player_keeps_his_row():
    (row,) = summary(line(universal_player_id=None, match_method="unresolved"))
    assert (row["is_registry_resolved"], row["points"], row["quality_issues"]) == (
        False,
        24,
        "shot_zones_unavailable,team_attempts_mismatch,unresolved_name",
    )


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"points": 25}, "points_add_up"),
        ({"fg_makes": 19}, "makes_do_not_exceed_attempts"),
        ({"seconds_played": None}, "who_played_has_minutes"),
        ({"did_play": False}, "who_did_not_play_has_no_statistics"),
        ({}, "player_points_sum_to_the_team"),
        ({}, "player_seconds_sum_to_the_game"),
        ({}, "game_is_in_the_schedule"),
    ],
)
def test_checks_can_fail(changes, check):
    con = warehouse()
    given(con, "nba_reference.player_box_lines", [line(**changes)])
    given(con, "nba_analytics.team_offense_game_summary", [team(points_scored=110)])
    run(con, SUMMARY, DAY)
    assert check in broken_checks(con, SUMMARY, DAY)


@pytest.mark.parametrize(("with_lines", "is_broken"), [(0, False), (1, True), (3, False)])
def test_a_date_with_points_lines_has_them_for_most_of_the_rotation(with_lines, is_broken):
    players = ["gswone", "gswtwo", "gswthree", "gswfour", "gswfive"]
    con = warehouse()
    given(con, "nba_reference.player_box_lines", [line(player_lookup=player) for player in players])
    given(con, "nba_analytics.team_offense_game_summary", [team()])
    given(con, "nba_reference.points_lines", [market(24.5) | {"player_lookup": one} for one in players[:with_lines]])
    run(con, SUMMARY, DAY)
    assert ("rotation_players_have_lines" in broken_checks(con, SUMMARY, DAY)) == is_broken
