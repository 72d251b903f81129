"""Table contracts: what one ``.sql`` file says about its table, read and checked.

A contract is the only place that states a table's name, grain, key, columns, checks and query; everything else
derives from it. Running the query, creating the table and building the Dagster asset belong elsewhere.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import Literal, NoReturn

import sqlglot
from sqlglot import exp

from nba_pipeline.derived_cache import remembered
from nba_pipeline.errors import ContractError
from nba_pipeline.phases import PHASES

DATASETS = ("nba_raw", "nba_reference", "nba_analytics", "nba_precompute", "nba_predictions", "nba_processing")
TYPES = ("string", "int64", "float64", "bool", "date", "timestamp")
MODELS = Path(str(files("nba_pipeline").joinpath("models")))
#: Tables that the publication or the checks of other tables write, or that hold decisions.
_WRITTEN_ALONG = frozenset(
    {
        "nba_raw.quarantine",
        "nba_processing.partition_status",
        "nba_processing.check_violations",
        "nba_processing.accepted_gaps",
    }
)
_SINGLE = (
    "description",
    "grain",
    "key",
    "partition",
    "cluster",
    "history",
    "source",
    "replace_by",
    "owner",
    "misses",
    "covers",
    "view",
    "level",
    "bootstrap",
    "guards",
)
_REPEATED = ("unique", "column", "check")
_HEADER_LINE = re.compile(r"^-- (?P<name>[a-z_]+): ?(?P<value>.*)$")
_BOUNDS = re.compile(r"^(?P<low>-?\d+(?:\.\d+)?)?\.\.(?P<high>-?\d+(?:\.\d+)?)?$")
_CATALOGUE_ID = re.compile(r"^V\d\d$")
_RULE = re.compile(r"^(?P<name>[a-z_ ]+?)\s*(?P<operator><=|=)\s*(?P<value>.+)$")

Severity = Literal["error", "warn"]


@dataclass(frozen=True)
class Bounds:
    """A closed interval; an open side is None."""

    low: float | None
    high: float | None

    def __str__(self) -> str:
        return f"{'' if self.low is None else f'{self.low:g}'}..{'' if self.high is None else f'{self.high:g}'}"


@dataclass(frozen=True)
class Column:
    """One documented column."""

    name: str
    type: str
    description: str
    not_null: bool = False
    unit: str | None = None
    range: Bounds | None = None
    warn: Bounds | None = None
    choices: tuple[str, ...] = ()
    null_share: float | None = None
    core: bool = False
    from_field: str = ""
    parse: str | None = None
    team: str | None = None
    fold: str | None = None

    @property
    def minimum(self) -> float | None:
        """Lower end of the hard range."""
        return self.range.low if self.range else None

    @property
    def maximum(self) -> float | None:
        """Upper end of the hard range."""
        return self.range.high if self.range else None

    @property
    def rules(self) -> str:
        """The rules a reader wants to see, as one phrase."""
        parts = ["not null"] if self.not_null else []
        parts += [f"in {', '.join(self.choices)}"] if self.choices else []
        parts += [f"{self.range}"] if self.range else []
        parts += [f"usually {self.warn}"] if self.warn else []
        parts += [f"null share at most {self.null_share:g}"] if self.null_share is not None else []
        parts += ["varies over a month"] if self.core else []
        return "; ".join(parts)


@dataclass(frozen=True)
class RowCheck:
    """A fact about every row; ``violation`` is the GoogleSQL predicate that is true where it does not hold.

    ``id`` is its entry in the check catalogue, empty for a fact of this table alone.
    """

    name: str
    severity: Severity
    sentence: str
    violation: str
    id: str = ""


@dataclass(frozen=True)
class Guard:
    """A look-back that must be whole before a date is computed: every slate of ``days`` before it is in ``table``."""

    table: str
    days: int


@dataclass(frozen=True)
class TableContract:
    """Everything one table file states."""

    path: Path
    dataset: str
    table: str
    description: str
    grain: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    partition: str | None
    cluster: tuple[str, ...]
    history: str | None
    source: str | None
    replace_by: tuple[str, ...]
    owner: str
    misses: str | None
    covers: str | None
    is_view: bool
    level: str | None
    empty_in_bootstrap: bool
    guards: Guard | None
    columns: tuple[Column, ...]
    checks: tuple[RowCheck, ...]
    query: str | None
    line_of: Mapping[str, int] = field(compare=False, hash=False, repr=False)

    @property
    def name(self) -> str:
        """Two-part name, ``dataset.table``."""
        return f"{self.dataset}.{self.table}"

    def column(self, name: str) -> Column:
        """The column called ``name``; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def error(self, about: str, message: str) -> ContractError:
        """An error located at the line that states ``about`` (a column, a key of the header)."""
        return ContractError(f"{self.path}:{self.line_of.get(about, 1)}: {message}")

    @property
    def upstreams(self) -> tuple[str, ...]:
        """Two-part names of the tables and views the query names, sorted."""
        return tables_read(self.query) if self.query else ()


