"""player_box_lines: which source a player's line comes from, whether he played, and who he is."""

import pytest

from nba_pipeline_tests.models.harness import given, run, warehouse
from nba_pipeline_tests.models.rows import (
    DAY,
    NOTHING,
    NUMBERS,
    absent,
    bdl,
    both,
    game,
    gamebook,
    log,
    registered,
)

GAMEBOOK, LOG, BDL = (
    "nba_raw.nbac_gamebook_player_stats",
    "nba_raw.nbac_player_boxscores",
    "nba_raw.bdl_player_boxscores",
)
REGISTRY, ALIASES = "nba_reference.nba_players_registry", "nba_reference.player_aliases"


def lines(tables: dict[str, list[dict]]) -> dict[str, dict]:
    """Lines by player."""
    con = warehouse()
    given(con, "nba_reference.dim_game", [game()])
    for table, rows in ({REGISTRY: registered()} | tables).items():
        given(con, table, rows)
    return {row["player_lookup"]: row for row in run(con, "nba_reference.player_box_lines", DAY)}


def sources(found: dict[str, dict]) -> set[str]:
    return {row["primary_source_used"] for row in found.values()}


def test_the_game_book_comes_first():
    found = lines({GAMEBOOK: both(gamebook), LOG: both(log, points=99), BDL: both(bdl, points=98)})
    assert len(found) == 16
    assert sources(found) == {"nbac_gamebook"}
    assert (found["gswone"]["home_game"], found["bosone"]["opponent_team_abbr"]) == (True, "GSW")


def test_a_player_the_game_book_lacks_comes_from_the_log():
    book = [row for row in both(gamebook, seconds_played=1800) if row["player_lookup"] != "bosone"]
    book.append(gamebook("BOS", "nine", **NOTHING | {"seconds_played": 60}))
    found = lines({GAMEBOOK: book, LOG: both(log)})
    assert found["bosone"]["primary_source_used"] == "nbac_player_boxscores"
    assert sources({key: row for key, row in found.items() if key != "bosone"}) == {"nbac_gamebook"}


