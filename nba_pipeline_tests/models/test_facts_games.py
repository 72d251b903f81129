"""dim_game: which games exist, where, and which side is at home."""

import datetime as dt

import pytest

from nba_pipeline_tests.models.harness import given, rows_of, run, warehouse
from nba_pipeline_tests.models.rows import DAY, GAME, MORNING_AFTER, NBA_GAME, TIPOFF, schedule

ARENAS = [{"arena_id": "chase_center", "city": "San Francisco"}, {"arena_id": "paris_accor", "city": "Paris"}]
HOMES = [{"team_abbr": "GSW", "season_year": 2021, "arena_id": "chase_center"}]


def games(*rows: dict, end: dt.date = DAY) -> list[dict]:
    con = warehouse()
    given(con, "nba_reference.arenas", ARENAS)
    given(con, "nba_reference.team_arenas", HOMES)
    given(con, "nba_raw.nbac_schedule", rows)
    return run(con, "nba_reference.dim_game", DAY, end)


def test_a_game_gets_its_id_from_date_and_teams():
    (game,) = games(schedule())
    assert game["game_id"] == GAME
    assert (game["season_type"], game["is_final"], game["arena_id"]) == ("regular", True, "chase_center")


def test_a_neutral_game_keeps_the_schedules_home_team_and_is_played_in_the_city():
    (game,) = games(schedule(neutral_site_flag=True, arena_city="Paris"))
    assert (game["home_team_abbr"], game["arena_id"]) == ("GSW", "paris_accor")


def test_a_neutral_game_in_an_unknown_city_has_no_arena():
    (game,) = games(schedule(neutral_site_flag=True, arena_city="Atlantis"))
    assert game["arena_id"] is None


def test_the_highest_status_wins_over_a_newer_capture_of_another_feed():
    later = MORNING_AFTER + dt.timedelta(hours=1)
    (game,) = games(schedule(), schedule(data_source="cdn_static", game_status=2, fetched_at=later))
    assert (game["is_final"], game["home_team_score"]) == (True, 97)


def test_what_the_newest_capture_does_not_state_comes_from_the_one_that_does():
    """An archive of results knows no tip-off and no venue; a final box score does not say that a site was neutral."""
    box = schedule(data_source="cdn_static", neutral_site_flag=None, arena_city="Paris")
    later = MORNING_AFTER + dt.timedelta(hours=1)
    archive = schedule(data_source="archive", neutral_site_flag=True, tipoff_at=None, fetched_at=later)
    (game,) = games(box, archive)
    assert (game["tipoff_at"], game["neutral_site_flag"], game["arena_id"]) == (TIPOFF, True, "paris_accor")


def test_scores_before_the_end_are_not_kept():
    (game,) = games(schedule(game_status=2, home_team_score=50))
    assert (game["is_final"], game["home_team_score"]) == (False, None)


@pytest.mark.parametrize(
    ("fetched_at", "tipoff_at", "exists"),
    [
        (TIPOFF - dt.timedelta(hours=4), TIPOFF, True),
        (TIPOFF + dt.timedelta(hours=11), TIPOFF, True),
        (TIPOFF + dt.timedelta(hours=12), TIPOFF, False),
        (dt.datetime(2021, 11, 11, 4, tzinfo=dt.UTC), None, True),
        (dt.datetime(2021, 11, 11, 6, tzinfo=dt.UTC), None, False),
    ],
)
def test_a_game_still_scheduled_half_a_day_after_tipoff_was_postponed(fetched_at, tipoff_at, exists):
    assert bool(games(schedule(game_status=1, fetched_at=fetched_at, tipoff_at=tipoff_at))) is exists


def test_a_postponed_game_exists_on_its_new_date_only():
    new_day = DAY + dt.timedelta(days=5)
    rows = [schedule(game_status=1), schedule(game_date=new_day, tipoff_at=TIPOFF + dt.timedelta(days=5))]
    assert [game["game_id"] for game in games(*rows, end=new_day)] == ["20211115_BOS_GSW"]


NOON, AFTERNOON = dt.datetime(2021, 11, 10, 17, tzinfo=dt.UTC), dt.datetime(2021, 11, 10, 20, tzinfo=dt.UTC)
NEW_DAY = DAY + dt.timedelta(days=5)


