"""Rows in, rows out: which of several captures of a date counts, and which is named because it lacks something."""

import pytest

from nba_pipeline.raw.quarantine import ABSENT_ROWS, FEWER_ROWS
from nba_pipeline_tests.raw.test_reader import BOOK, LOG, land, reasons, rows

SECOND = LOG | {"PLAYER_ID": 9, "PLAYER_NAME": "Second Player"}
ELSEWHERE = SECOND | {"GAME_ID": "0022100003", "TEAM_ABBREVIATION": "DEN"}
COLUMNS = ("nba_game_id", "player_lookup", "points")


def test_a_correction_of_one_line_replaces_that_line_only_and_is_named(tmp_path):
    older = land(tmp_path, "nbac_player_boxscores", [LOG, SECOND, ELSEWHERE])
    land(tmp_path, "nbac_player_boxscores", [LOG | {"PTS": 36}], hour=15)
    assert sorted(rows(tmp_path, "nbac_player_boxscores", *COLUMNS)) == [
        ("0022100002", "lebronjames", 36), ("0022100002", "secondplayer", 34), ("0022100003", "secondplayer", 34),
    ]  # fmt: skip
    ((number, field, value, reason),) = reasons(tmp_path, "nbac_player_boxscores")
    assert (number, field, value) == (0, ABSENT_ROWS, "2")
    assert reason == (
        f"newer capture lacks rows of an older one: 2 of {older.relative_to(tmp_path).as_posix()}, "
        "for example 2021-10-20, 0022100002, 9; they were kept"
    )


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ([LOG, SECOND], [LOG | {"PTS": 36}, SECOND]),
        ([LOG], [LOG | {"PTS": 36}, SECOND]),
        ([LOG, SECOND], [ELSEWHERE]),
        ([LOG, LOG], [LOG]),
    ],
    ids=["whole recapture", "grown recapture", "another game's file", "a line said twice, then once"],
)
def test_a_capture_that_lacks_nothing_of_an_older_one_is_not_named(tmp_path, older, newer):
    land(tmp_path, "nbac_player_boxscores", older)
    land(tmp_path, "nbac_player_boxscores", newer, hour=15)
    assert reasons(tmp_path, "nbac_player_boxscores") == []


def test_a_whole_capture_after_a_shrunken_one_ends_what_is_said_of_it(tmp_path):
    for hour, records in ((9, [LOG, SECOND]), (12, [LOG]), (15, [LOG, SECOND | {"PTS": 3}])):
        land(tmp_path, "nbac_player_boxscores", records, hour=hour)
    assert rows(tmp_path, "nbac_player_boxscores", "player_lookup", "points") == [
        ("lebronjames", 34), ("secondplayer", 3),
    ]  # fmt: skip
    assert reasons(tmp_path, "nbac_player_boxscores") == []


def test_a_player_whose_status_the_book_corrects_has_one_row(tmp_path):
    """Status and reason are in the key, because two men of one last name may be listed."""
    absent = {name: value for name, value in BOOK.items() if name not in ("minutes", "points")}
    other = BOOK | {"name": "Second Player"}
    land(tmp_path, "nbac_gamebook_player_stats", [absent | {"status": "did_not_play"}, other])
    land(tmp_path, "nbac_gamebook_player_stats", [BOOK, {**other, "name": None}], hour=15)
    columns = ("player_lookup", "player_status", "points")
    assert sorted(rows(tmp_path, "nbac_gamebook_player_stats", *columns)) == [
        ("lebronjames", "active", 34), ("secondplayer", "active", 34),
    ]  # fmt: skip


def test_a_name_spelled_anew_in_a_whole_recapture_is_not_a_second_player(tmp_path):
    other = BOOK | {"name": "Second Player"}
    third = BOOK | {"name": "Third Player"}
    land(tmp_path, "nbac_gamebook_player_stats", [BOOK, other, third])
    renamed = other | {"name": "Second Player Jr."}
    land(tmp_path, "nbac_gamebook_player_stats", [BOOK | {"minutes": "12;30"}, renamed, third], hour=15)
    assert sorted(rows(tmp_path, "nbac_gamebook_player_stats", "player_lookup", "seconds_played")) == [
        ("lebronjames", 2232), ("secondplayerjr", 2232), ("thirdplayer", 2232),
    ]  # fmt: skip
    assert [field for _, field, *_ in reasons(tmp_path, "nbac_gamebook_player_stats")] == ["minutes", FEWER_ROWS]


