"""Where a player shoots from: windows, samples, zone games and what is missing, from hand-written lines."""

import datetime as dt

import pytest

from nba_pipeline_tests.models.harness import broken_checks, given, run, warehouse

MODEL = "nba_precompute.player_shot_zone_analysis"
LINES, GAMES = "nba_analytics.player_game_summary", "nba_reference.dim_game"
BOXES, UNIVERSE = "nba_reference.player_box_lines", "nba_reference.player_universe"
OPENING, SLATE = dt.date(2021, 10, 19), dt.date(2021, 11, 20)
NEXT_OPENING = dt.date(2022, 10, 18)
SEASONS = [
    {"season_year": year, "regular_start": start, "bootstrap_end": start + dt.timedelta(days=13)}
    for year, start in ((2021, OPENING), (2022, NEXT_OPENING))
]
REGISTRY = [{"universal_player_id": "shooter_001", "player_lookup": "shooter", "position": "G-F"}]


def day(number: int, opening: dt.date = OPENING) -> dt.date:
    return opening + dt.timedelta(days=number)


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
    """Ten shots: 2 of 4 in the paint, 1 of 2 from mid-range, 1 of 4 threes; three of four makes assisted."""
    return {
        "player_lookup": "shooter",
        "universal_player_id": "shooter_001",
        "game_id": f"{date:%Y%m%d}_BOS_GSW",
        "game_date": date,
        "season_year": season_of(date),
        "season_type": "regular",
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "did_play": True,
        "has_complete_shot_zones": True,
        "fg_attempts": 10,
        "paint_attempts": 4,
        "paint_makes": 2,
        "mid_range_attempts": 2,
        "mid_range_makes": 1,
        "three_attempts_pbp": 4,
        "three_makes_pbp": 1,
        "assisted_fg_makes": 3,
        "unassisted_fg_makes": 1,
    } | changes


def shots(paint: int, mid_range: int, three: int) -> dict:
    return {
        "fg_attempts": paint + mid_range + three,
        "paint_attempts": paint,
        "mid_range_attempts": mid_range,
        "three_attempts_pbp": three,
    }


NO_ZONES = dict.fromkeys(
    (
        "paint_attempts",
        "paint_makes",
        "mid_range_attempts",
        "mid_range_makes",
        "three_attempts_pbp",
        "three_makes_pbp",
        "assisted_fg_makes",
        "unassisted_fg_makes",
    )
) | {"has_complete_shot_zones": False}
#: What a shot chart of makes alone leaves of a game: every attempt went in.
ONLY_MAKES = {
    "paint_attempts": 2,
    "mid_range_attempts": 1,
    "three_attempts_pbp": 1,
    "has_complete_shot_zones": False,
}


def league(lines: list[dict], games: list[dict] | None = None, **tables: list[dict]):
    con = warehouse()
    given(con, "nba_reference.season_calendar", SEASONS)
    given(con, "nba_reference.nba_players_registry", REGISTRY)
    given(con, GAMES, [game(SLATE, is_final=False)] if games is None else games)
    given(con, LINES, lines)
    for table, rows in tables.items():
        given(con, f"nba_reference.{table}", rows)
    return con


def zones(lines: list[dict], **tables) -> list[dict]:
    return run(league(lines, **tables), MODEL, SLATE)


def one(lines: list[dict], **tables) -> dict:
    (row,) = zones(lines, **tables)
    return row


def last_games(count: int, **changes) -> list[dict]:
    """Games on consecutive days, the newest on the day before the slate."""
    return [line(SLATE - dt.timedelta(days=back), **changes) for back in range(count, 0, -1)]


