"""Turns a folder of single payloads into landing files: recognise, flatten, write, and say what every file became.

What a payload is belongs to ``kinds``, what it means to the flatteners.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nba_pipeline.archive.files import UNREADABLE as UNPACKABLE
from nba_pipeline.archive.files import found, unpacked, whole
from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError
from nba_pipeline.landing import content_hash, files, put, refuse_other_origin
from nba_pipeline.payloads.content import parsed
from nba_pipeline.payloads.flat import (
    BrokenPayloadError,
    DependsOnOthersError,
    Flat,
    Game,
    Known,
    NotLandedError,
    Record,
)
from nba_pipeline.payloads.kinds import Kind, nearest, recognised
from nba_pipeline.payloads.schedule import SCHEDULE
from nba_pipeline.payloads.statistics import GAMEBOOK
from nba_pipeline.raw.reader import read

ORIGIN = "archive"
#: What a flattener raises over a field that is missing or of another type.
UNREADABLE = (*UNPACKABLE, AttributeError)
Slot = tuple[str, dt.date, dt.datetime | None]


@dataclass(frozen=True)
class FileReport:
    """What became of one file; ``is_broken`` is a file that should have landed and did not."""

    name: str
    said: str
    is_broken: bool = False

    @property
    def line(self) -> str:
        """The report for a reader."""
        return f"{self.name}: {self.said}"


@dataclass
class PayloadReport:
    """What a folder of payloads gave: per file in name order, and rows and dates per source."""

    files: list[FileReport] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    dates: dict[str, set[dt.date]] = field(default_factory=lambda: defaultdict(set))
    notes: list[str] = field(default_factory=list)

    def count(self, source: str, date: dt.date, rows: int) -> None:
        """Rows that were landed."""
        self.rows[source] += rows
        self.dates[source].add(date)

    @property
    def is_broken(self) -> bool:
        """Whether a file that should have landed did not."""
        return any(file.is_broken for file in self.files)

    @property
    def lines(self) -> list[str]:
        """The report for a reader."""
        out = [file.line for file in sorted(self.files, key=lambda file: file.name)] + sorted(self.notes)
        for source, count in sorted(self.rows.items()):
            dates = sorted(self.dates[source])
            out.append(f"{source}: {count} rows, {len(dates)} dates {dates[0]} to {dates[-1]}")
        return out


def ingest_payloads(
    folder: Path,
    landing_root: Path,
    start: dt.date | None = None,
    end: dt.date | None = None,
    captured_at: dt.datetime | None = None,
) -> PayloadReport:
    """Write landing files for every payload recognised below ``folder``, for rows dated ``start`` to ``end``.

    ``captured_at``, UTC, is when the payloads were captured that do not say it themselves. Reading the same folder
    again writes nothing new.

    Raises:
        UsageError: when the folder does not exist, or landing holds simulated files.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name the folder that holds the payloads.")
    refuse_other_origin(landing_root, ORIGIN)
    ingestion = _Ingestion(landing_root, start, end, captured_at)
    for name, payload in _payloads(folder, ingestion.report):
        ingestion.add(name, payload)
    ingestion.finish()
    return ingestion.report


def _payloads(folder: Path, report: PayloadReport) -> Iterator[tuple[str, bytes]]:
    for file in found(folder):
        if file.problem:
            report.files.append(FileReport(file.name, f"not read: {file.problem}"))
            continue
        try:
            for member in unpacked(file.name, file.path):
                if member.problem:
                    report.files.append(FileReport(member.name, f"not read: {member.problem}"))
                else:
                    yield member.unpacked_name, whole(member.stream)
        except UNREADABLE as error:
            report.files.append(FileReport(file.name, f"broken: it cannot be unpacked ({error})", is_broken=True))


