"""The event log of the embedded instance: Dagster's SQLite event log, made for range runs.

Only how events reach the file belongs here; where the file lies is decided in ``storage``.

A range run plans and materialises every table on every date. The stock storage opens a connection and commits up to
three times for each of those events. Here connections stay open and these events are written many at a time.

What a reader may rely on:

- In the process that stores events every read writes the waiting ones first, so it sees all of them, in order.
- Other processes see an event when any other kind of event follows (a step or run changing its state) or after half a
  second, whichever is first.
- A killed process loses at most the asset and output events of the last half second; the warehouse then knows more
  than the log, and materialising these dates again mends it. A power failure may also lose what was written just
  before; the file stays sound in both cases (write-ahead journal, ``synchronous=NORMAL``).
- Processes that write at the same time wait for each other, up to a minute.
"""

import atexit
import json
import logging
import threading
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as db
import sqlalchemy.event
from dagster import AssetKey, DagsterEventType
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, AssetMaterializationPlannedData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite import ConsolidatedSqliteEventLogStorage
from dagster._serdes import ConfigurableClassData, serialize_value
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

#: Events that may wait a moment: their number grows with the dates, and no run state hangs on a single one.
_PATIENT = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
        DagsterEventType.ASSET_CHECK_EVALUATION,
        DagsterEventType.STEP_OUTPUT,
    }
)
#: Events that say something about one partition.
_OF_PARTITIONS = (
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_FAILED_TO_MATERIALIZE,
    DagsterEventType.ASSET_OBSERVATION,
)
_MOST_VALUES = 500
_MOST_WAITING = 1_000
_LONGEST_WAIT_SECONDS = 0.5
_BUSY_SECONDS = 60
#: Stands for the partition while the text shared by all planned events of one table is made.
_ANY_PARTITION = "<partition of the planned event>"


class EmbeddedEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """SQLite event log with open connections, a write-ahead journal and asset events written in batches."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._writing = threading.RLock()
        self._waiting: list[EventLogEntry] = []
        self._waiting_lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._stamps: dict[Any, float] = {}
        self._thread = threading.local()
        self._engine: db.Engine | None = None
        self._engine_lock = threading.Lock()
        self._known_tables: set[str] = set()
        self._watcher: SqlPollingEventWatcher | None = None
        super().__init__(base_dir, inst_data)
        atexit.register(_flush_if_alive, weakref.ref(self))

    # Connections

    @contextmanager
    def _connect(self) -> Generator[db.Connection]:
        """A connection inside a transaction, after everything that waits has been written."""
        writing: db.Connection | None = getattr(self._thread, "writing", None)
        if writing is not None:  # called by the code that writes a batch: part of its transaction
            yield writing
            return
        nested = getattr(self._thread, "depth", 0)
        if not nested:  # inside a transaction of this thread a flush would wait for that transaction
            self.flush()
        self._thread.depth = nested + 1
        try:
            with self._open_engine().connect() as connection, connection.begin():
                yield connection
        finally:
            self._thread.depth = nested

    def _open_engine(self) -> db.Engine:
        with self._engine_lock:
            if self._engine is None:
                engine = db.create_engine(
                    self._conn_string,
                    poolclass=QueuePool,
                    max_overflow=-1,
                    connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
                )
                sqlalchemy.event.listen(engine, "connect", _prepare)
                self._engine = engine
            return self._engine

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._known_tables:
            if not super().has_table(table_name):
                return False
            self._known_tables.add(table_name)
        return True

    def _has_asset_key_index_cols_on_connection(self, conn: db.Connection) -> bool:  # noqa: ARG002  (stock signature)
        """The schema is made by this version of Dagster, so the columns are there."""
        return True

    # Events

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """One planned event per table reaches the storage, which writes the usual row per partition itself."""
        return True

    def store_event(self, event: EventLogEntry) -> None:
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        if all(event.is_dagster_event and event.dagster_event_type in _PATIENT for event in events):
            with self._waiting_lock:
                first = not self._waiting
                self._waiting.extend(self._apart(event) for event in events)
                full = len(self._waiting) >= _MOST_WAITING
            if full:
                self.flush()
            elif first:
                self._flush_soon()
        else:
            self._write_after_waiting(events)

    def _apart(self, event: EventLogEntry) -> EventLogEntry:
        """Materialisations of one asset a millisecond apart: the UI shows one event per asset and millisecond."""
        if event.dagster_event_type is not DagsterEventType.ASSET_MATERIALIZATION or not event.dagster_event:
            return event
        key = event.dagster_event.asset_key
        stamp = max(event.timestamp, self._stamps.get(key, 0.0) + 0.001)
        self._stamps[key] = stamp
        return event._replace(timestamp=stamp)

    def _flush_soon(self) -> None:
        with self._waiting_lock:
            self._timer = threading.Timer(_LONGEST_WAIT_SECONDS, self._flush_in_time)
            self._timer.daemon = True
            self._timer.start()

    def _stop_timer(self) -> None:
        """A sleeping timer would keep the interpreter's frames alive at exit."""
        with self._waiting_lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting or self._is_writing_elsewhere():
            self._write_after_waiting(())

    def _is_writing_elsewhere(self) -> bool:
        """Whether another thread holds events that it took from the waiting ones and has not yet written."""
        if self._writing.acquire(blocking=False):
            self._writing.release()
            return False
        return True

    def _flush_in_time(self) -> None:
        try:
            self.flush()
        except OperationalError:
            # The events wait on: the next event or read writes them, and tells its caller if it cannot.
            logging.getLogger(__name__).exception("The event log could not be written; trying again later.")

    def _write_after_waiting(self, events: Sequence[EventLogEntry]) -> None:
        """Write waiting events and these, in one transaction; what waited waits on when that fails."""
        with self._writing:
            self._stop_timer()
            with self._waiting_lock:
                waited, self._waiting = self._waiting, []
            if not waited and not events:
                return
            try:
                with self._open_engine().connect() as connection, connection.begin():
                    self._thread.writing = connection
                    try:
                        self._insert(connection, [*waited, *events])
                    finally:
                        self._thread.writing = None
            except BaseException:
                with self._waiting_lock:
                    self._waiting[:0] = waited
                raise

    def _insert(self, connection: db.Connection, events: Sequence[EventLogEntry]) -> None:
        stored = [(event, row) for event in events for row in self._rows(event)]
        connection.execute(SqlEventLogStorageTable.insert(), [row for _, row in stored])
        # The write lock is held since the insert began, so the ids of the batch follow one another.
        last = connection.execute(db.select(db.func.max(SqlEventLogStorageTable.c.id))).scalar_one()
        tagged: list[tuple[EventLogEntry, int]] = []
        newest: dict[tuple[str, str], tuple[int, EventLogEntry]] = {}
        for event_id, (event, row) in enumerate(stored, start=last - len(stored) + 1):
            if not event.is_dagster_event:
                continue
            kind = event.dagster_event_type
            if kind in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, event_id)
            elif kind in ASSET_EVENTS and row["asset_key"]:
                newest[row["asset_key"], row["dagster_event_type"]] = (event_id, event)
                if kind is not DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
                    tagged.append((event, event_id))
        if tagged:
            self._store_asset_event_tags(connection, [event for event, _ in tagged], [number for _, number in tagged])
        # A table's own row keeps its newest event only, so the last of each kind is enough, oldest kind first.
        for event_id, event in sorted(newest.values(), key=lambda pair: pair[0]):
            self._store_asset_event(connection, event, event_id)

    def _rows(self, event: EventLogEntry) -> list[dict[str, Any]]:
        """The rows of one event: one, or one per partition for a planned event of many partitions."""
        planned = event.dagster_event.event_specific_data if event.dagster_event else None
        if not isinstance(planned, AssetMaterializationPlannedData) or planned.partitions_subset is None:
            return [self._event_to_row(event)]
        row = self._event_to_row(_of_partition(event, planned, _ANY_PARTITION))
        before, after = row["event"].split(json.dumps(_ANY_PARTITION))
        return [
            row | {"partition": key, "event": f"{before}{json.dumps(key)}{after}"}
            for key in planned.partitions_subset.get_partition_keys()
        ]

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

    # Forgetting

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

    # Watching: the stock watcher looks for changes of the file, which with an open journal come late

    def watch(self, run_id: str, cursor: str | None, callback: Callable[[EventLogEntry, str], None]) -> None:
        if self._watcher is None:
            self._watcher = SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[[EventLogEntry, str], None]) -> None:
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        self.flush()
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        with self._engine_lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None
        super().dispose()


def _prepare(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=4000")


def _of_partition(event: EventLogEntry, planned: AssetMaterializationPlannedData, partition: str) -> EventLogEntry:
    assert event.dagster_event is not None
    one = AssetMaterializationPlannedData(planned.asset_key, partition=partition)
    return event._replace(dagster_event=event.dagster_event._replace(event_specific_data=one))


def _chunks(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(values), size):
        yield values[first : first + size]


def _flush_if_alive(storage: "weakref.ref[EmbeddedEventLogStorage]") -> None:
    alive = storage()
    if alive is not None:
        alive.flush()
