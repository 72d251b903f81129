"""The morning's schedules, New York time: yesterday's results at 06:30, the validation of the last month at 08:00.

Both are off until switched on. What a job does is said where the job is; the predictions clock is in
``predictions_clock``.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from nba_pipeline.calendar import EPOCH, TIMEZONE
from nba_pipeline.contract.catalog import runnable_contracts
from nba_pipeline.jobs.validation import post_backfill_validation_job
from nba_pipeline.keys import asset_key, gate_key
from nba_pipeline.phases import ANALYTICS, SOURCES

VALIDATED_DAYS = 30
_DATASETS = frozenset({"nba_raw", "nba_reference", "nba_analytics"})

results_of_a_day = dg.define_asset_job(
    "results_of_a_day",
    selection=dg.AssetSelection.assets(
        *(asset_key(name) for name, one in runnable_contracts().items() if one.dataset in _DATASETS and one.partition),
        gate_key(SOURCES.number),
        gate_key(ANALYTICS.number),
    ),
    description="Raw sources, what is derived from them, and the analytics of one date, with both gates.",
)


@dg.schedule(
    job=results_of_a_day,
    cron_schedule="30 6 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Yesterday's results at 06:30 in New York.",
)
def yesterdays_results(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The slate before the Eastern date of the tick, in no backfill: checks block and alerts speak."""
    yesterday = (_today(context) - dt.timedelta(days=1)).isoformat()
    return dg.RunRequest(run_key=yesterday, partition_key=yesterday)


@dg.schedule(
    job=post_backfill_validation_job,
    cron_schedule="0 8 * * *",
    execution_timezone=TIMEZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="The ten validations over the last thirty days at 08:00 in New York.",
)
def validation_of_the_last_month(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The thirty slates before the Eastern date of the tick."""
    today = _today(context)
    first = max(EPOCH, today - dt.timedelta(days=VALIDATED_DAYS))
    config = {"start": first.isoformat(), "end": (today - dt.timedelta(days=1)).isoformat()}
    op = post_backfill_validation_job.nodes[0].name
    return dg.RunRequest(run_key=today.isoformat(), run_config={"ops": {op: {"config": config}}})


def _today(context: dg.ScheduleEvaluationContext) -> dt.date:
    return context.scheduled_execution_time.astimezone(ZoneInfo(TIMEZONE)).date()
