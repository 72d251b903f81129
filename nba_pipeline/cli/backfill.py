"""Commands that launch, list, repeat and end work over ranges; what they do is decided in ``operations``."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nba_pipeline.cli.opening import opened
from nba_pipeline.cli.output import Exit, Json, answer, print_json, progress, say
from nba_pipeline.cli.ranges import Named, about_dates
from nba_pipeline.cli.watch import failures_told
from nba_pipeline.document import Told
from nba_pipeline.errors import UsageError
from nba_pipeline.phases import COMPUTED, PHASES, WORDS

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from nba_pipeline.contract.table import TableContract
    from nba_pipeline.operations.orchestrate import Orchestrated
    from nba_pipeline.operations.plan import BackfillPlan
    from nba_pipeline.operations.summary import Summary
    from nba_pipeline.switches import Switches
    from nba_pipeline.warehouse.seam import Warehouse

app = typer.Typer()

_ABOUT = about_dates(
    "[TABLES] DATES",
    f"Tables, datasets, levels (L1, L2, L3) or phases ({WORDS}), then dates: FIRST LAST, FIRST...LAST or one date. "
    "Everything when no table is named.",
)
Mode = Annotated[str, typer.Option("--mode", help="missing, missing+failed, or all (compute stored partitions again).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")]
BackfillMode = Annotated[
    bool, typer.Option("--backfill-mode", help="Quiet alerts; a broken look-back is reported, not blocking.")
]
Skip = Annotated[
    bool,
    typer.Option(
        "--skip-downstream-trigger/--trigger-downstream", help="Whether runs downstream launch by themselves."
    ),
]
Strict = Annotated[bool, typer.Option("--strict-mode/--no-strict-mode", help="Whether a broken look-back blocks.")]
Override = Annotated[
    str, typer.Option("--gate-override-reason", help="Why a failed gate is overridden; kept with the runs.")
]
StopOnError = Annotated[bool, typer.Option("--stop-on-error", help="Leave the rest after the first failure.")]
RetryOnce = Annotated[bool, typer.Option("--retry-once", help="Launch a run that failed once more.")]
Force = Annotated[bool, typer.Option("--force", help="Ignore other active runs that the history shows on the tables.")]
LastBackfill = Annotated[bool, typer.Option("--last-backfill", help="Only what the newest backfill left.")]
BackfillId = Annotated[str, typer.Option("--backfill", help="Only what this backfill left: its id.")]


@app.command()
@_ABOUT
def plan(
    named: Named,
    *,
    mode: Mode = "missing",
    backfill_mode: BackfillMode = False,
    skip_downstream_trigger: Skip = True,
    strict_mode: Strict = True,
    as_json: Json = False,
) -> None:
    """Say what a backfill would do: what exists, what is overwritten, what runs, how long, who gets notified."""
    from nba_pipeline.operations.plan import plan as make_plan

    tables, about = _tables(named)
    switches = _switches(backfill_mode, skip_downstream_trigger, strict_mode)
    with opened() as (_, warehouse, instance):
        answer(make_plan(warehouse, instance, tables, about.dates, mode, switches=switches), as_json=as_json)


@app.command()
@_ABOUT
def backfill(
    named: Named,
    *,
    mode: Mode = "missing",
    sequential: Annotated[
        bool, typer.Option("--sequential", help="Phases 3 and 4 slate by slate, ending at the first failure.")
    ] = False,
    dry_run: DryRun = False,
    stop_on_error: StopOnError = False,
    retry_once: RetryOnce = False,
    backfill_mode: BackfillMode = False,
    skip_downstream_trigger: Skip = True,
    strict_mode: Strict = True,
    gate_override_reason: Override = "",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run the partitions that are missing (or failed, or all) over a range, and say how each ended.

    Ended anywhere, by whatever, it goes on when it is asked again. With --sequential each slate's analytics, their
    gate and its precompute run before the next slate.
    """
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.orchestrate import season_sequential
    from nba_pipeline.operations.plan import plan as make_plan

    tables, about = _tables(named)
    switches = _switches(backfill_mode, skip_downstream_trigger, strict_mode, gate_override_reason)
    if sequential:
        if about != named:
            raise UsageError("--sequential runs Phases 3 and 4 as a whole: name no tables.")
        tables, mode = _tables(Named([PHASES[number].word for number in COMPUTED]))[0], "all"
    with opened() as (_, warehouse, instance):
        if sequential and not dry_run:
            done = season_sequential(
                defs,
                instance,
                warehouse,
                about.dates,
                switches=switches,
                force=force,
                say=_sayer(as_json),
                on_end=_digest,
            )
            _finish(done, as_json=as_json)
            return
        todo = make_plan(warehouse, instance, tables, about.dates, mode, switches=switches)
        if dry_run:
            answer(todo, as_json=as_json)
        else:
            options = {"retries": int(retry_once), "stop_on_error": stop_on_error, "force": force}
            _run(instance, warehouse, todo, as_json=as_json, **options)


