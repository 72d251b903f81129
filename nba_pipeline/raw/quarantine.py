"""What a quarantine row says; which rule a record breaks is found where its values are read."""

from dataclasses import dataclass

import pyarrow as pa

#: Ends the reason of a field-level entry.
SET_TO_NULL = "; the field was set to NULL and the row kept"
WHOLE_FILE = "(file)"
ROW_KEY = "(key)"
#: A newer capture without rows that an older one of its date states: kept, or given up with the group it states anew.
ABSENT_ROWS = "(absent rows)"
FEWER_ROWS = "(fewer rows)"
QUARANTINE_SCHEMA = pa.schema(
    [
        ("table_name", pa.string()),
        ("landing_date", pa.date32()),
        ("source_file", pa.string()),
        ("record_number", pa.int64()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("origin", pa.string()),
    ]
)


@dataclass(frozen=True)
class Problem:
    """One quarantine row before it has a file's lineage."""

    file_id: int
    record_number: int
    field: str
    value: str | None
    reason: str
    is_row_kept: bool = False
