"""The readiness page: its first line answers both questions, and each state of a partition has its colour."""

import datetime as dt

import pytest

from nba_pipeline.definitions import defs
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.operations.report import STATES, overview
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import SEASON_START, SLATES, spoil

NOON = dt.datetime(2021, 11, 5, 12, tzinfo=dt.UTC)
PLAYERS, CACHE = "nba_analytics.player_game_summary", "nba_precompute.player_daily_cache"


def page(home, dates=SEASON_START):
    with open_instance(home.root) as instance:
        return overview(EmbeddedWarehouse(home.warehouse), instance, dates, made_at=NOON, home=home.root)


def states(one, table):
    return {day: cell.state for day, cell in one.cells[table].items()}


def test_a_whole_start_of_season_can_run_and_is_too_little_to_train_on(copied):
    one = page(copied)
    assert one.headline.startswith("Can Phase 4 run? YES. Can we train? NO (labelled rows: ")
    assert one.exit_code == 2
    assert set(states(one, CACHE).values()) == {"empty", "whole"}
    assert [day for day, state in states(one, CACHE).items() if state == "whole"] == list(SLATES.dates())


def test_a_table_with_lost_dates_is_named_in_the_first_line(copied):
    spoil(copied, f"delete from {PLAYERS} where game_date = '2021-11-03'")
    one = page(copied)
    assert one.headline.startswith(f"Can Phase 4 run? NO ({PLAYERS} 2/3). ")
    assert one.exit_code == 1


def test_small_thresholds_of_the_home_make_it_trainable(copied):
    (copied.root / "thresholds.yaml").write_text(
        "V32: {thresholds: {labelled_rows: 50, split_rows: 0}}\n", encoding="utf-8"
    )
    assert "Can we train? YES" in page(copied).headline


def test_a_range_without_games_has_nothing_to_run(copied):
    from nba_pipeline.calendar import DateRange

    one = page(copied, DateRange(dt.date(2022, 7, 1), dt.date(2022, 7, 2)))
    assert one.headline.startswith("Can Phase 4 run? NOTHING TO RUN (the schedule expects nothing here)")
    assert one.exit_code == 4


def test_the_first_lines_say_where_the_games_come_from(copied):
    one = page(copied)
    simulated = "Simulated league: invented games and figures, good for trying out, not for training."
    assert one.markdown.splitlines()[2] == simulated
    assert f"</h1><p>{simulated}</p>" in one.html
    spoil(
        copied,
        *(
            f"update nba_raw.{table} set origin = 'archive'"
            for table in (
                "nbac_schedule",
                "nbac_gamebook_player_stats",
                "nbac_player_boxscores",
                "bdl_player_boxscores",
            )
        ),
    )
    assert page(copied).origin == "Built from archive files: games that were played, as published afterwards."


def test_what_the_home_does_not_have_stands_on_the_page(copied):
    """The league's shots are whole; when two dates lose theirs, the page says what that costs, and since when."""
    assert "2021-22: shots" not in [what for what, _, _ in page(copied).available.lacking]
    spoil(
        copied,
        "update nba_processing.partition_status set row_count = 0 where table_name = 'nba_reference.shot_events' "
        "and partition_date >= '2021-11-03'",
    )
    one = page(copied)
    said = "2021-11-03...2021-11-04 (2 of 17 game dates)"
    assert ("2021-22: shots", said) in [(what, since) for what, since, _ in one.available.lacking]
    assert f"| 2021-22: shots | {said} | shot zones of players" in one.markdown
    assert f"<td>2021-22: shots<td>{said}<td>shot zones of players" in one.html
    assert one.document["availability"]["sources"][1]["game_dates_held"] == 15


@pytest.fixture
def every_state(copied):
    """A home in which the daily cache or the player summary is in each of the states on some date."""
    spoil(
        copied,
        f"delete from nba_processing.partition_status where table_name = '{CACHE}' and partition_date = '2021-10-20'",
        f"update nba_processing.partition_status set row_count = 0, reason = 'source_missing' "
        f"where table_name = '{CACHE}' and partition_date = '2021-11-02'",
        f"delete from {CACHE} where cache_date = '2021-11-02'",
        f"insert into nba_processing.check_violations values ('{CACHE}', 'k', 'V01', '2021-11-03', 'error', true, 2)",
        f"insert into nba_processing.check_violations values ('{CACHE}', 'x', 'V18', '2021-11-04', 'warn', false, 1)",
        "alter table nba_analytics.team_offense_game_summary rename to hidden",
        "create table nba_analytics.team_offense_game_summary as select 1 as nothing",
    )
    with open_instance(copied.root) as instance:
        outcome = materialise(defs, instance, choose_tables(["team_offense_game_summary"]), SLATES)
    assert not outcome.success
    spoil(
        copied,
        "drop table nba_analytics.team_offense_game_summary",
        "alter table nba_analytics.hidden rename to team_offense_game_summary",
    )
    return copied


def test_every_state_is_told_apart(every_state):
    one = page(every_state)
    cache = states(one, CACHE)
    told = [cache[dt.date(2021, *day)] for day in ((10, 19), (10, 20), (11, 2), (11, 3), (11, 4))]
    assert told == ["empty", "missing", "missing", "broken", "warned"]
    offence = states(one, "nba_analytics.team_offense_game_summary")
    assert [day for day, state in offence.items() if state == "failed"] == list(SLATES.dates())
    assert {state for table in one.cells for state in states(one, table).values()} <= STATES.keys()


def test_both_files_say_the_first_line_and_show_every_date(every_state, tmp_path):
    one = page(every_state)
    markdown, heat_map = one.write(tmp_path / "reports")
    assert markdown.read_text(encoding="utf-8").startswith(f"**{one.headline}**")
    text = heat_map.read_text(encoding="utf-8")
    assert text.count("<i class=") == len(STATES) + 10 * len(SEASON_START)
    assert "title='2021-11-03 " in text
    assert "http" not in text
    assert one.document["dates_by_state"][CACHE]["broken"] == 1