@app.command()
@about_dates()
def orchestrate(
    named: Named,
    *,
    from_level: Annotated[str, typer.Option("--from-level", help="First level to compute: L1, L2 or L3.")] = "L1",
    mode: Mode = "all",
    stop_on_error: StopOnError = False,
    backfill_mode: BackfillMode = False,
    skip_downstream_trigger: Skip = True,
    strict_mode: Strict = True,
    gate_override_reason: Override = "",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Phase 4 behind the Phase 3 gate, level after level, with the Phase 4 gate at the end.

    Exit code 1 when the gate does not pass (nothing of Phase 4 was started then), 4 when the schedule expects nothing.
    """
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.orchestrate import phase4_orchestrated

    dates = named.dates
    with opened() as (_, warehouse, instance):
        done = phase4_orchestrated(
            defs,
            instance,
            warehouse,
            dates,
            from_level=from_level,
            switches=_switches(backfill_mode, skip_downstream_trigger, strict_mode, gate_override_reason),
            mode=mode,
            stop_on_error=stop_on_error,
            force=force,
            say=_sayer(as_json),
            on_end=_digest,
        )
    _finish(done, as_json=as_json)


@app.command("failed")
@_ABOUT
def list_failed(
    named: Named,
    *,
    last_backfill: LastBackfill = False,
    backfill_id: BackfillId = "",
    file: Annotated[
        Path | None, typer.Option("--file", help="Write the list here; retry --from-file reads it.")
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Count who has no row and why, and unknown names, instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List partitions that failed and are not repaired: run, time, step, first line of the error.

    Of all dates when none are named. Exit code 1 when there are any.
    """
    from nba_pipeline.completeness.failures import failed
    from nba_pipeline.completeness.failures import last_backfill as newest

    tables, about = _tables(named)
    if summary:
        failures_told(about, as_json=as_json)
        return
    with opened() as (_, warehouse, instance):
        chosen = newest(instance) if last_backfill else backfill_id
        found = failed(instance, warehouse, about.dates if about else None, tables=tables, backfill=chosen)
    if file:
        file.write_text("".join(f"{one.line}\n" for one in found), encoding="utf-8")
    total = f"{len(found)} failed partitions" if found else "Nothing failed."
    code = Exit.BLOCKED if found else Exit.PASSED
    answer(Told([*(one.words for one in found), total], [one.document for one in found], code), as_json=as_json)


@app.command()
@_ABOUT
def retry(
    named: Named,
    *,
    last_backfill: LastBackfill = False,
    backfill_id: BackfillId = "",
    from_file: Annotated[Path | None, typer.Option("--from-file", help="A list written by failed --file.")] = None,
    dry_run: DryRun = False,
    retry_once: RetryOnce = False,
    backfill_mode: BackfillMode = False,
    skip_downstream_trigger: Skip = True,
    strict_mode: Strict = True,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Run exactly the partitions that failed, or those of a file; of all dates when none are named."""
    from nba_pipeline.completeness.failures import failed, partitions_of, read_failures
    from nba_pipeline.completeness.failures import last_backfill as newest
    from nba_pipeline.operations.plan import plan_of

    if from_file and (named or last_backfill or backfill_id):
        raise UsageError("--from-file names the partitions: name nothing else.")
    if from_file and not from_file.is_file():
        raise UsageError(f"{from_file} is no file: write one with nba-pipeline failed --file {from_file}.")
    tables, about = _tables(named)
    with opened() as (_, warehouse, instance):
        if from_file:
            partitions = read_failures(from_file.read_text(encoding="utf-8"))
        else:
            chosen = newest(instance) if last_backfill else backfill_id
            dates = about.dates if about else None
            partitions = partitions_of(failed(instance, warehouse, dates, tables=tables, backfill=chosen))
        if not partitions:
            answer(Told(["Nothing failed."], {"requested": 0}), as_json=as_json)
            return
        switches = _switches(backfill_mode, skip_downstream_trigger, strict_mode)
        todo = plan_of(warehouse, instance, partitions, switches=switches)
        if dry_run:
            answer(todo, as_json=as_json)
        else:
            _run(instance, warehouse, todo, as_json=as_json, retries=int(retry_once), force=force)


@app.command()
def stop(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Run ids (their beginning is enough) or backfill ids.", metavar="IDS")
    ] = None,
    *,
    all_own: Annotated[bool, typer.Option("--all-own", help="Every active run of this project.")] = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for a run to end.")] = 60.0,
    as_json: Json = False,
) -> None:
    """End runs of this project and nothing else; stored partitions stay whole. Exit code 1 when one still goes on."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.stop import stop as end_runs

    with opened() as (_, _, instance):
        stopped = end_runs(defs, instance, ids or [], all_own=all_own, wait_seconds=wait, say=_sayer(as_json))
    code = Exit.PASSED if all(one.ended for one in stopped) else Exit.BLOCKED
    answer(Told([] if stopped else ["No run of this project is active."], stopped, code), as_json=as_json)


def _tables(named: Named) -> tuple[list["TableContract"], Named]:
    """The tables whose names stand before the dates, all for none, and what was typed about dates."""
    from nba_pipeline.contract.catalog import phase_tables
    from nba_pipeline.operations.launch import choose_tables

    phases = {one.word: [table.name for table in phase_tables(number)] for number, one in PHASES.items()}
    names = [word for word in named.words if not word[:1].isdigit()]
    about = replace(named, words=[word for word in named.words if word not in names])
    return choose_tables([full for name in names for full in phases.get(name, [name])]), about


def _switches(backfill_mode: bool, skip: bool, strict: bool, reason: str = "") -> "Switches":
    from nba_pipeline.switches import Switches

    return Switches(backfill_mode, skip, strict, reason)


def _run(
    instance: "DagsterInstance", warehouse: "Warehouse", todo: "BackfillPlan", *, as_json: bool, **options: Any
) -> None:
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.backfill import run_plan

    def run(step: Callable[[str], None]) -> "Summary":
        return run_plan(defs, instance, warehouse, todo, say=_sayer(as_json), progress=step, on_end=_digest, **options)

    if not todo.pieces:
        answer(Told(todo.lines, {"requested": 0, "plan": todo.document}), as_json=as_json)
        return
    if as_json:
        summary = run(lambda _: None)
    else:
        with progress("Backfill", sum(2 * len(piece.tables) for piece in todo.pieces)) as step:
            summary = run(step)
    _finish(summary, as_json=as_json)


def _finish(done: "Orchestrated | Summary", *, as_json: bool) -> None:
    if done.interrupted:
        print_json(done.document) if as_json else [say(line) for line in done.lines]
        raise KeyboardInterrupt
    answer(Told(done.lines, done.document, done.exit_code), as_json=as_json)


def _digest(instance: "DagsterInstance", backfill_id: str) -> None:
    """One message about the whole backfill, to whoever gets notified."""
    from nba_pipeline.operations.digests import finish_backfill
    from nba_pipeline.operations.notifier import notifier_of

    finish_backfill(instance, notifier_of(instance), backfill_id)


def _sayer(as_json: bool) -> Callable[[str], None]:
    return (lambda _: None) if as_json else say
