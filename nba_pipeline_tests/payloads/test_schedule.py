"""The league's schedules: which games a season has, when they tip off, and what nobody knows yet."""

import datetime as dt

from nba_pipeline.landing import files
from nba_pipeline_tests.payloads.harness import landed, said, stored

OPENING = dt.date(2024, 10, 22)
CAPTURED = "2025-08-27T13:13:27.1327Z"


def game(number: int, day: dt.date, *, kind: str = "002", **changes: object) -> dict:
    """A finished evening game at eight, New York at Boston."""
    teams = {"homeTeam": {"teamTricode": "BOS", "score": 100}, "awayTeam": {"teamTricode": "NYK", "score": 90}}
    return {
        "gameId": f"{kind}24{number:05d}", "gameCode": f"{day:%Y%m%d}/NYKBOS", "gameStatus": 3,
        "gameStatusText": "Final",
        "gameDateEst": f"{day}T00:00:00Z", "gameTimeEst": "1900-01-01T20:00:00Z", "gameDateTimeEst": f"{day}T20:00:00Z",
        "gameTimeUTC": "1900-01-01T01:00:00Z", "gameDateTimeUTC": f"{day + dt.timedelta(days=1)}T01:00:00Z",
        "arenaName": "TD Garden", "arenaCity": "Boston", "arenaState": "MA", "postponedStatus": "N", "gameSubtype": "",
        "gameLabel": "", "isNeutral": False, **teams,
    } | changes  # fmt: skip


def season(*games: dict, time: str | None = CAPTURED) -> dict:
    return {
        "meta": {"time": time},
        "leagueSchedule": {"seasonYear": "2024-25", "gameDates": [{"games": [one]} for one in games]},
    }


def whole_season(*, last: dt.date = dt.date(2025, 4, 13)) -> list[dict]:
    """1,200 games: three on most days, none on the second and the last but one."""
    played = [OPENING, *(OPENING + dt.timedelta(days=n) for n in range(2, (last - OPENING).days - 1)), last]
    return [game(n, played[n % len(played)]) for n in range(1200)]


def test_only_the_full_utc_time_is_the_tip_off(tmp_path):
    """Times with the year 1900 and a false Z stand beside it; the evening game is of the Eastern date."""
    neutral = game(2, OPENING, isNeutral=True, arenaCity="Paris", gameSubtype="Global Games")
    landing, _ = landed(tmp_path, a=season(game(1, OPENING), neutral))
    columns = ("game_id", "game_date", "tipoff_at", "neutral_site_flag", "international_game", "fetched_at")
    tipoff = dt.datetime(2024, 10, 23, 1, tzinfo=dt.UTC)
    captured = dt.datetime(2025, 8, 27, 17, 13, 27, tzinfo=dt.UTC)
    assert stored(landing, "nbac_schedule", *columns) == [
        ("0022400001", OPENING, tipoff, False, False, captured),
        ("0022400002", OPENING, tipoff, True, True, captured),
    ]


def test_a_time_still_to_be_announced_is_no_tip_off(tmp_path):
    midnight = {"gameTimeEst": "1900-01-01T00:00:00Z", "gameDateTimeUTC": "2025-04-20T04:00:00Z", "gameStatus": 1}
    placeholder = game(1, dt.date(2025, 4, 20), kind="004", gameStatusText="TBD", **midnight)
    unnamed = game(2, dt.date(2025, 4, 21), kind="004", homeTeam={"teamTricode": "", "teamId": 0})
    landing, report = landed(tmp_path, a=season(placeholder, unnamed))
    assert stored(landing, "nbac_schedule", "game_id", "tipoff_at") == [("0042400001", None)]
    assert "left out 1 games whose teams are not known yet" in said(report, "a")


def test_a_postponed_game_keeps_its_old_date_and_its_word(tmp_path):
    day = dt.date(2025, 1, 9)
    landing, _ = landed(tmp_path, a=season(game(1, day, gameStatus=1, gameStatusText="PPD", postponedStatus="Y")))
    columns = ("game_date", "game_status", "game_status_text", "postponed_status")
    assert stored(landing, "nbac_schedule", *columns) == [(day, 1, "PPD", "Y")]


