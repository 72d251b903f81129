"""The files of a folder and of the archives in it, as streams, inside limits of size, ratio and number.

Nothing is written anywhere. What is in a file is told by ``tables``.
"""

import bz2
import csv
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: What a broken or foreign file raises; such a file is reported, never fatal.
UNREADABLE = (
    ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, OSError, EOFError, pa.ArrowException,
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, csv.Error,
)  # fmt: skip
#: A packed file may unpack to so many times its size, real tables to 30 times; small ones may always have some bytes.
MOST_RATIO = 200
ALWAYS_BYTES = 50_000_000
MOST_BYTES = 8_000_000_000
MOST_MEMBERS = 10_000
#: An archive inside an archive inside an archive is the last that is opened.
MOST_DEPTH = 3
#: What has to be in memory at once: JSON, and Parquet or zip inside an archive.
MOST_IN_MEMORY = 100_000_000

#: What operating systems leave beside the files of a user.
_LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
_NOTHING = io.BufferedReader(io.BytesIO())
_TARS = (".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar")


class LimitError(ValueError):
    """A file that goes beyond what any archive of games needs; the message says the limit."""


class BombError(LimitError):
    """A packed file that unpacks to too much; nothing more of it is read."""


class _Bytes(Protocol):
    """Anything that gives bytes: a file, a packed file, a member of an archive."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Found:
    """A file below the folder, or what is in its place and why it is not read."""

    name: str
    path: Path
    problem: str = ""


@dataclass(frozen=True)
class Member:
    """A plain file: on disk, or as the stream of a packed one, valid until the next member is asked for.

    ``name`` is the path on disk with that inside the archive, ``unpacked_name`` ends as the plain file does.
    """

    name: str
    unpacked_name: str
    stream: "io.BufferedReader[Any]"
    path: Path | None = None
    problem: str = ""


def is_litter(name: str) -> bool:
    """Whether a path is hidden or left by an operating system; nobody means such files."""
    return any(part.startswith(".") or part in _LITTER for part in name.split("/") if part not in {"", ".", ".."})


def found(folder: Path) -> Iterator[Found]:
    """Every file below the folder in name order, then what links add that was not there yet; each file once."""
    root = folder.resolve()
    seen: set[Path] = set()
    links: list[tuple[str, Path]] = []
    yield from _below(root, "", seen, links)
    while links:
        name, link = links.pop(0)
        try:
            target = link.resolve(strict=True)
        except (OSError, RuntimeError):
            yield Found(name, link, f"a link to nothing ({link.readlink()})")
            continue
        if not target.is_relative_to(root):
            yield Found(name, link, f"a link that leads out of the folder: ingest {target} itself, or copy it here")
        elif target in seen or target == root:
            yield Found(name, link, f"a link to {target.relative_to(root).as_posix()}, which is read there")
        elif target.is_dir():
            yield from _below(target, name, seen, links)
        else:
            seen.add(target)
            yield Found(name, target)


def _below(start: Path, label: str, seen: set[Path], links: list[tuple[str, Path]]) -> Iterator[Found]:
    """The real files below a folder that were not seen; links are only collected."""
    folders = [(start, label)]
    while folders:
        folder, name_of_folder = folders.pop()
        seen.add(folder)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Found(name_of_folder or ".", folder, f"cannot be opened: {error.strerror}")
            continue
        inner = []
        for entry in entries:
            name = f"{name_of_folder}/{entry.name}" if name_of_folder else entry.name
            path = Path(entry.path)
            if is_litter(entry.name) or path in seen:
                continue
            if entry.is_symlink():
                links.append((name, path))
            elif entry.is_dir():
                inner.append((path, name))
            elif entry.is_file():
                seen.add(path)
                yield Found(name, path)
            else:
                yield Found(name, path, "no regular file")
        folders += reversed(inner)


class _Budget:
    """How many bytes one file on disk may still unpack to."""

    def __init__(self, packed: int) -> None:
        self.most = min(MOST_BYTES, max(ALWAYS_BYTES, MOST_RATIO * packed))
        self.used = 0

    def charge(self, count: int) -> None:
        self.used += count
        if self.used > self.most:
            raise BombError(
                f"unpacks to more than {self.most:,} bytes: {MOST_RATIO} times its size is the most that is read"
            )


class _Limited(io.RawIOBase):
    """A stream whose bytes are charged to a budget."""

    def __init__(self, inner: _Bytes, budget: _Budget) -> None:
        self.inner = inner
        self.budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        content = self.inner.read(len(view))
        self.budget.charge(len(content))
        view[: len(content)] = content
        return len(content)


def unpacked(name: str, path: Path) -> Iterator[Member]:
    """The plain files of one file: itself, or the members of a tar, zip, gzip, bzip2 or xz, packed ones inside too.

    Raises:
        BombError: when the file unpacks to too much, also while a member is read.
        LimitError: when it holds too many members.
        UNREADABLE: when it is broken.
    """
    with path.open("rb") as stream:
        yield from _plain(Member(name, name, stream, path), _Budget(path.stat().st_size), 0)


def _plain(member: Member, budget: _Budget, depth: int) -> Iterator[Member]:
    lower = member.unpacked_name.lower()
    is_packed = lower.endswith((*_TARS, ".zip", ".gz", ".bz2", ".xz"))
    if member.problem or not is_packed:
        yield member
    elif depth == MOST_DEPTH:
        yield replace(member, problem=f"packed more than {MOST_DEPTH} times over")
    elif lower.endswith(_TARS):
        yield from _tar(member, budget, depth)
    elif lower.endswith(".zip"):
        yield from _zip(member, budget, depth)
    else:
        inner = Member(member.name, member.unpacked_name.rpartition(".")[0], _limited(_decompressed(member), budget))
        yield from _plain(inner, budget, depth + 1)


def _limited(stream: _Bytes, budget: _Budget) -> "io.BufferedReader[Any]":
    return io.BufferedReader(_Limited(stream, budget), buffer_size=1 << 20)


def _decompressed(member: Member) -> _Bytes:
    lower = member.unpacked_name.lower()
    if lower.endswith((".gz", ".tgz")):
        return gzip.open(member.stream)
    if lower.endswith((".xz", ".txz")):
        return lzma.open(member.stream)
    if lower.endswith((".bz2", ".tbz2")):
        return bz2.open(member.stream)
    return member.stream


def _tar(member: Member, budget: _Budget, depth: int) -> Iterator[Member]:
    sparse = _Budget(budget.most // MOST_RATIO)
    stream = _limited(_decompressed(member), budget)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for count, entry in enumerate(archive):
            _count(count)
            name = f"{member.name}/{entry.name}"
            if entry.isdir() or is_litter(entry.name):
                continue
            content = archive.extractfile(entry) if entry.isfile() else None
            problem = _of_path(entry.name) or ("" if content else "a link or device inside an archive")
            # Holes of a sparse member cost nothing in the archive, so they are counted by themselves.
            opened = _limited(content, sparse) if content and not problem else _NOTHING
            yield from _plain(Member(name, name, opened, problem=problem), budget, depth + 1)


def _zip(member: Member, budget: _Budget, depth: int) -> Iterator[Member]:
    source = member.path or io.BytesIO(whole(member.stream))
    with zipfile.ZipFile(source) as archive:
        _count(len(archive.infolist()))
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            if entry.is_dir() or is_litter(entry.filename):
                continue
            name, problem = f"{member.name}/{entry.filename}", _of_path(entry.filename)
            opened = _NOTHING
            try:
                if not problem:
                    opened = _limited(archive.open(entry), budget)
            except UNREADABLE as error:
                problem = f"cannot be opened: {error}"
            yield from _plain(Member(name, name, opened, problem=problem), budget, depth + 1)


def _count(members: int) -> None:
    if members > MOST_MEMBERS:
        raise LimitError(f"holds more than {MOST_MEMBERS:,} files, the most that are read of one archive")


def _of_path(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    return "its path leads out of the archive" if path.is_absolute() or ".." in path.parts else ""


def whole(stream: "io.BufferedReader[Any]") -> bytes:
    """The content of a stream that has to be in memory at once.

    Raises:
        LimitError: when it is too long for that.
    """
    content = stream.read(MOST_IN_MEMORY + 1)
    if len(content) > MOST_IN_MEMORY:
        raise LimitError(f"has more than {MOST_IN_MEMORY:,} bytes, the most that are read of such a file")
    return content
