"""The checks of a table: those its contract implies or states, and those in files of their own below ``checks/``.

How such a file is written and read belongs to ``contract.checks``.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from nba_pipeline.contract.catalog import declared, load_contracts
from nba_pipeline.contract.checks import read_check_file
from nba_pipeline.contract.mistakes import Mistake
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.facts import Fact
from nba_pipeline.validation.implied import facts_of
from nba_pipeline.validation.thresholds import PACKAGED, catalogue
from nba_pipeline.validation.written import written

FOLDER = PACKAGED.parent


def checks_of(contract: TableContract) -> list[Fact]:
    """Every check of one table, generated and written by hand."""
    of_files = (fact for table, facts in check_files().values() if table == contract.name for fact in facts)
    return [*facts_of(contract), *of_files]


def check_files(folder: Path = FOLDER) -> Mapping[str, tuple[str, tuple[Fact, ...]]]:
    """The files of checks by name: the table each is about, and its facts.

    Raises:
        ContractError: for a header that lacks something, an unknown table, an unknown threshold.
    """
    numbers = tuple(sorted((id_, tuple(sorted(entry.thresholds.items()))) for id_, entry in catalogue().items()))
    return {path.name: _read(path, path.stat().st_mtime_ns, numbers) for path in sorted(folder.glob("*.sql"))}


@cache
def _read(
    path: Path,
    changed: int,  # noqa: ARG001  a changed file is read again
    numbers: tuple[tuple[str, tuple[tuple[str, float], ...]], ...],  # noqa: ARG001  and so are other numbers
) -> tuple[str, tuple[Fact, ...]]:
    section, checks = read_check_file(path)
    (stated,) = section.all("table")
    if stated.value not in load_contracts():
        raise Mistake.CHECK_OF_NO_TABLE.at(path, stated.line, table=stated.value)
    contract = declared(stated.value)
    for check in checks:
        if check.date is None and contract.partition is None:
            raise Mistake.CHECK_WITHOUT_PARTITIONS.at(path, check.line, table=contract.name)
    return contract.name, tuple(written(check, contract) for check in checks)