def test_pre_season_and_all_star_games_are_counted_and_left_out(tmp_path):
    others = [game(n, OPENING, kind=kind) for n, kind in enumerate(("001", "003", "002", "005", "006"))]
    landing, report = landed(tmp_path, a=season(*others))
    assert [row[0][:3] for row in stored(landing, "nbac_schedule", "game_id")] == ["002", "005", "006"]
    assert "left out 2 pre-season, All-Star or other games" in said(report, "a")


def test_a_whole_season_says_which_dates_have_no_games(tmp_path):
    landing, _ = landed(tmp_path, a=season(*whole_season()))
    empty = [file.date for file in files(landing, "nbac_schedule") if file.path.read_bytes() == b"[]"]
    assert empty == [dt.date(2024, 10, 23), dt.date(2025, 4, 12)]
    assert len(stored(landing, "nbac_schedule", "game_id")) == 1200


def test_playoff_dates_ahead_of_the_capture_stay_open(tmp_path):
    """Which days have games is still being decided; the free day before the capture is one."""
    ahead = [game(1, dt.date(2025, 4, 15), kind="005"), game(2, dt.date(2025, 4, 19), kind="004", gameStatus=1)]
    landing, _ = landed(tmp_path, a=season(*whole_season(), *ahead, time="2025-04-16T09:00:00Z"))
    empty = [file.date for file in files(landing, "nbac_schedule") if file.path.read_bytes() == b"[]"]
    assert empty[-1] == dt.date(2025, 4, 14)


def test_a_part_of_a_season_says_nothing_about_other_dates(tmp_path):
    landing, report = landed(tmp_path, a=season(game(1, OPENING), game(2, OPENING + dt.timedelta(days=3))))
    assert len(files(landing, "nbac_schedule")) == 2
    assert "2 regular games are no whole season" in said(report, "a")


def test_a_scoreboard_is_the_schedule_of_a_day(tmp_path):
    board = {"gameDate": "2024-10-22", "games": [game(1, OPENING, gameTimeUTC="2024-10-23T01:00:00Z")]}
    for one in board["games"]:
        del one["gameDateTimeUTC"], one["gameTimeEst"]
    landing, _ = landed(tmp_path, a={"meta": {"time": "2024-10-23 02:00:00.1"}, "scoreboard": board})
    tipoff = dt.datetime(2024, 10, 23, 1, tzinfo=dt.UTC)
    assert stored(landing, "nbac_schedule", "game_id", "tipoff_at") == [("0022400001", tipoff)]


def headers(status: int) -> dict:
    head = ["2024-10-22T00:00:00", "0022400001", status, "Final  ", "20241022/NYKBOS", 1610612738, 1610612752]
    lines = [["0022400001", 1610612738, "BOS", 132], ["0022400001", 1610612752, "NYK", 109]]
    names = [
        "GAME_DATE_EST",
        "GAME_ID",
        "GAME_STATUS_ID",
        "GAME_STATUS_TEXT",
        "GAMECODE",
        "HOME_TEAM_ID",
        "VISITOR_TEAM_ID",
    ]
    return {
        "resultSets": [
            {"name": "GameHeader", "headers": names, "rowSet": [head]},
            {"name": "LineScore", "headers": ["GAME_ID", "TEAM_ID", "TEAM_ABBREVIATION", "PTS"], "rowSet": lines},
        ]
    }  # fmt: skip


def test_a_scoreboard_of_tables_has_its_teams_in_the_line_score(tmp_path):
    landing, _ = landed(tmp_path, a=headers(3))
    columns = ("home_team_tricode", "home_team_score", "away_team_score", "tipoff_at", "data_source")
    assert stored(landing, "nbac_schedule", *columns) == [("BOS", 132, 109, None, "api_stats")]


def test_a_game_not_over_says_nothing_without_the_moment_it_was_seen(tmp_path):
    """As of the morning after it would read as a game that was called off."""
    landing, report = landed(tmp_path, a=headers(1))
    assert "left out 1 games not over, of an unknown moment" in said(report, "a")
    assert not landing.exists()
