"""Commands that only look: progress, status, gaps, what failed, the readiness page, the calendar.

Nothing here launches or changes anything; what is shown is computed in ``operations`` and ``completeness``.
"""

import datetime as dt
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.calendar import last_partition
from nba_pipeline.cli.opening import opened, warehouse
from nba_pipeline.cli.output import (
    Detailed,
    Exit,
    Json,
    answer,
    console,
    leave,
    print_json,
    rendered,
    show,
)
from nba_pipeline.cli.ranges import Named, about_dates
from nba_pipeline.errors import UsageError, WarehouseBusyError
from nba_pipeline.home import current_home
from nba_pipeline.phases import COMPUTED, PHASES, WORDS

if TYPE_CHECKING:
    from nba_pipeline.operations.monitor import Snapshot
    from nba_pipeline.operations.status import Status

app = typer.Typer()
failures_app = typer.Typer(no_args_is_help=True, help="What was recorded as failed.")
app.add_typer(failures_app, name="failures", hidden=True)

AllStar = Annotated[
    bool, typer.Option("--include-all-star", help="Count the two All-Star dates of a season too, as the documents do.")
]
_PHASE_AND_DATES = f"One of {WORDS} (the computed ones when left out), then dates."


@app.command()
@about_dates()
def monitor(
    named: Named,
    *,
    continuous: Annotated[bool, typer.Option("--continuous", help="Look again until everything is done.")] = False,
    interval: Annotated[int, typer.Option("--interval", min=1, help="Seconds between two looks.")] = 30,
    detailed: Detailed = False,
    failures_only: Annotated[bool, typer.Option("--failures-only", help="Only what failed lately.")] = False,
    include_all_star: AllStar = False,
    as_json: Json = False,
) -> None:
    """Show how far phases 3 and 4 are, how fast, when they will be done, what failed and what is stuck."""
    from rich.live import Live

    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.monitor import snapshots, take_snapshot

    read = warehouse()
    chosen = named.or_known(read)

    def take() -> "Snapshot":
        while True:
            try:
                with open_instance(current_home().root) as instance:
                    now = dt.datetime.now(dt.UTC)
                    return take_snapshot(read, instance, chosen, now, with_all_star=include_all_star)
            except WarehouseBusyError as error:
                if not continuous:
                    raise
                print(f"nba-pipeline: {error}", file=sys.stderr)

    code = 0
    drawn = Live(console=console, auto_refresh=False) if continuous and console.is_terminal and not as_json else None
    with drawn or nullcontext():
        for snapshot in snapshots(take, time.sleep, interval, continuous=continuous):
            code = snapshot.exit_code
            parts = (snapshot.failed_parts if failures_only else snapshot.parts)(detailed=detailed)
            if drawn:
                drawn.update(rendered(parts), refresh=True)
            else:
                print_json(snapshot.document) if as_json else show(parts)
    leave(code)


@app.command()
@about_dates("[PHASE] [DATES]", _PHASE_AND_DATES)
def status(named: Named, *, detailed: Detailed = False, as_json: Json = False) -> None:
    """Show per table what is there, what is missing, how urgent it is and how long it will take.

    In detail also what every table holds, and what the runs made of its dates.
    """
    word, dates = named.first_word()
    answer(_status(_phases(word) if word else list(COMPUTED), dates), as_json=as_json, detailed=detailed)


@app.command(hidden=True)
@about_dates()
def state(
    named: Named,
    *,
    phase: Annotated[str | None, typer.Option("--phase", help=f"One of {WORDS}; all when left out.")] = None,
    as_json: Json = False,
) -> None:
    """Show what every table holds, and what the runs made of its dates: a part of ``status --detailed``."""
    found = _status(_phases(phase) if phase else list(PHASES), named)
    print_json(found.document) if as_json else show(found.extent)
    leave(Exit.PASSED if any(one.rows for one in found.tables) else Exit.NOTHING_TO_JUDGE)


