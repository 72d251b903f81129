"""The league's injury report, as the PDF it is published as and as tables that others made of it.

In the PDF date, time, matchup and team stand once per block and carry over page ends, the titles of the columns stand
on the first page only, and a long reason is wrapped above and below the line of its player.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nba_pipeline.archive.words import plain
from nba_pipeline.payloads.flat import (
    EASTERN,
    BrokenPayloadError,
    Flat,
    Known,
    NotLandedError,
    Record,
    day_of,
    need_capture,
    text_of,
)
from nba_pipeline.payloads.pdf import Word

INJURIES = "nbac_injury_report"
TITLE = re.compile(r"Injury Report: (\d{1,2})/(\d{1,2})/(\d{2}) (\d{1,2}):(\d{2}) ?([AP]M)")
#: Titles of the columns by their first words, from left to right.
_COLUMNS = {
    "date": ("Game", "Date"), "gametime": ("Game", "Time"), "matchup": ("Matchup",), "team": ("Team",),
    "player": ("Player", "Name"), "status": ("Current", "Status"), "reason": ("Reason",),
}  # fmt: skip
_CARRIED = ("date", "gametime", "matchup", "team")
#: A report lists the games of its date and of the next slate.
_AHEAD = dt.timedelta(days=7)
_NOT_SUBMITTED = "NOT YET SUBMITTED"
#: Two words this near to each other in height stand on one line.
_SAME_LINE = 3.0
#: How far above its player a wrapped reason may begin; the next line above is farther.
_WRAPPED = 16.0
#: Spellings of the columns in tables made of the report.
_SPELLINGS = {
    "date": ("gamedate", "date"),
    "gametime": ("gametime",),
    "matchup": ("matchup",),
    "team": ("team",),
    "player": ("player", "playername"),
    "status": ("status", "currentstatus"),
    "reason": ("reason",),
}


def is_report(words: Iterable[Word]) -> bool:
    """Whether a PDF is an injury report."""
    return TITLE.search(" ".join(word.text for word in words if word.page == 1)) is not None


def report(payload: Any, _known: Known) -> Flat:
    """Every player of the report; a team that has not submitted is counted, not a team without injuries.

    Raises:
        BrokenPayloadError: when the title or a column is missing.
    """
    words: Sequence[Word] = payload["injury_report"]
    published = _published(words)
    lefts = _lefts(words)
    flat = Flat(captured_at=published.astimezone(dt.UTC))
    carried: Record = {}
    for line in _lines(words, lefts):
        carried = {name: line.get(name) or carried.get(name) for name in _CARRIED}
        if line.get("player"):
            flat.add(INJURIES, published.date(), _record(published, carried | line))
        elif _NOT_SUBMITTED in line.get("reason", ""):
            flat.left_out["teams that had not submitted"] += 1
    return flat


def table(payload: Any, known: Known) -> Flat:
    """Every player of a table made of a report, which seldom says when the report was published.

    Raises:
        NotLandedError: when the user has not said the moment of the report, or a line is of another time.
    """
    published = need_capture(known, "the table of the injury report").astimezone(EASTERN)
    flat = Flat(captured_at=known.captured_at)
    for row in payload["tables"]["csv"]["rows"]:
        stored = {plain(name): value for name, value in row.items()}
        said = {name: next((stored[key] for key in keys if stored.get(key)), None) for name, keys in _SPELLINGS.items()}
        if not said["player"]:
            flat.left_out["lines without a player"] += 1
            continue
        date = day_of(said["date"])
        if date and not published.date() <= date <= published.date() + _AHEAD:
            raise NotLandedError(
                f"it lists games of {date}, which no report of {published:%Y-%m-%d %H:%M} Eastern does"
            )
        flat.add(INJURIES, published.date(), _record(published, said))
    return flat


def _record(published: dt.datetime, said: Record) -> Record:
    date = day_of(said["date"])
    return {
        "gamedate": published.date().isoformat(),
        "hour24": published.hour,
        "minute": published.minute,
        "date": date.isoformat() if date else said["date"],
        "gametime": said.get("gametime"),
        "matchup": text_of(said.get("matchup")).replace(" ", "") or None,
        "team": said["team"],
        "player": said["player"],
        "status": said.get("status"),
        "reason": said.get("reason"),
    }


def _published(words: Sequence[Word]) -> dt.datetime:
    """The moment of the title, Eastern; the name of a file says another one."""
    matched = TITLE.search(" ".join(word.text for word in words if word.page == 1))
    if not matched:
        raise BrokenPayloadError("the first page has no title 'Injury Report: MM/DD/YY HH:MM AM'")
    month, day, year, hour, minute = (int(text) for text in matched.groups()[:5])
    hour = hour % 12 + (12 if matched[6] == "PM" else 0)
    return dt.datetime(2000 + year, month, day, hour, minute, tzinfo=EASTERN)


def _lefts(words: Sequence[Word]) -> dict[str, float]:
    """Where each column begins, by the line of titles on the first page."""
    titles = [word for word in words if word.page == 1]
    lefts = {}
    for name, said in _COLUMNS.items():
        for position in range(len(titles) - len(said) + 1):
            run = titles[position : position + len(said)]
            if tuple(word.text for word in run) == said and abs(run[0].y - run[-1].y) <= _SAME_LINE:
                lefts[name] = run[0].x
                break
    if missing := [" ".join(said) for name, said in _COLUMNS.items() if name not in lefts]:
        raise BrokenPayloadError(f"the first page has no column {', '.join(missing)}")
    return lefts


def _lines(words: Sequence[Word], lefts: dict[str, float]) -> Iterator[Record]:
    """The lines of the report from top to bottom; each word belongs to the line nearest in height.

    A reason that a page end cuts goes on at the top of the next page, too high for the first line there.
    """
    lines: list[dict[str, list[Word]]] = []
    for page in sorted({word.page for word in words}):
        cells = [(word, _column(word, lefts)) for word in words if word.page == page and _is_text(word, words)]
        heights: list[float] = []
        for word, column in cells:
            if column != "reason" and not any(abs(word.y - height) <= _SAME_LINE for height in heights):
                heights.append(word.y)
        heights.sort(reverse=True)
        of_page: list[dict[str, list[Word]]] = [{} for _ in heights]
        for word, column in cells:
            is_cut = not heights or word.y > heights[0] + _WRAPPED
            if is_cut and lines:
                lines[-1].setdefault(column, []).append(word)
            elif heights:
                nearest = min(range(len(heights)), key=lambda position: abs(heights[position] - word.y))
                of_page[nearest].setdefault(column, []).append(word)
        lines += of_page
    for line in lines:
        yield {name: _joined(found) for name, found in line.items()}


def _is_text(word: Word, words: Sequence[Word]) -> bool:
    """Whether a word is neither of the title, the line of titles nor the page number."""
    marks = [one for one in words if one.page == word.page and one.text in ("Report:", "Page")]
    marks += [one for one in words if one.page == word.page and one.text == "Matchup"]
    return all(abs(word.y - mark.y) > _SAME_LINE for mark in marks)


def _column(word: Word, lefts: dict[str, float]) -> str:
    begun = [name for name, left in lefts.items() if word.x >= left - 5]
    return max(begun, key=lambda name: lefts[name], default="date")


def _joined(words: Sequence[Word]) -> str:
    """Words of a cell in reading order; a hyphen at the end of one glues it to the next."""
    rows = sorted(words, key=lambda word: (word.page, -round(word.y), word.x))
    text = " ".join(word.text for word in rows)
    return re.sub(r"(?<=\w)- (?=\w)", "-", text)
