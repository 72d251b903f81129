"""Tables in plain files: CSV, Parquet and the two JSON shapes people publish, a bounded number of rows at a time.

Every value comes as text, a missing one as None. A row that cannot be stored is left out and counted; a file that
goes beyond a limit is refused as a whole.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nba_pipeline.archive.files import MOST_BYTES, LimitError, Member, whole
from nba_pipeline.archive.words import Rows

ROWS_AT_A_TIME = 20_000
MOST_ROWS = 10_000_000
MOST_COLUMNS = 2_000
MOST_LINE = 1_000_000
MOST_TEXT = 10_000
#: More bytes are more characters, whichever these are.
_MOST_TEXT_BYTES = 4 * MOST_TEXT
#: Stands for a text of too many characters, which costs its row: to compare the text itself over and over is slow.
_TOO_LONG = "\0too long"
_NOT_UTF8 = "text that is not UTF-8"
#: A file with a larger share of such rows is in another encoding altogether.
_MOST_NOT_UTF8 = 0.01
_MISSING = {"", "nan", "NaN", "None", "NULL", "null"}


class NoTableError(ValueError):
    """A file that is no table: a document, or a single answer of a service."""


@dataclass
class Table:
    """A table with its columns known and its rows not yet read; ``lost`` counts rows that could not be."""

    columns: list[str]
    is_answer: bool = False
    lost: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def chunks(self, columns: Sequence[str]) -> Iterator[Rows]:
        """The wanted columns, so many rows at a time; each table of the file's kind says how it reads them.

        Raises:
            LimitError: when there are more rows than any archive of games needs.
            UNREADABLE: when the file breaks off.
        """
        for chunk in self._read(columns):
            self.rows += len(chunk)
            if self.rows > MOST_ROWS:
                raise LimitError(f"has more than {MOST_ROWS:,} rows, the most that are read of one table")
            yield self._storable(chunk)
        if self.lost[_NOT_UTF8] > max(1, self.rows * _MOST_NOT_UTF8):
            raise ValueError(f"{self.lost[_NOT_UTF8]} rows are not UTF-8: save the file as UTF-8 and ingest it again")

    def _read(self, columns: Sequence[str]) -> Iterator[Rows]:
        raise NotImplementedError

    def _storable(self, chunk: Rows) -> Rows:
        bad = pd.Series("", index=chunk.index)
        for name in chunk.columns:
            codes, different = pd.factorize(chunk[name])
            problems = np.array([_problem(value) for value in different] + [""], dtype=object)
            if any(problems):
                bad = bad.where(bad != "", problems[codes])
        for reason, count in bad[bad != ""].value_counts().items():
            self.lost[str(reason)] += int(count)
        return chunk[bad == ""]


def _problem(text: str) -> str:
    if text == _TOO_LONG:
        return f"text of more than {MOST_TEXT:,} characters"
    if "\0" in text:
        return "text with a NUL character"
    return "" if text.isascii() or _is_utf8(text) else _NOT_UTF8


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def table_of(member: Member) -> Table:
    """The table in a file.

    Raises:
        NoTableError: for a document or a single answer of a service.
        LimitError: when it has more columns or bytes than any archive of games needs.
        UNREADABLE: when the file is broken.
    """
    suffix = member.unpacked_name.lower().rpartition(".")[2]
    if suffix in {"csv", "tsv"}:
        table: Table = _csv(member)
    elif suffix == "parquet":
        table = _parquet(member)
    elif suffix == "json":
        table = _json(member)
    else:
        raise NoTableError(f"a .{suffix} file" if "." in member.unpacked_name else "a file without an ending")
    _refuse_wide(table.columns)
    return table


def _refuse_wide(columns: Sequence[str]) -> None:
    if len(columns) > MOST_COLUMNS:
        raise LimitError(f"has {len(columns):,} columns, more than the {MOST_COLUMNS:,} a table may have")


@dataclass
class _Csv(Table):
    records: Iterator[list[str]] = field(default_factory=partial(iter, ()))

    def _read(self, columns: Sequence[str]) -> Iterator[Rows]:
        places = [self.columns.index(name) for name in columns]
        kept: list[list[str]] = []
        for record in self.records:
            if not record or record == self.columns:
                continue
            if len(record) != len(self.columns):
                self.rows += 1
                self.lost[f"{'more' if len(record) > len(self.columns) else 'fewer'} fields than the header"] += 1
                continue
            kept.append([record[place] for place in places])
            if len(kept) == ROWS_AT_A_TIME:
                yield _frame(columns, zip(*kept, strict=True))
                kept = []
        if kept:
            yield _frame(columns, zip(*kept, strict=True))


def _csv(member: Member) -> Table:
    start = member.stream.peek(2)[:2]
    encoding = "utf-16" if start in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    # Bytes of another encoding become lone surrogates, which cost their row and no other.
    text = io.TextIOWrapper(member.stream, encoding=encoding, errors="surrogateescape", newline="")
    lines = _lines(text)
    first = next(lines, "")
    delimiter = max((",", ";", "\t", "|"), key=first.count)
    records = csv.reader(chain([first], lines), delimiter=delimiter)
    header = next(records, [])
    if not any(header):
        raise ValueError("the file is empty")
    return _Csv([name.strip() for name in header], records=records)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise LimitError(f"has a line of more than {MOST_LINE:,} characters")
        yield line


@dataclass
class _Parquet(Table):
    content: Path | pa.Buffer = field(default_factory=Path)
    texts: frozenset[str] = frozenset()

    def _read(self, columns: Sequence[str]) -> Iterator[Rows]:
        # Texts stay a dictionary, so that one long text that is repeated is in memory once.
        file = _parquet_file(self.content, [name for name in columns if name in self.texts])
        for batch in file.iter_batches(ROWS_AT_A_TIME, columns=list(columns), use_threads=False):
            yield pd.DataFrame({name: _of_arrow(batch.column(name)) for name in columns})


def _parquet(member: Member) -> Table:
    content = member.path or pa.py_buffer(whole(member.stream))
    file = _parquet_file(content, [])
    size = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
    if file.metadata.num_rows > MOST_ROWS:
        raise LimitError(f"has {file.metadata.num_rows:,} rows, more than the {MOST_ROWS:,} a table may have")
    if size > MOST_BYTES:
        raise LimitError(f"unpacks to {size:,} bytes, more than the {MOST_BYTES:,} a table may have")
    texts = frozenset(column.name for column in file.schema_arrow if pa.types.is_string(column.type))
    return _Parquet(file.schema_arrow.names, content=content, texts=texts)


def _parquet_file(content: Path | pa.Buffer, dictionaries: list[str]) -> pq.ParquetFile:
    source = content if isinstance(content, Path) else pa.BufferReader(content)
    return pq.ParquetFile(source, read_dictionary=dictionaries)


def _of_arrow(column: pa.Array) -> np.ndarray:
    try:
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    except pa.ArrowNotImplementedError:
        return np.array([_text(value) for value in column.to_pylist()] + [None], dtype=object)[:-1]
    known = coded.dictionary
    if pa.types.is_string(known.type):
        # Before it becomes a text of Python, which a long one would cost once more for every chunk.
        is_long = pc.call_function("greater", [pc.call_function("binary_length", [known]), pa.scalar(_MOST_TEXT_BYTES)])
        known = pc.call_function("if_else", [is_long, pa.scalar(_TOO_LONG), known])
    different = [_text(_as_python(value)) for value in known]
    places = coded.indices.fill_null(len(different)).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.array([*different, None], dtype=object)[places]


def _as_python(value: pa.Scalar) -> object:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return "out of range"


@dataclass
class _Json(Table):
    records: Sequence[Sequence[object]] = ()

    def _read(self, columns: Sequence[str]) -> Iterator[Rows]:
        places = [self.columns.index(name) for name in columns]
        for start in range(0, len(self.records), ROWS_AT_A_TIME):
            part = self.records[start : start + ROWS_AT_A_TIME]
            yield _frame(columns, ([record[place] for record in part] for place in places))


def _json(member: Member) -> Table:
    content = json.loads(whole(member.stream))
    if isinstance(content, dict) and ("resultSets" in content or "resultSet" in content):
        sets = content.get("resultSets") or content["resultSet"]
        result = sets[0] if isinstance(sets, list) else sets
        width = len(result["headers"])
        return _Json(
            [*map(str, result["headers"])], is_answer=True, records=[r for r in result["rowSet"] if len(r) == width]
        )
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise NoTableError("an answer that is no list of records")
    names = list(dict.fromkeys(str(name) for record in content for name in record))
    _refuse_wide(names)
    is_answer = any(isinstance(value, dict | list) for record in content[:100] for value in record.values())
    return _Json(names, is_answer=is_answer, records=[[record.get(name) for name in names] for record in content])


def _frame(columns: Sequence[str], values: Iterable[Iterable[object]]) -> Rows:
    stored = {}
    for name, texts in zip(columns, values, strict=True):
        column = np.empty(len(texts := list(texts)), dtype=object)
        column[:] = [_text(value) for value in texts]
        stored[name] = column
    return pd.DataFrame(stored)


def _text(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    if len(text) > MOST_TEXT:
        return _TOO_LONG
    return None if text.strip() in _MISSING else text
