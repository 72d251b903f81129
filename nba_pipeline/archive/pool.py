"""Rows of many files in little memory: texts as numbers into the few different texts, taken out date by date."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from nba_pipeline.archive.words import DATE, FILE, Rows


class Pool:
    """Rows by landing source, in the order of their files."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pa.Table]] = defaultdict(list)

    def __contains__(self, source: str) -> bool:
        return bool(self._parts.get(source))

    def add(self, source: str, file: str, parts: Sequence[pa.Table]) -> None:
        """All rows of one file, as ``coded`` made them."""
        together = pa.concat_tables(parts, promote_options="default").unify_dictionaries().combine_chunks()
        named = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(together), dtype=np.int32)), pa.array([file]))
        self._parts[source].append(together.append_column(FILE, named))

    def columns(self, source: str, names: Sequence[str]) -> Rows:
        """Some columns of all rows of a source, as texts."""
        tables = [part.select([name for name in names if name in part.column_names]) for part in self._parts[source]]
        return _texts(pa.concat_tables(tables, promote_options="default")) if tables else Rows()

    def distinct(self, source: str, names: Sequence[str]) -> Rows:
        """The different rows of some columns of a source, as texts; columns no file has are left out."""
        tables = []
        for part in self._parts.get(source, []):
            there = [name for name in names if name in part.column_names]
            texts = part.select(there).cast(pa.schema([(name, pa.string()) for name in there]))
            tables.append(texts.group_by(there).aggregate([]))
        return _texts(pa.concat_tables(tables, promote_options="default")).drop_duplicates() if tables else Rows()

    def taken(self, source: str) -> Iterator[tuple[str, Rows]]:
        """ISO date and rows of every date in order; the source is empty afterwards."""
        tables = self._parts.pop(source)
        table = pa.concat_tables(tables, promote_options="default").unify_dictionaries().combine_chunks()
        del tables
        dates = table.column(DATE).combine_chunks()
        days = dates.dictionary.to_pylist()
        place = {day: number for number, day in enumerate(sorted(days))}
        numbers = np.array([place[day] for day in days], dtype=np.int32)[dates.indices.to_numpy()]
        order = np.argsort(numbers, kind="stable")
        starts = np.searchsorted(numbers[order], np.arange(len(days) + 1))
        for day, number in place.items():
            part = order[starts[number] : starts[number + 1]]
            if len(part):
                yield day, _texts(table.take(pa.array(part)))


def coded(rows: Rows) -> pa.Table:
    """Rows of texts as a table of codes."""
    return pa.table({name: pa.array(rows[name], pa.string(), from_pandas=True).dictionary_encode() for name in rows})


def _texts(table: pa.Table) -> Rows:
    plain = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    rows = plain.to_pandas().astype(object)
    return rows.where(rows.notna(), None)
