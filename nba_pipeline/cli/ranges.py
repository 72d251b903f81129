"""The dates a command is about: one way of naming them for every command. What is done with them is elsewhere."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from typer.models import ArgumentInfo

from nba_pipeline.calendar import DateRange, named_range
from nba_pipeline.cli.output import Exit

if TYPE_CHECKING:
    from nba_pipeline.warehouse.seam import Warehouse

_DATES = "FIRST LAST, FIRST...LAST or one date, Eastern game dates."
StartOption = Annotated[str | None, typer.Option("--start", help="First Eastern game date, YYYY-MM-DD.")]
EndOption = Annotated[str | None, typer.Option("--end", help="Last Eastern game date, YYYY-MM-DD.")]
SeasonOption = Annotated[str | None, typer.Option("--season", help="A season's label: 2021-22.")]
WindowOption = Annotated[str | None, typer.Option("--window", help="A named window: first_four_weeks or smoke.")]


@dataclass(frozen=True)
class Named:
    """What the user typed about dates; ``words`` may begin with other words of the command."""

    words: list[str]
    start: str | None = None
    end: str | None = None
    season: str | None = None
    window: str | None = None

    def __bool__(self) -> bool:
        return bool(self.words or self.start or self.end or self.season or self.window)

    @property
    def dates(self) -> DateRange:
        """The range.

        Raises:
            UsageError: when nothing is named, two ways contradict each other, or a date is none.
        """
        return named_range(self.words, self.start, self.end, self.season, self.window)

    def first_word(self) -> tuple[str | None, "Named"]:
        """The word before the dates, if there is one, and the rest."""
        if self.words and not self.words[0][:1].isdigit():
            return self.words[0], replace(self, words=self.words[1:])
        return None, self

    def or_known(self, warehouse: "Warehouse") -> DateRange:
        """The range, or every date the stored schedule knows when none is named.

        Raises:
            UsageError: when two ways contradict each other, or a date is none.
            typer.Exit: nothing to judge, when nothing is named and the schedule is empty.
        """
        from nba_pipeline.completeness.coverage import known_range

        known = self.dates if self else known_range(warehouse)
        if known is None:
            print(
                "nba-pipeline: the schedule is empty: nba-pipeline quickstart, or ingest and materialise first.",
                file=sys.stderr,
            )
            raise typer.Exit(Exit.NOTHING_TO_JUDGE)
        return known


def about_dates(metavar: str = "DATES", words: str = _DATES) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the words and options that name dates in place of its first parameter."""
    ways: dict[str, Any] = {
        "dates": Annotated[list[str] | None, typer.Argument(help=words, metavar=metavar)],
        "start": StartOption,
        "end": EndOption,
        "season": SeasonOption,
        "window": WindowOption,
    }

    def with_ways(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**typed: Any) -> None:
            given, *named = (typed.pop(way) for way in ways)
            command(Named(given or [], *named), **typed)

        first, *own = inspect.signature(command).parameters.values()
        hints = {
            name: hint for name, hint in get_type_hints(command, include_extras=True).items() if name != first.name
        }
        option = inspect.Parameter.KEYWORD_ONLY
        listed = [one.replace(kind=option, annotation=hints[one.name]) for one in own]
        listed.sort(key=_is_option)
        first_option = sum(not _is_option(one) for one in listed)
        listed[first_option:first_option] = [
            inspect.Parameter(way, option, default=None, annotation=kind) for way, kind in ways.items()
        ]
        vars(called)["__signature__"] = inspect.Signature(listed)
        called.__annotations__ = {**ways, **hints}
        return called

    return with_ways


def _is_option(parameter: inspect.Parameter) -> bool:
    """Whether a parameter is given by its name: words of the command stand before its dates."""
    kinds = getattr(parameter.annotation, "__metadata__", ())
    return not any(isinstance(kind, ArgumentInfo) for kind in kinds)
