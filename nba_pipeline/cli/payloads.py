"""The command that brings single payloads of the services in."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from nba_pipeline.calendar import all_dates, parse_range
from nba_pipeline.cli.output import Exit, leave, say
from nba_pipeline.cli.ranges import EndOption, StartOption
from nba_pipeline.errors import UsageError
from nba_pipeline.home import current_home

app = typer.Typer()


@app.command("payloads")
def ingest_payloads(
    folder: Annotated[Path, typer.Argument(help="Folder with answers of the services as they were sent.")],
    start: StartOption = None,
    end: EndOption = None,
    captured_at: Annotated[
        str,
        typer.Option(
            "--captured-at",
            help="When the answers were captured that do not say it themselves (rosters, player index, present odds): "
            "2025-02-07T17:30, Eastern unless an offset follows.",
        ),
    ] = "",
) -> None:
    """Read single answers of the league and the vendors into landing and say what each file became."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.archive_gaps import accept_lacking
    from nba_pipeline.payloads import ingest as payloads

    dates = parse_range(start or all_dates().start.isoformat(), end or all_dates().end.isoformat())
    report = payloads.ingest_payloads(
        folder, current_home().landing, dates.start, dates.end, _moment(captured_at) if captured_at else None
    )
    for line in report.lines:
        say(line)
    if not report.rows:
        raise UsageError(f"Nothing in {folder} was landed for {dates}: the lines above say why, file by file.")
    for one in accept_lacking(PipelineResource().warehouse(), current_home().landing, dates):
        say(one.line)
    leave(Exit.WARNINGS if report.is_broken else Exit.PASSED)


def _moment(text: str) -> dt.datetime:
    from nba_pipeline.payloads.flat import EASTERN, instant

    moment = instant(text, EASTERN) if "T" in text else None
    if moment is None:
        raise UsageError(f"--captured-at {text!r} is no moment: write 2025-02-07T17:30 or 2025-02-07T22:30Z.")
    return moment
