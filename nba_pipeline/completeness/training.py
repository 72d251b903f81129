"""Questions about rows to train on: feature rows whose player played that day, how filled they are, how they vary."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from nba_pipeline.calendar import DateRange, last_partition
from nba_pipeline.features import STORE, Feature, feature_versions
from nba_pipeline.validation.lookback import STATUS, accepted_dates
from nba_pipeline.warehouse.seam import Value, Warehouse

PLAYERS = "nba_analytics.player_game_summary"
TRAINING = "training_features_v1"
VIEW = f"nba_predictions.features_{TRAINING}"
AVAILABLE = "nba_processing.available_sources"
_POINTS_LINE = "_points_line"
#: The version whose indices the feature store lists as unavailable.
_LISTED = "v2_33features"

#: Feature rows of players who played, with what is predicted from them and how good they are.
_PLAYED = f"""
    select
        features.player_lookup,
        features.game_date,
        summary.points,
        summary.minutes_played,
        summary.usage_rate,
        summary.total_rebounds,
        summary.assists,
        summary.fg_attempts,
        summary.three_pt_attempts,
        summary.paint_attempts,
        summary.mid_range_attempts
    from {VIEW} as features
    inner join {PLAYERS} as summary
        on features.player_lookup = summary.player_lookup and features.game_date = summary.game_date
    where features.game_date between @start_date and @end_date and summary.did_play
"""

_FILLED = f"""
with
played as ({_PLAYED}),

quality as (
    select
        avg(store.feature_quality_score) as quality,
        countif(store.is_production_ready) as ready
    from {STORE} as store
    inner join played
        on store.player_lookup = played.player_lookup and store.game_date = played.game_date
    where played.points is not null
),

-- The rows a model could learn from: those with points.
labelled as (
    select
        played.*,
        accepted.partition_date is null as has_shots
    from played
    left join ({accepted_dates("'nba_reference.shot_events'")}) as accepted
        on played.game_date = accepted.partition_date
    where played.points is not null
),

shares as (
    select
        count(*) as labelled,
        countif(minutes_played is not null) as minutes,
        countif(minutes_played > 0) as with_minutes,
        countif(minutes_played > 0 and usage_rate is not null) as usage,
        countif(total_rebounds is not null) as rebounds,
        countif(assists is not null) as assists,
        countif(fg_attempts is not null) as field_goal_attempts,
        countif(three_pt_attempts is not null) as three_point_attempts,
        countif(has_shots) as with_shots,
        countif(has_shots and paint_attempts is not null and mid_range_attempts is not null) as zones
    from labelled
)

select
    shares.*,
    quality.quality,
    quality.ready,
    (select count(*) from played) as played
from shares
cross join quality
"""


def filled(warehouse: Warehouse, dates: DateRange) -> Mapping[str, Any]:
    """How many rows of a range have what, and their mean quality."""
    (row,) = warehouse.read(_FILLED, {**_bounds(dates), "today": last_partition()}).to_pylist()
    return {name: value if name == "quality" else value or 0 for name, value in row.items()}


def rows_by_date(warehouse: Warehouse, dates: DateRange) -> Mapping[dt.date, int]:
    """Rows with points by date."""
    rows = warehouse.read(
        f"select game_date, count(*) as row_count from ({_PLAYED}) as played "
        "where points is not null group by game_date",
        _bounds(dates),
    ).to_pylist()
    return {row["game_date"]: row["row_count"] for row in rows}


def values_of(warehouse: Warehouse, features: Sequence[Feature], dates: DateRange) -> Mapping[str, Mapping[str, int]]:
    """By feature, over the rows whose sources are there: how many differ, how many lack it, how many were asked."""
    kinds = sorted({feature.needs for feature in features if feature.needs})
    listed = ", ".join(f"logical_or(source_kind = '{kind}') as {kind}" for kind in kinds)
    asked = {feature.name: f"available.{feature.needs}" if feature.needs else "true" for feature in features}
    measured = ", ".join(
        f"count(distinct store.{name}) as distinct_{name}, "
        f"countif({condition} and store.{name} is null) as missing_{name}, countif({condition}) as asked_{name}"
        for name, condition in asked.items()
    )
    (row,) = warehouse.read(
        f"select {measured} from {STORE} as store inner join ({_PLAYED}) as played "
        "on store.player_lookup = played.player_lookup and store.game_date = played.game_date "
        f"left join (select analysis_date, {listed} from {AVAILABLE} group by analysis_date) as available "
        "on store.game_date = available.analysis_date",
        _bounds(dates),
    ).to_pylist()
    return {name: {what: row[f"{what}_{name}"] for what in ("distinct", "missing", "asked")} for name in asked}


def without_a_source(warehouse: Warehouse, dates: DateRange) -> tuple[int, Mapping[str, int]]:
    """Rows of the store, and by feature how many of them lack it because there was no source of what it rests on."""
    needing = {one.name: one for features in feature_versions().values() for one in features if needed_kind(one)}
    counted = ", ".join(f"countif({_lacks(one)}) as {name}" for name, one in needing.items())
    kinds = sorted({one.needs for one in needing.values() if one.needs})
    asked = ", ".join(f"logical_or(source_kind = '{kind}') as {kind}" for kind in kinds)
    (row,) = warehouse.read(
        f"select count(*) as row_count, {counted} from {STORE} as store "
        f"left join (select analysis_date, {asked} from {AVAILABLE} group by analysis_date) as available "
        "on store.game_date = available.analysis_date "
        f"left join (select partition_date from {STATUS} where table_name = 'nba_reference.points_lines' "
        "and row_count > 0) as props on store.game_date = props.partition_date "
        "where store.game_date between @start_date and @end_date",
        _bounds(dates),
    ).to_pylist()
    return row.pop("row_count"), row


def needed_kind(feature: Feature) -> str:
    """The kind of source a feature rests on; a feature without a default may also rest on points props."""
    if feature.needs:
        return feature.needs
    on_lines = feature.default is None and all(one.endswith(_POINTS_LINE) for one in feature.source_columns)
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


def _bounds(dates: DateRange) -> dict[str, Value]:
    return {"start_date": dates.start, "end_date": dates.end}
