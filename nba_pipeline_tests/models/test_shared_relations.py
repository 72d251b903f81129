"""The views that several models read instead of repeating them: rows in, rows out."""

import datetime as dt

import pytest

from nba_pipeline.names import fold
from nba_pipeline_tests.models.harness import given, rows_of, run, warehouse
from nba_pipeline_tests.models.rows import DAY, GAME, game


def test_a_game_has_a_row_for_each_team_with_its_own_score_and_the_other_as_opponent():
    con = warehouse()
    given(con, "nba_reference.dim_game", [game(arena_id="chase_center")])
    away, home = rows_of(con, "nba_reference.game_sides")
    shared = {
        "game_id": GAME,
        "nba_game_id": "0022100160",
        "game_date": DAY,
        "season_year": 2021,
        "season_type": "regular",
        "is_final": True,
        "arena_id": "chase_center",
    }
    assert away == shared | {
        "team_abbr": "BOS",
        "opponent_team_abbr": "GSW",
        "home_game": False,
        "team_score": 96,
    }
    assert home == shared | {
        "team_abbr": "GSW",
        "opponent_team_abbr": "BOS",
        "home_game": True,
        "team_score": 97,
    }


def test_a_teams_final_game_is_played_lost_on_the_way_or_never_ingested_and_others_are_not_expected():
    con = warehouse()
    others = [game(game_id="cup", season_type="cup_final"), game(game_id="tonight", is_final=False)]
    given(con, "nba_reference.dim_game", [game(game_id=name) for name in ("kept", "lost", "never")] + others)
    sides = [("kept", "GSW", "BOS"), ("kept", "BOS", "GSW"), ("lost", "GSW", "BOS"), ("lost", "BOS", "GSW")]
    given(con, "nba_reference.team_box_lines", [{"game_id": name, "team_abbr": team} for name, team, _ in sides])
    given(
        con,
        "nba_analytics.team_defense_game_summary",
        [{"game_id": "kept", "defending_team_abbr": "GSW"}, {"game_id": "lost", "defending_team_abbr": "BOS"}],
    )
    assert {
        (row["game_id"], row["team_abbr"]): row["status"] for row in rows_of(con, "nba_processing.team_game_status")
    } == {
        ("kept", "GSW"): "played",
        ("kept", "BOS"): "data_gap",
        ("lost", "GSW"): "data_gap",
        ("lost", "BOS"): "played",
        ("never", "GSW"): "raw_missing",
        ("never", "BOS"): "raw_missing",
    }


def person(lookup: str, number: int = 1) -> dict:
    return {"universal_player_id": f"{lookup}_{number:03d}", "player_lookup": lookup, "player_name": lookup}


def named(name: str) -> dict:
    return person(fold(name)) | {"player_name": name}


ALIASES = [
    {"alias_lookup": "bones", "nba_canonical_lookup": "nahshonhyland", "is_active": True},
    {"alias_lookup": "nah", "nba_canonical_lookup": "nahshonhyland", "is_active": False},
]
#: How a feed spells a name, whom it leads to, and by what.
SPELLINGS = [
    ("nahshonhyland", "nahshonhyland", "exact"),
    ("bones", "nahshonhyland", "alias"),
    ("nah", None, None),
    ("larrynance", "larrynancejr", "suffix"),
    ("larrynancejriii", "larrynancejr", "suffix"),
    ("kevinporterjr", "kevinporter", "suffix"),
    # The name itself is better evidence than somebody else's name without his suffix.
    ("garypayton", "garypayton", "exact"),
    ("garypaytonjr", "garypayton", "suffix"),
    # Two players whom only the suffix tells apart: nobody.
    ("marcusmorris", None, None),
    ("nobody", None, None),
]
NAMES = [
    "nahshonhyland",
    "larrynancejr",
    "kevinporter",
    "garypayton",
    "garypaytonii",
    "marcusmorrissr",
    "marcusmorrisjr",
]


@pytest.mark.parametrize(("spelling", "player", "method"), SPELLINGS)
def test_a_spelling_leads_to_one_player_of_the_dates_universe_or_to_nobody(spelling, player, method):
    con = warehouse()
    given(con, "nba_reference.player_aliases", ALIASES)
    given(con, "nba_reference.player_universe", [{"game_date": DAY, "player_lookup": name} for name in NAMES])
    found = [row for row in rows_of(con, "nba_reference.slate_spellings") if row["spelling"] == spelling]
    assert [(row["game_date"], row["player_lookup"], row["match_method"]) for row in found] == (
        [(DAY, player, method)] if player else []
    )