def test_every_column_of_ten_games():
    last = line(
        SLATE - dt.timedelta(days=1),
        paint_attempts=10,
        paint_makes=7,
        mid_range_attempts=0,
        mid_range_makes=0,
        three_attempts_pbp=0,
        three_makes_pbp=0,
        assisted_fg_makes=0,
        unassisted_fg_makes=7,
    )
    con = league([*last_games(10)[:9], last])
    (row,) = run(con, MODEL, SLATE)
    assert row == {
        "player_lookup": "shooter",
        "universal_player_id": "shooter_001",
        "analysis_date": SLATE,
        "season_year": 2021,
        "team_abbr": "GSW",
        "player_position": "G-F",
        "paint_rate_last_10": 46.0,  # 9 * 4 + 10 of 100
        "mid_range_rate_last_10": 18.0,
        "three_pt_rate_last_10": 36.0,
        "total_shots_last_10": 100,
        "games_in_sample_10": 10,
        "zone_games_in_sample_10": 10,
        "sample_quality_10": "excellent",
        "paint_pct_last_10": 25 / 46,
        "mid_range_pct_last_10": 0.5,
        "three_pt_pct_last_10": 0.25,
        "paint_attempts_per_game": 4.6,
        "mid_range_attempts_per_game": 1.8,
        "three_pt_attempts_per_game": 3.6,
        "paint_rate_last_20": None,
        "paint_pct_last_20": None,
        "games_in_sample_20": 10,
        "zone_games_in_sample_20": 10,
        "sample_quality_20": "limited",
        "assisted_rate_last_10": 100 * 27 / 43,
        "unassisted_rate_last_10": 100 * 16 / 43,
        "primary_scoring_zone": "paint",
        "data_quality_tier": "high",
        "calculation_notes": None,
        "expected_games_count": 0,
        "actual_games_count": 0,
        "completeness_percentage": None,
        "missing_games_count": 0,
        "missing_game_ids": None,
        "contributing_game_dates": ",".join(f"2021-11-{number}" for number in range(10, 20)),
        "is_production_ready": True,
        "data_quality_issues": None,
        "early_season_flag": False,
        "insufficient_data_reason": None,
    }
    assert broken_checks(con, MODEL, SLATE) == []


@pytest.mark.parametrize(
    ("count", "quality", "tier"),
    [(5, "limited", "low"), (6, "limited", "low"), (7, "good", "medium"), (9, "good", "medium")],
)
def test_small_samples_have_honest_tiers(count, quality, tier):
    row = one(last_games(count))
    assert (row["games_in_sample_10"], row["sample_quality_10"], row["data_quality_tier"]) == (count, quality, tier)
    assert (row["early_season_flag"], row["insufficient_data_reason"]) == (True, f"only {count} games, window is 10")
    assert (row["paint_rate_last_10"], row["sample_quality_20"]) == (40.0, "insufficient")


def test_four_games_make_no_row():
    assert zones(last_games(4)) == []


@pytest.mark.parametrize(
    ("count", "quality", "paint_rate"),
    [(13, "limited", None), (14, "good", None), (15, "good", 100 * 50 / 150), (19, "good", 100 * 74 / 190)],
)
def test_long_window_needs_fifteen_games(count, quality, paint_rate):
    lines = last_games(count)
    for older in lines[:-10]:
        older.update(shots(6, 2, 2))
    for newer in lines[-10:]:
        newer.update(shots(2, 4, 4))
    row = one(lines)
    assert (row["games_in_sample_20"], row["sample_quality_20"]) == (count, quality)
    assert (row["paint_rate_last_20"], row["paint_rate_last_10"]) == (paint_rate, 20.0)
    assert (row["paint_pct_last_20"] is None) == (paint_rate is None)


def test_windows_end_after_ten_and_twenty_games():
    lines = last_games(21)
    lines[0].update(shots(10, 0, 0))
    for entry in lines[1:11]:
        entry.update(shots(6, 2, 2))
    for entry in lines[11:]:
        entry.update(shots(2, 4, 4))
    row = one(lines)
    assert (row["paint_rate_last_10"], row["paint_rate_last_20"]) == (20.0, 40.0)
    assert (row["games_in_sample_10"], row["games_in_sample_20"], row["sample_quality_20"]) == (10, 20, "excellent")
    assert row["contributing_game_dates"].startswith("2021-10-31,")
    assert row["contributing_game_dates"].count(",") == 19


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        (NO_ZONES, False),
        (ONLY_MAKES, False),
        ({"has_complete_shot_zones": False}, False),
        ({"has_complete_shot_zones": None}, False),
        ({"has_complete_shot_zones": True}, True),
    ],
)
def test_a_game_counts_for_zones_when_its_shots_are_whole(changes, counts):
    row = one([*last_games(6)[:5], line(SLATE - dt.timedelta(days=1), **changes)])
    assert (row["games_in_sample_10"], row["zone_games_in_sample_10"]) == (6, 6 if counts else 5)
    assert row["total_shots_last_10"] == (60 if counts else 50)
    assert row["paint_attempts_per_game"] == 4.0
    assert (row["paint_rate_last_10"], row["three_pt_rate_last_10"]) == (40.0, 40.0)
    assert (row["paint_pct_last_10"], row["mid_range_pct_last_10"], row["three_pt_pct_last_10"]) == (0.5, 0.5, 0.25)


