"""How commands speak: drawn on a terminal, plain lines when piped, JSON for machines, exit codes; not what they say."""

import json
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType

from nba_pipeline.document import Answer, Bar, Heading, Part, Table, as_data, plain
from nba_pipeline.markup import one_line, printable

console = Console(width=None if sys.stdout.isatty() else 120)
#: Cells that are one of these words are seen at once on a terminal.
_STYLES = {"PASS": "green", "WARN": "yellow", "FAIL": "bold red", "ERROR": "bold red", "P0": "bold red", "P1": "yellow"}


class Exit(IntEnum):
    """What the exit code of every command says."""

    PASSED = 0
    BLOCKED = 1
    WARNINGS = 2
    BAD_REQUEST = 3
    NOTHING_TO_JUDGE = 4


Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output instead of tables.")]
Detailed = Annotated[bool, typer.Option("--detailed", "--verbose", help="Every table, missing date and detail.")]


def answer(found: Answer, *, as_json: bool, detailed: bool = False) -> None:
    """Show an answer, and end the command with its exit code."""
    if as_json:
        print_json(found.document)
    else:
        show(found.parts(detailed=detailed))
    leave(found.exit_code)


def leave(code: int) -> None:
    """End a command with an exit code; go on at 0."""
    if code:
        raise typer.Exit(code)


def say(line: str) -> None:
    """One line as it is: nothing in it is taken for colour, nothing is wrapped, no control character gets through."""
    console.print(printable(line), highlight=False, markup=False, soft_wrap=True)


def print_json(document: object) -> None:
    """One JSON document; dates as ISO text."""
    print(json.dumps(as_data(document), indent=2, default=str, ensure_ascii=False))


def show(parts: Sequence[Part]) -> None:
    """Tables and bars on a terminal, plain lines elsewhere."""
    if console.is_terminal:
        console.print(rendered(parts), highlight=False)
    else:
        for line in plain(parts):
            print(line)


def rendered(parts: Iterable[Part]) -> Group:
    """What a terminal draws."""
    return Group(*(_renderable(part) for part in parts))


def _renderable(part: Part) -> RenderableType:
    from rich import box
    from rich.progress_bar import ProgressBar
    from rich.table import Table as Drawn
    from rich.text import Text

    if isinstance(part, Bar):
        grid = Drawn.grid(padding=(0, 1))
        bar = ProgressBar(total=max(part.total, 1), completed=part.done, width=40)
        grid.add_row(Text(one_line(part.label)), bar, f"{part.done}/{part.total}", Text(one_line(part.note)))
        return grid
    if not isinstance(part, Table):
        return Text("\n".join(plain([part])), style="bold" if isinstance(part, Heading) else "")
    shown = Drawn(title=part.title or None, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for position, heading in enumerate(part.headings):
        shown.add_column(heading, justify="right" if part.is_number(position) else "left", overflow="fold")
    for row in part.cells:
        shown.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    return shown


@contextmanager
def progress(title: str, total: int | None, *, quiet: bool = False) -> Generator[Callable[[str], None]]:
    """A progress bar on a terminal, plain lines elsewhere; nothing when only the answer is wanted."""
    if quiet:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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