def test_a_game_whose_events_are_fewer_than_before_is_named_and_counts(tmp_path):
    """Events are numbered anew in every capture: two of them cannot be merged."""
    shot = {
        "GAME_ID": "0022100002", "GAME_EVENT_ID": 7, "GAME_DATE": "20211020", "TEAM_ID": 1610612747,
        "PLAYER_ID": 2544, "PLAYER_NAME": "LeBron James", "PERIOD": 1, "MINUTES_REMAINING": 3, "SECONDS_REMAINING": 2,
        "SHOT_TYPE": "2PT Field Goal", "SHOT_DISTANCE": 3, "SHOT_MADE_FLAG": 1, "SHOT_ATTEMPTED_FLAG": 1,
    }  # fmt: skip
    land(tmp_path, "nbac_shot_chart", [shot, shot | {"GAME_EVENT_ID": 8}])
    land(tmp_path, "nbac_shot_chart", [shot | {"GAME_EVENT_ID": 9}], hour=15)
    assert rows(tmp_path, "nbac_shot_chart", "game_event_id") == [(9,)]
    ((number, field, value, reason),) = reasons(tmp_path, "nbac_shot_chart")
    assert (number, field, value) == (0, FEWER_ROWS, "1")
    assert reason == (
        "newer capture states 1 rows fewer than an older one in 1 groups (nba_game_id), for example 0022100002; "
        "the newer one counts"
    )


def test_a_capture_whose_record_cannot_be_read_does_not_lack_it(tmp_path):
    land(tmp_path, "nbac_player_boxscores", [LOG, SECOND])
    land(tmp_path, "nbac_player_boxscores", [LOG | {"PTS": 36}, SECOND | {"PLAYER_ID": "none"}], hour=15)
    assert sorted(rows(tmp_path, "nbac_player_boxscores", "player_lookup", "points")) == [
        ("lebronjames", 36), ("secondplayer", 34),
    ]  # fmt: skip
    assert [field for _, field, *_ in reasons(tmp_path, "nbac_player_boxscores")] == ["PLAYER_ID"]


def test_a_correction_with_an_unreadable_record_keeps_what_was_known_of_it(tmp_path):
    """A record that cannot be read says nothing, nor does one that is absent."""
    other = {"PLAYER_ID": 9, "PLAYER_NAME": "Second Player"}
    elsewhere = {"GAME_ID": "0022100003", "TEAM_ABBREVIATION": "DEN"}
    land(tmp_path, "nbac_player_boxscores", [LOG, LOG | other, LOG | elsewhere, LOG | other | elsewhere])
    corrected = [LOG | {"PTS": "many"}, LOG | other | {"PTS": 36}, LOG | elsewhere | {"PTS": 37}]
    land(tmp_path, "nbac_player_boxscores", corrected, hour=15)
    columns = ("nba_game_id", "player_lookup", "points")
    assert sorted(rows(tmp_path, "nbac_player_boxscores", *columns)) == [
        ("0022100002", "lebronjames", 34), ("0022100002", "secondplayer", 36), ("0022100003", "lebronjames", 37),
        ("0022100003", "secondplayer", 34),
    ]  # fmt: skip


@pytest.mark.parametrize("game", ["0029900001", "77", "0022100009"])
def test_a_correction_with_a_record_of_a_doubtful_game_removes_nobody(tmp_path, game):
    other = LOG | {"PLAYER_ID": 9, "PLAYER_NAME": "Second Player"}
    land(tmp_path, "nbac_player_boxscores", [LOG, other])
    land(tmp_path, "nbac_player_boxscores", [LOG | {"PTS": 36}, other | {"GAME_ID": game, "PTS": ""}], hour=15)
    assert sorted(rows(tmp_path, "nbac_player_boxscores", "player_lookup", "points")) == [
        ("lebronjames", 36), ("secondplayer", 34),
    ]  # fmt: skip


def test_a_correction_with_a_key_out_of_range_keeps_what_was_known_of_it(tmp_path):
    other = LOG | {"PLAYER_ID": 9, "PLAYER_NAME": "Other Player"}
    land(tmp_path, "nbac_player_boxscores", [LOG, other])
    land(tmp_path, "nbac_player_boxscores", [LOG | {"PLAYER_ID": -5}, other | {"PTS": 3}], hour=15)
    assert rows(tmp_path, "nbac_player_boxscores", "player_lookup", "points") == [
        ("lebronjames", 34),
        ("otherplayer", 3),
    ]
