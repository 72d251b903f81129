"""The graph Dagster sees: one line per table in a snapshot, and what every table's asset owes its users."""

import dagster as dg
import pytest

from nba_pipeline.contract.catalog import runnable_contracts, stored_tables
from nba_pipeline.definitions import defs
from nba_pipeline.keys import DAILY, asset_key
from nba_pipeline.pages.dictionary import PAGE, dictionary_page
from nba_pipeline.validation.catalogue import checks_of

GRAPH = defs.resolve_asset_graph()
RUNNABLE = list(runnable_contracts().values())


def condition_of(condition):
    """A condition in words; a choice names what it chooses from."""
    if condition.name == "OR":
        return " or ".join(condition_of(one) for one in condition.children)
    return condition.get_label() or condition.name


def test_the_graph_is_as_reviewed(snapshot):
    """What Dagster knows of every asset. After a wanted change: pytest --snapshot-update, and read the diff."""
    lines = []
    for key in sorted(GRAPH.get_all_asset_keys()):
        node = GRAPH.get(key)
        parents = ", ".join(parent.to_user_string() for parent in sorted(node.parent_keys))
        kind = "daily" if node.partitions_def else "whole"
        lines.append(f"{key.to_user_string()} [{node.group_name}, {kind}] <- {parents or '-'}")
        told = {
            "checks": sorted(f"{check.name}{'!' if GRAPH.get(check).blocking else ''}" for check in node.check_keys),
            "owners": node.owners,
            "tags": sorted(f"{name}={value}" for name, value in node.tags.items()),
            "metadata": sorted(node.metadata),
            "pools": sorted(node.pools or ()),
            "follows": [condition_of(node.automation_condition)] if node.automation_condition else [],
        }
        lines += [f"  {name}: {', '.join(values)}" for name, values in told.items() if values]
    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize("contract", RUNNABLE, ids=lambda contract: contract.name)
def test_every_table_is_an_asset_that_says_what_it_is(contract):
    node = GRAPH.get(asset_key(contract.name))
    assert node.partitions_def == (DAILY if contract.partition else None)
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    assert contract.description.split("\n", maxsplit=1)[0] in (node.description or "")
    assert node.owners == [contract.owner]
    schema = node.metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns] == [column.name for column in contract.columns]
    assert {check.name for check in node.check_keys} == {fact.name for fact in checks_of(contract)}


@pytest.mark.parametrize("contract", RUNNABLE, ids=lambda contract: contract.name)
def test_declared_upstreams_are_the_tables_the_query_reads_and_the_gate_before_precompute(contract):
    parents = {parent.to_user_string().replace("/", ".") for parent in GRAPH.get(asset_key(contract.name)).parent_keys}
    gates = {"nba_processing.phase3_gate"} if contract.level else set()
    assert parents == (set(stored_tables(contract.upstreams)) - {contract.name}) | gates


def test_jobs_schedules_and_sensors_are_as_reviewed(snapshot):
    """Names, what they run and whether they are on from the start."""
    repository = defs.get_repository_def()
    lines = []
    for job in sorted(repository.get_all_jobs(), key=lambda one: one.name):
        assets = len(job.asset_layer.executable_asset_keys)
        runs = f"{assets} assets" if assets else ", ".join(sorted(node.name for node in job.nodes))
        tags = ", ".join(sorted(f"{name}={value}" for name, value in job.run_tags.items()))
        lines.append(f"job {job.name}: {runs}{f' ({tags})' if tags else ''}")
    lines += [
        f"schedule {one.name}: {one.cron_schedule} {one.execution_timezone}, {one.default_status.value}"
        for one in repository.schedule_defs
    ]
    lines += [f"sensor {one.name}: {one.default_status.value}" for one in repository.sensor_defs]
    assert "\n".join(lines) == snapshot


def test_phase_3_is_daily_tables():
    analytics = [contract for contract in RUNNABLE if contract.dataset == "nba_analytics"]
    assert len(analytics) >= 5
    assert all(contract.partition for contract in analytics)


def test_the_data_dictionary_is_current():
    assert PAGE.read_text(encoding="utf-8") == dictionary_page(), "run nba-pipeline dictionary"
