"""What the bytes of a payload hold, told by the bytes: JSON, a CSV table, a PDF, a web page, or none of them.

Tables of stats.nba.com (headers and row sets) and CSV files become records here, so that flatteners read by name.
"""

import csv
import io
import json
from typing import Any

from nba_pipeline.payloads import injuries, pdf
from nba_pipeline.payloads.flat import BrokenPayloadError, Record


def parsed(payload: bytes) -> Any:
    """The content as plain Python values; None for bytes that are none of what is read here.

    Tables come as ``{"tables": {name: {"columns": {name: None}, "rows": [record]}}}``, a CSV file's under ``csv``; a
    JSON array as ``{"list": …}``, a web page as ``{"web_page": …}``, the words of a PDF as ``{"pdf": …}`` and those of
    an injury report as ``{"injury_report": …}``.

    Raises:
        BrokenPayloadError: for JSON or a PDF that breaks off or is otherwise broken.
    """
    if payload.startswith(pdf.SIGN):
        words = pdf.words_of(payload)
        return {"injury_report" if injuries.is_report(words) else "pdf": words}
    text = payload.decode("utf-8-sig", errors="replace").strip()
    if text.startswith("<"):
        return {"web_page": text[:200]}
    if text.startswith(("{", "[")):
        try:
            content = json.loads(text, parse_constant=lambda _: None)
        except (ValueError, RecursionError) as error:
            raise BrokenPayloadError(f"the JSON is broken or cut: {error}") from error
        return {"list": content} if isinstance(content, list) else _with_tables(content)
    first, _, rest = text.partition("\n")
    return _csv_table(text) if first.count(",") > 1 and rest else None


def _with_tables(content: Record) -> Any:
    """Result sets as tables; one of them alone stands under ``resultSet``."""
    sets = content.get("resultSets") or content.get("resultSet")
    sets = [sets] if isinstance(sets, dict) else sets
    if not isinstance(sets, list) or not all(isinstance(one, dict) and "headers" in one for one in sets):
        return content
    tables = {one.get("name", ""): _table(one["headers"], one.get("rowSet") or []) for one in sets}
    return {**content, "tables": tables}


def _csv_table(text: str) -> Any:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise BrokenPayloadError(f"the table is broken or cut: {error}") from error
    return {"tables": {"csv": _table([name.strip() for name in rows[0]], [row for row in rows[1:] if any(row)])}}


def _table(headers: list[Any], rows: list[list[Any]]) -> Record:
    names = [str(name) for name in headers]
    broken = next((number for number, row in enumerate(rows, start=1) if len(row) != len(names)), None)
    if broken:
        raise BrokenPayloadError(
            f"row {broken} of the table has {len(rows[broken - 1])} values for {len(names)} columns"
        )
    return {"columns": dict.fromkeys(names), "rows": [dict(zip(names, row, strict=True)) for row in rows]}
