"""Who has no row and why, beside the names nobody knows: what was recorded, counted."""

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.recorded_failures import failure_summary
from nba_pipeline.document import Table, Told, as_data
from nba_pipeline.operations.names_registry import status
from nba_pipeline.warehouse.seam import Warehouse


def failures_told(warehouse: Warehouse, dates: DateRange) -> Told:
    """Recorded failures of a range by table and category, and unknown names by state."""
    counts, names = failure_summary(warehouse, dates), status(warehouse)
    total = {
        "failures": sum(one.failures for one in counts),
        "correctable": sum(one.failures for one in counts if one.is_correctable),
    }
    rows = [
        (
            *(one.processor, one.category, *(f"{count:,}" for count in (one.failures, one.entities, one.dates))),
            "repair" if one.is_correctable else "expected",
        )
        for one in counts
    ]
    headings = ("processor", "category", "failures", "entities", "dates", "kind")
    known = [(one.label, one.players, one.dates, one.records) for one in names]
    parts = [
        Table(f"Failures, {dates}", headings, rows),
        f"{total['failures']:,} failures, {total['correctable']:,} of them to repair",
        Table("Unknown names, all dates", ("state", "players", "dates", "records"), known),
    ]
    document = {**as_data(dates), "precompute": counts, "totals": total, "registry": names}
    return Told(parts, document, 2 if total["correctable"] else 0)
