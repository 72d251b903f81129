"""How events reach the file of the event log: Dagster's SQLite storage, made fast for range runs. It answers alike.

What the log says otherwise than the stock one is in ``event_meaning``; where the file lies is decided in ``storage``.

A range run plans and materialises every table on every date. The stock storage opens a connection and commits up to
three times for each of those events. Here connections stay open and these events are written many at a time.

Guarantees:

- In the process that stores events every read writes the waiting ones first, so it sees all of them, in order.
- Other processes see an event of a step when any other kind of event follows: the step or the run changes its state.
- A killed process loses at most the asset and output events of its last step; the warehouse then knows more than the
  log, and materialising these dates again mends it. A power failure may also lose what was written just before; the
  file stays sound in both cases (write-ahead journal, ``synchronous=NORMAL``).
- Processes that write at the same time wait for each other, up to a minute.
"""

import json
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as db
import sqlalchemy.event
from dagster import DagsterEventType
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, AssetMaterializationPlannedData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import (
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite import ConsolidatedSqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import QueuePool

#: Events of a step that may wait for its end: their number grows with dates and checks.
_PATIENT = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
        DagsterEventType.ASSET_CHECK_EVALUATION,
        DagsterEventType.STEP_OUTPUT,
    }
)
_MOST_WAITING = 1_000
_BUSY_SECONDS = 60
#: Stands for the partition while the text shared by all planned events of one table is made.
_ANY_PARTITION = "<partition of the planned event>"


class BatchedEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """SQLite event log with open connections, a write-ahead journal and asset events written in batches."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._writing = threading.RLock()
        self._waiting: list[EventLogEntry] = []
        self._waiting_lock = threading.Lock()
        self._thread = threading.local()
        self._engine: db.Engine | None = None
        self._engine_lock = threading.Lock()
        self._known_tables: set[str] = set()
        self._watcher: SqlPollingEventWatcher | None = None
        super().__init__(base_dir, inst_data)

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
        if all(_can_wait(event) for event in events) and len(self._waiting) + len(events) < _MOST_WAITING:
            with self._waiting_lock:
                self._waiting.extend(events)
        else:
            self._write_after_waiting(events)

    def flush(self) -> None:
        """Write what waits, also what another thread is about to write."""
        self._write_after_waiting(())

    def _write_after_waiting(self, events: Sequence[EventLogEntry]) -> None:
        """Write waiting events and these, in one transaction; what waited waits on when that fails."""
        with self._writing:
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


def _can_wait(event: EventLogEntry) -> bool:
    return bool(event.run_id) and event.is_dagster_event and event.dagster_event_type in _PATIENT
