"""The ten checks, a range, a season and readiness for training: each line seen passing and failing."""

import datetime as dt
import json

import dagster as dg
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.definitions import defs
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.home import Home
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.validation import validation_jobs
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.completion import verify_range, verify_season
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.operations.ten_checks import post_backfill_validation
from nba_pipeline.operations.training import chronological_split, ml_ready
from nba_pipeline_tests.conftest import SEASON_START, cli, copy_of, spoil
from nba_pipeline_tests.operations.examined import (
    BOOTSTRAP,
    threshold_file,
    warehouse_of,
)

NEWEST, BEFORE = "2021-11-04", "2021-11-03"
PLAYERS, OFFENCE = "nba_analytics.player_game_summary", "nba_analytics.team_offense_game_summary"
CONTEXT, FACTORS = "nba_analytics.upcoming_player_game_context", "nba_precompute.player_composite_factors"
STORE = "nba_predictions.ml_feature_store_v2"
STATUS = "nba_processing.partition_status"
TODAY = dt.date(2021, 11, 5)
#: A league of seventeen days: numbers it can reach, judged from the first day on.
#: One player of it uses more than 60 % of his team's plays.
SMALL = """
V20: {thresholds: {settled_after_days: 0, mean_quality: 40, gold_and_silver_share: 0}}
V11: {thresholds: {highest_usage: 100}}
V32: {thresholds: {labelled_rows: 1600, split_rows: 0, production_ready_share: 0.8}}
"""
ONE_MORE = "points = points + 1, ft_makes = ft_makes + 1, ft_attempts = ft_attempts + 1"
ONE_SCORER = f"select rowid from {PLAYERS} where points > 20 order by game_id, player_lookup limit 1"


@pytest.fixture
def copied(sound_league, tmp_path, at_home) -> Home:
    home = at_home(copy_of(sound_league, tmp_path / "home"))
    threshold_file(home, SMALL)
    return home


def lost(table, *days, date="game_date"):
    """Statements that make a table forget dates, as if they had never been computed."""
    listed = ", ".join(f"'{day}'" for day in days)
    return [
        f"delete from {table} where {date} in ({listed})",
        f"delete from {STATUS} where table_name = '{table}' and partition_date in ({listed})",
    ]


def ten(home, tables=None, dates=SEASON_START):
    with open_instance(home.root) as instance:
        return post_backfill_validation(warehouse_of(home), instance, dates, tables)


def results(report) -> dict[int, str]:
    return {one.number: one.result for one in report.findings}


def line(report, wanted):
    (found,) = [one for one in report.all_findings if wanted in (one.number, one.title)]
    return found


# The ten checks


def test_ten_checks_pass_on_a_complete_backfill(copied):
    report = ten(copied)
    assert results(report) == dict.fromkeys(range(1, 11), "PASS")
    assert report.exit_code == 0
    assert "123 games on 17 dates, at least 123" in line(report, 1).sentence


SPOILT = {
    "a game is lost": (1, [f"delete from {PLAYERS} where game_id = (select min(game_id) from {PLAYERS})"], "FAIL"),
    "too few rows": (1, [f"delete from {FACTORS} where player_lookup > 'b'"], "FAIL"),
    "a row is there twice": (2, [f"insert into {PLAYERS} select * from {PLAYERS} limit 1"], "FAIL"),
    "usage is empty": (3, [f"update {PLAYERS} set usage_rate = null where player_lookup < 'd'"], "FAIL"),
    "a hundred and one points": (4, [f"update {PLAYERS} set points = 101 where rowid in ({ONE_SCORER})"], "FAIL"),
    "points do not follow from makes": (
        5,
        [f"update {PLAYERS} set ft_makes = ft_makes + 1, ft_attempts = ft_attempts + 1 where rowid in ({ONE_SCORER})"],
        "FAIL",
    ),
    "poor quality": (6, [f"update {PLAYERS} set quality_score = 20, quality_tier = 'unusable'"], "WARN"),
    "two game dates without rows": (7, lost(CONTEXT, BEFORE, NEWEST), "WARN"),
    "players do not add up to the team": (
        9,
        [f"update {PLAYERS} set {ONE_MORE} where rowid in ({ONE_SCORER})"],
        "FAIL",
    ),
    "a date is lost": (10, lost(OFFENCE, NEWEST), "FAIL"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_each_check_notices_what_it_is_about(copied, name):
    number, statements, expected = SPOILT[name]
    spoil(copied, *statements)
    report = ten(copied)
    found = line(report, number)
    assert found.result == expected, report.lines()
    assert found.remedy
    if expected == "FAIL":
        assert report.exit_code == 1


def test_7_names_runs_of_game_dates(copied):
    spoil(copied, *lost(CONTEXT, "2021-10-25", BEFORE, NEWEST))
    found = line(ten(copied), 7)
    assert found.details == (f"upcoming_player_game_context: 2021-10-25, {BEFORE}...{NEWEST}",)


def test_8_a_date_older_than_what_it_is_made_of_is_stale(copied):
    with open_instance(copied.root) as instance:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key("nba_reference.player_box_lines"), partition=NEWEST)
        )
    report = ten(copied)
    assert line(report, 8).sentence == f"player_game_summary is older than player_box_lines on {NEWEST}"
    assert report.exit_code == 2


