"""What one table file states, as values: name, grain, key, columns, checks and query.

How the file is written and read belongs to ``format``; what several tables are to each other belongs to ``catalog``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nba_pipeline.contract.checks import Check
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.errors import ContractError


@dataclass(frozen=True)
class Bounds:
    """A closed interval; an open side is None."""

    low: float | None
    high: float | None

    def __str__(self) -> str:
        return f"{'' if self.low is None else f'{self.low:g}'}..{'' if self.high is None else f'{self.high:g}'}"


@dataclass(frozen=True)
class Column:
    """One documented column."""

    name: str
    type: str
    description: str
    not_null: bool = False
    unit: str | None = None
    range: Bounds | None = None
    warn: Bounds | None = None
    choices: tuple[str, ...] = ()
    null_share: float | None = None
    core: bool = False
    from_field: str = ""
    parse: str | None = None
    team: str | None = None
    fold: str | None = None

    @property
    def minimum(self) -> float | None:
        """Lower end of the hard range."""
        return self.range.low if self.range else None

    @property
    def maximum(self) -> float | None:
        """Upper end of the hard range."""
        return self.range.high if self.range else None

    @property
    def rules(self) -> str:
        """The rules a reader wants to see, as one phrase."""
        parts = ["not null"] if self.not_null else []
        parts += [f"in {', '.join(self.choices)}"] if self.choices else []
        parts += [f"{self.range}"] if self.range else []
        parts += [f"usually {self.warn}"] if self.warn else []
        parts += [f"null share at most {self.null_share:g}"] if self.null_share is not None else []
        parts += ["varies over a month"] if self.core else []
        return "; ".join(parts)


@dataclass(frozen=True)
class Guard:
    """A look-back that must be whole before a date is computed: every slate of ``days`` before it is in ``table``."""

    table: str
    days: int


@dataclass(frozen=True)
class TableContract:
    """Everything one table file states."""

    path: Path
    dataset: str
    table: str
    description: str
    grain: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    partition: str | None
    cluster: tuple[str, ...]
    history: str | None
    source: str | None
    replace_by: tuple[str, ...]
    owner: str
    misses: str | None
    covers: str | None
    is_view: bool
    level: str | None
    empty_in_bootstrap: bool
    guards: Guard | None
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    query: str | None
    line_of: Mapping[str, int] = field(compare=False, hash=False, repr=False)

    @property
    def name(self) -> str:
        """Two-part name, ``dataset.table``."""
        return f"{self.dataset}.{self.table}"

    def column(self, name: str) -> Column:
        """The column called ``name``; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def error(self, about: str, message: str) -> ContractError:
        """An error located at the line that states ``about`` (a column, a key of the header)."""
        return ContractError(f"{self.path}:{self.line_of.get(about, 1)}: {message}")

    @property
    def upstreams(self) -> tuple[str, ...]:
        """Two-part names of the tables and views the query names, sorted."""
        return tables_read(self.query) if self.query else ()
