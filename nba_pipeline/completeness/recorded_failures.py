"""Entities without a row, by table and category, as the precompute tables recorded them."""

from dataclasses import dataclass

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES
from nba_pipeline.warehouse.seam import Warehouse


@dataclass(frozen=True)
class FailureCount:
    """Recorded failures of one table and category in a range; an entity is a player, a team or a whole date."""

    processor: str
    category: str
    failures: int
    entities: int
    dates: int
    is_correctable: bool


def failure_summary(warehouse: Warehouse, dates: DateRange) -> list[FailureCount]:
    """Recorded failures by table and category, by table, the most frequent category first."""
    warehouse.create([load_contracts()[PRECOMPUTE_FAILURES]])
    rows = warehouse.read(
        "select processor_name as processor, failure_category as category, count(*) as failures, "
        "count(distinct entity_id) as entities, count(distinct analysis_date) as dates, "
        "coalesce(logical_or(is_correctable), false) as is_correctable "
        f"from {PRECOMPUTE_FAILURES} where analysis_date between @start_date and @end_date "
        "group by processor_name, failure_category order by processor_name, failures desc, failure_category",
        {"start_date": dates.start, "end_date": dates.end},
    ).to_pylist()
    return [FailureCount(**row) for row in rows]
