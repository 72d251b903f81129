"""The feature contract and the vector views made from it.

``reference/feature_versions.csv`` is the only place that says which feature stands at which index of which version.
What a feature's value is belongs to the model ``ml_feature_store_v2``; here a version becomes the text of its view.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from nba_pipeline.contract.catalog import MODELS
from nba_pipeline.contract.table import Bounds

STORE = "nba_predictions.ml_feature_store_v2"


@dataclass(frozen=True)
class Feature:
    """One place of a version's vector.

    ``default`` stands in for a missing value, None lets it stay missing. ``needs`` is the kind of source without which
    there is no value, empty when box scores and schedule are enough.
    """

    version: str
    index: int
    name: str
    source_columns: tuple[str, ...]
    unit: str
    usual: Bounds
    default: float | None
    is_required: bool
    description: str
    needs: str


@cache
def feature_versions() -> Mapping[str, tuple[Feature, ...]]:
    """The features of every version, as the contract lists them."""
    text = files("nba_pipeline").joinpath("reference/feature_versions.csv").read_text(encoding="utf-8")
    versions: dict[str, tuple[Feature, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        feature = _feature(row)
        versions[feature.version] = (*versions.get(feature.version, ()), feature)
    return versions


def vector_views() -> Mapping[Path, str]:
    """Every version's table file and the text it must have."""
    folder = MODELS / "nba_predictions"
    return {folder / f"features_{version}.sql": view_text(version) for version in feature_versions()}


def view_text(version: str) -> str:
    """The table file of one version's view: its features in index order, then where the store had no value."""
    features = feature_versions()[version]
    return "\n".join((*_header(version, features), *_query(features), ""))


def _header(version: str, features: tuple[Feature, ...]) -> list[str]:
    return [
        f"-- description: The vector {version}: {len(features)} features in index order. Where the store has no value,",
        "--   the version's default stands, or NULL where it has none; default_feature_indices says where.",
        "--   Generated from reference/feature_versions.csv by nba_pipeline.features; change that file, not this one.",
        "-- grain: One row per player and slate.",
        "-- key: player_lookup, game_date",
        "-- view: true",
        "-- column: player_lookup | string | not null | Canonical folded name.",
        "-- column: game_date | date | not null | Slate; the row is the state of knowledge before its first tip-off.",
        "-- column: game_id | string | not null | Game, YYYYMMDD_AWAY_HOME.",
        *(f"-- column: {feature.name} | float64 | {_rules(feature)} | {_described(feature)}" for feature in features),
        "-- column: default_feature_indices | string | | Indices without a stored value, with commas; NULL when none.",
    ]


def _rules(feature: Feature) -> str:
    filled = [] if feature.default is None else ["not null"]
    return "; ".join((*filled, f"warn={feature.usual}", f"unit={feature.unit}"))


def _described(feature: Feature) -> str:
    default = "NULL when missing" if feature.default is None else f"{feature.default:g} when missing"
    return f"{feature.index}: {feature.description} {default[0].upper()}{default[1:]}."


def _query(features: tuple[Feature, ...]) -> list[str]:
    marks = [f"            if(store.{feature.name} is null, '{feature.index},', '')" for feature in features]
    return [
        "select",
        "    store.player_lookup,",
        "    store.game_date,",
        "    store.game_id,",
        *(f"    {_value(feature)}," for feature in features),
        "    nullif(",
        "        rtrim(concat(",
        ",\n".join(marks),
        "        ), ','),",
        "        ''",
        "    ) as default_feature_indices",
        f"from {STORE} as store",
    ]


def _value(feature: Feature) -> str:
    if feature.default is None:
        return f"store.{feature.name}"
    return f"coalesce(store.{feature.name}, {feature.default!r}) as {feature.name}"


def _feature(row: Mapping[str, str]) -> Feature:
    return Feature(
        version=row["feature_version"],
        index=int(row["feature_index"]),
        name=row["feature_name"],
        source_columns=tuple(row["source_columns"].split("; ")),
        unit=row["unit"],
        usual=Bounds(_number(row["low"]), _number(row["high"])),
        default=_number(row["default_value"]),
        is_required={"true": True, "false": False}[row["is_required"]],
        description=row["description"],
        needs=row["needs"],
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
