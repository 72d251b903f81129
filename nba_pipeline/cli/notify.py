"""The command ``notify``: are the channels of alerts set up, and do they take messages?"""

import datetime as dt
import os

import typer

from nba_pipeline.cli.output import Exit, say
from nba_pipeline.home import current_home

app = typer.Typer()
notify = typer.Typer(help="Where alerts go.", no_args_is_help=True)
app.add_typer(notify, name="notify")


@notify.callback()
def _area() -> None: ...


@notify.command("test")
def test() -> None:
    """Send a test message to the log and to every channel of NBA_PIPELINE_ALERTS; exit code 1 when one refuses it."""
    from nba_pipeline.operations.notifier import (
        ADDRESSES_VARIABLE,
        LOG_NAME,
        Alert,
        Severity,
        channels_of,
        deliver,
        log_alert,
    )

    channels = channels_of(os.environ.get(ADDRESSES_VARIABLE, ""))
    home = current_home()
    alert = Alert(
        Severity.INFO, "notify", "test", "A test message of nba_pipeline: alerts arrive here.", f"home {home.root}"
    )
    log_alert(home.reports, alert, dt.datetime.now(dt.UTC), channels)
    say(f"sent     {home.reports / LOG_NAME}")
    refused = 0
    for channel in channels:
        reason = deliver(channel, alert)
        refused += reason is not None
        say(f"sent     {channel.name}" if reason is None else f"refused  {channel.name}: {reason}")
    if not channels:
        say(
            f"No other channel: name some in {ADDRESSES_VARIABLE}, comma-separated, for example slack://… or mailtos://…"
        )
    if refused:
        raise typer.Exit(Exit.BLOCKED)
