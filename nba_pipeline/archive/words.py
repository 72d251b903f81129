"""Words of archive tables in one spelling: column names, dates, ids, team codes, numbers and prices.

What a table is belongs to ``kinds``; whether a value is plausible is decided when the landing file is read.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo

import pandas as pd

from nba_pipeline.raw.reader import packaged_team_aliases

EASTERN = ZoneInfo("America/New_York")
#: The column that carries a row's Eastern date between reading and writing.
DATE = "_date"
#: The column that carries the file a row came from, as long as only its file tells what a repeat means.
FILE = "_file"
Rows = pd.DataFrame
#: From here on a price is American: 100 pays the stake once.
_AMERICAN = 100
#: Day 0 of a spreadsheet, and the serial numbers that are days of 1982 to 2064.
_SERIAL_START, _SERIAL = dt.date(1899, 12, 30), re.compile(r"[3-5]\d{4}")
_DECIMALS = re.compile(r"(-?)0*(\d+)\.(\d*?)0*")


def plain(name: str) -> str:
    """A column name without case and separators."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Columns:
    """Columns of an archive table by any of several spellings."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.stored = {plain(column): column for column in reversed(list(rows.columns))}

    def text(self, spellings: Sequence[str]) -> pd.Series:
        """The first spelling the table has; a column of None when it has none."""
        for name in spellings:
            if name in self.stored:
                return self.rows[self.stored[name]].astype(object)
        return pd.Series([None] * len(self.rows), index=self.rows.index, dtype=object)


def each(values: pd.Series, change: Callable[[str | None], str | None]) -> pd.Series:
    """A text column with every different value changed once; missing ones go to ``change`` as None."""
    codes, different = pd.factorize(values, use_na_sentinel=True)
    changed = pd.Series([change(value) for value in different] + [change(None)], dtype=object)
    return pd.Series(changed.to_numpy()[codes], index=values.index, dtype=object)


def renamed(rows: Rows, names: Mapping[str, str]) -> Rows:
    """Columns under the league's names, by plain spelling; a column the table lacks is left out."""
    stored = Columns(rows).stored
    return pd.DataFrame({new: rows[stored[old]] for new, old in names.items() if old in stored}, index=rows.index)


def game_id(text: str | None) -> str | None:
    """A league game id with the zeros a spreadsheet took."""
    number = whole(text)
    return number.zfill(10) if number else text


def whole(text: str | None) -> str | None:
    """A whole number without the decimals a float column gave it."""
    return text.strip().removesuffix(".0") if text else None


def number(text: str | None) -> str | None:
    """A decimal number in its shortest spelling, so that 22 and 22.0 are one; any other text stays as it is."""
    matched = _DECIMALS.fullmatch(text.strip()) if text and "." in text else None
    if not matched:
        return text
    sign, ahead, behind = matched.groups()
    short = f"{ahead}.{behind}" if behind else ahead
    return short if short == "0" else sign + short


@cache
def team(text: str | None) -> str | None:
    """A spelling the lines table knows stays; one only other sources know becomes the tricode."""
    aliases = packaged_team_aliases()
    key = (text or "").strip().lower()
    return text if not key or ("odds_api", key) in aliases else aliases.get(("sbr", key), text)


def numbers(texts: pd.Series) -> pd.Series:
    """Numbers of texts; a pick'em is 0, anything else that is no number is NaN."""
    words = texts.map(lambda text: "0" if (text or "").strip().lower() in ("pk", "pick", "pickem", "even") else text)
    return pd.to_numeric(words, errors="coerce")


def number_text(value: float) -> str:
    """A number as text, never minus zero."""
    return f"{value + 0.0:g}"


def decimal_price(text: str | None) -> str | None:
    """Decimal odds of American or decimal ones; NULL for text that is no price."""
    try:
        value = float(text) if text else 0.0
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    if value >= _AMERICAN:
        return f"{1 + value / 100:.6g}"
    if value <= -_AMERICAN:
        return f"{1 - 100 / value:.6g}"
    return f"{value:g}" if value > 1 else None


@cache
def instant(text: str | None) -> str | None:
    """An instant with offset as UTC in one spelling; any other text stays as it is."""
    try:
        moment = dt.datetime.fromisoformat((text or "").strip())
        return text if moment.tzinfo is None else f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError):
        return text


@cache
def day_of_start(text: str | None) -> str | None:
    """ISO date of the start of a game: midnight UTC is an evening in the East."""
    moment = instant(text)
    if not moment or not moment.endswith("Z"):
        return day_of(text)
    return dt.datetime.fromisoformat(moment).astimezone(EASTERN).date().isoformat()


@cache
def day_of(text: str | None) -> str | None:
    """ISO date of a date in any usual spelling; an instant with offset is turned to Eastern first."""
    if not text:
        return None
    text = text.strip().removesuffix(".0")
    if re.search(r"T?\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$", text) and not re.search(r"[ T]00:00:00(\.0+)?Z?$", text):
        try:
            return dt.datetime.fromisoformat(text).astimezone(EASTERN).date().isoformat()
        except (ValueError, OverflowError):
            return None
    if _SERIAL.fullmatch(text):
        return (_SERIAL_START + dt.timedelta(days=int(text))).isoformat()
    first = text.split(" ")[0]
    for candidate, form in (
        (text[:10], "%Y-%m-%d"), (text, "%Y%m%d"), (first, "%m/%d/%Y"), (first, "%m-%d-%Y"), (text, "%b %d, %Y"),
        (text, "%B %d, %Y"), (first, "%m/%d/%y"), (text[:10], "%Y/%m/%d"), (text, "%d-%b-%y"),
    ):  # fmt: skip
        try:
            return dt.datetime.strptime(candidate, form).date().isoformat()  # noqa: DTZ007 a date has no zone
        except ValueError:
            continue
    return None
