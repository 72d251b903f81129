"""The data dictionary: one generated page that lists every table and column as its contract states them."""

from collections.abc import Iterator
from pathlib import Path

from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.contract.table import TableContract

PAGE = Path(__file__).parents[1] / "docs" / "dictionary.md"


def dictionary_page() -> str:
    """The whole page as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from the table files by `nba-pipeline dictionary`; change a table file, not this page.",
        "",
    ]
    contracts = load_contracts()
    for name, contract in contracts.items():
        lines += [f"- [{name}](#{name.replace('.', '').lower()}): {contract.grain}"]
    for contract in contracts.values():
        lines += ["", *_table(contract)]
    return "\n".join(lines) + "\n"


def _table(contract: TableContract) -> Iterator[str]:
    yield f"## {contract.name}"
    yield ""
    yield contract.description
    yield ""
    yield f"- Grain: {contract.grain}"
    yield f"- Key: `{', '.join(contract.key)}`"
    if contract.partition:
        yield f"- Daily partition: `{contract.partition}`"
    if contract.source:
        yield f"- Read from: `{contract.source}`"
    reads = [name for name in contract.upstreams if name != contract.name]
    if reads:
        yield f"- Reads: {', '.join(f'`{name}`' for name in reads)}"
    if contract.history:
        yield f"- History: the {contract.history} before each date"
    yield ""
    yield "| column | type | unit | rules | description |"
    yield "| --- | --- | --- | --- | --- |"
    for column in contract.columns:
        cells = (f"`{column.name}`", column.type, column.unit or "", column.rules, column.description)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    if contract.checks:
        yield ""
        yield "| check | severity | fact |"
        yield "| --- | --- | --- |"
        for check in contract.checks:
            yield f"| `{check.name}` | {check.severity} | {check.sentence} |"
