"""The gates between phases as assets: computed over the range of the run, with blocking checks on the report.

What a gate judges is in ``completeness.coverage``. Precompute tables depend on the gate of the phase before them, so a
run that contains both stops there; a run without the gate is still held by the defence inside each asset.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from nba_pipeline.calendar import WINDOWS, DateRange
from nba_pipeline.completeness.coverage import judge_gate, known_range
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.gate_report import GateReport
from nba_pipeline.contract.catalog import phase_tables
from nba_pipeline.document import shortened
from nba_pipeline.graph.assets import POOL, group_of, run_dates
from nba_pipeline.graph.automation import WITH_ITS_GATE, automation_of_gate
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.keys import DAILY, asset_key, gate_key
from nba_pipeline.markup import one_line
from nba_pipeline.phases import COMPUTED, PHASES, Phase
from nba_pipeline.switches import SwitchConfig, switches_of
from nba_pipeline.validation.lookback import SCHEDULE
from nba_pipeline.validation.thresholds import catalogue

COMPLETE, TRACKED, NOT_FAILED, SMOKE = (
    "schedule_is_covered",
    "every_date_has_rows_or_a_reason",
    "no_partition_failed",
    "smoke_window_is_whole",
)
_CATALOGUE = {COMPLETE: "V21", TRACKED: "V22", NOT_FAILED: "V23", SMOKE: "V33"}


def gates() -> list[dg.AssetsDefinition]:
    """The gate of every phase."""
    return [_gate(phase) for phase in PHASES.values()]


def _gate(phase: Phase) -> dg.AssetsDefinition:
    key = gate_key(phase.number)
    specs = [
        _spec(key, COMPLETE, f"The {phase.title} cover the schedule's game dates."),
        _spec(key, TRACKED, "No game date has neither rows nor a reason."),
        _spec(key, NOT_FAILED, "The latest run of every partition of the phase succeeded."),
    ]
    if phase.after is None:
        first, last = WINDOWS["smoke"].start, WINDOWS["smoke"].end
        specs.append(_spec(key, SMOKE, f"A range with {first}...{last} has all ten tables on all its slates."))

    @dg.asset(
        key=key,
        deps=[asset_key(SCHEDULE), *(asset_key(table.name) for table in phase_tables(phase.number))],
        partitions_def=DAILY,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=specs,
        group_name=_group(phase),
        kinds={"gate"},
        owners=["team:data-platform"],
        description=f"Whether the {phase.title} are complete over a range: computed from the schedule when it runs.",
        automation_condition=automation_of_gate(phase.number),
        pool=POOL,
    )
    def gate(
        context: dg.AssetExecutionContext, config: SwitchConfig, pipeline: PipelineResource
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        dates = run_dates(context)
        switches = switches_of(context.run.tags, config)
        warehouse = pipeline.warehouse()
        failed = failed_dates(context.instance, warehouse, phase_tables(phase.number), dates)
        report = judge_gate(warehouse, phase.number, dates, override_reason=switches.gate_override_reason)
        stored = _over_everything_stored(report, pipeline)
        for line in report.lines:
            context.log.info(line)
        yield dg.MaterializeResult(
            metadata={
                **_verdicts(report, stored),
                "report": dg.MetadataValue.md(report.markdown),
                "override_reason": report.override_reason or "none",
            }
        )
        results = [
            _complete(report, stored),
            _result(report, stored, TRACKED, _iso(report.untracked), _iso(stored.untracked)),
            _result(report, stored, NOT_FAILED, _iso(failed)),
        ]
        if phase.after is None:
            results.append(_result(report, stored, SMOKE, _smoke(dates, pipeline)))
        yield from results
        # Otherwise the run's page would say no more than that a blocking check failed.
        if closed := [one for one in results if not one.passed and one.severity is dg.AssetCheckSeverity.ERROR]:
            said = "; ".join(f"{one.check_name}: {one.description}" for one in closed)
            todo = dict.fromkeys(str(one.metadata["what_to_do"].value) for one in closed)
            raise dg.Failure(
                description=f"The gate of phase {phase.number} over {dates} is closed. {said}. To do: {' '.join(todo)}",
                allow_retries=False,
            )

    return gate


def _over_everything_stored(report: GateReport, pipeline: PipelineResource) -> GateReport:
    """The same phase over every date of the stored schedule."""
    warehouse = pipeline.warehouse()
    known = known_range(warehouse)
    return report if known in (None, report.dates) else judge_gate(warehouse, report.phase, known)


def _verdicts(report: GateReport, stored: GateReport) -> dict[str, dg.MetadataValue]:
    """Both verdicts, each with the dates it is about."""
    return {
        "range": dg.MetadataValue.text(str(report.dates)),
        "verdict": dg.MetadataValue.text(report.verdict),
        "everything_stored": dg.MetadataValue.text(str(stored.dates)),
        "verdict_of_everything_stored": dg.MetadataValue.text(stored.verdict),
    }


def _group(phase: Phase) -> str:
    """Whoever materialises the group of a gated phase materialises the gate before it."""
    after = phase.after
    return group_of(phase_tables(after.number)[0]) if after and after.is_gated else "gates"


def _spec(key: dg.AssetKey, name: str, sentence: str) -> dg.AssetCheckSpec:
    id_ = _CATALOGUE[name]
    return dg.AssetCheckSpec(
        name=name,
        asset=key,
        blocking=True,
        description=f"{id_} {sentence}",
        metadata={"catalogue": id_, "scope": "range", **catalogue()[id_].thresholds},
        automation_condition=WITH_ITS_GATE,
    )


def _complete(report: GateReport, stored: GateReport) -> dg.AssetCheckResult:
    return _result(report, stored, COMPLETE, _not_covered(report), _not_covered(stored))


def _not_covered(report: GateReport) -> dict[str, list[str]]:
    problems = {one.table: [f"{one.actual}/{one.expected}", *map(str, one.missing)] for one in report.failing}
    return problems | ({"error": [report.error]} if report.error else {})


def _iso(by_table: Mapping[str, Sequence[dt.date]]) -> dict[str, list[str]]:
    return {name: [day.isoformat() for day in days] for name, days in by_table.items()}


def _smoke(dates: DateRange, pipeline: PipelineResource) -> dict[str, list[str]]:
    """Tables of both phases that lack a slate of the window; nothing when the range does not hold the window."""
    window = WINDOWS["smoke"]
    if not (dates.start <= window.start and window.end <= dates.end):
        return {}
    inside = [judge_gate(pipeline.warehouse(), phase, window) for phase in COMPUTED]
    lacking = {
        one.table: [f"{one.actual} of {len(window)} slates", *map(str, one.missing)]
        for gate in inside
        for one in gate.tables
        if one.actual < len(window)
    }
    return lacking | {f"phase {gate.phase}": [gate.error] for gate in inside if gate.error}


def _result(
    report: GateReport,
    stored: GateReport,
    name: str,
    problems: Mapping[str, list[str]],
    problems_elsewhere: Mapping[str, list[str]] | None = None,
) -> dg.AssetCheckResult:
    """One blocking verdict on a gate; an override makes it a warning that carries its reason.

    It passes or fails by the range of the run, because that is what the run may go on with; what is lacking among all
    that is stored is said beside it.
    """
    id_ = _CATALOGUE[name]
    overridden = bool(problems) and bool(report.override_reason)
    said = [one_line(f"{report.dates}: {table} {shortened(days)}") for table, days in problems.items()]
    if report.verdict == "NOT_APPLICABLE" and not problems:
        said = [f"{report.dates}: not applicable, the schedule expects nothing here"]
    said = said or [f"{report.dates}: holds"]
    if overridden:
        said.append(one_line(f"overridden: {report.override_reason}"))
    if problems_elsewhere is not None and stored.dates != report.dates:
        lacking = [one_line(f"{table} {shortened(days, 3)}") for table, days in problems_elsewhere.items()]
        said.append(f"everything stored, {stored.dates}: {', '.join(lacking) or 'holds'}")
    metadata: dict[str, dg.MetadataValue] = {
        **_verdicts(report, stored),
        "catalogue": dg.MetadataValue.text(f"{id_} {catalogue()[id_].title}"),
        "report": dg.MetadataValue.md(report.markdown),
    }
    if problems:
        metadata["problems"] = dg.MetadataValue.json(dict(problems))
        metadata["what_to_do"] = dg.MetadataValue.text(report.repair or catalogue()[id_].remedy)
    if report.override_reason:
        metadata["override_reason"] = dg.MetadataValue.text(report.override_reason)
    return dg.AssetCheckResult(
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN if overridden else dg.AssetCheckSeverity.ERROR,
        description="; ".join(said),
        metadata=metadata,
    )
