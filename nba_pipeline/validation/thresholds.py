"""The thresholds of the check catalogue: one YAML file, single numbers overruled by the home folder.

Which check uses a number, and how, is the business of the checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from nba_pipeline.errors import UsageError
from nba_pipeline.home import current_home

PACKAGED = Path(str(files("nba_pipeline").joinpath("checks/thresholds.yaml")))
OVERRULING = "thresholds.yaml"


@dataclass(frozen=True)
class Entry:
    """One entry of the catalogue: what it is about, what to do when it fails, and its numbers by name."""

    id: str
    title: str
    remedy: str
    thresholds: Mapping[str, float] = field(default_factory=dict)


def catalogue(home: Path | None = None) -> Mapping[str, Entry]:
    """Every catalogue entry by id, with the numbers in force for a home folder (default: the current one).

    Raises:
        UsageError: when the home's file names an entry or a number that does not exist, or a value that is none.
    """
    overruling = (home or current_home().root) / OVERRULING
    return _catalogue(overruling, overruling.stat().st_mtime_ns if overruling.exists() else None)


def threshold(id_: str, name: str) -> float:
    """One number in force."""
    return catalogue()[id_].thresholds[name]


@cache
def _catalogue(overruling: Path, changed: int | None) -> Mapping[str, Entry]:
    packaged = yaml.safe_load(PACKAGED.read_text(encoding="utf-8"))
    numbers = {id_: dict(entry.get("thresholds", {})) for id_, entry in packaged.items()}
    if changed is not None:
        for id_, entry in _mapping(overruling, yaml.safe_load(overruling.read_text(encoding="utf-8"))).items():
            for name, value in _mapping(overruling, _mapping(overruling, entry).get("thresholds")).items():
                if name not in numbers.get(id_, {}):
                    known = ", ".join(f"{one}.{other}" for one, names in numbers.items() for other in names)
                    raise UsageError(f"{overruling}: there is no threshold {id_}.{name}; write one of {known}.")
                if not isinstance(value, int | float) or isinstance(value, bool):
                    raise UsageError(f"{overruling}: {id_}.{name} is {value!r}; write a number.")
                numbers[id_][name] = value
    return {id_: Entry(id_, entry["title"], entry["remedy"], numbers[id_]) for id_, entry in packaged.items()}


def _mapping(path: Path, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"{path}: {value!r} is no mapping; write it like the packaged thresholds.yaml.")
    return value
