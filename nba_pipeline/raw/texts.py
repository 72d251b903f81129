"""From landing files to the texts of their records; a file that cannot be read is set aside alone."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from nba_pipeline.landing import LandingFile, content_hash
from nba_pipeline.raw import parsing
from nba_pipeline.raw.chunk import Chunk
from nba_pipeline.raw.scans import (
    FILE_FIELD,
    NUMBER_FIELD,
    UNREADABLE,
    Scan,
    beyond,
    beyond_limits,
    cannot_be_parsed,
    csv_scan,
    json_scan,
    parquet_scan,
    quoted,
    unreadable_json,
)

Numbered = tuple[int, LandingFile]


def is_whole(chunk: Chunk, number: int, file: LandingFile) -> bool:
    """What the bytes alone say of a file; those of JSON are kept to be read, of CSV its header."""
    size = file.path.stat().st_size
    if size > chunk.limits.bytes:
        # Never loaded into memory, not even to prove its hash.
        chunk.reject(number, beyond(size, chunk.limits.bytes, "bytes"))
        return False
    payload = file.path.read_bytes()
    if content_hash(payload) != file.hash16:
        chunk.reject(number, "file truncated or altered: content hash differs")
    elif not payload.strip():
        chunk.reject(number, "empty file")
    elif file.suffix == "csv" and not _has_known_column(chunk, payload):
        chunk.reject(number, f"not a file of source {chunk.contract.source}: no known column")
    elif reason := beyond_limits(file, payload, chunk.limits):
        chunk.reject(number, reason)
    elif file.suffix == "csv":
        chunk.headers[number] = _plain_header(payload)
    elif file.suffix == "json":
        chunk.json_texts[number] = _json_text(payload)
    return number not in chunk.rejected


def _has_known_column(chunk: Chunk, payload: bytes) -> bool:
    header = payload.lstrip().partition(b"\n")[0].decode("utf-8-sig", errors="replace")
    names = {name.strip('" \t\r').lower() for name in header.split(",")}
    return any(field.lower() in names for field in chunk.reader.fields)


def _plain_header(payload: bytes) -> tuple[str, ...]:
    """The fields of a file that can be read without looking for its dialect; none of any other file."""
    try:
        names = payload.partition(b"\n")[0].decode("utf-8-sig").removesuffix("\r").split(",")
    except UnicodeDecodeError:
        return ()
    is_plain = len({name.lower() for name in names}) == len(names) and all(
        name and name == name.strip() and '"' not in name for name in names
    )
    # A quote that is never closed would swallow the rest of the file unsaid; comments are found by looking.
    return tuple(names) if is_plain and payload.count(b'"') % 2 == 0 and b"\n#" not in payload else ()


def _json_text(payload: bytes) -> str | None:
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    # DuckDB's JSON functions forgive a comma after the last record, as if none were missing.
    return None if text.rstrip().removesuffix("]").rstrip().endswith(",") else text


def land(chunk: Chunk, readable: Sequence[Numbered]) -> None:
    """The texts of all files; one that breaks off while its values are read is found by reading each alone."""
    _store_json(chunk)
    good = _good(chunk, readable)
    if _lands(chunk, good):
        return
    for number, file in good:
        if _lands(chunk, [(number, file)]):
            continue
        if chunk.headers.pop(number, None) and _lands(chunk, [(number, file)]):
            continue
        chunk.reject(number, cannot_be_parsed(file))
    good = _good(chunk, good)
    if not _lands(chunk, good):
        # Files that disagree on the type of a field.
        _land(chunk, good, apart=True)


def _good(chunk: Chunk, files: Sequence[Numbered]) -> list[Numbered]:
    return [(number, file) for number, file in files if number not in chunk.rejected]


def _store_json(chunk: Chunk) -> None:
    texts = {number: text for number, text in chunk.json_texts.items() if text is not None}
    chunk.store(
        "json_texts",
        pa.table(
            {
                "file_id": pa.array(list(texts), pa.int32()),
                "path": pa.array([str(chunk.files[number].path) for number in texts], pa.string()),
                "payload": pa.array(list(texts.values()), pa.string()),
            }
        ),
    )
    found = chunk.connection.execute(unreadable_json(chunk.reader.fields)).fetchall() if texts else []
    for number in chunk.json_texts.keys() - texts.keys() | {number for (number,) in found}:
        chunk.reject(number, cannot_be_parsed(chunk.files[number]))
    chunk.json_texts.clear()


def _lands(chunk: Chunk, files: Sequence[Numbered]) -> bool:
    try:
        _land(chunk, files)
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise  # says nothing about the files
    except UNREADABLE:
        return False
    return True


def _land(chunk: Chunk, files: Sequence[Numbered], *, apart: bool = False) -> None:
    """All files of a type and header in one scan; one by one if ``apart``."""
    groups: dict[tuple[str, tuple[str, ...], int], list[Numbered]] = {}
    for number, file in files:
        groups.setdefault((file.suffix, chunk.headers.get(number, ()), number if apart else 0), []).append(
            (number, file)
        )
    scans = [_scan(chunk, suffix, header, group) for (suffix, header, _), group in groups.items()]
    if len(scans) == 1:
        chunk.types = {name: scans[0].types.get(name.lower(), "") for name in chunk.reader.fields}
    else:
        chunk.types = dict.fromkeys(chunk.reader.fields, "VARCHAR")
    empty = ", ".join(f"null::varchar as {quoted(name)}" for name in chunk.reader.fields)
    selects = [
        f"select landed_files.file_id, records.{NUMBER_FIELD} as record_number, {_field_list(chunk, scan)}"
        f" from ({scan.sql}) as records join landed_files on landed_files.path = records.{FILE_FIELD}"
        for scan in scans
    ] or [f"select 0 as file_id, 0::bigint as record_number, {empty} where false"]
    chunk.connection.execute(f"create or replace temp table landed as {' union all '.join(selects)}")
    if any(suffix == "csv" for suffix, *_ in groups):
        chunk.connection.execute(
            "update landed set record_number = record_number - before"
            " from (select file_id, min(record_number) - 1 as before from landed group by file_id) as starts"
            " where starts.file_id = landed.file_id and before > 0"
        )


def _scan(chunk: Chunk, suffix: str, header: tuple[str, ...], group: Sequence[Numbered]) -> Scan:
    paths = [file.path for _, file in group]
    if suffix == "parquet":
        return parquet_scan(chunk.connection, paths)
    if suffix == "csv":
        return csv_scan(chunk.connection, paths, header)
    return json_scan(chunk.reader.fields, [number for number, _ in group])


def _field_list(chunk: Chunk, scan: Scan) -> str:
    expressions = []
    for name in chunk.reader.fields:
        stored = scan.types.get(name.lower())
        if stored is None:
            expression = "null::varchar"
        elif stored == "VARCHAR":
            expression = parsing.clean(f"records.{quoted(name)}")
        else:
            expression = f"records.{quoted(name)}" + ("::varchar" if chunk.types[name] == "VARCHAR" else "")
        expressions.append(f"{expression} as {quoted(name)}")
    return ", ".join(expressions)


def drop_foreign_files(chunk: Chunk) -> None:
    """A file in which most required fields never occur belongs to another source."""
    required = chunk.reader.required
    if not required:
        return
    counts = ", ".join(f"count({quoted(name)})" for name in required)
    for number, total, *filled in chunk.connection.execute(
        f"select file_id, count(*), {counts} from landed group by file_id"
    ).fetchall():
        missing = [name for name, count in zip(required, filled, strict=True) if not count]
        if total and len(missing) * 2 >= len(required) and missing:
            chunk.reject(number, f"not a file of source {chunk.contract.source}: fields {', '.join(missing)} missing")
            chunk.connection.execute("delete from landed where file_id = $number", {"number": number})
