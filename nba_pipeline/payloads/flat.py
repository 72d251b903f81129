"""What every flattener speaks: flat records by source and date, the games they belong to, what is left out and why.

A flattener is a pure function of one parsed payload and of the games known so far. It gives records in the landing
fields of the contracts (``from=``); values stay as the vendor writes them, and whether they are plausible is decided
when the landing file is read.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nba_pipeline.archive import words as archive_words

EASTERN = archive_words.EASTERN
Record = dict[str, Any]
_EXHIBITIONS = ("001", "003")
_COUNTED = ("002", "004", "005", "006")


class NotLandedError(Exception):
    """A whole payload that is not landed, with the reason: a game under way, an exhibition, another league."""


class BrokenPayloadError(NotLandedError):
    """A payload that is damaged or contradicts itself; it costs itself only."""


class DependsOnOthersError(NotLandedError):
    """A payload that can be judged only when the others of its folder are known."""


class UnknownGameError(DependsOnOthersError):
    """A payload that states a game's id only, and nobody has said the game's date and teams yet."""


@dataclass(frozen=True)
class Game:
    """What other payloads of a game need and do not say themselves; teams as tricodes."""

    nba_game_id: str
    date: dt.date
    home: str
    away: str

    @property
    def code(self) -> str:
        """NBA game code, YYYYMMDD/AWYHOM."""
        return f"{self.date:%Y%m%d}/{self.away}{self.home}"


Games = Mapping[str, Game]


@dataclass(frozen=True)
class Known:
    """What is known beside the payload: games by NBA id, and the user's word when it was captured, UTC."""

    games: Games
    captured_at: dt.datetime | None = None


Parts = dict[tuple[str, dt.date], list[Record]]


@dataclass
class Flat:
    """What one payload gives: records by source and Eastern date, and what was left out, by reason.

    ``captured_at`` is when the service answered, UTC; None when the payload does not say.
    """

    parts: Parts = field(default_factory=lambda: defaultdict(list))
    captured_at: dt.datetime | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(self, source: str, date: dt.date, record: Record) -> None:
        """One record more for a source and date."""
        self.parts[source, date].append(record)


Flattener = Callable[[Any, Known], Flat]


def league_game_id(value: object) -> str:
    """The ten digits of a game that counts.

    Raises:
        NotLandedError: for a pre-season or All-Star game, and for a game of another league.
    """
    text = str(value or "").strip().removesuffix(".0").zfill(10)
    if text.startswith(_EXHIBITIONS):
        raise NotLandedError(f"game {text} is a pre-season or All-Star game: such games do not exist here")
    if not text.startswith(_COUNTED):
        raise NotLandedError(f"game {text} is no game of the NBA: its id does not begin with {', '.join(_COUNTED)}")
    return text


def game_of(game_id: str, games: Games) -> Game:
    """Date and teams of a game that the payload itself does not state.

    Raises:
        UnknownGameError: when no schedule or box score said them.
    """
    known = games.get(game_id)
    if known is None:
        raise UnknownGameError(
            f"the payload states no date and the schedule does not know game {game_id}: "
            "put a schedule or the live box score of the game into the folder, or ingest one before"
        )
    return known


def date_of_code(code: object) -> dt.date:
    """The Eastern date at the front of a game code, YYYYMMDD/AWYHOM.

    Raises:
        BrokenPayloadError: when there is none.
    """
    try:
        return dt.datetime.strptime(text_of(code).partition("/")[0], "%Y%m%d").date()  # noqa: DTZ007 a date has no zone
    except ValueError as error:
        raise BrokenPayloadError(f"game code {code!r} does not begin with a date YYYYMMDD") from error


def day_of(text: object) -> dt.date | None:
    """The date a text says in any usual spelling, None where it says none."""
    day = archive_words.day_of(text_of(text))
    return dt.date.fromisoformat(day) if day else None


def instant(text: object, zone: dt.tzinfo = dt.UTC) -> dt.datetime | None:
    """A vendor's time as a UTC instant, None where there is none; a text without offset is in ``zone``."""
    try:
        parsed = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(dt.UTC)


def eastern_date(text: object) -> dt.date | None:
    """The Eastern date of an instant."""
    moment = instant(text)
    return moment.astimezone(EASTERN).date() if moment else None


def answered_at(payload: Record) -> dt.datetime | None:
    """When the league's service answered, by its ``meta.time``.

    That time is Eastern, with and without a Z at its end: it is always later than the last edit of an action, and a
    box score that carries a Z says an evening hour before its tip-off in UTC.
    """
    return instant(str((payload.get("meta") or {}).get("time")).removesuffix("Z"), EASTERN)


def need_capture(known: Known, what: str) -> dt.datetime:
    """The user's word when a payload was captured that states the present and not its own time.

    Raises:
        NotLandedError: when the user has not said it.
    """
    if known.captured_at is None:
        raise NotLandedError(f"{what} does not say when it was captured: name the moment with --captured-at")
    return known.captured_at


def text_of(value: object) -> str:
    """Trimmed text, empty for None."""
    return "" if value is None else str(value).strip()


def words(*texts: object) -> str | None:
    """The texts that say something, joined by a dash; None when none does."""
    said = [text for text in map(text_of, texts) if text]
    return " - ".join(said) or None
