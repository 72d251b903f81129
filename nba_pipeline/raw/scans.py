"""How DuckDB scans files of one type, and what a file may hold at most; what the records mean is decided elsewhere."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from nba_pipeline.landing import LandingFile

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
    """A statement that yields the records of files of one type, with the file's path and the record's number.

    Types are by lower-case field name; the numbers of a CSV file's records go on through all files of the scan.
    """

    sql: str
    types: Mapping[str, str]


def parquet_scan(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Scan:
    return _described(
        connection,
        f"select *, file_row_number + 1 as {NUMBER_FIELD} from read_parquet({_listed(paths)}, union_by_name = true,"
        f" filename = '{FILE_FIELD}', file_row_number = true)",
    )


def csv_scan(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], header: Sequence[str]) -> Scan:
    """Files of one plain header need no sniffing, which costs several times their reading."""
    shape = "all_varchar = true, union_by_name = true"
    if header:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
        shape = f"auto_detect = false, columns = {{{columns}}}"
    sql = (
        f"select *, row_number() over () as {NUMBER_FIELD} from read_csv({_listed(paths)}, {shape}, header = true,"
        f" delim = ',', quote = '\"', escape = '\"', filename = '{FILE_FIELD}', parallel = false)"
    )
    return Scan(sql, {name.lower(): "VARCHAR" for name in header}) if header else _described(connection, sql)


def json_scan(fields: Sequence[str], numbers: Sequence[int]) -> Scan:
    """Of these files in the table ``json_texts``."""
    structure = literal(json.dumps([dict.fromkeys(fields, "VARCHAR")]))
    records = ", ".join(f"record.{quoted(name)}" for name in fields)
    sql = (
        f"select path as {FILE_FIELD}, {NUMBER_FIELD}, {records} from (select path, unnest(records) as record,"
        f" unnest(range(1, len(records) + 1)) as {NUMBER_FIELD}"
        f" from (select path, from_json(payload, {structure}) as records from json_texts"
        f" where file_id in ({', '.join(map(str, numbers))})))"
    )
    return Scan(sql, {name.lower(): "VARCHAR" for name in fields})


def unreadable_json(fields: Sequence[str]) -> str:
    """A statement that names the files that are no array of objects, or that state a field twice."""
    wanted = f"list_filter(keys, lambda key: key in ({', '.join(literal(name) for name in fields)}))"
    twice = f"lambda keys: list_unique({wanted}) < len({wanted})"
    return (
        "select file_id from json_texts where not case when json_valid(payload) then json_type(payload) = 'ARRAY'"
        " and list_has_all(['OBJECT', 'NULL'], list_distinct(json_type(payload, '$[*]')))"
        f" and len(list_filter(list_distinct(json_keys(payload, '$[*]')), {twice})) = 0"
        " else false end"
    )


def _described(connection: duckdb.DuckDBPyConnection, sql: str) -> Scan:
    described = connection.execute(f"describe {sql}").fetchall()
    return Scan(sql, {str(name).lower(): str(type_) for name, type_, *_ in described})


def _listed(paths: Sequence[Path]) -> str:
    return f"[{', '.join(literal(str(path)) for path in paths)}]"


def beyond_limits(file: LandingFile, payload: bytes, limits: Limits) -> str | None:
    """Why a file is too wide, long or packed to be read."""
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
            return cannot_be_parsed(file)
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


def cannot_be_parsed(file: LandingFile) -> str:
    return f"file cannot be parsed as {file.suffix}"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
