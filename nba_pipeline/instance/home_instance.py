"""Opening the instance of a home folder from our own commands: the same history the UI shows."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance

from nba_pipeline.home import HOME_VARIABLE, Home

_CONFIGURATION = """\
storage:
  custom:
    module: nba_pipeline.instance.storage
    class: HomeStorage
compute_logs:
  module: nba_pipeline.instance.storage
  class: HomeComputeLogs
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: run
"""


@contextmanager
def open_instance(home: Path) -> Generator[DagsterInstance]:
    """The instance of ``home``, from any working directory; made on first use."""
    folder = Home(home).dagster
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text(_CONFIGURATION, encoding="utf-8")
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(home)
    try:
        with DagsterInstance.from_config(str(folder)) as instance:
            yield instance
            instance.event_log_storage.dispose()
    finally:
        if before is None:
            del os.environ[HOME_VARIABLE]
        else:
            os.environ[HOME_VARIABLE] = before
