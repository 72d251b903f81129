"""Assets made from table contracts: one asset per table, one statement per range.

What is uniform is here; what a table computes is in its file below ``models``. Checks are in ``checks``.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import pyarrow as pa

from nba_pipeline import inputs, reference_data
from nba_pipeline.calendar import DateRange, empty_reason, is_bootstrap
from nba_pipeline.contract import TableContract, load_contracts, runnable_contracts, stored_tables
from nba_pipeline.errors import PipelineError
from nba_pipeline.graph.automation import automation_of
from nba_pipeline.graph.lineage import column_lineage
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.keys import DAILY, asset_key, gate_key
from nba_pipeline.landing import files
from nba_pipeline.phases import phase_of
from nba_pipeline.raw.reader import read
from nba_pipeline.switches import SwitchConfig, switches_of
from nba_pipeline.validation.defence import defend, failure_metadata
from nba_pipeline.warehouse.seam import Arrow, PartitionProfile, Published, Query, Stage, range_parameters

POOL = "warehouse"
PACKAGED = "reference:"
QUARANTINE = "nba_raw.quarantine"
#: Datasets whose runs have switches.
SWITCHED = frozenset({"nba_analytics", "nba_precompute", "nba_predictions"})
SPINE = "nba_reference.dim_game"
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
    try:
        switches = switches_of(context.run.tags, config)
        with pipeline.warehouse().session():
            if contract.guards and dates:
                defence = defend(pipeline.warehouse(), contract, dates, switches, context.log.warning)
            published, quarantined = _publish(context, contract, pipeline, dates)
            if dates:
                _describe_partitions(context, contract, pipeline, published, quarantined)
    except PipelineError as error:
        raise dg.Failure(description=str(error), metadata=failure_metadata(error), allow_retries=False) from error
    if dates is None:
        return dg.MaterializeResult(
            metadata={"dagster/row_count": published.rows, "seconds": round(published.seconds, 3)}
        )
    if defence:
        context.log.info(defence)
    context.log.info("%s %s: %s rows in %s s", contract.name, dates, published.rows, round(published.seconds, 3))
    return dg.MaterializeResult()


def _describe_partitions(
    context: dg.AssetExecutionContext,
    contract: TableContract,
    pipeline: PipelineResource,
    published: Published,
    quarantined: Mapping[dt.date, int],
) -> None:
    dates = run_dates(context)
    reasons = _reasons(contract, pipeline, dates) if len(published.partitions) < len(dates) else {}
    origins = inputs.origins(pipeline.warehouse(), dates) if contract.dataset in SWITCHED else {}
    for day in dates.dates():
        profile = published.partitions.get(day, PartitionProfile())
        metadata = _partition_metadata(profile, reasons.get(day), quarantined.get(day), round(published.seconds, 3))
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


def _publish(
    context: dg.AssetExecutionContext,
    contract: TableContract,
    pipeline: PipelineResource,
    dates: DateRange | None,
) -> tuple[Published, Mapping[dt.date, int]]:
    """Publish the range and say how many records of each date went to quarantine."""
    warehouse = pipeline.warehouse()
    if contract.query:
        parameters = range_parameters(dates)
        reasons = _reasons(contract, pipeline, dates)
        built_from = inputs.of_upstreams(contract, dates, inputs.recorded(warehouse, dates)[0]) if dates else {}
        stages = [Stage(contract, Query(contract.query, parameters), dates, reasons=reasons, built_from=built_from)]
        if contract.misses:
            stages.append(_misses(context, contract, dates))
        return warehouse.publish(stages), {}
    if contract.source and contract.source.startswith(PACKAGED):
        rows = reference_data.table(contract.source.removeprefix(PACKAGED))
        return warehouse.publish([Stage(contract, Arrow([rows]), None)]), {}
    return _publish_landing(contract, pipeline, dates)


def _misses(context: dg.AssetExecutionContext, contract: TableContract, dates: DateRange | None) -> Stage:
    failures = load_contracts()[contract.misses or ""]
    parameters = {
        **range_parameters(dates),
        "processor_name": contract.table,
        "run_id": context.run.run_id,
        "run_at": dt.datetime.now(dt.UTC),
    }
    scope = {"processor_name": contract.table}
    return Stage(failures, Query(failures.query or "", parameters), dates, scope=scope)


def _publish_landing(
    contract: TableContract, pipeline: PipelineResource, dates: DateRange | None
) -> tuple[Published, Mapping[dt.date, int]]:
    """Read landing files into a raw table, its quarantine beside it in the same transaction."""
    quarantine: list[pa.Table] = []

    def rows() -> Iterator[pa.Table]:
        for batch in read(contract, pipeline.folder().landing, dates):
            quarantine.append(batch.quarantine)
            yield batch.rows

    # Taken before the files are read: one that lands meanwhile makes the partition stale, never silently current.
    source = contract.source or ""
    built_from = inputs.of_files(pipeline.folder().landing, source, dates) if dates else {}
    reasons = _reasons(contract, pipeline, dates)
    stages = [Stage(contract, Arrow(rows()), dates, reasons=reasons, built_from=built_from)]
    quarantine_table = load_contracts()[QUARANTINE]
    stages.append(Stage(quarantine_table, Arrow(quarantine), dates, scope={"table_name": contract.name}))
    published = pipeline.warehouse().publish(stages)
    return published, _records_by_date(quarantine)


def _records_by_date(quarantine: Sequence[pa.Table]) -> Mapping[dt.date, int]:
    counts: dict[dt.date, set[tuple[str, int]]] = {}
    for chunk in quarantine:
        for row in chunk.select(["landing_date", "source_file", "record_number"]).to_pylist():
            counts.setdefault(row["landing_date"], set()).add((row["source_file"], row["record_number"]))
    return {day: len(records) for day, records in counts.items()}


def _reasons(contract: TableContract, pipeline: PipelineResource, dates: DateRange | None) -> Mapping[dt.date, str]:
    """Why each date would be empty, should it turn out to be."""
    if dates is None:
        return {}
    if contract.source:
        landed = {file.date for file in files(pipeline.folder().landing, contract.source, dates.start, dates.end)}
        is_schedule = contract.table == "nbac_schedule"
        return {day: _landing_reason(day, landed=day in landed, is_schedule=is_schedule) for day in dates.dates()}
    spine = "nba_raw.nbac_schedule" if contract.name == SPINE else SPINE
    status = pipeline.warehouse().read(
        "select partition_date, row_count, reason from nba_processing.partition_status "
        "where table_name = @spine and partition_date between @start_date and @end_date",
        {"spine": spine, "start_date": dates.start, "end_date": dates.end},
    )
    known = {row["partition_date"]: row for row in status.to_pylist()}
    return {
        day: "bootstrap"
        if contract.empty_in_bootstrap and is_bootstrap(day)
        else _derived_reason(known.get(day), is_spine=contract.name == SPINE)
        for day in dates.dates()
    }


def _landing_reason(day: dt.date, *, landed: bool, is_schedule: bool) -> str:
    """An empty raw partition: the calendar's reason when it has one, else a gap."""
    expected = empty_reason(day)
    if expected != "no_games":
        return expected
    if not landed:
        return "no_landing_file"
    return "no_games" if is_schedule else "no_readable_rows"


def _derived_reason(status: Mapping[str, object] | None, *, is_spine: bool) -> str:
    """An empty derived partition: what the schedule says of the date."""
    if status is None:
        return "source_missing"
    if status["row_count"]:
        return "no_games" if is_spine else "source_missing"
    return str(status["reason"] or "source_missing")


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
