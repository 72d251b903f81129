"""Asset jobs of the stages, for the UI and schedules: which tables one stage computes and the tags its runs carry.

Stages that must run in an order, behind gates or slate by slate, are op jobs in ``orchestration``.
"""

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from nba_pipeline.contract.catalog import phase_tables, runnable_contracts
from nba_pipeline.keys import asset_key, backfill_job, gate_key
from nba_pipeline.phases import PHASES, Phase
from nba_pipeline.switches import STAGED

#: Raw files are read once more when reading them failed.
ONCE_MORE = dg.RetryPolicy(max_retries=1, delay=5)


def asset_jobs() -> list[UnresolvedAssetJobDefinition]:
    """``stage1_raw``, ``phase3_backfill``, and for a phase with levels a job per level such as ``phase4_level1``.

    The level jobs hold the gate of the phase before, so that none of their tables is computed when it fails; a
    ``nba_pipeline/gate_override_reason`` tag overrides it.
    """
    return [job for phase in PHASES.values() for job in _of_phase(phase)]


def _of_phase(phase: Phase) -> Iterator[UnresolvedAssetJobDefinition]:
    gate = gate_key(phase.number)
    before = [gate_key(phase.behind)] if phase.behind else []
    levels: dict[str | None, list[dg.AssetKey]] = {}
    for table in phase_tables(phase.number):
        levels.setdefault(table.level, []).append(asset_key(table.name))
    for level, keys in levels.items():
        name = backfill_job(phase.number, level)
        if phase.is_source:
            yield _job(
                "stage1_raw",
                [*keys, *_reference(), gate],
                "Every raw source, what is derived from them for everybody, and their gate; a failed step is retried "
                "once.",
                ONCE_MORE,
            )
        elif level:
            yield _job(name, [*before, *keys], f"{phase.title.capitalize()} of {level}, behind the gate.")
        else:
            yield _job(name, [*before, *keys, gate], f"The {phase.title} and their gate.")


def _reference() -> list[dg.AssetKey]:
    return [asset_key(name) for name, table in runnable_contracts().items() if table.dataset == "nba_reference"]


def _job(
    name: str, keys: list[dg.AssetKey], description: str, retry: dg.RetryPolicy | None = None
) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*keys),
        description=description,
        tags=STAGED.tags,
        op_retry_policy=retry,
    )
