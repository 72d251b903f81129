"""From landing files to the texts of their records; a file that cannot be read is set aside alone."""

from collections.abc import Sequence

import duckdb

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
    quoted,
    scan_of,
)


def is_whole(chunk: Chunk, number: int, file: LandingFile) -> bool:
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
    else:
        return True
    return False


def _has_known_column(chunk: Chunk, payload: bytes) -> bool:
    header = payload.lstrip().partition(b"\n")[0].decode("utf-8-sig", errors="replace")
    names = {name.strip('" \t\r').lower() for name in header.split(",")}
    return any(field.lower() in names for field in chunk.reader.fields)


def land(chunk: Chunk, readable: Sequence[tuple[int, LandingFile]]) -> None:
    """The texts of all files; a file that breaks off while its values are read is found by reading each alone."""
    try:
        _land_together(chunk, readable)
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise  # says nothing about the files
    except UNREADABLE:
        for number, file in readable:
            try:
                _land_together(chunk, [(number, file)])
            except UNREADABLE:
                chunk.reject(number, _cannot_be_parsed(file))
        good = [(number, file) for number, file in readable if number not in chunk.rejected]
        _land_together(chunk, good, apart=True)


def _land_together(chunk: Chunk, readable: Sequence[tuple[int, LandingFile]], *, apart: bool = False) -> None:
    """All files of a type in one scan; one by one if ``apart``, or when one of them cannot be parsed."""
    groups: dict[tuple[str, int], list[tuple[int, LandingFile]]] = {}
    for number, file in readable:
        groups.setdefault((file.suffix, number if apart else 0), []).append((number, file))
    scans = [scan for (suffix, _), group in groups.items() for scan in _scans(chunk, suffix, group)]
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


def _field_list(chunk: Chunk, scan: "Scan") -> str:
    expressions = []
    for name in chunk.reader.fields:
        stored = scan.types.get(name.lower())
        wanted = chunk.types[name]
        if stored is None:
            expression = "null::varchar"
        elif stored == "VARCHAR":
            expression = parsing.clean(f"records.{quoted(name)}")
        elif wanted == "VARCHAR":
            expression = f"records.{quoted(name)}::varchar"
        else:
            expression = f"records.{quoted(name)}"
        expressions.append(f"{expression} as {quoted(name)}")
    return ", ".join(expressions)


def _scans(chunk: Chunk, suffix: str, group: Sequence[tuple[int, LandingFile]]) -> list["Scan"]:
    """One scan over all readable files; a scan per file only where the files disagree on types."""
    scan = _parsed(chunk, suffix, group)
    if scan:
        return [scan]
    alone = {number: _parsed(chunk, suffix, [(number, file)]) for number, file in group}
    for number in [number for number, scan in alone.items() if scan is None]:
        chunk.reject(number, _cannot_be_parsed(chunk.files[number]))
    good = [(number, file) for number, file in group if alone[number]]
    together = _parsed(chunk, suffix, good) if 1 < len(good) < len(group) else None
    return [together] if together else [scan for scan in alone.values() if scan]


def _parsed(chunk: Chunk, suffix: str, group: Sequence[tuple[int, LandingFile]]) -> "Scan | None":
    """Parsing happens here, so that a broken file is known before its rows are needed."""
    try:
        scan = scan_of(suffix, [file.path for _, file in group], chunk.reader.fields).described(chunk.connection)
        if suffix != "parquet" or len(group) > 1:
            chunk.connection.execute(f"select count({NUMBER_FIELD}) from ({scan.probe})").fetchall()
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise  # says nothing about the file
    except UNREADABLE:
        return None
    return scan


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


def _cannot_be_parsed(file: LandingFile) -> str:
    return f"file cannot be parsed as {file.suffix}"