@pytest.mark.parametrize(("spelling", "player", "method"), SPELLINGS)
def test_a_spelling_leads_to_one_person_of_the_registry_or_to_nobody(spelling, player, method):
    con = warehouse()
    given(con, "nba_reference.player_aliases", ALIASES)
    given(con, "nba_reference.nba_players_registry", [person(name) for name in NAMES])
    found = [row for row in rows_of(con, "nba_reference.registry_spellings") if row["spelling"] == spelling]
    assert [(row["player_lookup"], row["universal_player_id"], row["match_method"]) for row in found] == (
        [(player, f"{player}_001", method)] if player else []
    )


def test_a_name_that_two_persons_of_the_registry_have_leads_to_neither_and_its_suffix_variant_to_the_third():
    con = warehouse()
    registry = [person("jalenjohnson"), person("jalenjohnson", 2), person("jalenjohnsonjr")]
    given(con, "nba_reference.nba_players_registry", registry)
    found = {row["spelling"]: row["universal_player_id"] for row in rows_of(con, "nba_reference.registry_spellings")}
    assert (found["jalenjohnson"], found["jalenjohnsonjr"]) == ("jalenjohnsonjr_001", "jalenjohnsonjr_001")
    assert "jalenjohnsonii" not in found


#: Full names on a slate, and how feeds spell them there.
ON_SLATE = ["Cameron Johnson", "Nic Claxton", "Ronald Holland II", "Moses Moody", "P.J. Washington", "Dāvis Bertāns"]
FIRST_NAMES = [
    {"short_name": short, "full_name": full}
    for short, full in [("nic", "nicolas"), ("cam", "cameron"), ("ron", "ronald")]
]
#: Persons of the registry who do not play that day.
ELSEWHERE = ["Cam Payne", "Pete Johnson"]


@pytest.mark.parametrize(
    ("spelling", "player", "method"),
    [
        ("camjohnson", "cameronjohnson", "nickname"),
        ("cameronjohnsonjr", "cameronjohnson", "suffix"),
        ("nicolasclaxton", "nicclaxton", "nickname"),
        ("ronholland", "ronaldhollandii", "nickname"),
        ("ronhollandii", "ronaldhollandii", "nickname"),
        ("rholland", "ronaldhollandii", "initial"),
        ("hollandronald", "ronaldhollandii", "order"),
        ("mmoody", "mosesmoody", "initial"),
        ("moodymoses", "mosesmoody", "order"),
        ("washingtonpj", "pjwashington", "order"),
        ("davisbertans", "davisbertans", "exact"),
        # Not on the slate, or somebody else's name: nobody.
        ("campayne", None, None),
        ("petejohnson", None, None),
        ("ronjohnson", None, None),
        ("holland", None, None),
    ],
)
def test_on_a_slate_other_forms_of_a_first_name_lead_to_the_one_player_they_fit(spelling, player, method):
    con = warehouse()
    given(con, "nba_reference.first_names", FIRST_NAMES)
    given(con, "nba_reference.nba_players_registry", [named(name) for name in ON_SLATE + ELSEWHERE])
    given(con, "nba_reference.player_universe", [{"game_date": DAY, "player_lookup": fold(name)} for name in ON_SLATE])
    found = {row["spelling"]: row for row in rows_of(con, "nba_reference.slate_spellings")}.get(spelling)
    assert (found and (found["player_lookup"], found["match_method"])) == (player and (player, method))


def test_a_form_that_fits_two_players_of_a_slate_leads_to_neither():
    con = warehouse()
    names = ["Caleb Martin", "Cody Martin", "Jalen Williams", "Jaylin Williams", "Franz Wagner"]
    given(con, "nba_reference.nba_players_registry", [named(name) for name in names])
    given(con, "nba_reference.player_universe", [{"game_date": DAY, "player_lookup": fold(name)} for name in names])
    found = {row["spelling"]: row["player_lookup"] for row in rows_of(con, "nba_reference.slate_spellings")}
    assert "cmartin" not in found
    assert "jwilliams" not in found
    assert "jaywilliams" not in found  # may be a third person
    assert found["fwagner"] == "franzwagner"


def test_a_slate_knows_only_the_spellings_of_its_own_players():
    con = warehouse()
    next_day = DAY + dt.timedelta(days=1)
    listed = [(DAY, "larrynancejr"), (next_day, "larrynance")]
    given(con, "nba_reference.player_universe", [{"game_date": day, "player_lookup": name} for day, name in listed])
    found = {
        row["game_date"]: (row["player_lookup"], row["match_method"])
        for row in rows_of(con, "nba_reference.slate_spellings")
        if row["spelling"] == "larrynance"
    }
    assert found == {DAY: ("larrynancejr", "suffix"), next_day: ("larrynance", "exact")}


