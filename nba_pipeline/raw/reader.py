"""Reads the landing files of one source into rows of its raw table, chunk by chunk, bad records set aside.

An in-memory DuckDB serves as the vectorised parser; nothing is stored. A record that breaks a rule of the contract
goes to quarantine with the rule, the good records of the same file stay, and a file that cannot be read never
spoils another one. Which of several captures counts is decided here, by capture time; as-of views are the models'.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files as package_files
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import Column, TableContract
from nba_pipeline.landing import LandingFile, content_hash, files
from nba_pipeline.names import base_key, fold, last_name_key
from nba_pipeline.raw import parsing
from nba_pipeline.warehouse.seam import ARROW_TYPES, arrow_schema

#: Landing dates and bytes read in one statement; bounds the memory of a chunk.
DATES_PER_CHUNK = 31
BYTES_PER_CHUNK = 96_000_000
MEMORY_LIMIT = "600MB"
RECORD_BUFFER = 1_000_000
LINEAGE = ("source_file", "record_number", "fetched_at", "origin")
#: What DuckDB raises over a broken file; its message quotes the file's bytes, whatever they are.
UNREADABLE = (duckdb.Error, UnicodeDecodeError)
#: Ends the reason of a field-level entry.
SET_TO_NULL = "; the field was set to NULL and the row kept"
WHOLE_FILE = "(file)"
ROW_KEY = "(key)"
#: What a scan adds to each record; no vendor has fields of these names.
FILE_FIELD = "nba_pipeline_file"
NUMBER_FIELD = "nba_pipeline_record"
#: What a file may hold at most; no source comes near.
MOST_BYTES = 40_000_000
MOST_RECORDS = 2_000_000
MOST_COLUMNS = 2_000

#: DuckDB types that already are the contract's type, so that no text is made of them.
_NATIVE = {
    "int64": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"},
    "float64": {"FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
    "bool": {"BOOLEAN"},
    "date": {"DATE"},
    "timestamp": {"TIMESTAMP WITH TIME ZONE"},
}
_DUCKDB_TYPES = {"string": "varchar", "int64": "bigint", "float64": "double", "timestamp": "timestamptz"}

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


@dataclass
class DateCounts:
    """What became of the records of one landing date."""

    files: int = 0
    records: int = 0
    rows: int = 0
    quarantined: int = 0
    skipped: int = 0
    """Records of pre-season and All-Star games."""


@dataclass(frozen=True)
class RawBatch:
    """Rows of whole landing dates, in the contract's column order and types, and what could not be read."""

    rows: pa.Table
    quarantine: pa.Table
    dates: Mapping[dt.date, DateCounts] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One quarantine row before it has a file's lineage."""

    file_id: int
    record_number: int
    field: str
    value: str | None
    reason: str
    is_row_kept: bool = False


@cache
def packaged_team_aliases() -> Mapping[tuple[str, str], str]:
    """Canonical tricode by source and lower-case alias."""
    text = package_files("nba_pipeline").joinpath("reference/team_aliases.csv").read_text(encoding="utf-8")
    return {(row["source"], row["alias"].lower()): row["team_abbr"] for row in csv.DictReader(text.splitlines())}


def read(
    contract: TableContract,
    landing_root: Path,
    dates: DateRange | None = None,
    team_aliases: Mapping[tuple[str, str], str] | None = None,
) -> Iterator[RawBatch]:
    """Rows and quarantine of a landing-fed table, a bounded number of landing dates at a time.

    An unpartitioned table is read as one batch, because a newer file may overrule any older one.

    Raises:
        ContractError: when the contract names no source or an unknown ``parse=`` kind.
        UsageError: for files that do not belong into the landing folder.
    """
    if contract.source is None:
        raise contract.error("source", "the table has no '-- source:'; only landing-fed tables can be read.")
    landed = files(landing_root, contract.source, dates.start if dates else None, dates.end if dates else None)
    if contract.partition is None:
        landed = [*_packaged_seed(contract.source), *landed]
    reader = _Reader(contract, team_aliases if team_aliases is not None else packaged_team_aliases())
    for chunk in _chunks(landed, whole=contract.partition is None):
        yield reader.batch(chunk)


