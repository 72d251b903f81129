"""The jobs ``preflight`` and ``post_backfill_validation``: the examinations of the command line, from the launchpad.

What is examined stands in ``operations.preflight`` and ``operations.ten_checks``; here it is logged and shown.
"""

import dagster as dg
from pydantic import Field

from nba_pipeline.graph.failures import ends_the_step
from nba_pipeline.graph.resources import Code, PipelineResource
from nba_pipeline.jobs.ranges import RangeConfig
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.preflight import preflight, schedule_range
from nba_pipeline.operations.ten_checks import post_backfill_validation


class PreflightConfig(RangeConfig):
    """What to examine, all of the schedule when no dates are named, and how thoroughly."""

    quick: bool = Field(default=False, description="Leave out the two dry runs.")


@dg.op(name="preflight_checks", description="Fourteen checks before a backfill; writes nothing.")
def _preflight(
    context: dg.OpExecutionContext, config: PreflightConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    warehouse, home = pipeline.warehouse(), pipeline.folder()
    with ends_the_step():
        dates = schedule_range(warehouse, home) if config.is_empty else config.dates()
    _show(context, preflight(definitions, warehouse, context.instance, dates, quick=config.quick, home=home))


@dg.op(name="post_backfill_checks", description="Ten checks of what a backfill left in the ten tables.")
def _post_backfill(context: dg.OpExecutionContext, config: RangeConfig, pipeline: PipelineResource) -> None:
    warehouse = pipeline.warehouse()
    with ends_the_step():
        dates = schedule_range(warehouse, pipeline.folder()) if config.is_empty else config.dates()
    _show(context, post_backfill_validation(warehouse, context.instance, dates))


@dg.job(name="preflight", description="Whether a backfill of a range can start.")
def preflight_job() -> None:
    _preflight()


@dg.job(name="post_backfill_validation", description="Whether the rows of a backfilled range can be used.")
def post_backfill_validation_job() -> None:
    _post_backfill()


def validation_jobs() -> list[dg.JobDefinition]:
    """Both jobs, for the code location."""
    return [preflight_job, post_backfill_validation_job]


def _show(context: dg.OpExecutionContext, report: Report) -> None:
    """Log every line, keep the report with the run, fail the run when something critical failed."""
    for finding in report.all_findings:
        say = context.log.error if finding.blocks else context.log.warning if finding.warns else context.log.info
        say(finding.line)
    context.log.info(report.total)
    metadata = {"report": dg.MetadataValue.md(report.markdown), "exit_code": report.exit_code}
    if report.exit_code == 1:
        raise dg.Failure(description=report.total, metadata=metadata, allow_retries=False)
    context.add_output_metadata(metadata)
