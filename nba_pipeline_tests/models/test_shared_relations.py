"""The views that several models read instead of repeating them: rows in, rows out."""

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
