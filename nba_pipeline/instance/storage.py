"""Instance storage in the home folder: Dagster's own SQLite storages, with an event log made for range runs.

A range run writes two events per table and date. The stock storage opens a connection and commits three times for each;
here one connection stays open, and planned and materialised events are written in batches.
"""

import atexit
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster import DagsterInstance
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.base import EventLogStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.runs import RunStorage, SqliteRunStorage
from dagster._core.storage.schedules import ScheduleStorage, SqliteScheduleStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import StaticPool

from nba_pipeline.home import current_home

#: Events that may wait a moment: nothing reacts to a single one of them.
_DEFERRED = frozenset({DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED})
_BATCH = 500
_SECONDS = 0.5


class EmbeddedEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """SQLite event log with an open connection, write-ahead journal and batched asset events.

    Planned and materialised events wait in memory until 500 are there, half a second has passed at the next event, any
    other event arrives, or anybody in this process reads. Other processes therefore see them about half a second
    late, and a killed process loses at most the last batch of asset events: the warehouse then knows more than the
    log, and materialising again repairs it.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._lock = threading.RLock()
        self._waiting: list[EventLogEntry] = []
        self._since = 0.0
        self._engine: db.Engine | None = None
        self._tables: dict[str, bool] = {}
        super().__init__(base_dir, inst_data)
        atexit.register(self.flush)

    @contextmanager
    def _connect(self) -> Generator[db.Connection]:
        with self._lock:
            self.flush()
            with self._open().connect() as connection, connection.begin():
                yield connection

    def _open(self) -> db.Engine:
        if self._engine is None:
            self._engine = db.create_engine(
                self._conn_string, poolclass=StaticPool, connect_args={"timeout": 60, "check_same_thread": False}
            )
            with self._engine.connect() as connection:
                connection.execute(db.text("PRAGMA journal_mode=WAL"))
                connection.execute(db.text("PRAGMA synchronous=NORMAL"))
        return self._engine

    def has_table(self, table_name: str) -> bool:
        if not self._tables.get(table_name):
            self._tables[table_name] = super().has_table(table_name)
        return self._tables[table_name]

    def _has_asset_key_index_cols_on_connection(self, conn: db.Connection) -> bool:  # noqa: ARG002  (stock signature)
        """The schema is made by this version of Dagster, so the columns are there."""
        return True

    def store_event(self, event: EventLogEntry) -> None:
        with self._lock:
            if event.is_dagster_event and event.dagster_event_type in _DEFERRED:
                if not self._waiting:
                    self._since = time.monotonic()
                self._waiting.append(event)
                if len(self._waiting) >= _BATCH or time.monotonic() - self._since > _SECONDS:
                    self.flush()
                return
            self.flush()
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        for event in events:
            self.store_event(event)

    def flush(self) -> None:
        """Write what waits, in one transaction."""
        with self._lock:
            if not self._waiting:
                return
            events, self._waiting = self._waiting, []
            with self._open().connect() as connection, connection.begin():
                self._insert(connection, events)

    def _insert(self, connection: db.Connection, events: Sequence[EventLogEntry]) -> None:
        connection.execute(SqlEventLogStorageTable.insert(), [self._event_to_row(event) for event in events])
        # The write lock is held since the insert began, so the ids of the batch follow one another.
        last = connection.execute(db.select(db.func.max(SqlEventLogStorageTable.c.id))).scalar_one()
        ids = range(last - len(events) + 1, last + 1)
        self._store_asset_event_tags(connection, events, list(ids))
        newest: dict[tuple[str, str], tuple[EventLogEntry, int]] = {}
        for event, event_id in zip(events, ids, strict=True):
            asset_event = event.get_dagster_event()
            if asset_event.asset_key:
                newest[asset_event.asset_key.to_string(), asset_event.event_type_value] = (event, event_id)
        for event, event_id in newest.values():
            self._store_asset_event(connection, event, event_id)

    def dispose(self) -> None:
        self.flush()
        super().dispose()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


class HomeStorage(DagsterStorage):
    """Run, event and schedule storage below ``<home>/dagster``; takes no configuration."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        folder = current_home().dagster
        folder.mkdir(parents=True, exist_ok=True)
        self._inst_data = inst_data
        self._runs = SqliteRunStorage.from_local(str(_folder(folder, "runs")))
        self._events = EmbeddedEventLogStorage(str(_folder(folder, "events")))
        self._schedules = SqliteScheduleStorage.from_local(str(_folder(folder, "schedules")))
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "HomeStorage":
        assert not config_value, "the home folder is the only setting"
        return cls(inst_data)

    def register_instance(self, instance: DagsterInstance) -> None:
        super().register_instance(instance)
        for storage in (self._runs, self._events, self._schedules):
            if not storage.has_instance:
                storage.register_instance(instance)

    @property
    def event_log_storage(self) -> EventLogStorage:
        return self._events

    @property
    def run_storage(self) -> RunStorage:
        return self._runs

    @property
    def schedule_storage(self) -> ScheduleStorage:
        return self._schedules

    @property
    def event_storage_data(self) -> ConfigurableClassData | None:
        return None

    @property
    def run_storage_data(self) -> ConfigurableClassData | None:
        return None

    @property
    def schedule_storage_data(self) -> ConfigurableClassData | None:
        return None


class HomeComputeLogs(LocalComputeLogManager):
    """What steps print, below ``<home>/dagster/logs``; takes no configuration."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(str(_folder(current_home().dagster, "logs")), inst_data=inst_data)

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "HomeComputeLogs":
        assert not config_value, "the home folder is the only setting"
        return cls(inst_data)


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