def test_8_rows_that_nobody_computed_are_noticed(sound_league, tmp_path, at_home):
    home = at_home(Home(tmp_path / "home"))
    home.root.mkdir()
    home.warehouse.write_bytes(sound_league.warehouse.read_bytes())
    assert "have rows without a materialisation on record" in line(ten(home), 8).sentence


def test_some_tables_are_judged_alone(copied):
    spoil(copied, f"insert into {PLAYERS} select * from {PLAYERS} limit 1")
    assert line(ten(copied, phase_tables(4)), 2).result == "PASS"
    assert line(ten(copied, phase_tables(3)), 2).result == "FAIL"
    assert line(ten(copied, phase_tables(4)), 9).result == "INFO"


def test_a_range_without_games_is_nothing_to_judge(copied):
    assert ten(copied, dates=DateRange(dt.date(2022, 8, 1), dt.date(2022, 8, 3))).exit_code == 4


def test_the_job_keeps_the_report_with_the_run(copied):
    job = dg.Definitions(
        jobs=validation_jobs(), resources={"pipeline": PipelineResource(home=str(copied.root)), "definitions": defs}
    ).resolve_job_def("post_backfill_validation")
    config = {"ops": {"post_backfill_checks": {"config": {"start": "2021-10-19", "end": NEWEST}}}}
    with open_instance(copied.root) as instance:
        good = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
        spoil(copied, f"insert into {PLAYERS} select * from {PLAYERS} limit 1")
        bad = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
    assert good.success
    (output,) = [event for event in good.all_events if event.is_successful_output]
    assert "**Post-backfill validation" in output.step_output_data.metadata["report"].value
    assert not bad.success


# A range


def examine_range(home, dates=SEASON_START):
    with open_instance(home.root) as instance:
        return verify_range(warehouse_of(home), instance, dates)


def test_a_whole_range_passes(copied):
    report = examine_range(copied)
    assert results(report) == dict.fromkeys(range(1, 7), "PASS")
    assert line(report, 1).sentence.startswith("17 dates with 123 final games, 14 of them bootstrap")
    assert len(line(report, 6).details) == 3


@pytest.mark.parametrize(
    ("number", "statements", "result", "said"),
    [
        (1, lost("nba_reference.dim_game", NEWEST), "FAIL", f"the schedule says nothing about {NEWEST}"),
        (2, lost(OFFENCE, "2021-10-25"), "FAIL", f"{OFFENCE} lacks 2021-10-25"),
        (3, lost(FACTORS, NEWEST), "FAIL", f"{FACTORS} lacks {NEWEST}"),
        (
            4,
            [
                f"update {STATUS} set row_count = 1 where table_name = '{FACTORS}' and partition_date = '2021-10-20'",
                f"insert into {FACTORS} select * replace (date '2021-10-20' as game_date) from {FACTORS} limit 1",
            ],
            "WARN",
            f"{FACTORS} on 1 dates",
        ),
        (
            6,
            [f"update {PLAYERS} set points = 61 where rowid = (select arg_max(rowid, points) from {PLAYERS})"],
            "FAIL",
            "61 points, but his makes give",
        ),
        (
            6,
            [f"update {OFFENCE} set points_scored = points_scored + 1"],
            "FAIL",
            "by team",
        ),
        (6, [f"update {PLAYERS} set points = points * 3"], "FAIL", "usually 5 to 20"),
        (6, [f"delete from {PLAYERS} where player_lookup > 'c'"], "FAIL", "players, at least 100 expected"),
    ],
)
def test_each_line_of_a_range_notices_what_it_is_about(copied, number, statements, result, said):
    spoil(copied, *statements)
    found = line(examine_range(copied), number)
    assert found.result == result
    assert said in " ".join((found.sentence, *found.details))


