"""Hostile and awkward files of an archive cost themselves or their row, never their neighbors, and say why."""

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_pipeline.archive.ingest import ingest_archive
from nba_pipeline.archive.report import IngestReport
from nba_pipeline_tests.test_archive import LOGS, TEAMS, stored, write

HEADER, *GAMES = TEAMS.splitlines()
#: 60 MB of rows of one team, which pack to next to nothing.
BOMB = (HEADER + "\n" + (GAMES[0].replace("Denver Nuggets", "N" * 9_900) + "\n") * 6_200).encode()


def in_zip(payload: bytes, name: str = "teams.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, payload)
    return packed.getvalue()


def in_tar(payload: bytes, name: str = "teams.csv", mode: str = "w:xz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        member = tarfile.TarInfo(name)
        member.size = len(payload)
        archive.addfile(member, io.BytesIO(payload))
    return packed.getvalue()


def parquet(columns: dict[str, object], rows: int) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table({name: value or pa.nulls(rows) for name, value in columns.items()}), packed)
    return packed.getvalue()


def ingested(folder: Path) -> IngestReport:
    """The folder beside a good file, whose two games must be there whatever else is."""
    write(folder, good=TEAMS)
    report = ingest_archive(folder, folder.parent / "landing")
    assert report.sources["nbac_schedule"].rows == 2
    return report


def refusals(folder: Path) -> dict[str, str]:
    return dict(ingested(folder).unrecognised)


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.csv.gz", gzip.compress), ("a.csv.xz", lzma.compress), ("a.csv.bz2", bz2.compress), ("a.zip", in_zip),
     ("a.tar.xz", in_tar), ("a.json.gz", lambda _: gzip.compress(b" " * 60_000_000)),
     ("a.zip", lambda payload: in_zip(gzip.compress(payload), "teams.csv.gz"))],
)  # fmt: skip
def test_a_file_that_unpacks_to_a_multiple_of_its_size_is_refused_with_the_limit(tmp_path, name, pack):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / name).write_bytes(pack(BOMB))
    ((refused, reason),) = refusals(tmp_path / "a").items()
    assert refused.startswith(name)
    assert "50,000,000 bytes: 200 times its size" in reason


def test_real_tables_are_packed_less_than_the_limit(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.zip").write_bytes(
        in_zip(in_tar(gzip.compress(TEAMS.encode()), "x/teams.csv.gz", "w:gz"), "b.tgz")
    )
    report = ingest_archive(tmp_path / "a", tmp_path / "landing")
    assert [(file.name, file.rows) for file in report.files] == [("a.zip/b.tgz/x/teams.csv.gz", 5)]


@pytest.mark.parametrize(
    ("name", "content", "limit"),
    [
        ("a.csv", (",".join([HEADER, *(f"c{number}" for number in range(3_000))]) + "\n").encode(), "2,000"),
        ("a.json", json.dumps([{f"c{number}": 1 for number in range(3_000)}]).encode(), "2,000"),
        ("a.csv", (HEADER + "\n" + "1" * 2_000_000).encode(), "1,000,000 characters"),
        ("a.parquet", parquet(dict.fromkeys(HEADER.split(",")), 10_000_001), "10,000,000"),
    ],
)
def test_tables_beyond_all_measure_are_refused_with_the_limit(tmp_path, name, content, limit):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / name).write_bytes(content)
    ((refused, reason),) = refusals(tmp_path / "a").items()
    assert (refused, limit in reason) == (name, True)


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        (b"2021-10-20,DEN @ PHX", b"9999-12-31,DEN @ PHX", "game date not in 1946 to 2099"),
        (b"Jok", b"Jok\xed\xa0\x80", "text that is not UTF-8"),
        (b"Jok", b"Jok\0", "text with a NUL character"),
        (b"Jok", b"J" * 10_001, "text of more than 10,000 characters"),
        (b"DEN @ PHX,", b"DEN @ PHX,,", "more fields than the header"),
        (b"DEN @ PHX,34,", b"DEN @ PHX,", "fewer fields than the header"),
    ],
)
def test_a_row_out_of_shape_costs_that_row_alone(tmp_path, good, bad, reason):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "logs.csv").write_bytes(LOGS.encode().replace(good, bad))
    report = ingested(tmp_path / "a")
    (file,) = (file for file in report.files if file.name == "logs.csv")
    assert (file.rows, file.skipped) == (3, {reason: 1})
    assert stored(tmp_path / "landing", "nbac_player_boxscores", "nba_player_id") == [(1628969,), (5,)]


