"""What people are told about any run: its tables, its dates, where it stands, and the command that repeats it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.keys import gate_key, name_of, run_range
from nba_pipeline.phases import PHASES
from nba_pipeline.remedies import materialize

GATES = frozenset(name_of(gate_key(phase)) for phase in PHASES)
#: Metadata in which a failure says what to do, as a command or in words.
_HINTS = ("repair", "what_to_do")


def assets_of(run: dg.DagsterRun) -> list[str]:
    """The tables and gates that were selected for a run."""
    return sorted(name_of(key) for key in run.asset_selection or ())


def subject_of(run: dg.DagsterRun) -> str:
    """What a run is about: its only table, else its job."""
    assets = assets_of(run)
    return assets[0] if len(assets) == 1 else f"run of {len(assets)} tables" if assets else run.job_name


def partition_keys(run: dg.DagsterRun) -> list[str]:
    """Partition keys of a run; one empty key for a run without partitions."""
    dates = run_range(run.tags)
    return [day.isoformat() for day in dates.dates()] if dates else [""]


def keys_of_table(name: str, partitions: Sequence[str]) -> Sequence[str]:
    """A table without partitions is made once, whatever the range of the run."""
    contract = load_contracts().get(name)
    return partitions if contract is None or contract.partition else [""]


def span(partitions: Sequence[str]) -> str:
    """First and last partition; empty for none."""
    keys = [key for key in partitions if key]
    if not keys:
        return ""
    return keys[0] if len(keys) == 1 else f"{keys[0]}...{keys[-1]}"


def where_of(run: dg.DagsterRun) -> str:
    """Run id and dates."""
    dates = span(partition_keys(run))
    return f"run {run.run_id}" + (f", {dates}" if dates else "")


def rerun(assets: Sequence[str], partitions: Sequence[str]) -> str:
    """The command that computes tables again; empty for what it cannot compute."""
    tables = [name for name in assets if "." in name and name not in GATES]
    days = [dt.date.fromisoformat(key) for key in partitions if key]
    return materialize(days, tables) if tables and days else ""


def hint_in(metadata: Mapping[str, Any]) -> str:
    """What a failure says to do; empty when it says nothing."""
    return next((str(plain(metadata[key])) for key in _HINTS if plain(metadata.get(key))), "")


def plain(value: Any) -> Any:
    """The value of metadata, wrapped or not."""
    return value.value if isinstance(value, dg.MetadataValue) else value


def listed(names: Sequence[str]) -> str:
    """The first ten names."""
    return ", ".join(names[:10]) + (" …" if len(names) > 10 else "")


def first_lines(message: str, kind: str) -> str:
    """The first lines of an error as one, without the name of its class."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return " ".join(lines[:4]).removeprefix(f"{kind}: ")
