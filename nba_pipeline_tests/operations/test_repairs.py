"""Every printed repair, run as it is printed and in that order, ends in the state it promises."""

import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nba_pipeline.contract.catalog import runnable_contracts
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SEASON_START, SLATES, cli, copy_of, spoil

STATUS, VIOLATIONS = "nba_processing.partition_status", "nba_processing.check_violations"
BROKEN = "'key_is_unique' as check_name, 'error' as severity, true as is_blocking, 3 as violations"
TABLES = {table.name: table for table in runnable_contracts().values() if table.partition}
WHOLE_RANGE = ("--start", f"{SEASON_START.start}", "--end", f"{SEASON_START.end}")
LEVELS = [name for name, table in TABLES.items() if table.level]


def damage(kind, name, date):
    """Statements that damage one date of a table behind everybody's back."""
    where = f"{TABLES[name].partition} = date '{date}'"
    of_date = f"'{name}' as table_name, date '{date}' as partition_date"
    recorded = f"table_name = '{name}' and partition_date = date '{date}'"
    return {
        "deleted": [f"delete from {name} where {where}"],
        "forgotten": [f"delete from {name} where {where}", f"delete from {STATUS} where {recorded}"],
        "shrunk": [f"delete from {name} where {where} and rowid % 3 = 0"],
        "doubled": [f"insert into {name} select * from {name} where {where} limit 1"],
        "never judged": [f"update {STATUS} set is_judged = false where {recorded}"],
        "blocked": [
            f"delete from {VIOLATIONS} where {recorded} and check_name = 'key_is_unique'",
            f"insert into {VIOLATIONS} by name select {of_date}, {BROKEN}",
        ],
    }[kind]


KINDS = ("deleted", "forgotten", "shrunk", "doubled", "never judged", "blocked")
damages = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(sorted(TABLES)), st.sampled_from(list(SEASON_START.dates()))),
    min_size=2,
    max_size=4,
)


def digests(home):
    warehouse = EmbeddedWarehouse(home.warehouse)
    with warehouse.session():
        return {name: warehouse.digest(table, SEASON_START) for name, table in TABLES.items()}


def run_literally(home, command):
    done = cli(home, *shlex.split(command)[1:])
    assert done.returncode in (0, 2), f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def printed_by_gaps(home):
    listed = cli(home, "gaps", *WHOLE_RANGE)
    return [line.strip() for line in listed.stdout.splitlines() if line.strip().startswith("nba-pipeline ")]


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(done=damages)
def test_what_gaps_prints_repairs_any_damage(season_start, done):
    with TemporaryDirectory() as folder:
        home = copy_of(season_start, Path(folder) / "home")
        spoil(home, *(statement for kind, name, date in done for statement in damage(kind, name, date)))
        for command in printed_by_gaps(home):
            run_literally(home, command)
        assert printed_by_gaps(home) == []
        assert digests(home) == digests(season_start)


@pytest.mark.parametrize(
    ("lost", "asked"),
    [
        # What the blocked table reads is missing, and so is what that reads.
        (["nba_reference.player_box_lines", "nba_analytics.player_game_summary"], LEVELS),
        (["nba_analytics.team_offense_game_summary", "nba_analytics.team_defense_game_summary"], LEVELS),
    ],
)
def test_what_a_blocked_run_prints_repairs_the_upstream_of_the_upstream(season_start, tmp_path, lost, asked):
    home = copy_of(season_start, tmp_path / "home")
    spoil(home, *(statement for name in lost for statement in damage("forgotten", name, "2021-10-27")))
    wanted = ("materialize", *asked, "--partition-range", f"{SLATES}")
    blocked = cli(home, *wanted)
    assert blocked.returncode == 1
    command = re.search(r"Repair: (nba-pipeline .+)", blocked.stdout + blocked.stderr)
    assert command, blocked.stdout + blocked.stderr
    run_literally(home, command[1])
    assert cli(home, *wanted).returncode == 0
    assert digests(home) == digests(season_start)


def test_what_a_gate_prints_repairs_what_a_failing_table_reads(season_start, tmp_path):
    home = copy_of(season_start, tmp_path / "home")
    lost = ("nba_reference.team_box_lines", "nba_analytics.team_offense_game_summary")
    for date in list(SEASON_START.dates())[:3]:
        spoil(home, *(statement for name in lost for statement in damage("forgotten", name, date)))
    judged = cli(home, "verify", "phase3", *WHOLE_RANGE)
    assert judged.returncode == 1
    command = re.search(r"Repair: (nba-pipeline .+)", judged.stdout)
    assert command, judged.stdout
    run_literally(home, command[1])
    assert cli(home, "verify", "phase3", *WHOLE_RANGE).returncode == 0
    assert digests(home) == digests(season_start)
