"""dim_game: which games exist, where, and which side is at home."""

import datetime as dt

import pytest

from nba_pipeline_tests.models.harness import given, run, warehouse
from nba_pipeline_tests.models.rows import DAY, GAME, MORNING_AFTER, TIPOFF, schedule

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
