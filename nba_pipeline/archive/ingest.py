"""Turns a folder of public archives into landing files: recognise, gather by source and date, write, report.

What a table is belongs to ``kinds``, what its rows mean to the module of the kind, how landing files are written to
``landed``. Files are read one after another and a bounded number of rows at a time.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from nba_pipeline.archive import court_shots, game_ids, kinds, league, odds, persons
from nba_pipeline.archive.files import UNREADABLE, BombError, Member, found, unpacked
from nba_pipeline.archive.landed import ORIGIN, Held, write_dates, write_dates_without_games
from nba_pipeline.archive.notes import Notes, Window
from nba_pipeline.archive.pool import Pool, coded
from nba_pipeline.archive.repeats import LOG_KEYS, of_date
from nba_pipeline.archive.report import FileReport, IngestReport, Landed
from nba_pipeline.archive.tables import NoTableError, Table, table_of
from nba_pipeline.archive.words import DATE, Rows
from nba_pipeline.errors import UsageError
from nba_pipeline.landing import refuse_other_origin

_SCHEDULE = "nbac_schedule"
_PLAYERS = "nbac_player_boxscores"
_TEAMS = "nbac_team_boxscore"
_TEAM_GAME = ("GAME_ID", "GAME_DATE", "MATCHUP", "TEAM_ABBREVIATION", "PTS", DATE)


class _Reader(NamedTuple):
    source: str
    rows: Callable[[Rows, Notes], Rows]


_READERS: Mapping[str, _Reader] = {
    kinds.PLAYER_LOG: _Reader(_PLAYERS, lambda rows, notes: league.rows_of(rows, league.PLAYER_LOG, notes)),
    kinds.TEAM_LOG: _Reader(_TEAMS, lambda rows, notes: league.rows_of(rows, league.TEAM_LOG, notes)),
    kinds.SHOTS: _Reader("nbac_shot_chart", lambda rows, notes: league.rows_of(rows, league.SHOTS, notes)),
    kinds.COURT_SHOTS: _Reader("nbac_shot_chart", court_shots.shots),
    kinds.LINES: _Reader("odds_api_game_lines", odds.lines),
    kinds.PROPS: _Reader(odds.POINTS_PROPS, odds.props),
    kinds.SCHEDULE: _Reader(_SCHEDULE, league.listed),
    kinds.PLAYERS: _Reader(persons.REGISTRY, persons.players),
}


def ingest_archive(
    folder: Path, landing_root: Path, start: dt.date | None = None, end: dt.date | None = None, market: str = ""
) -> IngestReport:
    """Write landing files for everything recognised below ``folder``, dated ``start`` to ``end``.

    ``market`` is the market of props files that have no column for it; without it they are refused. Only points become
    points lines, every other market is kept beside them.
    Reading the same folder again writes nothing new.

    Raises:
        UsageError: when the folder does not exist, landing holds simulated files, or the market names no statistic.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: name the folder that holds the archive files.")
    if market and not odds.is_market(market):
        raise UsageError(
            f"--market {market!r} names no statistic: write points, or several together, as"
            " player_points_rebounds_assists."
        )
    refuse_other_origin(landing_root, ORIGIN)
    gathered = _Gathered(Window(start, end), market)
    gathered.read(folder)
    sources = gathered.write(landing_root)
    return IngestReport(
        files=sorted(gathered.files, key=lambda file: file.name),
        sources=sources,
        skipped=+gathered.skipped,
        market=market,
    )


