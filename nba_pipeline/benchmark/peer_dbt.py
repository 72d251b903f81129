"""The same SQL tables built by dbt, as a yardstick: a dbt project made from the contracts, its run and its seconds.

The project is made in a temporary folder from the files below ``models``: one dbt model per table or view, with tests
that its key is filled and unique. Raw and packaged tables are sources. Needs the extra ``bench``.
"""

import importlib.util
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import in_order, load_contracts, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError
from nba_pipeline.warehouse.dialect import render
from nba_pipeline.warehouse.seam import range_parameters

_SETTINGS = {"memory_limit": "800MB", "preserve_insertion_order": False, "TimeZone": "UTC"}
_SCHEMA_IS_THE_DATASET = """{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}
"""


@dataclass(frozen=True)
class Peer:
    """``seconds`` is what dbt counts for models and tests; ``cpu`` and ``wall`` are of the whole command."""

    nodes: int
    failed: tuple[str, ...]
    seconds: float
    cpu: float
    wall: float


def require_dbt() -> None:
    """Refuse early.

    Raises:
        UsageError: when the extra is not installed.
    """
    if importlib.util.find_spec("dbt") is None:
        raise UsageError("dbt is not installed: pip install -c constraints.txt -e '.[bench]', then run this again.")


def build(warehouse: Path, dates: DateRange, folder: Path) -> Peer:
    """Build all SQL tables over a range with dbt, in a DuckDB file whose raw and packaged tables are filled."""
    models = _models()
    _empty(warehouse, models)
    for name, text in project(warehouse, dates).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    program = "import sys; from dbt.cli.main import cli; sys.exit(cli())"
    command = [sys.executable, "-c", program, "--no-use-colors", "--no-send-anonymous-usage-stats", "build"]
    done = subprocess.run(  # noqa: S603  our own interpreter and a project just written
        [*command, "--profiles-dir", "."], cwd=folder, capture_output=True, text=True, check=False
    )
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - started
    report = folder / "target" / "run_results.json"
    if not report.exists():
        raise UsageError(f"dbt did not run: {(done.stdout + done.stderr)[-2000:]}")
    results = json.loads(report.read_text(encoding="utf-8"))["results"]
    return Peer(
        nodes=len(results),
        failed=tuple(one["unique_id"] for one in results if one["status"] not in ("success", "pass")),
        seconds=sum(one["execution_time"] for one in results),
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        wall=wall,
    )


def _models() -> list[TableContract]:
    """Tables with a query and the views they read, in order."""
    contracts = load_contracts()
    wanted = {table.name for table in runnable_contracts().values() if table.query}
    open_names = list(wanted)
    while open_names:
        read = {name for name in contracts[open_names.pop()].upstreams if contracts[name].is_view}
        open_names += read - wanted
        wanted |= read
    return [one for one in in_order(wanted, contracts) if one.query]


def _empty(warehouse: Path, models: Sequence[TableContract]) -> None:
    with closing(duckdb.connect(str(warehouse))) as connection:
        for view in (one for one in load_contracts().values() if one.is_view):
            connection.execute(f"drop view if exists {view.name}")
        for table in (one for one in models if not one.is_view):
            connection.execute(f"drop table if exists {table.name}")


def project(warehouse: Path, dates: DateRange) -> dict[str, str]:
    """The text of every file of the dbt project, by its path in it."""
    models = _models()
    profile = {"type": "duckdb", "path": str(warehouse), "threads": 1, "schema": "main", "settings": _SETTINGS}
    settings = {
        "name": "peer",
        "version": "1.0",
        "profile": "peer",
        "models": {"+materialized": "table"},
        "flags": {"send_anonymous_usage_stats": False},
    }
    sources: dict[str, list[dict[str, str]]] = {}
    built = {model.name for model in models}
    for name in sorted({name for model in models for name in model.upstreams} - built):
        dataset, _, table = name.partition(".")
        sources.setdefault(dataset, []).append({"name": table})
    schema = {
        "version": 2,
        "sources": [{"name": dataset, "schema": dataset, "tables": tables} for dataset, tables in sources.items()],
        "models": [
            {"name": model.table, "columns": [{"name": name, "data_tests": ["not_null"]} for name in model.key]}
            for model in models
            if not model.is_view
        ],
    }
    files = {
        "profiles.yml": json.dumps({"peer": {"target": "peer", "outputs": {"peer": profile}}}),
        "dbt_project.yml": json.dumps(settings),
        "macros/generate_schema_name.sql": _SCHEMA_IS_THE_DATASET,
        "models/schema.yml": json.dumps(schema),
    }
    for model in models:
        files[f"models/{model.dataset}/{model.table}.sql"] = _model(model, built, dates)
        if not model.is_view:
            key = ", ".join(model.key)
            files[f"tests/{model.table}_key_is_unique.sql"] = (
                f"select {key} from {{{{ ref('{model.table}') }}}} group by {key} having count(*) > 1"
            )
    return files


def _model(model: TableContract, built: set[str], dates: DateRange) -> str:
    """A model file: our rendered statement, with dates for parameters and dbt's words for the tables it reads."""
    sql, names = render(model.query or "")
    values = range_parameters(dates)
    for name in names:
        sql = re.sub(rf"\${name}\b", f"date '{values[name]}'", sql)
    for name in model.upstreams:
        dataset, _, table = name.partition(".")
        word = f"ref('{table}')" if name in built else f"source('{dataset}', '{table}')"
        sql = re.sub(rf"\b{dataset}\.{table}\b(?!\.)", f"{{{{ {word} }}}}", sql)
    kind = ", materialized='view'" if model.is_view else ""
    return f"{{{{ config(schema='{model.dataset}'{kind}) }}}}\n{sql}\n"
