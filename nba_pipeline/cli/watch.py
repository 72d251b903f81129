"""Commands that only look: progress, status, stored extent, gaps, recorded failures.

Nothing here launches or changes anything; what is shown is computed in ``operations`` and ``validation``.
"""

import datetime as dt
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.live import Live

from nba_pipeline.calendar import TIMEZONE, merged
from nba_pipeline.cli import calendar_views
from nba_pipeline.cli.calendar_views import AllStar
from nba_pipeline.cli.output import (
    Dates,
    EndOption,
    Exit,
    Json,
    SeasonOption,
    StartOption,
    WindowOption,
    console,
    print_json,
)
from nba_pipeline.cli.parts import Bar, Grid, Part, day, leave, pct, range_or_all, ranges, rendered, show
from nba_pipeline.errors import UsageError, WarehouseBusyError
from nba_pipeline.home import current_home
from nba_pipeline.phases import COMPUTED, PHASES, WORDS

if TYPE_CHECKING:
    from nba_pipeline.operations.gaps import GapReport
    from nba_pipeline.operations.monitor import PhaseProgress, Snapshot

app = typer.Typer()
failures_app = typer.Typer(no_args_is_help=True, help="What was recorded as failed.")
app.add_typer(failures_app, name="failures")
app.add_typer(calendar_views.app, name="calendar")

Detailed = Annotated[bool, typer.Option("--detailed", help="Every table, and more of the lists.")]
_PHASES = {phase.word: number for number, phase in PHASES.items()}