def _packaged_seed(source: str) -> list[LandingFile]:
    """A seed that ships with the package counts as the oldest file of its source."""
    path = Path(str(package_files("nba_pipeline").joinpath(f"reference/{source}.csv")))
    if not path.exists():
        return []
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return [LandingFile(source, epoch.date(), epoch, "live", content_hash(path.read_bytes()), path)]


def _chunks(landed: Sequence[LandingFile], *, whole: bool) -> Iterator[list[LandingFile]]:
    """Files of consecutive landing dates; a date is never split."""
    chunk: list[LandingFile] = []
    days: set[dt.date] = set()
    size = 0
    for file in landed:
        is_full = len(days) >= DATES_PER_CHUNK or size >= BYTES_PER_CHUNK
        if chunk and not whole and file.date not in days and is_full:
            yield chunk
            chunk, days, size = [], set(), 0
        chunk.append(file)
        days.add(file.date)
        size += file.path.stat().st_size
    if chunk:
        yield chunk


@dataclass(frozen=True)
class _ColumnPlan:
    """How one column is made of landing fields."""

    column: Column
    kind: parsing.Kind
    fields: tuple[str, ...]

    @property
    def is_folded(self) -> bool:
        return self.column.fold is not None or self.column.parse == parsing.LAST_NAME_KEY

    @property
    def is_count(self) -> bool:
        """A statistic that is counted; a record with one that cannot be is not to be trusted as a whole."""
        column = self.column
        if column.parse in (parsing.PLAYING_SECONDS, parsing.WHOLE_MINUTES):
            return True
        return column.type == "int64" and column.minimum == 0 and column.unit in (None, "points")


class _Reader:
    """Reads chunks of files for one contract."""

    def __init__(self, contract: TableContract, team_aliases: Mapping[tuple[str, str], str]) -> None:
        self.contract = contract
        self.aliases = team_aliases
        self.plans = [self._plan(column) for column in contract.columns if column.name not in LINEAGE]
        self.fields = list(dict.fromkeys(name for plan in self.plans for name in plan.fields))
        self.folded: dict[str, str | None] = {}
        self.last_names: dict[str, str | None] = {}

    def _plan(self, column: Column) -> _ColumnPlan:
        if column.fold or column.parse == parsing.LANDING_DATE:
            return _ColumnPlan(column, parsing.TYPES["string"], ())
        kind = parsing.KINDS.get(column.parse) if column.parse else parsing.TYPES[column.type]
        if kind is None:
            known = ", ".join(sorted([*parsing.KINDS, parsing.LANDING_DATE]))
            raise self.contract.error(column.name, f"unknown parse={column.parse}; write one of {known}.")
        return _ColumnPlan(column, kind, tuple(name.strip() for name in column.from_field.split(",")))

    @cached_property
    def required(self) -> list[str]:
        """Landing fields without which no record of the source can be read."""
        return sorted({plan.fields[0] for plan in self.plans if plan.column.not_null and len(plan.fields) == 1})

    def batch(self, chunk: Sequence[LandingFile]) -> RawBatch:
        with closing(duckdb.connect(config={"threads": 2, "memory_limit": MEMORY_LIMIT})) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set enable_progress_bar = false")
            # With it, DuckDB 2.0 fails to bind string functions over a field that is NULL in every record.
            connection.execute("set disabled_optimizers = 'statistics_propagation'")
            return _Chunk(self, connection, chunk).read()

    def costs_record(self, plan: _ColumnPlan) -> bool:
        """Whether a value out of shape costs the record: key, identity and counts do, others become NULL."""
        contract, column = self.contract, plan.column
        identity = {*contract.key, *contract.replace_by, contract.partition, "season_year"}
        return column.not_null or column.name in identity or plan.is_count

    def schema(self) -> pa.Schema:
        return arrow_schema(self.contract)

    def fold(self, text: str) -> str | None:
        if text not in self.folded:
            self.folded[text] = fold(text) or None
        return self.folded[text]

    def last_name(self, marked: str) -> str | None:
        if marked not in self.last_names:
            mode, _, text = marked.partition(":")
            self.last_names[marked] = (base_key(text) if mode == "last" else last_name_key(text)) or None
        return self.last_names[marked]


