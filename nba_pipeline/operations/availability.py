"""What a home has per season and kind of source, since when, and which features are without a value because of it.

Counted and put into words here; whether a range may go on without it is judged by gates and readiness.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nba_pipeline.calendar import DateRange, Season, last_partition, merged, seasons
from nba_pipeline.completeness.accepted_gaps import accepted_gaps
from nba_pipeline.completeness.coverage import Seen
from nba_pipeline.completeness.training import needed_kind, without_a_source
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.document import Part, Table, as_data, pct, share, shortened
from nba_pipeline.features import feature_versions
from nba_pipeline.warehouse.seam import Warehouse


@dataclass(frozen=True)
class SourceKind:
    """Tables of which one is enough, and what is not known without them.

    ``name`` is what features say they need. ``is_snapshot``: one date of a season is enough.
    """

    name: str
    words: str
    tables: tuple[str, ...]
    consequence: str
    is_snapshot: bool = False


KINDS = (
    SourceKind(
        "box_scores",
        "player box scores",
        ("nba_reference.player_box_lines",),
        "no player rows of these dates; averages and counts of later dates are without these games",
    ),
    SourceKind(
        "shots", "shots", ("nba_reference.shot_events",), "shot zones of players and of team defenses are not known"
    ),
    SourceKind(
        "play_by_play",
        "play-by-play",
        ("nba_raw.nbac_play_by_play", "nba_raw.bigdataball_play_by_play"),
        "who assisted a shot and who blocked it is not known",
    ),
    SourceKind(
        "injury_report",
        "injury reports",
        ("nba_reference.player_injuries",),
        "who is out or doubtful is not known, nor what it does to the usage of the others",
    ),
    SourceKind("points_props", "points props", ("nba_reference.points_lines",), "no points line to compare with"),
    SourceKind("game_lines", "game lines", ("nba_reference.game_lines",), "spread and total of a game are not known"),
    SourceKind(
        "rosters",
        "rosters",
        ("nba_raw.espn_team_rosters",),
        "who may play is taken from recent box scores and the game's own list",
        is_snapshot=True,
    ),
    SourceKind(
        "game_books",
        "game books",
        ("nba_raw.nbac_gamebook_player_stats",),
        "who sat out and why, and who started, is not known unless another source says it",
    ),
)


@dataclass(frozen=True)
class Without:
    """Features that have no value in a share (0 to 1) of a season's rows for want of a source, and their versions."""

    feature_versions: tuple[str, ...]
    features: tuple[str, ...]
    share_of_rows: float

    @property
    def words(self) -> str:
        """The features and how many rows lack them."""
        said = f"{', '.join(self.features)} without a value in {pct(100 * self.share_of_rows)} % of rows"
        return f"{said} ({', '.join(self.feature_versions)})"


@dataclass(frozen=True)
class Held:
    """One kind of source in one season: its dates with rows, the game dates without, and what follows.

    ``accepted`` counts the missing dates that somebody decided to live with, by reason.
    """

    season: str
    kind: SourceKind
    first: dt.date | None
    last: dt.date | None
    held: int
    game_dates: int
    missing: tuple[DateRange, ...]
    missing_dates: int
    accepted: Mapping[str, int]
    without: tuple[Without, ...]

    @property
    def is_lacking(self) -> bool:
        """Whether the season is not whole without this kind."""
        return bool(self.missing_dates)

    @property
    def what(self) -> str:
        """Season and kind."""
        return f"{self.season}: {self.kind.words}"

    @property
    def since(self) -> str:
        """Which dates are lacking."""
        if not self.held:
            return "the whole season"
        return f"{_words(self.missing)} ({self.missing_dates} of {self.game_dates} game dates)"

    @property
    def consequence(self) -> str:
        """What it costs, and who accepted it."""
        parts = [self.kind.consequence, *(one.words for one in self.without)]
        parts += [f"{dates} dates accepted: {reason}" for reason, dates in self.accepted.items()]
        return "; ".join(parts)

    @property
    def document(self) -> dict[str, Any]:
        """The kind for machines."""
        return as_data(
            {
                "season": self.season,
                "kind": self.kind.name,
                "first_date": self.first,
                "last_date": self.last,
                "game_dates_held": self.game_dates - self.missing_dates,
                "game_dates": self.game_dates,
                "missing": self.missing,
                "consequence": self.consequence if self.is_lacking else None,
                "features_without_a_value": self.without,
                "accepted": self.accepted,
            }
        )


