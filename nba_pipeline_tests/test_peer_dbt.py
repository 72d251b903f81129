"""The yardstick: our tables as a dbt project."""

import importlib.util
import json
import re
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from nba_pipeline.benchmark.peer_dbt import build, project, require_dbt
from nba_pipeline.contract.catalog import load_contracts, runnable_contracts
from nba_pipeline.errors import UsageError
from nba_pipeline_tests.conftest import SEASON_START, copy_of

has_dbt = importlib.util.find_spec("dbt") is not None


def test_every_table_with_a_query_is_a_model_that_names_what_it_reads_in_the_words_of_dbt():
    files = project(Path("warehouse.duckdb"), SEASON_START)
    tables = [table for table in runnable_contracts().values() if table.query]
    assert tables
    declared = json.loads(files["models/schema.yml"])
    sources = {(source["name"], table["name"]) for source in declared["sources"] for table in source["tables"]}
    assert {model["name"] for model in declared["models"]} == {table.table for table in tables}
    for table in tables:
        text = files[f"models/{table.dataset}/{table.table}.sql"]
        assert "$start_date" not in text
        read = re.findall(r"ref\('(\w+)'\)", text)
        read += [
            name for dataset, name in re.findall(r"source\('(\w+)', '(\w+)'\)", text) if (dataset, name) in sources
        ]
        assert set(read) == {name.partition(".")[2] for name in table.upstreams}
        bare = {name for name in load_contracts() if re.search(rf"\b{re.escape(name)}\b", text)}
        assert bare == set()
        assert f"group by {', '.join(table.key)}" in files[f"tests/{table.table}_key_is_unique.sql"]


@pytest.mark.skipif(has_dbt, reason="dbt is installed")
def test_without_dbt_the_extra_is_named():
    with pytest.raises(UsageError, match=r"\[bench\]"):
        require_dbt()


@pytest.mark.skipif(not has_dbt, reason="the extra bench is not installed")
def test_dbt_builds_the_same_rows(season_start, tmp_path):
    home = copy_of(season_start, tmp_path / "home")
    built = build(home.warehouse, SEASON_START, tmp_path)
    assert built.failed == ()
    with closing(duckdb.connect(str(home.warehouse))) as con:
        con.execute(f"attach '{season_start.warehouse}' as ours (read_only)")
        for table in (table for table in runnable_contracts().values() if table.query):
            columns = ", ".join(column.name for column in table.columns)
            for one, other in (("ours.", ""), ("", "ours.")):
                rows = f"select {columns} from {one}{table.name} except all select {columns} from {other}{table.name}"
                assert con.execute(f"select count(*) from ({rows})").fetchone() == (0,), table.name