def planned(fetched_at: dt.datetime = NOON, **changes) -> dict:
    """The game as the feed announces it before tip-off."""
    return schedule(game_status=1, game_status_text="7:30 pm ET", postponed_status="N", fetched_at=fetched_at) | changes


def other(**changes) -> dict:
    """Another game of the date, announced at noon."""
    return planned(game_id="0022100163", home_team_tricode="DEN", away_team_tricode="MIA") | changes


def moved(**changes) -> dict:
    return planned(game_date=NEW_DAY, tipoff_at=TIPOFF + dt.timedelta(days=5)) | changes


@pytest.mark.parametrize("text", ["PPD", "Postponed", "STATUS_POSTPONED", "Cancelled", "Canceled", "CNCL"])
@pytest.mark.parametrize("earlier_status", [1, 2])
def test_a_game_called_off_in_words_leaves_the_slate_at_once(text, earlier_status):
    rows = [planned(game_status=earlier_status), planned(AFTERNOON, game_status_text=text), other(fetched_at=AFTERNOON)]
    assert [game["game_id"] for game in games(*rows)] == ["20211110_MIA_DEN"]


def test_a_game_called_off_and_put_on_again_or_played_is_there():
    called_off = planned(NOON, game_status_text="PPD")
    assert [game["game_id"] for game in games(called_off, planned(AFTERNOON, game_status=2))] == [GAME]
    assert [game["is_final"] for game in games(called_off, schedule(game_status_text="Final"))] == [True]


def test_a_suspended_game_stays_in_progress():
    (game,) = games(planned(), planned(MORNING_AFTER, game_status=2, game_status_text="Suspended"))
    assert (game["game_status"], game["is_final"]) == (2, False)


@pytest.mark.parametrize(
    ("code", "codes_of_the_other", "exists"),
    [("Y", "N", False), ("Y", "A", False), ("Y", "Y", True), ("A", "N", True), (None, "N", True)],
)
def test_a_postponement_code_counts_unless_every_game_of_the_date_bears_it(code, codes_of_the_other, exists):
    """A whole season's feed has come with the code at every game, each with its time of day."""
    found = games(planned(postponed_status=code), other(postponed_status=codes_of_the_other))
    assert (GAME in {game["game_id"] for game in found}) is exists


@pytest.mark.parametrize(
    ("later_rows", "exists"),
    [
        ([other(fetched_at=AFTERNOON)], False),
        ([other(fetched_at=AFTERNOON, game_status=3)], False),
        ([other(fetched_at=AFTERNOON), planned(AFTERNOON)], True),
        ([other(fetched_at=AFTERNOON), planned(AFTERNOON, data_source="cdn_static")], True),
        ([other(fetched_at=AFTERNOON), planned(NOON, data_source="cdn_static")], False),
        ([other(fetched_at=AFTERNOON, data_source="cdn_static")], True),
        ([other(fetched_at=AFTERNOON, neutral_site_flag=None)], True),
        ([other(fetched_at=AFTERNOON), planned(NOON, game_status=2)], True),
        ([other(fetched_at=AFTERNOON), schedule()], True),
    ],
    ids=[
        "the feed lists another game only",
        "also after that one's end",
        "the feed lists both",
        "another feed lists it now",
        "another feed listed it earlier",
        "another feed does not list it",
        "a box score of one game",
        "in progress",
        "final",
    ],
)
def test_a_game_its_feed_no_longer_lists_leaves_the_date(later_rows, exists):
    found = games(planned(), other(), *later_rows)
    assert (GAME in {game["game_id"] for game in found}) is exists