class _Chunk:
    """One chunk while it is being read; steps fill temporary tables of its own connection."""

    def __init__(self, reader: _Reader, connection: duckdb.DuckDBPyConnection, chunk: Sequence[LandingFile]) -> None:
        self.reader = reader
        self.contract = reader.contract
        self.connection = connection
        self.files = list(chunk)
        self.problems: list[Problem] = []
        self.rejected: set[int] = set()
        self.types: dict[str, str] = {}

    def read(self) -> RawBatch:
        readable = [(number, file) for number, file in enumerate(self.files) if self._is_whole(number, file)]
        self._register_files()
        self._land(readable)
        self._drop_foreign_files()
        self._parse()
        self._fold_names()
        self._collect_problems()
        self._drop_duplicates()
        rows = self._rows()
        return RawBatch(rows=rows, quarantine=self._quarantine(), dates=self._counts())

    def _is_whole(self, number: int, file: LandingFile) -> bool:
        size = file.path.stat().st_size
        if size > MOST_BYTES:
            self._reject(number, f"file has {size} bytes, more than the {MOST_BYTES} a landing file may have")
            return False
        payload = file.path.read_bytes()
        if content_hash(payload) != file.hash16:
            self._reject(number, "file truncated or altered: content hash differs")
        elif not payload.strip():
            self._reject(number, "empty file")
        elif file.suffix == "csv" and not self._has_known_column(payload):
            self._reject(number, f"not a file of source {self.contract.source}: no known column")
        elif reason := _beyond_limits(file, payload):
            self._reject(number, reason)
        else:
            return True
        return False

    def _has_known_column(self, payload: bytes) -> bool:
        header = payload.lstrip().partition(b"\n")[0].decode("utf-8-sig", errors="replace")
        names = {name.strip('" \t\r').lower() for name in header.split(",")}
        return any(field.lower() in names for field in self.reader.fields)

    def _reject(self, number: int, reason: str) -> None:
        if number not in self.rejected:
            self.rejected.add(number)
            self.problems.append(Problem(number, 0, WHOLE_FILE, self.files[number].path.name, reason))

    def _register_files(self) -> None:
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
            }
        )
        self._store("landed_files", table)
        aliases = pa.table(
            {
                "source": [source for source, _ in self.reader.aliases],
                "alias": [alias for _, alias in self.reader.aliases],
                "team_abbr": list(self.reader.aliases.values()),
            }
        )
        self._store("team_aliases", aliases)

    def _store(self, name: str, table: pa.Table) -> None:
        self.connection.register("incoming", table)
        self.connection.execute(f"create or replace temp table {name} as select * from incoming")
        self.connection.unregister("incoming")

    # -- files to texts ------------------------------------------------------------------------------------------

    def _land(self, readable: Sequence[tuple[int, LandingFile]]) -> None:
        """The texts of all files; a file that breaks off while its values are read is found by reading each alone."""
        try:
            self._land_together(readable)
        except (duckdb.OutOfMemoryException, duckdb.InterruptException):
            raise  # says nothing about the files
        except UNREADABLE:
            for number, file in readable:
                try:
                    self._land_together([(number, file)])
                except UNREADABLE:
                    self._reject(number, _cannot_be_parsed(file))
            good = [(number, file) for number, file in readable if number not in self.rejected]
            self._land_together(good, apart=True)

    def _land_together(self, readable: Sequence[tuple[int, LandingFile]], *, apart: bool = False) -> None:
        """All files of a type in one scan; one by one if ``apart``, or when one of them cannot be parsed."""
        groups: dict[tuple[str, int], list[tuple[int, LandingFile]]] = {}
        for number, file in readable:
            groups.setdefault((file.suffix, number if apart else 0), []).append((number, file))
        scans = [scan for (suffix, _), group in groups.items() for scan in self._scans(suffix, group)]
        if len(scans) == 1:
            self.types = {name: scans[0].types.get(name.lower(), "") for name in self.reader.fields}
        else:
            self.types = dict.fromkeys(self.reader.fields, "VARCHAR")
        empty = ", ".join(f"null::varchar as {_quoted(name)}" for name in self.reader.fields)
        selects = [
            f"select landed_files.file_id, records.{NUMBER_FIELD} as record_number, {self._field_list(scan)}"
            f" from ({scan.sql}) as records join landed_files on landed_files.path = records.{FILE_FIELD}"
            for scan in scans
        ] or [f"select 0 as file_id, 0::bigint as record_number, {empty} where false"]
        self.connection.execute(f"create or replace temp table landed as {' union all '.join(selects)}")

    def _field_list(self, scan: "_Scan") -> str:
        expressions = []
        for name in self.reader.fields:
            stored = scan.types.get(name.lower())
            wanted = self.types[name]
            if stored is None:
                expression = "null::varchar"
            elif stored == "VARCHAR":
                expression = parsing.clean(f"records.{_quoted(name)}")
            elif wanted == "VARCHAR":
                expression = f"records.{_quoted(name)}::varchar"
            else:
                expression = f"records.{_quoted(name)}"
            expressions.append(f"{expression} as {_quoted(name)}")
        return ", ".join(expressions)

    def _scans(self, suffix: str, group: Sequence[tuple[int, LandingFile]]) -> list["_Scan"]:
        """One scan over all readable files; a scan per file only where the files disagree on types."""
        scan = self._parsed(suffix, group)
        if scan:
            return [scan]
        alone = {number: self._parsed(suffix, [(number, file)]) for number, file in group}
        for number in [number for number, scan in alone.items() if scan is None]:
            self._reject(number, _cannot_be_parsed(self.files[number]))
        good = [(number, file) for number, file in group if alone[number]]
        together = self._parsed(suffix, good) if 1 < len(good) < len(group) else None
        return [together] if together else [scan for scan in alone.values() if scan]

    def _parsed(self, suffix: str, group: Sequence[tuple[int, LandingFile]]) -> "_Scan | None":
        """Parsing happens here, so that a broken file is known before its rows are needed."""
        try:
            scan = _scan(suffix, [file.path for _, file in group], self.reader.fields).described(self.connection)
            if suffix != "parquet" or len(group) > 1:
                self.connection.execute(f"select count({NUMBER_FIELD}) from ({scan.probe})").fetchall()
        except (duckdb.OutOfMemoryException, duckdb.InterruptException):
            raise  # says nothing about the file
        except UNREADABLE:
            return None
        return scan

    def _drop_foreign_files(self) -> None:
        """A file in which most required fields never occur belongs to another source."""
        required = self.reader.required
        if not required:
            return
        counts = ", ".join(f"count({_quoted(name)})" for name in required)
        for number, total, *filled in self.connection.execute(
            f"select file_id, count(*), {counts} from landed group by file_id"
        ).fetchall():
            missing = [name for name, count in zip(required, filled, strict=True) if not count]
            if total and len(missing) * 2 >= len(required) and missing:
                self._reject(
                    number, f"not a file of source {self.contract.source}: fields {', '.join(missing)} missing"
                )
                self.connection.execute("delete from landed where file_id = $number", {"number": number})

    # -- texts to values -----------------------------------------------------------------------------------------

    def _text(self, name: str) -> str:
        stored = f"landed.{_quoted(name)}"
        return stored if self.types[name] in ("VARCHAR", "") else f"cast({stored} as varchar)"

    def _texts(self, plan: _ColumnPlan) -> list[str]:
        return [self._text(name) for name in plan.fields]

    def _value(self, plan: _ColumnPlan) -> str:
        column = plan.column
        if column.parse == parsing.LANDING_DATE:
            return "landed_files.landing_date"
        if len(plan.fields) == 1 and column.parse is None and not column.team:
            native = self.types[plan.fields[0]]
            stored = f"landed.{_quoted(plan.fields[0])}"
            if native in _NATIVE.get(column.type, ()):
                return f"case when isfinite({stored}) then {stored} end" if native in ("FLOAT", "DOUBLE") else stored
        value = plan.kind.sql(*self._texts(plan))
        if column.team == "nba_id":
            value = f"regexp_replace({value}, '\\.0$', '')"
        return value

    def _parse(self) -> None:
        """Typed values beside a flag for records that break a rule; exhibitions are left out."""
        values, said, joins = [], [], []
        flags: dict[bool, list[str]] = {True: [], False: []}
        for number, plan in enumerate(self.reader.plans):
            if plan.column.fold:
                continue
            name = _quoted(plan.column.name)
            type_ = _DUCKDB_TYPES.get(plan.column.type, plan.column.type)
            value = f"try_cast({self._value(plan)} as {type_})"
            broken = flags[self.reader.costs_record(plan)]
            if plan.column.team:
                joins.append(
                    f"left join team_aliases as team_{number} on team_{number}.source = '{plan.column.team}'"
                    f" and team_{number}.alias = lower({value})"
                )
                said.append(f"({value}) is not null as said_{number}")
                value = f"team_{number}.team_abbr"
            elif plan.kind.complaint and plan.fields:
                said.append(f"({parsing.first_of(*self._texts(plan))}) is not null as said_{number}")
            if plan.column.team or (plan.kind.complaint and plan.fields):
                broken.append(f"(said_{number} and {name} is null)")
            broken += [f"coalesce({rule}, false)" for rule, _ in self._rules(plan, name)]
            values.append(f"{value} as {name}")
        exhibitions = [
            parsing.exhibition(self._text(plan.fields[0]))
            for plan in self.reader.plans
            if plan.column.parse == parsing.NBA_GAME_ID
        ]
        where = f" where not ({' or '.join(exhibitions)})" if exhibitions else ""
        lineage = "landed.file_id, landed.record_number, landed_files.landing_date"
        self.connection.execute(
            f"create temp table parsed as select *, ({' or '.join(flags[True]) or 'false'}) as is_bad,"
            f" ({' or '.join(flags[False]) or 'false'}) as is_odd"
            f" from (select {', '.join([lineage, *values, *said])}"
            f" from landed join landed_files using (file_id) {' '.join(joins)}{where})"
        )

    def _rules(self, plan: _ColumnPlan, value: str) -> Iterator[tuple[str, str]]:
        """Predicates that are true where a value breaks the contract, with the reason."""
        column = plan.column
        if column.not_null:
            yield f"{value} is null", "missing required field"
        if column.minimum is not None:
            yield f"{value} < {column.minimum:.15g}", f"out of range {column.range}"
        if column.maximum is not None:
            yield f"{value} > {column.maximum:.15g}", f"out of range {column.range}"
        if column.choices:
            listed = ", ".join(_literal(choice) for choice in column.choices)
            yield f"{value} not in ({listed})", f"not one of {', '.join(column.choices)}"
        if column.name == self.contract.partition and column.parse != parsing.LANDING_DATE:
            yield f"{value} <> landing_date", "date {value} is not the landing date {landing_date}"
        if column.name == "season_year" and self.contract.partition:
            season = "year(landing_date) - case when month(landing_date) < 10 then 1 else 0 end"
            yield f"{value} <> {season}", "season {value} is not the season of {landing_date}"

    def _fold_names(self) -> None:
        """Distinct texts are folded once in Python and joined back."""
        joins, replaced, flags = [], [], []
        for number, plan in enumerate(self.reader.plans):
            column = plan.column
            if not plan.is_folded:
                continue
            text = _quoted(column.fold or column.name)
            function = self.reader.fold if column.fold else self.reader.last_name
            self._store_names(f"names_{number}", text, function)
            joins.append(f"left join names_{number} on names_{number}.name = parsed.{text}")
            replaced.append(f"names_{number}.name_key as {_quoted(column.name)}")
            if column.not_null:
                flags.append(f"names_{number}.name_key is null")
        kept = [f"parsed.{_quoted(plan.column.name)}" for plan in self.reader.plans if not plan.is_folded]
        bad = " or ".join(["parsed.is_bad", *flags])
        columns = ", ".join([*kept, *replaced])
        self.connection.execute(
            f"create temp table typed as select parsed.file_id, parsed.record_number, {columns}, ({bad}) as is_bad,"
            f" parsed.is_odd from parsed {' '.join(joins)}"
        )
        self.connection.execute("drop table parsed")

    def _store_names(self, table: str, column: str, function: Callable[[str], str | None]) -> None:
        distinct = self.connection.execute(
            f"select distinct {column} from parsed where {column} is not null"
        ).fetchall()
        names = [text for (text,) in distinct]
        self._store(
            table,
            pa.table({"name": pa.array(names, pa.string()), "name_key": pa.array(map(function, names), pa.string())}),
        )

    # -- what is set aside ---------------------------------------------------------------------------------------

    def _collect_problems(self) -> None:
        """One problem per offending field of each bad record, the first rule it breaks."""
        selected, tests = [], []
        for plan in self.reader.plans:
            for predicate, reason, shown in self._tests(plan):
                selected.append(f"coalesce({predicate}, false)")
                selected.append(f"cast({shown} as varchar)")
                tests.append((plan, reason))
        if not selected:
            return
        rows = self.connection.execute(
            "select landed.file_id, landed.record_number, landed_files.landing_date, typed.is_bad,"
            f" {', '.join(selected)}"
            " from typed join landed using (file_id, record_number) join landed_files using (file_id)"
            " where typed.is_bad or typed.is_odd order by 1, 2"
        )
        while chunk := rows.fetchmany(1000):
            for number, record, day, is_bad, *results in chunk:
                for problem in self._noted(number, record, day, tests, results):
                    reason = problem.reason if is_bad else problem.reason + SET_TO_NULL
                    self.problems.append(replace(problem, reason=reason, is_row_kept=not is_bad))

    def _tests(self, plan: _ColumnPlan) -> Iterator[tuple[str, str, str]]:
        column = plan.column
        value = f"typed.{_quoted(column.name)}"
        shown = parsing.first_of(*self._texts(plan)) if plan.fields else value
        if column.fold:
            shown = f"typed.{_quoted(column.fold)}"
            if column.not_null:
                yield f"{shown} is not null and {value} is null", "the name has no Latin letter", shown
            return
        if column.team:
            raw = self._value(plan)
            reason = f"unknown team code '{{value}}' for source {column.team}"
            yield f"({raw}) is not null and {value} is null", reason, shown
        elif plan.kind.complaint and plan.fields:
            yield f"({shown}) is not null and {value} is null", plan.kind.complaint, shown
        for predicate, reason in self._rules(plan, value):
            yield predicate, reason, (value if reason.startswith(("date ", "season ")) else shown)

    def _noted(
        self,
        number: int,
        record: int,
        day: dt.date,
        tests: Sequence[tuple[_ColumnPlan, str]],
        results: Sequence[object],
    ) -> Iterator[Problem]:
        noted: set[str] = set()
        for (plan, reason), broken, value in zip(tests, results[::2], results[1::2], strict=True):
            name = self._field(plan)
            if broken and name not in noted:
                noted.add(name)
                text = None if value is None else str(value)[:200]
                reason_text = reason.replace("{value}", text or "").replace("{landing_date}", day.isoformat())
                yield Problem(number, record, name, text, reason_text)

    def _field(self, plan: _ColumnPlan) -> str:
        """The landing field a column is made of; a folded one's is that of the name."""
        named = [one for one in self.reader.plans if one.column.name == (plan.column.fold or plan.column.name)]
        return named[0].fields[0] if named and named[0].fields else plan.column.name

    def _drop_duplicates(self) -> None:
        """Newest file of each replaced group, then newest row of each key; conflicts inside a file set aside."""
        self.connection.execute(
            "create temp table good as"
            f" select * exclude (is_bad, is_odd){self._without_broken(costs_record=False)} from typed where not is_bad"
        )
        if self.contract.replace_by:
            self._drop_replaced(self.contract.replace_by)
        key = ", ".join(_quoted(name) for name in self.contract.key)
        (repeated,) = self._one(f"select count(*) - count(distinct ({key})) from good")
        if not repeated:
            return
        business = ", ".join(_quoted(plan.column.name) for plan in self.reader.plans)
        self.connection.execute(
            "create or replace temp table ranked as"
            f" select good.*, hash({business}) as content,"
            " row_number() over newest as place,"
            f" row_number() over within_file as place_in_file, first_value(content) over within_file as first_content"
            " from good join landed_files using (file_id)"
            f" window newest as (partition by {key} order by landed_files.age desc, record_number),"
            f" within_file as (partition by file_id, {key} order by record_number)"
        )
        shown = ", ".join(f"coalesce(cast({_quoted(name)} as varchar), '')" for name in self.contract.key)
        for number, record, value in self.connection.execute(
            f"select file_id, record_number, concat_ws(', ', {shown}) from ranked"
            " where place_in_file > 1 and content <> first_content order by 1, 2"
        ).fetchall():
            self.problems.append(Problem(number, record, ROW_KEY, value[:200], "duplicate key in one file"))
        self.connection.execute("create or replace temp table good as select * from ranked where place = 1")

    def _without_broken(self, *, costs_record: bool) -> str:
        """A ``replace`` clause that makes NULL of values that break a rule."""
        replaced = []
        for plan in self.reader.plans:
            name = _quoted(plan.column.name)
            rules = [rule for rule, _ in self._rules(plan, name) if not rule.endswith(" is null")]
            # The landing date is a column of the files, not of the record.
            rules = [rule for rule in rules if "landing_date" not in rule]
            if rules and self.reader.costs_record(plan) == costs_record:
                replaced.append(f"case when not ({' or '.join(rules)}) then {name} end as {name}")
        return f" replace ({', '.join(replaced)})" if replaced else ""

    def _drop_replaced(self, replace_by: Sequence[str]) -> None:
        """Rows of a group that a newer file of the same landing date states without them.

        A row stays where the newer file has a record set aside that may be the same row: every part of the key that
        could be read agrees. A record whose group no good record of its file shares may belong to any group.
        """
        group = ", ".join(_quoted(name) for name in replace_by)
        key = [name for name in self.contract.key if name != self.contract.partition]
        # Dates are replaced one by one, so that a range gives the rows of its days.
        date = "landing_date, " if self.contract.partition else ""
        self.connection.execute(
            "create or replace temp table bad as"
            f" with stated as (select distinct file_id, {group}, true as is_stated from good)"
            f" select distinct landing_date, age, {', '.join(map(_quoted, key))}, is_stated is null as is_doubtful"
            f" from (select *{self._without_broken(costs_record=True)} from typed where is_bad)"
            f" join landed_files using (file_id) left join stated using (file_id, {group})"
        )
        same = " and ".join(
            f"(bad.{_quoted(name)} is null or bad.{_quoted(name)} = aged.{_quoted(name)}"
            f"{' or bad.is_doubtful' if name in replace_by else ''})"
            for name in key
        )
        if date:
            same += " and bad.landing_date = aged.landing_date"
        self.connection.execute(
            "create or replace temp table good as"
            f" with aged as (select good.*, landing_date, age, max(age) over (partition by {date}{group}) as newest"
            " from good join landed_files using (file_id))"
            " select * exclude (landing_date, age, newest) from aged where age = newest"
            " union all select * exclude (landing_date, age, newest) from aged where age < newest"
            f" and exists (select 1 from bad where bad.age >= aged.newest and {same})"
        )

    # -- results -------------------------------------------------------------------------------------------------

    def _rows(self) -> pa.Table:
        columns = ", ".join(
            f"landed_files.{column.name}"
            if column.name in ("source_file", "fetched_at", "origin")
            else f"good.{_quoted(column.name)}"
            for column in self.contract.columns
        )
        order = "landed_files.landing_date, landed_files.age, good.record_number"
        table = self.connection.sql(
            f"select {columns} from good join landed_files using (file_id) order by {order}"
        ).to_arrow_table()
        return table.cast(self.reader.schema())

    def _quarantine(self) -> pa.Table:
        rows = [
            {
                "table_name": self.contract.name,
                "landing_date": self.files[problem.file_id].date,
                "source_file": self.files[problem.file_id].relative,
                "record_number": problem.record_number,
                "field": problem.field,
                "value": problem.value,
                "reason": problem.reason,
                "origin": self.files[problem.file_id].origin,
            }
            for problem in self.problems
        ]
        return pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)

    def _counts(self) -> Mapping[dt.date, DateCounts]:
        counts = {file.date: DateCounts() for file in self.files}
        for file in self.files:
            counts[file.date].files += 1
        queries = {
            "records": "select landing_date, count(*) from landed join landed_files using (file_id) group by all",
            "rows": "select landing_date, count(*) from good join landed_files using (file_id) group by all",
            "skipped": "select landing_date, count(*) from (select file_id, record_number from landed"
            " except select file_id, record_number from typed) join landed_files using (file_id) group by all",
        }
        for name, query in queries.items():
            for day, count in self.connection.execute(query).fetchall():
                setattr(counts[day], name, count)
        lost = {(problem.file_id, problem.record_number) for problem in self.problems if not problem.is_row_kept}
        for number, record in lost:
            if record:
                counts[self.files[number].date].quarantined += 1
        return counts

    def _one(self, sql: str) -> tuple[int, ...]:
        (row,) = self.connection.execute(sql).fetchall()
        return row


