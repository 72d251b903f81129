"""player_source_lines and player_box_lines: who the player of a line is."""

import pytest

from nba_pipeline_tests.models.box_lines import ALIASES, GAMEBOOK, LOG, REGISTRY, lines, points, sources
from nba_pipeline_tests.models.rows import (
    DAY,
    NUMBERS,
    absent,
    both,
    gamebook,
    log,
    registered,
)


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


TWIN = {
    "universal_player_id": "gswone_777",
    "player_lookup": "gswone",
    "player_name": "Gsw One",
    "nba_player_id": 777,
}


def renamed(rows: list[dict], player: str, name: str, **changes) -> list[dict]:
    """The rows with another folded name for one player."""
    return [row | {"player_lookup": name} | changes if row["player_lookup"] == player else row for row in rows]


def test_the_logs_person_ids_name_the_lines_of_the_game_book():
    book = renamed(both(gamebook), "bosone", "gswone")
    found = lines(
        {
            GAMEBOOK: book,
            LOG: renamed(both(log), "bosone", "gswone", nba_player_id=777),
            REGISTRY: [*registered(), TWIN],
        }
    )
    assert points(found) == (97, 96)
    assert {
        (
            row["player_lookup"],
            row["team_abbr"],
            row["universal_player_id"],
            row["match_method"],
            row["primary_source_used"],
        )
        for row in found.values()
        if row["player_lookup"].startswith("gswone")
    } == {
        ("gswone", "GSW", "gswone_001", "person_id", "nbac_gamebook"),
        ("gswone777", "BOS", "gswone_777", "person_id", "nbac_gamebook"),
    }


@pytest.mark.parametrize(("assists", "strangers"), [(9, set()), (3, {"djurisic", "durisic"})])
def test_a_line_under_a_name_of_its_own_is_the_one_line_of_the_log_that_equals_it(assists, strangers):
    """Two lines that are alike as well tell nothing."""
    book = renamed(renamed(both(gamebook), "bosone", "djurisic", assists=assists), "bostwo", "durisic")
    found = lines({GAMEBOOK: book, LOG: renamed(both(log), "bosone", "bosone", assists=assists)})
    assert {key for key, row in found.items() if row["match_method"] == "unresolved"} == strangers
    assert (points(found), len(found), sources(found)) == ((97, 96), 16, {"nbac_gamebook"})


def test_another_person_id_is_another_person():
    found = lines({LOG: renamed(both(log), "bosone", "gswone", nba_player_id=777)})
    assert points(found) == (97, 96)
    stranger = found["gswone777"]
    assert (stranger["universal_player_id"], stranger["nba_player_id"], stranger["match_method"]) == (
        None,
        777,
        "unresolved",
    )
    assert found["gswone"]["universal_player_id"] == "gswone_001"


@pytest.mark.parametrize("registry", [[*registered(), TWIN], registered("gswone", "bosone"), registered()])
def test_two_of_one_name_without_ids_keep_both_lines_and_are_nobody(registry):
    found = lines({GAMEBOOK: renamed(both(gamebook), "bosone", "gswone"), REGISTRY: registry})
    assert (points(found), len(found)) == ((97, 96), 16)
    assert {(found[key]["team_abbr"], found[key]["universal_player_id"]) for key in ("gswonegsw", "gswonebos")} == {
        ("GSW", None),
        ("BOS", None),
    }


def test_a_played_game_counts_when_the_other_team_lists_the_name_as_absent():
    found = lines({GAMEBOOK: [*both(gamebook), absent("BOS", "gswone")]})
    assert (found["gswone"]["team_abbr"], found["gswone"]["did_play"], len(found)) == ("GSW", True, 16)


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
