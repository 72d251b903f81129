"""What a report of the command line is made of: lines, tables, bars; and how they look.

On a terminal tables and bars are drawn, elsewhere everything is plain lines. What they say is decided by the commands.
"""

import datetime as dt
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nba_pipeline.calendar import DateRange
from nba_pipeline.cli.output import Exit, chosen_range, console, printable
from nba_pipeline.markup import one_line

if TYPE_CHECKING:
    from nba_pipeline.warehouse.seam import Warehouse


_NUMBER = re.compile(r"^[\d,./-]*$")


@dataclass(frozen=True)
class Grid:
    """A table of a report; columns of numbers and dates stand to the right."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def is_number(self, column: int) -> bool:
        """Whether a column holds nothing but numbers and single dates."""
        return all(_NUMBER.match(row[column]) for row in self.rows)


@dataclass(frozen=True)
class Bar:
    """One bar with its numbers."""

    label: str
    done: int
    total: int
    note: str


Part = str | Grid | Bar


def pct(value: float | None) -> str:
    """A percentage with one decimal; what is not complete never looks so."""
    if value is None:
        return "-"
    return "99.9" if 99.9 < value < 100 else f"{value:.1f}"


def day(date: dt.date | None) -> str:
    """A date, empty for none."""
    return "" if date is None else date.isoformat()


def ranges(listed: Sequence[DateRange], most: int | None = None) -> str:
    """Ranges in words: all, or the first ones and how many more."""
    words = [one.words for one in listed[:most]]
    more = len(listed) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


def leave(code: Exit) -> None:
    """End a command with an exit code; go on at 0."""
    if code:
        raise typer.Exit(code)


def range_or_all(warehouse: "Warehouse", given: list[str] | None, *named: str | None) -> DateRange:
    """The range the user named (start, end, season, window), else every date the stored schedule knows.

    Raises:
        UsageError: when two ways of naming contradict each other, or a date is none.
        typer.Exit: nothing to judge, when nothing is named and the schedule is empty.
    """
    from nba_pipeline.completeness.coverage import known_range

    if given or any(named):
        return chosen_range(given, *named)
    known = known_range(warehouse)
    if known is None:
        print(
            "nba-pipeline: the schedule is empty: nba-pipeline quickstart, or ingest and materialise first.",
            file=sys.stderr,
        )
        raise typer.Exit(Exit.NOTHING_TO_JUDGE)
    return known


def show(parts: Sequence[Part]) -> None:
    """Tables and bars on a terminal, plain lines elsewhere."""
    if console.is_terminal:
        console.print(rendered(parts), highlight=False)
        return
    for part in parts:
        for line in _plain(part):
            print(line)


def rendered(parts: Iterable[Part]) -> Group:
    """What a terminal draws."""
    return Group(*(_renderable(part) for part in parts))


def _renderable(part: Part) -> RenderableType:
    if isinstance(part, str):
        return Text(printable(part))
    if isinstance(part, Bar):
        grid = Table.grid(padding=(0, 1))
        grid.add_row(
            Text(one_line(part.label)),
            ProgressBar(total=max(part.total, 1), completed=part.done, width=40),
            f"{part.done}/{part.total}",
            Text(one_line(part.note)),
        )
        return grid
    shown = Table(title=part.title, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for position, heading in enumerate(part.headings):
        shown.add_column(heading, justify="right" if part.is_number(position) else "left", overflow="fold")
    for row in part.rows:
        shown.add_row(*(Text(one_line(cell)) for cell in row))
    return shown


def _plain(part: Part) -> list[str]:
    if isinstance(part, str):
        return [printable(part)]
    if isinstance(part, Bar):
        return [one_line(f"{part.label}: {part.done}/{part.total} {part.note}").rstrip()]
    table = [list(part.headings), *([one_line(cell) for cell in row] for row in part.rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(part.headings))]
    return [
        part.title,
        *(
            "  "
            + "  ".join(
                cell.rjust(width) if part.is_number(column) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in table
        ),
    ]
