"""What follows a phase by itself: a graph of five tables told as a story of runs and ticks, and the real graph."""

import datetime as dt

import dagster as dg
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.definitions import defs
from nba_pipeline.graph.automation import Link, goes_on, links_phases, phase_link, unreachable
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.keys import DAILY
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.switches import DEFAULT, SwitchConfig, Switches
from nba_pipeline_tests.conftest import SLATES

FORTNIGHT = ("2021-11-02", "2021-11-15")
SKIP = Switches(skip_downstream_trigger=True).tags
TEAMS, PLAYERS, GATE, ZONES, CACHE = (dg.AssetKey(["toy", name]) for name in "teams players gate zones cache".split())
PHASE_4 = {GATE, ZONES, CACHE}
LINK = Link("phase 3", (TEAMS, PLAYERS), (ZONES, CACHE))
CACHE_TABLE = dg.AssetKey(["nba_precompute", "player_daily_cache"])
SPOILT = "toy/spoilt"  # a run with this tag finds its check, or its gate, violated


def table(key, deps=(), condition=None, **more):
    return dg.asset(
        key=key,
        deps=list(deps),
        partitions_def=DAILY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        automation_condition=condition,
        **more,
    )


@table(TEAMS)
def teams(config: SwitchConfig) -> None: ...


@table(PLAYERS)
def players() -> None: ...


@dg.asset_check(asset=PLAYERS, blocking=True)
def players_are_whole(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity(context.run.tags.get(SPOILT, "ERROR"))
    return dg.AssetCheckResult(passed=SPOILT not in context.run.tags, severity=severity)


@table(GATE, [TEAMS, PLAYERS], goes_on(LINK), check_specs=[dg.AssetCheckSpec("is_covered", asset=GATE, blocking=True)])
def gate(context: dg.AssetExecutionContext):
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(check_name="is_covered", passed=f"{SPOILT}_gate" not in context.run.tags)


@table(ZONES, [TEAMS, GATE], goes_on(LINK))
def zones() -> None: ...


@table(CACHE, [PLAYERS, ZONES, GATE], goes_on(LINK))
def cache() -> None: ...


TOY = dg.Definitions(
    assets=[teams, players, gate, zones, cache], asset_checks=[players_are_whole], executor=dg.in_process_executor
)


class Story:
    """Runs, and the ticks of a sensor that was switched on at the beginning."""

    def __init__(self, instance, defs=TOY):
        self.instance, self.defs, self.cursor = instance, defs, None
        self.tick()

    def tick(self):
        """The dates requested of each asset."""
        result = dg.evaluate_automation_conditions(self.defs, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        return {one.key: days for one in result.results if (days := result.get_requested_partitions(one.key))}

    def run(self, *keys, first=FORTNIGHT[0], last=None, tags=None, config=None):
        return self.defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            asset_selection=list(keys),
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last or first,
                **(tags or {}),
            },
            run_config=config or {},
            raise_on_error=False,
        )

    def launch(self, requested, **more):
        """Run what a tick requested, one run for all assets: the dates of a test are contiguous."""
        (days,) = {frozenset(days) for days in requested.values()}
        return self.run(*requested, first=min(days), last=max(days), **more)


@pytest.fixture
def story(tmp_path, new_instance):
    with new_instance(tmp_path) as instance:
        yield Story(instance)


def days(first, last):
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    return {day.isoformat() for day in DateRange(start, end).dates()}


def phase_4_of(*dates):
    """A request for these dates of all that follows phase 3."""
    return {key: set(dates) for key in PHASE_4}


def materialisations(instance, key, dates):
    """How often each date of an asset was made."""
    made = [
        record.partition_key
        for record in instance.fetch_materializations(key, limit=1000).records
        if record.partition_key in dates
    ]
    return {day: made.count(day) for day in dates if day in made}


def test_a_fortnight_of_phase_3_with_the_tag_launches_nothing(story):
    assert story.run(TEAMS, PLAYERS, first=FORTNIGHT[0], last=FORTNIGHT[1], tags=SKIP).success
    assert [story.tick(), story.tick()] == [{}, {}]


def test_a_fortnight_of_phase_3_without_it_makes_each_date_of_each_table_once(story):
    assert story.run(TEAMS, PLAYERS, first=FORTNIGHT[0], last=FORTNIGHT[1]).success
    requested = story.tick()
    assert requested == phase_4_of(*days(*FORTNIGHT))
    assert story.launch(requested).success
    assert [story.tick(), story.tick()] == [{}, {}]
    for key in PHASE_4:
        assert materialisations(story.instance, key, days(*FORTNIGHT)) == dict.fromkeys(days(*FORTNIGHT), 1)


