"""Facts of the catalogue gathered into lines of a report: judged anew each time, nothing is stored.

What a single fact is stands in the catalogue and in the contracts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import Verdict as Result
from nba_pipeline.document import shortened
from nba_pipeline.operations.findings import Finding
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Fact, Verdict, evaluate
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Warehouse


@dataclass(frozen=True)
class Judged:
    """One fact of one table over a range."""

    table: TableContract
    verdict: Verdict

    @property
    def is_error(self) -> bool:
        """Whether the fact fails a report when it is broken."""
        return self.verdict.fact.severity is dg.AssetCheckSeverity.ERROR

    @property
    def words(self) -> str:
        """How it is broken."""
        found = self.verdict
        where = f" on {shortened(list(found.by_date))}" if found.by_date else ""
        return f"{self.table.table}.{found.fact.name}: {found.violations} violations{where}"


def judge(
    warehouse: Warehouse,
    tables: Iterable[TableContract],
    dates: DateRange,
    wanted: Callable[[Fact], bool] = lambda _: True,
) -> list[Judged]:
    """The verdicts of the wanted facts of tables."""
    warehouse.create(load_contracts().values())
    return [
        Judged(table, verdict)
        for table in tables
        for verdict in evaluate(warehouse, [fact for fact in checks_of(table) if wanted(fact)], dates)
    ]


def judge_facts(
    warehouse: Warehouse, tables: Sequence[TableContract], dates: DateRange, lines: Mapping[str, Sequence[str]]
) -> list[Finding]:
    """One line per title, about the facts with its catalogue entries."""
    asked = {id_ for ids in lines.values() for id_ in ids}
    judged = judge(warehouse, tables, dates, lambda fact: fact.id in asked)
    return [facts_finding(title, judged, ids) for title, ids in lines.items()]


def facts_finding(
    title: str, judged: Iterable[Judged], ids: Sequence[str], number: int | None = None, *, absent: Result = "INFO"
) -> Finding:
    """A line that is the sum of the facts with these catalogue entries; ``absent`` when no table states any."""
    asked = [one for one in judged if one.verdict.fact.id in ids]
    named = f"of {' and '.join(ids)} "
    if not asked:
        said = f"no fact {named}is stated for these tables"
        return Finding(title, absent, said, "State it below checks/.", number)
    return _summed(title, asked, named, number)


def other_errors(judged: Iterable[Judged], ids: Iterable[str]) -> Finding:
    """A line about every error-level fact of other catalogue entries."""
    asked = [one for one in judged if one.is_error and one.verdict.fact.id not in ids]
    return _summed("every other error-level check", asked, "")


def _summed(title: str, asked: Sequence[Judged], named: str, number: int | None = None) -> Finding:
    broken = sorted((one for one in asked if not one.verdict.passed), key=lambda one: not one.is_error)
    if not broken:
        tables = len({one.table.name for one in asked})
        return Finding(title, "PASS", f"{len(asked)} facts {named}hold in {tables} tables", "", number)
    errors = [one for one in broken if one.is_error]
    ids = dict.fromkeys(one.verdict.fact.id for one in errors or broken)
    remedies = dict.fromkeys(catalogue()[id_].remedy for id_ in ids if id_)
    said = tuple(one.words for one in broken)
    return Finding(
        title,
        "FAIL" if errors else "WARN",
        f"{len(broken)} of {len(asked)} facts {named}are broken; {said[0]}",
        " ".join(remedies) or "Materialise the named dates again.",
        number,
        said,
    )
