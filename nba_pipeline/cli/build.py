"""Commands that bring sources in and build tables from them, and those a developer of the models needs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline import remedies
from nba_pipeline.calendar import DateRange, all_dates, parse_range, season, season_range
from nba_pipeline.cli.backfill import BackfillMode, Override, Skip, Strict
from nba_pipeline.cli.opening import warehouse as current_warehouse
from nba_pipeline.cli.output import Json, console, print_json, progress, say, show
from nba_pipeline.document import Table
from nba_pipeline.errors import UsageError
from nba_pipeline.home import current_home

if TYPE_CHECKING:
    from nba_pipeline.completeness.readiness import TableReadiness
    from nba_pipeline.operations.launch import Outcome
    from nba_pipeline.switches import Switches

app = typer.Typer()
ingest = typer.Typer(no_args_is_help=True, help="Put source files into landing.")
app.add_typer(ingest, name="ingest")

QUICKSTART = ("2021-10-19", "2021-11-15")

Start = Annotated[str | None, typer.Option("--start", help="First Eastern game date, YYYY-MM-DD.")]
End = Annotated[str | None, typer.Option("--end", help="Last Eastern game date, YYYY-MM-DD.")]
Seasons = Annotated[str, typer.Option("--seasons", help="Season labels, separated by commas: 2021-22,2022-23.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same league, byte for byte.")]
Faults = Annotated[str, typer.Option("--faults", help="all, none, or fault names separated by commas.")]


@app.command()
def quickstart(seed: Seed = 7) -> None:
    """Simulate the first four weeks of 2021-22, build every table, print what is ready."""
    dates = parse_range(*QUICKSTART)
    home = current_home()
    console.print(f"Home: {home.root}   Simulated league, seed {seed}, {dates}")
    _simulate(["2021-22"], seed, dates, "all")
    outcome = _materialise([], dates)
    _print_readiness(dates, outcome)
    console.print(f"\nReadiness with a heat map: {home.reports / 'readiness.html'}", highlight=False, soft_wrap=True)
    console.print("Open the UI on this result, from the same folder:  dagster dev   (then http://localhost:3000)")
    if not outcome.is_sound:
        raise typer.Exit(1)


@ingest.command("simulated")
def ingest_simulated(
    labels: Seasons = "2021-22",
    seed: Seed = 7,
    start: Start = None,
    end: End = None,
    faults: Faults = "all",
) -> None:
    """Write a simulated league into landing; every file is labelled simulated."""
    known = sorted((season(label.strip()) for label in labels.split(",")), key=lambda one: one.season_year)
    dates = parse_range(start or known[0].regular_start.isoformat(), end or season_range(known[-1]).end.isoformat())
    if not any(one.regular_start <= day <= one.season_end for one in known for day in dates.dates()):
        names = ", ".join(f"{one.label} ({one.regular_start}...{one.season_end})" for one in known)
        raise UsageError(f"No date of {dates} is in {names}: name the season of these dates with --seasons.")
    _simulate([one.label for one in known], seed, dates, faults)


@ingest.command("archive")
def ingest_archive(
    folder: Annotated[Path, typer.Argument(help="Folder with downloaded public archives.")],
    start: Start = None,
    end: End = None,
    market: Annotated[
        str,
        typer.Option(
            "--market",
            help="Market of props files that do not say it: points, or as points_rebounds_assists.",
        ),
    ] = "",
    *,
    as_json: Json = False,
) -> None:
    """Read public archives into landing and say what each file became, what they cover and what they lack."""
    from nba_pipeline.archive import ingest as archive
    from nba_pipeline.operations.archive_gaps import accept_lacking

    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: give the folder that holds the downloaded archives.")
    dates = parse_range(start or all_dates().start.isoformat(), end or all_dates().end.isoformat())
    report = archive.ingest_archive(folder, current_home().landing, dates.start, dates.end, market)
    gaps = accept_lacking(current_warehouse(), current_home().landing, dates) if report.sources else []
    if as_json:
        print_json({**report.document, "gaps": [one.line for one in gaps]})
    else:
        for line in (*report.lines, *(one.line for one in gaps)):
            say(line)
    if not report.sources:
        raise UsageError(f"Nothing in {folder} dated {dates} became a landing file: the lines above say why, per file.")


@app.command()
def materialize(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables, datasets or levels (L1, L2, L3); everything when left out.")
    ] = None,
    partition_range: Annotated[
        str, typer.Option("--partition-range", help="One date, or FIRST...LAST, Eastern game dates.")
    ] = "",
    *,
    backfill_mode: BackfillMode = False,
    skip_downstream_trigger: Skip = False,
    strict_mode: Strict = True,
    gate_override_reason: Override = "",
) -> None:
    """Materialise tables over a range as one Dagster run and print what is ready."""
    from nba_pipeline.switches import Switches

    dates = _range(partition_range)
    switches = Switches(backfill_mode, skip_downstream_trigger, strict_mode, gate_override_reason)
    outcome = _materialise(tables or [], dates, switches)
    if outcome.success:
        _print_readiness(dates, outcome, tables or [])
    if not outcome.is_sound:
        raise typer.Exit(1)


@app.command()
def affected(
    date: Annotated[str, typer.Argument(help="Corrected game date, YYYY-MM-DD.")],
    rematerialize: Annotated[
        bool, typer.Option("--rematerialize", help="Compute the listed partitions again.")
    ] = False,
) -> None:
    """List the partitions that used the games of a corrected date."""
    from nba_pipeline.operations.cascade import affected_by, range_to_repair

    day = parse_range(date).start
    found = affected_by(current_warehouse(), day)
    rows = [
        (
            one.table.name,
            len(one.dates),
            one.dates[0],
            one.dates[-1],
            f"{one.rows:,}",
            None if one.naming_rows is None else f"{one.naming_rows:,}",
        )
        for one in found
    ]
    show(
        [Table(f"Used the games of {day}", ("table", "partitions", "first", "last", "rows", "rows that name it"), rows)]
    )
    dates = range_to_repair(found)
    if dates is None:
        say(f"Nothing stored has used the games of {day}.")
        return
    names = [one.table.name for one in found]
    if not rematerialize:
        say(f"Compute them again: {remedies.materialize(dates, names)}")
        return
    outcome = _materialise(names, dates)
    _print_readiness(dates, outcome, names)
    if not outcome.is_sound:
        raise typer.Exit(1)


@app.command()
def bench(
    seasons: Annotated[int, typer.Option("--seasons", min=1, max=5, help="How many seasons, from 2021-22 on.")] = 1,
    seed: Seed = 7,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the benchmark's home folder for a next time.")] = False,
    peer: Annotated[
        str, typer.Option("--peer", help="Also let dbt build the same tables; needs the extra bench.")
    ] = "",
) -> None:
    """Measure a rebuild through Dagster against its bare SQL, on simulated seasons."""
    from nba_pipeline import benchmark

    if peer not in ("", "dbt"):
        raise UsageError(f"No peer {peer!r}: choose dbt.")
    benchmark.run(seasons, seed, keep=keep, say=lambda line: console.print(line, highlight=False), peer=bool(peer))


@app.command()
def dictionary(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the stored pages are current.")] = False,
) -> None:
    """Write what is generated from the contracts: the dictionary, the pages of checks and of the format, some views."""
    from nba_pipeline.completeness.tracked import tracking_views
    from nba_pipeline.contract.catalog import forget
    from nba_pipeline.features import vector_views
    from nba_pipeline.pages import checks, contract_format
    from nba_pipeline.pages import dictionary as tables

    views: dict[Path, str] = {}
    for written in (vector_views, tracking_views):
        views |= written()
        if not check:
            # The contracts are read from these files.
            for path, text in views.items():
                path.write_text(text, encoding="utf-8")
            forget()
    pages = {
        **views,
        tables.PAGE: tables.dictionary_page(),
        checks.PAGE: checks.check_page(),
        contract_format.PAGE: contract_format.contract_page(),
    }
    if check:
        current = {page: page.exists() and page.read_text(encoding="utf-8") == text for page, text in pages.items()}
        for page, is_current in current.items():
            console.print(f"{page.name} is {'current' if is_current else 'out of date: run nba-pipeline dictionary'}.")
        raise typer.Exit(0 if all(current.values()) else 1)
    for page, text in pages.items():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
        console.print(f"Wrote {page}")


def _range(text: str) -> DateRange:
    if not text:
        raise UsageError("Give --partition-range FIRST...LAST, for example 2021-10-19...2021-11-15.")
    start, _, end = text.partition("...")
    return parse_range(start, end or None)


def _simulate(labels: Sequence[str], seed: int, dates: DateRange, faults: str) -> None:
    from nba_pipeline.simulated import simulate

    with progress("Simulating sources", None) as step:
        report = simulate(
            current_home().landing,
            seasons=labels,
            seed=seed,
            start=dates.start,
            end=dates.end,
            faults=faults if faults in ("all", "none") else [name.strip() for name in faults.split(",")],
            progress=lambda *_: step(""),
        )
    console.print(f"Landing: {report.files} simulated files, {report.games} games", highlight=False)


def _materialise(tables: Sequence[str], dates: DateRange, switches: "Switches | None" = None) -> "Outcome":
    """Run and print failures."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.launch import choose_tables, materialise
    from nba_pipeline.switches import DEFAULT

    chosen = choose_tables(tables)
    with open_instance(current_home().root) as instance, progress("Materialising", 2 * len(chosen)) as step:
        outcome = materialise(defs, instance, chosen, dates, step, switches=switches or DEFAULT, gates=True)
    for failure in (*outcome.failures, *outcome.failed_checks):
        say(f"failed {failure}")
    verdict = "succeeded" if outcome.success else "failed"
    verdict += f", {len(outcome.failed_checks)} error-level checks failed" if outcome.failed_checks else ""
    console.print(f"Run {outcome.run_id} {verdict} in {outcome.seconds:.1f} s", highlight=False)
    return outcome