def test_a_failed_partition_fails_the_range_until_it_succeeds(copied):
    table = "nba_precompute.team_defense_zone_analysis"
    gap = lost("nba_analytics.team_defense_game_summary", "2021-10-30")
    spoil(copied, "create table kept as select * from nba_analytics.team_defense_game_summary", *gap)
    day = DateRange(dt.date(2021, 11, 4), dt.date(2021, 11, 4))
    with open_instance(copied.root) as instance:
        assert not materialise(defs, instance, choose_tables([table]), day).success
    found = line(examine_range(copied), 5)
    assert found.blocks
    assert found.details == (f"{table}: {NEWEST}",)
    spoil(
        copied,
        "insert into nba_analytics.team_defense_game_summary select * from kept where game_date = '2021-10-30'",
        f"insert into {STATUS} values ('nba_analytics.team_defense_game_summary', '2021-10-30', 14, null, null, true)",
    )
    with open_instance(copied.root) as instance:
        assert materialise(defs, instance, choose_tables([table]), day).success
    assert line(examine_range(copied), 5).result == "PASS"


@pytest.mark.parametrize(("expires", "result", "exit_code"), [(None, "PASS", 0), (dt.date(2021, 12, 1), "FAIL", 1)])
def test_an_accepted_gap_is_whole_until_it_expires(copied, expires, result, exit_code):
    spoil(copied, *lost(OFFENCE, "2021-10-25"))
    day = dt.date(2021, 10, 25)
    accept(warehouse_of(copied), AcceptedGap(OFFENCE, DateRange(day, day), "no source has the games", "ada", expires))
    report = examine_range(copied)
    assert (line(report, 2).result, report.exit_code) == (result, exit_code)
    said = f"{OFFENCE} 2021-10-25: accepted: no source has the games (ada)"
    assert (said in line(report, 2).details) == (expires is None)


# A season


def rest_of_the_season_without_games(home):
    """The rest of the season, as a schedule that knows no more games would tell it."""
    spoil(
        home,
        f"insert into {STATUS} by name select 'nba_reference.dim_game' as table_name, day::date as partition_date, "
        "0 as row_count, 'no_games' as reason "
        "from generate_series(date '2021-11-05', date '2022-06-16', interval 1 day) as days (day)",
    )


def examine_season(home):
    with open_instance(home.root) as instance:
        return verify_season(warehouse_of(home), instance, "2021-22")


def test_a_season_passes_when_every_game_of_its_schedule_is_everywhere(copied):
    rest_of_the_season_without_games(copied)
    report = examine_season(copied)
    assert results(report) == {**dict.fromkeys(range(1, 11), "PASS"), 11: "INFO"}
    assert report.exit_code == 0


def test_a_season_of_which_the_schedule_knows_a_part_is_not_complete(copied):
    assert {one.number for one in examine_season(copied).failing} == {1, 5}


@pytest.mark.parametrize(
    ("number", "statements"),
    [
        (
            2,
            [
                f"delete from nba_raw.{name} where game_date = '{NEWEST}'"
                for name in (
                    "nbac_gamebook_player_stats",
                    "nbac_player_boxscores",
                    "bdl_player_boxscores",
                    "nbac_team_boxscore",
                )
            ],
        ),
        (3, lost(OFFENCE, NEWEST)),
        (4, lost(FACTORS, NEWEST)),
        (7, [f"insert into {STORE} select * from {STORE} limit 1"]),
        (8, [f"update {PLAYERS} set minutes_played = 90 where rowid in ({ONE_SCORER})"]),
        (9, [f"update {OFFENCE} set points_scored = points_scored + 1 where rowid = 0"]),
    ],
)
def test_each_line_of_a_season_notices_what_it_is_about(copied, number, statements):
    rest_of_the_season_without_games(copied)
    spoil(copied, *statements)
    assert line(examine_season(copied), number).blocks


# Training


def ready(home, dates=SEASON_START):
    return ml_ready(warehouse_of(home), dates, home=home.root)


def test_ready_for_training_is_exit_code_0(copied):
    report = ready(copied)
    assert report.exit_code == 0, report.lines()
    assert line(report, "labelled rows").sentence == "429, at least 400"


def test_ready_with_caveats_is_exit_code_2(copied):
    spoil(copied, f"update {PLAYERS} set paint_attempts = null")
    report = ready(copied)
    assert line(report, "shot zones").result == "WARN"
    assert report.exit_code == 2


def test_too_few_rows_are_exit_code_1(copied):
    threshold_file(copied, "V11: {thresholds: {highest_usage: 100}}")
    report = ready(copied)
    assert {one.title for one in report.failing} == {"labelled rows", "chronological split 70/15/15"}
    assert report.exit_code == 1


