"""The four context factors of a slate's players, each from hand-written inputs, and what a missing input does."""

import datetime as dt

from nba_pipeline_tests.models.harness import broken_checks, given, run, warehouse

MODEL = "nba_precompute.player_composite_factors"
LINES, CONTEXT = "nba_analytics.player_game_summary", "nba_analytics.upcoming_player_game_context"
TEAMS, TEAM_CONTEXT = "nba_analytics.team_offense_game_summary", "nba_analytics.upcoming_team_game_context"
ZONES, DEFENCE = "nba_precompute.player_shot_zone_analysis", "nba_precompute.team_defense_zone_analysis"
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
    return {
        "player_lookup": "scorer",
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "season_type": "regular",
        "team_abbr": "GSW",
        "did_play": True,
        "usage_rate": 20.0,
    } | changes


def context(date: dt.date = SLATE, **changes) -> dict:
    """A rested young player whose usage nobody's absence changes: every rule of fatigue and usage is silent."""
    return {
        "player_lookup": "scorer",
        "universal_player_id": "scorer_001",
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "days_rest": 2,
        "back_to_back": False,
        "games_in_last_7_days": 3,
        "minutes_in_last_7_days": 105.0,
        "avg_minutes_per_game_last_7": 35.0,
        "back_to_backs_last_14_days": 0,
        "player_age": 29,
        "projected_usage_rate": 20.0,
        "star_teammates_out": 0,
        "is_production_ready": True,
    } | changes


def team(date: dt.date, name: str, pace: float | None = 100.0, **changes) -> dict:
    return {
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "season_type": "regular",
        "team_abbr": name,
        "pace": pace,
    } | changes


def zone(date: dt.date = SLATE, **changes) -> dict:
    return {
        "player_lookup": "scorer",
        "analysis_date": date,
        "primary_scoring_zone": "paint",
        "paint_rate_last_10": 40.0,
        "mid_range_rate_last_10": 25.0,
        "three_pt_rate_last_10": 35.0,
        "is_production_ready": True,
    } | changes


def defence(date: dt.date = SLATE, name: str = "BOS", **changes) -> dict:
    return {
        "team_abbr": name,
        "analysis_date": date,
        "season_year": season_of(date),
        "paint_defense_vs_league_avg": 2.5,
        "mid_range_defense_vs_league_avg": -4.0,
        "three_pt_defense_vs_league_avg": 1.0,
        "is_production_ready": True,
    } | changes


def team_context(date: dt.date = SLATE, name: str = "BOS", ready: bool = True) -> dict:
    return {
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "team_abbr": name,
        "is_production_ready": ready,
    }


EVEN = [team(before(back), name) for back in (4, 2) for name in ("GSW", "BOS")]


def league(
    lines: list[dict] | None = None, contexts: list[dict] | None = None, **tables: list[dict]
) -> dict[str, list[dict]]:
    """All tables of a small league. Unless told otherwise: ten games, every upstream ready, no factor acts."""
    lines = [line(before(2 * back)) for back in range(10, 0, -1)] if lines is None else lines
    contexts = [context()] if contexts is None else contexts
    kinds = {one["game_date"]: one["season_type"] for one in lines}
    slates = {one["game_date"] for one in contexts} - kinds.keys()
    boxed = ("player_lookup", "game_id", "game_date", "season_year", "season_type", "team_abbr", "did_play")
    return {
        "nba_reference.season_calendar": SEASONS,
        GAMES: [game(date, season_type=kind) for date, kind in kinds.items()]
        + [game(date, is_final=False) for date in slates],
        LINES: lines,
        BOXES: [{name: one[name] for name in boxed} for one in lines],
        CONTEXT: contexts,
        TEAMS: tables.get("teams", EVEN),
        TEAM_CONTEXT: tables.get("team_contexts", [team_context()]),
        ZONES: tables.get("zones", [zone()]),
        DEFENCE: tables.get("defences", [defence(paint_defense_vs_league_avg=0.0)]),
    }


