"""The embedded engine: what is published is whole, audited and repeatable, or nothing is published at all."""

import datetime as dt
import subprocess
import sys
import textwrap
import time
from contextlib import closing

import duckdb
import pyarrow as pa
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import declared
from nba_pipeline.contract.format import load_contract
from nba_pipeline.errors import AuditError, PipelineError, UsageError, WarehouseBusyError
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline.warehouse.seam import Arrow, Deletion, Stage

HEADER = """\
-- description: Points per player and day.
-- grain: One row per player and day.
-- key: game_date, player_lookup
-- partition: game_date
-- column: game_date | date | not null | Date.
-- column: player_lookup | string | not null | Player.
-- column: points | int64 | | Points.
"""
DAYS = DateRange(dt.date(2021, 10, 19), dt.date(2021, 10, 21))


@pytest.fixture
def contract(tmp_path):
    path = tmp_path / "nba_raw" / "daily_points.sql"
    path.parent.mkdir()
    path.write_text(HEADER, encoding="utf-8")
    return load_contract(path)


@pytest.fixture
def warehouse(tmp_path):
    return EmbeddedWarehouse(tmp_path / "warehouse.duckdb", wait_seconds=0.5)


def rows(*given):
    """Rows as (day of October 2021, player, points)."""
    return pa.table(
        {
            "game_date": pa.array(
                [None if day is None else dt.date(2021, 10, day) for day, _, _ in given], pa.date32()
            ),
            "player_lookup": pa.array([player for _, player, _ in given], pa.string()),
            "points": pa.array([points for _, _, points in given], pa.int64()),
        }
    )


def publish(warehouse, contract, given, dates=DAYS, **fields):
    return warehouse.publish([Stage(contract, Arrow([given]), dates, **fields)])


def stored(warehouse):
    table = warehouse.read("select game_date, player_lookup, points from nba_raw.daily_points order by 1, 2")
    return [(row["game_date"].day, row["player_lookup"], row["points"]) for row in table.to_pylist()]


def test_publishing_again_replaces_exactly_the_range(warehouse, contract):
    publish(warehouse, contract, rows((19, "a", 1), (20, "a", 2), (21, "a", 3)))
    publish(warehouse, contract, rows((20, "b", 9)), DateRange(dt.date(2021, 10, 20), dt.date(2021, 10, 20)))
    assert stored(warehouse) == [(19, "a", 1), (20, "b", 9), (21, "a", 3)]


def test_publishing_the_same_twice_changes_nothing(warehouse, contract):
    given = rows((19, "a", 1), (20, "a", None))
    publish(warehouse, contract, given)
    publish(warehouse, contract, given)
    assert stored(warehouse) == [(19, "a", 1), (20, "a", None)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (rows((19, "a", 1), (19, "a", 2)), r"\(game_date, player_lookup\) is not unique.*2021-10-19, a \(2 rows\)"),
        (rows((19, None, 1)), "1 staged rows have no player_lookup"),
        (rows((25, "a", 1)), "1 staged rows are dated outside 2021-10-19...2021-10-21"),
    ],
)
def test_rows_that_break_the_contract_leave_everything_as_it_was(warehouse, contract, bad, message):
    publish(warehouse, contract, rows((19, "a", 1)))
    with pytest.raises(AuditError, match=message):
        publish(warehouse, contract, bad)
    assert stored(warehouse) == [(19, "a", 1)]


def test_an_empty_partition_keeps_its_reason(warehouse, contract):
    publish(warehouse, contract, rows((19, "a", 1)), reasons=dict.fromkeys(DAYS.dates(), "no_games"))
    status = warehouse.read(
        "select partition_date, row_count, reason from nba_processing.partition_status order by 1"
    ).to_pylist()
    assert [(row["partition_date"].day, row["row_count"], row["reason"]) for row in status] == [
        (19, 1, None),
        (20, 0, "no_games"),
        (21, 0, "no_games"),
    ]


def test_one_writer_s_share_of_a_table_is_replaced_alone(warehouse, contract):
    publish(warehouse, contract, rows((19, "a", 1), (19, "b", 2)))
    publish(warehouse, contract, rows((19, "a", 7)), scope={"player_lookup": "a"})
    assert stored(warehouse) == [(19, "a", 7), (19, "b", 2)]


