"""How commands speak: terminal tables and progress bars, plain lines when piped, JSON for machines, exit codes."""

import datetime as dt
import json
import sys
import unicodedata
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from nba_pipeline.calendar import named_range

console = Console(width=None if sys.stdout.isatty() else 120)


class Exit(IntEnum):
    """What the exit code of every command says."""

    PASSED = 0
    BLOCKED = 1
    WARNINGS = 2
    BAD_REQUEST = 3
    NOTHING_TO_JUDGE = 4


Dates = Annotated[
    list[str] | None, typer.Argument(help="FIRST LAST, FIRST...LAST or one date, Eastern game dates.", metavar="DATES")
]
StartOption = Annotated[str | None, typer.Option("--start", help="First Eastern game date, YYYY-MM-DD.")]
EndOption = Annotated[str | None, typer.Option("--end", help="Last Eastern game date, YYYY-MM-DD.")]
SeasonOption = Annotated[str | None, typer.Option("--season", help="A season's label: 2021-22.")]
WindowOption = Annotated[str | None, typer.Option("--window", help="A named window: first_four_weeks or smoke.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of tables.")]


#: The range a user named in one of the ways every command understands.
chosen_range = named_range


def say(line: str) -> None:
    """One line as it is: nothing in it is taken for colour, nothing is wrapped, no control character gets through."""
    console.print(printable(line), highlight=False, markup=False, soft_wrap=True)


def printable(text: str) -> str:
    """A text without the characters a terminal obeys: escapes and other controls but line ends and tabs."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf"})


def print_json(document: object) -> None:
    """One JSON document; dates as ISO text."""
    print(json.dumps(document, indent=2, default=_plain, ensure_ascii=False))


def _plain(value: object) -> object:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)


@contextmanager
def progress(title: str, total: int | None) -> Generator[Callable[[str], None]]:
    """A progress bar on a terminal, plain lines elsewhere."""
    if not console.is_terminal:
        console.print(f"{title} …")
        yield (
            lambda step: (
                console.print(f"  {step.replace('__', '.', 1)}", highlight=False)
                if step and not step.endswith("__checks")
                else None
            )
        )
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total)

        def advance(step: str) -> None:
            name = step.partition("__")[2].replace("__", " ")
            bar.update(task, advance=1, description=f"{title} {name[:40]}")

        yield advance
