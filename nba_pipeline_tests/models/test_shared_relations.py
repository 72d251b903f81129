"""The views that several models read instead of repeating them: rows in, rows out."""

import datetime as dt

import pytest

from nba_pipeline_tests.models.harness import given, rows_of, warehouse
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