def stored(tables: dict[str, list[dict]]):
    con = warehouse()
    for table, rows in tables.items():
        given(con, table, rows)
    return con


def factors(lines: list[dict] | None = None, contexts: list[dict] | None = None, **tables: list[dict]) -> list[dict]:
    return run(stored(league(lines, contexts, **tables)), MODEL, SLATE)


def only(lines: list[dict] | None = None, today: dict | None = None, **tables: list[dict]) -> dict:
    (row,) = factors(lines, [today or context()], **tables)
    return row


def test_every_column_of_a_player_with_all_inputs():
    today = context(back_to_back=True, days_rest=1, player_age=31, projected_usage_rate=24.0, star_teammates_out=1)
    teams = [team(before(2), "GSW", 104.0), team(before(2), "BOS", 100.0), team(before(2), "NYK", 93.0)]
    lines = [line(before(2 * back)) for back in range(12, 0, -1)]
    assert only(lines, today, teams=teams, defences=[defence()]) == {
        "player_lookup": "scorer",
        "universal_player_id": "scorer_001",
        "game_id": "20211120_BOS_GSW",
        "game_date": SLATE,
        "season_year": 2021,
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "fatigue_score": 80,  # 100 - 15 - 5
        "fatigue_adjustment": -1.0,
        "shot_zone_mismatch_score": 2.0,  # 2.5 * 40 / 50
        "pace_score": 1.5,  # ((104 + 100) / 2 - 99) / 2
        "usage_spike_score": 1.4,  # 1.15 * 0.3 * 4 = 1.38
        "total_composite_adjustment": 3.88,
        "calculation_version": "v1_4factors",
        "data_completeness_pct": 100.0,
        "missing_data_fields": None,
        "has_warnings": False,
        "warning_details": None,
        "upstream_player_shot_ready": True,
        "upstream_team_defense_ready": True,
        "upstream_player_context_ready": True,
        "upstream_team_context_ready": True,
        "all_upstreams_ready": True,
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


#: Inputs of fatigue beside those of the rested young player, and the score.
FATIGUE = [
    ({}, 100),
    ({"back_to_back": True, "days_rest": 1}, 85),
    ({"days_rest": 3}, 100),
    ({"days_rest": 3, "player_age": 30}, 100),
    ({"days_rest": 2, "player_age": 30}, 95),
    ({"player_age": 34}, 95),
    ({"player_age": 35}, 90),
    ({"games_in_last_7_days": 4}, 90),
    ({"minutes_in_last_7_days": 240.0}, 100),
    ({"minutes_in_last_7_days": 240.1}, 90),
    ({"avg_minutes_per_game_last_7": 35.1}, 92),
    ({"back_to_backs_last_14_days": 1}, 95),
    ({"back_to_backs_last_14_days": 2}, 88),
    (
        {
            "back_to_back": True,
            "days_rest": 1,
            "games_in_last_7_days": 4,
            "minutes_in_last_7_days": 250.0,
            "avg_minutes_per_game_last_7": 40.0,
            "back_to_backs_last_14_days": 3,
            "player_age": 38,
        },
        35,
    ),
]


def test_fatigue_by_its_rules():
    today = [context(player_lookup=f"player{place:02}", **inputs) for place, (inputs, _) in enumerate(FATIGUE)]
    rows = factors(contexts=today)
    assert [row["fatigue_score"] for row in rows] == [score for _, score in FATIGUE]
    assert [row["fatigue_adjustment"] for row in rows] == [(score - 100) / 20 for _, score in FATIGUE]
    assert (rows[-1]["fatigue_adjustment"], rows[-1]["warning_details"]) == (-3.25, "EXTREME_FATIGUE")


def test_missing_inputs_of_fatigue_add_nothing_and_are_named():
    unknown = context(
        days_rest=None,
        back_to_back=None,
        games_in_last_7_days=0,
        minutes_in_last_7_days=0.0,
        avg_minutes_per_game_last_7=None,
        player_age=None,
    )
    row = only(today=unknown)
    assert (row["fatigue_score"], row["fatigue_adjustment"]) == (100, 0.0)
    # Without a game in seven days there is no mean to miss.
    assert (row["missing_data_fields"], row["data_completeness_pct"]) == ("days_rest,player_age", 80.0)
    assert only(today=context(avg_minutes_per_game_last_7=None))["missing_data_fields"] == "avg_minutes_per_game_last_7"


#: The player's zones, the opponent's defence (None: no row), score, total, what is missing and how much is there.
MISMATCHES = [
    ({"primary_scoring_zone": "mid_range"}, {}, -2.0, -2.0, None, 100),
    ({"primary_scoring_zone": "perimeter"}, {}, 0.7, 0.7, None, 100),
    # A share beyond half counts as half; no jump above five; an end at ten.
    ({"paint_rate_last_10": 80.0}, {}, 2.5, 2.5, None, 100),
    ({"paint_rate_last_10": 80.0}, {"paint_defense_vs_league_avg": 5.1}, 5.1, 5.1, None, 100),
    ({"paint_rate_last_10": 80.0}, {"paint_defense_vs_league_avg": -13.0}, -10.0, -10.0, None, 100),
    # 40 % of 2.5, 25 % of -4, 35 % of 1
    ({"primary_scoring_zone": "balanced"}, {}, 0.4, 0.35, None, 100),
    (
        {"primary_scoring_zone": "balanced"},
        {"mid_range_defense_vs_league_avg": None},
        None,
        0.0,
        "defense_vs_league_avg",
        100,
    ),
    ({}, {"paint_defense_vs_league_avg": None}, None, 0.0, "defense_vs_league_avg", 100),
    ({}, {"three_pt_defense_vs_league_avg": None}, 2.0, 2.0, None, 100),
    ({"primary_scoring_zone": None, "paint_rate_last_10": None}, {}, None, 0.0, "primary_scoring_zone", 100),
    ({"analysis_date": before(1)}, {}, None, 0.0, "player_shot_zone_analysis", 80),
    ({}, {"analysis_date": before(1)}, None, 0.0, "team_defense_zone_analysis", 80),
    (None, None, None, 0.0, "player_shot_zone_analysis,team_defense_zone_analysis", 60),
]


def test_mismatch_weighs_the_opponents_zones_by_the_players_shares():
    names = [(f"player{place:02}", f"T{place:02}", case) for place, case in enumerate(MISMATCHES)]
    rows = factors(
        [line(before(2), player_lookup=player) for player, _, _ in names],
        [context(player_lookup=player, opponent_team_abbr=opponent) for player, opponent, _ in names],
        zones=[zone(player_lookup=player) | case[0] for player, _, case in names if case[0] is not None],
        defences=[defence(name=opponent) | case[1] for _, opponent, case in names if case[1] is not None],
        teams=[team(before(2), name) for _, name, _ in names] + EVEN,
    )
    found = [
        (
            row["shot_zone_mismatch_score"],
            row["total_composite_adjustment"],
            row["missing_data_fields"],
            row["data_completeness_pct"],
        )
        for row in rows
    ]
    assert found == [case[2:] for case in MISMATCHES]
    assert [row["warning_details"] for row in rows] == [
        "EXTREME_MATCHUP" if row["shot_zone_mismatch_score"] == -10 else None for row in rows
    ]


def test_pace_is_the_games_environment_against_the_league():
    paces = {"GSW": 104.0, "BOS": 100.0, "NYK": 90.0, "LAL": 110.0, "MIA": 96.0}  # the league: 100
    games = {("GSW", "BOS"): 1.0, ("BOS", "GSW"): 1.0, ("LAL", "GSW"): 3.0, ("MIA", "NYK"): -3.0, ("NYK", "LAL"): 0.0}
    rows = factors(
        [],
        [context(player_lookup=own, team_abbr=own, opponent_team_abbr=opponent) for own, opponent in games],
        teams=[team(before(2), name, pace) for name, pace in paces.items()],
    )
    scores = {(row["team_abbr"], row["opponent_team_abbr"]): row["pace_score"] for row in rows}
    assert scores == games
    assert [row["total_composite_adjustment"] for row in rows] == [row["pace_score"] for row in rows]


def test_league_pace_counts_a_team_once_and_its_whole_season():
    # GSW: 80 in the first two games, 100 in the last ten; the Cup final and last season's games stay out.
    teams = [team(before(back), "GSW", 80.0 if back > 10 else 100.0) for back in range(12, 0, -1)]
    teams += [team(before(2), "BOS", 100.0), team(before(1), "BOS", 150.0, season_type="cup_final")]
    teams += [team(SLATE, "BOS", 150.0), team(before(2), "MIA", 100.0), team(before(1), "NYK", None)]
    row = only(teams=teams)
    # League: (1160 / 12 + 100 + 100) / 3 = 98.889; NYK's pace is unknown.
    assert (row["pace_score"], row["total_composite_adjustment"]) == (0.6, 0.56)


def test_unknown_pace_of_either_team_leaves_the_factor_out():
    row = only(teams=[team(before(2), "GSW", 110.0)])
    assert (row["pace_score"], row["missing_data_fields"]) == (None, "opponent_pace_last_10")
    row = only(teams=[])
    assert row["missing_data_fields"] == "team_pace_last_10,opponent_pace_last_10,league_pace"
    assert (row["total_composite_adjustment"], row["data_completeness_pct"]) == (0.0, 80.0)


#: Projected usage where 20 is usual, stars out, score.
SPIKES = [
    (24.0, 0, 1.2),
    (24.0, 1, 1.4),  # 1.38
    (24.0, 2, 1.6),  # 1.56
    (24.0, 3, 1.6),
    (24.0, None, 1.2),
    (16.0, 2, -1.2),
    (20.0, 2, 0.0),
    (29.0, 1, 3.0),
    (40.0, 0, 3.0),
    (0.0, 0, -3.0),
    (None, None, None),
]


def test_usage_spike_is_projected_less_usual_usage():
    names = [f"player{place:02}" for place, _ in enumerate(SPIKES)]
    rows = factors(
        [line(before(2), player_lookup=name) for name in names],
        [
            context(player_lookup=name, projected_usage_rate=projected, star_teammates_out=stars)
            for name, (projected, stars, _) in zip(names, SPIKES, strict=True)
        ],
    )
    assert [row["usage_spike_score"] for row in rows] == [score for _, _, score in SPIKES]
    assert [row["data_completeness_pct"] for row in rows] == [80.0] * 10 + [60.0]


def test_usual_usage_is_of_the_last_ten_games_that_count():
    lines = [line(before(back), usage_rate=90.0) for back in (26, 24)]
    lines += [line(before(2 * back), usage_rate=18.0 + back % 2 * 4) for back in range(10, 0, -1)]
    lines += [line(before(1), season_type="cup_final", usage_rate=70.0), line(before(3), did_play=False)]
    assert only(lines)["usage_spike_score"] == 0.0


def test_a_player_without_games_has_a_row():
    first = context(days_rest=None, back_to_back=None, projected_usage_rate=None)
    row = only([], first, zones=[])
    assert (row["usage_spike_score"], row["shot_zone_mismatch_score"], row["fatigue_score"]) == (None, None, 100)
    assert row["missing_data_fields"] == ("days_rest,player_shot_zone_analysis,projected_usage_rate,usage_rate_last_10")
    assert (row["data_completeness_pct"], row["completeness_percentage"]) == (40.0, None)
    assert (row["contributing_game_dates"], row["early_season_flag"]) == (None, True)
    assert row["insufficient_data_reason"] == "only 0 games, window is 10"
    assert row["data_quality_issues"] == "upstream_player_shot_incomplete"


def test_last_seasons_games_do_not_enter():
    date = NEXT_OPENING + dt.timedelta(days=20)
    old = [line(before(back), usage_rate=60.0) for back in range(10, 0, -1)]
    teams = [team(before(1), name, 120.0) for name in ("GSW", "NYK", "BOS")]
    teams += [team(before(1, date), name, pace) for name, pace in (("GSW", 104.0), ("BOS", 104.0), ("NYK", 98.0))]
    con = stored(league([*old, line(before(1, date))], [context(), context(date)], teams=teams))
    last, this = run(con, MODEL, SLATE, date)
    assert (last["usage_spike_score"], this["usage_spike_score"]) == (-3.0, 0.0)
    assert (last["pace_score"], this["pace_score"]) == (0.0, 1.0)
    assert (last["expected_games_count"], this["expected_games_count"]) == (10, 1)


def test_a_traded_player_meets_the_new_opponent_with_his_own_usage():
    lines = [line(before(2 * back), team_abbr="NYK" if back > 3 else "GSW") for back in range(10, 0, -1)]
    row = only(lines, context(projected_usage_rate=22.0), teams=[*EVEN, team(before(2), "NYK", 130.0)])
    assert (row["usage_spike_score"], row["expected_games_count"]) == (0.6, 10)
    assert row["pace_score"] == -3.0  # his old team is the league's, not his environment


def test_an_upstream_that_is_not_ready_is_named():
    upstreams = ("player_shot", "team_defense", "player_context", "team_context", "none")
    rows = factors(
        [],
        [
            context(player_lookup=name, opponent_team_abbr=name, is_production_ready=name != "player_context")
            for name in upstreams
        ],
        zones=[zone(player_lookup=name, is_production_ready=name != "player_shot") for name in upstreams],
        defences=[defence(name=name, is_production_ready=name != "team_defense") for name in upstreams],
        team_contexts=[team_context(name=name, ready=name != "team_context") for name in upstreams],
    )
    for row in rows:
        name = row["player_lookup"]
        flags = {flag: row[flag] for flag in row if flag.startswith("upstream_")}
        assert flags == {flag: flag != f"upstream_{name}_ready" for flag in flags}
        assert (row["all_upstreams_ready"], row["is_production_ready"]) == (name == "none", name == "none")
        assert row["data_quality_issues"] == (None if name == "none" else f"upstream_{name}_incomplete")


def test_the_opponents_team_context_is_the_one_that_counts():
    row = only(team_contexts=[team_context(ready=False), team_context(name="GSW")])
    assert (row["upstream_team_context_ready"], row["is_production_ready"]) == (False, False)
    assert not only(team_contexts=[team_context(name="GSW")])["upstream_team_context_ready"]


def test_own_gaps_unmake_readiness_and_games_sat_out_do_not():
    tables = league()
    tables[LINES] = tables[LINES][:-2]
    (row,) = run(stored(tables), MODEL, SLATE)
    assert (row["completeness_percentage"], row["missing_games_count"]) == (80.0, 2)
    assert row["missing_game_ids"] == "20211116_BOS_GSW,20211118_BOS_GSW"
    assert (row["all_upstreams_ready"], row["is_production_ready"]) == (True, False)
    assert row["data_quality_issues"] == "own_data_incomplete"
    absences = [line(before(back), did_play=False, usage_rate=None) for back in (3, 1)]
    row = only([line(before(4)), line(before(2)), *absences])
    assert (row["expected_games_count"], row["is_production_ready"]) == (2, True)


def test_warnings_are_joined():
    heavy = context(
        back_to_back=True,
        days_rest=1,
        games_in_last_7_days=4,
        minutes_in_last_7_days=250.0,
        avg_minutes_per_game_last_7=36.0,
        back_to_backs_last_14_days=2,
    )
    slow = [team(before(2), name, pace) for name, pace in (("GSW", 90.0), ("BOS", 90.0), ("NYK", 120.0))]
    hard = defence(paint_defense_vs_league_avg=-13.0)
    row = only(today=heavy, teams=slow, defences=[hard])
    assert (row["fatigue_score"], row["shot_zone_mismatch_score"], row["pace_score"]) == (45, -10.0, -3.0)
    assert row["total_composite_adjustment"] == -15.75
    assert row["warning_details"] == "EXTREME_FATIGUE; EXTREME_MATCHUP; EXTREME_ADJUSTMENT"


def test_bootstrap_dates_have_no_rows():
    days = [OPENING + dt.timedelta(days=number) for number in (13, 14)]
    con = stored(league([], [context(date) for date in days]))
    assert [row["game_date"] for row in run(con, MODEL, OPENING, days[-1])] == days[1:]


def two_seasons() -> tuple[dict[str, list[dict]], list[dt.date]]:
    """Games of two seasons with ever different usage and pace, one of them lost on the first of three slates."""
    days = [before(1), SLATE, NEXT_OPENING + dt.timedelta(days=20)]
    dates = [before(back) for back in range(28, -3, -1)] + [before(back, days[-1]) for back in range(6, -1, -1)]
    lines = [line(date, usage_rate=10.3 + place) for place, date in enumerate(dates)]
    lines[5] |= {"did_play": False}
    teams = [
        team(date, name, 95.1 + (shift + place) % 11 / 7)
        for place, date in enumerate(dates)
        for shift, name in enumerate(("GSW", "BOS", "NYK"))
    ]
    everything = {
        "teams": teams,
        "zones": [zone(day, primary_scoring_zone="balanced") for day in days],
        "defences": [defence(day, paint_defense_vs_league_avg=1.7) for day in days],
        "team_contexts": [team_context(day) for day in days],
    }
    contexts = [context(day, projected_usage_rate=33.3) for day in days]
    tables = league(lines, contexts, **everything)
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


def test_checks_pass_and_can_fail():
    crowd = [
        context(
            player_lookup=f"player{number:02}",
            game_id=f"game{number % 4}",
            days_rest=2,
            minutes_in_last_7_days=200.0 + number,
            back_to_back=number % 3 == 0,
        )
        for number in range(60)
    ]
    zones = [
        zone(player_lookup=f"player{number:02}", primary_scoring_zone=("paint", "mid_range", "perimeter")[number % 3])
        for number in range(60)
    ]
    con = stored(league([], crowd, zones=zones, defences=[defence()]))
    run(con, MODEL, SLATE)
    assert broken_checks(con, MODEL, SLATE) == []
    for change, check in (
        ("fatigue_adjustment = fatigue_score, total_composite_adjustment = fatigue_score", "adjustment_follows_score"),
        ("total_composite_adjustment = 9", "total_is_the_sum"),
        ("has_warnings = true", "warnings_are_spelt_out"),
        ("fatigue_score = 100, fatigue_adjustment = 0", "fatigue_differs_between_players"),
        ("shot_zone_mismatch_score = 0", "mismatch_differs_between_players"),
        ("missing_data_fields = 'days_rest,team_defense_zone_analysis'", "opponents_have_zone_defence"),
    ):
        run(con, MODEL, SLATE)
        con.execute(f"update {MODEL} set {change}")
        assert check in broken_checks(con, MODEL, SLATE)


def test_zone_defence_is_not_missed_before_the_season_has_any():
    con = stored(league(defences=[defence(before(-1))]))
    (row,) = run(con, MODEL, SLATE)
    assert (row["missing_data_fields"], broken_checks(con, MODEL, SLATE)) == ("team_defense_zone_analysis", [])


def test_alike_players_are_no_fault_of_a_small_slate():
    con = stored(league([], [context(player_lookup=f"player{number}") for number in range(9)]))
    run(con, MODEL, SLATE)
    assert broken_checks(con, MODEL, SLATE) == []
