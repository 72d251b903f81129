"""The command ``materialize``: its exit code says what the run's checks found, also those that stop nothing."""

from nba_pipeline_tests.conftest import cli, spoil

PLAYERS = "nba_analytics.player_game_summary"


def test_a_whole_table_exits_0(copied):
    done = cli(copied, "materialize", PLAYERS, "--partition-range", "2021-10-24")
    assert done.returncode == 0, done.stdout


def test_a_failed_check_of_error_level_exits_1_though_nothing_was_blocked(copied):
    a_minute_more = "set seconds_played = seconds_played + 60 where game_date = '2021-10-24' and did_play"
    spoil(copied, f"update nba_reference.player_box_lines {a_minute_more}")
    done = cli(copied, "materialize", PLAYERS, "--partition-range", "2021-10-24")
    assert "succeeded, 1 error-level checks failed" in done.stdout, done.stdout
    assert f"failed {PLAYERS} minutes_sum_to_the_game: 2021-10-24...2021-10-24" in done.stdout
    assert done.returncode == 1
