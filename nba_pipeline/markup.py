"""How values become text on a page: one line each, escaped, in tables of Markdown and HTML; not what is said."""

import html
import unicodedata
from collections.abc import Iterable, Sequence

#: What Markdown, a table of it, or HTML in it would take for structure.
_MARKDOWN = {ord(char): f"&#{ord(char)};" for char in "&<>|[`"}


def one_line(value: object) -> str:
    """A value as one line: line ends and tabs are spaces, what a terminal obeys or nobody sees is left out."""
    kept = []
    for char in str(value):
        kind = unicodedata.category(char)
        if char in "\n\r\t\v\f\x85" or kind in {"Zl", "Zp"}:
            kept.append(" ")
        elif kind not in {"Cc", "Cf", "Cs"}:
            kept.append(char)
    return "".join(kept)


def markdown(value: object) -> str:
    """A value inside Markdown, in a table or outside, where it can be nothing but text."""
    return one_line(value).translate(_MARKDOWN)


def in_html(value: object) -> str:
    """A value inside HTML, also between quotes of an attribute."""
    return html.escape(one_line(value))


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table whose cells are escaped."""
    return [
        f"| {' | '.join(headings)} |",
        "|---" * len(headings) + "|",
        *(f"| {' | '.join(markdown(value) for value in row)} |" for row in rows),
    ]


def html_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose cells are escaped."""
    head = "".join(f"<th>{in_html(name)}" for name in headings)
    body = "".join("<tr>" + "".join(f"<td>{in_html(value)}" for value in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"
