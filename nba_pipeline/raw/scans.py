"""How DuckDB scans files of one type, and what a file may hold at most; what the records mean is decided elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from nba_pipeline.landing import LandingFile

RECORD_BUFFER = 1_000_000
#: What DuckDB raises over a broken file; its message quotes the file's bytes, whatever they are.
UNREADABLE = (duckdb.Error, UnicodeDecodeError)
#: What a scan adds to each record; no vendor has fields of these names.
FILE_FIELD = "nba_pipeline_file"
NUMBER_FIELD = "nba_pipeline_record"


@dataclass(frozen=True)
class Limits:
    """What a landing file may hold at most; no source comes near."""

    bytes: int = 40_000_000
    unpacked_bytes: int = 1_000_000_000
    """Of a Parquet file's values once they are decompressed."""
    records: int = 2_000_000
    columns: int = 2_000


@dataclass(frozen=True)
class Scan:
    """A statement that yields the records of files of one type, with the file's path and the record's number."""

    sql: str
    probe: str
    types: Mapping[str, str] = field(default_factory=dict)

    def described(self, connection: duckdb.DuckDBPyConnection) -> "Scan":
        described = connection.execute(f"describe {self.sql}").fetchall()
        return Scan(self.sql, self.probe, {str(name).lower(): str(type_) for name, type_, *_ in described})


def scan_of(suffix: str, paths: Sequence[Path], fields: Iterable[str]) -> Scan:
    listed = f"[{', '.join(literal(str(path)) for path in paths)}]"
    counted = f"row_number() over (partition by {FILE_FIELD} order by scan_order) as {NUMBER_FIELD}"
    if suffix == "parquet":
        sql = (
            f"select *, file_row_number + 1 as {NUMBER_FIELD}"
            f" from read_parquet({listed}, union_by_name = true, filename = '{FILE_FIELD}', file_row_number = true)"
        )
        return Scan(sql, sql)
    if suffix == "csv":
        source = (
            f"read_csv({listed}, all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"',"
            f" union_by_name = true, filename = '{FILE_FIELD}', parallel = false)"
        )
    else:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in fields)
        # DuckDB reserves twice this for every thread and scan; no record is larger than its file.
        largest = max(RECORD_BUFFER, *(path.stat().st_size for path in paths))
        source = (
            f"read_json({listed}, format = 'array', columns = {{{columns}}}, filename = '{FILE_FIELD}',"
            f" maximum_object_size = {largest})"
        )
    sql = f"select * exclude (scan_order), {counted} from (select *, row_number() over () as scan_order from {source})"
    return Scan(sql, sql)


def beyond_limits(file: LandingFile, payload: bytes, limits: Limits) -> str | None:
    """Why a file is too wide, long or packed to be read; what cannot be parsed is found elsewhere."""
    unpacked, columns, records = 0, 0, 0
    if file.suffix == "csv":
        columns = payload.lstrip().partition(b"\n")[0].count(b",") + 1
        records = payload.strip().count(b"\n")
    elif file.suffix == "json":
        # Landing records are flat, so every brace opens one.
        records = payload.count(b"{")
    else:
        try:
            metadata = parquet.read_metadata(pa.BufferReader(payload))
        except (pa.ArrowException, OSError):
            return None
        columns, records = metadata.num_columns, metadata.num_rows
        unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    for count, most, what in (
        (columns, limits.columns, "columns"),
        (records, limits.records, "records"),
        (unpacked, limits.unpacked_bytes, "bytes unpacked"),
    ):
        if count > most:
            return beyond(count, most, what)
    return None


def beyond(count: int, most: int, what: str) -> str:
    return f"file has {count} {what}, more than the {most} a landing file may have"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
