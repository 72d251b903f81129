"""What an ingested archive does not have, accepted in its name: nothing will come that the archive ends without.

Judged by dates of the landing files: a date with games of which no source of a kind has a file. Whether a gap is
accepted by a person belongs to ``accepted_gaps``.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from nba_pipeline.calendar import DateRange, last_partition, merged, season_year_of, seasons
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept, withdraw
from nba_pipeline.landing import LandingFile, files
from nba_pipeline.phases import ANALYTICS
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Warehouse

OWNER = "ingest archive"
_BOX_SCORES = ("nbac_gamebook_player_stats", "nbac_player_boxscores", "bdl_player_boxscores")
_PLAY_BY_PLAY = ("bigdataball_play_by_play", "nbac_play_by_play")


@dataclass(frozen=True)
class _Kind:
    """Sources of which one is enough, the table that lacks what none has, and whether the tables can do without."""

    words: str
    table: str
    sources: tuple[str, ...]
    is_optional: bool


_KINDS = (
    _Kind("player box scores", "nba_reference.player_box_lines", _BOX_SCORES, is_optional=False),
    _Kind("shots", "nba_reference.shot_events", (*_PLAY_BY_PLAY, "nbac_shot_chart"), is_optional=True),
    _Kind("injury reports", "nba_reference.player_injuries", ("nbac_injury_report",), is_optional=True),
)
#: What is missing of younger dates may still come.
_SETTLED = dt.timedelta(days=30)


@dataclass(frozen=True)
class Lacking:
    """Game dates of one season of which no source of a kind has anything, and whether that is accepted.

    A kind without any date in the season is not listed: it is not in use; nor are dates of the last thirty days. Box
    scores may lack as many dates as the gate of the analytics forgives; more is a hole to look at, not the end of an
    archive.
    """

    season: str
    words: str
    table: str
    ranges: tuple[DateRange, ...]
    dates: int
    of_dates: int
    is_accepted: bool

    @property
    def line(self) -> str:
        """What is lacking and what follows."""
        said = f"{self.season}: no source has {self.words} of {self.dates} of {self.of_dates} game dates"
        spans = ", ".join(one.words for one in self.ranges[:3]) + (" …" if len(self.ranges) > 3 else "")
        if self.is_accepted:
            return f"{said} ({spans}): accepted; take it back with nba-pipeline accept withdraw {self._named}"
        return (
            f"{said} ({spans}): ingest a source that has them, or live with it: "
            f"nba-pipeline accept gap {self._named} --reason TEXT"
        )

    @property
    def _named(self) -> str:
        whole = DateRange(self.ranges[0].start, self.ranges[-1].end)
        return f"{self.table.split('.')[1]} {whole.words}"


def lacking(landing_root: Path, dates: DateRange) -> list[Lacking]:
    """What the landing files of a range lack, by season and kind of source."""
    games = {file.date for file in files(landing_root, "nbac_schedule", dates.start, dates.end) if _has_records(file)}
    found = []
    for season in seasons():
        settled = last_partition() - _SETTLED
        played = sorted(day for day in games if season_year_of(day) == season.season_year and day < settled)
        for kind in _KINDS:
            held = {
                file.date for source in kind.sources for file in files(landing_root, source, dates.start, dates.end)
            }
            without = [day for day in played if day not in held]
            if not without or len(without) == len(played):
                continue
            most = len(played) * (100 - threshold("V21", ANALYTICS.percent)) / 100
            found.append(
                Lacking(
                    season=season.label,
                    words=kind.words,
                    table=kind.table,
                    ranges=merged(without, played),
                    dates=len(without),
                    of_dates=len(played),
                    is_accepted=kind.is_optional or len(without) <= most,
                )
            )
    return found


def accept_lacking(warehouse: Warehouse, landing_root: Path, dates: DateRange) -> list[Lacking]:
    """Accept in a range what the archive ends without; what an earlier ingestion accepted there no longer counts."""
    found = lacking(landing_root, dates)
    for kind in _KINDS:
        withdraw(warehouse, kind.table, dates, OWNER)
    gaps = [
        AcceptedGap(one.table, span, f"the archive has no {one.words} of it", OWNER)
        for one in found
        if one.is_accepted
        for span in one.ranges
    ]
    accept(warehouse, *gaps)
    return found


def _has_records(file: LandingFile) -> bool:
    """Whether a schedule file lists a game; a date without games has a header alone."""
    if file.suffix != "csv":
        return True
    with file.path.open("rb") as opened:
        opened.readline()
        return bool(opened.readline().strip())
