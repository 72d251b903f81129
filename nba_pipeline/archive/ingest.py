"""Turns a folder of public archives into landing files: recognise, gather by source and date, write, report.

What a table is and means belongs to ``shapes``. Archives say nothing about when they were captured, so the capture
time of a landing file is noon UTC of the day after its date: always the same, and after every game of that date. A
later ingestion with other content for that date counts a second more, so that a corrected archive wins. Captured odds
keep the archive's own time inside the record.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nba_pipeline.archive import court_shots, kinds, league, odds, persons
from nba_pipeline.archive.files import UNREADABLE, column_names, members, table, unpacked
from nba_pipeline.archive.words import DATE, Rows
from nba_pipeline.calendar import season_year_of
from nba_pipeline.errors import UsageError
from nba_pipeline.landing import LandingFile, content_hash, files, put, refuse_other_origin

ORIGIN = "archive"
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


@dataclass
class KindReport:
    """What one kind of archive table, or one landing source, amounted to."""

    files: int = 0
    rows: int = 0
    dates: int = 0
    first_date: dt.date | None = None
    last_date: dt.date | None = None
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class IngestReport:
    """What a folder of archives gave, and what it lacks."""

    kinds: Mapping[str, KindReport]
    sources: Mapping[str, KindReport]
    unrecognised: tuple[tuple[str, str], ...]
    coverage: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The report for a reader."""
        out = []
        for name, report in {**self.kinds, **self.sources}.items():
            dates = f", {report.dates} dates {report.first_date} to {report.last_date}" if report.dates else ""
            skipped = "".join(f"; skipped {count}: {reason}" for reason, count in sorted(report.skipped.items()))
            out.append(f"{name}: {report.files} files, {report.rows} rows{dates}{skipped}")
        out += [f"not recognised: {name} ({reason})" for name, reason in self.unrecognised]
        return out + list(self.coverage)


