"""The instance's own storage answers like the stock one, and keeps what it was given."""

import dagster as dg
import pytest

from nba_pipeline.calendar import DAILY
from nba_pipeline.instance.home_instance import open_instance

KEY = dg.AssetKey("numbers")
DAYS = ["2021-10-19", "2021-10-20", "2021-10-21"]


@dg.asset(partitions_def=DAILY, backfill_policy=dg.BackfillPolicy.single_run())
def numbers(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    for position, key in enumerate(context.partition_keys):
        context.add_asset_metadata({"rows": position}, partition_key=key)
    return dg.MaterializeResult()


def run(instance):
    job = dg.Definitions(assets=[numbers]).resolve_implicit_global_asset_job_def()
    tags = {"dagster/asset_partition_range_start": DAYS[0], "dagster/asset_partition_range_end": DAYS[-1]}
    return job.execute_in_process(instance=instance, tags=tags)


@pytest.fixture(params=["stock", "home"])
def instance(request, tmp_path):
    if request.param == "stock":
        with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as opened:
            yield opened
    else:
        with open_instance(tmp_path) as opened:
            yield opened


def test_a_range_run_reads_back_alike(instance):
    result = run(instance)
    assert result.success
    assert instance.get_materialized_partitions(KEY) == set(DAYS)
    newest = instance.get_latest_materialization_event(KEY)
    assert newest.asset_materialization.partition == DAYS[-1]
    assert newest.asset_materialization.metadata["rows"].value == 2
    events = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    assert [record.event_log_entry.dagster_event.partition for record in events] == DAYS
    assert [record.storage_id for record in events] == sorted(record.storage_id for record in events)
    planned = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    assert len(planned.records) >= 1
    assert instance.get_run_by_id(result.run_id).status is dg.DagsterRunStatus.SUCCESS
    assert instance.all_asset_keys() == [KEY]


def test_history_outlives_the_process_that_wrote_it(tmp_path):
    with open_instance(tmp_path) as first:
        run(first)
    with open_instance(tmp_path) as second:
        assert second.get_materialized_partitions(KEY) == set(DAYS)
