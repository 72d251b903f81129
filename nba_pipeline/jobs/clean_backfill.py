"""The clean backfill as a Dagster job: one op per step, in order, with the step's evidence as its output's metadata.

What a step does is in ``operations.clean_backfill``; the command ``nba-pipeline clean-backfill`` does the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
from pydantic import Field

from nba_pipeline.calendar import WINDOWS, DateRange, season
from nba_pipeline.graph.assets import POOL
from nba_pipeline.graph.failures import ends_the_step
from nba_pipeline.graph.resources import Code, PipelineResource
from nba_pipeline.home import Home
from nba_pipeline.jobs.ranges import RangeConfig
from nba_pipeline.markup import markdown
from nba_pipeline.operations.clean_backfill import CleanBackfill, examination, stored_season
from nba_pipeline.operations.clean_evidence import LAST_STEP, STEPS, Step, StepResult, request
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.ten_checks import post_backfill_validation
from nba_pipeline.warehouse.seam import Warehouse

_WHERE_IT_STOPPED = -1


class CleanBackfillConfig(RangeConfig):
    """What to delete and compute again; a dry run unless it is confirmed."""

    window: str = Field("first_four_weeks", description=f"A named window, {' or '.join(WINDOWS)}; or leave it empty.")
    confirm: str = Field("", description="The season's label once more: what is deleted is meant.")
    dry_run: bool = Field(default=True, description="Only say what would be deleted and computed.")
    from_step: int = Field(
        _WHERE_IT_STOPPED, description="-1 goes on where an unfinished one stopped, 0 starts over, else the step."
    )
    scope: str = Field("seed", description="seed: the seven tables of the original plan; full: all ten.")
    all_failures: bool = Field(default=False, description="Clear the failure records of every season.")
    delete_season: bool = Field(default=False, description="Delete the whole season, compute only the dates again.")


#: Makes the pre-flight examination of a home, for the run with the given id.
Examination = Callable[[dg.Definitions, dg.DagsterInstance, Warehouse, Home, str], Callable[[DateRange], Report]]


def clean_backfill_job(examining: Examination = examination) -> dg.JobDefinition:
    """Fifteen ops in order; each does nothing when its step has passed already."""
    ops = [_op(step, examining) for step in STEPS]

    @dg.config_mapping
    def shared(val: CleanBackfillConfig) -> Mapping[str, Any]:
        given = {name: getattr(val, name) for name in CleanBackfillConfig.model_fields}
        return {"ops": {op.name: {"config": given} for op in ops}}

    @dg.job(
        name="clean_backfill",
        description="Delete derived rows of a window or season and compute them again, in fifteen steps with evidence.",
        config=shared,
        executor_def=dg.in_process_executor,
    )
    def clean_backfill() -> None:
        done = ops[0]()
        for op in ops[1:]:
            done = op(done)

    return clean_backfill


def _op(step: Step, examining: Examination) -> dg.OpDefinition:
    @dg.op(
        name=f"step_{step.number:02d}_{step.name}",
        description=step.title,
        ins={"after": dg.In(dg.Nothing)} if step.number else {},
        out=dg.Out(dg.Nothing),
        pool=POOL,
    )
    def run_step(
        context: dg.OpExecutionContext, config: CleanBackfillConfig, pipeline: PipelineResource, definitions: Code
    ) -> None:
        with ends_the_step():
            _run(context, step, _clean_backfill(context, config, pipeline, definitions, examining), config)

    return run_step


def _run(context: dg.OpExecutionContext, step: Step, clean: CleanBackfill, config: CleanBackfillConfig) -> None:
    if config.dry_run:
        if step.number == 0:
            lines = clean.plan().lines
            context.log.info("\n".join(lines))
            context.add_output_metadata(
                {"plan": dg.MetadataValue.md("\n".join(f"- {markdown(line)}" for line in lines))}
            )
        return
    if step.number == 0:
        clean.require(config.confirm)
        clean.begin(None if config.from_step == _WHERE_IT_STOPPED else config.from_step)
    result = clean.run_step(step.number)
    metadata = _metadata(clean, result)
    if not result.passed:
        raise dg.Failure(description=result.summary, metadata=metadata, allow_retries=False)
    context.log.info(result.summary)
    context.add_output_metadata(metadata)


def _clean_backfill(
    context: dg.OpExecutionContext,
    config: CleanBackfillConfig,
    pipeline: PipelineResource,
    definitions: dg.Definitions,
    examining: Examination,
) -> CleanBackfill:
    warehouse, home, instance = pipeline.warehouse(), pipeline.folder(), context.instance
    dates = config.dates()
    if config.season:
        dates = stored_season(warehouse, season(config.season))
    wanted = request(
        dates,
        name="season" if config.season else config.window,
        scope=config.scope,
        all_failures=config.all_failures,
        delete_season=config.delete_season,
    )
    return CleanBackfill(
        wanted,
        home,
        definitions,
        instance,
        warehouse,
        examine=examining(definitions, instance, warehouse, home, context.run_id),
        validate=lambda range_: post_backfill_validation(warehouse, instance, range_),
        own_run=context.run_id,
    )


def _metadata(clean: CleanBackfill, result: StepResult) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "summary": dg.MetadataValue.text(result.summary),
        "evidence": dg.MetadataValue.path(str(clean.evidence.folder)),
        "seconds": dg.MetadataValue.float(round((result.ended_at - result.started_at).total_seconds(), 1)),
    }
    if result.number == LAST_STEP:
        metadata["report"] = dg.MetadataValue.md(clean.evidence.report.read_text(encoding="utf-8"))
    return metadata