def test_a_game_says_how_complete_the_newest_games_up_to_it_are_and_until_when_it_speaks():
    con = warehouse()
    days = [DAY + dt.timedelta(days=2 * number) for number in range(17)]
    games = [game(game_id=f"{day:%Y%m%d}_BOS_GSW", game_date=day) for day in days]
    given(con, "nba_reference.dim_game", games)
    given(con, "nba_reference.team_box_lines", [{"game_id": one["game_id"], "team_abbr": "GSW"} for one in games])
    lost = {games[number]["game_id"] for number in (0, 1, 7, 13)}
    found = [one["game_id"] for one in games if one["game_id"] not in lost]
    summary = [{"game_id": name, "defending_team_abbr": "GSW"} for name in found]
    given(con, "nba_analytics.team_defense_game_summary", summary)
    rows = {
        row["game_date"]: row
        for row in rows_of(con, "nba_processing.expected_games")
        if (row["entity_kind"], row["entity_id"]) == ("team", "GSW")
    }
    first, last = rows[days[0]], rows[days[16]]
    assert (first["expected_5"], first["actual_5"], first["missing_game_ids_10"]) == (1, 0, games[0]["game_id"])
    assert (first["next_game_date"], last["next_game_date"]) == (days[1], None)
    assert (last["expected_5"], last["actual_5"]) == (5, 4)
    assert (last["expected_10"], last["actual_10"]) == (10, 8)
    assert last["missing_game_ids_10"] == f"{games[7]['game_id']},{games[13]['game_id']}"
    assert (last["expected_15"], last["actual_15"]) == (15, 13)
    assert rows[days[15]]["missing_game_ids_15"] == ",".join(games[number]["game_id"] for number in (1, 7, 13))


def test_a_game_a_player_sat_out_is_not_expected_of_him_and_one_without_a_box_score_is():
    con = warehouse()
    ids = ("played", "sat_out", "never")
    days = {name: DAY + dt.timedelta(days=number) for number, name in enumerate(ids)}
    given(con, "nba_reference.dim_game", [game(game_id=name, game_date=day) for name, day in days.items()])
    listed = [
        {"game_id": name, "game_date": day, "player_lookup": "lebronjames", "team_abbr": "GSW"}
        for name, day in days.items()
    ]
    given(con, "nba_reference.player_universe", listed)
    given(con, "nba_reference.player_box_lines", [one | {"did_play": one["game_id"] == "played"} for one in listed[:2]])
    given(
        con,
        "nba_analytics.player_game_summary",
        [
            {"game_id": name, "player_lookup": "lebronjames", "game_date": days[name], "did_play": name == "played"}
            for name in ids[:2]
        ],
    )
    rows = [row for row in rows_of(con, "nba_processing.expected_games") if row["entity_kind"] == "player"]
    assert {row["game_id"]: (row["expected_10"], row["actual_10"], row["missing_game_ids_10"]) for row in rows} == {
        "played": (1, 1, None),
        "never": (2, 1, "never"),
    }


@pytest.mark.parametrize(
    ("accepted", "category", "is_correctable"),
    [([], "RAW_GAME_MISSING", True), (["nba_reference.player_box_lines"], "INSUFFICIENT_HISTORY", False)],
    ids=["nobody accepted it", "accepted"],
)
def test_a_team_without_rows_for_want_of_box_scores_is_to_repair_until_that_is_accepted(
    accepted, category, is_correctable
):
    con = warehouse()
    slate, lost = dt.date(2021, 11, 12), dt.date(2021, 11, 10)
    season = {"season_year": 2021, "regular_start": dt.date(2021, 10, 19), "bootstrap_end": dt.date(2021, 11, 1)}
    given(con, "nba_reference.season_calendar", [season | {"season_end": dt.date(2022, 6, 20)}])
    given(con, "nba_reference.team_arenas", [{"season_year": 2021, "team_abbr": "GSW"}])
    given(con, "nba_reference.dim_game", [game(game_id="lost", game_date=lost), game(game_id="due", game_date=slate)])
    given(
        con,
        "nba_processing.accepted_gaps",
        [{"table_name": table, "partition_date": lost, "reason": "never published"} for table in accepted],
    )
    (failure,) = run(
        con,
        "nba_processing.precompute_failures",
        slate,
        processor_name="team_defense_zone_analysis",
        run_id="r",
        run_at=dt.datetime(2021, 11, 12, tzinfo=dt.UTC),
    )
    assert (failure["failure_category"], failure["is_correctable"]) == (category, is_correctable)
    assert failure["expected_game_count"] == (0 if accepted else 1)
    assert failure["missing_game_ids"] == "lost"


