"""How single values become text: one line each, escaped for Markdown and HTML; not what is said."""

import html
import unicodedata

#: What Markdown, a table of it, or HTML in it would take for structure.
_MARKDOWN = {ord(char): f"&#{ord(char)};" for char in "&<>|[`"}


def printable(text: str) -> str:
    """A text without the characters a terminal obeys: escapes and other controls but line ends and tabs."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf"})


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
