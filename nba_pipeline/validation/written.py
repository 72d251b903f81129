"""Hand-written checks as facts: the numbers of the catalogue stand for their parameters.

How a check is written and read belongs to ``contract.checks``.
"""

import re

import dagster as dg

from nba_pipeline.contract.checks import Check
from nba_pipeline.contract.mistakes import Mistake
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.facts import Fact, of_rows
from nba_pipeline.validation.thresholds import PACKAGED, catalogue

_BOUNDS = frozenset({"start_date", "end_date", "today"})
_PARAMETER = re.compile(r"@(\w+)")


def written(check: Check, contract: TableContract) -> Fact:
    """The fact that a check of a table states.

    Raises:
        ContractError: for a catalogue entry or a threshold that does not exist.
    """
    entries = catalogue()
    if check.id and check.id not in entries:
        raise Mistake.UNKNOWN_CATALOG_NUMBER.at(check.path, check.line, id=check.id, known=", ".join(entries))
    known = entries[check.id].thresholds if check.id else {}
    query = _violations(check)
    used = set(_PARAMETER.findall(query)) - _BOUNDS
    for name in sorted(used - known.keys()):
        below = check.id or "a catalog number, which the check lacks"
        raise Mistake.UNKNOWN_THRESHOLD.at(check.path, check.line, name=name, file=PACKAGED.name, id=below)
    judged = of_rows(contract, check.of_rows) if check.of_rows else {"violations": query, "date": check.date}
    return Fact(
        name=check.name,
        sentence=check.sentence,
        severity=dg.AssetCheckSeverity.WARN if check.severity == "warn" else dg.AssetCheckSeverity.ERROR,
        blocking=check.severity == "block",
        id=check.id,
        thresholds={name: known[name] for name in sorted(used)},
        **judged,
    )


def _violations(check: Check) -> str:
    """The query whose rows break the check, with the names of its thresholds."""
    query = check.query
    for parameter, threshold in check.thresholds.items():
        query = re.sub(rf"@{parameter}\b", f"@{threshold}", query)
    if not check.valid_share:
        return query
    listed, grouped = (f"{check.date}, ", f"group by {check.date} ") if check.date else ("", "")
    return (
        f"select {listed}countif(is_valid) as valid_rows, count(*) as row_count from ({query}) "
        f"{grouped}having safe_divide(countif(is_valid), count(*)) < @{check.valid_share}"
    )
