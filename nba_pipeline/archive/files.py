"""Tables inside a folder of archive files, whatever their packing. What a table is is told by ``kinds``."""

import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

#: What a broken or foreign file raises; such a file is reported, never fatal.
UNREADABLE = (
    ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, OSError, EOFError, pa.ArrowException,
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error,
)  # fmt: skip


#: What operating systems leave beside the files of a user.
_LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")


def is_litter(name: str) -> bool:
    """Whether a path is hidden or left by an operating system; nobody means such files."""
    return any(part.startswith(".") or part in _LITTER for part in name.split("/") if part not in {"", ".", ".."})


def members(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every data file below the folder, members of archives included, in name order.

    Raises:
        UNREADABLE: while a packed file is being opened; the caller goes on with ``unpacked`` per file.
    """
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def unpacked(name: str, payload: bytes) -> Iterator[tuple[str, bytes]]:
    """The plain files of one file: itself, or the members of a tar, zip or gzip."""
    lower = name.lower()
    if lower.endswith((".tar.xz", ".tar.gz", ".tgz", ".tar.bz2", ".tar")):
        with tarfile.open(fileobj=io.BytesIO(payload)) as archive:
            for member in sorted(archive.getmembers(), key=lambda entry: entry.name):
                content = archive.extractfile(member) if member.isfile() and not is_litter(member.name) else None
                if content:
                    yield f"{name}/{member.name}", content.read()
    elif lower.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            for member_name in sorted(archive.namelist()):
                if not member_name.endswith("/") and not is_litter(member_name):
                    yield f"{name}/{member_name}", archive.read(member_name)
    elif lower.endswith(".gz"):
        yield name[:-3], gzip.decompress(payload)
    elif lower.endswith(".xz"):
        yield name[:-3], lzma.decompress(payload)
    else:
        yield name, payload


def column_names(name: str, payload: bytes) -> list[str]:
    """Header of a table without its rows; empty for a file type that holds no table."""
    lower = name.lower()
    if lower.endswith(".csv"):
        return list(pd.read_csv(io.BytesIO(payload), nrows=0).columns)
    if lower.endswith(".parquet"):
        return pq.read_schema(io.BytesIO(payload)).names
    if lower.endswith(".json"):
        return list(_json_table(payload).columns)
    return []


def table(name: str, payload: bytes, columns: list[str]) -> pd.DataFrame:
    """The wanted columns as text, missing values as None."""
    lower = name.lower()
    if lower.endswith(".csv"):
        rows = pd.read_csv(io.BytesIO(payload), usecols=list(columns), dtype=str, keep_default_na=False)  # ty: ignore[no-matching-overload]
    elif lower.endswith(".parquet"):
        rows = pq.read_table(io.BytesIO(payload), columns=columns).to_pandas(date_as_object=True)
    else:
        rows = _json_table(payload)[columns]
    text = rows.astype(object).where(rows.notna(), None)
    return text.map(lambda value: None if value is None or str(value).strip() in ("", "nan", "NaN") else str(value))


def _json_table(payload: bytes) -> pd.DataFrame:
    content = json.loads(payload)
    if isinstance(content, dict) and "resultSets" in content:
        result = content["resultSets"][0]
        return pd.DataFrame(result["rowSet"], columns=result["headers"])
    if not isinstance(content, list):
        raise TypeError("the JSON is no array of records")
    rows = pd.DataFrame.from_records(content)
    return rows.set_axis(rows.columns.map(str), axis="columns")
