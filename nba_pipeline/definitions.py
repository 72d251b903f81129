"""The code location Dagster loads: assets, checks, jobs, schedules, sensors, resources. Nothing is computed here."""

import dagster as dg

from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.graph.assets import table_assets
from nba_pipeline.graph.automation import links_phases
from nba_pipeline.graph.checks import table_checks
from nba_pipeline.graph.gates import gates
from nba_pipeline.graph.predictions_clock import predictions_clock, predictions_daily, slate_readiness
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.living_runs import closes_dead_runs
from nba_pipeline.jobs.alerts import watches_runs
from nba_pipeline.jobs.clean_backfill import clean_backfill_job
from nba_pipeline.jobs.morning import results_of_a_day, validation_of_the_last_month, yesterdays_results
from nba_pipeline.jobs.names import decide_name, reprocess_resolved, reprocesses_ready_names, resolve_names
from nba_pipeline.jobs.orchestration import operation_jobs
from nba_pipeline.jobs.report import readiness_report
from nba_pipeline.jobs.stages import asset_jobs
from nba_pipeline.jobs.validation import validation_jobs
from nba_pipeline.warehouse.binding import require_documented_columns

require_documented_columns(load_contracts().values())

defs = dg.Definitions(
    assets=[*table_assets(), *gates(), readiness_report, slate_readiness],
    asset_checks=table_checks(),
    jobs=[
        *asset_jobs(),
        *operation_jobs(),
        *validation_jobs(),
        clean_backfill_job(),
        decide_name,
        resolve_names,
        reprocess_resolved,
        results_of_a_day,
        predictions_daily,
    ],
    schedules=[predictions_clock, yesterdays_results, validation_of_the_last_month],
    sensors=[closes_dead_runs, watches_runs, links_phases, reprocesses_ready_names],
    resources={"pipeline": PipelineResource(), "definitions": dg.ResourceDefinition(lambda _: defs)},
    executor=dg.in_process_executor,
)
