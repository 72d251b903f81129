"""A folder of payloads: every file is named with what it became, and a bad one costs itself only."""

import datetime as dt
import gzip
import json

import pytest

from nba_pipeline.errors import UsageError
from nba_pipeline.landing import files, put
from nba_pipeline.payloads.ingest import ingest_payloads
from nba_pipeline_tests.payloads.harness import landed, live_actions, live_box, said, stored, write


def test_structure_decides_and_the_file_name_says_nothing(tmp_path):
    folder = tmp_path / "payloads"
    write(folder, **{"playbyplay.html": live_box(), "boxscore.csv": live_actions()})
    (folder / "sub").mkdir()
    (folder / "sub" / "x.gz").write_bytes(gzip.compress(json.dumps(live_box()).encode()))
    report = ingest_payloads(folder, tmp_path / "landing")
    assert [file.said.partition(":")[0] for file in sorted(report.files, key=lambda file: file.name)] == [
        "live play-by-play",
        "live box score",
        "live box score",
    ]
    assert len(stored(tmp_path / "landing", "nbac_team_boxscore", "team_abbr")) == 2


def test_a_broken_payload_costs_itself_only(tmp_path):
    whole = json.dumps(live_box()).encode()
    wrong_type = live_box(homeTeam=[])
    flagless = live_box()
    del flagless["game"]["awayTeam"]["players"][0]["played"]
    folder = write(
        tmp_path / "payloads", cut=whole[:900], good=live_actions(), wrong_type=wrong_type, flagless=flagless,
        empty=b"", text=b"Access Denied", page=b"<html><a, b, c>\n1, 2, 3</html>",
        pdf=b"%PDF-1.4\n1 0 obj",
    )  # fmt: skip
    (folder / "torn.gz").write_bytes(gzip.compress(whole)[:-9])
    report = ingest_payloads(folder, tmp_path / "landing")
    expected = {
        "cut": "broken: the JSON is broken or cut",
        "good": "live play-by-play: nbac_play_by_play 2 rows",
        "wrong_type": "not recognised: nearest is live box score, which has also game.homeTeam",
        "flagless": "broken: a field is missing or of another type than its kind has (KeyError('played'))",
        "empty": "not recognised: neither JSON, a table nor a PDF",
        "text": "not recognised: neither JSON, a table nor a PDF",
        "page": "web page: no table wants it",
        "pdf": "broken: the PDF is damaged, cut or locked",
        "torn.gz": "broken: it cannot be unpacked",
    }
    assert {name: said(report, name)[: len(words)] for name, words in expected.items()} == expected
    assert report.is_broken
    assert len(stored(tmp_path / "landing", "nbac_play_by_play", "event_id")) == 2


def test_a_payload_that_breaks_while_it_is_flattened_leaves_nothing_behind(tmp_path):
    """Half a game would replace a whole one."""
    flagless = live_box()
    del flagless["game"]["awayTeam"]["players"][0]["name"]
    landing, report = landed(tmp_path, box=flagless)
    assert report.is_broken
    assert not landing.exists()


def test_the_play_by_play_of_the_statistics_site_is_another_kind(tmp_path):
    action = {"actionId": 1, "actionNumber": 2, "clock": "PT12M00.00S", "shotValue": 0, "actionType": "period"}
    _, report = landed(tmp_path, plays={"meta": {}, "game": {"gameId": "0022400740", "actions": [action]}})
    assert "no table wants it" in said(report, "plays")
    assert not report.is_broken


def test_reading_a_folder_again_writes_nothing_new(tmp_path):
    landing, _ = landed(tmp_path, box=live_box(), plays=live_actions())
    before = sorted(landing.rglob("*.json"))
    ingest_payloads(tmp_path / "payloads", landing)
    assert sorted(landing.rglob("*.json")) == before


def test_rows_outside_the_asked_dates_are_left_out_and_counted(tmp_path):
    folder, landing = write(tmp_path / "payloads", box=live_box()), tmp_path / "landing"
    report = ingest_payloads(folder, landing, end=dt.date(2025, 2, 6))
    assert "left out 5 rows dated outside" in said(report, "box")
    assert not report.rows
    assert not landing.exists()


def test_simulated_and_real_files_do_not_share_a_home(tmp_path):
    landing, _ = landed(tmp_path, box=live_box())
    (file,) = files(landing, "nbac_schedule")
    other = tmp_path / "other"
    put(other, "nbac_schedule", file.date, file.fetched_at, "simulated", b"[]", "json")
    with pytest.raises(UsageError, match="holds simulated files"):
        ingest_payloads(tmp_path / "payloads", other)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match="nowhere is no folder"):
        ingest_payloads(tmp_path / "nowhere", tmp_path / "landing")


def paths(content: object) -> list[tuple]:
    """Where every value of a payload stands; of a list the first two."""
    inside = (
        content.items() if isinstance(content, dict) else enumerate(content[:2]) if isinstance(content, list) else ()
    )
    return [path for key, value in inside for path in [(key,), *((key, *rest) for rest in paths(value))]]


def without(content: dict, path: tuple) -> dict:
    copy = json.loads(json.dumps(content))
    place = copy
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return copy


@pytest.mark.parametrize("payload", [live_box(), live_actions()], ids=["box score", "play-by-play"])
def test_whatever_is_taken_from_a_payload_its_folder_is_read_to_the_end(tmp_path, payload):
    damaged = {f"{number:04}": without(payload, path) for number, path in enumerate(paths(payload))}
    assert len(damaged) > 20
    folder = write(tmp_path / "payloads", **damaged, z=live_actions(game_id="0022400739"))
    report = ingest_payloads(folder, tmp_path / "landing")
    assert len(report.files) == len(damaged) + 1
    assert said(report, "z").startswith("live play-by-play: nbac_play_by_play 2 rows")


def test_a_number_that_is_none_and_half_a_letter_do_not_spoil_the_file(tmp_path):
    """JSON writers of other languages send NaN; a landing file with it could not be read at all."""
    odd = json.dumps(live_box()).replace('"assists": 31', '"assists": NaN').replace('"City"', r'"\ud800"')
    landing, _ = landed(tmp_path, box=odd.encode())
    assert stored(landing, "nbac_team_boxscore", "team_abbr", "assists") == [("PHX", None), ("UTA", None)]