def test_fourteen_runs_of_one_date_ask_for_each_date_once(story):
    for day in sorted(days(*FORTNIGHT)):
        story.run(TEAMS, PLAYERS, first=day)
    requested = story.tick()
    assert requested == phase_4_of(*days(*FORTNIGHT))
    assert story.launch(requested).success
    assert story.tick() == {}


def test_the_switch_counts_as_config_too(story):
    skips = {"ops": {TEAMS.to_python_identifier(): {"config": {"skip_downstream_trigger": True}}}}
    story.run(PLAYERS)
    story.run(TEAMS, config=skips)
    assert story.tick() == {}


def test_the_newest_update_of_a_date_decides(story):
    story.run(TEAMS, PLAYERS)
    story.run(TEAMS, tags=SKIP)
    assert story.tick() == {}
    story.run(TEAMS, PLAYERS)
    assert story.tick() == phase_4_of(FORTNIGHT[0])


def test_a_date_waits_until_every_table_of_the_phase_has_it(story):
    story.run(TEAMS)
    assert story.tick() == {}
    story.run(PLAYERS)
    assert story.tick() == phase_4_of(FORTNIGHT[0])


def test_a_failed_blocking_check_stops_its_own_dates_only(story):
    assert not story.run(TEAMS, PLAYERS, first="2021-11-02", last="2021-11-03", tags={SPOILT: "ERROR"}).success
    assert story.tick() == {}
    story.run(TEAMS, PLAYERS, first="2021-11-04")
    requested = story.tick()
    assert requested == phase_4_of("2021-11-04")
    story.launch(requested)
    story.run(PLAYERS, first="2021-11-02")
    assert story.tick() == phase_4_of("2021-11-02")


def test_a_blocking_check_that_only_warns_stops_nothing(story):
    assert story.run(TEAMS, PLAYERS, tags={SPOILT: "WARN"}).success
    assert story.tick() == phase_4_of(FORTNIGHT[0])


def test_a_run_without_the_checks_launches_nothing(story):
    job = dg.define_asset_job("unchecked", dg.AssetSelection.assets(TEAMS, PLAYERS).without_checks())
    defs = dg.Definitions.merge(TOY, dg.Definitions(jobs=[job]))
    defs.resolve_job_def("unchecked").execute_in_process(instance=story.instance, partition_key=FORTNIGHT[0])
    assert story.tick() == {}


def test_a_failed_gate_stops_what_stands_behind_it_and_is_not_asked_again(story):
    story.run(TEAMS, PLAYERS)
    assert not story.launch(story.tick(), tags={f"{SPOILT}_gate": "true"}).success
    assert materialisations(story.instance, ZONES, days(*FORTNIGHT)) == {}
    assert [story.tick(), story.tick()] == [{}, {}]
    story.run(TEAMS, PLAYERS, first="2021-11-03")
    assert story.tick() == phase_4_of("2021-11-03")
    story.run(TEAMS, PLAYERS)
    assert story.tick() == phase_4_of(FORTNIGHT[0])


def test_a_request_that_came_to_nothing_is_not_repeated(story):
    story.run(TEAMS, PLAYERS)
    assert story.tick() == phase_4_of(FORTNIGHT[0])
    assert [story.tick(), story.tick()] == [{}, {}]


def test_an_update_between_two_ticks_is_not_lost_behind_the_run_of_the_tick_before(story):
    story.run(TEAMS, PLAYERS)
    story.launch(story.tick())
    story.run(TEAMS)
    assert story.tick() == phase_4_of(FORTNIGHT[0])


def test_a_run_that_goes_on_itself_launches_nothing(story):
    assert story.run(TEAMS, PLAYERS, ZONES, CACHE).success
    assert story.tick() == {}


def test_phase_3_with_its_gate_still_goes_on(story):
    assert story.run(TEAMS, PLAYERS, GATE).success
    assert story.tick() == phase_4_of(FORTNIGHT[0])


def test_a_gate_or_a_table_of_phase_4_materialised_by_hand_launches_nothing(story):
    story.run(TEAMS, PLAYERS, tags=SKIP)
    story.run(GATE)
    story.run(ZONES, CACHE)
    assert story.tick() == {}


def test_what_was_materialised_before_the_sensor_was_on_launches_nothing(tmp_path, new_instance):
    with new_instance(tmp_path) as instance:
        story = Story(instance)
        story.run(TEAMS, PLAYERS)
        late = Story(instance)
        assert late.tick() == {}


