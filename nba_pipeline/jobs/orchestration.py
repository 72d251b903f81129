"""Jobs that launch other runs in order: the same functions the command line calls, for the UI's launchpad.

Each logs the lines the command would print, launches ordinary asset runs beside itself, and fails when they fail.
"""

import dagster as dg

from nba_pipeline.calendar import DateRange, parse_range
from nba_pipeline.completeness.failures import failed, partitions_of
from nba_pipeline.errors import PipelineError
from nba_pipeline.graph.resources import Code, PipelineResource
from nba_pipeline.operations.alerts import finish_backfill
from nba_pipeline.operations.backfill import plan_of, run_plan
from nba_pipeline.operations.notifier import notifier_of
from nba_pipeline.operations.orchestrate import Orchestrated, phase4_orchestrated, season_sequential
from nba_pipeline.switches import Switches


class RangeConfig(dg.Config):
    """A range and the switches of every run that is launched for it."""

    start: str
    """First Eastern game date, YYYY-MM-DD."""
    end: str
    """Last Eastern game date, YYYY-MM-DD."""
    backfill_mode: bool = False
    """Quiet alerts; a broken look-back is reported, not blocking."""
    skip_downstream_trigger: bool = True
    """Nothing downstream launches by itself after these runs."""
    strict_mode: bool = True
    """False: defensive checks report instead of block."""
    force: bool = False
    """Ignore other active runs that the history shows on the tables."""

    def dates(self) -> DateRange:
        return parse_range(self.start, self.end)

    def switches(self, reason: str = "") -> Switches:
        return Switches(self.backfill_mode, self.skip_downstream_trigger, self.strict_mode, reason)


class OrchestrationConfig(RangeConfig):
    """What ``nba-pipeline orchestrate`` takes."""

    from_level: str = "L1"
    """First level to compute: L1, L2 or L3; the gate is judged anyway."""
    mode: str = "all"
    """missing, missing+failed, or all."""
    gate_override_reason: str = ""
    """Why a failed gate is overridden; kept with the runs."""
    stop_on_error: bool = False
    """Leave the rest after the first partition that failed."""


class SeasonConfig(RangeConfig):
    """What ``nba-pipeline backfill --sequential`` takes."""

    gate_override_reason: str = ""
    """Why a failed gate is overridden; kept with the runs."""


class RetryConfig(RangeConfig):
    """What ``nba-pipeline retry`` takes."""

    retries: int = 0
    """How often a run that failed is launched again before its partitions count as failed."""


@dg.op
def orchestrate_phase4(
    context: dg.OpExecutionContext, config: OrchestrationConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """The gate of the analytics, precompute level after level, the gate of precompute."""
    try:
        done = phase4_orchestrated(
            definitions,
            context.instance,
            pipeline.warehouse(),
            config.dates(),
            from_level=config.from_level,
            switches=config.switches(config.gate_override_reason),
            mode=config.mode,
            stop_on_error=config.stop_on_error,
            force=config.force,
            say=context.log.info,
            on_end=_digest,
        )
    except PipelineError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    _judge(done)


@dg.op
def run_season(
    context: dg.OpExecutionContext, config: SeasonConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """Slate by slate: analytics, their gate, precompute; ends at the first failure."""
    try:
        done = season_sequential(
            definitions,
            context.instance,
            pipeline.warehouse(),
            config.dates(),
            switches=config.switches(config.gate_override_reason),
            force=config.force,
            say=context.log.info,
            on_end=_digest,
        )
    except PipelineError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    _judge(done)


@dg.op
def retry_partitions(
    context: dg.OpExecutionContext, config: RetryConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """Run exactly the partitions of the range that failed."""
    warehouse = pipeline.warehouse()
    try:
        partitions = partitions_of(failed(context.instance, warehouse, config.dates()))
        if not partitions:
            context.log.info("Nothing failed.")
            return
        todo = plan_of(warehouse, context.instance, partitions, switches=config.switches())
        summary = run_plan(
            definitions,
            context.instance,
            warehouse,
            todo,
            say=context.log.info,
            retries=config.retries,
            force=config.force,
            on_end=_digest,
        )
    except PipelineError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    for line in summary.lines:
        context.log.info(line)
    if summary.exit_code:
        raise dg.Failure("\n".join(summary.lines), allow_retries=False)


def operation_jobs() -> list[dg.JobDefinition]:
    """``phase4_orchestrated``, ``season_sequential`` and ``retry_failed``."""

    @dg.job(name="phase4_orchestrated", description=phase4_orchestrated.__doc__)
    def orchestrated() -> None:
        orchestrate_phase4()

    @dg.job(name="season_sequential", description=season_sequential.__doc__)
    def sequential() -> None:
        run_season()

    @dg.job(name="retry_failed", description="Run exactly the partitions of a range that failed.")
    def retried() -> None:
        retry_partitions()

    return [orchestrated, sequential, retried]


def _judge(done: Orchestrated) -> None:
    if done.exit_code == 1:
        raise dg.Failure(
            done.message,
            metadata={
                "gates": dg.MetadataValue.md("\n\n".join(gate.markdown for gate in done.gates) or "not judged"),
                "resume": dg.MetadataValue.text(done.resume or "see the message"),
            },
            allow_retries=False,
        )


def _digest(instance: dg.DagsterInstance, backfill_id: str) -> None:
    finish_backfill(instance, notifier_of(instance), backfill_id)
