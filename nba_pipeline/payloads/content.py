"""What the bytes of a payload hold, told by the bytes: JSON, a CSV table, or text that is neither.

Tables of stats.nba.com (headers and row sets) and CSV files become records here, so that flatteners read by name.
"""

import csv
import io
import json
from typing import Any

from nba_pipeline.payloads.flat import BrokenPayloadError

Record = dict[str, Any]


def parsed(payload: bytes) -> Any:
    """The content as plain Python values; None for bytes that are no JSON and no table.

    Tables come as ``{"tables": {name: {"columns": {name: None}, "rows": [record]}}}``, a CSV file's under ``csv``.

    Raises:
        BrokenPayloadError: for JSON that breaks off or is otherwise broken.
    """
    text = payload.decode("utf-8-sig", errors="replace").strip()
    if text.startswith(("{", "[")):
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BrokenPayloadError(f"the JSON is broken or cut: {error}") from error
        return _with_tables(content)
    first, _, rest = text.partition("\n")
    return _csv_table(text) if first.count(",") > 1 and rest and not text.startswith(("<", "%PDF")) else None


def _with_tables(content: Any) -> Any:
    """Result sets as tables; one of them alone stands under ``resultSet``."""
    if not isinstance(content, dict):
        return content
    sets = content.get("resultSets") or content.get("resultSet")
    sets = [sets] if isinstance(sets, dict) else sets
    if not isinstance(sets, list) or not all(isinstance(one, dict) and "headers" in one for one in sets):
        return content
    tables = {one.get("name", ""): _table(one["headers"], one.get("rowSet") or []) for one in sets}
    return {**content, "tables": tables}


def _csv_table(text: str) -> Any:
    rows = list(csv.reader(io.StringIO(text)))
    return {"tables": {"csv": _table([name.strip() for name in rows[0]], [row for row in rows[1:] if any(row)])}}


def _table(headers: list[Any], rows: list[list[Any]]) -> Record:
    names = [str(name) for name in headers]
    broken = next((number for number, row in enumerate(rows, start=1) if len(row) != len(names)), None)
    if broken:
        raise BrokenPayloadError(
            f"row {broken} of the table has {len(rows[broken - 1])} values for {len(names)} columns"
        )
    return {"columns": dict.fromkeys(names), "rows": [dict(zip(names, row, strict=True)) for row in rows]}
