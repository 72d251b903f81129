"""The switches of a run, from tags and from config."""

import pytest

from nba_pipeline.errors import UsageError
from nba_pipeline.switches import DEFAULT, SwitchConfig, Switches, switches_of


@pytest.mark.parametrize(
    ("tags", "config", "expected"),
    [
        ({}, None, DEFAULT),
        (
            {"dagster/partition": "2021-11-02", "nba_pipeline/launch": "1.5", "nba_pipeline/host": "here 1a2b3c4d"},
            None,
            DEFAULT,
        ),
        ({"nba_pipeline/backfill_mode": "true"}, None, Switches(backfill_mode=True)),
        ({"nba_pipeline/strict_mode": "False"}, None, Switches(strict_mode=False)),
        ({}, SwitchConfig(strict_mode=False, skip_downstream_trigger=True), Switches(False, True, False)),
        (
            {"nba_pipeline/gate_override_reason": "league lost the box score"},
            SwitchConfig(backfill_mode=True),
            Switches(backfill_mode=True, gate_override_reason="league lost the box score"),
        ),
    ],
)
def test_tags_and_config_say_the_same(tags, config, expected):
    assert switches_of(tags, config) == expected


@pytest.mark.parametrize("name", ["back_fill_mode", "isBackfill", "backfillMode", "is_back_fill"])
def test_a_misspelled_switch_is_refused(name):
    with pytest.raises(
        UsageError, match=f"Unknown run tag nba_pipeline/{name}: write one of nba_pipeline/backfill_mode"
    ):
        switches_of({f"nba_pipeline/{name}": "true"})


def test_a_gate_is_not_overridden_by_blanks():
    with pytest.raises(UsageError, match="say in words why the gate is overridden"):
        switches_of({"nba_pipeline/gate_override_reason": "  "})


def test_a_value_that_is_no_boolean_is_refused():
    with pytest.raises(UsageError, match=r"nba_pipeline/strict_mode is 'off': write true or false"):
        switches_of({"nba_pipeline/strict_mode": "off"})


def test_tags_read_back_as_the_switches_that_made_them():
    switches = Switches(
        backfill_mode=True, skip_downstream_trigger=True, strict_mode=False, gate_override_reason="known outage"
    )
    assert switches_of(switches.tags) == switches
    assert DEFAULT.tags == {}
