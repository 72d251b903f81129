"""Reference tables that ship with the package, as Arrow tables in their contract's columns.

Facts about seasons, teams and venues only; distances and clocks are computed from them here, once, because the
engines do not agree on geography or time zones. Players and their aliases come from landing files.
"""

import csv
import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby
from zoneinfo import ZoneInfo

import pyarrow as pa

from nba_pipeline.calendar import season_rows
from nba_pipeline.contract.catalog import declared

EARTH_RADIUS_MILES = 3959
CLOCKS = (dt.date(2021, 7, 1), dt.date(2027, 7, 1))
_ARROW: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "date": pa.date32(),
    "bool": pa.bool_(),
}
_READ: Mapping[str, Callable[[str], object]] = {
    "string": str,
    "int64": int,
    "float64": float,
    "date": dt.date.fromisoformat,
    "bool": lambda text: {"true": True, "false": False}[text],
}


def table(name: str) -> pa.Table:
    """Rows of one packaged reference table."""
    contract = declared(f"nba_reference.{name}")
    rows = list(_COMPUTED[name]() if name in _COMPUTED else _packaged(name))
    return pa.table(
        {
            column.name: pa.array([_typed(row[column.name], column.type) for row in rows], _ARROW[column.type])
            for column in contract.columns
        }
    )


def distance_miles(origin: tuple[float, float], destination: tuple[float, float]) -> int:
    """Great-circle distance of two (latitude, longitude) points by the haversine formula, whole miles."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (origin, destination))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_MILES * math.asin(math.sqrt(chord)))


def _packaged(name: str) -> list[dict[str, str]]:
    if name == "season_calendar":
        return season_rows()
    text = files("nba_pipeline").joinpath(f"reference/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _typed(value: object, type_: str) -> object:
    """A cell as its column's type; an empty cell is NULL."""
    if not isinstance(value, str):
        return value
    return _READ[type_](value) if value else None


def _distances() -> Iterable[dict[str, object]]:
    points = {row["arena_id"]: (float(row["latitude"]), float(row["longitude"])) for row in _packaged("arenas")}
    for origin, start in points.items():
        for destination, end in points.items():
            yield {
                "origin_arena_id": origin,
                "destination_arena_id": destination,
                "miles": distance_miles(start, end),
            }


def _clocks() -> Iterable[dict[str, object]]:
    """Periods of one UTC offset per venue."""
    for row in _packaged("arenas"):
        for valid_from, valid_to, offset in _periods(row["timezone"]):
            yield {
                "arena_id": row["arena_id"],
                "valid_from": valid_from,
                "valid_to": valid_to,
                "utc_offset_minutes": offset,
            }


@cache
def _periods(timezone: str) -> tuple[tuple[dt.date, dt.date, int], ...]:
    """First day, last day and UTC offset, judged at noon so that the day of a change has its new clock."""
    zone = ZoneInfo(timezone)
    days = [CLOCKS[0] + dt.timedelta(days=number) for number in range((CLOCKS[1] - CLOCKS[0]).days + 1)]
    periods = [(offset, list(alike)) for offset, alike in groupby(days, lambda day: _offset_minutes(zone, day))]
    return tuple((alike[0], alike[-1], offset) for offset, alike in periods)


def _offset_minutes(zone: ZoneInfo, day: dt.date) -> int:
    offset = dt.datetime.combine(day, dt.time(12), zone).utcoffset()
    assert offset is not None, "a zoned time has an offset"
    return int(offset.total_seconds() // 60)


_COMPUTED: Mapping[str, Callable[[], Iterable[dict[str, object]]]] = {
    "arena_distances": _distances,
    "arena_clocks": _clocks,
}
