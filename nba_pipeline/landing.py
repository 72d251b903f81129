"""The landing zone: source files as received, kept for ever under a name that says what they are.

A file's name carries capture time, kind of data and a hash of its bytes, so a file is never changed and writing the
same capture twice is one file. What is inside a file is read elsewhere (``raw``).
"""

import datetime as dt
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nba_pipeline.errors import UsageError
from nba_pipeline.home import HOME_VARIABLE

SIMULATED = "simulated"
ORIGINS = (SIMULATED, "archive", "live")
SUFFIXES = ("parquet", "csv", "json")
_SOURCE = re.compile(r"^[a-z][a-z0-9_]*$")
_NAME = re.compile(
    r"^(?P<fetched>\d{8}T\d{6}Z)_(?P<origin>simulated|archive|live)_(?P<hash>[0-9a-f]{16})\.(?P<suffix>parquet|csv|json)$"
)
_FETCHED = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, order=True)
class LandingFile:
    """One landing file; ordered by source, date and capture time."""

    source: str
    date: dt.date
    fetched_at: dt.datetime
    origin: str
    hash16: str
    path: Path

    @property
    def suffix(self) -> str:
        """Format of the content: parquet, csv or json."""
        return self.path.suffix.removeprefix(".")

    @property
    def relative(self) -> str:
        """Path below the landing folder, the same on every machine."""
        return f"{self.source}/{self.date.isoformat()}/{self.path.name}"

    @property
    def key(self) -> tuple[dt.datetime, str]:
        """Newer captures sort later; the name breaks a tie the same way everywhere."""
        return (self.fetched_at, self.path.name)


def content_hash(payload: bytes) -> str:
    """The part of a landing file's name that stands for its bytes."""
    return hashlib.sha256(payload).hexdigest()[:16]


def refuse_other_origin(landing_root: Path, origin: str) -> None:
    """Keep simulated and real files in homes of their own: in one home, either would silently replace the other.

    Raises:
        UsageError: when landing holds real files and ``origin`` is simulated, or the reverse.
    """
    other = next((file for file in _every(landing_root) if (file.origin == SIMULATED) != (origin == SIMULATED)), None)
    if other is not None:
        raise UsageError(
            f"{landing_root} holds {other.origin} files, for example {other.relative}: {origin} files do not go into "
            f"the same home. Name another one: {HOME_VARIABLE}=<folder> nba-pipeline ..."
        )


def holds_real_files(landing_root: Path) -> bool:
    """Whether anything in landing is not simulated."""
    return any(file.origin != SIMULATED for file in _every(landing_root))


def origin_of(landing_root: Path) -> str:
    """What a file made here is to be called, so that it may stand beside those already there."""
    return next((SIMULATED for file in _every(landing_root) if file.origin == SIMULATED), "live")


def _every(landing_root: Path) -> Iterator[LandingFile]:
    if not landing_root.is_dir():
        return
    for folder in sorted(landing_root.iterdir()):
        if folder.is_dir() and _SOURCE.match(folder.name):
            yield from files(landing_root, folder.name)


def put(  # noqa: PLR0917 one value per part of the path
    landing_root: Path,
    source: str,
    date: dt.date,
    fetched_at: dt.datetime,
    origin: str,
    payload: bytes,
    suffix: str,
) -> Path:
    """Store a capture unless the very same one is there already; returns its path.

    Raises:
        UsageError: for an unknown origin or suffix, a source that is no plain name, or a capture time without zone.
    """
    if not _SOURCE.match(source):
        raise UsageError(f"{source!r} is not a source name: write lower-case letters, digits and underscores.")
    if origin not in ORIGINS:
        raise UsageError(f"Unknown origin {origin!r} for {source}: write one of {', '.join(ORIGINS)}.")
    if suffix not in SUFFIXES:
        raise UsageError(f"Unknown file type {suffix!r} for {source}: write one of {', '.join(SUFFIXES)}.")
    if fetched_at.tzinfo is None:
        raise UsageError(f"The capture time {fetched_at} of {source} {date} has no time zone: give a UTC time.")
    stamp = fetched_at.astimezone(dt.UTC).strftime(_FETCHED)
    folder = landing_root / source / date.isoformat()
    path = folder / f"{stamp}_{origin}_{content_hash(payload)}.{suffix}"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed, so that a crash never leaves half a file under a final name.
    partial = folder / f".{path.name}.{os.getpid()}"
    partial.write_bytes(payload)
    partial.replace(path)
    return path


def files(
    landing_root: Path, source: str, start: dt.date | None = None, end: dt.date | None = None
) -> list[LandingFile]:
    """The files of a source dated ``start`` to ``end`` (both inclusive, None = open), in date and capture order.

    Raises:
        UsageError: for a folder that is no date or a file whose name says nothing; hidden files are passed over.
    """
    folder = landing_root / source
    named = file_names(landing_root, source, start, end)
    return sorted(_file(source, date, folder / f"{date}" / name) for date, names in named.items() for name in names)


def file_names(
    landing_root: Path, source: str, start: dt.date | None = None, end: dt.date | None = None
) -> dict[dt.date, list[str]]:
    """The names of the same files by date, in no order, not looked into.

    Raises:
        UsageError: for a folder that is no date.
    """
    folder = landing_root / source
    found: dict[dt.date, list[str]] = {}
    for day in os.scandir(folder) if folder.is_dir() else ():
        if not day.name.startswith("."):
            date = _date(folder, day.name)
            if (start is None or date >= start) and (end is None or date <= end):
                found[date] = [file.name for file in os.scandir(day) if not file.name.startswith(".")]
    return {date: names for date, names in found.items() if names}


def _date(folder: Path, name: str) -> dt.date:
    try:
        date = dt.date.fromisoformat(name)
    except ValueError:
        date = None
    if date is None or date.isoformat() != name:
        raise UsageError(f"{folder / name} is not a date folder: move it out of the landing folder.")
    return date


def _file(source: str, date: dt.date, path: Path) -> LandingFile:
    matched = _NAME.match(path.name)
    if not matched:
        raise UsageError(
            f"{path} is not a landing file: names read <capture UTC>_<origin>_<hash>.<type>, for example "
            "20211020T090000Z_live_0123456789abcdef.json. Move it out of the landing folder."
        )
    return LandingFile(
        source=source,
        date=date,
        fetched_at=dt.datetime.strptime(matched["fetched"], _FETCHED).replace(tzinfo=dt.UTC),
        origin=matched["origin"],
        hash16=matched["hash"],
        path=path,
    )
