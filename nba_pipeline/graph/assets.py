"""Assets made from table contracts: one asset per table, one statement per range.

What is uniform is here; what a table computes is in its file below ``models``, what is stored of it in ``publish``.
Checks are in ``checks``.
"""

import datetime as dt
import hashlib

import dagster as dg

from nba_pipeline import inputs
from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import load_contracts, runnable_contracts, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.graph.automation import automation_of
from nba_pipeline.graph.failures import ends_the_step
from nba_pipeline.graph.lineage import column_lineage
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.keys import DAILY, asset_key, gate_key
from nba_pipeline.phases import phase_of
from nba_pipeline.publish import Publication, publish
from nba_pipeline.switches import SwitchConfig, switches_of
from nba_pipeline.validation.defence import defend
from nba_pipeline.warehouse.seam import PartitionProfile, Warehouse

POOL = "warehouse"
#: Datasets whose runs have switches.
SWITCHED = frozenset({"nba_analytics", "nba_precompute", "nba_predictions"})
GROUPS = {
    "nba_raw": "raw",
    "nba_reference": "reference",
    "nba_analytics": "analytics",
    "nba_precompute": "precompute",
    "nba_predictions": "predictions",
    "nba_processing": "processing",
}


def table_assets() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """One asset for every contract of the package."""
    contracts = load_contracts()
    runnable = runnable_contracts()
    return [
        _asset(contract) if contract.name in runnable else _without_run(contract) for contract in contracts.values()
    ]


def run_dates(context: dg.AssetExecutionContext) -> DateRange:
    """The partition range of a run, also for a single partition.

    Raises:
        UsageError: for a reversed range.
    """
    keys = context.partition_key_range
    return DateRange(dt.date.fromisoformat(keys.start), dt.date.fromisoformat(keys.end))


def _asset(contract: TableContract) -> dg.AssetsDefinition:
    definition = dg.asset(
        key=asset_key(contract.name),
        deps=[*(asset_key(name) for name in _declared_upstreams(contract)), *_gates_before(contract)],
        partitions_def=DAILY if contract.partition else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        description=_description(contract),
        group_name=group_of(contract),
        owners=[contract.owner],
        kinds={"duckdb", "sql" if contract.query else "python"},
        tags={"level": contract.level} if contract.level else {},
        metadata=_definition_metadata(contract),
        code_version=hashlib.sha256(contract.path.read_bytes()).hexdigest()[:12],
        automation_condition=automation_of(contract),
        pool=POOL,
    )
    if contract.dataset in SWITCHED:

        @definition
        def materialise(
            context: dg.AssetExecutionContext, config: SwitchConfig, pipeline: PipelineResource
        ) -> dg.MaterializeResult:
            return _materialise(context, contract, pipeline, config)

    else:

        @definition
        def materialise(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult:
            return _materialise(context, contract, pipeline, None)

    return materialise


def _materialise(
    context: dg.AssetExecutionContext, contract: TableContract, pipeline: PipelineResource, config: SwitchConfig | None
) -> dg.MaterializeResult:
    dates = run_dates(context) if contract.partition else None
    defence = None
    with ends_the_step():
        warehouse = pipeline.warehouse()
        switches = switches_of(context.run.tags, config)
        with warehouse.session():
            if contract.guards and dates:
                defence = defend(warehouse, contract, dates, switches, context.log.warning)
            done = publish(warehouse, pipeline.folder().landing, contract, dates, run_id=context.run.run_id)
            if dates:
                _describe_partitions(context, contract, warehouse, done)
    published = done.published
    if dates is None:
        return dg.MaterializeResult(
            metadata={"dagster/row_count": published.rows, "seconds": round(published.seconds, 3)}
        )
    if defence:
        context.log.info(defence)
    context.log.info("%s %s: %s rows in %s s", contract.name, dates, published.rows, round(published.seconds, 3))
    return dg.MaterializeResult()


def _describe_partitions(
    context: dg.AssetExecutionContext, contract: TableContract, warehouse: Warehouse, done: Publication
) -> None:
    dates = run_dates(context)
    origins = inputs.origins(warehouse, dates) if contract.dataset in SWITCHED else {}
    for day in dates.dates():
        profile = done.published.partitions.get(day, PartitionProfile())
        seconds = round(done.published.seconds, 3)
        metadata = _partition_metadata(profile, done.reasons.get(day), done.quarantined.get(day), seconds)
        if day in origins:
            metadata["origin"] = ", ".join(origins[day])
        context.add_asset_metadata(metadata, partition_key=day.isoformat())


def group_of(contract: TableContract) -> str:
    """The group a table is shown in."""
    return "precompute" if contract.level else GROUPS[contract.dataset]


def _without_run(contract: TableContract) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=asset_key(contract.name),
        description=_description(contract),
        group_name=group_of(contract),
        owners=[contract.owner],
        kinds={"duckdb"},
        metadata=_definition_metadata(contract),
        deps=[asset_key(name) for name in _declared_upstreams(contract)],
    )


def _declared_upstreams(contract: TableContract) -> tuple[str, ...]:
    return tuple(name for name in stored_tables(contract.upstreams) if name != contract.name)


def _gates_before(contract: TableContract) -> list[dg.AssetKey]:
    """The gate behind which a table is computed: precompute behind that of the analytics."""
    phase = phase_of(contract.dataset, contract.level)
    return [gate_key(phase.behind)] if phase and phase.behind else []


def _partition_metadata(
    profile: PartitionProfile, reason: str | None, quarantined: int | None, seconds: float
) -> dict[str, object]:
    metadata: dict[str, object] = {"dagster/partition_row_count": profile.rows, "range_seconds": seconds}
    if profile.rows == 0 and reason:
        metadata["reason"] = reason
    if profile.games is not None:
        metadata["games"] = profile.games
    if profile.played_rows is not None:
        metadata["played_rows"] = profile.played_rows
    if quarantined:
        metadata["quarantined_records"] = quarantined
    for column, counts in profile.shares.items():
        metadata[f"share_by_{column}"] = {value: round(count / profile.rows, 4) for value, count in counts.items()}
    return metadata


def _description(contract: TableContract) -> str:
    return f"{contract.description}\n\n**Grain.** {contract.grain}\n\n**Key.** {', '.join(contract.key)}" + (
        f"\n\n**History.** Reads the {contract.history} before each date." if contract.history else ""
    )


def _definition_metadata(contract: TableContract) -> dict[str, object]:
    columns = [
        dg.TableColumn(
            name=column.name,
            type=column.type,
            description=f"{column.description}{f' [{column.unit}]' if column.unit else ''}",
            constraints=dg.TableColumnConstraints(
                nullable=not column.not_null,
                unique=contract.key == (column.name,),
                other=[rule for rule in column.rules.split("; ") if rule and rule != "not null"],
            ),
        )
        for column in contract.columns
    ]
    metadata: dict[str, object] = {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/table_name": contract.name,
        "grain": contract.grain,
        "key": ", ".join(contract.key),
    }
    if contract.cluster:
        metadata["cluster"] = ", ".join(contract.cluster)
    if contract.query:
        metadata["query"] = dg.MetadataValue.md(f"```sql\n{contract.query}\n```")
        metadata["dagster/column_lineage"] = column_lineage(contract)
    return metadata
