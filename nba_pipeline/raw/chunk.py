"""The state of one chunk of landing files while it is read."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from nba_pipeline.contract.table import TableContract
from nba_pipeline.landing import LandingFile
from nba_pipeline.raw import parsing
from nba_pipeline.raw.plans import ColumnPlan, Reader
from nba_pipeline.raw.quarantine import WHOLE_FILE, Problem
from nba_pipeline.raw.scans import Limits, literal
from nba_pipeline.warehouse.seam import ARROW_TYPES


@dataclass
class Chunk:
    """Files that are read together, and what is known of them so far; steps fill temporary tables of its connection."""

    reader: Reader
    connection: duckdb.DuckDBPyConnection
    files: Sequence[LandingFile]
    limits: Limits
    problems: list[Problem] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    types: dict[str, str] = field(default_factory=dict)
    headers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Of CSV files that need no sniffing."""
    json_texts: dict[int, str | None] = field(default_factory=dict)
    """Of JSON files until they are landed; None where the bytes are no text of whole records."""

    @property
    def contract(self) -> TableContract:
        return self.reader.contract

    def reject(self, number: int, reason: str) -> None:
        if number not in self.rejected:
            self.rejected.add(number)
            self.problems.append(Problem(number, 0, WHOLE_FILE, self.files[number].path.name, reason))

    def store(self, name: str, table: pa.Table) -> None:
        self.connection.register("incoming", table)
        self.connection.execute(f"create or replace temp table {name} as select * from incoming")
        self.connection.unregister("incoming")

    def one(self, sql: str) -> tuple[int, ...]:
        (row,) = self.connection.execute(sql).fetchall()
        return row

    def register_files(self) -> None:
        dates = Counter(file.date for file in self.files)
        table = pa.table(
            {
                "file_id": pa.array(range(len(self.files)), pa.int32()),
                "path": [str(file.path) for file in self.files],
                "source_file": [file.relative for file in self.files],
                "landing_date": pa.array([file.date for file in self.files], pa.date32()),
                "fetched_at": pa.array([file.fetched_at for file in self.files], ARROW_TYPES["timestamp"]),
                "origin": [file.origin for file in self.files],
                # Newest last, ties broken by name, so that every machine picks the same capture.
                "age": pa.array(_ranks([file.key for file in self.files]), pa.int32()),
                # Whether another file may overrule it: dates of a partitioned table stand alone.
                "has_rivals": [dates[file.date] > 1 or self.contract.partition is None for file in self.files],
            }
        )
        self.store("landed_files", table)
        aliases = pa.table(
            {
                "source": [source for source, _ in self.reader.aliases],
                "alias": [alias for _, alias in self.reader.aliases],
                "team_abbr": list(self.reader.aliases.values()),
            }
        )
        self.store("team_aliases", aliases)

    def rules(self, plan: ColumnPlan, value: str) -> Iterator[tuple[str, str]]:
        """Predicates that are true where a value breaks the contract, with the reason."""
        column = plan.column
        if column.not_null:
            yield f"{value} is null", "missing required field"
        if column.minimum is not None:
            yield f"{value} < {column.minimum:.15g}", f"out of range {column.range}"
        if column.maximum is not None:
            yield f"{value} > {column.maximum:.15g}", f"out of range {column.range}"
        if column.choices:
            listed = ", ".join(literal(choice) for choice in column.choices)
            yield f"{value} not in ({listed})", f"not one of {', '.join(column.choices)}"
        if column.name == self.contract.partition and column.parse != parsing.LANDING_DATE:
            yield f"{value} <> landing_date", "date {value} is not the landing date {landing_date}"
        if column.name == "season_year" and self.contract.partition:
            season = "year(landing_date) - case when month(landing_date) < 10 then 1 else 0 end"
            yield f"{value} <> {season}", "season {value} is not the season of {landing_date}"


def _ranks(keys: Sequence[tuple[dt.datetime, str]]) -> list[int]:
    order = sorted(range(len(keys)), key=lambda position: keys[position])
    ranks = [0] * len(keys)
    for rank, position in enumerate(order):
        ranks[position] = rank
    return ranks
