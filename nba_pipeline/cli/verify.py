"""The commands that examine and sign: ``preflight``, ``verify``, ``validate``, ``signoff``. Others judge."""

import getpass
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.calendar import DateRange, season, seasons
from nba_pipeline.cli.opening import opened
from nba_pipeline.cli.output import (
    Dates,
    EndOption,
    Exit,
    Json,
    SeasonOption,
    StartOption,
    WindowOption,
    chosen_range,
    print_json,
    say,
)
from nba_pipeline.errors import UsageError
from nba_pipeline.phases import COMPUTED, PHASES, PRECOMPUTE, WORDS

if TYPE_CHECKING:
    from nba_pipeline.completeness.coverage import GateReport
    from nba_pipeline.operations.availability import Availability
    from nba_pipeline.operations.findings import Report

app = typer.Typer()
verify = typer.Typer(no_args_is_help=True, help="Judge a phase's gate, a range, a season, readiness for training.")
validate = typer.Typer(no_args_is_help=True, help="Judge the rows that a backfill left.")
app.add_typer(verify, name="verify")
app.add_typer(validate, name="validate")

Verbose = Annotated[bool, typer.Option("--verbose", "--detailed", help="Every missing date and every detail.")]
_PHASES = {phase.word: number for number, phase in PHASES.items()}


