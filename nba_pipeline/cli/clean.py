"""Commands that delete and compute again (``clean-backfill``) and that look after unknown names (``registry``)."""

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.calendar import DateRange, season
from nba_pipeline.cli.opening import opened
from nba_pipeline.cli.opening import warehouse as current_warehouse
from nba_pipeline.cli.output import Exit, Json, answer, progress, say
from nba_pipeline.cli.ranges import Named, about_dates
from nba_pipeline.document import Part, Table, Told
from nba_pipeline.home import current_home
from nba_pipeline.markup import one_line

if TYPE_CHECKING:
    from nba_pipeline.operations.clean_evidence import StepResult
    from nba_pipeline.operations.findings import Report
    from nba_pipeline.operations.names_registry import PendingName

app = typer.Typer()
registry = typer.Typer(no_args_is_help=True, help="Names the registry did not know: from pending to complete.")
app.add_typer(registry, name="registry")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@app.command("clean-backfill")
@about_dates()
def clean_backfill(
    named: Named,
    *,
    confirm: Annotated[
        str, typer.Option("--confirm", help="The season's label, 2021-22: delete and compute again.")
    ] = "",
    dry_run: DryRun = False,
    from_step: Annotated[
        int | None, typer.Option("--from-step", min=0, max=14, help="Go on with this step; 0 starts over.")
    ] = None,
    scope: Annotated[
        str, typer.Option("--scope", help="seed: the seven tables of the original plan; full: all ten.")
    ] = "seed",
    all_failures: Annotated[
        bool, typer.Option("--all-failures", help="Clear the failure records of every season.")
    ] = False,
    delete_season: Annotated[
        bool, typer.Option("--delete-season", help="Delete the whole season, compute only the dates again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete derived rows of a range and compute them again, in fifteen steps; only the plan without --confirm."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.clean_backfill import CleanBackfill, examination, stored_season
    from nba_pipeline.operations.clean_evidence import request
    from nba_pipeline.operations.ten_checks import post_backfill_validation

    with opened() as (home, warehouse, instance), _progress("Clean backfill", quiet=as_json or not confirm) as step:
        wanted = request(
            stored_season(warehouse, season(named.season)) if named.season else named.dates,
            name=named.window or ("season" if named.season else ""),
            scope=scope,
            all_failures=all_failures,
            delete_season=delete_season,
        )

        def validate(judged: DateRange) -> "Report":
            return post_backfill_validation(warehouse, instance, judged)

        clean = CleanBackfill(
            wanted,
            home,
            defs,
            instance,
            warehouse,
            examine=examination(defs, instance, warehouse, home),
            validate=validate,
            progress=step,
        )
        if dry_run or not confirm:
            plan = clean.plan()
            answer(
                Told(plan.lines, {"request": wanted.document, "rows": plan.rows, "plan": plan.lines}), as_json=as_json
            )
            return
        results = clean.run(confirm=confirm, from_step=from_step, told=(lambda _: None) if as_json else _tell)
    passed = clean.evidence.is_complete
    document = {"passed": passed, "evidence": str(clean.evidence.folder), "steps": [_step(one) for one in results]}
    code = Exit.PASSED if passed else Exit.BLOCKED
    answer(Told([f"Evidence: {clean.evidence.folder}"], document, code), as_json=as_json)


@registry.command("status")
def registry_status(as_json: Json = False) -> None:
    """Count the unknown names by state."""
    from nba_pipeline.operations.names_registry import status

    found = status(current_warehouse())
    rows = [(one.state, one.label, f"{one.players:,}", f"{one.dates:,}", f"{one.records:,}") for one in found]
    table = Table("Names the registry did not know", ("state", "label", "players", "dates", "rows"), rows)
    answer(Told([table], [asdict(one) for one in found]), as_json=as_json)


@registry.command("pending")
def registry_pending(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many names, those of most dates first.")] = 20,
    as_json: Json = False,
) -> None:
    """List the names nobody knows yet, with similar ones."""
    from nba_pipeline.operations.names_registry import pending

    found = pending(current_warehouse(), limit)
    parts: list[Part] = [_names(found, "Pending names")] if found else ["No name is pending."]
    answer(Told(parts, [asdict(one) for one in found]), as_json=as_json)


@registry.command("resolve")
def registry_resolve(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Mark the names that the registry or an active alias knows by now; list the others for review."""
    from nba_pipeline.operations.names_registry import resolve

    place = current_home().reports / "names_to_review.csv"
    found = resolve(current_warehouse(), now=dt.datetime.now(dt.UTC), dry_run=dry_run, review_file=place)
    verb = "would be ready" if dry_run else "are ready"
    parts: list[Part] = [f"{len(found.resolved)} names {verb} to reprocess, {len(found.review)} need a reviewer."]
    parts += [
        f"  {one_line(one.player_lookup)} = {one.canonical_lookup} ({one.method}), {one.records} rows"
        for one in found.resolved
    ]
    if found.review:
        then = "nba-pipeline materialize nba_players_registry player_aliases --partition-range DATE"
        land = f"Land a player_registry or player_aliases file that knows them, then: {then}"
        parts += [_names(found.review, "To review"), land]
    parts += [f"Written to {found.review_file}"] if found.review_file else []
    answer(Told(parts, asdict(found)), as_json=as_json)


@registry.command("reprocess")
def registry_reprocess(
    *,
    dry_run: DryRun = False,
    analytics_only: Annotated[
        bool, typer.Option("--analytics-only", help="Leave what stands on the analytics tables for later.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compute the dates of the ready names again, and everything that used them."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.names_registry import reprocess

    with opened() as (_, warehouse, instance), _progress("Reprocessing", quiet=as_json or dry_run) as step:
        done = reprocess(
            defs,
            instance,
            warehouse,
            now=dt.datetime.now(dt.UTC),
            dry_run=dry_run,
            analytics_only=analytics_only,
            progress=step,
        )
    failed = dict(done.rebuilt.failed) if done.rebuilt else {}
    parts = ["No name is ready to reprocess."]
    if done.ready:
        verb = "Would compute" if dry_run else "Computed"
        parts = [f"{verb} {len(done.tables)} tables over {done.dates} for {len(done.ready)} rows."]
        parts += [] if dry_run else [f"{done.completed} rows complete, {done.still_ready} still ready."]
        parts += [f"failed {day}: {one_line(why)}" for day, why in failed.items()]
        parts += [
            f"still unknown: {one_line(row['player_lookup'])} on {row['game_date']} in {row['processor_name']}"
            for row in done.still_missed
        ]
    document = {
        "dry_run": dry_run,
        "ready": len(done.ready),
        "tables": done.tables,
        "dates": str(done.dates) if done.dates else None,
        "completed": done.completed,
        "still_ready": done.still_ready,
        "still_missed": done.still_missed,
        "failed": failed,
    }
    code = Exit.BLOCKED if not dry_run and done.still_ready else Exit.PASSED
    answer(Told(parts, document, code), as_json=as_json)


@contextmanager
def _progress(title: str, *, quiet: bool) -> Generator[Callable[[str], None]]:
    """What is done while it is done, unless nothing but the answer is wanted."""
    if quiet:
        yield lambda _: None
        return
    with progress(title, None) as step:
        yield step


def _tell(one: "StepResult") -> None:
    say(f"[{'x' if one.passed else 'failed'}] {one.number:>2} {one.title}: {one_line(one.summary)}")


def _step(result: "StepResult") -> dict[str, object]:
    stated = asdict(result)
    stated.pop("evidence")
    return stated


def _names(found: "Sequence[PendingName]", title: str) -> Table:
    return Table(
        title,
        ("player_lookup", "team", "dates", "first", "last", "similar in the registry"),
        [
            (
                one.player_lookup,
                one.team_abbr,
                one.dates,
                one.first_date,
                one.last_date,
                ", ".join(f"{name} {score:.2f}" for name, score in one.candidates),
            )
            for one in found
        ],
    )
