"""What a home has per season and kind of source, since when, and which features are without a value because of it.

Counted and put into words here; whether a range may go on without it is judged by gates and readiness.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nba_pipeline.calendar import DateRange, last_partition, merged, seasons
from nba_pipeline.completeness.coverage import accepted_reasons, expected_dates
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.features import STORE, Feature, feature_versions
from nba_pipeline.operations.accepted_gaps import accepted_gaps
from nba_pipeline.warehouse.seam import Warehouse

STATUS = "nba_processing.partition_status"
AVAILABLE = "nba_processing.available_sources"
POINTS_LINE = "_points_line"
#: The version whose indices the feature store lists as unavailable.
_LISTED = "v2_33features"


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

    versions: tuple[str, ...]
    features: tuple[str, ...]
    share: float

    @property
    def words(self) -> str:
        """The features and how many rows lack them."""
        said = f"{', '.join(self.features)} without a value in {_percent(self.share)} of rows"
        return f"{said} ({', '.join(self.versions)})"


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
        return {
            "season": self.season,
            "kind": self.kind.name,
            "first_date": self.first,
            "last_date": self.last,
            "game_dates_held": self.game_dates - self.missing_dates,
            "game_dates": self.game_dates,
            "missing": [{"start": one.start, "end": one.end} for one in self.missing],
            "consequence": self.consequence if self.is_lacking else None,
            "features_without_a_value": [
                {
                    "feature_versions": list(one.versions),
                    "features": list(one.features),
                    "share_of_rows": round(one.share, 4),
                }
                for one in self.without
            ],
            "accepted": dict(self.accepted),
        }


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

    @property
    def document(self) -> dict[str, Any]:
        """The decision for machines."""
        spans = [{"start": one.start, "end": one.end} for one in self.dates]
        return {**vars(self), "dates": spans, "tables": list(self.tables)}


@dataclass(frozen=True)
class Availability:
    """Every kind of every season of a range, and the gaps that were accepted in it."""

    kinds: Sequence[Held]
    decisions: Sequence[Decision]

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

    @property
    def lines(self) -> Iterator[str]:
        """The section for a terminal."""
        if not self.kinds:
            return
        yield "What this home does not have:" if self.lacking else "This home has every kind of source of these dates."
        for what, since, consequence in self.lacking:
            yield f"  {what}, {since}: {consequence}"
        if self.decisions:
            yield "Accepted gaps (nba-pipeline accept list; take one back with nba-pipeline accept withdraw):"
        for dates, reason, owner, until, tables in (one.cells for one in self.decisions):
            yield f"  {dates}: {reason} ({owner}, {until}): {tables}"

    @property
    def document(self) -> dict[str, Any]:
        """The section for machines."""
        return {
            "sources": [one.document for one in self.kinds],
            "accepted_gaps": [one.document for one in self.decisions],
        }


def availability(warehouse: Warehouse, dates: DateRange) -> Availability:
    """What the home has of the final game dates of a range, season by season; nothing for a season without games."""
    warehouse.create(load_contracts().values())
    spoken = _spoken(warehouse, dates)
    played = expected_dates(warehouse, dates).final
    excused = accepted_reasons(warehouse, dates)
    kinds: list[Held] = []
    for season in seasons():
        games = sorted(day for day in played if season.regular_start <= day <= season.season_end)
        if not games:
            continue
        without = _without(warehouse, DateRange(games[0], games[-1]))
        for kind in KINDS:
            held = {
                day
                for table in kind.tables
                for day in spoken.get(table, ())
                if season.regular_start <= day <= season.season_end
            }
            reasons = {day: said for table in kind.tables for day, said in excused.get(table, {}).items()}
            kinds.append(_held(season.label, kind, games, held, reasons, without.get(kind.name, ())))
    return Availability(kinds, _decisions(warehouse, dates))


def _held(  # noqa: PLR0917 one value per part of the line
    season: str,
    kind: SourceKind,
    games: Sequence[dt.date],
    held: Collection[dt.date],
    accepted: Mapping[dt.date, str],
    without: tuple[Without, ...],
) -> Held:
    missing = [] if kind.is_snapshot and held else [day for day in games if day not in held]
    return Held(
        season=season,
        kind=kind,
        first=min(held, default=None),
        last=max(held, default=None),
        held=len(held),
        game_dates=len(games),
        missing=merged(missing, games),
        missing_dates=len(missing),
        accepted=Counter(accepted[day] for day in missing if held and day in accepted),
        without=without if missing else (),
    )


def _spoken(warehouse: Warehouse, dates: DateRange) -> Mapping[str, set[dt.date]]:
    rows = warehouse.read(
        f"select table_name, partition_date from {STATUS} "
        "where row_count > 0 and partition_date between @start_date and @end_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    found: dict[str, set[dt.date]] = {}
    for row in rows:
        found.setdefault(row["table_name"], set()).add(row["partition_date"])
    return found


def _without(warehouse: Warehouse, dates: DateRange) -> Mapping[str, tuple[Without, ...]]:
    """By kind, the features that the stored rows of a range lack because there was no source of the kind."""
    needed: dict[str, Feature] = {}
    for features in feature_versions().values():
        for feature in features:
            if _needs(feature):
                needed.setdefault(feature.name, feature)
    counted = ", ".join(f"countif({_lacks(one)}) as {name}" for name, one in needed.items())
    kinds = sorted({one.needs for one in needed.values() if one.needs})
    asked = ", ".join(f"logical_or(source_kind = '{kind}') as {kind}" for kind in kinds)
    (row,) = warehouse.read(
        f"select count(*) as row_count, {counted} from {STORE} as store "
        f"left join (select analysis_date, {asked} from {AVAILABLE} group by analysis_date) as available "
        "on store.game_date = available.analysis_date "
        f"left join (select partition_date from {STATUS} where table_name = 'nba_reference.points_lines' "
        "and row_count > 0) as props on store.game_date = props.partition_date "
        "where store.game_date between @start_date and @end_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    lacking: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for version, features in feature_versions().items():
        alike: dict[tuple[str, str], list[str]] = {}
        for feature in features:
            if _needs(feature) and row[feature.name]:
                shown = _percent(row[feature.name] / row["row_count"])
                alike.setdefault((_needs(feature), shown), []).append(feature.name)
        for (kind, shown), names in alike.items():
            lacking.setdefault((kind, tuple(names), shown), []).append(version)
    found: dict[str, tuple[Without, ...]] = {}
    for (kind, names, _), versions in lacking.items():
        share = max(row[name] for name in names) / row["row_count"]
        found[kind] = (*found.get(kind, ()), Without(tuple(versions), names, share))
    return found


def _needs(feature: Feature) -> str:
    """The kind of source a feature rests on; a feature without a default may also rest on points props."""
    if feature.needs:
        return feature.needs
    on_lines = feature.default is None and all(one.endswith(POINTS_LINE) for one in feature.source_columns)
    return "points_props" if on_lines else ""


def _lacks(feature: Feature) -> str:
    """The condition of a row of the store that lacks a feature for want of a source."""
    listed = {one.name: one.index for one in feature_versions()[_LISTED] if one.needs}
    if feature.name in listed:
        return (
            f"strpos(concat(',', coalesce(store.unavailable_feature_indices, ''), ','), ',{listed[feature.name]},') > 0"
        )
    if feature.needs:
        return f"store.{feature.name} is null and not coalesce(available.{feature.needs}, false)"
    return f"store.{feature.name} is null and props.partition_date is null"


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
    """The first ranges and how many more there are."""
    listed = ", ".join(one.words for one in spans[:3])
    return f"{listed} and {len(spans) - 3} more" if len(spans) > 3 else listed


def _percent(share: float) -> str:
    return "99.9 %" if 0.999 < share < 1 else f"{100 * share:.1f} %"
