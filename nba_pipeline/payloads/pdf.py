"""The words of a PDF and where they stand on their page; what they mean is told by the flatteners."""

import io
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from nba_pipeline.payloads.flat import BrokenPayloadError

SIGN = b"%PDF"


@dataclass(frozen=True)
class Word:
    """A word as it was drawn; points from the left and the bottom of its page."""

    page: int
    x: float
    y: float
    text: str


def words_of(payload: bytes) -> list[Word]:
    """Every word in the order it was drawn.

    Raises:
        BrokenPayloadError: for a PDF that is cut, locked or holds no text.
    """
    # Strict, for otherwise a page that is damaged inside gives a part of its words and only a log line.
    # Loaded with the first PDF: whoever has none does not need the library.
    pypdf, errors = import_module("pypdf"), import_module("pypdf.errors")
    found: list[Word] = []
    try:
        for number, page in enumerate(pypdf.PdfReader(io.BytesIO(payload), strict=True).pages, start=1):
            _read(page, number, found)
    except (
        errors.PyPdfError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        OSError,
    ) as error:
        raise BrokenPayloadError(f"the PDF is damaged, cut or locked: {error}") from error
    if not found:
        raise BrokenPayloadError("the PDF holds no text")
    return found


def _read(page: Any, number: int, found: list[Word]) -> None:
    def keep(text: str, matrix: list[float], text_matrix: list[float], *_: object) -> None:
        x, y = text_matrix[4], text_matrix[5]
        left = matrix[0] * x + matrix[2] * y + matrix[4]
        height = matrix[1] * x + matrix[3] * y + matrix[5]
        found.extend(Word(number, left, height, word) for word in text.split())

    page.extract_text(visitor_text=keep)
