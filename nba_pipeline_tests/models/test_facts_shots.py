"""shot_events and the zones of the summaries: one source per game, whole or not, one zone rule, absent is not zero."""

import pytest

from nba_pipeline_tests.models.harness import given, rows_of, run, warehouse
from nba_pipeline_tests.models.rows import DAY, GAME, NBA_GAME, bdb, game, person

SHOTS, SUMMARY = "nba_reference.shot_events", "nba_analytics.player_game_summary"
OFFENSE, DEFENSE = "nba_analytics.team_offense_game_summary", "nba_analytics.team_defense_game_summary"
BDB, NBAC, CHART = "nba_raw.bigdataball_play_by_play", "nba_raw.nbac_play_by_play", "nba_raw.nbac_shot_chart"
ZONES = ("paint_attempts", "mid_range_attempts", "three_attempts_pbp", "unknown_zone_attempts")
PLAYED = {"gswone": 4, "gswtwo": 0, "bosonejr": 6}


def box(player: str, attempts: int | None, makes: int = 0, **changes) -> dict:
    team, opponent = ("GSW", "BOS") if player.startswith("gsw") else ("BOS", "GSW")
    return {
        "game_id": GAME,
        "game_date": DAY,
        "player_lookup": player,
        "nba_player_id": person(team, player[3:6]),
        "universal_player_id": f"{player}_001",
        "team_abbr": team,
        "opponent_team_abbr": opponent,
        "home_game": team == "GSW",
        "season_year": 2021,
        "season_type": "regular",
        "player_status": "active",
        "did_play": True,
        "seconds_played": 1800,
        "fg_attempts": attempts,
        "fg_makes": makes,
        "primary_source_used": "nbac_gamebook",
        "match_method": "exact",
    } | changes


def shots(tables: dict[str, list[dict]]) -> tuple[list[dict], dict[str, dict]]:
    """Shot events, and summaries by player."""
    con = warehouse()
    given(con, "nba_reference.dim_game", [game()])
    given(con, "nba_reference.player_box_lines", [box(player, attempts) for player, attempts in PLAYED.items()])
    for table, rows in tables.items():
        given(con, table, rows)
    events = run(con, SHOTS, DAY)
    return events, {row["player_lookup"]: row for row in run(con, SUMMARY, DAY)}


def nbac(event: int, action: str = "2pt", **changes) -> dict:
    return {
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "event_id": event,
        "period": 1,
        "game_clock_seconds": 600,
        "team_abbr": "GSW",
        "nba_player_id": person("GSW", "one"),
        "action_type": action,
        "shot_result": "Missed",
        "shot_distance": 20.0,
    } | changes


def chart(event: int, **changes) -> dict:
    return {
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "game_event_id": event,
        "nba_player_id": person("GSW", "one"),
        "player_lookup": "gswone",
        "team_abbr": "GSW",
        "period": 1,
        "shot_type": "2PT Field Goal",
        "shot_distance": 20,
        "shot_made_flag": False,
    } | changes


@pytest.mark.parametrize(
    ("shot_type", "distance", "zone"),
    [
        ("2PT", 0.0, "paint"),
        ("2PT", 8.0, "paint"),
        ("2PT", 8.1, "mid_range"),
        ("2PT", 24.0, "mid_range"),
        ("2PT", None, "unknown"),
        ("3PT", 22.0, "three"),
        ("3PT", None, "three"),
        ("3PT", 1.0, "three"),
    ],
)
def test_the_value_of_a_shot_decides_before_its_distance(shot_type, distance, zone):
    (event,), _ = shots({BDB: [bdb(1, shot_type=shot_type, shot_distance=distance)]})
    assert event["zone"] == zone


def test_big_data_ball_comes_before_nba_com_before_the_shot_chart():
    for rows, source in [
        ({BDB: [bdb(1)], NBAC: [nbac(1)], CHART: [chart(1)]}, "bigdataball_pbp"),
        ({NBAC: [nbac(1)], CHART: [chart(1)]}, "nbac_pbp"),
        ({CHART: [chart(1)]}, "nbac_shot_chart"),
    ]:
        (event,), summary = shots(rows)
        assert (event["source"], event["player_lookup"]) == (source, "gswone")
        assert summary["gswone"]["shot_zones_source"] == source


def test_zones_of_a_player_are_the_counts_of_his_shots():
    _, summary = shots({BDB: [bdb(1, shot_distance=4.0), bdb(2), bdb(3, shot_type="3PT"), bdb(4, shot_distance=None)]})
    assert [summary["gswone"][zone] for zone in ZONES] == [1, 1, 1, 1]


