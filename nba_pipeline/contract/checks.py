"""The format of hand-written checks, in table files and in files of their own below ``checks/``.

Numbers by which they judge, and how a check becomes a query that counts, belong to ``validation``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from nba_pipeline.contract.header import Entry, Key, Section, read_sections
from nba_pipeline.contract.mistakes import Mistake

Severity = Literal["block", "error", "warn"]

SEVERITIES: dict[Severity, str] = {
    "block": "the run stops there: nothing that reads the table is computed",
    "error": "the run goes on; `failed` and `retry` treat the partition as failed, readiness says ERROR",
    "warn": "shown and counted, never in the way",
}
#: Longest predicate that may stand in a header line.
LONGEST = 160

CHECK = Key(
    "check",
    "[Vnn] name | severity | sentence | predicate",
    "A fact that must hold. `Vnn` is its entry in the catalog of checks, left out for a fact of one table alone. The "
    "predicate is true for a row that breaks it. Without a predicate the query below the header gives the rows.",
    "V11 points_are_even | warn | Points are even. | mod(points, 2) = 1",
    is_repeated=True,
)
#: What may stand below a ``check`` whose query follows. Several checks above one query share it.
CHECK_KEYS = (
    CHECK,
    Key(
        "date",
        "column",
        "Column of the query's rows that says which partition is broken. Left out: only the range as a whole is.",
        "game_date",
        is_repeated=True,
    ),
    Key(
        "valid_share",
        "threshold",
        "The query gives rows with a column `is_valid`; the check breaks where a smaller share of them is valid, of "
        "a `date` if one is stated, else of the range.",
        "valid_share_of_a_date",
        is_repeated=True,
    ),
    Key(
        "threshold",
        "parameter = threshold",
        "The number this check gives to a parameter of a query that several checks share.",
        "least_ratio = regression_ratio",
        is_repeated=True,
    ),
)
#: In a file of its own a check says which table it is about.
FILE_KEYS = (
    Key(
        "table",
        "dataset.table",
        "The table the checks are about.",
        "nba_analytics.player_game_summary",
        is_required=True,
    ),
    replace(CHECK, is_required=True),
    *CHECK_KEYS[1:],
)
_ID = re.compile(r"^V\d\d$")
_THRESHOLD = re.compile(r"^(?P<parameter>[a-z_]+) *= *(?P<threshold>[a-z_]+)$")


@dataclass(frozen=True)
class Check:
    """A hand-written fact about a table.

    ``of_rows`` is the GoogleSQL predicate that is true for a row that breaks it; without it the rows of ``query``
    break it, ``date`` being their column that says which partition, or, with ``valid_share``, too many of its rows
    are not ``is_valid``. ``id`` is its entry in the catalog, empty for a fact of one table alone. ``thresholds`` maps
    parameters of the query to the thresholds they stand for.
    """

    name: str
    severity: Severity
    sentence: str
    id: str
    path: Path
    line: int
    of_rows: str | None = None
    query: str = ""
    date: str | None = None
    valid_share: str | None = None
    thresholds: dict[str, str] = field(default_factory=dict, hash=False)


def read_check_file(path: Path) -> tuple[Section, list[Check]]:
    """The section of a file of checks, which names their table, and its checks.

    Raises:
        ContractError: names file, line and what to write instead.
    """
    section = read_sections(path)[0]
    section.require(FILE_KEYS)
    return section, list(checks_with_query(section, section.value("table") or ""))


def checks_with_query(section: Section, table: str) -> Iterator[Check]:
    """The checks above one query."""
    groups: list[list[Entry]] = []
    for entry in section.entries:
        if entry.key == "check":
            groups.append([entry])
        elif groups:
            groups[-1].append(entry)
        elif entry.key != "table":
            raise section.error(Mistake.NO_CHECK_ABOVE, entry.line)
    if not groups:
        raise section.error(Mistake.NO_CHECK_ABOVE, section.line)
    for stated, *others in groups:
        check = read_check(section, stated)
        if not section.sql:
            raise section.error(Mistake.CHECK_WITHOUT_QUERY, stated.line, name=check.name)
        values = {entry.key: entry for entry in others}
        date, share = values.get("date"), values.get("valid_share")
        yield replace(
            check,
            query=section.sql,
            of_rows=_predicate(section.sql, table),
            date=date.value if date else None,
            valid_share=share.value if share else None,
            thresholds=dict(_threshold(section, entry) for entry in others if entry.key == "threshold"),
        )


def read_check(section: Section, stated: Entry) -> Check:
    """One ``check`` as it is stated, with its predicate if it has one."""
    parts = [part.strip() for part in stated.value.split("|", 3)]
    if len(parts) < 3 or parts[1] not in SEVERITIES or not all(parts):
        raise section.error(Mistake.NOT_A_CHECK, stated.line)
    title, severity, sentence, predicate = (*parts, "")[:4]
    id_, _, name = title.rpartition(" ")
    if id_ and not _ID.match(id_):
        raise section.error(Mistake.NO_CATALOG_NUMBER, stated.line, title=title)
    if len(predicate) > LONGEST or "(select" in predicate:
        raise section.error(Mistake.LONG_PREDICATE, stated.line, name=name, most=LONGEST)
    return Check(name, cast("Severity", severity), sentence, id_, section.path, stated.line, of_rows=predicate or None)


def _threshold(section: Section, entry: Entry) -> tuple[str, str]:
    matched = _THRESHOLD.match(entry.value)
    if not matched:
        raise section.error(Mistake.NOT_A_THRESHOLD, entry.line, example=CHECK_KEYS[-1].example)
    return matched["parameter"], matched["threshold"]


def _predicate(query: str, table: str) -> str | None:
    """The predicate of a query that gives the rows of the table for which it is true, and needs nothing else."""
    matched = re.match(rf"^select \*\s+from {re.escape(table)}\s+where\s(?P<predicate>.*)$", query, re.DOTALL)
    return matched["predicate"].strip() if matched and "@" not in query else None
