"""What an answer is made of (titles, sentences, tables, bars) and how it becomes text; not what is said in it.

An answer is written once, as parts. Piped output, Markdown, HTML and JSON follow from them here, the terminal's look in
``cli.output``. Nothing is cut off or wrapped, and values from outside are never taken for structure.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, Protocol

from nba_pipeline.markup import in_html, markdown, one_line, printable

#: What was found about something, in every answer; INFO is told without being judged.
Verdict = Literal["PASS", "WARN", "FAIL", "ERROR", "INFO", "NOT_APPLICABLE"]
#: Cells wider than this do not push the columns after them to the right.
_WIDEST = 60
_NUMBER = re.compile(r"^[\d,./-]*$")


_EXIT_CODES: Mapping[str, int] = {"PASS": 0, "WARN": 2, "NOT_APPLICABLE": 4}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several verdicts come to: what could not be judged has failed, what was only told does not count."""
    found = set(verdicts)
    if found & {"FAIL", "ERROR"}:
        return "FAIL"
    return "WARN" if "WARN" in found else "PASS" if "PASS" in found else "NOT_APPLICABLE"


def exit_code(*verdicts: Verdict) -> int:
    """1 something failed or could not be judged, 2 warnings, 0 passed, 4 nothing was judged."""
    return _EXIT_CODES.get(worst(verdicts), 1)


# Words for values


def pct(value: float | None, digits: int = 1) -> str:
    """A percentage; what is not complete never looks so. A dash where nothing is expected."""
    if value is None:
        return "-"
    most = 100 - 10.0**-digits
    return f"{min(value, most) if value < 100 else value:.{digits}f}"


def share(part: int, whole: int) -> float | None:
    """``part`` of ``whole`` in percent; None of nothing."""
    return 100 * part / whole if whole else None