#: Both teams took two shots and made one.
TOTALS = [
    {
        "game_id": GAME,
        "nba_game_id": NBA_GAME,
        "game_date": DAY,
        "season_year": 2021,
        "season_type": "regular",
        "team_abbr": team,
        "opponent_team_abbr": opponent,
        "home_game": team == "GSW",
        "points": points,
        "fg_attempts": 2,
        "fg_makes": 1,
        "three_pt_attempts": threes,
        "three_pt_makes": threes,
        "ft_attempts": 0,
        "ft_makes": 0,
        "turnovers": 0,
        "offensive_rebounds": 0,
        "primary_source_used": "nbac_team_boxscore",
    }
    for team, opponent, points, threes in (("GSW", "BOS", 3, 1), ("BOS", "GSW", 2, 0))
]
SHOOTERS = [box("gswone", 1, 1), box("gswtwo", 1), box("bosonejr", 2, 1)]
WHOLE_BDB = [
    bdb(1, shot_made=True, shot_type="3PT"),
    bdb(2, player_1_lookup="gswtwo"),
    bdb(3, team_abbr="BOS", player_1_lookup="bosonejr", shot_made=True, shot_distance=3.0),
    bdb(4, team_abbr="BOS", player_1_lookup="bosonejr"),
]
WHOLE_CHART = [
    chart(11, shot_made_flag=True, shot_type="3PT Field Goal"),
    chart(12, nba_player_id=person("GSW", "two")),
    chart(13, team_abbr="BOS", nba_player_id=person("BOS", "one"), shot_made_flag=True, shot_distance=3),
    chart(14, team_abbr="BOS", nba_player_id=person("BOS", "one")),
]


def built(tables: dict[str, list[dict]], lines: list[dict] | None = None):
    """A warehouse with the game's shots and the three summaries."""
    con = warehouse()
    given(con, "nba_reference.dim_game", [game()])
    given(con, "nba_reference.player_box_lines", lines or SHOOTERS)
    given(con, "nba_reference.team_box_lines", TOTALS)
    for table, rows in tables.items():
        given(con, table, rows)
    found = {table: run(con, table, DAY) for table in (SHOTS, OFFENSE, SUMMARY, DEFENSE)}
    return con, found


@pytest.mark.parametrize(
    ("events", "is_whole"),
    [
        (WHOLE_BDB, True),
        ([event for event in WHOLE_BDB if event["shot_made"]], False),
        (WHOLE_BDB[:3], False),
        (WHOLE_BDB[:2], False),
        ([*WHOLE_BDB, bdb(5)], False),
        ([*WHOLE_BDB[:3], WHOLE_BDB[3] | {"shot_made": True}], False),
        ([*WHOLE_BDB[:3], WHOLE_BDB[3] | {"shot_distance": None}], False),
    ],
    ids=["whole", "makes alone", "one short", "one team", "one too many", "a miss as a make", "a shot without a zone"],
)
def test_a_game_is_whole_when_both_teams_attempts_and_makes_are_the_box_scores(events, is_whole):
    con, found = built({BDB: events})
    assert {event["is_whole_game"] for event in found[SHOTS]} == {is_whole}
    for table in (OFFENSE, DEFENSE, SUMMARY):
        assert {row["has_complete_shot_zones"] for row in found[table]} == {is_whole}
    assert {row["is_zone_game"] for row in rows_of(con, "nba_processing.eligible_player_games")} == {is_whole}
    defended = {
        row["team_abbr"]: (row["opp_paint_attempts"], row["opp_paint_makes"], row["blocks_paint"])
        for row in rows_of(con, "nba_processing.eligible_team_games")
    }
    assert defended == {"GSW": (1, 1, 0), "BOS": (0, 0, 0)} if is_whole else {"GSW": (None,) * 3, "BOS": (None,) * 3}


def test_a_source_that_has_the_game_whole_comes_before_one_that_has_not():
    broken = WHOLE_BDB[:3]
    for tables, source in [
        ({BDB: broken, CHART: WHOLE_CHART}, "nbac_shot_chart"),
        ({BDB: broken, CHART: WHOLE_CHART[:2]}, "bigdataball_pbp"),
        ({BDB: WHOLE_BDB, CHART: WHOLE_CHART}, "bigdataball_pbp"),
    ]:
        _, found = built(tables)
        assert {event["source"] for event in found[SHOTS]} == {source}
        assert len(found[SHOTS]) == len(tables.get(CHART if source == "nbac_shot_chart" else BDB, []))


def test_a_shooter_whose_name_the_source_spells_otherwise_has_no_zones_in_a_whole_game():
    renamed = [
        event | {"player_1_lookup": "someoneelse"} if event["event_sequence"] == 2 else event for event in WHOLE_BDB
    ]
    lines = [*SHOOTERS, box("gswsix", 0)]
    con, found = built({BDB: renamed}, lines)
    summary = {row["player_lookup"]: row for row in found[SUMMARY]}
    zones = (*ZONES, "three_makes_pbp", "assisted_fg_makes", "and1_count", "shot_zones_source")
    assert {summary["gswtwo"][name] for name in zones} == {None}
    assert "shot_zones_unavailable" in summary["gswtwo"]["quality_issues"]
    assert [summary["gswsix"][name] for name in ZONES] == [0, 0, 0, 0]
    assert {name: row["has_complete_shot_zones"] for name, row in summary.items()} == {
        "gswone": True,
        "gswtwo": False,
        "gswsix": True,
        "bosonejr": True,
    }
    counted = {
        row["player_lookup"]: row["is_zone_game"] for row in rows_of(con, "nba_processing.eligible_player_games")
    }
    assert counted == {"gswone": True, "gswtwo": False, "gswsix": True, "bosonejr": True}


