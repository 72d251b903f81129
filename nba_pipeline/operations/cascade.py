"""What stands on a game date: the partitions to compute again after its rows were corrected.

Rows say which game dates their own window holds (``contributing_game_dates``). Season-to-date and league values are
made of every game before a slate, so a table that reads history is computed again for every later slate of the
season; the others for the date itself. Nothing is launched here.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from nba_pipeline.calendar import DateRange, season_on
from nba_pipeline.completeness.stored_counts import names_its_games, rows_that_used
from nba_pipeline.contract.catalog import in_flow, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.warehouse.seam import Warehouse

_CORRECTED = "nba_analytics"


@dataclass(frozen=True)
class Affected:
    """The stored partitions of one table that used a game date.

    ``naming_rows`` counts the rows whose own window names the date; None where rows do not say.
    """

    table: TableContract
    dates: Sequence[dt.date]
    rows: int
    naming_rows: int | None


def affected_by(warehouse: Warehouse, day: dt.date) -> list[Affected]:
    """Tables with stored partitions that used the games of a date, upstream first, the corrected tables included."""
    known = season_on(day)
    tables = [contract for contract in _standing_on_results() if contract.partition]
    used = rows_that_used(warehouse, tables, day, known.season_end if known else day)
    return [
        Affected(
            contract,
            sorted(row["used_date"] for row in rows),
            sum(row["row_count"] for row in rows),
            sum(row["naming_rows"] for row in rows) if names_its_games(contract) else None,
        )
        for contract in tables
        if (rows := used[contract.name])
    ]


def range_to_repair(found: Sequence[Affected]) -> DateRange | None:
    """The one range that holds every affected partition; None when there is none."""
    dates = [day for one in found for day in one.dates]
    return DateRange(min(dates), max(dates)) if dates else None


def _standing_on_results() -> list[TableContract]:
    """The analytics tables and everything behind them, upstream first."""
    found: dict[str, TableContract] = {}
    for contract in in_flow(runnable_contracts()):
        if contract.dataset == _CORRECTED or any(name in found for name in stored_tables(contract.upstreams)):
            found[contract.name] = contract
    return list(found.values())
