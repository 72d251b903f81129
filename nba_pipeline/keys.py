"""Names by which Dagster knows things, and back: asset keys, gates, steps, run tags, partitions.

What they name is elsewhere. A table is named in two parts, ``dataset.table``.
"""

import datetime as dt
from collections.abc import Mapping

import dagster as dg
from dagster._core.instance.types import DynamicPartitionsStore

from nba_pipeline.calendar import EPOCH, TIMEZONE, DateRange


class _Dates(dg.DailyPartitionsDefinition):
    """Dagster counts out all keys by a cron schedule, 40 ms for five years, once for every table that a run checks."""

    def get_partition_keys(
        self,
        current_time: dt.datetime | None = None,
        dynamic_partitions_store: DynamicPartitionsStore | None = None,
    ) -> list[str]:
        with dg.partition_loading_context(current_time, dynamic_partitions_store):
            last = self.get_last_partition_key()
        return [day.isoformat() for day in DateRange(EPOCH, dt.date.fromisoformat(last)).dates()] if last else []


#: One partition per Eastern date from the first game of the data, today's slate included (``end_offset=1``).
DAILY = _Dates(start_date=EPOCH.isoformat(), timezone=TIMEZONE, end_offset=1)

#: Run tags of ours begin with it.
PREFIX = "nba_pipeline/"
BACKFILL_TAG = f"{PREFIX}backfill"
RANGE_START_TAG, RANGE_END_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

REPORT_KEY = dg.AssetKey(["nba_processing", "readiness_report"])


def asset_key(name: str) -> dg.AssetKey:
    """Asset key of a two-part table name."""
    return dg.AssetKey(name.split("."))


def gate_key(phase: int) -> dg.AssetKey:
    """Asset key of the gate at the end of a phase."""
    return dg.AssetKey(["nba_processing", f"phase{phase}_gate"])


def backfill_job(phase: int, level: str | None = None) -> str:
    """The job that computes the tables of a phase, or those of one level."""
    return f"phase{phase}_level{level.removeprefix('L')}" if level else f"phase{phase}_backfill"


def name_of(key: dg.AssetKey) -> str:
    """Two-part name of an asset."""
    return ".".join(key.path)


def step_of(name: str) -> str:
    """The step that computes a table."""
    return name.replace(".", "__")


def checks_step_of(name: str) -> str:
    """The step that judges a table."""
    return f"{step_of(name)}__checks"


def table_of(step: str) -> str:
    """The table a step computes or judges."""
    return step.removesuffix("__checks").replace("__", ".", 1)


def step_in_words(step: str) -> str:
    """A step as people read it: ``nba_raw.nbac_schedule checks``."""
    return step.replace("__", ".", 1).replace("__", " ")


def run_range(tags: Mapping[str, str]) -> DateRange | None:
    """The partition range a run was launched for, from its tags; None when it has none."""
    start = tags.get(RANGE_START_TAG) or tags.get("dagster/partition")
    end = tags.get(RANGE_END_TAG) or tags.get("dagster/partition")
    if not start or not end:
        return None
    return DateRange(dt.date.fromisoformat(start), dt.date.fromisoformat(end))


def range_tags(dates: DateRange) -> dict[str, str]:
    """The run tags that say the same."""
    return {RANGE_START_TAG: dates.start.isoformat(), RANGE_END_TAG: dates.end.isoformat()}