def test_blocks_of_a_name_the_source_spells_otherwise_are_unknown():
    lines = [box("gswone", 1, 1, blocks=2), box("gswtwo", 1, blocks=0), box("bosonejr", 2, 1)]
    _, found = built({BDB: WHOLE_BDB}, lines)
    summary = {row["player_lookup"]: row for row in found[SUMMARY]}
    assert [summary["gswone"][name] for name in ("paint_blocks", "mid_range_blocks", "three_pt_blocks")] == [None] * 3
    assert summary["gswtwo"]["paint_blocks"] == 0


def test_a_blocker_without_an_attempt_keeps_his_blocks():
    _, summary = shots(
        {
            BDB: [
                bdb(
                    1,
                    team_abbr="BOS",
                    player_1_lookup="bosonejr",
                    shot_distance=2.0,
                    player_2_lookup="gswtwo",
                    player_2_role="block",
                )
            ]
        }
    )
    assert (summary["gswtwo"]["paint_blocks"], summary["gswtwo"]["paint_attempts"]) == (1, 0)
    assert summary["gswone"]["paint_blocks"] == 0


def test_assisted_and_unassisted_makes():
    made = {"shot_made": True}
    _, summary = shots(
        {BDB: [bdb(1, **made, player_2_lookup="gswtwo", player_2_role="assist"), bdb(2, **made), bdb(3)]}
    )
    assert (summary["gswone"]["assisted_fg_makes"], summary["gswone"]["unassisted_fg_makes"]) == (1, 1)


def test_an_and_one_needs_a_made_shot_by_the_same_player_at_the_same_clock():
    free = {"shot_made": None, "free_throw_trip": 1}
    _, summary = shots(
        {
            BDB: [
                bdb(1, shot_made=True),
                bdb(2, "free throw", **free),
                bdb(3, shot_made=True, game_clock_seconds=500),
                bdb(4, "free throw", game_clock_seconds=500, player_1_lookup="gswtwo", **free),
                bdb(5, "free throw", game_clock_seconds=400, **free),
                bdb(6, shot_made=True, game_clock_seconds=300),
                bdb(7, "free throw", game_clock_seconds=300, shot_made=None, free_throw_trip=2),
            ]
        }
    )
    assert (summary["gswone"]["and1_count"], summary["gswtwo"]["and1_count"]) == (1, 0)


def test_nba_com_knows_players_by_person_id():
    events, summary = shots(
        {
            NBAC: [
                nbac(1, shot_result="Made", assist_player_id=person("GSW", "two")),
                nbac(2, "freethrow", sub_type="1 of 1"),
                nbac(
                    3, "3pt", team_abbr="BOS", nba_player_id=person("BOS", "one"), block_player_id=person("GSW", "two")
                ),
            ]
        }
    )
    assert [event["player_lookup"] for event in events] == ["gswone", "bosonejr"]
    assert (summary["gswone"]["assisted_fg_makes"], summary["gswone"]["and1_count"]) == (1, 1)
    assert summary["gswtwo"]["three_pt_blocks"] == 1


def test_the_shot_chart_knows_no_assists_blocks_or_and_ones():
    _, summary = shots({CHART: [chart(1, shot_made_flag=True)]})
    row = summary["gswone"]
    assert (row["mid_range_makes"], row["paint_attempts"]) == (1, 0)
    assert {row[name] for name in ("assisted_fg_makes", "unassisted_fg_makes", "and1_count", "paint_blocks")} == {None}


def test_a_game_without_events_has_null_zones_not_zeros():
    _, summary = shots({})
    row = summary["gswone"]
    assert {row[name] for name in (*ZONES, "assisted_fg_makes", "paint_blocks", "shot_zones_source")} == {None}
    assert (row["has_complete_shot_zones"], "shot_zones_unavailable" in row["quality_issues"]) == (False, True)


def test_a_name_without_its_suffix_finds_the_one_player_in_the_game():
    (event,), _ = shots({BDB: [bdb(1, team_abbr="BOS", player_1_lookup="bosone")]})
    assert event["player_lookup"] == "bosonejr"


def test_an_alias_finds_the_player():
    alias = {"alias_lookup": "wardellone", "nba_canonical_lookup": "gswone", "is_active": True}
    (event,), _ = shots({BDB: [bdb(1, player_1_lookup="wardellone")], "nba_reference.player_aliases": [alias]})
    assert event["player_lookup"] == "gswone"


def test_a_name_nobody_bears_still_counts_for_the_team():
    (event,), _ = shots({BDB: [bdb(1, player_1_lookup="nobody")]})
    assert (event["player_lookup"], event["team_abbr"]) == (None, "GSW")
