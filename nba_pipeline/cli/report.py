"""The command that answers whether Phase 4 can run and whether one can train."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from nba_pipeline.cli.opening import opened
from nba_pipeline.cli.output import (
    Dates,
    EndOption,
    Json,
    SeasonOption,
    StartOption,
    WindowOption,
    chosen_range,
    print_json,
    say,
)

app = typer.Typer()


@app.command()
def report(
    dates: Dates = None,
    *,
    start: StartOption = None,
    end: EndOption = None,
    season: SeasonOption = None,
    window: WindowOption = None,
    to: Annotated[Path | None, typer.Option("--to", help="Folder for the files; else the home's reports.")] = None,
    as_json: Json = False,
) -> None:
    """Can Phase 4 run? Can we train? Writes the page as Markdown and as HTML with a heat map of table by date."""
    from nba_pipeline.operations.report import STATES, overview

    chosen = chosen_range(dates, start, end, season, window)
    with opened() as (home, warehouse, instance):
        page = overview(warehouse, instance, chosen, made_at=dt.datetime.now(dt.UTC), home=home.root)
    markdown, heat_map = page.write(to or home.reports)
    if as_json:
        print_json(page.document)
        raise typer.Exit(page.exit_code)
    say(page.headline)
    say(page.origin)
    for table, counts in page.counts.items():
        said = ", ".join(f"{counts[state]} {state}" for state in STATES if counts.get(state))
        say(f"  {table:46} {said}")
    for one in page.violations:
        say(f"  {one.severity:5} {one.table}.{one.check}: {one.violations} on {one.dates} dates")
    for line in page.available.lines:
        say(line)
    say(f"Heat map: {heat_map}\nMarkdown: {markdown}")
    raise typer.Exit(page.exit_code)
