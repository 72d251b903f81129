"""Queries of ``checks/of_contracts`` and ``checks/lookback``: one text for every table that it is about.

A word ``the_…`` of such a file is replaced wherever it stands: ``the_table`` by the name of a table, ``the_date`` by
its partition column, others by what the caller says.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from nba_pipeline.contract.checks import Check, read_check_file
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.thresholds import PACKAGED

_WORD = re.compile(r"\bthe_[a-z_]+\b")


def lookback_query(name: str, named: Mapping[str, str] | None = None) -> str:
    """One query of ``checks/lookback`` with names in place of its words."""
    return _named(_text(PACKAGED.parent / "lookback" / f"{name}.sql"), named or {})


def check_of_contract(name: str, contract: TableContract, named: Mapping[str, str] | None = None) -> Check:
    """One check of ``checks/of_contracts`` as it is about one table."""
    check = _check(PACKAGED.parent / "of_contracts" / f"{name}.sql")
    names = {"the_table": contract.name, "the_date": contract.partition or "", **(named or {})}
    return replace(
        check,
        sentence=_named(check.sentence, names),
        query=_named(check.query, names),
        of_rows=_named(check.of_rows, names) if check.of_rows else None,
        date=_named(check.date, names) if check.date else None,
    )


def texts(names: tuple[str, ...]) -> str:
    """A GoogleSQL array of text values."""
    return f"[{', '.join(repr(name) for name in names)}]"


def _named(text: str, named: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: named[found[0]], text)


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


@cache
def _check(path: Path) -> Check:
    _, (check,) = read_check_file(path)
    return check
