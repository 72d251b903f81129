"""The readiness report as an asset: judged over the range of the run, shown in its metadata, written for people."""

import datetime as dt

import dagster as dg

from nba_pipeline.graph.assets import POOL, run_dates
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.keys import DAILY, REPORT_KEY, gate_key
from nba_pipeline.operations.report import overview
from nba_pipeline.phases import PHASES


@dg.asset(
    key=REPORT_KEY,
    deps=[gate_key(phase) for phase in PHASES],
    partitions_def=DAILY,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="gates",
    kinds={"report"},
    owners=["team:data-platform"],
    description="Can Phase 4 run? Can we train? Gates, open violations and a heat map of table by date.",
    pool=POOL,
)
def readiness_report(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """Judge the range of the run and write both files below the home's reports."""
    home = pipeline.folder()
    now = dt.datetime.now(dt.UTC)
    page = overview(pipeline.warehouse(), context.instance, run_dates(context), made_at=now, home=home.root)
    markdown, heat_map = page.write(home.reports)
    context.log.info(page.headline)
    return dg.MaterializeResult(
        metadata={
            "headline": page.headline,
            "origin": page.origin,
            "report": dg.MetadataValue.md(page.markdown),
            "heat_map": dg.MetadataValue.path(str(heat_map)),
            "markdown_file": dg.MetadataValue.path(str(markdown)),
        }
    )
