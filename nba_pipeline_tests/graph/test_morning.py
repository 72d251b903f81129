"""The morning's schedules on both changes of the clocks, and the sensor of names that became known."""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from nba_pipeline.definitions import defs
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.morning import validation_of_the_last_month, yesterdays_results
from nba_pipeline.jobs.names import reprocesses_ready_names
from nba_pipeline_tests.conftest import spoil

NEW_YORK = ZoneInfo("America/New_York")
FAILURES = "nba_processing.registry_failures"


def tick(schedule, moment):
    """What one schedule asks for at a moment, as Dagster evaluates it."""
    context = dg.build_schedule_context(
        scheduled_execution_time=moment.astimezone(dt.UTC), repository_def=defs.get_repository_def()
    )
    (request,) = schedule.evaluate_tick(context).run_requests
    return request


@pytest.mark.parametrize(("month", "day"), [(11, 7), (3, 13), (1, 15)])
def test_half_past_six_asks_for_yesterday_in_summer_and_winter(month, day):
    morning = dt.datetime(2022 if month < 10 else 2021, month, day, 6, 30, tzinfo=NEW_YORK)
    request = tick(yesterdays_results, morning)
    assert request.partition_key == (morning.date() - dt.timedelta(days=1)).isoformat()


def test_eight_validates_the_thirty_slates_before_today():
    request = tick(validation_of_the_last_month, dt.datetime(2021, 12, 20, 8, tzinfo=NEW_YORK))
    ((_, op),) = request.run_config["ops"].items()
    assert op["config"] == {"start": "2021-11-20", "end": "2021-12-19"}
    assert defs.resolve_job_def("post_backfill_validation").nodes[0].name in request.run_config["ops"]


def asked(home):
    resources = {"pipeline": PipelineResource(home=str(home.root))}
    with open_instance(home.root) as instance, dg.build_sensor_context(instance, resources=resources) as context:
        return reprocesses_ready_names(context)


def test_a_name_that_became_known_is_asked_for_once(copied):
    spoil(copied, f"update {FAILURES} set resolved_at = null, reprocessed_at = null")
    assert isinstance(asked(copied), dg.SkipReason)
    spoil(copied, f"update {FAILURES} set resolved_at = timestamp '2021-11-05 12:00:00'")
    first = asked(copied)
    assert isinstance(first, dg.RunRequest)
    assert first.run_config["ops"]["reprocess_ready"]["config"] == {"dry_run": False}
    assert asked(copied).run_key == first.run_key
    spoil(copied, f"update {FAILURES} set reprocessed_at = timestamp '2021-11-05 13:00:00'")
    assert isinstance(asked(copied), dg.SkipReason)