@dataclass(frozen=True)
class _Scan:
    """A statement that yields the records of files of one type, with the file's path and the record's number."""

    sql: str
    probe: str
    types: Mapping[str, str] = field(default_factory=dict)

    def described(self, connection: duckdb.DuckDBPyConnection) -> "_Scan":
        described = connection.execute(f"describe {self.sql}").fetchall()
        return _Scan(self.sql, self.probe, {str(name).lower(): str(type_) for name, type_, *_ in described})


def _scan(suffix: str, paths: Sequence[Path], fields: Iterable[str]) -> _Scan:
    listed = f"[{', '.join(_literal(str(path)) for path in paths)}]"
    counted = f"row_number() over (partition by {FILE_FIELD} order by scan_order) as {NUMBER_FIELD}"
    if suffix == "parquet":
        sql = (
            f"select *, file_row_number + 1 as {NUMBER_FIELD}"
            f" from read_parquet({listed}, union_by_name = true, filename = '{FILE_FIELD}', file_row_number = true)"
        )
        return _Scan(sql, sql)
    if suffix == "csv":
        source = (
            f"read_csv({listed}, all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"',"
            f" union_by_name = true, filename = '{FILE_FIELD}', parallel = false)"
        )
    else:
        columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in fields)
        # DuckDB reserves twice this for every thread and scan; no record is larger than its file.
        largest = max(RECORD_BUFFER, *(path.stat().st_size for path in paths))
        source = (
            f"read_json({listed}, format = 'array', columns = {{{columns}}}, filename = '{FILE_FIELD}',"
            f" maximum_object_size = {largest})"
        )
    sql = f"select * exclude (scan_order), {counted} from (select *, row_number() over () as scan_order from {source})"
    return _Scan(sql, sql)


def _beyond_limits(file: LandingFile, payload: bytes) -> str | None:
    """Why a file is too wide or too long to be read; what cannot be parsed is found elsewhere."""
    columns, records = 0, 0
    if file.suffix == "csv":
        columns = payload.lstrip().partition(b"\n")[0].count(b",") + 1
    elif file.suffix == "parquet":
        try:
            metadata = parquet.read_metadata(pa.BufferReader(payload))
        except (pa.ArrowException, OSError):
            return None
        columns, records = metadata.num_columns, metadata.num_rows
    if columns > MOST_COLUMNS:
        return f"file has {columns} columns, more than the {MOST_COLUMNS} a landing file may have"
    if records > MOST_RECORDS:
        return f"file has {records} records, more than the {MOST_RECORDS} a landing file may have"
    return None


def _cannot_be_parsed(file: LandingFile) -> str:
    return f"file cannot be parsed as {file.suffix}"


def _ranks(keys: Sequence[tuple[dt.datetime, str]]) -> list[int]:
    order = sorted(range(len(keys)), key=lambda position: keys[position])
    ranks = [0] * len(keys)
    for rank, position in enumerate(order):
        ranks[position] = rank
    return ranks


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