def test_nothing_is_asked_while_the_run_is_under_way(story):
    during = []
    ticking = table(dg.AssetKey(["toy", "ticking"]), [PLAYERS])(lambda: during.append(story.tick()))
    defs = dg.Definitions.merge(TOY, dg.Definitions(assets=[ticking]))
    same = Story(story.instance, defs)
    same.run(TEAMS, PLAYERS, ticking.key)
    assert during == [{}]
    assert story.tick() == phase_4_of(FORTNIGHT[0])


# The real graph


@pytest.fixture(scope="module")
def real():
    return dg.Definitions(assets=defs.assets, asset_checks=defs.asset_checks, resources=defs.resources)


def names(requested):
    return {".".join(key.path): sorted(found) for key, found in requested.items()}


@pytest.mark.parametrize(
    ("switches", "launched"), [(Switches(skip_downstream_trigger=True), False), (DEFAULT, True)], ids=["skip", "plain"]
)
def test_the_real_phase_3_launches_the_real_phase_4_unless_told_not_to(copied, real, switches, launched):
    tables = [".".join(key.path) for key in phase_link(3).following]
    slates = [day.isoformat() for day in SLATES.dates()]
    expected = dict.fromkeys((*tables, "nba_processing.phase3_gate", "nba_processing.phase4_gate"), slates)
    with open_instance(copied.root) as instance:
        story = Story(instance, real)
        phase_3 = materialise(defs, instance, choose_tables(["nba_analytics"]), SLATES, switches=switches)
        assert phase_3.success, phase_3.failures
        assert names(story.tick()) == (expected if launched else {})
        assert names(story.tick()) == {}
        phase_4 = materialise(defs, instance, choose_tables(["L1", "L2", "L3"]), SLATES, switches=switches)
        assert phase_4.success, phase_4.failures
        assert names(story.tick()) == ({"nba_processing.phase4_gate": slates} if launched else {})


def requests_of(sensor, instance, defs, cursor):
    """What a tick of the sensor itself asks Dagster to run, and its cursor."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=defs.get_repository_def())
    result = sensor.evaluate_tick(context)
    return result.run_requests, result.cursor


def test_a_request_of_the_sensor_runs_every_check_of_what_it_makes_and_has_no_switch(copied_with_history, real):
    defs = dg.Definitions.merge(real, dg.Definitions(sensors=[links_phases]))
    graph = defs.resolve_asset_graph()
    opening = DateRange(SLATES.start, SLATES.start)
    with open_instance(copied_with_history.root) as instance:
        nothing, cursor = requests_of(links_phases, instance, defs, None)
        materialise(defs, instance, choose_tables(["nba_analytics"]), opening, switches=Switches(backfill_mode=True))
        (request,), cursor = requests_of(links_phases, instance, defs, cursor)
        materialise(defs, instance, choose_tables(["nba_analytics"]), SLATES)
        (range_request,), cursor = requests_of(links_phases, instance, defs, cursor)
        again, _ = requests_of(links_phases, instance, defs, cursor)
    assert [nothing, again] == [[], []]
    expected = {*phase_link(3).following, *(dg.AssetKey(["nba_processing", f"phase{phase}_gate"]) for phase in (3, 4))}
    assert request.partition_key == SLATES.start.isoformat()
    assert set(request.asset_selection) == expected
    assert set(request.asset_check_keys) == graph.get_check_keys_for_assets(expected)
    assert set(range_request.asset_graph_subset.asset_keys) == expected
    assert {name for one in (request, range_request) for name in one.tags if name.startswith("nba_pipeline/")} == set()


def test_the_links_are_reachable(real):
    assert unreachable(dg.Definitions.merge(real, dg.Definitions(sensors=[links_phases]))) == []


def test_a_graph_without_the_sensor_or_a_condition_says_so(real):
    assert unreachable(real) == ["the sensor links_phases is not defined"]
    (cache,) = (one for one in real.assets if CACHE_TABLE in getattr(one, "keys", ()))
    others = [one for one in real.assets if one is not cache]
    bare = dg.Definitions(
        assets=[
            *others,
            cache.map_asset_specs(lambda spec: spec.replace_attributes(automation_condition=None, deps=[])),
        ],
        resources=real.resources,
        sensors=[links_phases],
    )
    assert unreachable(bare) == [
        "nba_precompute.player_daily_cache has no condition",
        "nba_precompute.player_daily_cache does not stand behind nba_processing.phase3_gate",
    ]


def test_the_sensor_is_off_until_somebody_switches_it_on():
    assert links_phases.default_status is dg.DefaultSensorStatus.STOPPED
    assert "dagster sensor start links_phases" in links_phases.description
