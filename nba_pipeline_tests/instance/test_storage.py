"""The instance's own storage answers like the stock one, and keeps what it was given."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.events import ASSET_CHECK_EVENTS, StepMaterializationData
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.utils import make_new_run_id

from nba_pipeline.home import Home
from nba_pipeline.instance.home_instance import SETTINGS, open_instance
from nba_pipeline.keys import DAILY

KEY = dg.AssetKey("numbers")
DAYS = ["2021-10-19", "2021-10-20", "2021-10-21"]
PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
MATERIALISED = dg.DagsterEventType.ASSET_MATERIALIZATION
CHECK = dg.AssetCheckKey(KEY, "positive")
PARTITIONED_CHECK = dg.AssetCheckKey(KEY, "each_day")
ROOT = Path(__file__).parents[2]


class BrokenError(Exception):
    pass


@dg.asset(
    partitions_def=DAILY,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        dg.AssetCheckSpec("positive", asset=KEY),
        dg.AssetCheckSpec("each_day", asset=KEY, partitions_def=DAILY),
    ],
)
def numbers(context: dg.AssetExecutionContext):
    if context.run.tags.get("break"):
        raise BrokenError
    for position, key in enumerate(context.partition_keys):
        context.add_asset_metadata({"rows": position}, partition_key=key)
    yield dg.MaterializeResult()
    for key in context.partition_keys:
        context.op_execution_context.log_event(
            dg.AssetCheckEvaluation(asset_key=KEY, check_name="each_day", passed=key != DAYS[1], partition=key)
        )
    yield dg.AssetCheckResult(passed=True, check_name="positive")
    yield dg.AssetCheckResult(passed=True, check_name="each_day")


def run(instance, days=DAYS, **tags):
    job = dg.Definitions(assets=[numbers]).resolve_implicit_global_asset_job_def()
    tags |= {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[-1]}
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


@pytest.fixture
def stock_and_home(tmp_path):
    """An instance with Dagster's own storage on disk, and one with ours."""
    with ExitStack() as stack:
        stock = tmp_path / "stock"
        stock.mkdir()
        (stock / "dagster.yaml").write_text("telemetry: {enabled: false}")
        yield (
            stack.enter_context(dg.DagsterInstance.from_config(str(stock))),
            stack.enter_context(open_instance(tmp_path / "home")),
        )


@pytest.fixture
def home(tmp_path, new_instance):
    with new_instance(tmp_path) as opened:
        yield opened


def answers(instance, ids):
    """What the essential reads say, without ids and times."""
    events = instance.event_log_storage
    newest = instance.get_latest_materialization_event(KEY).asset_materialization
    by_partition = events.get_latest_storage_id_by_partition(KEY, MATERIALISED)
    unfinished = events.get_latest_asset_partition_materialization_attempts_without_materializations(KEY)
    latest_checks = events.get_latest_asset_check_execution_by_key([CHECK, PARTITIONED_CHECK])
    record = instance.get_asset_records([KEY])[0].asset_entry
    return {
        "runs": [(ids.index(one.run_id), one.status) for one in instance.get_runs()],
        "assets": instance.all_asset_keys(),
        "materialised": instance.get_materialized_partitions(KEY),
        "newest": (newest.partition, newest.metadata["rows"].value, dict(newest.tags).keys()),
        "asset record": (ids.index(record.last_run_id), record.last_materialization.asset_materialization.partition),
        "ids rise": [key for key, _ in sorted(by_partition.items(), key=lambda pair: pair[1])],
        "unfinished": {key: ids.index(run_id) for key, (run_id, _) in unfinished.items()},
        "events": [
            [
                (entry.dagster_event_type, entry.get_dagster_event().asset_key, entry.get_dagster_event().partition)
                for entry in instance.all_logs(run_id)
                if entry.is_dagster_event and entry.dagster_event_type is not dg.DagsterEventType.LOGS_CAPTURED
                if entry.dagster_event_type is not dg.DagsterEventType.ENGINE_EVENT
                if entry.dagster_event_type not in ASSET_CHECK_EVENTS or entry.get_dagster_event().partition is None
            ]
            for run_id in ids
        ],
        "planned text": [
            record.event_log_entry.get_dagster_event()
            for record in instance.get_records_for_run(ids[0], of_type=PLANNED).records
        ],
        "tags": [
            sorted(one.keys())
            for one in (
                dict(tag) for tag in instance.get_event_tags_for_asset(KEY, filter_tags={"dagster/partition": DAYS[1]})
            )
        ],
        "checks": {key: record.status for key, record in latest_checks.items()},
        "check history": [
            (record.status, record.partition)
            for record in sorted(
                events.get_asset_check_execution_history(PARTITIONED_CHECK, limit=100), key=lambda one: one.id
            )
            if record.status is not AssetCheckExecutionRecordStatus.PLANNED
        ],
    }