def test_four_zone_games_have_percentages_but_no_rates():
    lines = last_games(15)
    for entry in lines[:11]:
        entry.update(NO_ZONES)
    con = league(lines)
    (row,) = run(con, MODEL, SLATE)
    assert (row["games_in_sample_10"], row["zone_games_in_sample_10"], row["sample_quality_10"]) == (10, 4, "excellent")
    rates = ("paint_rate_last_10", "mid_range_rate_last_10", "three_pt_rate_last_10", "paint_rate_last_20")
    assert [row[name] for name in (*rates, "primary_scoring_zone")] == [None] * 5
    assert (row["total_shots_last_10"], row["paint_attempts_per_game"], row["paint_pct_last_10"]) == (40, 4.0, 0.5)
    assert (row["zone_games_in_sample_20"], row["paint_pct_last_20"]) == (4, 0.5)
    assert (row["data_quality_issues"], row["is_production_ready"]) == ("few_zone_games", True)
    assert broken_checks(con, MODEL, SLATE) == []


def test_without_zones_nothing_is_made_up():
    row = one(last_games(6, **NO_ZONES))
    named = [name for name in row if "paint" in name or "mid_range" in name or "three_pt" in name or "assisted" in name]
    assert len(named) == 13
    assert {name: row[name] for name in named} == dict.fromkeys(named)
    assert (row["total_shots_last_10"], row["primary_scoring_zone"]) == (None, None)
    assert row["calculation_notes"] == "no paint attempts; no mid_range attempts; no three_pt attempts"


def test_a_player_who_never_shoots_has_no_rates():
    none = shots(0, 0, 0) | {"paint_makes": 0, "mid_range_makes": 0, "three_makes_pbp": 0}
    row = one(last_games(6, **none, assisted_fg_makes=0, unassisted_fg_makes=0))
    assert (row["zone_games_in_sample_10"], row["total_shots_last_10"], row["paint_attempts_per_game"]) == (
        6,
        None,
        0.0,
    )
    assert (row["paint_rate_last_10"], row["assisted_rate_last_10"], row["primary_scoring_zone"]) == (None, None, None)
    assert row["data_quality_issues"] is None


@pytest.mark.parametrize(
    ("mix", "zone"),
    [
        ((8, 4, 8), "paint"),
        ((7, 5, 8), "perimeter"),
        ((7, 7, 6), "mid_range"),
        ((7, 6, 7), "balanced"),
        ((4, 7, 9), "perimeter"),
    ],
)
def test_primary_zone_is_the_first_threshold_reached(mix, zone):
    assert one(last_games(5, **shots(*mix)))["primary_scoring_zone"] == zone


def test_assisted_rate_rests_on_games_whose_source_names_assists():
    lines = last_games(8)
    for entry in lines[:3]:
        entry.update(assisted_fg_makes=None, unassisted_fg_makes=None)
    for entry in lines[3:5]:
        entry.update(has_complete_shot_zones=False, assisted_fg_makes=0, unassisted_fg_makes=2)
    row = one(lines)
    # Three whole games with assists, 3 of 4 makes each; the two broken ones do not count.
    assert (row["assisted_rate_last_10"], row["unassisted_rate_last_10"]) == (75.0, 25.0)
    assert row["zone_games_in_sample_10"] == 6


def test_a_game_that_does_not_count_enters_no_window():
    different = shots(10, 0, 0)
    yesterday = SLATE - dt.timedelta(days=1)
    lines = [
        *(line(SLATE - dt.timedelta(days=back)) for back in range(7, 2, -1)),
        line(SLATE - dt.timedelta(days=2), did_play=False, **NO_ZONES),
        line(yesterday, season_type="cup_final", **different),
        line(SLATE, **different),
        line(SLATE + dt.timedelta(days=1), **different),
        *(line(day(-back), season_year=2020, **different) for back in range(100, 110)),
    ]
    row = one(lines)
    assert (row["games_in_sample_10"], row["games_in_sample_20"], row["paint_rate_last_10"]) == (5, 5, 40.0)
    assert row["contributing_game_dates"] == "2021-11-13,2021-11-14,2021-11-15,2021-11-16,2021-11-17"