@pytest.fixture
def derived(tmp_path):
    """The same table in a dataset that can be computed again."""
    path = tmp_path / "nba_analytics" / "daily_points.sql"
    path.parent.mkdir()
    path.write_text(HEADER, encoding="utf-8")
    return load_contract(path)


ONE_DAY = DateRange(dt.date(2021, 10, 20), dt.date(2021, 10, 20))


def derived_rows(warehouse):
    table = warehouse.read("select game_date, player_lookup from nba_analytics.daily_points order by 1, 2")
    return [(row["game_date"].day, row["player_lookup"]) for row in table.to_pylist()]


def recorded_days(warehouse):
    table = warehouse.read("select partition_date from nba_processing.partition_status order by 1")
    return [row["partition_date"].day for row in table.to_pylist()]


def test_deleting_dates_takes_their_rows_and_what_is_recorded_about_them(warehouse, derived):
    publish(warehouse, derived, rows((19, "a", 1), (20, "a", 2), (20, "b", 3), (21, "a", 4)))
    assert warehouse.delete([Deletion(derived, ONE_DAY)]) == {"nba_analytics.daily_points": 2}
    assert derived_rows(warehouse) == [(19, "a"), (21, "a")]
    assert recorded_days(warehouse) == [19, 21]


def test_deleting_open_violations_goes_with_the_dates(warehouse, derived):
    publish(warehouse, derived, rows((19, "a", 1), (20, "a", 2)))
    with closing(duckdb.connect(str(warehouse.path))) as connection:
        connection.execute(
            "create table nba_processing.check_violations as select table_name, partition_date"
            " from nba_processing.partition_status"
        )
    warehouse.delete([Deletion(derived, ONE_DAY)])
    left = warehouse.read("select partition_date from nba_processing.check_violations order by 1")
    assert [row["partition_date"].day for row in left.to_pylist()] == [19, 21]


def test_deleting_a_scope_keeps_what_is_recorded_about_the_date(warehouse, derived):
    publish(warehouse, derived, rows((20, "a", 2), (20, "b", 3)))
    assert warehouse.delete([Deletion(derived, ONE_DAY, {"player_lookup": "b"})]) == {"nba_analytics.daily_points": 1}
    assert derived_rows(warehouse) == [(20, "a")]
    assert recorded_days(warehouse) == [19, 20, 21]


def test_deleting_everything(warehouse, derived):
    publish(warehouse, derived, rows((19, "a", 1), (20, "a", 2)))
    assert warehouse.delete([Deletion(derived, None)]) == {"nba_analytics.daily_points": 2}
    assert (derived_rows(warehouse), recorded_days(warehouse)) == ([], [])


def test_a_table_that_was_never_made_has_nothing_to_delete(warehouse, derived):
    assert warehouse.delete([Deletion(derived, ONE_DAY)]) == {"nba_analytics.daily_points": 0}


def test_all_deletions_happen_or_none(warehouse, derived):
    publish(warehouse, derived, rows((20, "a", 2)))
    with pytest.raises(duckdb.Error):
        warehouse.delete([Deletion(derived, ONE_DAY), Deletion(derived, ONE_DAY, {"no_such_column": 1})])
    assert derived_rows(warehouse) == [(20, "a")]


@pytest.mark.parametrize("name", ["nba_raw.nbac_schedule", "nba_reference.player_aliases", "nba_raw.quarantine"])
def test_raw_and_reference_rows_are_never_deleted(name):
    with pytest.raises(UsageError, match=f"{name} is never deleted"):
        Deletion(declared(name), None)


def test_what_cannot_be_deleted_by_date_is_refused():
    with pytest.raises(UsageError, match="is a view and holds no rows"):
        Deletion(declared("nba_processing.partition_state"), ONE_DAY)


def test_equal_rows_have_one_digest_in_any_order(warehouse, derived):
    given = [(19, "a", 1), (20, "a", None), (20, "b", 3)]
    assert warehouse.digest(derived) == "0-0-0"
    publish(warehouse, derived, rows(*given))
    before = warehouse.digest(derived)
    publish(warehouse, derived, rows(*reversed(given)))
    assert warehouse.digest(derived) == before
    assert before.startswith("3-")