@dataclass(frozen=True)
class Decision:
    """Dates of some tables that somebody decided to live without; ``expires`` is None when it counts for good."""

    dates: tuple[DateRange, ...]
    reason: str
    owner: str
    expires: dt.date | None
    tables: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Dates, reason, who, until when, tables."""
        until = str(self.expires or "for good")
        return (_words(self.dates), self.reason, self.owner, until, ", ".join(self.tables))


@dataclass(frozen=True)
class Availability:
    """Every kind of every season of a range, and the gaps that were accepted in it."""

    kinds: Sequence[Held]
    decisions: Sequence[Decision]

    exit_code = 0
    HEADINGS = ("what", "since", "consequence")
    HELD_HEADINGS = ("season", "source", "first date", "last date", "game dates")
    DECISION_HEADINGS = ("dates", "reason", "who", "until", "tables")

    @property
    def lacking(self) -> list[tuple[str, str, str]]:
        """What is not here: what, since when, consequence."""
        return [(one.what, one.since, one.consequence) for one in self.kinds if one.is_lacking]

    @property
    def held(self) -> list[tuple[str, str, str, str, str]]:
        """What is here, from when to when, on how many of the game dates."""
        return [
            (
                one.season,
                one.kind.words,
                str(one.first or "none"),
                str(one.last or "none"),
                f"{one.held} dates"
                if one.kind.is_snapshot
                else f"{one.game_dates - one.missing_dates}/{one.game_dates}",
            )
            for one in self.kinds
        ]

    def parts(self, *, detailed: bool = False) -> list[Part]:
        """What is not here and what was accepted; in detail what is here too."""
        if not self.kinds:
            return []
        lacking: Part = Table("What this home does not have", self.HEADINGS, self.lacking)
        parts = [lacking if self.lacking else "This home has every kind of source of these dates."]
        if detailed:
            parts.append(Table("What this home has", self.HELD_HEADINGS, self.held))
        if self.decisions:
            parts.append(Table("Accepted gaps", self.DECISION_HEADINGS, [one.cells for one in self.decisions]))
            parts.append("They are listed by nba-pipeline accept list and taken back by nba-pipeline accept withdraw.")
        return parts

    @property
    def document(self) -> dict[str, Any]:
        """The section for machines."""
        return {"sources": [one.document for one in self.kinds], "accepted_gaps": as_data(list(self.decisions))}


def availability(seen: Seen) -> Availability:
    """What the home has of the final game dates of a range, season by season; nothing for a season without games."""
    warehouse = seen.warehouse
    with warehouse.session():
        warehouse.create(load_contracts().values())
        kinds = [one for season in seasons() for one in _kinds_of(season, seen)]
        return Availability(kinds, _decisions(warehouse, seen.dates))


def _kinds_of(season: Season, seen: Seen) -> Iterator[Held]:
    games = sorted(day for day in seen.expected.final if season.regular_start <= day <= season.season_end)
    if not games:
        return
    without = _without(seen.warehouse, DateRange(games[0], games[-1]))
    for kind in KINDS:
        known = [item for table in kind.tables for item in seen.of(table).items()]
        held = {day for day, one in known if one.published_rows and season.regular_start <= day <= season.season_end}
        accepted = {day: one.acceptance for day, one in known if one.acceptance}
        missing = [] if kind.is_snapshot and held else [day for day in games if day not in held]
        yield Held(
            season=season.label,
            kind=kind,
            first=min(held, default=None),
            last=max(held, default=None),
            held=len(held),
            game_dates=len(games),
            missing=merged(missing, games),
            missing_dates=len(missing),
            accepted=Counter(accepted[day] for day in missing if held and day in accepted),
            without=without.get(kind.name, ()) if missing else (),
        )


def _without(warehouse: Warehouse, dates: DateRange) -> Mapping[str, tuple[Without, ...]]:
    """By kind, the features that the stored rows of a range lack because there was no source of the kind."""
    rows, lost = without_a_source(warehouse, dates)
    lacking: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for version, features in feature_versions().items():
        alike: dict[tuple[str, str], list[str]] = {}
        for feature in features:
            if lost.get(feature.name):
                shown = pct(share(lost[feature.name], rows))
                alike.setdefault((needed_kind(feature), shown), []).append(feature.name)
        for (kind, shown), names in alike.items():
            lacking.setdefault((kind, tuple(names), shown), []).append(version)
    found: dict[str, tuple[Without, ...]] = {}
    for (kind, names, _), versions in lacking.items():
        part = max(lost[name] for name in names) / rows
        found[kind] = (*found.get(kind, ()), Without(tuple(versions), names, part))
    return found


def _decisions(warehouse: Warehouse, dates: DateRange) -> list[Decision]:
    """Decisions that count in a range, the dates of one decision about the same tables together."""
    spans: dict[tuple[DateRange, str, str, dt.date | None], list[str]] = {}
    for one in accepted_gaps(warehouse):
        if one.is_open(last_partition()) and one.dates.start <= dates.end and dates.start <= one.dates.end:
            spans.setdefault((one.dates, one.reason, one.owner, one.expires), []).append(one.table)
    alike: dict[tuple[str, str, dt.date | None, tuple[str, ...]], list[DateRange]] = {}
    for (span, reason, owner, expires), tables in spans.items():
        alike.setdefault((reason, owner, expires, tuple(sorted(tables))), []).append(span)
    found = [
        Decision(tuple(sorted(listed, key=lambda one: one.start)), reason, owner, expires, tables)
        for (reason, owner, expires, tables), listed in alike.items()
    ]
    return sorted(found, key=lambda one: (one.dates[0].start, one.reason, one.tables))


def _words(spans: Sequence[DateRange]) -> str:
    return shortened([one.words for one in spans], 3)
