"""What the event log of the embedded instance says otherwise than Dagster's own, and what it can do besides.

- A planned check is one row per run, not one per partition: a check that judges a range closes it with one result.
- Materialisations of one asset are a millisecond apart, because the UI shows one event per asset and millisecond.
- Partitions can be forgotten, which Dagster offers for no SQLite storage.

How events reach the file, and how fast, is in ``event_log``.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as db
from dagster import AssetKey, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._serdes import serialize_value

from nba_pipeline.instance.event_log import BatchedEventLogStorage

#: Events that say something about one partition.
_OF_PARTITIONS = (
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_FAILED_TO_MATERIALIZE,
    DagsterEventType.ASSET_OBSERVATION,
)
_MOST_VALUES = 500


class EmbeddedEventLogStorage(BatchedEventLogStorage):
    """The event log of a home."""

    def __init__(self, base_dir: str) -> None:
        self._stamps: dict[Any, float] = {}
        super().__init__(base_dir)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        super().store_event_batch([self._apart(event) for event in events])

    def _apart(self, event: EventLogEntry) -> EventLogEntry:
        """Materialisations of one asset a millisecond apart: the UI shows one event per asset and millisecond."""
        if event.dagster_event_type is not DagsterEventType.ASSET_MATERIALIZATION or not event.dagster_event:
            return event
        key = event.dagster_event.asset_key
        stamp = max(event.timestamp, self._stamps.get(key, 0.0) + 0.001)
        self._stamps[key] = stamp
        return event._replace(timestamp=stamp)

    def _store_asset_check_evaluation_planned(self, event: EventLogEntry, event_id: int | None) -> None:
        """One row per planned check, which its result replaces; results of single partitions add rows of their own.

        Dagster plans every check of a range run once per partition, also a check that judges the whole range: rows that
        no result ever closes.
        """
        assert event.dagster_event is not None
        planned: Any = event.dagster_event.event_specific_data
        row = {
            "asset_key": planned.asset_key.to_string(),
            "check_name": planned.check_name,
            "partition": None,
            "run_id": event.run_id,
            "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
            "evaluation_event": serialize_value(event),
            "evaluation_event_timestamp": self._event_insert_timestamp(event),
            "evaluation_event_storage_id": event_id,
        }
        with self.index_connection() as connection:
            connection.execute(AssetCheckExecutionsTable.insert(), [row])

    def _update_asset_check_evaluation(self, event: EventLogEntry, event_id: int | None) -> None:
        """The verdict over the whole range follows the results of single partitions, so it must be the newest row."""
        assert event.dagster_event is not None
        result: Any = event.dagster_event.event_specific_data
        if result.partition is None:
            table = AssetCheckExecutionsTable.c
            with self.index_connection() as connection:
                connection.execute(
                    AssetCheckExecutionsTable.delete().where(
                        table.asset_key == result.asset_key.to_string(),
                        table.check_name == result.check_name,
                        table.run_id == event.run_id,
                        table.execution_status == AssetCheckExecutionRecordStatus.PLANNED.value,
                    )
                )
        super()._update_asset_check_evaluation(event, event_id)

    def wipe_asset_partitions(self, asset_key: AssetKey, partition_keys: Sequence[str]) -> None:
        """Forget what happened to these partitions: their rows were deleted, so their status is missing again.

        Their materialisations, plans and check results go, also from the pages of the runs that made them; runs and
        other partitions stay as they are.
        """
        key = asset_key.to_string()
        log, tags = SqlEventLogStorageTable, AssetEventTagsTable
        with self.index_connection() as connection:
            for keys in _chunks(partition_keys, _MOST_VALUES):
                events = (
                    log.c.asset_key == key,
                    log.c.partition.in_(keys),
                    log.c.dagster_event_type.in_([kind.value for kind in _OF_PARTITIONS]),
                )
                connection.execute(tags.delete().where(tags.c.event_id.in_(db.select(log.c.id).where(*events))))
                connection.execute(log.delete().where(*events))
                checks = AssetCheckExecutionsTable
                connection.execute(checks.delete().where(checks.c.asset_key == key, checks.c.partition.in_(keys)))
            # Without a stored newest materialisation Dagster looks it up; without a stored status it counts again.
            connection.execute(
                AssetKeyTable.update()
                .values(last_materialization=None, cached_status_data=None)
                .where(AssetKeyTable.c.asset_key == key)
            )


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), size):
        yield values[first : first + size]