@pytest.mark.parametrize(
    ("rows", "days"),
    [
        ([planned(), moved(fetched_at=AFTERNOON)], [NEW_DAY]),
        ([planned(AFTERNOON), moved()], [DAY]),
        ([planned(), moved()], [NEW_DAY]),
        ([planned(), moved(game_status=3)], [NEW_DAY]),
        ([planned(game_status=2), moved(fetched_at=MORNING_AFTER)], [NEW_DAY]),
        ([schedule(), moved(fetched_at=AFTERNOON)], [DAY]),
        ([planned(), moved(fetched_at=AFTERNOON, game_status_text="PPD"), other()], [DAY]),
        ([planned(MORNING_AFTER), moved(fetched_at=AFTERNOON)], [NEW_DAY]),
    ],
    ids=[
        "the newer capture has it later",
        "the newer capture has it back",
        "one capture has both",
        "played later",
        "suspended, ended later",
        "played here",
        "the other one is off",
        "left over on the old date",
    ],
)
def test_a_game_is_on_one_date_where_the_newest_capture_has_it(rows, days):
    found = games(*rows, end=NEW_DAY)
    assert [game["game_date"] for game in found if game["nba_game_id"] == NBA_GAME] == days
    alone = [game for day in (DAY, NEW_DAY) for game in on_one_day(rows, day)]
    assert [game["game_date"] for game in alone if game["nba_game_id"] == NBA_GAME] == days


def on_one_day(rows: list[dict], day: dt.date) -> list[dict]:
    con = warehouse()
    given(con, "nba_raw.nbac_schedule", rows)
    return run(con, "nba_reference.dim_game", day)


WINTER = {
    "arena_id": "madison_square_garden",
    "valid_from": dt.date(2021, 11, 7),
    "valid_to": dt.date(2022, 3, 12),
    "utc_offset_minutes": -300,
}


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2021, 11, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "tipoff_at", "known"),
    [
        ("7:30 pm ET", utc(11, 0, 30), True),
        ("7:00 pm ET", utc(11, 0), True),
        ("10:30 pm ET", utc(11, 3, 30), True),
        ("12:00 pm ET", utc(10, 17), True),
        ("TBD", utc(11, 0, 30), False),
        ("TBD", None, False),
        ("12:00 am ET", utc(10, 5), False),
        ("", utc(10, 4), False),
        ("", utc(10, 0), False),
        ("", utc(11, 5), False),
        ("", dt.datetime(1900, 1, 1, tzinfo=dt.UTC), False),
    ],
)
def test_a_placeholder_is_no_tipoff(text, tipoff_at, known):
    con = warehouse()
    given(con, "nba_reference.arena_clocks", [WINTER])
    given(con, "nba_raw.nbac_schedule", [planned(game_status_text=text, tipoff_at=tipoff_at)])
    (game,) = run(con, "nba_reference.dim_game", DAY)
    assert game["tipoff_at"] == (tipoff_at if known else None)
    (slate,) = rows_of(con, "nba_reference.slate_games")
    assert slate["tipoff_at"] == game["tipoff_at"]


def test_a_placeholder_takes_back_an_earlier_time_until_the_game_is_played():
    early, late = planned(), planned(AFTERNOON, game_status_text="TBD", data_source="cdn_static")
    assert [game["tipoff_at"] for game in games(early, late)] == [None]
    assert [game["tipoff_at"] for game in games(early | {"fetched_at": AFTERNOON}, late | {"fetched_at": NOON})] == [
        TIPOFF
    ]
    assert [game["tipoff_at"] for game in games(early, late, schedule(data_source="cdn_static"))] == [TIPOFF]


@pytest.mark.parametrize(
    ("nba_game_id", "season_type"),
    [
        ("0022100160", "regular"),
        ("0062300001", "cup_final"),
        ("0052100101", "play_in"),
        ("0042100101", "playoffs"),
        ("0012100001", None),
        ("0032100001", None),
    ],
)
def test_the_id_tells_the_kind_of_game(nba_game_id, season_type):
    assert [game["season_type"] for game in games(schedule(game_id=nba_game_id))] == (
        [season_type] if season_type else []
    )


def test_a_team_plays_once_a_date():
    rows = [
        schedule(),
        schedule(game_id="0022100161", home_team_tricode="BOS", away_team_tricode="GSW", game_status=2),
        schedule(game_id="0022100162", home_team_tricode="LAL", away_team_tricode="GSW", game_status=2),
        schedule(game_id="0022100163", home_team_tricode="DEN", away_team_tricode="MIA"),
    ]
    assert [game["game_id"] for game in games(*rows)] == [GAME, "20211110_MIA_DEN"]
