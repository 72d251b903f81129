"""The embedded engine's file while this process holds it open: waiting for others, sharing, letting others in.

An open file is locked to other processes. It is closed when nobody in this process uses it, also after an exception.
Inside ``kept_open`` it stays open between uses, until another process asks for it: that one leaves a note beside the
file. What is read from and written to the file is not here.
"""

import logging
import re
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

import duckdb

from nba_pipeline.errors import PipelineError, WarehouseBusyError
from nba_pipeline.warehouse.evolution import StoredCatalog, catalog_of, leave

_LOG = logging.getLogger(__name__)
#: Seconds between two tries to open a file that another process holds; the holder stays away for twice as long.
_PAUSE = 0.05
_SAID_AFTER = 2.0


@dataclass
class OpenFile:
    """A file this process holds open, what is stored in it, and how many of the process's operations use it."""

    connection: duckdb.DuckDBPyConnection
    catalog: StoredCatalog
    users: int = 0
    has_failed: bool = False


_OPEN: dict[Path, OpenFile] = {}
_KEPT: Counter[Path] = Counter()
_OPENING = RLock()


@contextmanager
def opened(path: Path, memory_limit: str, wait_seconds: float) -> Generator[OpenFile]:
    """The file at a resolved path, opened or shared.

    Raises:
        WarehouseBusyError: when another process still holds it after ``wait_seconds``.
    """
    with _OPENING:
        if path not in _OPEN:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(path, memory_limit, wait_seconds)
            _OPEN[path] = OpenFile(connection, catalog_of(connection, path))
        file = _OPEN[path]
        file.users += 1
    try:
        yield file
    except BaseException:
        file.has_failed = True
        raise
    finally:
        with _OPENING:
            file.users -= 1
            if not _KEPT[path] or file.has_failed:
                _close_unused(path)
            elif _note(path).exists():
                _close_unused(path)
                time.sleep(2 * _PAUSE)


@contextmanager
def kept_open(path: Path) -> Generator[None]:
    """Leave the file at a resolved path open between uses, unless another process waits for it."""
    with _OPENING:
        _KEPT[path] += 1
    try:
        yield
    finally:
        with _OPENING:
            _KEPT[path] -= 1
            if not _KEPT[path]:
                _close_unused(path)


def catalog_in(path: Path) -> StoredCatalog:
    """What is stored in a file that is open."""
    return _OPEN[path].catalog


def _close_unused(path: Path) -> None:
    file = _OPEN.get(path)
    if file and not file.users:
        del _OPEN[path]
        leave(file.connection, path, None if file.has_failed else file.catalog)


def _note(path: Path) -> Path:
    """Stands beside the file while another process waits for it."""
    return path.with_name(f"{path.name}.wanted")


def _connect(path: Path, memory_limit: str, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    """Open the file, waiting for another process a bounded time."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(path.with_suffix(".spill")),
        "preserve_insertion_order": "false",
    }
    started, said = time.monotonic(), False
    while True:
        try:
            connection = duckdb.connect(str(path), config=config)
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise PipelineError(f"The warehouse file {path} cannot be opened: {error}") from error
            waited = time.monotonic() - started
            if waited + _PAUSE > wait_seconds:
                _note(path).unlink(missing_ok=True)
                raise _busy(path, error, wait_seconds) from error
            _note(path).touch()
            if waited > _SAID_AFTER and not said:
                said = True
                _LOG.warning("%s is held by %s; waiting up to %.0f s", path, _holder(error), wait_seconds)
        else:
            _note(path).unlink(missing_ok=True)
            connection.execute("set global TimeZone = 'UTC'")
            return connection
        time.sleep(_PAUSE)


def _busy(path: Path, error: duckdb.IOException, wait_seconds: float) -> WarehouseBusyError:
    return WarehouseBusyError(
        f"The warehouse {path} is held by {_holder(error)}; waited {wait_seconds:.0f} s. "
        "Wait for it to end, or stop it, and run the command again; nothing was changed."
    )


def _holder(error: duckdb.IOException) -> str:
    holder = re.search(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", str(error))
    return f"process {holder['pid']} ({holder['program']})" if holder else "another process"