def duration(seconds: float) -> str:
    """A time in the unit people would use."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(1, round(seconds))} s" if seconds else "0 s"


def shortened(listed: Sequence[object], most: int = 5) -> str:
    """The first ones and how many more there are."""
    words = ", ".join(str(one) for one in listed[:most])
    return f"{words} and {len(listed) - most} more" if len(listed) > most else words


# Parts


@dataclass(frozen=True)
class Heading:
    """The title of an answer, or of a section of it."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Table:
    """Rows below headings; None is an empty cell. Columns of numbers and dates stand to the right."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]

    @property
    def cells(self) -> list[list[str]]:
        """The rows as text, a line each."""
        return [["" if value is None else one_line(value) for value in row] for row in self.rows]

    def is_number(self, column: int) -> bool:
        """Whether a column holds nothing but numbers and single dates."""
        return all(_NUMBER.match(row[column]) for row in self.cells)


@dataclass(frozen=True)
class Bar:
    """One bar with its numbers."""

    label: str
    done: int
    total: int
    note: str

    @property
    def line(self) -> str:
        """The bar in words."""
        return one_line(f"{self.label}: {self.done}/{self.total} {self.note}").rstrip()


@dataclass(frozen=True)
class HeatMap:
    """A mark per column of every row, drawn on HTML pages only: rows of (state, what it says)."""

    title: str
    rows: Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Legend:
    """What the marks of a page mean: colour and meaning by state."""

    states: Mapping[str, tuple[str, str]]


Part = str | Heading | Table | Bar | HeatMap | Legend


class Answer(Protocol):
    """What a command shows: parts for people, a document for machines, an exit code."""

    def parts(self, *, detailed: bool = False) -> Sequence[Part]:
        """For people."""
        ...

    @property
    def document(self) -> Any:
        """For machines."""
        ...

    @property
    def exit_code(self) -> int:
        """For scripts."""
        ...


@dataclass(frozen=True)
class Told:
    """An answer that is the same in detail."""

    said: Sequence[Part]
    document: object
    exit_code: int = 0

    def parts(self, *, detailed: bool = False) -> Sequence[Part]:  # noqa: ARG002  there are no more details
        """For people."""
        return self.said


@dataclass(frozen=True)
class Both:
    """An answer and others that stand below it, in its document by name; the exit code is its own."""

    first: Answer
    others: Mapping[str, Answer]

    @property
    def exit_code(self) -> int:
        """For scripts."""
        return self.first.exit_code

    @property
    def document(self) -> Any:
        """For machines."""
        return {**self.first.document, **{name: one.document for name, one in self.others.items()}}

    def parts(self, *, detailed: bool = False) -> Sequence[Part]:
        """For people."""
        return [part for one in (self.first, *self.others.values()) for part in one.parts(detailed=detailed)]


# Texts


def plain(parts: Iterable[Part]) -> list[str]:
    """Lines for a pipe or a log."""
    return [line for part in parts for line in _plain(part)]


def _plain(part: Part) -> list[str]:
    if isinstance(part, str):
        return [printable(part)]
    if isinstance(part, Heading):
        return [one_line(part.text)]
    if isinstance(part, Bar):
        return [part.line]
    if not isinstance(part, Table):
        return []
    rows = [list(part.headings), *part.cells]
    columns = range(len(part.headings))
    widths = [min(_WIDEST, max(len(row[column]) for row in rows)) for column in columns]
    to_the_right = [part.is_number(column) for column in columns]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, to_the_right, strict=True)
        )
        for row in rows
    ]
    return [*([one_line(part.title)] if part.title else []), *(f"  {line}".rstrip() for line in lines)]


def as_markdown(parts: Iterable[Part]) -> str:
    """A page of Markdown."""
    return "\n\n".join(text for part in parts if (text := _markdown(part)))


def _markdown(part: Part) -> str:
    if isinstance(part, str):
        return markdown(part)
    if isinstance(part, Heading):
        return f"**{markdown(part.text)}**" if part.level == 1 else f"### {markdown(part.text)}"
    if isinstance(part, Bar):
        return markdown(part.line)
    if not isinstance(part, Table):
        return ""
    title = f"**{markdown(part.title)}**\n\n" if part.title else ""
    rows = (part.headings, ["---"] * len(part.headings), *([markdown(cell) for cell in row] for row in part.cells))
    return title + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_html(parts: Iterable[Part], title: str) -> str:
    """One file without outside parts."""
    listed = list(parts)
    states = {name: colour for part in listed if isinstance(part, Legend) for name, (colour, _) in part.states.items()}
    style = "".join(f".{name}{{background:{colour}}}" for name, colour in states.items())
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{in_html(title)}</title><style>"
        "body{font:14px/1.45 system-ui,sans-serif;margin:2rem;max-width:1400px;color:#0f172a}"
        "h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:2rem}table{border-collapse:collapse}"
        "td,th{padding:.15rem .6rem;text-align:left;border-bottom:1px solid #e2e8f0;vertical-align:top}"
        ".map{display:flex;align-items:center;margin:2px 0}.map b{width:17rem;font-weight:400}"
        ".map div{display:flex;flex-wrap:wrap;gap:1px;max-width:60rem}"
        "i{display:inline-block;width:9px;height:14px;border-radius:1px}.legend span{margin-right:1.2rem}"
        f".legend i{{margin-right:.35rem;vertical-align:-2px}}{style}</style>"
        f"{''.join(_html(part) for part in listed)}</html>"
    )


def _html(part: Part) -> str:
    if isinstance(part, str):
        return f"<p>{in_html(part)}</p>"
    if isinstance(part, Heading):
        return f"<h{part.level}>{in_html(part.text)}</h{part.level}>"
    if isinstance(part, Bar):
        return f"<p>{in_html(part.line)}</p>"
    if isinstance(part, Legend):
        meant = (f"<span><i class={name}></i>{in_html(words)}</span>" for name, (_, words) in part.states.items())
        return f"<p class=legend>{''.join(meant)}</p>"
    title = f"<h2>{in_html(part.title)}</h2>" if part.title else ""
    if isinstance(part, HeatMap):
        rows = (
            f"<div class=map><b>{in_html(name)}</b><div>"
            + "".join(f"<i class={state} title='{in_html(said)}'></i>" for state, said in marks)
            + "</div></div>"
            for name, marks in part.rows.items()
        )
        return title + "".join(rows)
    head = "".join(f"<th>{in_html(name)}" for name in part.headings)
    body = "".join("<tr>" + "".join(f"<td>{in_html(cell)}" for cell in row) for row in part.cells)
    return f"{title}<table><tr>{head}{body}</table>"


def as_data(value: object) -> Any:
    """A value as JSON takes it: an object of our own by the attributes named in its ``KEYS``, else by its fields."""
    if is_dataclass(value):
        names: Sequence[str] = getattr(value, "KEYS", ()) or [field.name for field in fields(value)]
        return {name: as_data(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): as_data(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(as_data(one) for one in value)
    if isinstance(value, list | tuple):
        return [as_data(one) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if value == "":
        return None
    return round(value, 4) if isinstance(value, float) else value
