"""The sensor that tells people about runs; what it tells, and how often, is decided in ``operations.watching``.

One sensor with a cursor of its own rather than Dagster's run-status sensors: those pass over runs launched by our own
commands, take five runs a tick, and write into the history of every run they look at.
"""

import datetime as dt

import dagster as dg

from nba_pipeline.operations.notifier import notifier_of
from nba_pipeline.operations.watching import watch


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def watches_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Alerts for failed steps, checks and gates, one digest for each backfill, a warning for runs that stand still.

    To the log and ``reports/alerts.log``; to Slack, mail and others when ``NBA_PIPELINE_ALERTS`` names them.
    """
    cursor, sent = watch(context.instance, notifier_of(context.instance), context.cursor, dt.datetime.now(dt.UTC))
    context.update_cursor(cursor)
    return dg.SkipReason(f"Sent: {'; '.join(alert.title for alert in sent)}." if sent else "Nothing to report.")
