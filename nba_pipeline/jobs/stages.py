"""Asset jobs of the stages, for the UI and schedules: which tables one stage computes and the tags its runs carry.

Stages that must run in an order, behind gates or slate by slate, are op jobs in ``orchestration``.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from nba_pipeline.contract import runnable_contracts
from nba_pipeline.keys import asset_key, gate_key
from nba_pipeline.switches import STAGED
from nba_pipeline.validation.coverage import phase_tables

#: Raw files are read once more when reading them failed.
ONCE_MORE = dg.RetryPolicy(max_retries=1, delay=5)


def asset_jobs() -> list[UnresolvedAssetJobDefinition]:
    """``stage1_raw``, ``phase3_backfill`` and one ``phase4_level`` job per level.

    The level jobs hold the gate of the analytics, so that none of their tables is computed when it fails; a
    ``nba_pipeline/gate_override_reason`` tag overrides it.
    """
    levels: dict[str, list[dg.AssetKey]] = {}
    for table in phase_tables(4):
        levels.setdefault(table.level or "", [gate_key(3)]).append(asset_key(table.name))
    return [
        _job(
            "stage1_raw",
            [*_keys(2), *_reference(), gate_key(2)],
            "Every raw source, what is derived from them for everybody, and their gate; a failed step is retried once.",
            ONCE_MORE,
        ),
        _job("phase3_backfill", [*_keys(3), gate_key(3)], "The analytics tables and their gate."),
        *(
            _job(f"phase4_level{level.removeprefix('L')}", keys, f"Precompute tables of {level}, behind the gate.")
            for level, keys in levels.items()
        ),
    ]


def _reference() -> list[dg.AssetKey]:
    return [asset_key(name) for name, table in runnable_contracts().items() if table.dataset == "nba_reference"]


def _keys(phase: int) -> list[dg.AssetKey]:
    return [asset_key(table.name) for table in phase_tables(phase)]


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