class _Gathered:
    """What the files of a folder gave so far."""

    def __init__(self, window: Window, market: str) -> None:
        self.window = window
        self.market = market
        self.files: list[FileReport] = []
        self.skipped: Counter[str] = Counter()
        self.pool = Pool()
        self.persons: list[Rows] = []
        self.seen: list[Rows] = []
        self.played: set[str] = set()
        #: Rows each file gave, and those of them that turned out to be of no known game or team, by reason.
        self.gave: Counter[str] = Counter()
        self.lost: Counter[tuple[str, str]] = Counter()
        self.with_players: set[str] = set()

    def read(self, folder: Path) -> None:
        for file in found(folder):
            name = _shown(file.name)
            if file.problem:
                self.files.append(FileReport(name, refused=file.problem))
                continue
            try:
                for member in unpacked(file.name, file.path):
                    self.files.append(self._report(member))
            except UNREADABLE as error:
                self.files.append(FileReport(name, refused=f"cannot be opened: {_shown(str(error))}"))

    def _report(self, member: Member) -> FileReport:
        report = FileReport(_shown(member.name))
        if member.problem:
            report.refused = member.problem
            return report
        try:
            table = table_of(member)
            self._read_table(report, table)
        except BombError:
            raise
        except NoTableError as error:
            report.refused, report.is_answer = f"no table: {error}", True
        except UNREADABLE as error:
            report.refused = f"cannot be read: {_shown(str(error))}"
        return report

    def _read_table(self, report: FileReport, table: Table) -> None:
        kind = kinds.kind_of(table.columns)
        if kind is None:
            report.refused, report.is_answer = "its columns are those of no kind that is read", table.is_answer
            report.nearest, report.lacks = kinds.nearest(table.columns) or ("", ())
            return
        is_marketless = kind == kinds.PROPS and not kinds.says_market(table.columns)
        if is_marketless and not self.market:
            report.refused = (
                "player props without a market column: say which with --market: points, or for several statistics"
                " together their names, as player_points_rebounds_assists"
            )
            report.nearest, report.lacks = kind, ("market",)
            return
        reader, notes = _READERS[kind], Notes(self.window)
        columns = kinds.wanted(kind, table.columns)
        parts: dict[str, list[pa.Table]] = defaultdict(list)
        listed: list[Rows] = []
        for chunk in table.chunks(columns):
            rows = reader.rows(chunk.assign(market=self.market) if is_marketless else chunk, notes)
            if kind == kinds.PLAYERS:
                listed.append(rows)
                continue
            for source, of_source in _by_source(reader.source, rows):
                if not of_source.empty:
                    parts[source].append(coded(of_source))
        for source, tables in parts.items():
            self.pool.add(source, report.name, tables)
            self.gave[report.name] += sum(len(table) for table in tables)
        self.persons += listed
        self.seen += notes.seen
        self.played |= notes.played
        report.kind, report.source, report.rows = kind, reader.source, table.rows
        report.outside, report.other_markets = notes.outside, notes.other_markets
        report.skipped = notes.skipped + table.lost
        report.unused_columns = [_shown(name) for name in table.columns if name not in columns]
        report.market = self.market if is_marketless else ""
        report.take_dates(notes.dates)

    def write(self, landing_root: Path) -> dict[str, Landed]:
        """Landing files of everything gathered, by source."""
        sources = {}
        ids = game_ids.known(self.pool)
        teams, listed = self.pool.columns(_TEAMS, _TEAM_GAME), self.pool.columns(_SCHEDULE, league.SCHEDULE)
        for source in sorted({reader.source for reader in _READERS.values()} - {_SCHEDULE} | {odds.OTHER_PROPS}):
            if source in self.pool:
                landed = write_dates(landing_root, source, self._dates(source, ids))
                if landed.files:
                    sources[source] = landed
        games = self._schedule(teams, listed, ids)
        if not games.empty:
            columns = [name for name in games.columns if name != DATE]
            by_date = ((str(day), rows[columns]) for day, rows in games.groupby(DATE, sort=True))
            sources[_SCHEDULE] = write_dates(landing_root, _SCHEDULE, by_date)
            write_dates_without_games(landing_root, self.played, self.window, games[columns].head(0))
        people = persons.people(self.persons, self.seen)
        if not people.empty:
            sources[persons.REGISTRY] = _write_registry(landing_root, people, sources.values())
        self._report_lost()
        return dict(sorted(sources.items()))

    def _dates(self, source: str, ids: game_ids.Games) -> Iterator[tuple[str, Rows]]:
        for day, rows in self.pool.taken(source):
            known = game_ids.complete(rows, ids, LOG_KEYS[source], self.lost) if source in LOG_KEYS else rows
            if source == _PLAYERS:
                self.with_players.update(known["GAME_ID"].unique())
            if not known.empty:
                yield day, of_date(source, known)

    def _schedule(self, teams: Rows, listed: Rows, ids: game_ids.Games) -> Rows:
        """Schedule rows of the team rows, then of the lists; a game that is over needs somebody who played in it."""
        if not teams.empty:
            teams = game_ids.given(teams, ids).sort_values(game_ids.GIVEN, kind="stable")
        games = league.schedule(teams, self.skipped, frozenset(() if listed.empty else listed["gameId"]))
        if listed.empty:
            return games
        listed = listed.drop_duplicates(["gameId", DATE])
        if not games.empty:
            # Team rows say more than a list: which court was neutral.
            listed = listed[~listed["gameId"].isin(games["gameId"])]
        is_bare = listed["gameStatus"].eq("3") & ~listed["gameId"].isin(self.with_players)
        self.skipped.update({"game of a schedule that is over and of which no player log tells": int(is_bare.sum())})
        return pd.concat([games, listed[~is_bare]])

    def _report_lost(self) -> None:
        for report in self.files:
            lost = {reason: count for (name, reason), count in self.lost.items() if name == report.name}
            report.skipped = dict(report.skipped) | lost
            if lost and sum(lost.values()) == self.gave[report.name]:
                report.refused, report.nearest, report.kind = next(iter(lost)), report.kind, ""
                report.lacks = ("GAME_ID" if game_ids.NO_GAME in lost else "TEAM_ABBREVIATION",)


def _by_source(source: str, rows: Rows) -> Iterator[tuple[str, Rows]]:
    if source != odds.POINTS_PROPS:
        yield source, rows
        return
    is_other = rows["market"].notna()
    yield source, rows[~is_other].drop(columns="market")
    yield odds.OTHER_PROPS, rows[is_other]


def _write_registry(landing_root: Path, people: Rows, sources: Iterable[Landed]) -> Landed:
    last = max((landed.last_date for landed in sources if landed.last_date), default=dt.date(1970, 1, 1))
    Held(landing_root, persons.REGISTRY).put(last, people.astype(object).where(people.notna(), "").astype(str))
    landed = Landed()
    landed.add(last, len(people))
    return landed


def _shown(text: str) -> str:
    """A text as a report can hold it, bytes of no encoding replaced."""
    return text.encode(errors="replace").decode()