@pytest.mark.parametrize(("percent_filled", "code"), [(94, 1), (96, 0)])
def test_usage_known_for_94_percent_is_not_ready_and_96_is(copied, percent_filled, code):
    spoil(
        copied,
        f"update {PLAYERS} set usage_rate = null where rowid in (select rowid from (select summary.rowid, "
        "row_number() over (order by summary.game_id, summary.player_lookup) as number, count(*) over () as everybody "
        f"from {PLAYERS} as summary inner join {STORE} as store on summary.player_lookup = store.player_lookup "
        "and summary.game_date = store.game_date where summary.minutes_played > 0) as numbered "
        f"where number > {percent_filled} / 100 * everybody)",
    )
    report = ready(copied)
    assert (line(report, "usage").result == "FAIL") == bool(code)
    assert report.exit_code == code


@pytest.mark.parametrize(
    ("title", "statements", "result"),
    [
        ("minutes", [f"update {PLAYERS} set minutes_played = null where player_lookup < 'c'"], "FAIL"),
        ("rebounds", [f"update {PLAYERS} set total_rebounds = null where player_lookup < 'c'"], "FAIL"),
        ("points", [f"update {PLAYERS} set points = null where player_lookup < 'c'"], "FAIL"),
        ("quality", [f"update {STORE} set feature_quality_score = 60"], "WARN"),
        ("production ready", [f"update {STORE} set is_production_ready = false"], "WARN"),
        ("no duplicates", [f"insert into {STORE} select * from {STORE} limit 1"], "FAIL"),
        ("no impossible values", [f"update {STORE} set days_rest = -1 where rowid = 0"], "FAIL"),
        ("the 21 training features", [f"update {STORE} set pace_score = 1.0"], "FAIL"),
        ("the 21 training features", [f"update {STORE} set pace_score = null"], "FAIL"),
        ("the 21 training features", [f"update {STORE} set pace_score = null where player_lookup < 'k'"], "WARN"),
        (
            "no row knows its own game",
            [f"update {STORE} set contributing_game_dates = cast(game_date as varchar) where rowid = 0"],
            "FAIL",
        ),
    ],
)
def test_each_line_of_readiness_notices_what_it_is_about(copied, title, statements, result):
    assert line(ready(copied), title).result == "PASS"
    spoil(copied, *statements)
    assert line(ready(copied), title).result == result


def test_the_split_is_chronological_and_no_date_is_in_two_parts():
    first = dt.date(2021, 10, 19)
    even = {first + dt.timedelta(days=number): 10 for number in range(100)}
    assert chronological_split(even) == (700, 150, 150)
    assert chronological_split({first: 90, first + dt.timedelta(days=1): 10}) == (90, 0, 10)
    assert chronological_split({}) == (0, 0, 0)


# The command line


def test_exit_codes_of_the_commands(copied):
    whole = (str(SEASON_START.start), str(SEASON_START.end))
    passed = cli(copied, "verify", "phase3", *whole)
    assert passed.returncode == 0, passed.stderr
    assert sum(line.strip().startswith("PASS") for line in passed.stdout.splitlines()) == 5
    threshold_file(copied, SMALL.replace("0.8}", "0.99}"))
    ready = cli(copied, "verify", "ml-ready", *whole)
    assert ready.returncode == 2
    assert ready.stdout.splitlines()[-1] == "This home has every kind of source of these dates."
    assert cli(copied, "verify", "phase3", *reversed(whole)).returncode == 3
    assert cli(copied, "verify", "phase4", str(BOOTSTRAP.start), str(BOOTSTRAP.end)).returncode == 4
    spoil(copied, *lost(OFFENCE, *(day.isoformat() for day in SEASON_START.dates() if day.day < 28)))
    verbose = cli(copied, "verify", "phase3", *whole, "--verbose")
    assert verbose.returncode == 1
    missing = [day for day in SEASON_START.dates() if day.day < 28]
    (listed,) = [line for line in verbose.stdout.splitlines() if line.startswith(f"{OFFENCE}: never materialised on ")]
    assert all(str(day) in listed for day in missing)
    assert cli(copied, "validate", "post-backfill", *whole).returncode == 1
    assert cli(copied, "verify", "post-backfill", "phase3", *whole).returncode == 1
    assert cli(copied, "verify", "post-backfill", "phase9", *whole).returncode == 3
    document = json.loads(cli(copied, "verify", "range", *whole, "--json").stdout)
    assert document["exit_code"] == 1
    assert document["findings"][1]["remedy"].startswith("nba-pipeline backfill --start 2021-10-19 --end ")
