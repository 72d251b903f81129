"""The format of table files: a commented header, the query, and checks with queries of their own below it.

What a contract is belongs to ``table``; what tables are to each other belongs to ``catalog``; the page about the format
is generated from the keys and rules that stand here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlglot

from nba_pipeline.contract.checks import CHECK, CHECK_KEYS, Check, checks_with_query, read_check
from nba_pipeline.contract.header import Key, Section, read_sections
from nba_pipeline.contract.mistakes import Mistake
from nba_pipeline.contract.queries import names_in
from nba_pipeline.contract.table import Bounds, Column, Guard, TableContract

DATASETS = ("nba_raw", "nba_reference", "nba_analytics", "nba_precompute", "nba_predictions", "nba_processing")
TYPES = ("string", "int64", "float64", "bool", "date", "timestamp")
OWNER = "team:data-platform"
#: Values of the keys that know a few only.
CHOICES = {
    "history": ("season",),
    "covers": ("final_games", "scheduled_games"),
    "level": ("L1", "L2", "L3"),
    "view": ("true",),
    "bootstrap": ("empty",),
}
KEYS = (
    Key("description", "text", "What the table tells, and what it leaves out.", "Points per game.", is_required=True),
    Key("grain", "text", "What one row is.", "One row per player and game.", is_required=True),
    Key("key", "columns", "Columns that identify a row; none is NULL.", "game_id, player_lookup", is_required=True),
    Key(
        "unique",
        "columns",
        "Other columns that no two rows share.",
        "player_lookup, game_date",
        is_repeated=True,
    ),
    Key(
        "partition",
        "column",
        "Date column by which the table is stored, computed and judged; the query gives the rows from `@start_date` to "
        "`@end_date`. Left out: the table has no dates and is replaced whole.",
        "game_date",
    ),
    Key("cluster", "columns", "Columns by which the rows of a partition are ordered.", "player_lookup"),
    Key(
        "column",
        "name | type | rules | description",
        "One column, in the order of the last select. Types and rules stand below.",
        "points | int64 | range=0..100; unit=points | Points scored.",
        is_required=True,
        is_repeated=True,
    ),
    CHECK,
    Key(
        "covers",
        "/".join(CHOICES["covers"]),
        "Games of the schedule that must have rows.",
        "final_games",
    ),
    Key(
        "history",
        "season",
        "The query looks back from `@start_date` to `@history_start`, the first date of the season.",
        "season",
    ),
    Key(
        "guards",
        "table, days",
        "The look-back that must be whole before a date is computed: every slate of so many days in a table the query "
        "reads.",
        "nba_analytics.player_game_summary, 10",
    ),
    Key("level", "/".join(CHOICES["level"]), "Step of the precompute phase in which the table is computed.", "L1"),
    Key("bootstrap", "empty", "The first fourteen days of a season have no rows, on purpose.", "empty"),
    Key(
        "misses",
        "table",
        "Where entities are recorded that should have a row and cannot; the table shares the publication.",
        "nba_processing.precompute_failures",
    ),
    Key("view", "true", "Not stored: whoever reads it runs its query.", "true"),
    Key(
        "source",
        "folder, or reference:file",
        "Below which folder of `landing/` the records are, or which file of `nba_pipeline/reference/` has the rows; "
        "instead of a query.",
        "nbac_player_boxscores",
    ),
    Key(
        "replace_by",
        "columns",
        "A newer capture replaces every older row with the same values here; for a table with a source.",
        "game_id",
    ),
    Key("owner", "team:name, or an address", f"Who answers for the table; else `{OWNER}`.", "team:basketball"),
)


_BOUNDS = re.compile(r"^(?P<low>-?\d+(?:\.\d+)?)?\.\.(?P<high>-?\d+(?:\.\d+)?)?$")
_SHARE = re.compile(r"^(0|1|0?\.\d+)$")
_RULE = re.compile(r"^(?P<name>[a-z_ ]+?)\s*(?P<operator><=|=)\s*(?P<value>.+)$")


def _bounds(text: str) -> Bounds | None:
    matched = _BOUNDS.match(text)
    return Bounds(*(float(matched[side]) if matched[side] else None for side in ("low", "high"))) if matched else None


def _share(text: str) -> float | None:
    return float(text) if _SHARE.match(text) else None


def _choices(text: str) -> tuple[str, ...]:
    return tuple(choice.strip() for choice in text.split("/"))


@dataclass(frozen=True)
class Rule:
    """One rule of a column: how it is written, what it means, an example, and what it sets in ``Column``.

    ``read`` makes the value of the text, None where it cannot; ``mistake`` says so.
    """

    name: str
    value: str
    meaning: str
    example: str
    sets: str
    read: Callable[[str], object] = str
    mistake: Mistake = Mistake.UNKNOWN_RULE

    @property
    def written(self) -> str:
        """The rule as its writer sees it."""
        return f"{self.name}{'<=' if self.name == 'nulls' else '='}{self.value}" if self.value else self.name


RULES = (
    Rule("not null", "", "Every row has a value. Keys must have this rule.", "not null", "not_null", bool),
    Rule(
        "unit", "name", "What a number counts or measures; one quantity has one unit everywhere.", "unit=points", "unit"
    ),
    Rule(
        "range",
        "low..high",
        "Values outside stop the run, or put a landing record into quarantine. Either side may be empty.",
        "range=0..100",
        "range",
        _bounds,
        Mistake.NOT_A_RANGE,
    ),
    Rule(
        "warn",
        "low..high",
        "Values outside are possible but strange: a warning.",
        "warn=0..60",
        "warn",
        _bounds,
        Mistake.NOT_A_RANGE,
    ),
    Rule("in", "a/b/c", "The only values there are.", "in=home/away", "choices", _choices),
    Rule(
        "nulls",
        "share",
        "Largest share of rows without a value; more is a warning.",
        "nulls<=0.1",
        "null_share",
        _share,
        Mistake.NOT_A_SHARE,
    ),
    Rule("core", "", "A value that must not be the same in all rows of a month.", "core", "core", bool),
    Rule("from", "fields", "Landing fields the value is made of; else the column's name.", "from=PTS", "from_field"),
    Rule(
        "parse",
        "kind",
        "How a landing field is read where its type does not say it: a name in `raw/parsing.py`.",
        "parse=person_id",
        "parse",
    ),
    Rule(
        "team",
        "source",
        "The field names a team in the spelling of that source of `reference/team_aliases.csv`.",
        "team=nba",
        "team",
    ),
    Rule(
        "fold",
        "column",
        "The folded form of the name in another column, by which players are matched.",
        "fold=player_name",
        "fold",
    ),
)


def load_contract(path: Path) -> TableContract:
    """Read one table file.

    Raises:
        ContractError: names file, line and what to write instead.
    """
    first, *below = read_sections(path)
    return _Header(first).contract(below)


class _Header:
    """The header of one file while it is being read."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.line_of: dict[str, int] = {"query": section.sql_line}
        for entry in section.entries:
            self.line_of.setdefault(entry.key, entry.line)

    def contract(self, below: list[Section]) -> TableContract:
        stated, path = self.section, self.section.path
        stated.require(KEYS)
        dataset = path.parent.name
        if dataset not in DATASETS:
            raise stated.error(Mistake.NO_DATASET, 1, folder=dataset, known=", ".join(DATASETS))
        contract = TableContract(
            path=path,
            dataset=dataset,
            table=path.stem,
            description=stated.value("description") or "",
            grain=stated.value("grain") or "",
            key=self.names("key"),
            unique=tuple(_names(entry.value) for entry in stated.all("unique")),
            partition=stated.value("partition"),
            cluster=self.names("cluster"),
            history=self.choice("history"),
            source=stated.value("source"),
            replace_by=self.names("replace_by"),
            owner=stated.value("owner") or OWNER,
            misses=stated.value("misses"),
            covers=self.choice("covers"),
            is_view=self.choice("view") is not None,
            level=self.choice("level"),
            empty_in_bootstrap=self.choice("bootstrap") is not None,
            guards=self.guard(),
            columns=tuple(self.columns()),
            checks=tuple(self.checks(f"{dataset}.{path.stem}", below)),
            query=stated.sql or None,
            line_of=self.line_of,
        )
        self.cross_check(contract)
        return contract

    def error(self, mistake: Mistake, about: str, **named: object) -> Exception:
        """The error for a mistake in what a key states, or in what is stated about a column."""
        return self.section.error(mistake, self.line_of.get(about, 1), **named)

    def names(self, key: str) -> tuple[str, ...]:
        return _names(self.section.value(key) or "")

    def choice(self, key: str) -> str | None:
        value = self.section.value(key)
        if value is not None and value not in CHOICES[key]:
            raise self.error(Mistake.NOT_ONE_OF, key, value=value, key=key, known=", ".join(CHOICES[key]))
        return value

    def guard(self) -> Guard | None:
        stated = self.section.value("guards")
        if stated is None:
            return None
        table, _, days = (part.strip() for part in stated.partition(","))
        if not days.isdigit():
            example = next(key.example for key in KEYS if key.name == "guards")
            raise self.error(Mistake.NOT_A_GUARD, "guards", example=example)
        return Guard(table, int(days))

    def columns(self) -> Iterator[Column]:
        seen: set[str] = set()
        for entry in self.section.all("column"):
            parts = [part.strip() for part in entry.value.split("|", 3)]
            if len(parts) != 4 or not parts[0] or not parts[3]:
                raise self.section.error(Mistake.NOT_A_COLUMN, entry.line)
            name, type_, rules, description = parts
            self.line_of[name] = entry.line
            if type_ not in TYPES:
                raise self.error(Mistake.UNKNOWN_TYPE, name, column=name, type=type_, known=", ".join(TYPES))
            if name in seen:
                raise self.error(Mistake.COLUMN_TWICE, name, column=name)
            seen.add(name)
            yield Column(name=name, type=type_, description=description, **self.rules(name, rules))  # ty: ignore[invalid-argument-type]

    def rules(self, column: str, text: str) -> dict[str, object]:
        known = {rule.name: rule for rule in RULES}
        found: dict[str, object] = {"from_field": column}
        for stated in filter(None, (part.strip() for part in text.split(";"))):
            matched = _RULE.match(stated)
            rule = known.get(matched["name"] if matched else stated)
            if rule is None or bool(rule.value) != bool(matched):
                listed = ", ".join(one.written for one in RULES)
                raise self.error(Mistake.UNKNOWN_RULE, column, column=column, rule=stated, known=listed)
            value = rule.read(matched["value"].strip() if matched else stated)
            if value is None:
                raise self.error(rule.mistake, column, column=column, text=stated)
            found[rule.sets] = value
        return found

    def checks(self, table: str, below: list[Section]) -> Iterator[Check]:
        for entry in self.section.all("check"):
            check = read_check(self.section, entry)
            if not check.of_rows:
                raise self.section.error(Mistake.NOT_A_CHECK, entry.line)
            yield check
        for section in below:
            section.require(CHECK_KEYS)
            yield from checks_with_query(section, table)

    def cross_check(self, contract: TableContract) -> None:
        columns = {column.name: column for column in contract.columns}
        stated = {
            "key": contract.key,
            "partition": (contract.partition,) if contract.partition else (),
            "cluster": contract.cluster,
            "replace_by": contract.replace_by,
            "unique": tuple(name for names in contract.unique for name in names),
        }
        for key, names in stated.items():
            for name in names:
                if name not in columns:
                    raise self.error(Mistake.NO_SUCH_COLUMN, key, key=key, column=name)
        if contract.partition and columns[contract.partition].type != "date":
            raise self.error(Mistake.PARTITION_IS_NO_DATE, "partition", column=contract.partition)
        for name in contract.key:
            if not columns[name].not_null:
                raise self.error(Mistake.KEY_MAY_BE_NULL, name, column=name)
        if contract.query:
            self.compare_output(contract.query, tuple(columns))
        elif contract.is_view:
            raise self.error(Mistake.VIEW_WITHOUT_QUERY, "view")

    def compare_output(self, query: str, documented: tuple[str, ...]) -> None:
        """Documented columns equal the names the query's last select produces, in order."""
        try:
            _, produced = names_in(query)
        except sqlglot.ParseError as error:
            raise self.error(Mistake.NOT_GOOGLESQL, "query", error=error) from error
        for name in documented:
            if name not in produced:
                raise self.error(Mistake.NOT_PRODUCED, name, column=name)
        for name in produced:
            if name not in documented:
                raise self.error(Mistake.NOT_DOCUMENTED, "column", column=name)
        if produced != documented:
            raise self.error(Mistake.OTHER_ORDER, "column")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
