"""The launchpad: every field that somebody may fill in says what it is for."""

import pytest

from nba_pipeline.calendar import WINDOWS, season, season_range
from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.jobs.ranges import RangeConfig


def undescribed(place, config_type):
    """Fields without a description, by where they stand."""
    for name, field in (getattr(config_type, "fields", None) or {}).items():
        if not field.description and place:
            yield f"{place}.{name}"
        yield from undescribed(f"{place}.{name}", field.config_type)


def test_every_field_of_a_job_an_asset_and_a_resource_has_a_description():
    repository = defs.get_repository_def()
    lacking, seen = set(), 0
    for job in repository.get_all_jobs():
        configured = {node.definition.name: node.definition for node in job.nodes} | {
            name: one for name, one in job.resource_defs.items() if name == "pipeline"
        }
        for name, one in configured.items():
            if one.has_config_field:
                fields = one.config_schema.config_type
                seen += len(getattr(fields, "fields", {}))
                lacking |= set(undescribed(name, fields))
        if job.config_mapping:
            lacking |= set(undescribed(job.name, job.config_mapping.config_schema.config_type))
    assert seen > 100
    assert lacking == set()


@pytest.mark.parametrize(
    ("given", "dates"),
    [
        ({"start": "2024-01-15", "end": "2024-01-28"}, WINDOWS["smoke"]),
        ({"window": "smoke"}, WINDOWS["smoke"]),
        ({"season": "2021-22"}, season_range(season("2021-22"))),
    ],
    ids=["dates", "window", "season"],
)
def test_a_range_is_named_in_one_of_three_ways(given, dates):
    assert RangeConfig(**given).dates() == dates


@pytest.mark.parametrize("given", [{}, {"start": "2021-11-13"}, {"window": "smoke", "season": "2021-22"}])
def test_no_range_half_a_range_and_two_ranges_are_refused(given):
    with pytest.raises(UsageError):
        RangeConfig(**given).dates()