def ingest_archive(
    folder: Path, landing_root: Path, start: dt.date | None = None, end: dt.date | None = None, market: str = ""
) -> IngestReport:
    """Write landing files for everything recognised below ``folder``, dated ``start`` to ``end``.

    ``market`` is the market of props files that have no column for it; without it they are refused.
    Reading the same folder again writes nothing new.

    Raises:
        UsageError: when the folder does not exist, or landing holds simulated files.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: name the folder that holds the archive files.")
    refuse_other_origin(landing_root, ORIGIN)
    gathered = _gather(folder, market)
    sources = {}
    logs = gathered.rows.get("nbac_player_boxscores", [])
    for source, parts in sorted(gathered.rows.items()):
        rows = pd.concat(parts, ignore_index=True)
        if source != persons.REGISTRY:
            sources[source] = _write_dates(landing_root, source, rows, start, end)
        if source == "nbac_schedule":
            _write_dates_without_games(landing_root, rows, start, end)
    people = persons.people(gathered.rows.get(persons.REGISTRY, []), logs)
    if not people.empty:
        sources[persons.REGISTRY] = _write_registry(landing_root, people, sources)
    lacks = [f"The archive has {text}." for source, text in _LACKS.items() if source not in sources]
    lacks += [f"Public archives have {text}." for text in _NEVER]
    return IngestReport(gathered.kinds, sources, tuple(gathered.unrecognised), tuple(lacks))


@dataclass
class _Gathered:
    kinds: dict[str, KindReport] = field(default_factory=dict)
    rows: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    unrecognised: list[tuple[str, str]] = field(default_factory=list)


def _gather(folder: Path, market: str) -> _Gathered:
    gathered = _Gathered()
    for name, payload in members(folder):
        try:
            for member, content in unpacked(name, payload):
                _add(gathered, member, content, market)
        except UNREADABLE as error:
            gathered.unrecognised.append((name, f"cannot be opened: {error}"))
    if teams := gathered.rows.get("nbac_team_boxscore"):
        games = league.schedule(pd.concat(teams, ignore_index=True), gathered.kinds[kinds.TEAM_LOG].skipped)
        if not games.empty:
            gathered.rows["nbac_schedule"].append(games)
    return gathered


def _add(gathered: _Gathered, name: str, payload: bytes, market: str) -> None:
    try:
        columns = column_names(name, payload)
        kind = kinds.kind_of(columns)
        if kind is None:
            reason = f"columns {', '.join(columns[:8])}" if columns else "no table"
            gathered.unrecognised.append((name, reason))
            return
        is_marketless = kind == kinds.PROPS and not kinds.says_market(columns)
        if is_marketless and not market:
            reason = "player props without a market column: name the market of the file with --market, as points"
            gathered.unrecognised.append((name, reason))
            return
        rows = table(name, payload, kinds.wanted(kind, columns))
        if is_marketless:
            rows = rows.assign(market=market)
    except UNREADABLE as error:
        gathered.unrecognised.append((name, f"cannot be read: {error}"))
        return
    report = gathered.kinds.setdefault(kind, KindReport())
    report.files += 1
    report.rows += len(rows)
    source, part = _landing_rows(kind, rows, report.skipped)
    if kind == kinds.COURT_SHOTS:
        part = part.assign(**{court_shots.FILE: name})
    if not part.empty:
        gathered.rows[source].append(part)


def _landing_rows(kind: str, rows: Rows, skipped: dict[str, int]) -> tuple[str, Rows]:
    """Landing source and rows with their date in the column ``_date``; what is left out is counted by reason."""
    if kind == kinds.PLAYER_LOG:
        return "nbac_player_boxscores", league.rows_of(rows, league.PLAYER_LOG, skipped)
    if kind == kinds.TEAM_LOG:
        return "nbac_team_boxscore", league.rows_of(rows, league.TEAM_LOG, skipped)
    if kind == kinds.SHOTS:
        return "nbac_shot_chart", league.rows_of(rows, league.SHOTS, skipped)
    if kind == kinds.COURT_SHOTS:
        return "nbac_shot_chart", court_shots.shots(rows, skipped)
    if kind == kinds.LINES:
        return "odds_api_game_lines", odds.lines(rows, skipped)
    if kind == kinds.PROPS:
        return "odds_api_player_points_props", odds.props(rows, skipped)
    return persons.REGISTRY, persons.players(rows, skipped)


def _of_date(source: str, rows: Rows) -> Rows:
    """The rows of one date without what several files repeat."""
    if source == "nbac_player_boxscores":
        return league.one_row_each(rows, ("GAME_ID", "PLAYER_ID"))
    if source == "nbac_team_boxscore":
        return league.one_row_each(rows, ("GAME_ID", "TEAM_ID"))
    if source == "nbac_shot_chart":
        return court_shots.of_games(rows, [*league.SHOTS, DATE])
    return rows.drop_duplicates()


def _write_dates(
    landing_root: Path, source: str, rows: pd.DataFrame, start: dt.date | None, end: dt.date | None
) -> KindReport:
    """One landing file per date, rows in a fixed order so that equal content has equal bytes."""
    report = KindReport()
    held = _Held(landing_root, source)
    for day_text, of_date in rows.groupby(DATE, sort=True):
        day = dt.date.fromisoformat(str(day_text))
        if (start and day < start) or (end and day > end):
            continue
        group = _of_date(source, of_date).drop(columns=DATE)
        columns = list(group.columns)
        ordered = group[columns].fillna("").astype(str).sort_values(columns, kind="stable")
        held.put(day, ordered)
        report.files += 1
        report.rows += len(ordered)
        report.dates += 1
        report.first_date = report.first_date or day
        report.last_date = day
    return report


def _write_dates_without_games(
    landing_root: Path, rows: pd.DataFrame, start: dt.date | None, end: dt.date | None
) -> None:
    """An empty schedule file for every date between a season's first and last game that has none.

    A season's game log is complete, so it says that nothing was played; without a file the date would count as a gap.
    """
    held = _Held(landing_root, "nbac_schedule")
    played = {dt.date.fromisoformat(str(day)) for day in rows[DATE]}
    columns = [name for name in rows.columns if name != DATE]
    for year in {season_year_of(day) for day in played}:
        season = [day for day in played if season_year_of(day) == year]
        for offset in range((max(season) - min(season)).days):
            day = min(season) + dt.timedelta(days=offset)
            if day not in played and not (start and day < start) and not (end and day > end):
                held.put(day, rows[columns].head(0))


class _Held:
    """The landing files of one source from earlier ingestions, and the place for new ones."""

    def __init__(self, landing_root: Path, source: str) -> None:
        self.landing_root = landing_root
        self.source = source
        self.by_day: dict[dt.date, list[LandingFile]] = defaultdict(list)
        for file in files(landing_root, source):
            if file.origin == ORIGIN:
                self.by_day[file.date].append(file)

    def put(self, day: dt.date, rows: pd.DataFrame) -> None:
        """Write a date unless an earlier ingestion wrote the same; newer than any earlier one."""
        payload = rows.to_csv(index=False, lineterminator="\n").encode()
        earlier = self.by_day[day]
        if content_hash(payload) in {file.hash16 for file in earlier}:
            return
        noon = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(12), dt.UTC)
        captured = max([noon, *(file.fetched_at + dt.timedelta(seconds=1) for file in earlier)])
        put(self.landing_root, self.source, day, captured, ORIGIN, payload, "csv")


def _write_registry(landing_root: Path, people: pd.DataFrame, sources: Mapping[str, KindReport]) -> KindReport:
    last = max((report.last_date for report in sources.values() if report.last_date), default=dt.date(1970, 1, 1))
    _Held(landing_root, persons.REGISTRY).put(last, people.astype(object).where(people.notna(), "").astype(str))
    return KindReport(files=1, rows=len(people), dates=1, first_date=last, last_date=last)
