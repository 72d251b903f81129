"""Where the instance keeps its files: the configured classes that ``dagster.yaml`` names, all below the home folder.

How events are written belongs in ``event_log``, what they say in ``event_meaning``; opening an instance from our own
commands in ``home_instance``.

The classes take no configuration: each asks for the home folder itself, so one ``dagster.yaml`` serves every process,
and no environment variable is needed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from dagster import DagsterInstance
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.base import EventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs import RunStorage, SqliteRunStorage
from dagster._core.storage.schedules import ScheduleStorage, SqliteScheduleStorage
from dagster._serdes import ConfigurableClassData

from nba_pipeline.home import current_home
from nba_pipeline.instance.event_meaning import EmbeddedEventLogStorage


class _WithoutConfig:
    """What Dagster asks of a configured class, for one that takes no configuration."""

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        assert not config_value, "the home folder is the only setting"
        return cls(inst_data=inst_data)  # ty: ignore[unknown-argument]  the classes below take it


class HomeStorage(_WithoutConfig, DagsterStorage):
    """Run, event and schedule storage below ``<home>/dagster``."""

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

    def dispose(self) -> None:
        self._events.dispose()
        self._runs.dispose()
        self._schedules.dispose()

    @property
    def event_storage_data(self) -> ConfigurableClassData | None:
        return None

    @property
    def run_storage_data(self) -> ConfigurableClassData | None:
        return None

    @property
    def schedule_storage_data(self) -> ConfigurableClassData | None:
        return None


class HomeComputeLogs(_WithoutConfig, LocalComputeLogManager):
    """What steps print, below ``<home>/dagster/logs``."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(str(_folder(current_home().dagster, "logs")), inst_data=inst_data)


class HomeArtifacts(_WithoutConfig, LocalArtifactStorage):
    """What Dagster itself stores as files, below ``<home>/dagster``."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(str(current_home().dagster), inst_data=inst_data)


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
