"""The NBA Cup final: out of every average, and for rest, load and the last result a game like others."""

import datetime as dt

from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline_tests.models.harness import given, run, warehouse

DAY = dt.date(2023, 12, 12)
FINAL_DAY = DAY - dt.timedelta(days=1)
#: Twelve games of the season, every second day before the final.
DAYS = [FINAL_DAY - dt.timedelta(days=2 * back) for back in range(1, 13)]


def game(day: dt.date) -> dict:
    return {
        "game_id": f"{day:%Y%m%d}_IND_LAL",
        "game_date": day,
        "season_year": 2023,
        "season_type": "cup_final" if day == FINAL_DAY else "regular",
    }


def players_game(day: dt.date, points: int = 10, usage: float = 20.0, minutes: int = 30) -> dict:
    return game(day) | {
        "player_lookup": "lebronjames",
        "team_abbr": "LAL",
        "did_play": True,
        "seconds_played": 60 * minutes,
        "points": points,
        "usage_rate": usage,
    }


def teams_game(day: dt.date, team: str = "LAL", **changes) -> dict:
    return game(day) | {"team_abbr": team, "win_flag": True, "margin_of_victory": 1, "pace": 100.0} | changes


def context(history: list[dict]) -> dict:
    con = warehouse()
    listed = game(DAY) | {
        "player_lookup": "lebronjames",
        "team_abbr": "LAL",
        "opponent_team_abbr": "IND",
        "home_game": True,
        "universe_source": "roster",
        "evidence_date": DAY,
    }
    given(con, "nba_reference.player_universe", [listed])
    given(con, "nba_analytics.player_game_summary", history)
    given(con, "nba_analytics.team_offense_game_summary", [teams_game(day) for day in [*DAYS, FINAL_DAY]])
    (row,) = run(con, "nba_analytics.upcoming_player_game_context", DAY)
    return row


def test_a_players_form_leaves_the_cup_final_out_and_his_rest_and_load_do_not():
    season = [players_game(day) for day in DAYS]
    row = context([*season, players_game(FINAL_DAY, points=50, usage=60.0, minutes=48)])
    assert (row["points_avg_last_5"], row["points_avg_last_10"], row["avg_usage_rate_last_7_games"]) == (10, 10, 20)
    assert (row["l5_games_used"], row["l10_games_used"]) == (5, 10)
    assert (row["days_rest"], row["back_to_back"]) == (1, True)
    # The games of 12-09, 12-07 and 12-05, and the final of 12-11.
    assert (row["games_in_last_7_days"], row["minutes_in_last_7_days"]) == (4, 3 * 30 + 48)


def test_who_was_not_listed_for_the_cup_final_has_whole_windows_of_games():
    row = context([players_game(day) for day in DAYS])
    assert (row["completeness_l5_pct"], row["completeness_l10_pct"]) == (100, 100)


def test_a_teams_pace_leaves_the_cup_final_out_and_its_last_result_does_not():
    con = warehouse()
    sides = {"home_team_abbr": "LAL", "away_team_abbr": "IND"}
    past = [game(day) | sides | {"nba_game_id": f"{day:%Y%m%d}", "is_final": True} for day in [*DAYS, FINAL_DAY]]
    given(con, "nba_reference.dim_game", [*past, game(DAY) | sides | {"nba_game_id": "today", "is_final": False}])
    offence = [teams_game(day) for day in DAYS] + [teams_game(FINAL_DAY, pace=130.0, margin_of_victory=14)]
    given(con, "nba_analytics.team_offense_game_summary", offence)
    given(con, "nba_reference.season_calendar", [{"season_year": 2023, "regular_start": dt.date(2023, 10, 24)}])
    lakers = next(row for row in run(con, "nba_analytics.upcoming_team_game_context", DAY) if row["team_abbr"] == "LAL")
    assert (lakers["pace_last_10"], lakers["team_wins_entering"], lakers["team_games_entering"]) == (100, 12, 12)
    assert (lakers["last_game_margin"], lakers["days_since_last_game"], lakers["game_number_in_season"]) == (14, 1, 14)


def test_one_place_decides_which_games_count():
    naming = {name for name, contract in load_contracts().items() if "cup_final" in (contract.query or "")}
    assert naming == {"nba_reference.dim_game"}