def _status(phases: list[int], named: Named) -> "Status":
    from nba_pipeline.operations.status import status as look

    with opened() as (_, read, instance):
        return look(read, instance, phases, named.or_known(read))


def _phases(text: str) -> list[int]:
    name = text.casefold().replace("_", "").replace(" ", "")
    found = [number for number, phase in PHASES.items() if name in (phase.word, str(number))]
    if not found:
        raise UsageError(f"Unknown phase {text!r}: choose one of {WORDS}.")
    return found


@app.command()
@about_dates()
def gaps(named: Named, *, detailed: Detailed = False, as_json: Json = False) -> None:
    """Find missing, partial and unsound dates, what stands on them, and the commands that repair them in order."""
    from nba_pipeline.operations.gaps import find_gaps

    read = warehouse()
    answer(find_gaps(read, named.or_known(read), last_partition()), as_json=as_json, detailed=detailed)


@failures_app.command("summary")
@about_dates()
def failures_summary(named: Named, *, as_json: Json = False) -> None:
    """Count recorded failures by table and category, and unknown names by state: ``failed --summary``."""
    failures_told(named, as_json=as_json)


def failures_told(named: Named, *, as_json: bool) -> None:
    from nba_pipeline.operations.recorded_failures import failures_told as told

    read = warehouse()
    answer(told(read, named.or_known(read)), as_json=as_json)


@app.command()
@about_dates()
def report(
    named: Named,
    *,
    to: Annotated[Path | None, typer.Option("--to", help="Folder for the files; else the home's reports.")] = None,
    as_json: Json = False,
) -> None:
    """Can Phase 4 run? Can we train? Writes the page as Markdown and as HTML with a heat map of table by date."""
    from nba_pipeline.operations.report import overview

    chosen = named.dates
    with opened() as (home, read, instance):
        page = overview(read, instance, chosen, made_at=dt.datetime.now(dt.UTC), home=home.root)
    markdown, heat_map = page.write(to or home.reports)
    if as_json:
        print_json(page.document)
    else:
        show([*page.parts(), f"Heat map: {heat_map}", f"Markdown: {markdown}"])
    leave(page.exit_code)


@app.command()
@about_dates("[seasons|dates|coverage] [DATES]", "What to show (seasons when left out), then dates.")
def calendar(
    named: Named,
    *,
    include_all_star: AllStar = False,
    as_lines: Annotated[bool, typer.Option("--csv", help="Dates as lines of a CSV file, on standard output.")] = False,
    as_json: Json = False,
) -> None:
    """Game dates and games, as the documents state them and as the stored schedule says.

    ``seasons`` shows every season beside its documented numbers, ``dates`` lists the dates with final games,
    ``coverage`` counts total, bootstrap and expected dates of a range (the documents' whole range when none is named).
    """
    from nba_pipeline.operations import calendar_numbers as numbers

    what, dates = named.first_word()
    read = warehouse()
    if as_lines and (as_json or what != "dates"):
        raise UsageError("--csv lists dates: write calendar dates --csv, without --json.")
    if what == "dates" and as_lines:
        chosen = dates.or_known(read)
        listed = numbers.game_dates(read, chosen)
        print("\n".join(numbers.as_csv(listed)))
        games = sum(one.games for one in listed)
        print(f"{chosen}: {len(listed)} game dates, {games} games", file=sys.stderr)
        leave(Exit.PASSED if listed else Exit.NOTHING_TO_JUDGE)
    elif what == "dates":
        answer(numbers.dates_told(read, dates.or_known(read)), as_json=as_json)
    elif what == "coverage":
        chosen = dates.dates if dates else numbers.DOCUMENTED_RANGE
        answer(numbers.coverage_told(read, chosen, include_all_star=include_all_star), as_json=as_json)
    elif what in (None, "seasons") and not dates:
        answer(numbers.seasons_told(read), as_json=as_json)
    else:
        raise UsageError("Write calendar seasons (without dates), calendar dates DATES or calendar coverage DATES.")