@pytest.mark.parametrize(
    "other",
    [
        [(19, "a", 1), (20, "a", None)],
        [(19, "a", 1), (20, "a", 0), (20, "b", 3)],
        [(19, "a", 3), (20, "a", None), (20, "b", 1)],
        [(19, "a", 1), (20, "a", None), (21, "b", 3)],
    ],
)
def test_other_rows_have_another_digest(warehouse, derived, other):
    publish(warehouse, derived, rows((19, "a", 1), (20, "a", None), (20, "b", 3)))
    before = warehouse.digest(derived)
    publish(warehouse, derived, rows(*other))
    assert warehouse.digest(derived) != before


def test_a_range_has_a_digest_of_its_own(warehouse, derived):
    publish(warehouse, derived, rows((19, "a", 1), (20, "a", 2)))
    inside, whole = warehouse.digest(derived, ONE_DAY), warehouse.digest(derived)
    publish(warehouse, derived, rows((19, "a", 9), (20, "a", 2)))
    assert warehouse.digest(derived, ONE_DAY) == inside
    assert warehouse.digest(derived) != whole


def test_a_table_with_other_columns_is_not_touched(warehouse, contract, tmp_path):
    publish(warehouse, contract, rows((19, "a", 1)))
    contract.path.write_text(HEADER.replace("points | int64 |", "points_scored | int64 |"), encoding="utf-8")
    with pytest.raises(PipelineError, match=r"holds 1 rows with other columns.*points, points_scored"):
        publish(warehouse, load_contract(contract.path), rows((19, "a", 1)))
    assert stored(warehouse) == [(19, "a", 1)]


def test_a_table_that_gained_a_nullable_column_at_its_end_keeps_its_rows(warehouse, contract):
    publish(warehouse, contract, rows((19, "a", 1)))
    contract.path.write_text(f"{HEADER}-- column: note | string | | Whatever is worth saying.\n", encoding="utf-8")
    warehouse.create([load_contract(contract.path)])
    assert stored(warehouse) == [(19, "a", 1)]
    assert warehouse.read("select note from nba_raw.daily_points").to_pylist() == [{"note": None}]


def test_a_column_that_may_be_null_now_keeps_its_rows_and_takes_null(warehouse, contract):
    contract.path.write_text(HEADER.replace("points | int64 | |", "points | int64 | not null |"), encoding="utf-8")
    publish(warehouse, load_contract(contract.path), rows((19, "a", 1), (20, "a", 2)))
    contract.path.write_text(HEADER, encoding="utf-8")
    publish(warehouse, load_contract(contract.path), rows((20, "a", None)), ONE_DAY)
    assert stored(warehouse) == [(19, "a", 1), (20, "a", None)]


def holding(path, seconds):
    """Another process that keeps the file open."""
    code = f"""
        import duckdb, time
        connection = duckdb.connect({str(path)!r})
        print("held", flush=True)
        time.sleep({seconds})
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_that_lets_go_is_waited_for(contract, tmp_path):
    patient = EmbeddedWarehouse(tmp_path / "warehouse.duckdb", wait_seconds=30)
    other = holding(patient.path, 1)
    publish(patient, contract, rows((19, "a", 1)))
    assert stored(patient) == [(19, "a", 1)]
    other.wait()


def test_a_warehouse_kept_open_between_operations_lets_another_process_in(contract, tmp_path):
    mine = EmbeddedWarehouse(tmp_path / "warehouse.duckdb", wait_seconds=30)
    code = f"""
        from pathlib import Path
        from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
        print("asks", flush=True)
        other = EmbeddedWarehouse(Path({str(mine.path)!r}))
        print(other.read("select count(*) as n from nba_raw.daily_points")["n"][0])
    """
    with mine.kept_open():
        publish(mine, contract, rows((19, "a", 1)))
        with pytest.raises(duckdb.ConnectionException):
            duckdb.connect(str(mine.path), read_only=True)  # still open here
        other = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while other.poll() is None and time.monotonic() < deadline:
            publish(mine, contract, rows((19, "a", 1)))
        assert other.stdout is not None
        assert other.stdout.read().split() == ["asks", "1"]
    assert duckdb.connect(str(mine.path), read_only=True).execute("select 1").fetchone() == (1,)
    assert not list(tmp_path.glob("*.wanted"))


def test_another_process_that_stays_is_named(warehouse, contract):
    other = holding(warehouse.path, 60)
    try:
        with pytest.raises(WarehouseBusyError, match=rf"held by process {other.pid}"):
            publish(warehouse, contract, rows((19, "a", 1)))
    finally:
        other.kill()
        other.wait()
