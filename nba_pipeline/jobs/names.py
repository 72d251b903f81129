"""Jobs and the sensor of names the registry did not know: decide, resolve those known by now, rebuild their dates.

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
from nba_pipeline.operations import name_decisions, names_registry
from nba_pipeline.switches import Switches

#: On a run that the sensor asked for: the set of ready rows it is for.
READY_ROWS_TAG = "nba_pipeline/ready_rows"
MOST_ATTEMPTS = 3


class ResolveConfig(dg.Config):
    """What ``nba-pipeline registry resolve`` takes."""

    dry_run: bool = Field(default=True, description="Only say what would be marked.")


class ReprocessConfig(dg.Config):
    """What ``nba-pipeline registry reprocess`` takes."""

    dry_run: bool = Field(default=True, description="Only say what would be rebuilt.")
    analytics_only: bool = Field(default=False, description="Leave what stands on the analytics tables to a later run.")


class DecisionConfig(dg.Config):
    """What ``nba-pipeline registry alias add`` and ``registry person add`` take."""

    spelling: str = Field(default="", description="A feed's spelling of a name; empty when a person is added.")
    means: str = Field(default="", description="The registry's name of the person that the spelling means.")
    new_person: str = Field(default="", description="Full name of a person the registry does not know.")
    nba_player_id: int = Field(default=0, description="The new person's id at the league; 0 when unknown.")
    reason: str = Field(description="Why; kept with the decision.")
    decided_by: str = Field(description="Who decides; kept with the decision.")


@dg.op
def decide_about_name(
    context: dg.OpExecutionContext, config: DecisionConfig, pipeline: PipelineResource, definitions: Code
) -> None:
    """Land a spelling or a person, read the registry again, and mark the names that are known now."""
    with ends_the_step():
        warehouse, root, now = pipeline.warehouse(), pipeline.folder().landing, dt.datetime.now(dt.UTC)
        names = name_decisions.known_names(warehouse)
        trace = name_decisions.Trace(config.decided_by, config.reason, now)
        if config.new_person:
            nba_id = config.nba_player_id or None
            name_decisions.add_person(names, root, config.new_person, trace, nba_player_id=nba_id)
        if config.spelling or not config.new_person:
            name_decisions.add_alias(names, root, config.spelling, config.means or config.new_person, trace)
        names_registry.read_again(definitions, context.instance, now)
        known = names_registry.mark_known(warehouse, now=now)
    context.log.info("%s names are ready: %s", len(known), ", ".join(one.player_lookup for one in known))


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
def decide_name() -> None:
    """Say whom a spelling means, or who a new person is."""
    decide_about_name()


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
def reprocesses_ready_names(
    context: dg.SensorEvaluationContext, pipeline: PipelineResource
) -> dg.RunRequest | dg.SkipReason:
    """One run for each new set of ready rows, asked for again while it fails; pending names known by now count."""
    warehouse = pipeline.warehouse()
    try:
        names_registry.mark_known(warehouse, now=dt.datetime.now(dt.UTC))
        rows = ready_rows(warehouse)
    except WarehouseBusyError as error:
        return dg.SkipReason(str(error))
    if not rows:
        return dg.SkipReason("No name is ready.")
    stated = "\n".join(sorted(f"{row['player_lookup']} {row['game_date']} {row['resolved_at']}" for row in rows))
    digest = hashlib.sha256(stated.encode()).hexdigest()
    earlier = context.instance.get_runs(dg.RunsFilter(tags={READY_ROWS_TAG: digest}))
    ended = [run for run in earlier if run.is_finished]
    if len(ended) < len(earlier):
        return dg.SkipReason("A run is rebuilding the dates of the ready names.")
    if any(run.is_success for run in ended) or len(ended) >= MOST_ATTEMPTS:
        return dg.SkipReason(f"{len(rows)} rows stay ready: nba-pipeline registry reprocess says why.")
    return dg.RunRequest(
        run_key=f"{digest} {len(ended)}",
        tags={READY_ROWS_TAG: digest},
        run_config={"ops": {"reprocess_ready": {"config": {"dry_run": False}}}},
    )


def _dry(dry_run: bool) -> str:
    return "; dry run, nothing was changed" if dry_run else ""