class _Ingestion:
    """One reading of a folder: what is known of games so far, what waits, and what became of each file."""

    def __init__(
        self, landing_root: Path, start: dt.date | None, end: dt.date | None, captured_at: dt.datetime | None
    ) -> None:
        self.landing_root = landing_root
        self.start, self.end = start, end
        self.report = PayloadReport()
        self.games: dict[str, Game] = {}
        self.known = Known(self.games, captured_at)
        self.waiting: list[tuple[str, bytes]] = []
        self.gathered: dict[Slot, list[Record]] = defaultdict(list)
        self.gatherers: dict[Slot, Kind] = {}

    def add(self, name: str, payload: bytes, *, may_wait: bool = True) -> None:
        """Land a payload; one that depends on others of the folder waits for its end."""
        try:
            self.report.files.append(FileReport(name, self._landed(payload, may_wait=may_wait)))
        except DependsOnOthersError as error:
            if may_wait:
                self.waiting.append((name, payload))
            else:
                self.report.files.append(FileReport(name, f"not landed: {error}"))
        except BrokenPayloadError as error:
            self.report.files.append(FileReport(name, f"broken: {error}", is_broken=True))
        except NotLandedError as error:
            self.report.files.append(FileReport(name, f"not landed: {error}"))
        except UNREADABLE as error:
            reason = f"broken: a field is missing or of another type than its kind has ({error!r})"
            self.report.files.append(FileReport(name, reason, is_broken=True))

    def finish(self) -> None:
        """Land what waited and what had to be gathered."""
        if self.waiting:
            self.games.update(landed_games(self.landing_root))
        for name, payload in self.waiting:
            self.add(name, payload, may_wait=False)
        for slot, records in self.gathered.items():
            gather = self.gatherers[slot].gather
            kept, notes = gather(records) if gather else (records, [])
            self.report.notes += [f"{slot[0]}: {note}" for note in notes]
            if kept:
                self._put(slot, kept)

    def _landed(self, payload: bytes, *, may_wait: bool) -> str:
        """Land a payload and say what it became."""
        content = parsed(payload)
        if content is None:
            return "not recognised: neither JSON, a table nor a PDF"
        kind = recognised(content)
        if kind is None:
            return f"not recognised: {nearest(content)}"
        if kind.flatten is None:
            return f"{kind.name}: no table wants it{': ' if kind.why_not else ''}{kind.why_not}"
        if kind.is_second_choice and may_wait:
            raise DependsOnOthersError(f"{kind.name}: another box score of the game may list more people")
        flat = kind.flatten(content, self.known)
        outside = [slot for slot in flat.parts if not self._is_asked(slot[1])]
        for slot in outside:
            flat.left_out[f"rows dated outside {self.start} to {self.end}"] += len(flat.parts.pop(slot))
        if kind.is_second_choice:
            self._refuse_shorter(flat)
        for (source, date), records in flat.parts.items():
            if source == SCHEDULE:
                self.games.update(_games(records))
            slot = (source, date, flat.captured_at)
            if kind.gather:
                self.gathered[slot] += records
                self.gatherers[slot] = kind
            else:
                self._put(slot, records)
        return self._said(kind, flat)

    def _is_asked(self, date: dt.date) -> bool:
        return not ((self.start and date < self.start) or (self.end and date > self.end))

    def _put(self, slot: Slot, records: Sequence[Record]) -> None:
        source, date, captured_at = slot
        put_records(self.landing_root, source, date, captured_at, records)
        self.report.count(source, date, len(records))

    def _refuse_shorter(self, flat: Flat) -> None:
        """A newer box score replaces a game's whole list, so a shorter one would lose who did not play."""
        for (source, date), records in flat.parts.items():
            if source != GAMEBOOK:
                continue
            code = records[0]["game_code"]
            held = read(_contract(GAMEBOOK), self.landing_root, DateRange(date, date))
            listed = sum(batch.rows["game_code"].to_pylist().count(code) for batch in held)
            if listed > len(records):
                raise NotLandedError(f"a box score of {code} that lists {listed} people, not {len(records)}, is landed")

    def _said(self, kind: Kind, flat: Flat) -> str:
        counts: Counter[str] = Counter()
        for (source, _), records in flat.parts.items():
            counts[source] += len(records)
        dates = sorted(date for _, date in flat.parts)
        said = f"{kind.name}: " + (", ".join(f"{source} {count} rows" for source, count in counts.items()) or "no rows")
        if dates:
            said += f", {dates[0]}" + (f" to {dates[-1]}" if dates[-1] != dates[0] else "")
        said += "".join(f"; left out {count} {reason}" for reason, count in sorted(flat.left_out.items()))
        return said + "".join(f"; {note}" for note in flat.notes)


def landed_games(landing_root: Path) -> dict[str, Game]:
    """Date and teams by NBA game id, from the schedules that are landed; the newest capture wins."""
    rows = [
        (row["fetched_at"], Game(row["game_id"], row["game_date"], row["home_team_tricode"], row["away_team_tricode"]))
        for batch in read(_contract(SCHEDULE), landing_root)
        for row in batch.rows.to_pylist()
    ]
    return {game.nba_game_id: game for _, game in sorted(rows, key=lambda row: row[0])}


def _games(records: Iterable[Record]) -> Iterator[tuple[str, Game]]:
    for row in records:
        date = dt.date.fromisoformat(row["gameDateEst"])
        yield row["gameId"], Game(row["gameId"], date, row["homeTeam_teamTricode"], row["awayTeam_teamTricode"])


def _contract(source: str) -> TableContract:
    return load_contracts()[f"nba_raw.{source}"]


def put_records(
    landing_root: Path, source: str, date: dt.date, captured_at: dt.datetime | None, records: Sequence[Record]
) -> None:
    """Write records as one landing file, unless a file of that capture has the same bytes.

    A payload that does not say when it was captured counts as captured at noon UTC of the day after its date, like an
    archive: after every game of the date. Another reading of the same capture counts a second more, and so wins.
    """
    payload = json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    stamp = (captured_at or dt.datetime.combine(date + dt.timedelta(days=1), dt.time(12), dt.UTC)).replace(
        microsecond=0
    )
    held = {(file.fetched_at, file.hash16) for file in files(landing_root, source, date, date)}
    taken = {fetched_at for fetched_at, _ in held}
    while stamp in taken:
        if (stamp, content_hash(payload)) in held:
            return
        stamp += dt.timedelta(seconds=1)
    put(landing_root, source, date, stamp, ORIGIN, payload, "json")
