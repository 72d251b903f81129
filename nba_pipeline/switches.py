"""The switches of a run: how loud it is, what may follow it, whether a broken look-back stops it. None changes a row.

Given as run tags (``nba_pipeline/<name>``) or as config of an asset; either is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from pydantic import Field

from nba_pipeline.errors import UsageError
from nba_pipeline.instance.living_runs import HOST_TAG
from nba_pipeline.keys import BACKFILL_TAG, PREFIX

_BOOLEANS = {"true": True, "false": False}
_NAMES = ("backfill_mode", "skip_downstream_trigger", "strict_mode", "gate_override_reason")
#: Tags below the prefix that are no switches; runs of older versions, which may be repeated, say who launched them.
_OTHER_TAGS = frozenset({HOST_TAG.removeprefix(PREFIX), BACKFILL_TAG.removeprefix(PREFIX), "launch"})


class SwitchConfig(dg.Config):
    """Config of every analytics and precompute asset, and of jobs that launch runs of them."""

    backfill_mode: bool = Field(
        default=False, description="Quiet alerts; a broken look-back is reported, not blocking."
    )
    skip_downstream_trigger: bool = Field(
        default=False, description="Nothing downstream launches by itself after this run."
    )
    strict_mode: bool = Field(default=True, description="False: a broken look-back is reported, not blocking.")
    gate_override_reason: str = Field(
        default="", description="Why a failed gate is overridden; kept with the run. Empty: it is not."
    )

    def switches(self) -> "Switches":
        """The same as switches."""
        return Switches(self.backfill_mode, self.skip_downstream_trigger, self.strict_mode, self.gate_override_reason)


@dataclass(frozen=True)
class Switches:
    """The switches in force for one run.

    Raises:
        UsageError: for a reason of blanks.
    """

    backfill_mode: bool = False
    skip_downstream_trigger: bool = False
    strict_mode: bool = True
    gate_override_reason: str = ""

    def __post_init__(self) -> None:
        if self.gate_override_reason and not self.gate_override_reason.strip():
            raise UsageError("The gate override reason is blank: say in words why the gate is overridden.")

    @property
    def tags(self) -> dict[str, str]:
        """Run tags that say the same, without those at their default."""
        stated = {
            "backfill_mode": "true" if self.backfill_mode else "",
            "skip_downstream_trigger": "true" if self.skip_downstream_trigger else "",
            "strict_mode": "" if self.strict_mode else "false",
            "gate_override_reason": self.gate_override_reason,
        }
        return {f"{PREFIX}{name}": value for name, value in stated.items() if value}


DEFAULT = Switches()
#: What every run of a staged backfill carries: quiet alerts, and nothing downstream launches by itself.
STAGED = Switches(backfill_mode=True, skip_downstream_trigger=True)


def switches_of(tags: Mapping[str, str], config: SwitchConfig | None = None) -> Switches:
    """The switches a run was launched with.

    Raises:
        UsageError: for a tag below ``nba_pipeline/`` that is no switch, or a value that is not true or false.
    """
    stated = {name.removeprefix(PREFIX): value for name, value in tags.items() if name.startswith(PREFIX)}
    for name in stated.keys() - _OTHER_TAGS:
        if name not in _NAMES:
            raise UsageError(
                f"Unknown run tag {PREFIX}{name}: write one of {', '.join(PREFIX + one for one in _NAMES)}."
            )
    given = config or SwitchConfig()
    return Switches(
        backfill_mode=_boolean(stated, "backfill_mode", default=False) or given.backfill_mode,
        skip_downstream_trigger=_boolean(stated, "skip_downstream_trigger", default=False)
        or given.skip_downstream_trigger,
        strict_mode=_boolean(stated, "strict_mode", default=True) and given.strict_mode,
        gate_override_reason=stated.get("gate_override_reason", "") or given.gate_override_reason,
    )


def run_says(run: dg.DagsterRun, name: str, step: str = "") -> bool:
    """Whether a switch of a run is on, by its tag or by the config of a step; of any step unless one is given."""
    config: Any = run.run_config
    configs = config.get("ops") or {}
    given = [configs.get(step)] if step else configs.values()
    by_tag = run.tags.get(f"{PREFIX}{name}", "").lower() == "true"
    return by_tag or any(((op or {}).get("config") or {}).get(name) is True for op in given)


def _boolean(stated: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = stated.get(name)
    if text is None:
        return default
    if text.lower() not in _BOOLEANS:
        raise UsageError(f"Run tag {PREFIX}{name} is {text!r}: write true or false.")
    return _BOOLEANS[text.lower()]