@app.command()
def preflight(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    season_label: SeasonOption = None,
    window_name: WindowOption = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the two dry runs, checks 13 and 14.")] = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Fourteen checks before a backfill, twelve with --quick; all dates of the schedule when none are named."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.preflight import preflight as examine
    from nba_pipeline.operations.preflight import schedule_range

    named = bool(dates or start or end or season_label or window_name)
    chosen = chosen_range(dates, start, end, season_label, window_name) if named else None
    with opened() as (home, warehouse, instance):
        chosen = chosen or schedule_range(warehouse, home)
        report = examine(defs, warehouse, instance, chosen, quick=quick, home=home)
    _print(report, verbose=verbose, as_json=as_json)


@verify.command("season")
def verify_season(
    label: Annotated[str | None, typer.Argument(help="The season's label: 2021-22.", metavar="SEASON")] = None,
    start: StartOption = None,
    end: EndOption = None,
    season_label: SeasonOption = None,
    window_name: WindowOption = None,
    *,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """The success list of a season's backfill."""
    from nba_pipeline.operations.availability import availability
    from nba_pipeline.operations.validate import verify_season as examine

    named = label or season_label or _season_of(start, end, window_name)
    season(named)
    with opened() as (_, warehouse, instance):
        report = examine(warehouse, instance, named)
        known = availability(warehouse, report.dates)
    _print_with(known, report, verbose=verbose, as_json=as_json)


@verify.command("official")
def verify_official(
    folder: Annotated[Path, typer.Argument(help="Folder with the league's season and game tables, CSV or Parquet.")],
    season_label: Annotated[str, typer.Option("--season", help="The season's label: 2021-22.")],
    *,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Our figures of a season beside the league's official ones, measure by measure."""
    from nba_pipeline.operations.official import verify_official as examine

    known = season(season_label)
    with opened() as (_, warehouse, _):
        report = examine(warehouse, folder, known)
    _print(report, verbose=verbose, as_json=as_json)


@app.command()
def signoff(
    words: Annotated[
        list[str] | None, typer.Argument(help=f"One of {WORDS}, then FIRST LAST.", metavar="PHASE DATES")
    ] = None,
    start: StartOption = None,
    end: EndOption = None,
    season_label: SeasonOption = None,
    window_name: WindowOption = None,
    *,
    operator: Annotated[str, typer.Option("--operator", help="Who signs; the user of this machine if left out.")] = "",
    matrix: Annotated[bool, typer.Option("--matrix", help="Show the computed state of all phases; sign none.")] = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Compute a phase's completion checklist and sign it when every line passes; exit code 1 when one does not."""
    from nba_pipeline.operations import signoff as signing

    given = list(words or [])
    phase = _PHASES.get(given[0]) if given else None
    if phase:
        given = given[1:]
    if bool(phase) == matrix:
        raise UsageError(f"Name one phase ({WORDS}) and its dates, or --matrix and dates.")
    chosen = chosen_range(given, start, end, season_label, window_name)
    with opened() as (home, warehouse, instance):
        if phase is None:
            rows = signing.matrix(warehouse, instance, chosen, home=home)
        else:
            signed = signing.signoff(warehouse, instance, phase, chosen, operator or getpass.getuser(), home=home)
    if phase is None:
        _print_matrix(rows, chosen, as_json=as_json)
        return
    document: dict[str, object] = {"signed": str(signed.path) if signed.path else None}
    _print(signed.report, verbose=verbose, as_json=as_json, extra=document, leave=False)
    if not as_json:
        refused = ", ".join(one.title for one in signed.report.failing) or "the schedule expects nothing here"
        say(f"Signed: {signed.path}" if signed.path else f"Not signed: {refused}")
    raise typer.Exit(Exit.PASSED if signed.path else signed.report.exit_code)


def _gate(phase: int, dates: DateRange, *, verbose: bool, as_json: bool) -> None:
    from nba_pipeline.completeness.coverage import judge_gate
    from nba_pipeline.graph.resources import PipelineResource

    report = judge_gate(PipelineResource().warehouse(), phase, dates)
    if as_json:
        print_json(report.document)
    else:
        _print_gate(report, verbose=verbose)
    raise typer.Exit(report.exit_code)


def _print_gate(report: "GateReport", *, verbose: bool) -> None:
    *lines, total = report.lines
    for line in lines:
        say(line)
    if verbose:
        for one in report.tables:
            for day in one.missing:
                say(f"  {one.table} {day}: {one.reasons.get(day, 'missing')}")
        for table, days in report.untracked.items():
            say(f"  {table}: neither rows nor a reason on {', '.join(map(str, days))}")
    say(total)
    if report.exit_code == Exit.BLOCKED and report.repair:
        say(f"Repair: {report.repair}")


def _ten(group: str | None, dates: DateRange, *, verbose: bool, as_json: bool) -> None:
    from nba_pipeline.contract.catalog import phase_tables
    from nba_pipeline.operations.validate import post_backfill_validation, ten_tables

    groups = {
        None: ten_tables,
        "level1": lambda: [table for table in phase_tables(PRECOMPUTE.number) if table.level == "L1"],
        **{PHASES[number].word: partial(phase_tables, number) for number in COMPUTED},
    }
    with opened() as (_, warehouse, instance):
        report = post_backfill_validation(warehouse, instance, dates, groups[group]())
    _print(report, verbose=verbose, as_json=as_json)


def _range(dates: DateRange, *, verbose: bool, as_json: bool) -> None:
    from nba_pipeline.operations.validate import verify_range

    with opened() as (_, warehouse, instance):
        report = verify_range(warehouse, instance, dates)
    _print(report, verbose=verbose, as_json=as_json)


def _ml_ready(dates: DateRange, *, verbose: bool, as_json: bool) -> None:
    from nba_pipeline.operations.availability import availability
    from nba_pipeline.operations.validate import ml_ready

    with opened() as (home, warehouse, _):
        report = ml_ready(warehouse, dates, home=home.root)
        known = availability(warehouse, dates)
    _print_with(known, report, verbose=verbose, as_json=as_json)


def _season_of(start: str | None, end: str | None, window_name: str | None) -> str:
    """The season that a range lies in."""
    dates = chosen_range(None, start, end, None, window_name)
    for known in seasons():
        if known.regular_start <= dates.start and dates.end <= known.season_end:
            return known.label
    raise UsageError(f"{dates} lies in no single season: name one of {', '.join(one.label for one in seasons())}.")


def _print(
    report: "Report",
    *,
    verbose: bool,
    as_json: bool,
    extra: dict[str, object] | None = None,
    leave: bool = True,
) -> None:
    if as_json:
        print_json({**report.document, **(extra or {})})
    else:
        for line in report.lines(details=verbose):
            say(line)
    if leave:
        raise typer.Exit(report.exit_code)


def _print_with(known: "Availability", report: "Report", *, verbose: bool, as_json: bool) -> None:
    """A report of which it matters what the home has."""
    _print(report, verbose=verbose, as_json=as_json, extra={"availability": known.document}, leave=False)
    if not as_json:
        for line in known.lines:
            say(line)
    raise typer.Exit(report.exit_code)


def _print_matrix(rows: list[dict[str, object]], dates: DateRange, *, as_json: bool) -> None:
    if as_json:
        print_json({"start": dates.start, "end": dates.end, "phases": rows})
        return
    for row in rows:
        failing = row["failing"]
        why = f", {failing[0]}" if isinstance(failing, list) and failing else ""
        holds = row["state"] == "COMPLETE"
        signed = (
            f", {'signed' if holds else 'signed earlier, no longer holds'}: {row['signed']}" if row["signed"] else ""
        )
        say(f"phase {row['phase']:2} {row['title']:18} {row['state']}{signed}{why}")


def _judging(commands: typer.Typer, name: str, sentence: str, judge: Callable[..., None]) -> None:
    """A command that judges the range it is given."""

    @commands.command(name, help=sentence)
    def command(
        dates: Dates = None,
        start: StartOption = None,
        end: EndOption = None,
        season_label: SeasonOption = None,
        window_name: WindowOption = None,
        *,
        verbose: Verbose = False,
        as_json: Json = False,
    ) -> None:
        judge(chosen_range(dates, start, end, season_label, window_name), verbose=verbose, as_json=as_json)


for number, phase in PHASES.items():
    scope = " after the bootstrap" if phase.skips_bootstrap else ""
    _judging(verify, phase.word, f"Whether the {phase.title} cover the schedule{scope}.", partial(_gate, number))
_judging(
    verify,
    "range",
    "Whether a range is whole: expected dates, both phases, bootstrap, failed partitions, spot checks.",
    _range,
)
_judging(
    verify,
    "ml-ready",
    "Whether the features can be trained on: exit code 0 ready, 1 not ready, 2 with caveats.",
    _ml_ready,
)
_judging(validate, "post-backfill", "The ten checks over all ten tables.", partial(_ten, None))
_judging(validate, "level1", "The ten checks over the precompute tables of level 1.", partial(_ten, "level1"))
for phase in map(PHASES.__getitem__, COMPUTED):
    _judging(validate, phase.word, f"The ten checks over the {phase.title}.", partial(_ten, phase.word))
