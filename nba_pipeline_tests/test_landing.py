import datetime as dt

import pytest

from nba_pipeline.errors import UsageError
from nba_pipeline.landing import files, holds_real_files, put, refuse_other_origin

DAY = dt.date(2021, 10, 20)
NOON = dt.datetime(2021, 10, 21, 12, tzinfo=dt.UTC)


def test_the_same_capture_is_one_file_and_is_never_rewritten(tmp_path):
    first = put(tmp_path, "nbac_schedule", DAY, NOON, "live", b"[]", "json")
    written = first.stat().st_mtime_ns
    assert put(tmp_path, "nbac_schedule", DAY, NOON, "live", b"[]", "json") == first
    assert first.stat().st_mtime_ns == written
    assert len(files(tmp_path, "nbac_schedule", DAY, DAY)) == 1


def test_the_name_says_capture_origin_and_content(tmp_path):
    eastern = dt.datetime(2021, 10, 21, 8, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
    path = put(tmp_path, "nbac_schedule", DAY, eastern, "simulated", b"[]", "json")
    assert path.name == "20211021T120000Z_simulated_4f53cda18c2baa0c.json"
    (file,) = files(tmp_path, "nbac_schedule")
    assert (file.date, file.fetched_at, file.origin, file.hash16) == (DAY, NOON, "simulated", "4f53cda18c2baa0c")


def test_files_are_limited_to_the_range_and_ordered_by_capture(tmp_path):
    for day, hour in ((20, 15), (20, 9), (21, 9), (22, 9)):
        captured = dt.datetime(2021, 10, 23, hour, tzinfo=dt.UTC)
        put(tmp_path, "bdl_player_boxscores", dt.date(2021, 10, day), captured, "live", b"x", "csv")
    found = files(tmp_path, "bdl_player_boxscores", DAY, dt.date(2021, 10, 21))
    assert [(file.date.day, file.fetched_at.hour) for file in found] == [(20, 9), (20, 15), (21, 9)]


def test_a_source_without_files_is_empty(tmp_path):
    assert files(tmp_path, "nothing_here", DAY, DAY) == []


@pytest.mark.parametrize(
    "change", [{"origin": "guess"}, {"suffix": "xml"}, {"source": "../evil"}, {"fetched_at": NOON.replace(tzinfo=None)}]
)
def test_a_file_that_cannot_be_named_is_refused(tmp_path, change):
    arguments = {"source": "s", "date": DAY, "fetched_at": NOON, "origin": "live", "payload": b"x", "suffix": "csv"}
    with pytest.raises(UsageError):
        put(tmp_path, **(arguments | change))


def test_a_stray_file_is_named_in_the_error(tmp_path):
    path = put(tmp_path, "s", DAY, NOON, "live", b"x", "csv")
    (path.parent / "notes.txt").write_text("hello")
    with pytest.raises(UsageError, match=r"notes\.txt is not a landing file"):
        files(tmp_path, "s", DAY, DAY)


@pytest.mark.parametrize(
    ("there", "coming"), [("simulated", "archive"), ("archive", "simulated"), ("live", "simulated")]
)
def test_simulated_and_real_files_do_not_share_a_home(tmp_path, there, coming):
    put(tmp_path, "nbac_schedule", DAY, NOON, there, b"[]", "json")
    with pytest.raises(UsageError, match=f"holds {there} files.*{coming} files.*NBA_PIPELINE_HOME="):
        refuse_other_origin(tmp_path, coming)
    assert holds_real_files(tmp_path) == (there != "simulated")


@pytest.mark.parametrize(("there", "coming"), [("live", "archive"), ("archive", "live"), ("simulated", "simulated")])
def test_files_of_one_kind_share_a_home(tmp_path, there, coming):
    put(tmp_path, "nbac_schedule", DAY, NOON, there, b"[]", "json")
    refuse_other_origin(tmp_path, coming)