def _print_readiness(dates: DateRange, outcome: "Outcome", tables: Sequence[str] = ()) -> None:
    from nba_pipeline.completeness.readiness import readiness
    from nba_pipeline.operations.launch import choose_tables

    judged = readiness(current_warehouse(), choose_tables(list(tables)), dates, outcome.violations)
    rows = [
        (
            one.table,
            f"{one.rows:,}",
            None if one.expected_dates is None else f"{one.covered_dates}/{one.expected_dates}",
            None if one.coverage is None else f"{one.coverage:.1%}",
            f"{sum(verdict.passed for verdict in one.verdicts)}/{len(one.verdicts)}",
            one.verdict,
        )
        for one in judged
    ]
    show([Table(f"Readiness {dates}", ("table", "rows", "slates", "coverage", "checks", "verdict"), rows)])
    for one in judged:
        for line in _notes(one):
            say(line)


def _notes(one: "TableReadiness") -> Iterator[str]:
    """What keeps a table from being READY, a line each."""
    if one.unknown_dates:
        first, last = one.unknown_dates[0], one.unknown_dates[-1]
        dates = f"{first}...{last}" if last != first else f"{first}"
        yield f"ERROR {one.table}: {len(one.unknown_dates)} dates never materialised, {dates}"
    for reason in sorted(set(one.gaps.values())):
        days = [day.isoformat() for day, why in one.gaps.items() if why == reason]
        severity = "ERROR" if one.must_cover else "WARN "
        yield f"{severity} {one.table}: no rows ({reason}) on {', '.join(days[:5])}{' …' if len(days) > 5 else ''}"
    for verdict in (*one.errors, *one.warnings):
        severity = verdict.fact.severity.value
        yield f"{severity:5} {one.table}.{verdict.fact.name}: {verdict.violations} — {verdict.fact.sentence}"
