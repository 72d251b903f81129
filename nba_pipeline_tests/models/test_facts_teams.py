"""Team totals: source per game, orientation, overtime, possessions, and the two summaries built from them."""

import datetime as dt

import pytest

from nba_pipeline_tests.models.harness import broken_checks, given, run, warehouse
from nba_pipeline_tests.models.rows import (
    DAY,
    GAME,
    NBA_GAME,
    NUMBERS,
    bdb,
    both,
    game,
    gamebook,
    person,
    registered,
    schedule,
    team_box,
)

MODELS = (
    "nba_reference.dim_game",
    "nba_reference.player_source_lines",
    "nba_reference.player_box_lines",
    "nba_reference.team_box_lines",
    "nba_reference.shot_events",
    "nba_analytics.team_offense_game_summary",
    "nba_analytics.team_defense_game_summary",
    "nba_analytics.player_game_summary",
)
OFFENSE, DEFENSE, PLAYERS = MODELS[5:]
TEAM_BOX, BOOK = "nba_raw.nbac_team_boxscore", "nba_raw.nbac_gamebook_player_stats"


def league(tables: dict[str, list[dict]]):
    """A warehouse in which every fact model has run over the day."""
    con = warehouse()
    for table, rows in ({"nba_raw.nbac_schedule": [schedule()]} | tables).items():
        given(con, table, rows)
    return con, {model: run(con, model, DAY) for model in MODELS}


def by_team(rows: list[dict], column: str = "team_abbr") -> dict[str, dict]:
    return {row[column]: row for row in rows}


def long_game(seconds: int) -> list[dict]:
    """Game book of a game in which each team played ``seconds`` in all, shared by eight."""
    shares = [seconds // 8 + (place < seconds % 8) for place in range(8)]
    return [row | {"seconds_played": shares[NUMBERS.index(row["player_lookup"][3:])]} for row in both(gamebook)]


def test_possessions_pace_rating_and_result():
    con, tables = league(
        {
            TEAM_BOX: [team_box("GSW"), team_box("BOS")],
            BOOK: both(gamebook),
            "nba_reference.nba_players_registry": registered(),
        }
    )
    home, away = by_team(tables[OFFENSE])["GSW"], by_team(tables[OFFENSE])["BOS"]
    # 80 + 0.44 * 16 + 16 - 8
    assert (home["possessions"], home["pace"]) == (95.0, 95.0)
    assert home["offensive_rating"] == 102.11
    assert home["ts_pct"] == 0.557
    assert (home["win_flag"], home["margin_of_victory"], away["margin_of_victory"]) == (True, 1, -1)
    assert (home["quality_tier"], home["overtime_periods"], home["rebounds"]) == ("gold", 0, 40)
    assert {name for model in MODELS for name in broken_checks(con, model, DAY)} == set()


def test_home_and_away_come_from_the_schedule_also_when_the_source_reverses_them():
    _, tables = league({TEAM_BOX: [team_box("GSW", is_home=False), team_box("BOS", is_home=True)]})
    assert by_team(tables[OFFENSE])["GSW"]["home_game"] is True
    assert {row["game_id"] for row in tables[OFFENSE]} == {GAME}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [team_box("GSW")],
        [team_box("GSW"), team_box("BOS", points=0)],
        [team_box("GSW"), team_box("BOS", fg_attempted=0)],
    ],
)
def test_without_two_sane_rows_both_teams_are_reconstructed(rows):
    _, tables = league({TEAM_BOX: rows, BOOK: both(gamebook)})
    assert {row["primary_source_used"] for row in tables[OFFENSE]} == {"reconstructed_team_from_players"}
    bos = by_team(tables[OFFENSE])["BOS"]
    assert (bos["points_scored"], bos["fg_attempts"], bos["possessions"]) == (96, 80, 95.0)
    assert (bos["quality_tier"], bos["quality_issues"]) == (
        "silver",
        "backup_source_used,reconstructed,shot_zones_unavailable",
    )


WRONG_BOX = [team_box("GSW", points=99, ft_made=11), team_box("BOS")]