def test_reads_answer_like_the_stock_storage(stock_and_home):
    said = []
    for instance in stock_and_home:
        ids = [run(instance).run_id, run(instance, DAYS[1:], **{"break": "yes"}).run_id]
        said.append(answers(instance, ids))
    stock, ours = said
    assert stock["unfinished"] == {DAYS[1]: 1, DAYS[2]: 1}
    for question, answer in stock.items():
        assert ours[question] == answer, question


def test_paging_by_cursor_sees_every_event_once(home):
    run_id = run(home).run_id
    everything = [record.storage_id for record in home.get_records_for_run(run_id).records]
    paged, cursor = [], None
    while True:
        page = home.get_records_for_run(run_id, cursor=cursor, limit=4)
        paged += [record.storage_id for record in page.records]
        cursor = page.cursor
        if not page.has_more:
            break
    assert paged == everything == sorted(set(everything))
    fetched, cursor = [], None
    while True:
        result = home.fetch_materializations(KEY, limit=2, cursor=cursor, ascending=True)
        fetched += [record.partition_key for record in result.records]
        cursor = result.cursor
        if not result.has_more:
            break
    assert fetched == DAYS


def materialise_by_hand(instance, day):
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=day))


def test_a_read_sees_what_was_just_stored(home):
    for day in DAYS:
        materialise_by_hand(home, day)
        assert day in home.get_materialized_partitions(KEY)
        assert home.get_latest_materialization_event(KEY).asset_materialization.partition == day


def materialised_in_file(folder: Path) -> int:
    with sqlite3.connect(Home(folder).dagster / "events" / "event_log.db") as connection:
        return connection.execute(
            "select count(*) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
        ).fetchone()[0]


def test_others_see_at_once_what_belongs_to_no_run(home, tmp_path):
    materialise_by_hand(home, DAYS[0])
    assert materialised_in_file(tmp_path) == 1


def test_a_change_of_the_run_takes_waiting_events_along(home, tmp_path):
    run_id = run(home).run_id
    assert materialised_in_file(tmp_path) == len(DAYS)
    assert home.get_run_by_id(run_id).status is dg.DagsterRunStatus.SUCCESS


def test_history_outlives_the_process_that_wrote_it(tmp_path):
    with open_instance(tmp_path) as first:
        run(first)
    with open_instance(tmp_path) as second:
        assert second.get_materialized_partitions(KEY) == set(DAYS)


