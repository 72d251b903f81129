"""Reads the landing files of one source into rows of its raw table, chunk by chunk, bad records set aside.

An in-memory DuckDB serves as the vectorised parser; nothing is stored. A record that breaks a rule of the contract
goes to quarantine with the rule, the good records of the same file stay, and a file that cannot be read never
spoils another one. Which of several captures counts is decided here, by capture time; as-of views are the models'.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

import duckdb
import pyarrow as pa

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.table import TableContract
from nba_pipeline.landing import LandingFile, content_hash, files
from nba_pipeline.raw.captures import drop_duplicates
from nba_pipeline.raw.chunk import Chunk
from nba_pipeline.raw.plans import Reader
from nba_pipeline.raw.quarantine import QUARANTINE_SCHEMA
from nba_pipeline.raw.scans import Limits, quoted
from nba_pipeline.raw.texts import drop_foreign_files, is_whole, land
from nba_pipeline.raw.values import collect_problems, fold_names, parse

#: Files and bytes read in one statement: bounds the open files and the memory of a chunk.
FILES_PER_CHUNK = 250
BYTES_PER_CHUNK = 24_000_000
#: Bytes of text that a byte of Parquet stands for.
PARQUET_PACKS = 12
MEMORY_LIMIT = "800MB"


@dataclass
class DateCounts:
    """What became of the records of one landing date."""

    files: int = 0
    records: int = 0
    rows: int = 0
    quarantined: int = 0
    skipped: int = 0
    """Records of pre-season and All-Star games."""


@dataclass(frozen=True)
class RawBatch:
    """Rows of whole landing dates, in the contract's column order and types, and what could not be read."""

    rows: pa.Table
    quarantine: pa.Table
    dates: Mapping[dt.date, DateCounts] = field(default_factory=dict)


@cache
def packaged_team_aliases() -> Mapping[tuple[str, str], str]:
    """Canonical tricode by source and lower-case alias."""
    text = package_files("nba_pipeline").joinpath("reference/team_aliases.csv").read_text(encoding="utf-8")
    return {(row["source"], row["alias"].lower()): row["team_abbr"] for row in csv.DictReader(text.splitlines())}


def read(
    contract: TableContract,
    landing_root: Path,
    dates: DateRange | None = None,
    team_aliases: Mapping[tuple[str, str], str] | None = None,
    limits: Limits | None = None,
) -> Iterator[RawBatch]:
    """Rows and quarantine of a landing-fed table, a bounded number of landing dates at a time.

    An unpartitioned table is read as one batch, because a newer file may overrule any older one.

    Raises:
        ContractError: when the contract names no source or an unknown ``parse=`` kind.
        UsageError: for files that do not belong into the landing folder.
    """
    if contract.source is None:
        raise contract.error("source", "the table has no '-- source:'; only landing-fed tables can be read.")
    landed = files(landing_root, contract.source, dates.start if dates else None, dates.end if dates else None)
    if contract.partition is None:
        landed = [*_packaged_seed(contract.source), *landed]
    reader = Reader(contract, team_aliases if team_aliases is not None else packaged_team_aliases())
    for chunk in _chunks(landed, whole=contract.partition is None):
        yield _batch(reader, chunk, limits or Limits())


def _packaged_seed(source: str) -> list[LandingFile]:
    """A seed that ships with the package counts as the oldest file of its source."""
    path = Path(str(package_files("nba_pipeline").joinpath(f"reference/{source}.csv")))
    if not path.exists():
        return []
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return [LandingFile(source, epoch.date(), epoch, "live", content_hash(path.read_bytes()), path)]


def _chunks(landed: Sequence[LandingFile], *, whole: bool) -> Iterator[list[LandingFile]]:
    """Files of consecutive landing dates; a date is never split."""
    chunk: list[LandingFile] = []
    size = 0
    for file in landed:
        is_full = len(chunk) >= FILES_PER_CHUNK or size >= BYTES_PER_CHUNK
        if is_full and not whole and file.date != chunk[-1].date:
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file.path.stat().st_size * (PARQUET_PACKS if file.suffix == "parquet" else 1)
    if chunk:
        yield chunk


def _batch(reader: Reader, files: Sequence[LandingFile], limits: Limits) -> RawBatch:
    with closing(duckdb.connect(config={"threads": 2, "memory_limit": MEMORY_LIMIT})) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        # With it, DuckDB 2.0 fails to bind string functions over a field that is NULL in every record.
        connection.execute("set disabled_optimizers = 'statistics_propagation'")
        return _read(Chunk(reader, connection, files, limits))


def _read(chunk: Chunk) -> RawBatch:
    readable = [(number, file) for number, file in enumerate(chunk.files) if is_whole(chunk, number, file)]
    chunk.register_files()
    land(chunk, readable)
    drop_foreign_files(chunk)
    parse(chunk)
    fold_names(chunk)
    collect_problems(chunk)
    drop_duplicates(chunk)
    rows = _rows(chunk)
    return RawBatch(rows=rows, quarantine=_quarantine(chunk), dates=_counts(chunk))


def _rows(chunk: Chunk) -> pa.Table:
    columns = ", ".join(
        f"landed_files.{column.name}"
        if column.name in ("source_file", "fetched_at", "origin")
        else f"good.{quoted(column.name)}"
        for column in chunk.contract.columns
    )
    order = "landed_files.landing_date, landed_files.age, good.record_number"
    table = chunk.connection.sql(
        f"select {columns} from good join landed_files using (file_id) order by {order}"
    ).to_arrow_table()
    return table.cast(chunk.reader.schema())


def _quarantine(chunk: Chunk) -> pa.Table:
    rows = [
        {
            "table_name": chunk.contract.name,
            "landing_date": chunk.files[problem.file_id].date,
            "source_file": chunk.files[problem.file_id].relative,
            "record_number": problem.record_number,
            "field": problem.field,
            "value": problem.value,
            "reason": problem.reason,
            "origin": chunk.files[problem.file_id].origin,
        }
        for problem in chunk.problems
    ]
    return pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)


def _counts(chunk: Chunk) -> Mapping[dt.date, DateCounts]:
    counts = {file.date: DateCounts() for file in chunk.files}
    for file in chunk.files:
        counts[file.date].files += 1
    queries = {
        "records": "select landing_date, count(*) from landed join landed_files using (file_id) group by all",
        "rows": "select landing_date, count(*) from good join landed_files using (file_id) group by all",
        "skipped": "select landing_date, count(*) from (select file_id, record_number from landed"
        " except select file_id, record_number from typed) join landed_files using (file_id) group by all",
    }
    for name, query in queries.items():
        for day, count in chunk.connection.execute(query).fetchall():
            setattr(counts[day], name, count)
    lost = {(problem.file_id, problem.record_number) for problem in chunk.problems if not problem.is_row_kept}
    for number, record in lost:
        if record:
            counts[chunk.files[number].date].quarantined += 1
    return counts
