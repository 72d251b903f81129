"""The command that brings single payloads of the services in."""

from pathlib import Path
from typing import Annotated

import typer

from nba_pipeline.calendar import parse_range, seasons
from nba_pipeline.cli.output import EndOption, Exit, StartOption, say
from nba_pipeline.cli.parts import leave
from nba_pipeline.errors import UsageError
from nba_pipeline.home import current_home

app = typer.Typer()


@app.command("payloads")
def ingest_payloads(
    folder: Annotated[Path, typer.Argument(help="Folder with answers of the services as they were sent.")],
    start: StartOption = None,
    end: EndOption = None,
) -> None:
    """Read single answers of the league and the vendors into landing and say what each file became."""
    from nba_pipeline.payloads import ingest as payloads

    dates = parse_range(start or seasons()[0].regular_start.isoformat(), end or seasons()[-1].season_end.isoformat())
    report = payloads.ingest_payloads(folder, current_home().landing, dates.start, dates.end)
    for line in report.lines:
        say(line)
    if not report.rows:
        raise UsageError(f"Nothing in {folder} was landed for {dates}: the lines above say why, file by file.")
    leave(Exit.WARNINGS if report.is_broken else Exit.PASSED)
