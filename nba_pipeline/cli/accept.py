"""Commands about gaps that somebody decides to live with; finding gaps is among the commands that only look."""

import datetime as dt
import getpass
from typing import Annotated

import typer

from nba_pipeline.calendar import DateRange, last_partition, season_on
from nba_pipeline.cli.opening import warehouse
from nba_pipeline.cli.output import Exit, answer, leave, say
from nba_pipeline.cli.ranges import Named, about_dates
from nba_pipeline.errors import UsageError
from nba_pipeline.remedies import backfill

app = typer.Typer()
accept_app = typer.Typer(no_args_is_help=True, help="Gaps that no source will ever fill: accept, withdraw, list.")
app.add_typer(accept_app, name="accept")

Table = Annotated[str, typer.Argument(help="The table that lacks the dates, as nba-pipeline gaps names it.")]


@accept_app.command("gap")
@about_dates()
def accept_gap(
    named: Named,
    table: Table,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why nothing will come.")],
    owner: Annotated[
        str | None, typer.Option("--owner", help="Who decides; the user of the system if left out.")
    ] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="Last date on which it counts, YYYY-MM-DD.")] = None,
) -> None:
    """Live with dates of a table that no source has; gates, checks and look-backs honour it from now on.

    Dates on which the table is whole are left out, so that a later loss is told.
    """
    from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept, not_whole

    chosen, read = named.dates, warehouse()
    spans = not_whole(read, table, chosen)
    if not spans:
        raise UsageError(f"{table} lacks nothing in {chosen}: there is no gap to accept.")
    gaps = [AcceptedGap(table, span, reason, owner or getpass.getuser(), _day(expires)) for span in spans]
    reached = ", ".join(accept(read, *gaps))
    for gap in gaps:
        say(f"Accepted for {reached}: {gap.dates}, {gap.words}")
    known = season_on(chosen.end)
    last = min(known.season_end if known else chosen.end, last_partition())
    say(f"What it blocked goes on with: {backfill(DateRange(chosen.start, max(last, chosen.end)))}")


@accept_app.command("withdraw")
@about_dates()
def withdraw_gap(named: Named, table: Table) -> None:
    """Take a decision back: the dates count as gaps again."""
    from nba_pipeline.completeness.accepted_gaps import withdraw

    count = withdraw(warehouse(), table, named.dates)
    say(f"{count} dates of tables count as gaps again" if count else f"Nothing of {table} was accepted there")
    leave(Exit.PASSED if count else Exit.NOTHING_TO_JUDGE)


@accept_app.command("list")
def list_gaps() -> None:
    """What was accepted, and why."""
    from nba_pipeline.completeness.accepted_gaps import gaps_told

    answer(gaps_told(warehouse()), as_json=False)


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--expires {text!r} is no date: write YYYY-MM-DD.") from None