def test_play_in_and_playoffs_count():
    lines = last_games(5)
    lines[3].update(season_type="play_in")
    lines[4].update(season_type="playoffs")
    assert one(lines)["games_in_sample_10"] == 5


def test_a_traded_player_keeps_his_window_and_has_the_new_team():
    lines = last_games(8)
    for entry in lines[6:]:
        entry.update(team_abbr="LAL", opponent_team_abbr="PHX")
    row = one(lines)
    assert (row["team_abbr"], row["games_in_sample_10"]) == ("LAL", 8)


def test_an_unknown_name_keeps_its_row_and_registration_does_not_split_it():
    lines = last_games(6, universal_player_id=None)
    row = one(lines)
    assert (row["universal_player_id"], row["player_position"]) == (None, None)
    lines[-1]["universal_player_id"] = "shooter_001"
    row = one(lines)
    assert (row["universal_player_id"], row["games_in_sample_10"]) == ("shooter_001", 6)


def test_the_whole_league_has_rows_also_who_does_not_play_and_who_is_long_out():
    away = [entry | {"player_lookup": "injured", "team_abbr": "NYK"} for entry in [line(day(n)) for n in range(5)]]
    rows = zones([*last_games(5), *away])
    assert [row["player_lookup"] for row in rows] == ["injured", "shooter"]


def test_no_rows_in_the_bootstrap_and_without_games():
    last_day, first = day(13), day(14)
    con = league([line(day(number)) for number in range(10)], games=[game(last_day), game(first)])
    assert run(con, MODEL, last_day) == []
    assert [row["analysis_date"] for row in run(con, MODEL, day(10), day(20))] == [first]


def test_a_new_season_starts_at_no_games_also_in_a_range_that_began_in_the_last():
    slate = day(14, NEXT_OPENING)
    lines = last_games(20) + [line(day(number, NEXT_OPENING)) for number in range(4)]
    con = league(lines, games=[game(SLATE), game(slate)])
    assert [row["analysis_date"] for row in run(con, MODEL, SLATE, slate)] == [SLATE]


def evidence(date: dt.date, *, boxed: bool = True, did_play: bool = True) -> dict[str, list[dict]]:
    listed = {"game_id": f"{date:%Y%m%d}_BOS_GSW", "game_date": date, "season_year": season_of(date)}
    player = listed | {"player_lookup": "shooter", "team_abbr": "GSW"}
    return {
        GAMES: [game(date)],
        UNIVERSE: [player],
        BOXES: [player | {"did_play": did_play}] if boxed else [],
    }


def complete(lines: list[dict], found: list[dict[str, list[dict]]]) -> dict:
    con = league(lines)
    for tables in found:
        for table, rows in tables.items():
            given(con, table, rows)
    (row,) = run(con, MODEL, SLATE)
    return row


def test_a_game_he_sat_out_is_no_gap():
    lines = last_games(9)
    lines[4] = line(lines[4]["game_date"], did_play=False, **NO_ZONES)
    row = complete(lines, [evidence(entry["game_date"], did_play=entry["did_play"]) for entry in lines])
    assert (row["expected_games_count"], row["actual_games_count"], row["completeness_percentage"]) == (8, 8, 100.0)
    assert (row["is_production_ready"], row["missing_game_ids"]) == (True, None)


def test_a_lost_game_lowers_completeness_by_set_of_ids():
    lines = last_games(12)
    found = [evidence(entry["game_date"]) for entry in lines]
    # The newest ten expected games are those of 10 to 19 November; one line is lost, one box score never came.
    kept = [entry for entry in lines if entry["game_date"].day not in {8, 12, 15}]
    found[7] = evidence(lines[7]["game_date"], boxed=False)
    row = complete(kept, found)
    assert (row["expected_games_count"], row["actual_games_count"], row["missing_games_count"]) == (10, 8, 2)
    assert (row["completeness_percentage"], row["is_production_ready"]) == (80.0, False)
    assert row["missing_game_ids"] == "20211112_BOS_GSW,20211115_BOS_GSW"
    assert row["data_quality_issues"] == "own_data_incomplete"
    assert row["games_in_sample_10"] == 9


def test_nine_of_ten_is_ready():
    lines = last_games(10)
    row = complete(lines[1:], [evidence(entry["game_date"]) for entry in lines])
    assert (row["completeness_percentage"], row["is_production_ready"]) == (90.0, True)
    assert row["missing_game_ids"] == "20211110_BOS_GSW"


