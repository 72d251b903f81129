"""The checks of a table: those its contract implies, and those written by hand in ``checks/*.sql``.

One file below ``checks`` is one check of one table: a header, then a GoogleSQL query whose rows break it. Its
parameters are ``@start_date``, ``@end_date`` and the thresholds of its catalogue entry, by name.

    -- check: V08
    -- name: minutes_are_filled
    -- table: nba_analytics.player_game_summary
    -- severity: error            (block: downstream does not run; error; warn)
    -- date: game_date            (column of the rows that says which partition is broken; left out: the whole range)
    -- sentence: At most one in a hundred players who played lacks his minutes.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import dagster as dg

from nba_pipeline.contract.catalog import declared, load_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import ContractError
from nba_pipeline.validation.facts import Fact, facts_of
from nba_pipeline.validation.thresholds import PACKAGED, catalogue

FOLDER = PACKAGED.parent
_BOUNDS = frozenset({"start_date", "end_date"})
_HEADER = re.compile(r"^-- (?P<name>check|name|table|severity|date|sentence): (?P<value>.+)$")
_REQUIRED = ("check", "name", "table", "severity", "sentence")
_PARAMETER = re.compile(r"@(\w+)")


def checks_of(contract: TableContract) -> list[Fact]:
    """Every check of one table, generated and written by hand."""
    return facts_of(contract) + [fact for table, fact in written_checks().values() if table == contract.name]


def written_checks(folder: Path = FOLDER) -> Mapping[str, tuple[str, Fact]]:
    """The hand-written checks by file name: the table each belongs to, and the fact.

    Raises:
        ContractError: for a header that lacks something, an unknown table or column, an unknown threshold.
    """
    numbers = tuple(sorted(_numbers().items()))
    return {path.name: _read(path, path.stat().st_mtime_ns, numbers) for path in sorted(folder.glob("*.sql"))}


def _numbers() -> Mapping[str, tuple[tuple[str, float], ...]]:
    return {id_: tuple(sorted(entry.thresholds.items())) for id_, entry in catalogue().items()}


@cache
def _read(
    path: Path,
    changed: int,  # noqa: ARG001  a changed file is read again
    numbers: tuple[tuple[str, tuple[tuple[str, float], ...]], ...],
) -> tuple[str, Fact]:
    header, query = _split(path)
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise ContractError(f"{path}:1: the header lacks '-- {missing[0]}: …'; state it.")
    id_, table, severity = header["check"], header["table"], header["severity"]
    known = {one: dict(names) for one, names in numbers}
    if id_ not in known:
        raise ContractError(f"{path}:1: {id_!r} is no catalogue entry; write one of {', '.join(known)}.")
    if table not in load_contracts():
        raise ContractError(f"{path}:1: no table file declares {table!r}.")
    if severity not in ("block", "error", "warn"):
        raise ContractError(f"{path}:1: severity is {severity!r}; write block, error or warn.")
    if "date" not in header and declared(table).partition is None:
        raise ContractError(f"{path}:1: {table} has no partitions; a check of it needs none either: use its contract.")
    used = set(_PARAMETER.findall(query)) - _BOUNDS
    unknown = sorted(used - known[id_].keys())
    if unknown:
        raise ContractError(
            f"{path}: the query uses @{unknown[0]}, which {PACKAGED.name} does not state below {id_}; state it there."
        )
    return table, Fact(
        name=header["name"],
        sentence=header["sentence"],
        severity=dg.AssetCheckSeverity.WARN if severity == "warn" else dg.AssetCheckSeverity.ERROR,
        blocking=severity == "block",
        violations=query,
        date=header.get("date"),
        id=id_,
        thresholds={name: known[id_][name] for name in sorted(used)},
    )


def _split(path: Path) -> tuple[dict[str, str], str]:
    """Header values and the query below them; a header line may go on after ``--   ``."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header: dict[str, str] = {}
    last = ""
    for number, line in enumerate(lines):
        if not line.startswith("--"):
            return header, "\n".join(lines[number:]).strip()
        matched = _HEADER.match(line)
        if matched:
            last = matched["name"]
            header[last] = matched["value"].strip()
        elif line.startswith("--   ") and last:
            header[last] += f" {line[2:].strip()}"
        else:
            raise ContractError(
                f"{path}:{number + 1}: write '-- name: value' with one of {', '.join(_REQUIRED)}, date."
            )
    raise ContractError(f"{path}: there is no query below the header.")
