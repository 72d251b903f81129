"""What the pre-game models make of a few hand-written rows.

Lines, injuries, universe, rest and windows; whole slates are tested end to end.
"""

import datetime as dt
from contextlib import closing

import duckdb
import pytest

from nba_pipeline.contract.catalog import declared, in_order
from nba_pipeline.reference_data import table
from nba_pipeline.warehouse.dialect import render, table_ddl

OPENING = dt.date(2021, 10, 19)
GAME_DAY = dt.date(2021, 11, 20)
TIPOFF = dt.datetime(2021, 11, 21, 0, 30, tzinfo=dt.UTC)
GAME = "20211120_BOS_LAL"


def run(model: str, rows: dict[str, list[dict]], start: dt.date = GAME_DAY, end: dt.date = GAME_DAY) -> list[dict]:
    """Rows of a model over tables that hold ``rows`` and, unless given, the packaged reference data."""
    contract = declared(model)
    sql, parameters = render(contract.query or "")
    bound = {"start_date": start, "end_date": end, "history_start": OPENING}
    with closing(duckdb.connect()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for upstream in in_order(contract.upstreams):
            name = upstream.name
            connection.execute(f"create schema if not exists {upstream.dataset}")
            ddl = table_ddl(upstream)
            connection.execute(ddl if upstream.is_view else ddl.replace(" not null", ""))
            if (upstream.source or "").startswith("reference:") and name not in rows:
                packaged = table(upstream.table)
                connection.register("packaged", packaged)
                connection.execute(f"insert into {name} by name select * from packaged")
                connection.unregister("packaged")
            for row in rows.get(name, []):
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", list(row.values()))
        result = connection.execute(sql, {name: bound[name] for name in parameters})
        names = [column[0] for column in result.description]
        return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def game(day: dt.date, away: str, home: str, *, final: bool = True, tipoff: dt.datetime | None = None) -> dict:
    arenas = {"LAL": "crypto_com_arena", "BOS": "td_garden", "NYK": "madison_square_garden"}
    return {
        "game_id": f"{day:%Y%m%d}_{away}_{home}",
        "nba_game_id": f"00221{day:%m%d}0",
        "game_date": day,
        "season_year": 2021,
        "season_type": "regular",
        "is_final": final,
        "tipoff_at": tipoff,
        "home_team_abbr": home,
        "away_team_abbr": away,
        "arena_id": arenas[home],
    }


def spread(team: str, point: float, minutes_to_tipoff: float | None, book: str = "draftkings") -> dict:
    captured = None if minutes_to_tipoff is None else TIPOFF - dt.timedelta(minutes=minutes_to_tipoff)
    return {
        "game_date": GAME_DAY,
        "home_team_abbr": "LAL",
        "away_team_abbr": "BOS",
        "snapshot_timestamp": captured,
        "bookmaker_key": book,
        "market_key": "spreads",
        "outcome_name": team,
        "outcome_team_abbr": team,
        "outcome_point": point,
        "source_file": "a",
    }


def spreads(offers: list[dict], tipoff: dt.datetime | None = TIPOFF) -> dict[str, dict]:
    made = run(
        "nba_reference.game_lines",
        {
            "nba_reference.dim_game": [game(GAME_DAY, "BOS", "LAL", final=False, tipoff=tipoff)],
            "nba_raw.odds_api_game_lines": [
                offer | {"record_number": number} for number, offer in enumerate(offers, start=1)
            ],
        },
    )
    return {row["team_abbr"]: row for row in made}


def test_spread_is_signed_from_each_teams_side():
    lines = spreads([spread("LAL", -4.5, 60), spread("BOS", 4.5, 60)])
    assert (lines["LAL"]["game_spread"], lines["BOS"]["game_spread"]) == (-4.5, 4.5)


def test_snapshot_after_tipoff_does_not_count():
    line = spreads([spread("LAL", -3.0, 600), spread("LAL", -4.5, 0), spread("LAL", -12.5, -1)])["LAL"]
    assert (line["game_spread"], line["opening_spread"], line["spread_movement"]) == (-4.5, -3.0, -1.5)
    assert line["lines_updated_at"] == TIPOFF


def test_only_in_game_snapshots_make_no_line():
    assert spreads([spread("LAL", -4.5, -30)]) == {}


@pytest.mark.parametrize(("minutes_to_tipoff", "counted"), [(None, True), (8 * 60, True), (7 * 60, False)])
def test_without_a_tipoff_only_captures_before_17_utc_or_without_time_count(minutes_to_tipoff, counted):
    assert ("LAL" in spreads([spread("LAL", -4.5, minutes_to_tipoff)], tipoff=None)) is counted


def test_preferred_book_wins_then_the_median_of_the_rest():
    offers = [spread("LAL", -9.0, 5, "bovada"), spread("LAL", -4.5, 60, "fanduel"), spread("LAL", -2.0, 9, "betmgm")]
    assert spreads(offers)["LAL"]["game_spread_source"] == "fanduel"
    others = [spread("LAL", point, 60, book) for point, book in ((-1.0, "b"), (-2.0, "c"), (-6.0, "d"), (-3.0, "e"))]
    line = spreads(others)["LAL"]
    assert (line["game_spread"], line["game_spread_source"]) == (-2.5, "median")


@pytest.mark.parametrize(
    ("captures", "opening", "movement"),
    [
        ([(-4.5, None)], None, None),
        ([(-4.5, 60)], None, None),
        ([(-4.5, None), (-5.5, None)], None, None),
        ([(-4.5, 60), (-3.0, None)], None, None),
        ([(-4.5, 60), (-4.5, 600)], -4.5, 0.0),
        ([(-4.5, 60), (-3.0, 600), (-1.0, None)], -3.0, -1.5),
    ],
)
def test_an_opening_needs_a_second_capture_whose_time_is_known(captures, opening, movement):
    line = spreads([spread("LAL", point, minutes) for point, minutes in captures])["LAL"]
    assert (line["game_spread"], line["opening_spread"], line["spread_movement"]) == (-4.5, opening, movement)


def test_the_median_of_books_has_an_opening_when_each_of_them_has():
    known = [spread("LAL", point, minutes, book) for book in "bc" for point, minutes in ((-3.0, 600), (-4.0, 60))]
    assert spreads(known)["LAL"]["spread_movement"] == -1.0
    line = spreads([*known, spread("LAL", -9.0, 60, "d")])["LAL"]
    assert (line["game_spread"], line["opening_spread"], line["spread_movement"]) == (-4.0, None, None)


def test_where_the_schedule_has_no_time_the_start_another_line_states_is_the_games():
    stated = spread("LAL", -4.5, 30, "fanduel") | {"commence_time": TIPOFF}
    unstated = [spread("LAL", -6.0, 20), spread("LAL", -9.0, -20)]
    line = spreads([stated, *unstated], tipoff=None)["LAL"]
    assert (line["game_spread"], line["game_spread_source"], line["tipoff_at"]) == (-6.0, "draftkings", TIPOFF)
    assert spreads(unstated, tipoff=None) == {}


DAY_AFTER, DAY_BEFORE = GAME_DAY + dt.timedelta(days=1), GAME_DAY - dt.timedelta(days=1)


@pytest.mark.parametrize("line_day", [DAY_AFTER, DAY_BEFORE], ids=["the next UTC day", "the day of its capture"])
@pytest.mark.parametrize(
    ("changes", "meetings", "counts"),
    [
        ({}, (), True),
        ({"commence_time": TIPOFF}, (), False),
        ({"away_team_abbr": "NYK"}, (), False),
        ({}, (0,), False),
        ({}, (-1, 1), False),
        ({}, (-2, 2), True),
    ],
    ids=[
        "date alone",
        "a start of its own",
        "other teams",
        "a game on its date",
        "a game on either side",
        "others far",
    ],
)
def test_a_line_with_a_date_alone_finds_the_one_game_next_to_it(line_day, changes, meetings, counts):
    others = {line_day + dt.timedelta(days=days) for days in meetings} - {GAME_DAY}
    made = run(
        "nba_reference.game_lines",
        {
            "nba_reference.dim_game": [game(day, "BOS", "LAL", final=False) for day in (GAME_DAY, *sorted(others))],
            "nba_raw.odds_api_game_lines": [spread("LAL", -4.5, None) | {"game_date": line_day} | changes],
        },
    )
    assert [row["game_id"] for row in made] == ([GAME] if counts else [])


def prop(
    name: str, line: float, minutes_to_tipoff: float, teams: tuple[str | None, str | None] = ("LAL", "BOS")
) -> dict:
    return {
        "game_date": GAME_DAY,
        "home_team_abbr": teams[0],
        "away_team_abbr": teams[1],
        "snapshot_timestamp": TIPOFF - dt.timedelta(minutes=minutes_to_tipoff),
        "bookmaker": "betmgm",
        "player_lookup": name,
        "points_line": line,
        "source_file": "a",
        "record_number": 1,
    }


def bettingpros(name: str, line: float, book: str) -> dict:
    return {
        "game_date": GAME_DAY,
        "market_type": "points",
        "bet_side": "over",
        "player_lookup": name,
        "bookmaker": book,
        "points_line": line,
        "opening_line": line - 1,
        "bookmaker_last_update": TIPOFF - dt.timedelta(hours=2),
        "source_file": "b",
        "record_number": 1,
    }


def listed(name: str, team: str = "LAL", opponent: str = "BOS", day: dt.date = GAME_DAY) -> dict:
    return {
        "game_id": f"{day:%Y%m%d}_{'_'.join(sorted((team, opponent)))}",
        "game_date": day,
        "season_year": 2021,
        "season_type": "regular",
        "player_lookup": name,
        "team_abbr": team,
        "opponent_team_abbr": opponent,
        "home_game": team == "LAL",
        "universe_source": "roster",
    }


def props(odds: list[dict], others: list[dict]) -> list[dict]:
    return run(
        "nba_reference.points_lines",
        {
            "nba_reference.dim_game": [game(GAME_DAY, "BOS", "LAL", final=False, tipoff=TIPOFF)],
            "nba_reference.player_universe": [listed("lebronjames"), listed("marcusmorrissr", "BOS", "LAL")],
            "nba_raw.odds_api_player_points_props": odds,
            "nba_raw.bettingpros_player_points_props": others,
        },
    )


def test_any_odds_api_book_beats_bettingpros_and_in_game_captures_do_not_count():
    (line,) = props(
        [prop("lebronjames", 25.5, 60), prop("lebronjames", 31.5, -15)],
        [bettingpros("lebronjames", 24.5, "draftkings")],
    )
    assert (line["points_line"], line["points_line_source"]) == (25.5, "odds_api:betmgm")


@pytest.mark.parametrize(
    ("offers", "opening", "movement"),
    [([(25.5, 60)], None, None), ([(25.5, 60), (24.5, 600)], 24.5, 1.0), ([(25.5, 60), (25.5, 600)], 25.5, 0.0)],
)
def test_a_points_line_moves_between_two_captures(offers, opening, movement):
    (line,) = props([prop("lebronjames", point, minutes) for point, minutes in offers], [])
    source = None if opening is None else "odds_api:betmgm"
    assert (line["opening_line"], line["opening_line_source"], line["line_movement"]) == (opening, source, movement)


def test_one_undated_points_line_has_no_opening():
    (line,) = props([prop("lebronjames", 25.5, 60) | {"snapshot_timestamp": None}], [])
    assert (line["points_line"], line["opening_line"], line["line_movement"]) == (25.5, None, None)


@pytest.mark.parametrize("name", ["lebronjames", "newsigning"])
@pytest.mark.parametrize("line_day", [DAY_AFTER, DAY_BEFORE])
@pytest.mark.parametrize(("start", "counts"), [(None, True), (TIPOFF, False)])
def test_a_prop_with_a_date_alone_finds_the_one_game_next_to_it(name, line_day, start, counts):
    offer = prop(name, 25.5, 60) | {"game_date": line_day, "game_start_time": start}
    assert [line["game_id"] for line in props([offer], [])] == ([GAME] if counts else [])


def test_bettingpros_fills_in_and_a_missing_suffix_is_matched_within_the_slate():
    (line,) = props([], [bettingpros("marcusmorris", 11.5, "fanduel"), bettingpros("nobody", 9.5, "fanduel")])
    assert (line["game_id"], line["player_lookup"], line["match_method"]) == (GAME, "marcusmorrissr", "suffix")
    assert (line["points_line_source"], line["line_movement"]) == ("bettingpros:fanduel", 1.0)


def test_a_name_outside_the_universe_keeps_the_line_of_the_event_that_names_its_teams():
    (line,) = props([prop("newsigning", 8.5, 60)], [])
    assert (line["game_id"], line["team_abbr"], line["match_method"]) == (GAME, None, "unresolved")
    assert props([prop("newsigning", 8.5, 60, (None, None))], []) == []


def played(day: dt.date, minutes: int = 30, points: int = 20) -> dict:
    return {
        "game_id": f"{day:%Y%m%d}_BOS_LAL",
        "game_date": day,
        "season_year": 2021,
        "season_type": "regular",
        "player_lookup": "lebronjames",
        "team_abbr": "LAL",
        "did_play": minutes > 0,
        "seconds_played": minutes * 60 if minutes else None,
        "points": points if minutes else None,
        "usage_rate": 25.0 if minutes else None,
    }


def context(history: list[dict], line: float | None = None, days: tuple[dt.date, ...] = (GAME_DAY,)) -> list[dict]:
    market = {"game_id": GAME, "game_date": GAME_DAY, "player_lookup": "lebronjames", "points_line": line}
    return run(
        "nba_analytics.upcoming_player_game_context",
        {
            "nba_reference.player_universe": [listed("lebronjames", day=day) for day in days],
            "nba_reference.points_lines": [market] if line is not None else [],
            "nba_analytics.player_game_summary": history,
        },
        start=days[0],
        end=days[-1],
    )


def before(days: int) -> dt.date:
    return GAME_DAY - dt.timedelta(days=days)


def test_back_to_back_is_a_game_the_day_before():
    (row,) = context([played(before(3)), played(before(1))])
    assert (row["days_rest"], row["full_rest_days"], row["back_to_back"]) == (1, 0, True)
    assert row["days_rest_before_last_game"] == 2
    (row,) = context([played(before(2)), played(before(1), minutes=0)])
    assert (row["days_rest"], row["back_to_back"]) == (2, False)


def test_windows_run_from_n_days_before_to_the_day_before():
    (row,) = context(
        [played(before(days), minutes=10 + days) for days in (15, 14, 13, 8, 7, 1)] + [played(GAME_DAY, 48)]
    )
    assert (row["games_in_last_7_days"], row["games_in_last_14_days"]) == (2, 5)
    assert (row["minutes_in_last_7_days"], row["minutes_in_last_14_days"]) == (28.0, 93.0)
    assert row["avg_minutes_per_game_last_7"] == 14.0
    # The pair of D-15 and D-14 reaches out of the window.
    assert row["back_to_backs_last_14_days"] == 2
    assert row["l10_games_used"] == 6


def test_first_game_of_the_season_knows_nothing():
    (row,) = context([played(GAME_DAY)])
    assert [row[name] for name in ("days_rest", "back_to_back", "points_avg_last_5", "completeness_l5_pct")] == [
        None
    ] * 4
    assert (row["games_in_last_14_days"], row["l5_sample_quality"]) == (0, "insufficient")


def test_streak_skips_a_push_and_ends_at_the_other_side():
    points = {9: 30, 7: 18, 5: 26, 3: 25, 1: 27}
    (row,) = context([played(before(days), points=scored) for days, scored in points.items()], line=25.0)
    assert (row["prop_over_streak"], row["prop_under_streak"]) == (2, 0)


def test_a_row_of_a_range_equals_the_row_of_its_day():
    days = (before(2), before(1), GAME_DAY)
    history = [played(before(days_back), points=days_back) for days_back in (9, 4, 2, 1, 0)]
    alone = [row for day in days for row in context([one for one in history if one["game_date"] <= day], days=(day,))]
    assert sorted(context(history, days=days), key=lambda row: row["game_date"]) == alone


def universe(rosters: list[dict], boxes: list[dict]) -> dict[str, str]:
    made = run(
        "nba_reference.player_universe",
        {
            "nba_reference.dim_game": [game(GAME_DAY, "BOS", "LAL", tipoff=TIPOFF)],
            "nba_raw.espn_team_rosters": rosters,
            "nba_reference.player_box_lines": boxes,
        },
    )
    return {row["player_lookup"]: row["universe_source"] for row in made}


def rostered(name: str, days_before: int, team: str = "LAL", captured: dt.datetime | None = None) -> dict:
    day = before(days_before)
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    return {"roster_date": day, "team_abbr": team, "player_lookup": name, "captured_at": captured or noon}


def boxed(name: str, days_before: int, team: str = "LAL") -> dict:
    day = before(days_before)
    opponent = "NYK" if days_before else {"LAL": "BOS", "BOS": "LAL"}[team]
    return {
        "game_id": GAME if not days_before else f"{day:%Y%m%d}_{team}_{opponent}",
        "game_date": day,
        "season_year": 2021,
        "player_lookup": name,
        "team_abbr": team,
    }


def test_universe_takes_the_latest_roster_of_the_team_known_before_tipoff():
    late = TIPOFF + dt.timedelta(hours=1)
    rosters = [rostered("gone", 9), rostered("here", 2), rostered("late", 0, captured=late)]
    assert universe(rosters, [boxed("recent", 3), boxed("today", 0)]) == {"here": "roster"}


def test_universe_without_a_roster_is_the_recent_box_scores_of_those_still_there():
    boxes = [boxed("recent", 30), boxed("old", 31), boxed("traded", 9), boxed("traded", 2, "BOS"), boxed("today", 0)]
    rosters = [rostered("stale", 91)]
    assert universe(rosters, boxes) == {"recent": "recent_box", "traded": "recent_box"}


def test_universe_without_any_evidence_is_the_games_own_list():
    assert universe([], [boxed("today", 0), boxed("visitor", 0, "BOS")]) == {"today": "gamebook", "visitor": "gamebook"}


def test_last_confident_report_before_tipoff_counts():
    def report(status: str, minutes_to_tipoff: int, confidence: float | None = None) -> dict:
        published = TIPOFF - dt.timedelta(minutes=minutes_to_tipoff)
        return {
            "report_date": GAME_DAY,
            "report_at": published,
            "game_date": GAME_DAY,
            "team_abbr": "LAL",
            "player_lookup": "lebronjames",
            "injury_status": status,
            "confidence_score": confidence,
        }

    (row,) = run(
        "nba_reference.player_injuries",
        {
            "nba_reference.dim_game": [game(GAME_DAY, "BOS", "LAL", final=False, tipoff=TIPOFF)],
            "nba_reference.player_universe": [listed("lebronjames")],
            "nba_raw.nbac_injury_report": [
                report("probable", 300),
                report("questionable", 120, 0.8),
                report("out", 60, 0.5),
                report("available", -10),
            ],
        },
    )
    assert (row["injury_status"], row["match_method"]) == ("questionable", "exact")


def test_team_rest_travel_and_streak_come_from_earlier_games_of_the_season():
    games = [game(before(1), "LAL", "BOS"), game(GAME_DAY, "BOS", "LAL", final=False, tipoff=TIPOFF)]
    offence = {
        "game_id": games[0]["game_id"],
        "game_date": before(1),
        "season_year": 2021,
        "season_type": "regular",
        "pace": 98.0,
    }
    made = run(
        "nba_analytics.upcoming_team_game_context",
        {
            "nba_reference.dim_game": games,
            "nba_analytics.team_offense_game_summary": [
                offence | {"team_abbr": "LAL", "win_flag": True, "margin_of_victory": 7},
                offence | {"team_abbr": "BOS", "win_flag": False, "margin_of_victory": -7},
            ],
        },
    )
    teams = {row["team_abbr"]: row for row in made}
    assert {row["travel_miles"] for row in made} == {2592}
    assert (teams["LAL"]["days_since_last_game"], teams["LAL"]["is_back_to_back"]) == (1, True)
    assert (teams["LAL"]["tz_change_hours"], teams["LAL"]["travel_direction"]) == (-3.0, "west")
    assert (teams["LAL"]["team_win_streak_entering"], teams["BOS"]["team_loss_streak_entering"]) == (1, 1)
    assert (teams["LAL"]["consecutive_road_games"], teams["BOS"]["consecutive_road_games"]) == (0, 1)
    assert (teams["BOS"]["last_game_margin"], teams["BOS"]["pace_last_10"]) == (-7, 98.0)


def test_load_of_travel_is_unknown_when_a_trip_is():
    """The Cup's neutral venue is in no list: neither the trip there nor the one from there has a length."""
    opening, cup = game(before(9), "LAL", "BOS"), game(before(4), "BOS", "LAL") | {"arena_id": None}
    today = game(GAME_DAY, "BOS", "LAL", final=False, tipoff=TIPOFF)

    def travelled(*games: dict) -> dict[str, tuple]:
        made = run("nba_analytics.upcoming_team_game_context", {"nba_reference.dim_game": list(games)})
        return {
            row["team_abbr"]: (row["travel_miles"], row["miles_last_14_days"], row["tz_crossed_last_14_days"])
            for row in made
        }

    # LAL flies home after the opener, BOS flies in; the trip to opening night does not count.
    assert travelled(opening, today) == {"LAL": (0, 0, 0.0), "BOS": (2592, 2592, 3.0)}
    assert travelled(opening, cup, today) == {"LAL": (0, None, None), "BOS": (2592, None, None)}
    assert travelled(today) == {"LAL": (None, None, None), "BOS": (None, None, None)}