@pytest.mark.parametrize(
    ("boxes", "book", "source", "reason", "is_ready"),
    [
        ([team_box("GSW"), team_box("BOS")], [], "nbac_team_boxscore", "adds_up", True),
        ([], both(gamebook), "reconstructed_team_from_players", "no_box_score", True),
        (WRONG_BOX, both(gamebook), "reconstructed_team_from_players", "box_score_does_not_add_up", True),
        (WRONG_BOX, [], "nbac_team_boxscore", "nothing_adds_up", False),
        ([], both(gamebook, points=3), "reconstructed_team_from_players", "nothing_adds_up", False),
    ],
)
def test_totals_come_from_where_they_equal_the_final_score(boxes, book, source, reason, is_ready):
    _, tables = league({TEAM_BOX: boxes, BOOK: book})
    found = tables[OFFENSE] + tables[DEFENSE]
    assert {(row["primary_source_used"], row["is_production_ready"]) for row in found} == {(source, is_ready)}
    assert {row["source_reason"] for row in tables[OFFENSE]} == {reason}
    is_issue = reason not in {"adds_up", "no_box_score"}
    assert {f"source:{reason}" in row["quality_issues"].split(",") for row in found} == {is_issue}


def test_fewer_than_five_players_reconstruct_nobody():
    few = [row for row in both(gamebook) if row["player_lookup"] not in {f"bos{number}" for number in NUMBERS[:3]}]
    _, tables = league({BOOK: few})
    assert len(tables[OFFENSE]) == 2
    _, tables = league({BOOK: [row for row in few if row["player_lookup"] != "boseight"]})
    assert tables[OFFENSE] == []


def test_an_unfinished_game_has_no_rows():
    _, tables = league(
        {
            "nba_raw.nbac_schedule": [schedule(game_status=2)],
            TEAM_BOX: [team_box("GSW"), team_box("BOS")],
            BOOK: both(gamebook),
        }
    )
    assert [tables[model] for model in MODELS[1:]] == [[]] * 7


@pytest.mark.parametrize(
    ("minutes", "overtimes"), [(240, 0), (238, 0), (243, 0), (265, 1), (262, 1), (290, 2), (315, 3)]
)
def test_overtimes_from_team_minutes(minutes, overtimes):
    _, tables = league({TEAM_BOX: [team_box("GSW", player_minutes=minutes), team_box("BOS", player_minutes=minutes)]})
    assert {row["overtime_periods"] for row in tables[OFFENSE]} == {overtimes}
    assert by_team(tables[OFFENSE])["GSW"]["pace"] == round(95.0 * 48 / (48 + 5 * overtimes), 1)


UNKNOWN_MINUTES = [team_box("GSW", player_minutes=None), team_box("BOS", player_minutes=None)]


@pytest.mark.parametrize(
    ("last_event", "overtimes"),
    [
        ({"period": 6, "score_home": 97, "score_away": 96}, 2),
        ({"period": 4, "score_home": 97, "score_away": 96}, 0),
        ({"period": 4, "score_home": 88, "score_away": 88}, None),
        ({"period": 6, "score_home": 95, "score_away": 95}, None),
    ],
)
def test_the_last_period_tells_the_overtimes_when_the_feed_holds_the_whole_score(last_event, overtimes):
    _, tables = league({TEAM_BOX: UNKNOWN_MINUTES, "nba_raw.bigdataball_play_by_play": [bdb(1), bdb(2, **last_event)]})
    assert {row["overtime_periods"] for row in tables[OFFENSE]} == {overtimes}


@pytest.mark.parametrize(
    ("seconds", "last_event", "overtimes"),
    [
        (17_400, {"period": 4, "score_home": 88, "score_away": 88}, 2),
        (14_400, {"period": 5, "score_home": 95, "score_away": 95}, 1),
        (17_400, {"period": 5, "score_home": 97, "score_away": 96}, 1),
    ],
)
def test_a_feed_that_was_cut_off_proves_the_periods_it_has_and_no_more(seconds, last_event, overtimes):
    feed = [bdb(1), bdb(2, **last_event)]
    _, tables = league({BOOK: long_game(seconds), "nba_raw.bigdataball_play_by_play": feed})
    assert {row["overtime_periods"] for row in tables[OFFENSE]} == {overtimes}


@pytest.mark.parametrize(("baskets", "overtimes"), [(80, 1), (79, 0)])
def test_a_shot_chart_tells_the_overtimes_when_it_holds_every_basket(baskets, overtimes):
    chart = [
        {
            "nba_game_id": NBA_GAME,
            "game_date": DAY,
            "game_event_id": number,
            "nba_player_id": person("GSW", "one"),
            "team_abbr": "GSW",
            "player_lookup": "gswone",
            "period": 4 + (number == 80),
            "shot_made_flag": True,
        }
        for number in range(1, baskets + 1)
    ]
    _, tables = league({BOOK: long_game(14_400), "nba_raw.nbac_shot_chart": chart})
    assert {row["overtime_periods"] for row in tables[OFFENSE]} == {overtimes}