def test_a_player_without_points_is_missed_by_his_seconds():
    book = [
        row | {"points": 96 // 7 + (row["player_lookup"] == "bostwo") * 5} if row["team_abbr"] == "BOS" else row
        for row in both(gamebook)
        if row["player_lookup"] != "bosone"
    ]
    book.append(gamebook("BOS", "nine", **NOTHING | {"seconds_played": 60}))
    rest = [log("BOS", "one", points=0)]
    assert "bosone" in lines({GAMEBOOK: book, LOG: rest})


def test_a_partial_game_book_counts_as_missing_for_the_whole_game():
    book = [row for row in both(gamebook) if row["player_lookup"] != "bosone"] + [absent("GSW", "gswnine")]
    found = lines({GAMEBOOK: book, LOG: both(log)})
    assert sources(found) == {"nbac_player_boxscores"}
    assert len(found) == 16


def test_a_partial_game_book_is_better_than_nothing():
    book = [row for row in both(gamebook) if row["player_lookup"] != "bosone"]
    assert len(lines({GAMEBOOK: book})) == 15


def test_ball_dont_lie_comes_last_and_its_zero_rows_are_no_games():
    zero = bdl("GSW", "nine", **NOTHING)
    found = lines({BDL: [*both(bdl), zero]})
    assert sources(found) == {"bdl_boxscores"}
    assert "gswnine" not in found


def test_home_and_away_of_a_source_do_not_count():
    found = lines({GAMEBOOK: both(gamebook, home_team_abbr="BOS", away_team_abbr="GSW")})
    assert (len(found), found["gswone"]["home_game"]) == (16, True)


def test_who_did_not_play_has_null_statistics():
    found = lines({GAMEBOOK: [*both(gamebook), absent("GSW", "gswnine")]})["gswnine"]
    assert (found["did_play"], found["player_status"], found["dnp_reason"]) == (False, "dnp", "DNP - Coach's Decision")
    assert {found[name] for name in ("seconds_played", "points", "fg_attempts", "assists", "plus_minus")} == {None}


def test_an_active_player_without_seconds_or_statistics_did_not_play():
    found = lines({GAMEBOOK: [*both(gamebook), gamebook("GSW", "nine", **NOTHING)]})["gswnine"]
    assert (found["did_play"], found["points"]) == (False, None)


@pytest.mark.parametrize("assists", [0, 1])
def test_zero_minutes_in_the_league_log_are_an_appearance(assists):
    stint = log("GSW", "nine", **NOTHING | {"assists": assists})
    found = lines({LOG: [*both(log), stint]})["gswnine"]
    assert (found["did_play"], found["seconds_played"], found["points"], found["assists"]) == (True, 0, 0, assists)


def test_zero_minutes_of_ball_dont_lie_were_played_if_anything_happened():
    found = lines({BDL: [*both(bdl), bdl("GSW", "nine", **NOTHING | {"personal_fouls": 1})]})["gswnine"]
    assert (found["did_play"], found["seconds_played"], found["personal_fouls"]) == (True, 0, 1)


def test_a_log_line_without_minutes_and_statistics_is_no_appearance():
    found = lines({LOG: [*both(log), log("GSW", "nine", **NOTHING | {"seconds_played": None})]})["gswnine"]
    assert (found["did_play"], found["points"]) == (False, None)


def test_a_duplicate_source_counts_once():
    assert len(lines({BDL: [*both(bdl), *both(bdl)]})) == 16


def test_an_unknown_player_keeps_his_line():
    found = lines({GAMEBOOK: both(gamebook), REGISTRY: registered("gswone")})["gswone"]
    assert (found["universal_player_id"], found["match_method"], found["points"]) == (None, "unresolved", 13)


@pytest.mark.parametrize(
    ("sent", "alias", "method"),
    [
        ("gswone", [], "exact"),
        ("gswonejr", [], "suffix"),
        ("wardellone", [{"alias_lookup": "wardellone", "nba_canonical_lookup": "gswone", "is_active": True}], "alias"),
    ],
)
def test_spellings_of_one_player(sent, alias, method):
    book = [row | {"player_lookup": sent} if row["player_lookup"] == "gswone" else row for row in both(gamebook)]
    found = lines({GAMEBOOK: book, ALIASES: alias})["gswone"]
    assert (found["match_method"], found["universal_player_id"]) == (method, "gswone_001")
    assert (found["player_full_name"], found["nba_player_id"]) == ("Gsw One", 101)


def test_an_inactive_alias_does_not_count():
    book = [
        row | {"player_lookup": "wardellone"} if row["player_lookup"] == "gswone" else row for row in both(gamebook)
    ]
    alias = {"alias_lookup": "wardellone", "nba_canonical_lookup": "gswone", "is_active": False}
    assert lines({GAMEBOOK: book, ALIASES: [alias]})["wardellone"]["match_method"] == "unresolved"


def test_a_person_id_beats_the_name():
    found = lines({LOG: [row | {"player_lookup": f"new{row['player_lookup']}"} for row in both(log)]})
    assert (found["gswone"]["match_method"], len(found)) == ("person_id", 16)


def test_namesakes_are_told_apart_by_person_id():
    twin = {
        "universal_player_id": "gswone_002",
        "player_lookup": "gswone",
        "player_name": "Gsw One",
        "nba_player_id": 777,
    }
    rows = [
        row | {"player_lookup": "gswone", "nba_player_id": 777} if row["player_lookup"] == "bosone" else row
        for row in both(log)
    ]
    found = lines({LOG: rows, REGISTRY: [*registered(), twin]})
    assert found["gswone"]["team_abbr"] == "GSW"
    assert (found["gswone002"]["team_abbr"], found["gswone002"]["universal_player_id"]) == ("BOS", "gswone_002")


def last_name_only(team: str = "GSW", **changes) -> dict:
    return (
        absent(
            team,
            "Williams",
            player_lookup=None,
            last_name_key="williams",
            player_status="inactive",
            dnp_reason="Injury/Illness - Left Knee; Sprain",
        )
        | changes
    )


def rostered(team: str, *lookups: str) -> list[dict]:
    return [
        {"roster_date": DAY, "team_abbr": team, "espn_player_id": number, "player_lookup": lookup}
        for number, lookup in enumerate(lookups)
    ]


def test_a_last_name_is_resolved_when_one_player_of_the_team_fits():
    found = lines(
        {
            GAMEBOOK: [*both(gamebook), last_name_only()],
            "nba_raw.espn_team_rosters": rostered("GSW", "jalenwilliamsjr", "gswone"),
        }
    )
    inactive = found["jalenwilliamsjr"]
    assert (inactive["match_method"], inactive["player_status"], inactive["did_play"]) == (
        "last_name_in_team",
        "inactive",
        False,
    )


@pytest.mark.parametrize(
    ("listed", "roster"),
    [
        ([last_name_only()], rostered("GSW", "jalenwilliams", "kenrichwilliams")),
        ([last_name_only(), last_name_only(dnp_reason="G League - Two-Way")], rostered("GSW", "jalenwilliams")),
        ([last_name_only()], rostered("BOS", "jalenwilliams")),
        ([last_name_only()], []),
    ],
)
def test_an_ambiguous_last_name_becomes_no_player(listed, roster):
    assert len(lines({GAMEBOOK: [*both(gamebook), *listed], "nba_raw.espn_team_rosters": roster})) == 16


def test_a_player_on_both_inactive_lists_belongs_to_the_team_whose_roster_names_him():
    twice = [absent(team, "jalenwilliams", player_status="inactive") for team in ("BOS", "GSW")]
    found = lines({GAMEBOOK: [*both(gamebook), *twice], "nba_raw.espn_team_rosters": rostered("GSW", "jalenwilliams")})
    assert found["jalenwilliams"]["team_abbr"] == "GSW"


def test_points_of_a_team_are_never_lost():
    found = lines({LOG: both(log), REGISTRY: []})
    assert sum(row["points"] for row in found.values()) == 12 * 2 * len(NUMBERS) + 1
