"""Commands that delete and compute again (``clean-backfill``) and that look after unknown names (``registry``)."""

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from nba_pipeline.calendar import DateRange, season
from nba_pipeline.cli.output import Exit, Json, console, print_json, progress, say
from nba_pipeline.cli.ranges import Dates, EndOption, SeasonOption, StartOption, WindowOption, chosen_range
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
def clean_backfill(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    named: WindowOption = None,
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
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.clean_backfill import CleanBackfill, examination, stored_season
    from nba_pipeline.operations.clean_evidence import request
    from nba_pipeline.operations.ten_checks import post_backfill_validation

    home, warehouse = current_home(), PipelineResource().warehouse()
    range_ = chosen_range(dates, start, end, label, named)
    if label:
        range_ = stored_season(warehouse, season(label))
    wanted = request(
        range_,
        name=named or ("season" if label else ""),
        scope=scope,
        all_failures=all_failures,
        delete_season=delete_season,
    )
    with open_instance(home.root) as instance, _progress("Clean backfill", quiet=as_json or not confirm) as step:

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
            if as_json:
                print_json({"request": wanted.document, "rows": plan.rows, "plan": plan.lines})
            else:
                for line in plan.lines:
                    say(line)
            return
        results = clean.run(confirm=confirm, from_step=from_step, told=(lambda _: None) if as_json else _tell)
    passed = clean.evidence.is_complete
    if as_json:
        print_json({"passed": passed, "evidence": clean.evidence.folder, "steps": [_step(one) for one in results]})
    else:
        say(f"Evidence: {clean.evidence.folder}")
    if not passed:
        raise typer.Exit(Exit.BLOCKED)


@registry.command("status")
def registry_status(as_json: Json = False) -> None:
    """Count the unknown names by state."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.names_registry import status

    found = status(PipelineResource().warehouse())
    if as_json:
        print_json([asdict(one) for one in found])
        return
    shown = Table(title="Names the registry did not know")
    for heading in ("state", "label", "players", "dates", "rows"):
        shown.add_column(heading, justify="left" if heading in ("state", "label") else "right", no_wrap=True)
    for one in found:
        shown.add_row(one.state, one.label, f"{one.players:,}", f"{one.dates:,}", f"{one.records:,}")
    console.print(shown)


@registry.command("pending")
def registry_pending(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many names, those of most dates first.")] = 20,
    as_json: Json = False,
) -> None:
    """List the names nobody knows yet, with similar ones."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.names_registry import pending

    found = pending(PipelineResource().warehouse(), limit)
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        console.print(_names(found, "Pending names"))
    else:
        console.print("No name is pending.")


@registry.command("resolve")
def registry_resolve(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Mark the names that the registry or an active alias knows by now; list the others for review."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.names_registry import resolve

    place = current_home().reports / "names_to_review.csv"
    warehouse = PipelineResource().warehouse()
    found = resolve(warehouse, now=dt.datetime.now(dt.UTC), dry_run=dry_run, review_file=place)
    if as_json:
        print_json(asdict(found))
        return
    verb = "would be ready" if dry_run else "are ready"
    console.print(f"{len(found.resolved)} names {verb} to reprocess, {len(found.review)} need a reviewer.")
    for one in found.resolved:
        say(f"  {one_line(one.player_lookup)} = {one.canonical_lookup} ({one.method}), {one.records} rows")
    if found.review:
        console.print(_names(found.review, "To review"))
        console.print(
            "Land a player_registry or player_aliases file that knows them, then: "
            "nba-pipeline materialize nba_players_registry player_aliases --partition-range DATE",
            highlight=False,
            soft_wrap=True,
        )
    if found.review_file:
        say(f"Written to {found.review_file}")


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
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.names_registry import reprocess

    quiet = as_json or dry_run
    with open_instance(current_home().root) as instance, _progress("Reprocessing", quiet=quiet) as step:
        done = reprocess(
            defs,
            instance,
            PipelineResource().warehouse(),
            now=dt.datetime.now(dt.UTC),
            dry_run=dry_run,
            analytics_only=analytics_only,
            progress=step,
        )
    failed = dict(done.rebuilt.failed) if done.rebuilt else {}
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "ready": len(done.ready),
                "tables": done.tables,
                "dates": str(done.dates) if done.dates else None,
                "completed": done.completed,
                "still_ready": done.still_ready,
                "still_missed": done.still_missed,
                "failed": {day.isoformat(): why for day, why in failed.items()},
            }
        )
    elif not done.ready:
        console.print("No name is ready to reprocess.")
    else:
        verb = "Would compute" if dry_run else "Computed"
        console.print(f"{verb} {len(done.tables)} tables over {done.dates} for {len(done.ready)} rows.")
        if not dry_run:
            console.print(f"{done.completed} rows complete, {done.still_ready} still ready.")
        for day, why in failed.items():
            say(f"failed {day}: {one_line(why)}")
        for row in done.still_missed:
            say(f"still unknown: {one_line(row['player_lookup'])} on {row['game_date']} in {row['processor_name']}")
    if not dry_run and done.still_ready:
        raise typer.Exit(Exit.BLOCKED)


@contextmanager
def _progress(title: str, *, quiet: bool) -> Generator[Callable[[str], None]]:
    """What is done while it is done, unless nothing but the answer is wanted."""
    if quiet:
        yield lambda _: None
        return
    with progress(title, None) as step:
        yield step


def _tell(one: "StepResult") -> None:
    mark = "[green]x[/green]" if one.passed else "[red]failed[/red]"
    console.print(f"\\[{mark}] {one.number:>2} {one.title}: ", end="", highlight=False, soft_wrap=True)
    say(one_line(one.summary))


def _step(result: "StepResult") -> dict[str, object]:
    stated = asdict(result)
    stated.pop("evidence")
    return stated


def _names(found: "Sequence[PendingName]", title: str) -> Table:
    shown = Table(title=title)
    for heading in ("player_lookup", "team", "dates", "first", "last", "similar in the registry"):
        shown.add_column(heading, justify="right" if heading == "dates" else "left", no_wrap=heading == "player_lookup")
    for one in found:
        similar = ", ".join(f"{name} {score:.2f}" for name, score in one.candidates)
        first, last = one.first_date.isoformat(), one.last_date.isoformat()
        cells = (one.player_lookup, one.team_abbr or "", one.dates, first, last, similar)
        shown.add_row(*(Text(one_line(cell)) for cell in cells))
    return shown
