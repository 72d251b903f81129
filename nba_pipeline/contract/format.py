"""The format of table files: a commented header, then the query; every mistake is named with file, line and remedy.

What a contract is belongs to ``table``; what tables are to each other belongs to ``catalog``.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import sqlglot

from nba_pipeline.contract.queries import names_in
from nba_pipeline.contract.table import Bounds, Column, Guard, RowCheck, TableContract
from nba_pipeline.errors import ContractError

DATASETS = ("nba_raw", "nba_reference", "nba_analytics", "nba_precompute", "nba_predictions", "nba_processing")
TYPES = ("string", "int64", "float64", "bool", "date", "timestamp")
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


def load_contract(path: Path) -> TableContract:
    """Read one table file.

    Raises:
        ContractError: names file, line and what to write instead.
    """
    text = path.read_text(encoding="utf-8")
    lines, query = _split(text)
    return _Header(path, lines).contract(query)


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
            _, produced = names_in(contract.query or "")
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