def played(season: int, day: int, points: int | None, **changes) -> dict:
    """A game of a player, so many days after the first of November."""
    date = dt.date(season, 11, 1) + dt.timedelta(days=day)
    return {
        "player_lookup": "lebronjames",
        "universal_player_id": "lebronjames_001",
        "season_year": season,
        "season_type": "regular",
        "game_id": f"{date:%Y%m%d}_BOS_LAL",
        "game_date": date,
        "team_abbr": "LAL",
        "opponent_team_abbr": "BOS",
        "did_play": True,
        "points": points,
        "seconds_played": 1800,
    } | changes


def test_a_players_last_games_are_those_up_to_each_game_of_the_season_and_of_no_other():
    con = warehouse()
    season = [played(2021, day, points=day) for day in range(1, 13)]
    sat_out = played(2021, 13, points=None, did_play=False)
    cup_final = played(2021, 14, points=90, season_type="cup_final")
    given(con, "nba_analytics.player_game_summary", [*season, sat_out, cup_final, played(2022, 1, points=50)])
    rows = {row["game_date"]: row for row in rows_of(con, "nba_processing.player_last_games")}
    assert len(rows) == 13
    newest = rows[dt.date(2021, 11, 13)]
    sums = (
        "games_so_far",
        "points_2",
        "points_5",
        "games_10",
        "points_10",
        "squared_points_10",
        "games_20",
        "seconds_10",
    )
    assert [newest[name] for name in sums] == [12, 23, 50, 10, 75, 645, 12, 18000]
    assert (newest["points_avg_season"], newest["next_game_date"]) == (6.5, None)
    assert newest["game_dates_10"].split(",") == [f"2021-11-{day:02d}" for day in range(4, 14)]
    assert len(newest["game_dates_20"].split(",")) == 12
    first, next_season = rows[dt.date(2021, 11, 2)], rows[dt.date(2022, 11, 2)]
    assert (first["games_so_far"], first["points_5"], first["next_game_date"]) == (1, 1, dt.date(2021, 11, 3))
    assert (next_season["games_so_far"], next_season["points_10"]) == (1, 50)


def test_sums_of_last_games_leave_out_what_is_unknown():
    con = warehouse()
    zones = {
        "has_complete_shot_zones": True,
        "paint_attempts": 4,
        "paint_makes": 2,
        "mid_range_attempts": 3,
        "mid_range_makes": 1,
        "three_attempts_pbp": 2,
        "three_makes_pbp": 0,
        "assisted_fg_makes": 2,
        "unassisted_fg_makes": 1,
    }
    history = [
        played(2021, 1, points=10, usage_rate=20.0, **zones),
        played(2021, 2, points=20, usage_rate=None, seconds_played=None, **zones | {"has_complete_shot_zones": False}),
        played(2021, 3, points=None, usage_rate=30.0),
    ]
    given(con, "nba_analytics.player_game_summary", history)
    newest = rows_of(con, "nba_processing.player_last_games")[-1]
    counts = ("games_10", "points_games_10", "points_games_5", "seconds_games_10", "zone_games_10", "zone_games_20")
    assert [newest[name] for name in counts] == [3, 2, 2, 2, 1, 1]
    assert (newest["points_2"], newest["usage_rate_10"], newest["usage_rate_season"]) == (20, 25.0, 25.0)
    shots = ("paint_attempts_10", "mid_range_makes_10", "zone_attempts_10", "assist_known_makes_10", "zone_attempts_20")
    assert [newest[name] for name in shots] == [4, 1, 9, 3, 9]


def test_a_teams_last_games_are_ten_of_the_season_without_the_cup_final():
    con = warehouse()
    history = [
        {
            "team_abbr": "LAL",
            "season_year": 2021,
            "season_type": "cup_final" if day == 12 else "regular",
            "game_id": f"g{day:02d}",
            "game_date": dt.date(2021, 11, day),
            "pace": 90.0 + day,
            "offensive_rating": None if day == 11 else 100.0 + day,
        }
        for day in range(1, 14)
    ]
    given(
        con, "nba_analytics.team_offense_game_summary", [*history, history[0] | {"season_year": 2022, "game_id": "h"}]
    )
    rows = {row["game_id"]: row for row in rows_of(con, "nba_processing.team_last_games")}
    assert rows.keys() == {f"g{day:02d}" for day in (*range(1, 12), 13)} | {"h"}
    newest = rows["g13"]
    assert newest["pace_10"] == 90 + (sum(range(3, 12)) + 13) / 10
    assert newest["offensive_rating_10"] == pytest.approx(100 + (sum(range(3, 11)) + 13) / 9)
    assert newest["pace_season_millionths"] == round((90 + (sum(range(1, 12)) + 13) / 12) * 1_000_000)
    assert (rows["g11"]["next_game_date"], newest["next_game_date"]) == (dt.date(2021, 11, 13), None)
    assert (rows["h"]["pace_10"], rows["h"]["pace_season_millionths"]) == (91, 91_000_000)
