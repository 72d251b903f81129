"""From texts to typed values beside flags for records that break a rule of the contract."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from nba_pipeline.raw import parsing
from nba_pipeline.raw.chunk import Chunk
from nba_pipeline.raw.plans import ColumnPlan
from nba_pipeline.raw.quarantine import SET_TO_NULL, Problem
from nba_pipeline.raw.scans import quoted

#: DuckDB types that already are the contract's type, so that no text is made of them.
_NATIVE = {
    "int64": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"},
    "float64": {"FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
    "bool": {"BOOLEAN"},
    "date": {"DATE"},
    "timestamp": {"TIMESTAMP WITH TIME ZONE"},
}
_DUCKDB_TYPES = {"string": "varchar", "int64": "bigint", "float64": "double", "timestamp": "timestamptz"}


def text_of(chunk: Chunk, name: str) -> str:
    stored = f"landed.{quoted(name)}"
    return stored if chunk.types[name] in ("VARCHAR", "") else f"cast({stored} as varchar)"


def texts(chunk: Chunk, plan: ColumnPlan) -> list[str]:
    return [text_of(chunk, name) for name in plan.fields]


def value_of(chunk: Chunk, plan: ColumnPlan) -> str:
    column = plan.column
    if column.parse == parsing.LANDING_DATE:
        return "landed_files.landing_date"
    if len(plan.fields) == 1 and column.parse is None and not column.team:
        native = chunk.types[plan.fields[0]]
        stored = f"landed.{quoted(plan.fields[0])}"
        if native in _NATIVE.get(column.type, ()):
            if column.type in ("date", "timestamp"):
                return parsing.believable(stored)
            return f"case when isfinite({stored}) then {stored} end" if native in ("FLOAT", "DOUBLE") else stored
    # A number too large for its arithmetic is a value that is none, not the end of the statement.
    value = f"try({plan.kind.sql(*texts(chunk, plan))})"
    if column.team == "nba_id":
        value = f"regexp_replace({value}, '\\.0$', '')"
    return value


def parse(chunk: Chunk) -> None:
    """Typed values beside a flag for records that break a rule; exhibitions are left out."""
    values, said, joins = [], [], []
    flags: dict[bool, list[str]] = {True: [], False: []}
    for number, plan in enumerate(chunk.reader.plans):
        if plan.column.fold:
            continue
        name = quoted(plan.column.name)
        type_ = _DUCKDB_TYPES.get(plan.column.type, plan.column.type)
        value = f"try_cast({value_of(chunk, plan)} as {type_})"
        broken = flags[chunk.reader.costs_record(plan)]
        if plan.column.team:
            joins.append(
                f"left join team_aliases as team_{number} on team_{number}.source = '{plan.column.team}'"
                f" and team_{number}.alias = lower({value})"
            )
            said.append(f"({value}) is not null as said_{number}")
            value = f"team_{number}.team_abbr"
        elif plan.kind.complaint and plan.fields:
            said.append(f"({parsing.first_of(*texts(chunk, plan))}) is not null as said_{number}")
        if plan.column.team or (plan.kind.complaint and plan.fields):
            broken.append(f"(said_{number} and {name} is null)")
        broken += [f"coalesce({rule}, false)" for rule, _ in chunk.rules(plan, name)]
        values.append(f"{value} as {name}")
    exhibitions = [
        f"coalesce(try({parsing.exhibition(text_of(chunk, plan.fields[0]))}), false)"
        for plan in chunk.reader.plans
        if plan.column.parse == parsing.NBA_GAME_ID
    ]
    where = f" where not ({' or '.join(exhibitions)})" if exhibitions else ""
    lineage = "landed.file_id, landed.record_number, landed_files.landing_date"
    chunk.connection.execute(
        f"create temp table parsed as select *, ({' or '.join(flags[True]) or 'false'}) as is_bad,"
        f" ({' or '.join(flags[False]) or 'false'}) as is_odd"
        f" from (select {', '.join([lineage, *values, *said])}"
        f" from landed join landed_files using (file_id) {' '.join(joins)}{where})"
    )


def fold_names(chunk: Chunk) -> None:
    """Distinct texts are folded once in Python and joined back."""
    if not any(plan.is_folded for plan in chunk.reader.plans):
        chunk.connection.execute("alter table parsed drop column landing_date")
        chunk.connection.execute("alter table parsed rename to typed")
        return
    joins, replaced, flags = [], [], []
    for number, plan in enumerate(chunk.reader.plans):
        column = plan.column
        if not plan.is_folded:
            continue
        text = quoted(column.fold or column.name)
        function = chunk.reader.fold if column.fold else chunk.reader.last_name
        _store_names(chunk, f"names_{number}", text, function)
        joins.append(f"left join names_{number} on names_{number}.name = parsed.{text}")
        replaced.append(f"names_{number}.name_key as {quoted(column.name)}")
        if column.not_null:
            flags.append(f"names_{number}.name_key is null")
    kept = [f"parsed.{quoted(plan.column.name)}" for plan in chunk.reader.plans if not plan.is_folded]
    bad = " or ".join(["parsed.is_bad", *flags])
    columns = ", ".join([*kept, *replaced])
    chunk.connection.execute(
        f"create temp table typed as select parsed.file_id, parsed.record_number, {columns}, ({bad}) as is_bad,"
        f" parsed.is_odd from parsed {' '.join(joins)}"
    )
    chunk.connection.execute("drop table parsed")


def _store_names(chunk: Chunk, table: str, column: str, function: Callable[[str], str | None]) -> None:
    distinct = chunk.connection.execute(f"select distinct {column} from parsed where {column} is not null").fetchall()
    names = [text for (text,) in distinct]
    chunk.store(
        table,
        pa.table({"name": pa.array(names, pa.string()), "name_key": pa.array(map(function, names), pa.string())}),
    )


def collect_problems(chunk: Chunk) -> None:
    """One problem per offending field of each bad record, the first rule it breaks."""
    selected, tests = [], []
    for plan in chunk.reader.plans:
        for predicate, reason, shown in _tests(chunk, plan):
            selected.append(f"coalesce({predicate}, false)")
            selected.append(f"cast({shown} as varchar)")
            tests.append((plan, reason))
    if not selected:
        return
    rows = chunk.connection.execute(
        "select landed.file_id, landed.record_number, landed_files.landing_date, typed.is_bad,"
        f" {', '.join(selected)}"
        " from typed join landed using (file_id, record_number) join landed_files using (file_id)"
        " where typed.is_bad or typed.is_odd order by 1, 2"
    )
    while fetched := rows.fetchmany(1000):
        for number, record, day, is_bad, *results in fetched:
            for problem in _noted(chunk, (number, record, day), tests, results):
                reason = problem.reason if is_bad else problem.reason + SET_TO_NULL
                chunk.problems.append(replace(problem, reason=reason, is_row_kept=not is_bad))


def _tests(chunk: Chunk, plan: ColumnPlan) -> Iterator[tuple[str, str, str]]:
    column = plan.column
    value = f"typed.{quoted(column.name)}"
    shown = parsing.first_of(*texts(chunk, plan)) if plan.fields else value
    if column.fold:
        shown = f"typed.{quoted(column.fold)}"
        if column.not_null:
            yield f"{shown} is not null and {value} is null", "the name has no Latin letter", shown
        return
    if column.team:
        raw = value_of(chunk, plan)
        reason = f"unknown team code '{{value}}' for source {column.team}"
        yield f"({raw}) is not null and {value} is null", reason, shown
    elif plan.kind.complaint and plan.fields:
        yield f"({shown}) is not null and {value} is null", plan.kind.complaint, shown
    for predicate, reason in chunk.rules(plan, value):
        yield predicate, reason, (value if reason.startswith(("date ", "season ")) else shown)


def _noted(
    chunk: Chunk,
    place: tuple[int, int, dt.date],
    tests: Sequence[tuple[ColumnPlan, str]],
    results: Sequence[object],
) -> Iterator[Problem]:
    number, record, day = place
    noted: set[str] = set()
    for (plan, reason), broken, value in zip(tests, results[::2], results[1::2], strict=True):
        name = _field(chunk, plan)
        if broken and name not in noted:
            noted.add(name)
            text = None if value is None else str(value)[:200]
            reason_text = reason.replace("{value}", text or "").replace("{landing_date}", day.isoformat())
            yield Problem(number, record, name, text, reason_text)


def _field(chunk: Chunk, plan: ColumnPlan) -> str:
    """The landing field a column is made of; a folded one's is that of the name."""
    named = [one for one in chunk.reader.plans if one.column.name == (plan.column.fold or plan.column.name)]
    return named[0].fields[0] if named and named[0].fields else plan.column.name
