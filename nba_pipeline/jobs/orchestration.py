"""Jobs that launch other runs in order: the same functions the command line calls, for the UI's launchpad.

Each logs the lines the command would print, launches ordinary asset runs beside itself, and fails when they fail.
"""

import dagster as dg
from pydantic import Field

from nba_pipeline.completeness.failures import failed, partitions_of
from nba_pipeline.graph.failures import ends_the_step
from nba_pipeline.graph.resources import Code, PipelineResource
from nba_pipeline.jobs.ranges import RangeConfig
from nba_pipeline.operations.backfill import run_plan
from nba_pipeline.operations.digests import finish_backfill
from nba_pipeline.operations.notifier import notifier_of
from nba_pipeline.operations.orchestrate import Orchestrated, phase4_orchestrated, season_sequential
from nba_pipeline.operations.plan import MODES, plan_of
from nba_pipeline.switches import SwitchConfig


class LaunchConfig(RangeConfig, SwitchConfig):
    """Dates, and the switches of every run that is launched for them."""

    skip_downstream_trigger: bool = Field(
        default=True, description="Nothing downstream launches by itself after these runs."
    )
    force: bool = Field(default=False, description="Ignore other active runs that the history shows on the tables.")


class OrchestrationConfig(LaunchConfig):
    """What ``nba-pipeline orchestrate`` takes."""

    from_level: str = Field(
        default="L1", description="First level to compute: L1, L2 or L3; the gate is judged anyway."
    )
    mode: str = Field(default="all", description=f"Which partitions run: {', '.join(MODES)}.")
    stop_on_error: bool = Field(default=False, description="Stop at the first partition that fails.")


class RetryConfig(LaunchConfig):
    """What ``nba-pipeline retry`` takes."""

    retries: int = Field(
        default=0, description="How often a run that failed is launched again before its partitions count as failed."
    )


@dg.op
def orchestrate_phase4(
    context: dg.OpExecutionContext, config: OrchestrationConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """The gate of the analytics, precompute level after level, the gate of precompute."""
    with ends_the_step():
        done = phase4_orchestrated(
            definitions,
            context.instance,
            pipeline.warehouse(),
            config.dates(),
            from_level=config.from_level,
            switches=config.switches(),
            mode=config.mode,
            stop_on_error=config.stop_on_error,
            force=config.force,
            say=context.log.info,
            on_end=_digest,
        )
    _judge(done)


@dg.op
def run_season(
    context: dg.OpExecutionContext, config: LaunchConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """Slate by slate: analytics, their gate, precompute; ends at the first failure."""
    with ends_the_step():
        done = season_sequential(
            definitions,
            context.instance,
            pipeline.warehouse(),
            config.dates(),
            switches=config.switches(),
            force=config.force,
            say=context.log.info,
            on_end=_digest,
        )
    _judge(done)


@dg.op
def retry_partitions(
    context: dg.OpExecutionContext, config: RetryConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """Run exactly the partitions of the range that failed."""
    warehouse = pipeline.warehouse()
    with ends_the_step():
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
