"""The facts that a contract implies or states: keys, ranges, coverage of the schedule, look-backs.

Judging them belongs to ``facts``, checks in files of their own to ``catalogue``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg

from nba_pipeline.contract.checks import Check
from nba_pipeline.contract.table import Column, TableContract
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES, TRAIL, Fact, in_range, of_range, of_rows
from nba_pipeline.validation.lookback import SCHEDULE, gaps, pregame_upstreams
from nba_pipeline.validation.query_files import check_of_contract, texts
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.validation.written import written

#: What is computed from the facts of the games, slate by slate.
COMPUTED = ("nba_analytics", "nba_precompute", "nba_predictions")


def facts_of(contract: TableContract) -> list[Fact]:
    """Every fact a contract implies or states."""
    facts = [_unique(contract, contract.key, "key_is_unique")]
    facts += [_unique(contract, names, f"unique_{'_'.join(names)}") for names in contract.unique]
    facts.append(_filled(contract))
    ranged = [test for column in contract.columns for test in _range_tests(column)]
    if ranged:
        possible = _fact(contract, "values_are_possible", "Every value lies in its documented range.", ranged)
        facts.append(replace(possible, id="V19" if contract.dataset == "nba_predictions" else "V11"))
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
    facts += [written(check, contract) for check in (*_of_contract(contract), *contract.checks)]
    return facts


def _of_contract(contract: TableContract) -> Iterator[Check]:
    """The checks of ``checks/of_contracts`` that concern a table, by what its contract states."""
    columns = {column.name for column in contract.columns}
    kind = {"the_kind": "final" if contract.covers == "final_games" else "scheduled"}
    if contract.covers:
        check = check_of_contract("covers_every_game", contract, kind)
        # Of a source nobody can demand every game; what is made of them must be whole.
        yield check if contract.dataset == "nba_analytics" else replace(check, severity="warn")
    if contract.source and contract.partition:
        yield check_of_contract("no_record_in_quarantine", contract)
    if contract.misses == PRECOMPUTE_FAILURES:
        yield check_of_contract("everybody_is_accounted_for", contract, {"the_processor": contract.table})
    if contract.empty_in_bootstrap:
        yield check_of_contract("bootstrap_is_empty", contract)
    if contract.level and contract.guards:
        upstream, days = contract.guards.table, str(contract.guards.days)
        read = texts((*pregame_upstreams(contract), upstream))
        named = {"the_upstream": upstream, "the_days": days, "the_pregame_and_upstream": read}
        yield check_of_contract("upstreams_are_sound", contract, named)
        yield check_of_contract("lookback_is_whole", contract, {**named, "the_gaps": f"({gaps(contract)})"})
    if contract.covers and "home_game" in columns:
        (team,) = columns & {"team_abbr", "defending_team_abbr"}
        yield check_of_contract("home_team_is_at_home", contract, {"the_team": team})
    if contract.dataset in COMPUTED:
        if {"player_lookup", "game_id"} <= columns:
            yield check_of_contract("rows_fit_the_slate", contract, kind)
        if "quality_tier" in columns:
            (score,) = (name for name in columns if name.endswith("quality_score"))
            yield check_of_contract("quality_is_high_after_a_month", contract, {"the_score": score})
        if contract.covers or contract.level:
            date, table = (
                ("analysis_date", "nba_processing.precompute_slates") if contract.level else ("game_date", SCHEDULE)
            )
            named = {"the_due_date": date, "the_due_table": table}
            yield check_of_contract("newest_slate_is_there", contract, named)
    if TRAIL in columns:
        yield check_of_contract("history_ends_before_the_slate", contract)


def _fact(contract: TableContract, name: str, sentence: str, tests: Sequence[str], *, error: bool = True) -> Fact:
    return Fact(
        name=name,
        sentence=sentence,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        blocking=error,
        **of_rows(contract, " or ".join(tests)),
    )


def _unique(contract: TableContract, names: Sequence[str], name: str) -> Fact:
    listed = ", ".join(names)
    filled = " and ".join(f"{column} is not null" for column in names)
    date = contract.partition if contract.partition and contract.partition not in names else None
    return Fact(
        name=name,
        sentence=f"No two rows share ({listed}).",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations=f"select {listed}, {f'min({date}) as {date}, ' if date else ''}count(*) as row_count "
        f"from {contract.name} where {in_range(contract)} and {filled} group by {listed} having count(*) > 1",
        date=contract.partition,
        id="V01",
    )


def _filled(contract: TableContract) -> Fact:
    names = dict.fromkeys((*contract.key, *([contract.partition] if contract.partition else [])))
    # Rows without a date belong to no range: they are looked for everywhere.
    dated = f"({in_range(contract)} or {contract.partition} is null)" if contract.partition else "true"
    return Fact(
        name="key_is_filled",
        sentence=f"Every row has {', '.join(names)}.",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations=f"select * from {contract.name} where {dated} "
        f"and ({' or '.join(f'{name} is null' for name in names)})",
        date=contract.partition,
        id="V02",
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
        **of_range(
            contract,
            f"countif({column.name} is null) as rows_without",
            f"safe_divide(countif({column.name} is null), count(*)) > {share}",
        ),
    )


def _varies(contract: TableContract, column: Column) -> Fact:
    return Fact(
        name=f"{column.name}_varies",
        sentence=f"{column.name}, where it is known, is not the same in all rows of a month or more.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        **of_range(
            contract,
            f"min({column.name}) as the_only_value",
            f"min({column.name}) = max({column.name}) and count(distinct {contract.partition}) >= @fewest_days",
        ),
        id="V18",
        thresholds={"fewest_days": threshold("V18", "fewest_days")},
    )
