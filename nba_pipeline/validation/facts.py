"""Facts about tables, made from their contracts: each is a query whose rows break it, so each can fail.

The audit before publication guards keys and dates; facts look at what is stored, so they can be judged at any time.
How a verdict becomes a Dagster check result belongs to ``checks``.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract import Column, TableContract
from nba_pipeline.warehouse.seam import Query, Value, Warehouse

SHOWN_ROWS = 5
#: A column that is the same everywhere is suspicious only over a range this long.
VARIATION_DAYS = 28
SPINE = "nba_reference.dim_game"
PRECOMPUTE_FAILURES = "nba_processing.precompute_failures"


@dataclass(frozen=True)
class Fact:
    """One check of one table: ``violations`` is the GoogleSQL query whose rows break the fact."""

    name: str
    sentence: str
    severity: dg.AssetCheckSeverity
    blocking: bool
    violations: str


@dataclass(frozen=True)
class Verdict:
    """Outcome of one fact over one range."""

    fact: Fact
    passed: bool
    violations: int
    rows: Sequence[Mapping[str, object]]


def facts_of(contract: TableContract) -> list[Fact]:
    """Every fact a contract implies or states."""
    facts = [_unique(contract, contract.key, "key_is_unique")]
    facts += [_unique(contract, names, f"unique_{'_'.join(names)}") for names in contract.unique]
    ranged = [test for column in contract.columns for test in _range_tests(column)]
    if ranged:
        facts.append(_fact(contract, "values_are_possible", "Every value lies in its documented range.", ranged))
    usual = [
        f"{column.name} not between {_bounds(column.warn.low, column.warn.high)}"
        for column in contract.columns
        if column.warn
    ]
    if usual:
        facts.append(_fact(contract, "values_are_usual", "Values lie in their usual range.", usual, error=False))
    for column in contract.columns:
        if column.null_share is not None:
            facts.append(_null_share(contract, column, column.null_share))
    facts += [_varies(contract, column) for column in contract.columns if column.core]
    if contract.covers:
        facts.append(_coverage(contract, contract.covers))
    if contract.source and contract.partition:
        facts.append(_quarantine(contract))
    if contract.misses == PRECOMPUTE_FAILURES:
        facts.append(_accounted(contract))
    facts += [
        Fact(
            name=check.name,
            sentence=check.sentence,
            severity=dg.AssetCheckSeverity.ERROR if check.severity == "error" else dg.AssetCheckSeverity.WARN,
            blocking=check.severity == "error",
            violations=f"select * from {contract.name} where {_in_range(contract)} and ({check.violation})",
        )
        for check in contract.checks
    ]
    return facts


def evaluate(warehouse: Warehouse, facts: Sequence[Fact], dates: DateRange | None) -> Iterator[Verdict]:
    """Judge facts over a range (None: everything stored) on one snapshot of the warehouse."""
    parameters: dict[str, Value] = {
        "start_date": dates.start if dates else dt.date.min,
        "end_date": dates.end if dates else dt.date.max,
    }
    counts = warehouse.read_many(
        [Query(f"select count(*) as violations from ({fact.violations})", parameters) for fact in facts]
    )
    failing = [fact for fact, table in zip(facts, counts, strict=True) if table["violations"][0].as_py()]
    samples = (
        dict(
            zip(
                (fact.name for fact in failing),
                warehouse.read_many(
                    [Query(f"select * from ({fact.violations}) limit {SHOWN_ROWS}", parameters) for fact in failing]
                ),
                strict=True,
            )
        )
        if failing
        else {}
    )
    for fact, table in zip(facts, counts, strict=True):
        found = int(table["violations"][0].as_py())
        yield Verdict(
            fact=fact,
            passed=found == 0,
            violations=found,
            rows=samples[fact.name].to_pylist() if fact.name in samples else [],
        )


def _fact(contract: TableContract, name: str, sentence: str, tests: Sequence[str], *, error: bool = True) -> Fact:
    return Fact(
        name=name,
        sentence=sentence,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        blocking=error,
        violations=f"select * from {contract.name} where {_in_range(contract)} and ({' or '.join(tests)})",
    )


def _unique(contract: TableContract, names: Sequence[str], name: str) -> Fact:
    listed = ", ".join(names)
    filled = " and ".join(f"{column} is not null" for column in names)
    return Fact(
        name=name,
        sentence=f"No two rows share ({listed}).",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations=f"select {listed}, count(*) as row_count from {contract.name} "
        f"where {_in_range(contract)} and {filled} group by {listed} having count(*) > 1",
    )


def _range_tests(column: Column) -> Iterator[str]:
    if column.range:
        yield f"{column.name} not between {_bounds(column.range.low, column.range.high)}"
    if column.choices:
        yield f"{column.name} not in ({', '.join(repr(choice) for choice in column.choices)})"
    if column.type == "float64":
        yield f"is_nan({column.name}) or is_inf({column.name})"


def _bounds(low: float | None, high: float | None) -> str:
    return f"{-1e15 if low is None else low:.15g} and {1e15 if high is None else high:.15g}"


def _null_share(contract: TableContract, column: Column, share: float) -> Fact:
    return Fact(
        name=f"{column.name}_is_filled",
        sentence=f"At most {share:.0%} of the rows lack {column.name}.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations=f"select countif({column.name} is null) as rows_without, count(*) as row_count from {contract.name} "
        f"where {_in_range(contract)} having safe_divide(countif({column.name} is null), count(*)) > {share}",
    )


def _varies(contract: TableContract, column: Column) -> Fact:
    return Fact(
        name=f"{column.name}_varies",
        sentence=f"{column.name} is not the same in all rows of a month or more.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations=f"select count(distinct {column.name}) as distinct_values, count(*) as row_count "
        f"from {contract.name} where {_in_range(contract)} "
        f"having count(distinct {column.name}) < 2 and count(distinct {contract.partition}) >= {VARIATION_DAYS - 8}",
    )


def _coverage(contract: TableContract, games: str) -> Fact:
    wanted = "is_final" if games == "final_games" else "true"
    kind = games.replace("_", " ").removesuffix("s")
    return Fact(
        name="covers_every_game",
        sentence=f"Every {kind} of the schedule has rows.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations=f"select game_date, game_id from {SPINE} where game_date between @start_date and @end_date "
        f"and {wanted} and game_id not in (select game_id from {contract.name} "
        "where game_date between @start_date and @end_date)",
    )


def _accounted(contract: TableContract) -> Fact:
    of_table = f"processor_name = '{contract.table}' and analysis_date between @start_date and @end_date"
    return Fact(
        name="everybody_is_accounted_for",
        sentence="Every entity of the population has a row or a recorded failure, and not both.",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations="select population.analysis_date, population.entity_id, "
        "if(outputs.entity_id is null, 'neither row nor failure', 'row and failure') as problem "
        f"from (select * from nba_processing.precompute_population where {of_table}) as population "
        f"left join (select * from nba_processing.precompute_outputs where {of_table}) as outputs "
        "on population.analysis_date = outputs.analysis_date and population.entity_id = outputs.entity_id "
        f"left join (select * from {PRECOMPUTE_FAILURES} where {of_table}) as failures "
        "on population.analysis_date = failures.analysis_date and population.entity_id = failures.entity_id "
        "where (outputs.entity_id is null) = (failures.entity_id is null)",
    )


def _quarantine(contract: TableContract) -> Fact:
    return Fact(
        name="no_record_in_quarantine",
        sentence="Every record of the landing files could be read.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations="select landing_date, source_file, record_number, field, value, reason from nba_raw.quarantine "
        f"where table_name = '{contract.name}' and landing_date between @start_date and @end_date",
    )


def _in_range(contract: TableContract) -> str:
    return f"{contract.partition} between @start_date and @end_date" if contract.partition else "true"
