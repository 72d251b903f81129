"""The command that deletes and computes again, ``clean-backfill``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.calendar import DateRange, season
from nba_pipeline.cli.opening import opened
from nba_pipeline.cli.output import Exit, Json, answer, progress, say
from nba_pipeline.cli.ranges import Named, about_dates
from nba_pipeline.document import Told
from nba_pipeline.markup import one_line

if TYPE_CHECKING:
    from nba_pipeline.operations.clean_evidence import StepResult
    from nba_pipeline.operations.findings import Report

app = typer.Typer()

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

    with (
        opened() as (home, warehouse, instance),
        progress("Clean backfill", None, quiet=as_json or not confirm) as step,
    ):
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


def _tell(one: "StepResult") -> None:
    say(f"[{'x' if one.passed else 'failed'}] {one.number:>2} {one.title}: {one_line(one.summary)}")


def _step(result: "StepResult") -> dict[str, object]:
    stated = asdict(result)
    stated.pop("evidence")
    return stated
