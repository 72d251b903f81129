"""Open violations: the checks that stored partitions break, as the check steps recorded them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared
from nba_pipeline.validation.lookback import OPEN_VIOLATIONS
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Warehouse


@dataclass(frozen=True)
class OpenViolation:
    """One check that stored partitions break: violations by date."""

    table: str
    check: str
    id: str
    severity: str
    by_date: Mapping[dt.date, int]

    HEADINGS = ("table", "check", "catalogue", "severity", "dates", "rows", "what to do")
    KEYS = ("table", "check", "id", "severity", "dates", "violations")

    @property
    def dates(self) -> int:
        """How many dates break it."""
        return len(self.by_date)

    @property
    def violations(self) -> int:
        """How many rows break it."""
        return sum(self.by_date.values())

    @property
    def cells(self) -> tuple[str | int, ...]:
        """The violation as a row of a table, in the order of its headings."""
        remedy = catalogue()[self.id].remedy if self.id else ""
        return (self.table, self.check, self.id, self.severity, self.dates, self.violations, remedy)


def open_violations(warehouse: Warehouse, dates: DateRange) -> list[OpenViolation]:
    """Every check that stored partitions of a range break, errors first, by table and check."""
    warehouse.create([declared(OPEN_VIOLATIONS)])
    rows = warehouse.read(
        "select table_name, check_name, coalesce(catalogue_id, '') as catalogue_id, severity, partition_date, "
        f"violations from {OPEN_VIOLATIONS} where partition_date between @start_date and @end_date "
        "order by severity, table_name, check_name, partition_date",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    found: dict[tuple[str, str, str, str], dict[dt.date, int]] = {}
    for row in rows:
        key = (row["table_name"], row["check_name"], row["catalogue_id"], row["severity"])
        found.setdefault(key, {})[row["partition_date"]] = row["violations"]
    return [OpenViolation(*key, by_date) for key, by_date in found.items()]


def open_errors(warehouse: Warehouse, tables: Iterable[str], dates: DateRange) -> dict[tuple[str, dt.date], str]:
    """Stored partitions that break error-level checks, and which."""
    wanted = set(tables)
    found: dict[tuple[str, dt.date], list[str]] = {}
    for one in open_violations(warehouse, dates):
        if one.severity == "error" and one.table in wanted:
            for day, violations in one.by_date.items():
                found.setdefault((one.table, day), []).append(f"check {one.check}: {violations} violations")
    return {partition: "; ".join(said) for partition, said in sorted(found.items())}
