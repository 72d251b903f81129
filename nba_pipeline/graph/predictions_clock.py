"""The clock of the predictions: every day at 06:15 in New York, whatever else runs, on a pool of its own.

What a prediction is, is not said here: until a model makes any, the run says whether today's slate could be predicted.
"""

from zoneinfo import ZoneInfo

import dagster as dg

from nba_pipeline.calendar import TIMEZONE
from nba_pipeline.completeness.slates import CONTEXT, FEATURES, PLAYER_SHARE, slates
from nba_pipeline.document import shortened
from nba_pipeline.graph.assets import run_dates
from nba_pipeline.graph.failures import ends_the_step
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.keys import DAILY, asset_key

POOL = "predictions"
SLATE_READINESS = asset_key("nba_predictions.slate_readiness")
READY = "slate_is_ready_for_predictions"


@dg.asset(
    key=SLATE_READINESS,
    deps=[asset_key(CONTEXT), asset_key(FEATURES)],
    partitions_def=DAILY,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="predictions",
    kinds={"report"},
    owners=["team:data-platform"],
    description="Whether a slate can be predicted: games, players, features, lines, what is lacking. Stores no rows.",
    check_specs=[
        dg.AssetCheckSpec(
            READY,
            asset=SLATE_READINESS,
            blocking=False,
            description=(
                "60 % of the listed players have a cache and a shot zone row, both teams of every game a zone defence "
                "row. Bootstrap dates and dates without games are in order."
            ),
            metadata={"player_share": PLAYER_SHARE},
        )
    ],
    # The embedded warehouse may be held for minutes by a statement over seasons.
    retry_policy=dg.RetryPolicy(max_retries=5, delay=60),
    pool=POOL,
)
def slate_readiness(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
    """One date, or every date of a range."""
    with ends_the_step():
        found = slates(pipeline.warehouse(), run_dates(context))
    for slate in found:
        context.add_asset_metadata(slate.metadata, partition_key=slate.date.isoformat())
    lacking = {slate.date.isoformat(): slate.lacking for slate in found if slate.lacking}
    return dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(
                check_name=READY,
                passed=not lacking,
                severity=dg.AssetCheckSeverity.ERROR,
                description=shortened([f"{slate.date} {slate.reason}" for slate in found]),
                metadata={"lacking": lacking, "range": str(run_dates(context))},
            )
        ]
    )


predictions_daily = dg.define_asset_job(
    "predictions_daily",
    selection=dg.AssetSelection.assets(SLATE_READINESS),
    description="The predictions of a slate.",
)


@dg.schedule(
    job=predictions_daily,
    cron_schedule="15 6 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description=(
        "Today's slate at 06:15 in New York, summer and winter. Off until somebody switches it on: in the UI under "
        "Automation, or in the folder of this code with `DAGSTER_HOME=$PWD/.nba_pipeline/dagster dagster schedule "
        "start predictions_clock -w workspace.yaml`; the daemon (`dagster dev`) must run. Runs beside a backfill: its "
        "pool is its own."
    ),
)
def predictions_clock(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Today's slate: the Eastern date of the tick."""
    today = context.scheduled_execution_time.astimezone(ZoneInfo(TIMEZONE)).date().isoformat()
    return dg.RunRequest(run_key=today, partition_key=today)