def test_a_process_that_only_ends_loses_nothing(tmp_path):
    code = (
        "import sys, pathlib, dagster as dg\n"
        "from nba_pipeline.instance.home_instance import open_instance\n"
        "opened = open_instance(pathlib.Path(sys.argv[1]))\n"
        "instance = opened.__enter__()\n"
        "for day in range(10, 30):\n"
        "    instance.report_runless_asset_event(dg.AssetMaterialization('numbers', partition=f'2021-10-{day}'))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    assert materialised_in_file(tmp_path) == 20


def event_of(run_id, step, made):
    """An event of a step; a materialisation waits for the step's end."""
    data = StepMaterializationData(dg.AssetMaterialization(KEY, partition=DAYS[0]))
    said = dg.DagsterEvent(MATERIALISED.value, "by_hand", event_specific_data=data) if made else None
    return dg.EventLogEntry(None, 20, "", run_id, time.time(), step, None, said)


def test_a_failed_write_keeps_the_events_that_waited(home, tmp_path):
    storage, run_id = home.event_log_storage, make_new_run_id()
    storage.store_event(event_of(run_id, "numbers", made=True))
    assert materialised_in_file(tmp_path) == 0
    with pytest.raises(UnicodeEncodeError):
        storage.store_event(event_of(run_id, "\ud800", made=False))
    assert materialised_in_file(tmp_path) == 0
    assert home.get_materialized_partitions(KEY) == {DAYS[0]}


def status(instance, days=DAYS):
    """What Dagster says of each partition, None for one it knows nothing of."""
    known = instance.get_status_by_partition(KEY, days, DAILY) or {}
    return [known[day].name if known.get(day) else None for day in days]


def test_wiped_partitions_are_missing_again_and_the_others_stay(home):
    run(home)
    assert status(home) == ["MATERIALIZED"] * 3
    home.wipe_asset_partitions(KEY, DAYS[1:])
    assert status(home) == ["MATERIALIZED", None, None]
    assert home.get_materialized_partitions(KEY) == {DAYS[0]}
    assert home.get_latest_materialization_event(KEY).asset_materialization.partition == DAYS[0]
    assert home.event_log_storage.get_latest_storage_id_by_partition(KEY, PLANNED).keys() == {DAYS[0]}
    assert len(home.get_event_tags_for_asset(KEY)) == 1
    checks = home.event_log_storage.get_asset_check_execution_history(PARTITIONED_CHECK, limit=100)
    assert {record.partition for record in checks} == {DAYS[0], None}


def test_a_wiped_failure_is_forgotten_too(home):
    run(home, DAYS, **{"break": "yes"})
    assert status(home) == ["FAILED"] * 3
    home.wipe_asset_partitions(KEY, DAYS[:2])
    assert status(home) == [None, None, "FAILED"]


def test_everything_wiped_and_materialised_again_is_as_before(home):
    run(home)
    home.wipe_asset_partitions(KEY, DAYS)
    assert status(home) == [None] * 3
    assert home.get_latest_materialization_event(KEY) is None
    assert home.get_asset_records([KEY])[0].asset_entry.last_materialization is None
    run(home, DAYS[1:])
    assert status(home) == [None, "MATERIALIZED", "MATERIALIZED"]
    assert home.get_latest_materialization_event(KEY).asset_materialization.partition == DAYS[2]


def test_many_partitions_are_wiped_at_once(home):
    long = ["2021-10-19", "2025-06-30"]
    run(home, long)
    keys = sorted(home.get_materialized_partitions(KEY))
    assert len(keys) > 1300
    home.wipe_asset_partitions(KEY, keys)
    assert status(home, long) == [None, None]


def _hold_write_lock(folder: str, holding, seconds: float) -> None:
    connection = sqlite3.connect(Home(Path(folder)).dagster / "events" / "event_log.db", isolation_level=None)
    connection.execute("begin immediate")
    holding.set()
    time.sleep(seconds)
    connection.execute("commit")


def test_a_writer_waits_for_another_process(home, tmp_path):
    run(home)
    context = multiprocessing.get_context("spawn")
    holding = context.Event()
    other = context.Process(target=_hold_write_lock, args=(str(tmp_path), holding, 7.0))
    other.start()
    assert holding.wait(120)
    materialise_by_hand(home, "2021-10-25")
    assert "2021-10-25" in home.get_materialized_partitions(KEY)
    other.join()
    assert other.exitcode == 0


def test_concurrency_slots(home):
    events = home.event_log_storage
    events.set_concurrency_slots("warehouse", 1)
    assert events.claim_concurrency_slot("warehouse", "run-1", "step").is_claimed
    assert not events.claim_concurrency_slot("warehouse", "run-2", "step").is_claimed
    events.free_concurrency_slots_for_run("run-1")
    assert events.claim_concurrency_slot("warehouse", "run-2", "step").is_claimed


def test_a_check_of_a_long_range_has_one_record_and_partitioned_results_one_each(home):
    run_id = run(home, ["2021-10-19", "2025-06-30"]).run_id
    whole = home.event_log_storage.get_asset_check_execution_history(CHECK, limit=5000)
    single = home.event_log_storage.get_asset_check_execution_history(PARTITIONED_CHECK, limit=5000)
    assert [record.status for record in whole] == [AssetCheckExecutionRecordStatus.SUCCEEDED]
    assert len([record for record in single if record.run_id == run_id and record.partition]) > 1300


def test_a_watcher_hears_events(home):
    heard = []
    run_id = run(home).run_id
    home.watch_event_logs(run_id, None, lambda entry, _cursor: heard.append(entry))
    deadline = time.monotonic() + 60
    while len(heard) < len(DAYS) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert heard


def test_the_root_file_says_what_our_commands_use():
    assert yaml.safe_load((ROOT / "dagster.yaml").read_text()) == SETTINGS


TOY = """
import dagster as dg

@dg.asset
def lonely() -> None: ...

defs = dg.Definitions(assets=[lonely], executor=dg.in_process_executor)
"""


def test_dagster_commands_from_the_root_use_the_home_folder(tmp_path):
    """The root file and no DAGSTER_HOME: what ``dagster asset materialize`` and ``dagster dev`` start from."""
    (tmp_path / "toy.py").write_text(TOY)
    environment = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    environment |= {"NBA_PIPELINE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = ["asset", "materialize", "-f", str(tmp_path / "toy.py"), "--select", "*"]
    subprocess.run([sys.executable, "-m", "dagster", *command], cwd=ROOT, env=environment, check=True)
    with open_instance(tmp_path / "home") as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("lonely")) is not None
