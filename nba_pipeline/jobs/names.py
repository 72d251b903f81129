"""Jobs and the sensor of names the registry did not know: resolve those known by now, rebuild the dates that met them.

What resolving and rebuilding mean is in ``operations.names_registry``.
"""

import datetime as dt
import hashlib

import dagster as dg
from pydantic import Field

from nba_pipeline.completeness.unknown_names import ready_rows
from nba_pipeline.errors import WarehouseBusyError
from nba_pipeline.graph.failures import ends_the_step
from nba_pipeline.graph.resources import Code, PipelineResource
from nba_pipeline.operations import names_registry
from nba_pipeline.switches import Switches


class ResolveConfig(dg.Config):
    """What ``nba-pipeline registry resolve`` takes."""

    dry_run: bool = Field(default=True, description="Only say what would be marked.")


class ReprocessConfig(dg.Config):
    """What ``nba-pipeline registry reprocess`` takes."""

    dry_run: bool = Field(default=True, description="Only say what would be rebuilt.")
    analytics_only: bool = Field(default=False, description="Leave what stands on the analytics tables to a later run.")


@dg.op
def resolve_pending(context: dg.OpExecutionContext, config: ResolveConfig, pipeline: PipelineResource) -> None:
    """Mark pending rows whose name is known by now; the others are listed for a reviewer."""
    file = pipeline.folder().reports / "names_to_review.csv"
    found = names_registry.resolve(
        pipeline.warehouse(), now=dt.datetime.now(dt.UTC), dry_run=config.dry_run, review_file=file
    )
    for one in found.resolved:
        context.log.info("%s is %s (%s), %s rows", one.player_lookup, one.canonical_lookup, one.method, one.records)
    for name in found.review:
        context.log.info("%s is pending since %s, %s rows", name.player_lookup, name.first_date, name.records)
    context.log.info("%s resolved, %s to review%s", len(found.resolved), len(found.review), _dry(config.dry_run))


@dg.op
def reprocess_ready(
    context: dg.OpExecutionContext, config: ReprocessConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """Rebuild the dates of the ready rows and everything that used them; rows are stamped where that succeeded."""
    with ends_the_step():
        done = names_registry.reprocess(
            definitions,
            context.instance,
            pipeline.warehouse(),
            now=dt.datetime.now(dt.UTC),
            dry_run=config.dry_run,
            analytics_only=config.analytics_only,
            switches=Switches(skip_downstream_trigger=True),
        )
    context.log.info("%s ready rows, %s, %s%s", len(done.ready), done.dates, ", ".join(done.tables), _dry(done.dry_run))
    if done.rebuilt and done.rebuilt.failed:
        failed = "; ".join(f"{day}: {why}" for day, why in done.rebuilt.failed.items())
        raise dg.Failure(
            f"{done.completed} rows complete, {done.still_ready} stay ready. {failed}", allow_retries=False
        )


@dg.job
def resolve_names() -> None:
    """Mark names that the registry or an alias knows by now; dry run unless configured otherwise."""
    resolve_pending()


@dg.job
def reprocess_resolved() -> None:
    """Rebuild what was computed without a name that is known now; dry run unless configured otherwise."""
    reprocess_ready()


@dg.sensor(
    job=reprocess_resolved,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Rebuilds the dates of players whose name has become known. Off until somebody switches it on.",
)
def reprocesses_ready_names(pipeline: PipelineResource) -> dg.RunRequest | dg.SkipReason:
    """One request for each new set of ready rows; what stays ready after it is not tried again by itself."""
    try:
        rows = ready_rows(pipeline.warehouse())
    except WarehouseBusyError as error:
        return dg.SkipReason(str(error))
    if not rows:
        return dg.SkipReason("No name is ready.")
    stated = "\n".join(sorted(f"{row['player_lookup']} {row['game_date']} {row['resolved_at']}" for row in rows))
    return dg.RunRequest(
        run_key=hashlib.sha256(stated.encode()).hexdigest(),
        run_config={"ops": {"reprocess_ready": {"config": {"dry_run": False}}}},
    )


def _dry(dry_run: bool) -> str:
    return "; dry run, nothing was changed" if dry_run else ""
