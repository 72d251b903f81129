"""What became of a folder of archives: per file, per landing source, and what the archive lacks."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nba_pipeline.calendar import season_year_of

#: What each source gives, for the statement of what an archive lacks.
_LACKS = {
    "nbac_player_boxscores": "no player game logs: no player statistics",
    "nbac_team_boxscore": "no team game logs: no schedule and no team totals",
    "nbac_shot_chart": "no shot detail: shot zones stay unknown",
    "odds_api_game_lines": "no game lines: spreads and totals stay NULL",
    "odds_api_player_points_props": "no points props: player lines stay NULL",
}
_NEVER = (
    "no game books: nobody's reason for not playing",
    "no injury reports and no rosters",
    "no tip-off times and venues in the schedule",
)
_NAMED_MARKETS = 3
_NAMED_COLUMNS = 12


@dataclass
class Landed:
    """What one landing source got."""

    files: int = 0
    rows: int = 0
    dates: int = 0
    first_date: dt.date | None = None
    last_date: dt.date | None = None

    def add(self, day: dt.date, rows: int) -> None:
        """Count one date's file."""
        self.files += 1
        self.rows += rows
        self.dates += 1
        self.first_date = min(self.first_date or day, day)
        self.last_date = max(self.last_date or day, day)

    def line(self, source: str) -> str:
        """The count for a reader."""
        dates = f", {self.dates} dates {self.first_date} to {self.last_date}" if self.dates else ""
        return f"{source}: {self.files} files, {self.rows:,} rows{dates}"


@dataclass
class FileReport:
    """What one file became; ``refused`` says why it became nothing.

    ``rows`` were read, of them ``outside`` have dates nobody asked for; ``dates`` and ``seasons`` are those of the
    rest. ``skipped`` counts rows left out by reason, ``other_markets`` those of markets but points. ``is_answer``
    marks a document or a single answer of a service.
    """

    name: str
    kind: str = ""
    source: str = ""
    rows: int = 0
    outside: int = 0
    dates: int = 0
    first_date: str = ""
    last_date: str = ""
    seasons: Sequence[str] = ()
    unused_columns: Sequence[str] = ()
    market: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)
    other_markets: Mapping[str, int] = field(default_factory=dict)
    refused: str = ""
    nearest: str = ""
    lacks: Sequence[str] = ()
    is_answer: bool = False

    def take_dates(self, dates: set[str]) -> None:
        """Dates and seasons of ISO dates."""
        self.dates, self.first_date, self.last_date = len(dates), min(dates, default=""), max(dates, default="")
        years = sorted({season_year_of(dt.date.fromisoformat(day)) for day in dates})
        self.seasons = [f"{year}-{(year + 1) % 100:02d}" for year in years]

    @property
    def lines(self) -> Iterator[str]:
        """The account for a reader."""
        if self.refused:
            near = f"; nearest kind: {self.nearest}, lacks {', '.join(self.lacks)}" if self.nearest else ""
            yield f"{self.name}: refused, {self.refused}{near}"
            return
        when = (
            f", {', '.join(self.seasons)}, {self.dates} dates {self.first_date} to {self.last_date}"
            if self.dates
            else ""
        )
        yield f"{self.name}: {self.kind}, {self.rows:,} rows{when}"
        if self.market:
            yield f"    read as {self.market}, as --market says"
        if self.unused_columns:
            yield f"    columns not used: {_some(self.unused_columns, _NAMED_COLUMNS)}"
        if self.outside:
            yield f"    outside the dates asked for: {self.outside:,} rows"
        if self.other_markets:
            yield f"    markets other than points, kept but used by no table: {_markets(self.other_markets)}"
        for reason, count in sorted(self.skipped.items()):
            yield f"    left out: {count:,} rows, {reason}"


def _some(names: Sequence[str], most: int) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _markets(counts: Mapping[str, int]) -> str:
    most = Counter(counts).most_common()
    named = ", ".join(f"{name} {count:,}" for name, count in most[:_NAMED_MARKETS])
    rest = f" and {len(most) - _NAMED_MARKETS} more" if len(most) > _NAMED_MARKETS else ""
    return f"{sum(counts.values()):,} rows of {len(most)} ({named}{rest})"


@dataclass(frozen=True)
class IngestReport:
    """What a folder of archives gave, and what it lacks; ``market`` is what the user named for props without one."""

    files: Sequence[FileReport]
    sources: Mapping[str, Landed]
    skipped: Mapping[str, int]
    market: str = ""

    @property
    def unrecognised(self) -> tuple[tuple[str, str], ...]:
        """Name and reason of every refused file."""
        return tuple((file.name, file.refused) for file in self.files if file.refused)

    @property
    def coverage(self) -> tuple[str, ...]:
        """What the archive lacks."""
        lacks = [f"The archive has {text}." for source, text in _LACKS.items() if source not in self.sources]
        return (*lacks, *(f"Public archives have {text}." for text in _NEVER))

    @property
    def lines(self) -> list[str]:
        """The report for a reader: files, sources, what is missing."""
        out = [line for file in self.files if not (file.refused and file.is_answer) for line in file.lines]
        out += _answers([file for file in self.files if file.refused and file.is_answer])
        if self.market:
            applied = [file.name for file in self.files if file.market]
            out.append(f"--market {self.market} was applied to: {', '.join(applied) or 'no file'}")
        out += [f"left out: {count:,}, {reason}" for reason, count in sorted(self.skipped.items())]
        return out + [landed.line(source) for source, landed in self.sources.items()] + list(self.coverage)

    @property
    def document(self) -> dict[str, object]:
        """The same for a machine."""
        return {
            "files": [vars(file) for file in self.files],
            "sources": {source: vars(landed) for source, landed in self.sources.items()},
            "skipped": dict(self.skipped),
            "market": self.market,
            "market_applied_to": [file.name for file in self.files if file.market],
            "lacks": list(self.coverage),
        }


def _answers(files: Sequence[FileReport]) -> Iterator[str]:
    """One line per folder for what is no archive table."""
    folders: dict[str, list[str]] = {}
    for file in files:
        folder, _, name = file.name.rpartition("/")
        folders.setdefault(folder or ".", []).append(name)
    for folder, names in folders.items():
        yield (
            f"{folder}: {len(names)} documents or single answers of a service, no archive tables"
            f" ({_some(names, 2)}); answers are read by: nba-pipeline ingest payloads FOLDER"
        )
