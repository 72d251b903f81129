"""A file that cannot be read costs itself only, and one that is merely odd costs nothing."""

import json

import pytest

from nba_pipeline_tests.raw.test_reader import LOG, csv_of, land, reasons, rows

TABLE = "nbac_player_boxscores"
RECORD = json.dumps(LOG)


@pytest.mark.parametrize(
    "text",
    [
        f"[{RECORD}, 3]",
        f"[{RECORD}, [{RECORD}]]",
        RECORD,
        f"[{RECORD},]",
        f"[{RECORD}][{RECORD}]",
        f'[{{"PTS": 1, {RECORD[1:]}]',
        f"[{RECORD}, {{",
        f"[{RECORD}]".replace("LeBron", "\udce9"),
    ],
)
def test_json_that_is_no_array_of_objects_with_each_field_once_is_set_aside_alone(tmp_path, text):
    land(tmp_path, TABLE, [LOG])
    land(tmp_path, TABLE, [], hour=10, raw=text.encode(errors="surrogateescape"))
    assert rows(tmp_path, TABLE, "points", "record_number") == [(34, 1)]
    assert [reason for *_, reason in reasons(tmp_path, TABLE)] == ["file cannot be parsed as json"]


def test_json_with_a_byte_order_mark_or_an_unused_field_twice_is_read(tmp_path):
    land(tmp_path, TABLE, [], raw=b"\xef\xbb\xbf" + f"[{RECORD}]".encode())
    other = json.dumps(LOG | {"PLAYER_ID": 9})
    land(tmp_path, TABLE, [], hour=10, raw=f'[{{"x": 1, "x": 2, {other[1:]}]'.encode())
    assert sorted(rows(tmp_path, TABLE, "nba_player_id", "record_number")) == [(9, 1), (2544, 1)]
    assert reasons(tmp_path, TABLE) == []


def test_a_quote_that_is_never_closed_loses_its_file_and_not_its_rows_unsaid(tmp_path):
    land(tmp_path, TABLE, [], suffix="csv", raw=csv_of([LOG, LOG | {"PLAYER_ID": 9}]))
    land(tmp_path, TABLE, [], hour=10, suffix="csv", raw=csv_of([LOG, LOG | {"PLAYER_NAME": '"LeBron'}]))
    assert rows(tmp_path, TABLE, "nba_player_id", "record_number") == [(2544, 1), (9, 2)]
    assert [reason for *_, reason in reasons(tmp_path, TABLE)] == ["file cannot be parsed as csv"]


def test_csv_files_of_other_headers_and_line_ends_are_read_beside_each_other(tmp_path):
    games = [LOG | {"GAME_ID": f"002210000{number}"} for number in range(4)]
    plain, windows, quoted = (csv_of([game, game | {"PLAYER_ID": 2}]) for game in games[:3])
    short = csv_of([{name: value for name, value in games[3].items() if name != "MATCHUP"}])
    texts = [plain, windows.replace(b"\n", b"\r\n"), quoted.replace(b"GAME_ID", b'"GAME_ID"'), short]
    for hour, text in enumerate(texts):
        land(tmp_path, TABLE, [], hour=hour, suffix="csv", raw=text)
    assert sorted(rows(tmp_path, TABLE, "nba_game_id", "record_number", "matchup")) == [
        ("0022100000", 1, "LAL vs. GSW"), ("0022100000", 2, "LAL vs. GSW"),
        ("0022100001", 1, "LAL vs. GSW"), ("0022100001", 2, "LAL vs. GSW"),
        ("0022100002", 1, "LAL vs. GSW"), ("0022100002", 2, "LAL vs. GSW"),
        ("0022100003", 1, None),
    ]  # fmt: skip