@pytest.mark.parametrize(("seconds", "overtimes"), [(14_400, 0), (14_396, 0), (15_900, 1), (15_905, 1), (17_400, 2)])
def test_overtimes_from_the_players_seconds_when_nothing_else_tells(seconds, overtimes):
    _, tables = league({BOOK: long_game(seconds)})
    assert {row["overtime_periods"] for row in tables[OFFENSE]} == {overtimes}


def test_pace_is_null_when_overtime_is_unknown():
    _, tables = league({TEAM_BOX: UNKNOWN_MINUTES})
    assert {(row["pace"], row["overtime_periods"], row["possessions"]) for row in tables[OFFENSE]} == {
        (None, None, 95.0)
    }


def test_defence_mirrors_the_opponents_offence():
    _, tables = league(
        {
            TEAM_BOX: [
                team_box("GSW", steals=11, personal_fouls=20, player_minutes=265),
                team_box("BOS", turnovers=18, player_minutes=265),
            ],
            "nba_raw.bigdataball_play_by_play": [
                bdb(
                    1,
                    team_abbr="BOS",
                    player_1_lookup="bosone",
                    shot_distance=3.0,
                    player_2_role="block",
                    player_2_lookup="gswtwo",
                ),
                bdb(2, team_abbr="BOS", player_1_lookup="bosone", shot_distance=15.0, shot_made=True),
            ],
        }
    )
    defence, offence = by_team(tables[DEFENSE], "defending_team_abbr")["GSW"], by_team(tables[OFFENSE])["BOS"]
    assert (defence["points_allowed"], defence["turnovers_forced"], defence["fouls_committed"], defence["steals"]) == (
        96,
        18,
        20,
        11,
    )
    assert (defence["defensive_rating"], defence["opponent_pace"]) == (offence["offensive_rating"], offence["pace"])
    assert (defence["win_flag"], defence["margin_of_victory"], defence["home_game"], defence["overtime_periods"]) == (
        True,
        1,
        True,
        1,
    )
    assert (
        defence["opp_paint_attempts"],
        defence["opp_paint_makes"],
        defence["blocks_paint"],
        defence["blocks_three_pt"],
    ) == (1, 0, 1, 0)
    assert (defence["mid_range_points_allowed"], defence["three_pt_points_allowed"]) == (2, 24)
    assert defence["has_complete_shot_zones"] is False


def test_defence_without_shot_events_has_null_zones_and_blocks():
    _, tables = league({TEAM_BOX: [team_box("GSW"), team_box("BOS")]})
    row = by_team(tables[DEFENSE], "defending_team_abbr")["GSW"]
    assert {
        row[name] for name in ("opp_paint_attempts", "points_in_paint_allowed", "blocks_paint", "shot_zones_source")
    } == {None}


def test_checks_notice_a_score_that_is_not_the_schedules():
    con, _ = league({TEAM_BOX: [team_box("GSW", points=98, ft_made=10), team_box("BOS")]})
    assert "score_equals_the_schedule" in broken_checks(con, OFFENSE, DAY)


def test_checks_notice_a_missing_team_and_points_that_do_not_add_up():
    con, _ = league({TEAM_BOX: [team_box("GSW", fg_made=41), team_box("BOS")]})
    con.execute(f"delete from {OFFENSE} where team_abbr = 'BOS'")
    assert {"points_add_up", "both_teams_of_a_game_have_a_row"} <= set(broken_checks(con, OFFENSE, DAY))
    assert "mirrors_the_offence_table" in broken_checks(con, DEFENSE, DAY)


def test_a_range_gives_the_same_rows_as_its_days():
    con = warehouse()
    days = [DAY, DAY + dt.timedelta(days=1)]
    given(
        con,
        "nba_reference.dim_game",
        [game(), game(game_id="20211111_BOS_GSW", nba_game_id="0022100170", game_date=days[1])],
    )
    for day, number in zip(days, ("0022100160", "0022100170"), strict=True):
        given(con, TEAM_BOX, [team_box(team, game_date=day, nba_game_id=number) for team in ("GSW", "BOS")])
        given(con, BOOK, both(gamebook, game_date=day))
        given(con, "nba_raw.bigdataball_play_by_play", [bdb(1, game_date=day, nba_game_id=number)])
    for model in MODELS[1:]:
        single = [row for day in days for row in run(con, model, day)]
        assert run(con, model, *days) == single
        assert single
