"""Public shot files drawn on a court in feet become the league's shot detail, one event per attempt."""

import zipfile
from pathlib import Path

import pytest

from nba_pipeline.archive.ingest import ingest_archive
from nba_pipeline_tests.test_archive import stored, write

HEADER = (
    "SEASON_1,TEAM_ID,PLAYER_ID,PLAYER_NAME,GAME_DATE,GAME_ID,SHOT_MADE,ACTION_TYPE,SHOT_TYPE,BASIC_ZONE,ZONE_NAME,"
    "LOC_X,LOC_Y,SHOT_DISTANCE,QUARTER,MINS_LEFT,SECS_LEFT"
)
CORNER = "2025,1610612743,203999,Nikola Jokić,{day},22400001,True,Jump Shot,3PT Field Goal,Left Corner 3,Left Side"
TIP = "2025,1610612743,203999,Nikola Jokić,{day},22400001,False,Tip Layup Shot,2PT Field Goal,Restricted Area,Center"
#: A corner three early, the same missed tip twice in one second of overtime, and a jumper between them in time.
SHOTS = (
    f"{TIP},-0.0,5.25,0,5,0,18",
    f"{TIP},-0.0,5.25,0,5,0,18",
    f"{CORNER},23.1,7.25,23,1,11,40",
    f"{TIP},1.5,7.15,2,4,1,0",
)
LEAGUE = (
    "GAME_ID,GAME_EVENT_ID,PLAYER_ID,PLAYER_NAME,TEAM_ID,PERIOD,MINUTES_REMAINING,SECONDS_REMAINING,SHOT_TYPE,"
    "SHOT_DISTANCE,LOC_X,LOC_Y,SHOT_ATTEMPTED_FLAG,SHOT_MADE_FLAG,GAME_DATE\n"
)


def court(*shots: str, header: str = HEADER, day: str = "11-12-2024") -> str:
    return "\n".join([header, *(shot.format(day=day) for shot in shots)]) + "\n"


def league(events: int) -> str:
    shot = "0022400001,{},203999,Nikola Jokić,1610612743,1,11,40,3PT Field Goal,23,-231,20,1,1,20241112\n"
    return LEAGUE + "".join(shot.format(700 + number) for number in range(events))


def events(landing: Path) -> list[tuple[object, ...]]:
    return stored(landing, "nbac_shot_chart", "game_event_id", "period", "loc_x", "loc_y", "shot_made_flag")


def test_places_are_tenths_of_a_foot_from_the_rim_with_the_left_on_the_left(tmp_path):
    ingest_archive(write(tmp_path / "a", court=court(*SHOTS)), tmp_path / "landing")
    assert events(tmp_path / "landing") == [
        (1, 1, -231, 20, True),
        (2, 4, -15, 19, False),
        (3, 5, 0, 0, False),
        (4, 5, 0, 0, False),
    ]
    assert stored(tmp_path / "landing", "nbac_shot_chart", "nba_game_id", "team_abbr", "shot_zone_basic")[0] == (
        "0022400001", "DEN", "Left Corner 3",
    )  # fmt: skip


def test_a_file_whose_left_is_the_leagues_left_is_not_turned(tmp_path):
    ingest_archive(write(tmp_path / "a", court=court(SHOTS[2].replace("23.1", "-23.1"))), tmp_path / "landing")
    assert events(tmp_path / "landing") == [(1, 1, -231, 20, True)]


@pytest.mark.parametrize("other", [SHOTS, SHOTS[::-1], SHOTS * 2])
def test_the_same_game_in_another_file_order_and_spelling_is_the_same_game(tmp_path, other):
    """Two tips of one man in one second are two attempts; a game sent twice is one game."""
    folder = write(tmp_path / "a", first=court(*SHOTS))
    again = court(*(shot.replace("ć", "c") for shot in other), day="2024-11-12")
    with zipfile.ZipFile(folder / "second.zip", "w") as archive:
        archive.writestr("second.csv", again)
        archive.writestr("__MACOSX/._second.csv", b"\x00\x05\x16\x07\xf2")
    report = ingest_archive(folder, tmp_path / "landing")
    assert [event for event, *_ in events(tmp_path / "landing")] == [1, 2, 3, 4]
    assert report.unrecognised == ()


@pytest.mark.parametrize(("detailed", "kept"), [(4, [700, 701, 702, 703]), (3, [1, 2, 3, 4])])
def test_the_leagues_own_detail_of_a_game_comes_first_unless_it_is_the_shorter(tmp_path, detailed, kept):
    ingest_archive(write(tmp_path / "a", court=court(*SHOTS), league=league(detailed)), tmp_path / "landing")
    assert [event for event, *_ in events(tmp_path / "landing")] == kept


def test_a_place_that_contradicts_its_distance_is_unknown_and_the_shot_stays(tmp_path):
    report = ingest_archive(
        write(tmp_path / "a", court=court(SHOTS[3], SHOTS[2].replace("7.25", "70.25"))), tmp_path / "landing"
    )
    assert events(tmp_path / "landing") == [(1, 1, None, None, True), (2, 4, -15, 19, False)]
    assert report.files[0].skipped == {"place on the court left empty: it contradicts the shot's distance": 1}
