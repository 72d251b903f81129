"""Answers derived from table files, kept on disk so that the next process need not derive them again.

Only the keeping is here; what is derived, and from what, belongs to the modules that call ``remembered``. An answer is
filed under a hash of everything it depends on: the code that derives it, the versions of the libraries that code
calls, and the text it was derived from. A change of any of them asks another question, so no stored answer is stale.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

#: Our modules whose code an answer depends on: those that call ``remembered`` and what they import.
SOURCES = (
    "contract/cache.py",
    "contract/catalog.py",
    "contract/checks.py",
    "contract/format.py",
    "contract/header.py",
    "contract/mistakes.py",
    "contract/queries.py",
    "contract/table.py",
    "errors.py",
    "graph/lineage.py",
    "phases.py",
    "warehouse/binding.py",
    "warehouse/dialect.py",
)
LIBRARIES = ("duckdb", "sqlglot")
#: Answers kept; a load of the graph asks for about a hundred, a run's checks for some hundreds.
KEPT = 4000

Answer = TypeVar("Answer")


def remembered(kind: str, question: str, derive: Callable[[], Answer]) -> Answer:
    """``derive()``, or what it returned in an earlier process for the same question, code and libraries.

    Args:
        kind: what is asked, one word for each caller.
        question: all text the answer depends on.
        derive: computes the answer, made of dicts, lists, strings and numbers; an error it raises passes through and
            nothing is kept.
    """
    return _OF_THIS_USER.remembered(kind, question, derive)


class Memory:
    """One folder of answers, a file each; a folder or file that cannot be used is as good as none.

    Args:
        folder: where answers are kept, created at need; None keeps nothing.
        code: the state of the code that derives; asked again before keeping an answer, because code that was edited
            while this process ran may not be the code that derived it.
    """

    def __init__(self, folder: Path | None, code: Callable[[], str], kept: int = KEPT) -> None:
        self._folder = folder
        self._code = code
        self._loaded = code()
        self._kept = kept
        self._is_tidy = False

    def remembered(self, kind: str, question: str, derive: Callable[[], Answer]) -> Answer:
        """See the function of this name."""
        if self._folder is None:
            return derive()
        file = self._folder / f"{_sha256(f'{self._loaded} {kind} {question}')}.json"
        with suppress(OSError, ValueError):
            checksum, _, text = file.read_text(encoding="utf-8").partition("\n")
            if checksum == _sha256(text):
                return json.loads(text)
        text = json.dumps(derive())
        if self._code() == self._loaded:
            with suppress(OSError):
                _replace(file, f"{_sha256(text)}\n{text}")
                self._tidy(file.parent)
        return json.loads(text)

    def _tidy(self, folder: Path) -> None:
        """Once in a process that keeps something: remove the oldest files beyond ``kept``."""
        if self._is_tidy:
            return
        self._is_tidy = True
        with os.scandir(folder) as files:
            by_age = sorted((file.stat().st_mtime, file.path) for file in files)
        for _, path in by_age[: -self._kept]:
            with suppress(FileNotFoundError):
                Path(path).unlink()


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """``nba_pipeline`` below ``XDG_CACHE_HOME``, else below ``~/.cache``; None for a user without a home."""
    stated = Path(environment.get("XDG_CACHE_HOME", ""))
    if stated.is_absolute():
        return stated / "nba_pipeline"
    try:
        return Path.home() / ".cache" / "nba_pipeline"
    except RuntimeError:
        return None


def code_state() -> str:
    """Hash of the deriving modules as they lie on disk, and the versions they run with."""
    state = hashlib.sha256(" ".join((sys.version, *_versions())).encode())
    for source in SOURCES:
        state.update((Path(__file__).parents[1] / source).read_bytes())
    return state.hexdigest()


@cache
def _versions() -> tuple[str, ...]:
    return tuple(f"{library} {version(library)}" for library in LIBRARIES)


def _replace(file: Path, text: str) -> None:
    """Write a file whole: other processes see all of it or what was there before."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as opened:
        part = Path(opened.name)
        try:
            opened.write(text)
            opened.close()
            part.replace(file)
        except OSError:
            part.unlink()
            raise


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# Made while this module is imported, before the modules that derive are: their code is then not older than this state.
_OF_THIS_USER = Memory(cache_folder(os.environ), code_state)
