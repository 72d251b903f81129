"""Status, extent, run history, gaps with their repair, recorded failures: from given rows and from a built home."""

import datetime as dt
import json
import shutil

import dagster as dg
import pytest
from typer.testing import CliRunner

from nba_pipeline.calendar import DateRange
from nba_pipeline.cli import accept as accept_commands
from nba_pipeline.cli import watch
from nba_pipeline.completeness.accepted_gaps import AcceptedGap, accept, accepted_gaps
from nba_pipeline.completeness.coverage import known_range
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.recorded_failures import failure_summary
from nba_pipeline.contract.catalog import phase_tables, runnable_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.home import Home
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.operations.gaps import (
    downstream_of,
    find_gaps,
    merged,
    priority,
)
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.operations.status import estimate, phase_history, run_history, seconds_per_date
from nba_pipeline.operations.status import priority as urgency
from nba_pipeline.operations.status import status as look
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import WEEK, copy_of, spoil
from nba_pipeline_tests.operations.rows import (
    BOX_SCORES,
    SCHEDULE,
    built,
    built_phase,
    day,
    given,
    schedule,
    status,
)

SUMMARY, OFFENSE, DEFENSE = (
    f"nba_analytics.{name}"
    for name in ("player_game_summary", "team_offense_game_summary", "team_defense_game_summary")
)
SHOTS, CACHE = "nba_precompute.player_shot_zone_analysis", "nba_precompute.player_daily_cache"
RAW_SCHEDULE = "nba_raw.nbac_schedule"
FEATURES = "nba_predictions.ml_feature_store_v2"
OFFENCE = "nba_analytics.team_offense_game_summary"
BOX_LINES = "nba_reference.player_box_lines"
FAILURES, VIOLATIONS = "nba_processing.precompute_failures", "nba_processing.check_violations"
EARLY = [day("2021-10-31"), day("2021-11-01")]
LATE = [day(f"2021-11-{number:02d}") for number in (2, 3, 5, 6, 8)]
REST = [day("2021-11-04"), day("2021-11-07")]
TARGET = DateRange(EARLY[0], LATE[-1])
TODAY = day("2021-11-20")
RAN = dt.datetime(2021, 11, 20, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Two dates of the bootstrap, five after it; everything built."""
    made = Home(tmp_path_factory.mktemp("whole"))
    schedule(made, EARLY + LATE, REST)
    built_phase(made, 3, EARLY + LATE)
    built_phase(made, 4, LATE)
    judged = {one.name for phase in (3, 4) for one in phase_tables(phase)} | {SCHEDULE, BOX_SCORES}
    for table in runnable_contracts().values():
        if table.level:
            status(made, table.name, EARLY, 0, "bootstrap")
        elif table.name.startswith("nba_raw.") and table.partition and table.name not in {BOX_SCORES, RAW_SCHEDULE}:
            status(made, table.name, EARLY + LATE, 0, "no_landing_file")
        elif table.partition and table.name not in judged and table.name != RAW_SCHEDULE:
            built(made, table.name, EARLY + LATE)
    return made


@pytest.fixture
def home(whole, tmp_path, at_home):
    """The same, for a test to change."""
    made = at_home(Home(tmp_path / "home"))
    made.root.mkdir()
    shutil.copy(whole.warehouse, made.warehouse)
    return made


@pytest.fixture
def instance(home, new_instance):
    with new_instance(home.root) as opened:
        yield opened


def warehouse(home):
    return EmbeddedWarehouse(home.warehouse)


def lose(home, table, *dates):
    """The rows of some dates and what was recorded about them are gone."""
    contract = next(one for phase in (2, 3, 4) for one in phase_tables(phase) if one.name == table)
    listed = ", ".join(f"date '{date}'" for date in dates)
    spoil(home, f"delete from {table} where {contract.partition} in ({listed})")
    spoil(
        home,
        f"delete from nba_processing.partition_status where table_name = '{table}' and partition_date in ({listed})",
    )


def urgent(home):
    """The gaps that need something done, thin sources aside."""
    report = find_gaps(warehouse(home), TARGET, TODAY)
    return [one for one in report.gaps if one.kind != "thin source"]


def phase_status(home, instance, phase):
    (found,) = look(warehouse(home), instance, [phase], TARGET).phases
    return found


def run(*words):
    return CliRunner().invoke(watch.app, list(words))


# Status


def test_a_complete_phase_is_done(home, instance):
    found = phase_status(home, instance, 3)
    assert [(one.current, one.target, one.missing, one.priority) for one in found.tables] == [(5, 5, 0, "DONE")] * len(
        phase_tables(3)
    )
    assert {one.bootstrap for one in found.tables} == {"2/2"}
    assert {one.estimate for one in found.tables} == {"-"}
    assert run("status", "phase3").exit_code == 0


def test_a_table_below_95_percent_is_p0(home, instance):
    lose(home, DEFENSE, LATE[1], LATE[2])
    found = {one.table: one for one in phase_status(home, instance, 3).tables}
    one = found[DEFENSE]
    assert (one.current, one.target, one.missing, one.pct, one.priority) == (3, 5, 2, 60.0, "P0")
    assert one.estimate == "unknown (never run)"
    assert found[SUMMARY].priority == "DONE"
    said = run("status", "PHASE3")
    assert said.exit_code == 1
    assert "P0" in said.stdout


def test_a_bootstrap_date_missing_in_phase_3_is_missing(home, instance):
    lose(home, DEFENSE, EARLY[0])
    found = {one.table: one for one in phase_status(home, instance, 3).tables}
    assert (found[DEFENSE].missing, found[DEFENSE].bootstrap, found[DEFENSE].priority) == (1, "1/2", "P0")


def test_dates_without_a_schedule_keep_a_table_from_being_done(home, instance):
    spoil(home, f"delete from nba_processing.partition_status where partition_date = date '{REST[0]}'")
    found = phase_status(home, instance, 3)
    assert {(one.missing, one.priority, one.estimate) for one in found.tables} == {
        (0, "P0", "-, no schedule of 1 dates")
    }
    assert run("status", "phase3").exit_code == 1


def test_an_empty_bootstrap_is_in_order_in_phase_4(home, instance):
    found = phase_status(home, instance, 4)
    assert {(one.missing, one.bootstrap, one.priority) for one in found.tables} == {(0, "0/2", "DONE")}


@pytest.mark.parametrize(("pct", "said"), [(94.9, "P0"), (95.0, "P1"), (99.9, "P1"), (100.0, "DONE")])
def test_priorities(pct, said):
    assert urgency(pct) == said


@pytest.mark.parametrize(
    ("missing", "seconds", "said"),
    [(0, 9.0, "-"), (72, 0.5, "36 s"), (72, 75.0, "1.5 h"), (402, 1.0, "6.7 min"), (3, None, "unknown (never run)")],
)
def test_estimates(missing, seconds, said):
    assert estimate(missing, seconds) == said


def test_an_unknown_phase_is_a_wrong_request(home):
    with pytest.raises(UsageError, match="Unknown phase 'phase7': choose one of phase2, phase3, phase4"):
        CliRunner().invoke(watch.app, ["status", "phase7"], catch_exceptions=False)


# Extent and history


def test_extent_is_counted_in_the_tables(home, instance):
    lose(home, SHOTS, LATE[0])
    found = {one.table: one for one in look(warehouse(home), instance, [2, 3, 4], TARGET).tables}
    assert len(found) == len(phase_tables(2, 3, 4))
    assert (found[SUMMARY].earliest, found[SUMMARY].latest, found[SUMMARY].dates, found[SUMMARY].rows) == (
        EARLY[0],
        LATE[-1],
        7,
        7,
    )
    assert (found[SHOTS].earliest, found[SHOTS].dates, found[SHOTS].phase) == (LATE[1], 4, 4)
    assert (found["nba_raw.nbac_shot_chart"].earliest, found["nba_raw.nbac_shot_chart"].rows) == (None, 0)


def test_the_known_range_is_that_of_the_schedule(home, tmp_path):
    assert known_range(warehouse(home)) == TARGET
    assert known_range(EmbeddedWarehouse(tmp_path / "empty.duckdb")) is None


def test_run_history_counts_the_latest_run_of_each_date(home, instance):
    from nba_pipeline.keys import DAILY

    @dg.asset(key=dg.AssetKey(SUMMARY.split(".")), partitions_def=DAILY)
    def summary(context: dg.AssetExecutionContext):
        if "broken" in context.run.tags:
            raise RuntimeError

    job = dg.Definitions(assets=[summary]).resolve_implicit_global_asset_job_def()
    for date, tags in ((LATE[0], {}), (LATE[1], {}), (LATE[1], {"broken": "yes"}), (LATE[2], {"broken": "yes"})):
        job.execute_in_process(instance=instance, partition_key=date.isoformat(), tags=tags, raise_on_error=False)
    failed = failed_dates(instance, warehouse(home), phase_tables(3), TARGET)
    tables = run_history(instance, failed, [3], TARGET)
    found = {one.table: one for one in tables}[SUMMARY]
    assert (found.dates, found.ok, found.failed, found.earliest, found.latest) == (3, 1, 2, LATE[0], LATE[2])
    (phase,) = phase_history(tables)
    assert (phase.phase, phase.dates, phase.ok, phase.failed) == (3, 3, 1, 2)


# Gaps: the rules


@pytest.mark.parametrize(
    ("kind", "downstream", "said"),
    [
        ("missing", 3, "critical"),
        ("contaminated", 4, "critical"),
        ("contaminated", 1, "high"),
        ("missing", 0, "high"),
        ("contaminated", 0, "medium"),
        ("partial", 0, "low"),
        ("thin source", 10, "low"),
        ("warning", 10, "low"),
    ],
)
def test_priority_of_a_gap(kind, downstream, said):
    assert priority(kind, downstream) == said


def test_dates_become_ranges_over_rest_days():
    assert merged(LATE[:3], EARLY + LATE) == (DateRange(LATE[0], LATE[2]),)
    assert merged([LATE[0], LATE[2]], EARLY + LATE) == (DateRange(LATE[0], LATE[0]), DateRange(LATE[2], LATE[2]))
    assert merged(LATE[:3]) == (DateRange(LATE[0], LATE[1]), DateRange(LATE[2], LATE[2]))
    assert merged([]) == ()


def test_downstream_follows_the_contracts():
    assert downstream_of(FEATURES) == ()
    assert set(downstream_of(CACHE)) == {FEATURES}
    assert {SHOTS, CACHE, FEATURES} <= set(downstream_of(SUMMARY))
    assert len(downstream_of(SCHEDULE)) == len(phase_tables(3, 4))


# Gaps: the report


def test_a_whole_range_has_no_urgent_gap(home):
    report = find_gaps(warehouse(home), TARGET, TODAY)
    assert report.gaps == ()
    assert report.commands == ()
    assert report.exit_code == 0
    assert {report.states[FEATURES][day] for day in EARLY + LATE} == {"whole", "empty"}


def test_a_lost_date_is_critical_and_repaired_with_everything_on_it(home):
    lose(home, SUMMARY, LATE[1], LATE[2])
    (gap,) = urgent(home)
    assert (gap.table, gap.kind, gap.priority) == (SUMMARY, "missing", "critical")
    assert gap.ranges == (DateRange(LATE[1], LATE[2]),)
    report = find_gaps(warehouse(home), TARGET, TODAY)
    assert report.exit_code == 1
    assert report.states[SUMMARY][LATE[1]] == "missing"
    first, *later = report.commands
    assert first == f"nba-pipeline materialize {SUMMARY} --partition-range 2021-11-03...2021-11-05"
    assert " ".join(later).count("--partition-range 2021-11-03...2021-11-08") == len(later)
    repaired = {name for command in later for name in command.split() if "." in name and "..." not in name}
    assert repaired == set(gap.downstream)


def test_a_lost_last_table_is_high_and_repaired_alone(home):
    lose(home, FEATURES, LATE[-1])
    (gap,) = urgent(home)
    assert (gap.priority, gap.downstream) == ("high", ())
    commands = find_gaps(warehouse(home), TARGET, TODAY).commands
    assert commands == (f"nba-pipeline materialize {FEATURES} --partition-range 2021-11-08",)


def test_what_a_lost_date_reads_and_nobody_computed_is_computed_first(home):
    spoil(home, f"delete from nba_processing.partition_status where table_name = '{BOX_LINES}'")
    lose(home, SUMMARY, LATE[-1])
    names = " ".join(find_gaps(warehouse(home), TARGET, TODAY).commands).split()
    assert names.index(BOX_LINES) < names.index(SUMMARY)


def test_rows_that_vanished_are_a_gap(home):
    spoil(home, f"delete from {FEATURES} where game_date = date '{LATE[0]}'")
    (gap,) = urgent(home)
    assert (gap.kind, gap.detail) == ("missing", "rows vanished (1)")
    assert find_gaps(warehouse(home), TARGET, TODAY).states[FEATURES][LATE[0]] == "missing"


def test_a_source_or_a_reference_table_that_lost_its_rows_is_a_gap(home):
    spoil(home, f"delete from {BOX_LINES} where game_date = date '{LATE[0]}'")
    lose(home, BOX_SCORES, LATE[1])
    given(home, "nba_reference.shot_events", [{"game_date": LATE[2]}])
    assert {(one.table, one.kind, one.detail, one.dates) for one in urgent(home) if "." in one.table} == {
        (BOX_LINES, "missing", "rows vanished (1)", (LATE[0],)),
        (BOX_SCORES, "missing", "never materialised (1)", (LATE[1],)),
        ("nba_reference.shot_events", "contaminated", "more rows than were published (1)", (LATE[2],)),
    }


def test_a_date_without_one_of_its_games_is_partial(home):
    spoil(home, f"delete from {DEFENSE} where game_date = date '{LATE[0]}'")
    given(home, DEFENSE, [{"game_id": "of another date", "game_date": LATE[0]}])
    (gap,) = urgent(home)
    assert (gap.kind, gap.dates, gap.detail, gap.priority) == ("partial", (LATE[0],), "1 games missing (1)", "critical")


def test_a_broken_blocking_check_is_contamination_and_a_warning_is_low(home):
    def violation(severity, date):
        return {
            "table_name": CACHE,
            "check_name": "values_are_possible",
            "partition_date": date,
            "severity": severity,
            "violations": 7,
        }

    given(home, VIOLATIONS, [violation("error", LATE[0]), violation("error", LATE[1]), violation("warn", LATE[2])])
    contaminated, warned = urgent(home)
    assert (contaminated.kind, contaminated.priority, contaminated.detail) == (
        "contaminated",
        "high",
        "values_are_possible (14)",
    )
    assert (warned.kind, warned.priority, warned.dates) == ("warning", "low", (LATE[2],))


def test_a_date_on_which_nobody_should_have_a_row_is_no_gap(home):
    lose(home, CACHE, LATE[0])
    status(home, CACHE, LATE[:1], 0, None)

    def failure(category, correctable):
        return {
            "processor_name": "player_daily_cache",
            "analysis_date": LATE[0],
            "entity_id": category,
            "failure_category": category,
            "is_correctable": correctable,
        }

    given(home, FAILURES, [failure("INSUFFICIENT_HISTORY", False)])
    assert urgent(home) == []
    assert find_gaps(warehouse(home), TARGET, TODAY).states[CACHE][LATE[0]] == "empty"
    given(home, FAILURES, [failure("DATA_GAP", True)])
    (gap,) = urgent(home)
    assert (gap.table, gap.dates) == (CACHE, (LATE[0],))
    assert find_gaps(warehouse(home), TARGET, TODAY).states[CACHE][LATE[0]] == "missing"


def test_box_scores_in_no_source_are_to_be_ingested_first(home):
    lose(home, BOX_SCORES, LATE[0])
    status(home, BOX_SCORES, [LATE[0]], 0, "no_landing_file")
    gaps = urgent(home)
    assert {(one.table, one.priority) for one in gaps} == {
        ("player box scores", "critical"),
        ("team box scores", "critical"),
    }
    commands = find_gaps(warehouse(home), TARGET, TODAY).commands
    assert commands[0] == ("# ingest player box scores of 2021-11-02 first: nba-pipeline ingest archive FOLDER")
    assert BOX_SCORES in commands[2]


def test_dates_the_schedule_never_spoke_of_are_critical_until_today_only(home):
    spoil(home, f"delete from nba_processing.partition_status where partition_date = date '{REST[0]}'")
    (gap,) = urgent(home)
    assert (gap.table, gap.dates, gap.priority) == (SCHEDULE, (REST[0],), "critical")
    early = find_gaps(warehouse(home), TARGET, REST[0] - dt.timedelta(days=1))
    assert early.gaps == ()


def test_an_accepted_gap_does_not_count_until_it_expires(home):
    lose(home, OFFENCE, LATE[0], LATE[1])
    first = DateRange(LATE[0], LATE[0])
    accept(warehouse(home), AcceptedGap(OFFENCE, first, "never played again", "ops"))
    found = [(one.priority, one.dates) for one in urgent(home) if one.table == OFFENCE]
    assert found == [("critical", (LATE[1],)), ("accepted", (LATE[0],))]
    decided = AcceptedGap(OFFENCE, first, "never played again", "ops", TODAY)
    accept(warehouse(home), decided)
    late = find_gaps(warehouse(home), TARGET, TODAY + dt.timedelta(days=1))
    assert decided in late.expired
    assert [one.dates for one in late.gaps if one.table == OFFENCE] == [(LATE[0], LATE[1])]


def test_accepting_leaves_out_the_dates_that_are_whole(home):
    lose(home, OFFENCE, LATE[0])

    def accepted(dates):
        words = ["accept", "gap", OFFENCE, dates, "--reason", "never published", "--owner", "ann"]
        return CliRunner().invoke(accept_commands.app, words)

    said = accepted(f"{LATE[0]}...{LATE[1]}")
    assert said.exit_code == 0
    taken = [one for one in accepted_gaps(warehouse(home)) if one.table == OFFENCE]
    assert taken == [AcceptedGap(OFFENCE, DateRange(LATE[0], LATE[0]), "never published", "ann")]
    whole = accepted(f"{LATE[1]}")
    assert isinstance(whole.exception, UsageError)
    assert f"{OFFENCE} lacks nothing in {LATE[1]}" in str(whole.exception)


def test_the_command_lists_gaps_and_commands(home):
    lose(home, FEATURES, LATE[-1])
    said = run("gaps", "--detailed")
    assert said.exit_code == 1
    (listed,) = [line for line in said.stdout.splitlines() if line.startswith(f"missing {FEATURES}: ")]
    assert listed.endswith("2021-11-08")
    assert "Recovery, in this order:" in said.stdout
    document = json.loads(run("gaps", f"{TARGET}", "--json").stdout)
    assert document["exit_code"] == 1
    assert document["states"][FEATURES]["2021-11-08"] == "missing"
    assert run("gaps", "--start", "2021-11-04", "--end", "2021-11-04").exit_code == 4


# Failures


def test_failures_are_counted_by_table_and_category_most_frequent_first(home):
    def failed(processor, entity, date, category):
        return {
            "processor_name": processor,
            "entity_id": entity,
            "analysis_date": date,
            "failure_category": category,
            "is_correctable": category == "DATA_GAP",
        }

    given(
        home,
        FAILURES,
        [
            failed("player_daily_cache", "one", LATE[0], "DATA_GAP"),
            failed("player_daily_cache", "two", LATE[0], "PLAYER_DNP"),
            failed("player_daily_cache", "two", LATE[1], "PLAYER_DNP"),
            failed("player_composite_factors", "one", LATE[0], "DATA_GAP"),
            failed("player_daily_cache", "three", day("2021-12-24"), "DATA_GAP"),
        ],
    )
    given(
        home,
        "nba_processing.registry_failures",
        [
            {"player_lookup": "nobody", "game_date": date, "processor_name": "player_game_summary", "created_at": RAN}
            for date in LATE[:2]
        ],
    )
    found = failure_summary(warehouse(home), TARGET)
    assert [(one.processor, one.category, one.failures, one.entities) for one in found] == [
        ("player_composite_factors", "DATA_GAP", 1, 1),
        ("player_daily_cache", "PLAYER_DNP", 2, 1),
        ("player_daily_cache", "DATA_GAP", 1, 1),
    ]
    said = run("failures", "summary", "--json")
    document = json.loads(said.stdout)
    assert document["totals"] == {"failures": 4, "correctable": 2}
    assert {one["state"]: (one["players"], one["dates"]) for one in document["registry"]}["pending"] == (1, 2)
    assert said.exit_code == 2
    spoil(home, f"delete from {FAILURES} where is_correctable")
    assert run("failures", "summary").exit_code == 0


# A built home


def test_a_built_home_is_seen_as_complete(three_slates, at_home):
    at_home(three_slates)
    document = json.loads(run("monitor", "--json").stdout)
    assert [(one["done"], one["expected"]) for one in document["phases"]] == [(3, 3), (0, 0)]
    assert document["failures"] == document["runs"] == []
    stored = json.loads(run("state", "--phase", "3", "--json").stdout)
    assert {one["dates"] for one in stored["tables"]} == {3}
    assert {(one["ok"], one["failed"]) for one in stored["run_history"]} == {(3, 0)}
    assert json.loads(run("status", "phase3", "--json").stdout)["tables"] == stored["tables"]
    assert "Run history, the latest run of each date" in run("status", "--detailed").stdout
    assert run("gaps").exit_code == 2
    with open_instance(three_slates.root) as instance:
        assert seconds_per_date(instance, SUMMARY) > 0


def test_the_printed_commands_close_the_gap(three_slates, tmp_path, at_home):
    copied = at_home(copy_of(three_slates, tmp_path / "copied"))
    lose(copied, SUMMARY, WEEK.start)
    report = find_gaps(warehouse(copied), WEEK, TODAY)
    assert [(one.table, one.priority) for one in report.gaps if one.kind == "missing"] == [(SUMMARY, "critical")]
    with open_instance(copied.root) as instance:
        for command in report.commands:
            *names, _, dates = command.removeprefix("nba-pipeline materialize ").split()
            first, _, last = dates.partition("...")
            outcome = materialise(defs, instance, choose_tables(names), DateRange(day(first), day(last or first)))
            assert outcome.success, outcome.failures
    closed = find_gaps(warehouse(copied), WEEK, TODAY)
    assert [one for one in closed.gaps if one.kind not in ("thin source", "warning")] == []