def seasons_of_games() -> dict[str, list[dict]]:
    """Two seasons of three players of changing availability: what the laws are tried on."""
    tables: dict[str, list[dict]] = {LINES: [], GAMES: [], BOXES: [], UNIVERSE: []}
    for opening in (OPENING, NEXT_OPENING):
        for number in range(46 if opening == OPENING else 21):
            date = day(number, opening)
            if number % 4 == 3:
                continue
            tables[GAMES].append(game(date, season_type="cup_final" if number == 30 else "regular"))
            for place, name in enumerate(("alpha", "beta", "gamma")):
                who = {"player_lookup": name, "universal_player_id": f"{name}_001", "team_abbr": "BOS"}
                played = (number + place) % (5 + place) > 0
                mix = shots(number % 7 + place, number % 3, (number * place) % 5)
                zones_known = (number * (place + 2)) % 9 > 1
                fitting = {"season_type": tables[GAMES][-1]["season_type"], "did_play": played}
                row = line(date, **who, **fitting, **(mix if zones_known and played else NO_ZONES))
                found = evidence(date, did_play=played)
                tables[BOXES].append(found[BOXES][0] | {"player_lookup": name})
                tables[UNIVERSE].append(found[UNIVERSE][0] | {"player_lookup": name})
                if (number + place) % 11:
                    tables[LINES].append(row)
    return tables


def filled(tables: dict[str, list[dict]]):
    con = warehouse()
    given(con, "nba_reference.season_calendar", SEASONS)
    given(con, "nba_reference.nba_players_registry", REGISTRY)
    for table, rows in tables.items():
        given(con, table, rows)
    return con


def test_a_range_equals_its_days_one_by_one_also_across_seasons():
    con = filled(seasons_of_games())
    whole = run(con, MODEL, day(38), day(20, NEXT_OPENING))
    days = [day(n) for n in range(38, 47)] + [day(n, NEXT_OPENING) for n in range(13, 21)]
    single = [row for date in days for row in run(con, MODEL, date)]
    key = ("player_lookup", "analysis_date")
    assert whole == sorted(single, key=lambda row: tuple(str(row[name]) for name in key))
    assert len(whole) > 30
    assert {row["season_year"] for row in whole} == {2021, 2022}
    assert {row["sample_quality_20"] for row in whole} >= {"excellent", "insufficient"}
    assert min(row["completeness_percentage"] for row in whole) < 90
    assert broken_checks(con, MODEL, day(0), day(22, NEXT_OPENING)) == []


def test_rows_of_a_slate_do_not_know_the_slate_or_later():
    tables = seasons_of_games()
    slate = day(25)
    before = run(filled(tables), MODEL, slate)
    cut = {name: [row for row in rows if row["game_date"] < slate] for name, rows in tables.items()}
    cut[GAMES].append(game(slate, is_final=False))
    assert before
    assert run(filled(cut), MODEL, slate) == before


@pytest.mark.parametrize(
    ("check", "passing", "failing"),
    [
        (
            "zone_rates_add_up",
            {"paint_rate_last_10": 30.0, "mid_range_rate_last_10": 30.0, "three_pt_rate_last_10": 39.5},
            {"paint_rate_last_10": 30.0, "mid_range_rate_last_10": 30.0, "three_pt_rate_last_10": 38.5},
        ),
        (
            "assisted_rates_add_up",
            {"assisted_rate_last_10": 60.0, "unassisted_rate_last_10": 40.5},
            {"assisted_rate_last_10": 60.0, "unassisted_rate_last_10": 42.0},
        ),
        (
            "paint_scorers_shoot_in_the_paint",
            {"primary_scoring_zone": "paint", "paint_rate_last_10": 40.0},
            {"primary_scoring_zone": "paint", "paint_rate_last_10": 39.9},
        ),
        (
            "rates_rest_on_five_zone_games",
            {"zone_games_in_sample_10": 5, "paint_rate_last_10": 30.0},
            {"zone_games_in_sample_10": 4, "paint_rate_last_10": 30.0},
        ),
    ],
)
def test_checks_find_what_they_are_for(check, passing, failing):
    for changes, broken in ((passing, []), (failing, [check])):
        con = warehouse()
        row = {"player_lookup": "shooter", "analysis_date": SLATE, "zone_games_in_sample_10": 10} | changes
        given(con, MODEL, [row])
        assert broken_checks(con, MODEL, SLATE) == broken
