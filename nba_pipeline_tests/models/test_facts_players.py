"""player_source_lines and player_box_lines: which source a line comes from, and whether its player played."""

import pytest

from nba_pipeline_tests.models.box_lines import BDL, GAMEBOOK, LOG, LOG_NAME, lines, points, sources
from nba_pipeline_tests.models.rows import (
    LINE,
    NOTHING,
    absent,
    bdl,
    both,
    game,
    gamebook,
    log,
)


def without(rows: list[dict], player: str) -> list[dict]:
    return [row for row in rows if row["player_lookup"] != player]


def of(team: str, found: dict[str, dict], column: str) -> set[object]:
    """The values of a column in the lines of a team's players who played."""
    return {row[column] for row in found.values() if row["team_abbr"] == team and row["did_play"]}


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


def test_a_team_whose_lines_add_up_keeps_its_source_when_the_other_does_not():
    found = lines({GAMEBOOK: without(both(gamebook), "bosone"), LOG: both(log)})
    assert points(found) == (97, 96)
    assert of("GSW", found, "primary_source_used") == {"nbac_gamebook"}
    assert (of("GSW", found, "source_reason"), of("BOS", found, "source_reason")) == (
        {"adds_up"},
        {"adds_up_with_other_sources"},
    )
    assert found["bosone"]["primary_source_used"] == "nbac_player_boxscores"


NO_STATISTICS = dict.fromkeys([*LINE, "plus_minus"])
FIRST_QUARTER = {"seconds_played": 450, "points": 3, "field_goals_made": 1, "field_goals_attempted": 3}


@pytest.mark.parametrize("broken", [NO_STATISTICS, {"points": None}, {"points": 0}, FIRST_QUARTER])
def test_a_game_book_that_does_not_add_up_gives_way_to_the_log(broken):
    found = lines({GAMEBOOK: [*both(gamebook, **broken), absent("GSW", "gswnine")], LOG: both(log)})
    assert points(found) == (97, 96)
    assert of("GSW", found, "primary_source_used") == of("BOS", found, "primary_source_used") == {LOG_NAME}
    assert of("GSW", found, "source_reason") == {"better_source_does_not_add_up"}
    assert (found["gswnine"]["player_status"], found["gswnine"]["did_play"]) == ("dnp", False)


def test_a_game_book_without_minutes_gives_way_to_the_log():
    found = lines({GAMEBOOK: both(gamebook, seconds_played=0), LOG: both(log)})
    assert of("GSW", found, "source_reason") == {"better_source_without_minutes"}
    assert of("GSW", found, "seconds_played") == {1800}


def test_a_misprinted_playing_time_is_no_reason_to_leave_the_game_book():
    book = [row | {"seconds_played": 900} if row["player_lookup"] == "gswone" else row for row in both(gamebook)]
    found = lines({GAMEBOOK: book, LOG: both(log)})
    assert (of("GSW", found, "primary_source_used"), of("GSW", found, "source_reason")) == (
        {"nbac_gamebook"},
        {"adds_up"},
    )


def test_who_is_marked_absent_and_played_by_the_next_source_played():
    book = [*without(both(gamebook), "bosfour"), absent("BOS", "bosfour", dnp_reason="DNP - Injury/Illness")]
    found = lines({GAMEBOOK: book, LOG: both(log)})
    assert points(found) == (97, 96)
    assert (found["bosfour"]["did_play"], found["bosfour"]["player_status"], found["bosfour"]["dnp_reason"]) == (
        True,
        "active",
        None,
    )


def test_who_is_marked_absent_and_appeared_for_a_moment_by_the_log_played():
    found = lines(
        {
            GAMEBOOK: [*both(gamebook), absent("GSW", "gswnine"), absent("BOS", "bosnine")],
            LOG: [*both(log), log("GSW", "nine", **NOTHING), log("BOS", "nine", **NOTHING | {"points": 2})],
        }
    )
    assert (found["gswnine"]["did_play"], found["gswnine"]["points"]) == (True, 0)
    # His two points would make 98 of the 96 that Boston scored.
    assert found["bosnine"]["did_play"] is False
    assert points(found) == (97, 96)


def test_ball_dont_lie_decides_when_nothing_better_adds_up():
    partial = without(both(gamebook), "bosone")
    found = lines({GAMEBOOK: partial, LOG: without(both(log), "bosone"), BDL: both(bdl)})
    assert points(found) == (97, 96)
    assert found["bosone"]["primary_source_used"] == "bdl_boxscores"


def test_where_nothing_adds_up_the_fullest_source_stands_and_says_so():
    quarter = both(gamebook, **FIRST_QUARTER)
    found = lines({GAMEBOOK: quarter})
    assert (len(found), of("GSW", found, "source_reason")) == (16, {"nothing_adds_up"})
    found = lines({GAMEBOOK: quarter, LOG: without(both(log), "bosone")})
    assert (points(found), of("BOS", found, "source_reason")) == ((97, 84), {"nothing_adds_up"})


def test_a_wrong_final_score_moves_no_line_to_another_source():
    found = lines(
        {
            GAMEBOOK: both(gamebook),
            LOG: both(log),
            "nba_reference.dim_game": [game(home_team_score=68, away_team_score=None)],
        }
    )
    assert sources(found) == {"nbac_gamebook"}
    assert (of("GSW", found, "source_reason"), of("BOS", found, "source_reason")) == (
        {"nothing_adds_up"},
        {"no_final_score"},
    )


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