@app.command()
def monitor(
    dates: Dates = None,
    *,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    continuous: Annotated[bool, typer.Option("--continuous", help="Look again until everything is done.")] = False,
    interval: Annotated[int, typer.Option("--interval", min=1, help="Seconds between two looks.")] = 30,
    detailed: Detailed = False,
    failures_only: Annotated[bool, typer.Option("--failures-only", help="Only what failed lately.")] = False,
    include_all_star: AllStar = False,
    as_json: Json = False,
) -> None:
    """Show how far phases 3 and 4 are, how fast, when they will be done, what failed and what is stuck."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.monitor import snapshots, take_snapshot

    warehouse = PipelineResource().warehouse()
    chosen = range_or_all(warehouse, dates, start, end, label, window)

    def take() -> "Snapshot":
        while True:
            try:
                with open_instance(current_home().root) as instance:
                    now = dt.datetime.now(dt.UTC)
                    return take_snapshot(warehouse, instance, chosen, now, with_all_star=include_all_star)
            except WarehouseBusyError as error:
                if not continuous:
                    raise
                print(f"nba-pipeline: {error}", file=sys.stderr)

    seen = snapshots(take, time.sleep, interval, continuous=continuous)
    code = Exit.PASSED
    if as_json:
        for snapshot in seen:
            print_json(snapshot.document)
            code = Exit(snapshot.exit_code)
    elif continuous and console.is_terminal:
        with Live(console=console, auto_refresh=False) as live:
            for snapshot in seen:
                parts = monitor_parts(snapshot, detailed=detailed, failures_only=failures_only)
                live.update(rendered(parts), refresh=True)
                code = Exit(snapshot.exit_code)
    else:
        for snapshot in seen:
            show(monitor_parts(snapshot, detailed=detailed, failures_only=failures_only))
            code = Exit(snapshot.exit_code)
    leave(code)


def monitor_parts(snapshot: "Snapshot", *, detailed: bool, failures_only: bool) -> list[Part]:
    from nba_pipeline.operations.monitor import FAILURES_SHOWN, FAILURES_SHOWN_IN_DETAIL

    shown = FAILURES_SHOWN_IN_DETAIL if detailed else FAILURES_SHOWN
    failed = Grid(
        f"Failures of the last two hours: {len(snapshot.failures)}",
        ("at (UTC)", "what", "message"),
        [(f"{one.at:%H:%M:%S}", one.what, one.message) for one in snapshot.failures[:shown]],
    )
    if failures_only:
        return [failed if snapshot.failures else failed.title]
    phases = snapshot.phases
    parts: list[Part] = [
        f"Target {snapshot.dates}, {snapshot.at:%Y-%m-%d %H:%M:%S} UTC",
        _denominators(snapshot),
    ]
    if snapshot.unknown:
        days = snapshot.unknown
        parts.append(
            f"The schedule says nothing about {len(days)} dates, {days[0]}...{days[-1]}: ingest and materialise it."
        )
    parts += [_phase_bar(one) for one in phases]
    parts += [f"Phase {one.phase} could not be judged: {one.error}" for one in phases if one.error]
    if detailed:
        rows = [
            (table.table, str(one.phase), f"{len(table.done)}/{len(table.expected)}", pct(table.pct))
            for one in phases
            for table in one.tables
        ]
        parts.append(Grid("Tables", ("table", "phase", "dates", "%"), rows))
    rows = [
        (
            one.season,
            f"{one.expected[3]}/{one.expected[4]}",
            *(str(one.done[phase]) for phase in COMPUTED),
            *(pct(one.pct(phase)) for phase in COMPUTED),
        )
        for one in snapshot.seasons
    ]
    parts.append(Grid("Seasons", ("season", "expected P3/P4", "P3", "P4", "P3 %", "P4 %"), rows))
    paces = [
        (f"phase {one.phase}", f"{one.done_last_hour}/h", str(one.remaining), snapshot.time_left(one)) for one in phases
    ]
    parts.append(Grid("Pace of the last hour", ("phase", "dates", "remaining", "time left"), paces))
    parts.append(failed if snapshot.failures else failed.title)
    runs = [
        (
            one.run_id[:8],
            one.status,
            one.dates,
            f"{one.tables} tables",
            one.progress,
            _silence(one.silent_for),
            "STALLED" if one.is_stalled else "",
        )
        for one in snapshot.runs
    ]
    headings = ("run", "status", "dates", "of", "progress", "last event", "")
    title = f"Active runs: {len(runs)}"
    parts.append(Grid(title, headings, runs) if runs else title)
    return parts


def _denominators(snapshot: "Snapshot") -> str:
    more = len(snapshot.all_star)
    own, full = (
        (snapshot.game_dates, snapshot.phase_4_dates),
        (snapshot.game_dates + more, snapshot.phase_4_dates + more),
    )
    plain = f"{own[0]} game dates, {own[1]} after the bootstrap"
    counted = f"with the {more} All-Star dates {full[0]} and {full[1]}"
    if not more:
        return f"Schedule: {plain}"
    return f"Schedule: {plain}; {counted}; counted {'with' if snapshot.with_all_star else 'without'} All-Star"


def _phase_bar(one: "PhaseProgress") -> Bar:
    mark = "done" if one.is_done else "" if one.pct is not None else "nothing expected"
    slowest = min(one.tables, key=lambda table: len(table.done), default=None)
    behind = f"slowest {slowest.table}" if slowest and one.remaining else ""
    note = " ".join(word for word in (f"{pct(one.pct)} %" if one.pct is not None else "", mark, behind) if word)
    return Bar(f"Phase {one.phase}", one.done, len(one.expected), note)


def _silence(silent: dt.timedelta) -> str:
    seconds = max(0, round(silent.total_seconds()))
    return f"{seconds} s ago" if seconds < 120 else f"{seconds // 60} min ago"


@app.command()
def status(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="A computed phase such as phase3 (all when left out), then dates.", metavar="[PHASE] [DATES]"
        ),
    ] = None,
    *,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    as_json: Json = False,
) -> None:
    """Show per table what is there, what is missing, how urgent it is and how long it will take."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.state import phase_status

    given = list(words or [])
    phase = given.pop(0) if given and not given[0][:1].isdigit() else None
    wanted = _phases(phase, [PHASES[number].word for number in COMPUTED])
    warehouse = PipelineResource().warehouse()
    dates = range_or_all(warehouse, given or None, start, end, label, window)
    with open_instance(current_home().root) as instance:
        found = [phase_status(warehouse, instance, one, dates) for one in wanted]
    if as_json:
        print_json({"start": dates.start, "end": dates.end, "phases": [asdict(one) for one in found]})
    else:
        headings = ("table", "current", "target", "missing", "stale", "%", "bootstrap", "priority", "estimate")
        parts: list[Part] = []
        for one in found:
            rows = [
                (
                    table.table,
                    f"{table.current}",
                    f"{table.target}",
                    f"{table.missing}",
                    f"{table.stale}" if table.stale else "",
                    pct(table.pct),
                    table.bootstrap,
                    table.priority,
                    table.estimate,
                )
                for table in one.tables
            ]
            parts.append(Grid(f"Phase {one.phase}, {dates}", headings, rows))
            parts += [f"Phase {one.phase} could not be judged: {one.error}"] if one.error else []
        if any(table.stale for one in found for table in one.tables):
            parts.append(
                f"Stale: a source file came or changed after these dates were computed. Run nba-pipeline backfill "
                f"--start {dates.start} --end {dates.end}."
            )
        parts.append("Targets are game dates after the bootstrap; estimates take the pace of each table's last run.")
        show(parts)
    priorities = {table.priority for one in found for table in one.tables}
    if any(one.error for one in found) or "P0" in priorities:
        leave(Exit.BLOCKED)
    leave(Exit.WARNINGS if "P1" in priorities else Exit.PASSED if priorities - {""} else Exit.NOTHING_TO_JUDGE)