def tables_read(query: str) -> tuple[str, ...]:
    """Two-part names of the stored tables a GoogleSQL query reads, sorted."""
    return _names_in(query)[0]


@cache
def _names_in(query: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stored tables a query reads, sorted, and the columns its last select produces, in order."""

    def parse() -> list[list[str]]:
        tree = sqlglot.parse_one(query, read="bigquery")
        ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
        names = {f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db or table.name not in ctes}
        return [sorted(names), list(tree.named_selects) if isinstance(tree, exp.Query) else []]

    tables, produced = remembered("names", query, parse)
    return tuple(tables), tuple(produced)


def stored_tables(names: Iterable[str], contracts: Mapping[str, TableContract] | None = None) -> tuple[str, ...]:
    """The stored tables behind tables and views, sorted: a view stands for what it reads."""
    found: set[str] = set()
    for name in names:
        contract = contracts[name] if contracts else declared(name)
        found |= set(stored_tables(contract.upstreams, contracts)) if contract.is_view else {name}
    return tuple(sorted(found))


def load_contract(path: Path) -> TableContract:
    """Read one table file.

    Raises:
        ContractError: names file, line and what to write instead.
    """
    text = path.read_text(encoding="utf-8")
    lines, query = _split(text)
    return _Header(path, lines).contract(query)


@cache
def declared(name: str) -> TableContract:
    """The packaged contract of one table by its two-part name, read without loading the others."""
    dataset, _, table = name.partition(".")
    return load_contract(MODELS / dataset / f"{table}.sql")


@cache
def load_contracts(root: Path | None = None) -> Mapping[str, TableContract]:
    """All table files below ``root`` (default: the package's ``models``), by two-part name.

    Raises:
        ContractError: for a file in a folder that is no dataset, or a query that reads a table nobody declares.
    """
    folder = root or MODELS
    contracts = {}
    for path in sorted(folder.glob("*/*.sql")):
        contract = load_contract(path)
        contracts[contract.name] = contract
    for contract in contracts.values():
        unknown = [name for name in contract.upstreams if name not in contracts]
        if unknown:
            raise contract.error(
                "query", f"the query reads {', '.join(unknown)}, which no file below {folder} declares."
            )
    for contract in contracts.values():
        if contract.guards and contract.guards.table not in stored_tables(contract.upstreams, contracts):
            raise contract.error("guards", f"the query does not read {contract.guards.table}; guard a table it reads.")
    return contracts


def runnable_contracts() -> Mapping[str, TableContract]:
    """Contracts of the tables that have a run of their own: no view, and no table that others' publications write."""
    contracts = load_contracts()
    shared = _WRITTEN_ALONG | {one.misses for one in contracts.values()}
    return {name: one for name, one in contracts.items() if not one.is_view and name not in shared}


@cache
def views_on(name: str) -> tuple[str, ...]:
    """The packaged views that read a table, directly or through other views."""
    contracts = load_contracts()
    return tuple(
        view for view, contract in contracts.items() if contract.is_view and name in stored_tables([view], contracts)
    )


def in_order(names: Iterable[str], given: Mapping[str, TableContract] | None = None) -> list[TableContract]:
    """Contracts of tables and views with everything behind the views, each view after what it reads.

    ``given`` overrules the packaged contracts.
    """
    ordered: dict[str, TableContract] = {}
    for name in sorted(names):
        contract = (given or {}).get(name) or declared(name)
        if contract.is_view:
            ordered |= {one.name: one for one in in_order(contract.upstreams, given)}
        ordered[name] = contract
    return list(ordered.values())


def in_flow(names: Iterable[str]) -> list[TableContract]:
    """Packaged contracts of stored tables, each after everything it reads."""
    contracts = load_contracts()
    reads = {
        name: [one for one in stored_tables(contract.upstreams, contracts) if one != name]
        for name, contract in contracts.items()
        if not contract.is_view
    }
    chosen = set(names)
    return [contracts[name] for name in TopologicalSorter(reads).static_order() if name in chosen]


def phase_tables(*phases: int) -> list[TableContract]:
    """Runnable tables of phases in reading order: by level and what they read where they have levels, else by name."""
    runnable = {name: one for name, one in runnable_contracts().items() if one.partition}
    found = []
    for phase in phases:
        own = [name for name, one in sorted(runnable.items()) if PHASES[phase].has(one.dataset, one.level)]
        has_levels = any(runnable[name].level for name in own)
        found += (
            sorted(in_flow(own), key=lambda one: one.level or "") if has_levels else [runnable[name] for name in own]
        )
    return found


def _split(text: str) -> tuple[list[tuple[int, str]], str | None]:
    """Header lines with their line numbers, and the query below them."""
    lines = text.splitlines()
    header = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("--"):
            query = "\n".join(lines[number - 1 :]).strip()
            return header, query or None
        header.append((number, line))
    return header, None


class _Header:
    """The header of one file while it is being read."""

    def __init__(self, path: Path, lines: list[tuple[int, str]]) -> None:
        self.path = path
        self.values: dict[str, list[tuple[int, str]]] = {}
        self.line_of: dict[str, int] = {}
        last: tuple[str, int] | None = None
        for number, line in lines:
            matched = _HEADER_LINE.match(line)
            if matched:
                name = matched["name"]
                if name not in _SINGLE + _REPEATED:
                    self.fail(number, f"unknown header {name!r}; write one of {', '.join(_SINGLE + _REPEATED)}.")
                if name in _SINGLE and name in self.values:
                    self.fail(number, f"{name!r} is stated twice; keep one.")
                self.values.setdefault(name, []).append((number, matched["value"].strip()))
                self.line_of.setdefault(name, number)
                last = (name, len(self.values[name]) - 1)
            elif line.startswith("--   ") and last:
                stated_at, value = self.values[last[0]][last[1]]
                self.values[last[0]][last[1]] = (stated_at, f"{value} {line[2:].strip()}".strip())
            elif line.strip() != "--":
                self.fail(number, "write '-- name: value', or '--   ' before a continuation line.")

    def fail(self, line: int, message: str) -> NoReturn:
        raise ContractError(f"{self.path}:{line}: {message}")

    def single(self, name: str) -> str | None:
        return self.values[name][0][1] if name in self.values else None

    def names(self, name: str) -> tuple[str, ...]:
        return _names(self.single(name) or "")

    def contract(self, query: str | None) -> TableContract:
        dataset = self.path.parent.name
        if dataset not in DATASETS:
            self.fail(1, f"{dataset!r} is not a dataset; put the file below one of {', '.join(DATASETS)}.")
        for required in ("description", "grain", "key", "column"):
            if required not in self.values:
                self.fail(1, f"the header lacks '-- {required}: …'; state it.")
        contract = TableContract(
            path=self.path,
            dataset=dataset,
            table=self.path.stem,
            description=self.single("description") or "",
            grain=self.single("grain") or "",
            key=self.names("key"),
            unique=tuple(_names(value) for _, value in self.values.get("unique", [])),
            partition=self.single("partition"),
            cluster=self.names("cluster"),
            history=self.single("history"),
            source=self.single("source"),
            replace_by=self.names("replace_by"),
            owner=self.single("owner") or "team:data-platform",
            misses=self.single("misses"),
            covers=self.single("covers"),
            is_view=self.flag("view", "true"),
            level=self.single("level"),
            empty_in_bootstrap=self.flag("bootstrap", "empty"),
            guards=self.guard(),
            columns=tuple(self.columns()),
            checks=tuple(self.checks()),
            query=query,
            line_of=self.line_of,
        )
        self.cross_check(contract)
        return contract

    def flag(self, name: str, word: str) -> bool:
        stated = self.single(name)
        if stated not in (None, word):
            self.fail(self.line_of[name], f"write '-- {name}: {word}', or leave it out.")
        return stated is not None

    def guard(self) -> Guard | None:
        stated = self.single("guards")
        if stated is None:
            return None
        table, _, days = (part.strip() for part in stated.partition(","))
        if not days.isdigit():
            self.fail(self.line_of["guards"], "write '-- guards: dataset.table, days', for example 'guards: a.b, 10'.")
        return Guard(table, int(days))

    def columns(self) -> Iterator[Column]:
        seen: set[str] = set()
        for line, value in self.values.get("column", []):
            parts = [part.strip() for part in value.split("|", 3)]
            if len(parts) != 4 or not parts[0] or not parts[3]:
                self.fail(line, "write '-- column: name | type | rules | description'.")
            name, type_, rules, description = parts
            if type_ not in TYPES:
                self.fail(line, f"column {name}: unknown type {type_!r}; write one of {', '.join(TYPES)}.")
            if name in seen:
                self.fail(line, f"column {name} is stated twice; remove one.")
            seen.add(name)
            self.line_of[name] = line
            yield Column(name=name, type=type_, description=description, **self.rules(line, name, rules))  # ty: ignore[invalid-argument-type]

    def rules(self, line: int, column: str, text: str) -> dict[str, object]:
        found: dict[str, object] = {"from_field": column}
        for rule in filter(None, (part.strip() for part in text.split(";"))):
            if rule == "not null":
                found["not_null"] = True
                continue
            if rule == "core":
                found["core"] = True
                continue
            matched = _RULE.match(rule)
            name = matched["name"] if matched else rule
            value = matched["value"].strip() if matched else ""
            match name:
                case "unit" | "parse" | "team" | "fold":
                    found[name] = value
                case "from":
                    found["from_field"] = value
                case "in":
                    found["choices"] = tuple(choice.strip() for choice in value.split("/"))
                case "range" | "warn":
                    found[name] = self.bounds(line, column, value)
                case "nulls":
                    found["null_share"] = float(value)
                case _:
                    self.fail(
                        line,
                        f"column {column}: unknown rule {rule!r}; write 'not null', 'core', unit=, range=a..b, "
                        "warn=a..b, in=a/b, nulls<=0.1, from=, parse=, team= or fold=.",
                    )
        return found

    def bounds(self, line: int, column: str, text: str) -> Bounds:
        matched = _BOUNDS.match(text)
        if not matched:
            self.fail(line, f"column {column}: {text!r} is not a range; write low..high, either side may be empty.")
        low, high = matched["low"], matched["high"]
        return Bounds(float(low) if low else None, float(high) if high else None)

    def checks(self) -> Iterator[RowCheck]:
        for line, value in self.values.get("check", []):
            parts = [part.strip() for part in value.split("|", 3)]
            if len(parts) != 4 or parts[1] not in ("error", "warn") or not parts[3]:
                self.fail(
                    line, "write '-- check: [Vnn] name | error or warn | sentence | predicate of a violating row'."
                )
            title, severity, sentence, violation = parts
            id_, _, name = title.rpartition(" ")
            if id_ and not _CATALOGUE_ID.match(id_):
                self.fail(line, f"{title!r}: before the name stands the number of a catalogue entry, for example V12.")
            self.line_of[f"check {name}"] = line
            yield RowCheck(name, "error" if severity == "error" else "warn", sentence, violation, id_)

    def cross_check(self, contract: TableContract) -> None:
        known = {column.name for column in contract.columns}
        stated = {
            "key": contract.key,
            "partition": (contract.partition,) if contract.partition else (),
            "cluster": contract.cluster,
            "replace_by": contract.replace_by,
            "unique": tuple(name for names in contract.unique for name in names),
        }
        for header, names in stated.items():
            for name in names:
                if name not in known:
                    raise contract.error(header, f"{header} names {name!r}, which is no documented column.")
        if contract.partition and contract.column(contract.partition).type != "date":
            raise contract.error("partition", f"partition column {contract.partition} must be a date.")
        if contract.history not in (None, "season"):
            raise contract.error("history", "write '-- history: season', or leave it out.")
        if contract.covers not in (None, "final_games", "scheduled_games"):
            raise contract.error("covers", "write '-- covers: final_games' or '-- covers: scheduled_games'.")
        if contract.level not in (None, "L1", "L2", "L3"):
            raise contract.error("level", "write '-- level: L1', L2 or L3, or leave it out.")
        if contract.is_view and not contract.query:
            raise contract.error("view", "a view needs a query.")
        for name in contract.key:
            if not contract.column(name).not_null:
                raise contract.error(name, f"key column {name} must be 'not null'.")
        if contract.query:
            self.compare_output(contract)

    def compare_output(self, contract: TableContract) -> None:
        """Documented columns equal the names the query's last select produces, in order."""
        try:
            _, produced = _names_in(contract.query or "")
        except sqlglot.ParseError as error:
            raise contract.error("query", f"the query is not GoogleSQL: {error}") from error
        documented = tuple(column.name for column in contract.columns)
        for name in documented:
            if name not in produced:
                raise contract.error(
                    name, f"column {name} is documented but the query does not produce it; add it to the last select."
                )
        for name in produced:
            if name not in documented:
                raise contract.error(
                    "column", f"the query produces {name!r} but no '-- column: {name} | …' documents it; add the line."
                )
        if produced != documented:
            raise contract.error("column", "the last select lists the columns in another order than the header.")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