def test_a_long_text_repeated_through_a_small_file_is_never_unfolded(tmp_path):
    """A Parquet dictionary: one text of 20 MB, 200,000 rows that name it."""
    rows = pa.array([0] * 200_000, pa.int32())
    texts = dict(zip(HEADER.split(","), GAMES[2].split(","), strict=True)) | {"TEAM_NAME": "N" * 20_000_000}
    folded = {name: pa.DictionaryArray.from_arrays(rows, pa.array([text])) for name, text in texts.items()}
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "teams.parquet").write_bytes(parquet(folded, len(rows)))
    report = ingested(tmp_path / "a")
    assert [file.skipped for file in report.files if file.name == "teams.parquet"] == [
        {"text of more than 10,000 characters": 200_000}
    ]


def test_a_lone_surrogate_of_json_costs_its_row(tmp_path):
    header, *players = (line.split(",") for line in LOGS.splitlines())
    records = [dict(zip(header, player, strict=True)) for player in players]
    records[0]["player_name"] = "Nikola \ud800"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "logs.json").write_text(json.dumps(records))
    report = ingested(tmp_path / "a")
    (file,) = (file for file in report.files if file.name == "logs.json")
    assert file.skipped == {"text that is not UTF-8": 1}
    assert len(stored(tmp_path / "landing", "nbac_player_boxscores", "nba_player_id")) == 2


def test_a_file_in_another_encoding_is_refused_as_a_whole(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "logs.csv").write_bytes(LOGS.replace("Mikal", "Mikál").encode("cp1250"))
    assert "save the file as UTF-8" in refusals(tmp_path / "a")["logs.csv"]


def test_semicolons_tabs_and_repeated_headers_are_read(tmp_path):
    header, *rows = LOGS.splitlines()
    folder = write(
        tmp_path / "a", again="\n".join([header, rows[0], header, rows[1]]) + "\n", semi=LOGS.replace(",", ";")
    )
    (folder / "tabs.tsv").write_text(LOGS.replace(",", "\t").replace("22100001", "22100002"), encoding="utf-16")
    ingested(folder)
    games = [game for (game,) in stored(tmp_path / "landing", "nbac_player_boxscores", "nba_game_id")]
    assert games == ["0022100001"] * 3 + ["0022100002"] * 3


def test_a_member_whose_path_leads_out_is_named_and_its_neighbors_are_read(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../evil.csv", TEAMS)
        archive.writestr("__MACOSX/._logs.csv", b"\0")
        archive.writestr("logs.csv", LOGS)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.zip").write_bytes(packed.getvalue())
    assert refusals(tmp_path / "a") == {"a.zip/../evil.csv": "its path leads out of the archive"}
    assert len(stored(tmp_path / "landing", "nbac_player_boxscores", "nba_player_id")) == 3


def test_links_inside_the_folder_are_followed_and_others_named(tmp_path):
    folder, outside = tmp_path / "a", write(tmp_path / "outside", logs=LOGS)
    folder.mkdir()
    write(folder / "real", teams=TEAMS)
    write(folder / ".kept", logs=LOGS)
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "season").symlink_to(".kept")
    (folder / "again").symlink_to("real")
    (folder / "out").symlink_to(outside)
    (folder / "nowhere").symlink_to("gone")
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe")
    report = ingested(folder)
    assert dict(report.unrecognised) == {
        "again": "a link to real, which is read there",
        "loop": "a link to ., which is read there",
        "nowhere": "a link to nothing (gone)",
        "out": f"a link that leads out of the folder: ingest {outside} itself, or copy it here",
        "pipe": "no regular file",
    }
    assert [file.name for file in report.files if file.kind] == ["good.csv", "real/teams.csv", "season/logs.csv"]


def test_names_of_files_and_columns_in_no_encoding_are_shown_without_failing(tmp_path):
    (tmp_path / "a").mkdir()
    Path(os.fsdecode(bytes(tmp_path / "a") + b"/b\xff.csv")).write_bytes(
        HEADER.replace("WL", "x").encode() + b",\xff\n"
    )
    report = ingested(tmp_path / "a")
    assert "\n".join(report.lines).encode()
    assert json.dumps(report.document, default=str, ensure_ascii=False).encode()
