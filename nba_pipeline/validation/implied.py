"""The facts that a contract implies or states: keys, ranges, coverage of the schedule, look-backs.

Judging them belongs to ``facts``, checks in files of their own to ``catalogue``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg

from nba_pipeline.contract.table import Column, TableContract
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES, TRAIL, Fact, in_range, of_range, of_rows
from nba_pipeline.validation.lookback import SCHEDULE, accepted_dates, broken_lookback, unsound_upstreams
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.validation.written import written

#: What is computed from the facts of the games, slate by slate.
COMPUTED = ("nba_analytics", "nba_precompute", "nba_predictions")
#: When many players were away and many others stood in for them, so that no slate has its usual size.
THIN_SLATES = "date '2021-12-17' and date '2022-01-15'"


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
    if contract.covers:
        facts.append(_coverage(contract, contract.covers))
    if contract.source and contract.partition:
        facts.append(_quarantine(contract))
    if contract.misses == PRECOMPUTE_FAILURES:
        facts.append(_accounted(contract))
    if contract.empty_in_bootstrap:
        facts.append(_empty_bootstrap(contract))
    if contract.level and contract.guards:
        facts += [_upstream(contract), _lookback(contract)]
    columns = {column.name for column in contract.columns}
    if contract.covers and "home_game" in columns:
        facts.append(_home_side(contract))
    if contract.dataset in COMPUTED:
        if {"player_lookup", "game_id"} <= columns:
            facts.append(_fits_slate(contract))
        if "quality_tier" in columns:
            facts.append(_quality(contract))
        if contract.covers or contract.level:
            facts.append(_fresh(contract))
    if any(column.name == TRAIL for column in contract.columns):
        facts.append(_history_only(contract))
    return facts + [written(check, contract) for check in contract.checks]


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


def _coverage(contract: TableContract, games: str) -> Fact:
    wanted = "is_final" if games == "final_games" else "true"
    kind = games.replace("_", " ").removesuffix("s")
    trusted = contract.dataset == "nba_analytics"
    return Fact(
        name="covers_every_game",
        sentence=f"Every {kind} of the schedule has rows, or somebody accepted that no source has them.",
        severity=dg.AssetCheckSeverity.ERROR if trusted else dg.AssetCheckSeverity.WARN,
        blocking=trusted,
        violations=f"select game_date, game_id from {SCHEDULE} where game_date between @start_date and @end_date "
        f"and {wanted} and game_id not in (select game_id from {contract.name} "
        "where game_date between @start_date and @end_date) "
        f"and game_date not in ({accepted_dates(repr(contract.name))})",
        date="game_date",
        id="V03",
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
        date="analysis_date",
        id="V06",
    )


def _empty_bootstrap(contract: TableContract) -> Fact:
    date = contract.partition
    return Fact(
        name="bootstrap_is_empty",
        sentence="No row is dated in the first fourteen days of a season.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations=f"select dated.* from (select * from {contract.name} where {in_range(contract)}) as dated "
        "inner join nba_reference.season_calendar as calendar "
        f"on dated.{date} between calendar.regular_start and calendar.bootstrap_end",
        date=date,
        id="V25",
    )


def _history_only(contract: TableContract) -> Fact:
    return Fact(
        name="history_ends_before_the_slate",
        sentence="The newest game a row was made of is older than its slate.",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        id="V28",
        **of_rows(contract, f"substr({TRAIL}, -10) >= cast({contract.partition} as string)"),
    )


def _home_side(contract: TableContract) -> Fact:
    team = next(column.name for column in contract.columns if column.name in ("team_abbr", "defending_team_abbr"))
    return Fact(
        name="home_team_is_at_home",
        sentence="Who is at home is the home team of the schedule.",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations=f"select sides.*, dim_game.home_team_abbr from (select * from {contract.name} "
        f"where {in_range(contract)}) as sides inner join {SCHEDULE} as dim_game on sides.game_id = dim_game.game_id "
        f"where sides.home_game != (sides.{team} = dim_game.home_team_abbr)",
        date=contract.partition,
        id="V04",
    )


def _fits_slate(contract: TableContract) -> Fact:
    date = contract.partition
    wanted = "is_final" if contract.covers == "final_games" else "true"
    return Fact(
        name="rows_fit_the_slate",
        sentence="A slate has as many players as its number of games lets expect.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations=f"select stored.{date}, slates.games, stored.row_count from (select {date}, count(*) as row_count "
        f"from {contract.name} where {in_range(contract)} group by {date}) as stored inner join "
        f"(select game_date, count(*) as games from {SCHEDULE} where game_date between @start_date and @end_date "
        f"and {wanted} group by game_date) as slates on stored.{date} = slates.game_date "
        "where stored.row_count not between @fewest_rows_per_game * slates.games "
        f"and @most_rows_per_game * slates.games and stored.{date} not between {THIN_SLATES}",
        date=date,
        id="V07",
        thresholds={name: threshold("V07", name) for name in ("fewest_rows_per_game", "most_rows_per_game")},
    )


def _quality(contract: TableContract) -> Fact:
    score = next(column.name for column in contract.columns if column.name.endswith("quality_score"))
    good = "safe_divide(countif(dated.quality_tier in ('gold', 'silver')), count(dated.quality_tier))"
    return Fact(
        name="quality_is_high_after_a_month",
        sentence="From the second month on the mean quality is 75 or more, and four in five rows are gold or silver.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations=f"select avg(dated.{score}) as mean_quality, {good} as gold_and_silver_share, count(*) as row_count "
        f"from (select * from {contract.name} where {in_range(contract)}) as dated "
        "inner join nba_reference.season_calendar as calendar on dated.season_year = calendar.season_year "
        f"where date_diff(dated.{contract.partition}, calendar.regular_start, day) >= @settled_after_days "
        f"having avg(dated.{score}) < @mean_quality or {good} < @gold_and_silver_share",
        date=None,
        id="V20",
        thresholds={
            name: threshold("V20", name) for name in ("mean_quality", "gold_and_silver_share", "settled_after_days")
        },
    )


def _fresh(contract: TableContract) -> Fact:
    due = "analysis_date from nba_processing.precompute_slates" if contract.level else f"game_date from {SCHEDULE}"
    return Fact(
        name="newest_slate_is_there",
        sentence="The newest rows are of the newest date with final games, or of the day before it.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations="select newest.due_date, stored.newest_date from "
        f"(select max(game_date) as due_date from {SCHEDULE} where is_final and game_date <= @end_date "
        f"and game_date in (select {due})) as newest "
        f"cross join (select max({contract.partition}) as newest_date from {contract.name} "
        f"where {contract.partition} <= @end_date) as stored "
        "where newest.due_date is not null and (stored.newest_date is null "
        "or date_diff(newest.due_date, stored.newest_date, day) > @most_days_behind)",
        date=None,
        id="V27",
        thresholds={"most_days_behind": threshold("V27", "most_days_behind")},
    )


def _upstream(contract: TableContract) -> Fact:
    return Fact(
        name="upstreams_are_sound",
        sentence="What the rows of a slate are made of was computed and breaks no blocking fact.",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations=unsound_upstreams(contract),
        date="analysis_date",
        id="V15",
    )


def _lookback(contract: TableContract) -> Fact:
    assert contract.guards is not None
    return Fact(
        name="lookback_is_whole",
        sentence=f"{contract.guards.table} and the schedule are whole over the game dates of the "
        f"{contract.guards.days} days before every slate.",
        severity=dg.AssetCheckSeverity.ERROR,
        blocking=True,
        violations=broken_lookback(contract),
        date="analysis_date",
        id="V16",
    )


def _quarantine(contract: TableContract) -> Fact:
    return Fact(
        name="no_record_in_quarantine",
        sentence="Every record of the landing files could be read, and no newer capture lacks rows of an older one.",
        severity=dg.AssetCheckSeverity.WARN,
        blocking=False,
        violations="select landing_date, source_file, record_number, field, value, reason from nba_raw.quarantine "
        f"where table_name = '{contract.name}' and landing_date between @start_date and @end_date",
        date="landing_date",
    )
