"""The code location Dagster loads: assets, checks, sensors and resources. Nothing is computed here."""

import dagster as dg

from nba_pipeline.contract import load_contracts
from nba_pipeline.graph.assets import table_assets
from nba_pipeline.graph.checks import table_checks
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.dead_runs import closes_dead_runs
from nba_pipeline.warehouse.binding import require_documented_columns

require_documented_columns(load_contracts().values())

defs = dg.Definitions(
    assets=table_assets(),
    asset_checks=table_checks(),
    sensors=[closes_dead_runs],
    resources={"pipeline": PipelineResource()},
    executor=dg.in_process_executor,
)
