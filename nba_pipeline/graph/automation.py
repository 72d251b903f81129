"""What follows a phase by itself: the condition under which a date goes on to the next phase, and the sensor for it.

What a table computes, and what a gate judges, is not said here. Nothing follows while the sensor is off, as it is by
default.

A date goes on when its newest update asks for it, once. A run asks unless it is tagged (or configured)
``skip_downstream_trigger``, or goes on to the next phase itself. It then goes on as one request for everything that
follows, behind the gate of its phase: when all tables of the phase have the date, the runs that made them are over, and
no blocking check of those runs failed. Whatever happens to the request, it is not repeated before the next update.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from weakref import WeakKeyDictionary

import dagster as dg

from nba_pipeline.contract.catalog import phase_tables, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.keys import asset_key, gate_key, name_of, step_of
from nba_pipeline.phases import ANALYTICS, PHASES, phase_of
from nba_pipeline.switches import run_says

_SKIP = "skip_downstream_trigger"
_MADE = dg.DagsterEventType.ASSET_MATERIALIZATION
_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
_AT_ONCE = 500


@dataclass(frozen=True)
class Link:
    """A phase and what follows it; a date is up to date when all that follows was made or planned after the phase.

    Args:
        name: said in the UI.
        finished: tables of the phase.
        following: tables, or the gate, that follow.
    """

    name: str
    finished: tuple[dg.AssetKey, ...]
    following: tuple[dg.AssetKey, ...]


def automation_of(contract: TableContract) -> dg.AutomationCondition | None:
    """When a table is requested by itself; None for tables that only people and their commands materialise."""
    # What is derived from the sources for everybody is computed with the analytics.
    phase = ANALYTICS if contract.dataset == "nba_reference" else phase_of(contract.dataset, contract.level)
    if phase and phase.before and contract.query and contract.partition:
        return goes_on(phase_link(phase.before.number))
    return None


def automation_of_gate(phase: int) -> dg.AutomationCondition:
    """When the gate of a phase is requested by itself: with what stands behind it, the last one after its tables."""
    with_following = goes_on(phase_link(phase))
    before = PHASES[phase].before
    return goes_on(phase_link(before.number)) | with_following if before and not PHASES[phase].after else with_following


#: For the checks that a gate makes itself: never true, but present. Dagster names them in every request for the gate,
#: and a request that names checks runs no others, unless one of the checks has a condition: then it runs all.
WITH_ITS_GATE = (dg.AutomationCondition.check_passed() & dg.AutomationCondition.check_failed()).with_label(
    "requested_with_its_gate"
)


@cache
def phase_link(phase: int) -> Link:
    """What follows a phase; the last is followed by its gate only."""
    after = PHASES[phase].after
    following = _keys(phase_tables(after.number)) if after else (gate_key(phase),)
    return Link(f"phase {phase}", _keys(phase_tables(phase)), following)


def goes_on(link: Link) -> "GoesOn":
    """The condition of everything that follows a phase; all of it asks for the same dates."""
    return GoesOn(link)


class GoesOn(dg.AutomationCondition[dg.AssetKey]):
    """True for a date whose phase is finished and whose newest update asks for what follows."""

    def __init__(self, link: Link) -> None:
        self.link = link
        in_progress = dg.AutomationCondition.in_progress()
        tables = (*link.finished, *link.following)
        self.busy = reduce(or_, [dg.AutomationCondition.asset_matches(key, in_progress) for key in tables])

    @property
    def name(self) -> str:
        return f"{self.link.name.replace(' ', '_')}_goes_on"

    @property
    def description(self) -> str:
        return f"{self.link.name} is finished, checked and newer than what follows; no switch forbids it"

    @property
    def children(self) -> Sequence[dg.AutomationCondition]:
        return [self.busy]

    async def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:  # ty: ignore[incompatible-method-override]
        """The dates that go on now; what happened before the first evaluation asks for nothing."""
        newest_event = context.max_storage_id or 0
        if context.cursor is None:
            return dg.AutomationResult(context, context.get_empty_subset(), cursor=_cursor(newest_event, {}))
        after, asked = _read_cursor(context.cursor)
        updates = _updates(context, self.link, after)
        ready = {day for day, update in updates.items() if update.ready and asked.get(day, 0) < update.event}
        offered = context.candidate_subset.compute_intersection_with_partition_keys(ready)
        busy = await context.for_child_condition(self.busy, [0], offered).evaluate_async()
        requested = offered.compute_difference(busy.true_subset)
        asked |= {day: updates[day].event for day in requested.expensively_compute_partition_keys()}
        undecided = [update.event for day, update in updates.items() if asked.get(day, 0) < update.event]
        seen = max(after, min(undecided) - 1 if undecided else newest_event)
        answered = {day: event for day, event in asked.items() if event > seen}
        return dg.AutomationResult(context, requested, cursor=_cursor(seen, answered), child_results=[busy])


def _cursor(after: int, asked: Mapping[str, int]) -> str:
    return json.dumps({"after": after, "asked": asked})


def _read_cursor(text: str) -> tuple[int, dict[str, int]]:
    stored = json.loads(text)
    return stored["after"], stored["asked"]


@dataclass(frozen=True)
class _Update:
    """The newest update of a date that asks for what follows, by its event; ``ready`` when it may go on."""

    event: int
    ready: bool


#: Everything that follows a phase looks at the same dates in one tick.
_TICKS: WeakKeyDictionary = WeakKeyDictionary()


def _updates(context: dg.AutomationContext, link: Link, after: int) -> Mapping[str, _Update]:
    found = _TICKS.setdefault(context.asset_graph_view, {})
    if (link, after) not in found:
        blocking = {key: _blocking_checks(context, key) for key in link.finished}
        known = context.partitions_def
        days = _Dates(context.asset_graph_view.instance, link, blocking).since(after)
        found[link, after] = {day: one for day, one in days.items() if known and known.has_partition_key(day)}
    return found[link, after]


def _blocking_checks(context: dg.AutomationContext, key: dg.AssetKey) -> frozenset[dg.AssetCheckKey]:
    graph = context.asset_graph
    return frozenset(check for check in graph.get_check_keys_for_assets({key}) if graph.get(check).blocking)


class _Dates:
    """What the event log says about the dates of a link."""

    def __init__(
        self,
        instance: dg.DagsterInstance,
        link: Link,
        blocking: Mapping[dg.AssetKey, frozenset[dg.AssetCheckKey]],
    ) -> None:
        self.instance = instance
        self.link = link
        self.blocking = blocking
        self.runs: dict[str, dg.DagsterRun | None] = {}
        self.evaluations: dict[str, Mapping[dg.AssetCheckKey, bool]] = {}
        self.goes_on_itself: dict[str, bool] = {}

    def since(self, after: int) -> dict[str, _Update]:
        newest: dict[str, tuple[int, dg.AssetKey]] = {}
        for key in self.link.finished:
            for day, event in self._newest(key, _MADE, after=after).items():
                newest[day] = max(newest.get(day, (0, key)), (event, key))
        if not newest:
            return {}
        reached = self._reached(set(newest))
        behind = {day for day, (event, _) in newest.items() if event > reached[day]}
        if not behind:
            return {}
        runs = {key: self._runs_of(key, behind) for key in self.link.finished}
        return {
            day: _Update(event, all(self._is_cleared(key, runs[key].get(day)) for key in self.link.finished))
            for day, (event, key) in newest.items()
            if day in behind and self._asks(runs[key].get(day), key)
        }

    def _newest(
        self, key: dg.AssetKey, kind: dg.DagsterEventType, *, days: set[str] | None = None, after: int | None = None
    ) -> Mapping[str, int]:
        storage = self.instance.event_log_storage
        return storage.get_latest_storage_id_by_partition(key, kind, partitions=days, after_cursor=after)

    def _reached(self, days: set[str]) -> Mapping[str, int]:
        """The event by which all that follows was made or planned, 0 for a date without."""
        reached: dict[str, int] = {}
        for key in self.link.following:
            made, planned = self._newest(key, _MADE, days=days), self._newest(key, _PLANNED, days=days)
            for day in days:
                here = max(made.get(day, 0), planned.get(day, 0))
                reached[day] = min(reached.get(day, here), here)
        return reached

    def _runs_of(self, key: dg.AssetKey, days: set[str]) -> Mapping[str, str]:
        """The run that made each date last."""
        events = list(self._newest(key, _MADE, days=days).values())
        found: dict[str, str] = {}
        for first in range(0, len(events), _AT_ONCE):
            chunk = events[first : first + _AT_ONCE]
            for record in self.instance.get_asset_event_summary_records(
                _MADE, asset_key=key, storage_ids=chunk, limit=len(chunk)
            ):
                if record.partition and record.run_id:
                    found[record.partition] = record.run_id
        return found

    def _run(self, run_id: str) -> dg.DagsterRun | None:
        if run_id not in self.runs:
            self.runs[run_id] = self.instance.get_run_by_id(run_id)
        return self.runs[run_id]

    def _asks(self, run_id: str | None, key: dg.AssetKey) -> bool:
        run = self._run(run_id) if run_id else None
        return (
            run is not None and not run_says(run, _SKIP, step_of(name_of(key))) and not self._goes_on_itself(run.run_id)
        )

    def _goes_on_itself(self, run_id: str) -> bool:
        if run_id not in self.goes_on_itself:
            self.goes_on_itself[run_id] = any(
                self.instance.get_asset_event_summary_records(_PLANNED, asset_key=key, run_id=run_id, limit=1)
                for key in self.link.following
            )
        return self.goes_on_itself[run_id]

    def _is_cleared(self, key: dg.AssetKey, run_id: str | None) -> bool:
        """The run is over, and every blocking check of the table was judged in it without stopping it."""
        run = self._run(run_id) if run_id else None
        if run is None or not run.is_finished:
            return False
        judged = self._judged(run.run_id)
        return all(judged.get(check, False) for check in self.blocking[key])

    def _judged(self, run_id: str) -> Mapping[dg.AssetCheckKey, bool]:
        if run_id not in self.evaluations:
            kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
            records = self.instance.get_records_for_run(run_id, of_type=kind).records
            self.evaluations[run_id] = _verdicts(
                event.event_specific_data for record in records if (event := record.event_log_entry.dagster_event)
            )
        return self.evaluations[run_id]


def _verdicts(evaluations: Iterable[object]) -> Mapping[dg.AssetCheckKey, bool]:
    """Whether each check let the run pass; a warning does."""
    verdicts: dict[dg.AssetCheckKey, bool] = {}
    for one in evaluations:
        if isinstance(one, dg.AssetCheckEvaluation):
            passes = one.passed or one.severity is not dg.AssetCheckSeverity.ERROR
            verdicts[one.asset_check_key] = verdicts.get(one.asset_check_key, True) and passes
    return verdicts


def _keys(tables: Iterable[TableContract]) -> tuple[dg.AssetKey, ...]:
    return tuple(asset_key(table.name) for table in tables)


links_phases = dg.AutomationConditionSensorDefinition(
    "links_phases",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=30,
    use_user_code_server=True,
    description=(
        "Starts the next phase of every date whose phase was finished: sources, analytics, precompute, each behind its "
        "gate. Off until somebody switches it on: in the UI under Automation, or in the folder of this code with "
        "`DAGSTER_HOME=$PWD/.nba_pipeline/dagster dagster sensor start links_phases -w workspace.yaml`; the daemon "
        "(`dagster dev`) must run. "
        "What was materialised before it was switched on for the first time starts nothing; "
        "what is materialised while it is off again starts when it is back on. A run tagged "
        "nba_pipeline/skip_downstream_trigger=true starts nothing."
    ),
)


def unreachable(defs: dg.Definitions) -> list[str]:
    """What keeps the links between the phases from working once the sensor is on; empty when they do."""
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    sensor = sensors.get(links_phases.name)
    if not isinstance(sensor, dg.AutomationConditionSensorDefinition):
        return [f"the sensor {links_phases.name} is not defined"]
    targets = sensor.asset_selection.resolve(graph)
    gates = [gate_key(phase) for phase in PHASES]
    linked = _keys(one for one in runnable_contracts().values() if automation_of(one))
    found = []
    for key in (*gates, *linked):
        if not graph.has(key):
            found.append(f"{name_of(key)} is not defined")
        elif graph.get(key).automation_condition is None:
            found.append(f"{name_of(key)} has no condition")
        elif key not in targets:
            found.append(f"{name_of(key)} is not looked at by the sensor {sensor.name}")
    for number, phase in PHASES.items():
        gate = gate_key(phase.behind) if phase.behind else None
        outside = [
            key for key in _keys(phase_tables(number)) if graph.has(key) and gate not in graph.get(key).parent_keys
        ]
        found += [f"{name_of(key)} does not stand behind {name_of(gate)}" for key in outside if gate]
    return found