@app.command()
def state(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    *,
    phase: Annotated[str | None, typer.Option("--phase", help=f"One of {WORDS}; all when left out.")] = None,
    as_json: Json = False,
) -> None:
    """Show what every table holds, and what the runs made of its dates."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.state import phase_history, run_history, table_states

    wanted = _phases(phase, tuple(_PHASES))
    warehouse = PipelineResource().warehouse()
    chosen = range_or_all(warehouse, dates, start, end, label, window)
    stored = table_states(warehouse, wanted, chosen)
    with open_instance(current_home().root) as instance:
        tables = run_history(instance, warehouse, wanted, chosen)
    phases = phase_history(tables)
    if as_json:
        print_json(
            {
                "start": chosen.start,
                "end": chosen.end,
                "tables": [asdict(one) for one in stored],
                "run_history": [asdict(one) for one in tables],
                "run_history_by_phase": [asdict(one) for one in phases],
            }
        )
    else:
        rows = [
            (one.table, f"{one.phase}", day(one.earliest), day(one.latest), f"{one.dates}", f"{one.rows:,}")
            for one in stored
        ]
        history = [
            (
                one.table,
                *(f"{count}" for count in (one.phase, one.dates, one.ok, one.failed)),
                day(one.earliest),
                day(one.latest),
            )
            for one in (*tables, *phases)
        ]
        headings = ("table", "phase", "dates", "ok", "failed", "earliest", "latest")
        show(
            [
                Grid(f"Stored, {chosen}", ("table", "phase", "earliest", "latest", "dates", "rows"), rows),
                Grid("Run history, the latest run of each date", headings, history),
            ]
        )
    leave(Exit.PASSED if any(one.rows for one in stored) else Exit.NOTHING_TO_JUDGE)


@app.command()
def gaps(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    *,
    detailed: Detailed = False,
    as_json: Json = False,
) -> None:
    """Find missing, partial and unsound dates, what stands on them, and the commands that repair them in order."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.gaps import find_gaps

    warehouse = PipelineResource().warehouse()
    chosen = range_or_all(warehouse, dates, start, end, label, window)
    today = dt.datetime.now(ZoneInfo(TIMEZONE)).date()
    report = find_gaps(warehouse, chosen, today)
    if as_json:
        print_json(report.document)
    else:
        show(_gap_parts(report, detailed=detailed))
    leave(Exit(report.exit_code))


