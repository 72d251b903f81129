"""A sign-off is computed: written when every line passes, refused with the failing lines otherwise."""

import datetime as dt
import re

import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.home import Home
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.operations.signoff import matrix, signoff
from nba_pipeline_tests.conftest import SEASON_START, cli, copy_of, spoil
from nba_pipeline_tests.operations.examined import BOOTSTRAP, warehouse_of

NOW = dt.datetime(2021, 11, 5, 12, tzinfo=dt.UTC)
NEWEST = "2021-11-04"
OFFENCE = "nba_analytics.team_offense_game_summary"
FACTORS = "nba_precompute.player_composite_factors"
CONTEXT = "nba_analytics.upcoming_player_game_context"
BOX = "nba_raw.nbac_team_boxscore"
STATUS = "nba_processing.partition_status"


@pytest.fixture
def copied(sound_league, tmp_path, at_home) -> Home:
    return at_home(copy_of(sound_league, tmp_path / "home"))


def sign(home, phase, dates=SEASON_START, operator="ada"):
    with open_instance(home.root) as instance:
        return signoff(warehouse_of(home), instance, phase, dates, operator, home=home, now=NOW)


def lose(home, table, day=NEWEST):
    spoil(
        home,
        f"delete from {table} where game_date = '{day}'",
        f"delete from {STATUS} where table_name = '{table}' and partition_date = '{day}'",
    )


def failing(signed) -> set[str]:
    return {one.title for one in signed.report.failing}


@pytest.mark.parametrize("phase", [2, 3, 4])
def test_a_complete_phase_is_signed_with_its_evidence(copied, phase):
    signed = sign(copied, phase)
    assert signed.path == copied.reports / "signoff" / f"phase{phase}_2021-10-19...2021-11-04.md"
    page = signed.path.read_text(encoding="utf-8")
    assert "Signed by ada at 2021-11-05 12:00:00 UTC" in page
    assert f"Phase {phase} gate 2021-10-19...2021-11-04: PASS" in page
    assert "| FAIL |" not in page
    if phase == 3:
        assert re.search(rf"PASS +{OFFENCE} +3/3 +100.00 +95 +14/14", page)
        assert "sample of phase 4" in page


def test_nothing_is_written_while_the_gate_fails(copied):
    lose(copied, OFFENCE)
    signed = sign(copied, 3)
    assert not signed.signed
    assert "phase 3 gate" in failing(signed)
    assert not copied.reports.exists()


@pytest.mark.parametrize(
    ("phase", "statement", "title"),
    [
        (
            2,
            f"insert into {BOX} select * from {BOX} limit 1",
            "keys are unique",
        ),
        (3, f"insert into {OFFENCE} select * from {OFFENCE} limit 1", "duplicates"),
        (4, f"insert into {FACTORS} select * from {FACTORS} limit 1", "duplicates"),
        (
            3,
            f"delete from {CONTEXT} where game_date = '{NEWEST}'",
            "sample of phase 4",
        ),
    ],
)
def test_one_failing_line_refuses(copied, phase, statement, title):
    spoil(copied, statement)
    signed = sign(copied, phase)
    assert title in failing(signed)
    assert signed.path is None


def test_some_rows_of_a_date_cannot_be_missing_unnoticed(copied):
    spoil(
        copied, f"delete from nba_predictions.ml_feature_store_v2 where game_date = '{NEWEST}' and player_lookup < 'd'"
    )
    signed = sign(copied, 4)
    assert failing(signed) >= {"phase 4 gate", "every other error-level check"}
    assert signed.path is None


def test_the_phase_before_must_be_complete(copied):
    lose(copied, OFFENCE)
    signed = sign(copied, 4)
    assert failing(signed) == {"phase 3 gate", "phase 3 checks"}
    assert signed.path is None


def test_a_failed_partition_refuses(copied):
    lose(copied, "nba_analytics.upcoming_player_game_context", "2021-10-30")
    day = dt.date(2021, 11, 4)
    with open_instance(copied.root) as instance:
        assert not materialise(defs, instance, choose_tables([FACTORS]), DateRange(day, day)).success
    assert "no partition failed" in failing(sign(copied, 4))


def test_a_phase_that_expects_nothing_is_not_signed(copied):
    signed = sign(copied, 4, BOOTSTRAP)
    assert signed.path is None
    assert signed.report.exit_code == 4


@pytest.mark.parametrize(("phase", "operator", "said"), [(3, "  ", "--operator"), (5, "ada", "write one of phase2")])
def test_a_wrong_request(copied, phase, operator, said):
    with pytest.raises(UsageError, match=said):
        sign(copied, phase, operator=operator)


def test_the_matrix_is_computed_and_an_old_signature_does_not_hold(copied):
    sign(copied, 3)
    lose(copied, OFFENCE)
    with open_instance(copied.root) as instance:
        told = matrix(warehouse_of(copied), instance, SEASON_START, home=copied)
    rows = {row["phase"]: row for row in told.document["phases"]}
    assert {phase: row["state"] for phase, row in rows.items()} == {
        "2": "COMPLETE",
        "3": "OPEN",
        "4": "OPEN",
        "5A": "NOT BUILT",
        "5B": "NOT BUILT",
        "5C": "NOT BUILT",
        "6": "NOT BUILT",
    }
    assert rows["3"]["signed"]
    assert any("phase 3 gate" in reason for reason in rows["3"]["failing"])


def test_the_command_signs_refuses_and_shows_the_matrix(copied):
    whole = ("2021-10-19", NEWEST)
    signed = cli(copied, "signoff", "phase3", *whole, "--operator", "ada")
    assert signed.returncode == 0, signed.stderr
    assert "Signed: " in signed.stdout
    assert cli(copied, "signoff", *whole).returncode == 3
    lose(copied, OFFENCE)
    refused = cli(copied, "signoff", "phase3", *whole, "--operator", "ada")
    assert refused.returncode == 1
    assert "Not signed: phase 3 gate" in refused.stdout
    shown = cli(copied, "signoff", "--matrix", *whole)
    assert "signed earlier, no longer holds" in shown.stdout
