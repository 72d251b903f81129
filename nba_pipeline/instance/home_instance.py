"""Opening the instance of a home folder from our own commands: the same history the UI shows.

Dagster's own commands find the same files through ``dagster.yaml`` in the repository root, which says the same as
``SETTINGS`` (a test compares them).
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance

from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.instance.living_runs import close_dead_runs


def _ours(name: str) -> dict[str, str]:
    return {"module": "nba_pipeline.instance.storage", "class": name}


SETTINGS: Mapping[str, Any] = {
    "storage": {"custom": _ours("HomeStorage")},
    "local_artifact_storage": _ours("HomeArtifacts"),
    "compute_logs": _ours("HomeComputeLogs"),
    "telemetry": {"enabled": False},
    "python_logs": {"python_log_level": "INFO"},
    "concurrency": {"pools": {"default_limit": 1, "granularity": "run"}, "runs": {"max_concurrent_runs": 4}},
    "run_monitoring": {
        "enabled": True,
        "start_timeout_seconds": 300,
        "cancel_timeout_seconds": 180,
        "max_runtime_seconds": 86400,
        "poll_interval_seconds": 60,
    },
    "retention": {
        "schedule": {"purge_after_days": 90},
        "sensor": {"purge_after_days": {"skipped": 7, "success": 90, "failure": 90}},
    },
}


@contextmanager
def open_instance(home: Path) -> Generator[DagsterInstance]:
    """The instance of ``home``, from any working directory; made on first use.

    While it is open, ``NBA_PIPELINE_HOME`` names this home, so that processes started for a run find it too.
    """
    folder = Home(home).dagster
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "dagster.yaml", yaml.safe_dump(dict(SETTINGS), sort_keys=False))
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(home)
    try:
        with DagsterInstance.from_config(str(folder)) as instance:
            close_dead_runs(instance)
            yield instance
    finally:
        if before is None:
            os.environ.pop(HOME_VARIABLE, None)
        else:
            os.environ[HOME_VARIABLE] = before


def _write(path: Path, text: str) -> None:
    """Replace the file when it differs; another command may be reading it."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