def _gap_parts(report: "GapReport", *, detailed: bool) -> list[Part]:
    from nba_pipeline.completeness.states import STATES
    from nba_pipeline.operations.gaps import PRIORITIES

    parts: list[Part] = [f"ERROR {error}" for error in report.errors]
    parts += [f"The acceptance of {one.table} {one.dates} expired on {one.expires}." for one in report.expired]
    if detailed:
        listed = [
            (table, *(f"{sum(held == state for held in days.values())}" for state in STATES))
            for table, days in report.states.items()
        ]
        parts.append(Grid(f"Dates by state, {report.dates}", ("table", *STATES), listed))
        for table, days in report.states.items():
            for state in ("broken", "partial", "missing", "unknown"):
                found = merged(day for day, held in days.items() if held == state)
                parts += [f"{state} {table}: {ranges(found, len(found))}"] if found else []
    most = None if detailed else 3
    rows = [
        (
            one.priority,
            one.table,
            one.kind,
            f"{len(one.dates)}",
            ranges(one.ranges, most),
            f"{len(one.downstream)}",
            one.accepted or one.detail,
        )
        for one in report.gaps
    ]
    headings = ("priority", "table", "kind", "dates", "which", "downstream", "why")
    if rows:
        parts.append(Grid(f"Gaps, {report.dates}", headings, rows))
    if detailed:
        urgent = [one for one in report.gaps if one.downstream and one.priority not in ("low", "accepted")]
        parts += [
            f"On {one.table} stand {', '.join(name.partition('.')[2] for name in one.downstream)}" for one in urgent
        ]
    if report.commands:
        parts.append("Recovery, in this order:")
        parts += [f"  {command}" for command in report.commands]
    counts = {name: sum(one.priority == name for one in report.gaps) for name in PRIORITIES}
    total = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    parts.append(f"{report.dates}: {total or ('no gaps' if report.expects_something else 'no final games')}")
    return parts


@failures_app.command("summary")
def failures_summary(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    *,
    as_json: Json = False,
) -> None:
    """Count recorded failures by table and category, and unknown names by state."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.names_registry import status as registry_status
    from nba_pipeline.operations.state import failure_summary, totals

    warehouse = PipelineResource().warehouse()
    chosen = range_or_all(warehouse, dates, start, end, label, window)
    counts, names = failure_summary(warehouse, chosen), registry_status(warehouse)
    total = totals(counts)
    if as_json:
        print_json(
            {
                "start": chosen.start,
                "end": chosen.end,
                "precompute": [asdict(one) for one in counts],
                "totals": total,
                "registry": [asdict(one) for one in names],
            }
        )
    else:
        rows = [
            (
                one.processor,
                one.category,
                *(f"{count:,}" for count in (one.failures, one.entities, one.dates)),
                "repair" if one.is_correctable else "expected",
            )
            for one in counts
        ]
        headings = ("processor", "category", "failures", "entities", "dates", "kind")
        known = [(one.label, f"{one.players}", f"{one.dates}", f"{one.records}") for one in names]
        show(
            [
                Grid(f"Failures, {chosen}", headings, rows),
                f"{total['failures']:,} failures, {total['correctable']:,} of them to repair",
                Grid("Unknown names, all dates", ("state", "players", "dates", "records"), known),
            ]
        )
    leave(Exit.WARNINGS if total["correctable"] else Exit.PASSED)


def _phases(text: str | None, allowed: Sequence[str]) -> list[int]:
    if text is None:
        return [_PHASES[name] for name in allowed]
    name = text.casefold().replace("_", "").replace(" ", "")
    name = name if name.startswith("phase") else f"phase{name}"
    if name not in allowed:
        raise UsageError(f"Unknown phase {text!r}: choose one of {', '.join(allowed)}.")
    return [_PHASES[name]]
