"""How each column of a contract is made of landing fields; the same for every file of the source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from nba_pipeline.contract.table import Column, TableContract
from nba_pipeline.names import base_key, fold, last_name_key
from nba_pipeline.raw import parsing
from nba_pipeline.warehouse.seam import arrow_schema

LINEAGE = ("source_file", "record_number", "fetched_at", "origin")


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is made of landing fields."""

    column: Column
    kind: parsing.Kind
    fields: tuple[str, ...]

    @property
    def is_folded(self) -> bool:
        return self.column.fold is not None or self.column.parse == parsing.LAST_NAME_KEY

    @property
    def is_count(self) -> bool:
        """A statistic that is counted; a record with one that cannot be is not to be trusted as a whole."""
        column = self.column
        if column.parse in (parsing.PLAYING_SECONDS, parsing.WHOLE_MINUTES):
            return True
        return column.type == "int64" and column.minimum == 0 and column.unit in (None, "points")


class Reader:
    """Reads chunks of files for one contract."""

    def __init__(self, contract: TableContract, team_aliases: Mapping[tuple[str, str], str]) -> None:
        self.contract = contract
        self.aliases = team_aliases
        self.plans = [self._plan(column) for column in contract.columns if column.name not in LINEAGE]
        self.fields = list(dict.fromkeys(name for plan in self.plans for name in plan.fields))
        self.folded: dict[str, str | None] = {}
        self.last_names: dict[str, str | None] = {}

    def _plan(self, column: Column) -> ColumnPlan:
        if column.fold or column.parse == parsing.LANDING_DATE:
            return ColumnPlan(column, parsing.TYPES["string"], ())
        kind = parsing.KINDS.get(column.parse) if column.parse else parsing.TYPES[column.type]
        if kind is None:
            known = ", ".join(sorted([*parsing.KINDS, parsing.LANDING_DATE]))
            raise self.contract.error(column.name, f"unknown parse={column.parse}; write one of {known}.")
        return ColumnPlan(column, kind, tuple(name.strip() for name in column.from_field.split(",")))

    @cached_property
    def required(self) -> list[str]:
        """Landing fields without which no record of the source can be read."""
        return sorted({plan.fields[0] for plan in self.plans if plan.column.not_null and len(plan.fields) == 1})

    def costs_record(self, plan: ColumnPlan) -> bool:
        """Whether a value out of shape costs the record: key, identity and counts do, others become NULL."""
        contract, column = self.contract, plan.column
        identity = {*contract.key, *contract.replace_by, contract.partition, "season_year"}
        return column.not_null or column.name in identity or plan.is_count

    def schema(self) -> pa.Schema:
        return arrow_schema(self.contract)

    def fold(self, text: str) -> str | None:
        if text not in self.folded:
            self.folded[text] = fold(text) or None
        return self.folded[text]

    def last_name(self, marked: str) -> str | None:
        if marked not in self.last_names:
            mode, _, text = marked.partition(":")
            self.last_names[marked] = (base_key(text) if mode == "last" else last_name_key(text)) or None
        return self.last_names[marked]
