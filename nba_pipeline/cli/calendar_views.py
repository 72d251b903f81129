"""Commands about the calendar: game dates and games, as the documents state them and as the stored schedule says."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.calendar import DateRange, seasons
from nba_pipeline.cli.output import (
    Dates,
    EndOption,
    Exit,
    Json,
    SeasonOption,
    StartOption,
    WindowOption,
    chosen_range,
    print_json,
)
from nba_pipeline.cli.parts import Grid, Part, day, leave, pct, range_or_all, show
from nba_pipeline.errors import UsageError

if TYPE_CHECKING:
    from nba_pipeline.operations.calendar_numbers import Documented, Numbers

app = typer.Typer(no_args_is_help=True, help="Game dates and games, as documented and as the schedule says.")

AllStar = Annotated[
    bool, typer.Option("--include-all-star", help="Count the two All-Star dates of a season too, as the documents do.")
]
Csv = Annotated[bool, typer.Option("--csv", help="Only lines of a CSV file, on standard output.")]


@app.command("seasons")
def calendar_seasons(*, as_json: Json = False) -> None:
    """Show the documented numbers of every season beside what the stored schedule says."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.calendar_numbers import differences, documented_seasons, numbers

    warehouse = PipelineResource().warehouse()
    stated = {one.scope: one for one in documented_seasons()}
    found = {
        one.label: numbers(
            warehouse,
            DateRange(one.regular_start, one.season_end if stated[one.label].last_day else stated[one.label].through),
        )
        for one in seasons()
        if one.label in stated
    }
    notes = {label: differences(stated[label], found[label]) for label in stated}
    if as_json:
        print_json(
            [
                {"season": name, "documented": asdict(one), "schedule": asdict(found[name]), "differences": notes[name]}
                for name, one in stated.items()
            ]
        )
        return
    rows: list[tuple[str, ...]] = []
    for name, one in stated.items():
        rows += [_documented_row(one), _schedule_row(name, found[name])]
    finished = [one for one in stated.values() if one.last_day]
    rows.append(
        (
            f"Σ {len(finished)} seasons",
            "documented",
            "",
            "",
            *(str(sum(numbers)) for numbers in zip(*(_sums(one) for one in finished), strict=True)),
            *("", "", ""),
        )
    )
    headings = (
        *("season", "source", "first day", "last day", "with All-Star", "All-Star", "dates", "bootstrap", "phase 4"),
        *("games", "regular", "play-in", "playoffs"),
    )
    parts: list[Part] = [Grid("Seasons; regular, play-in and playoffs as dates/games", headings, rows)]
    parts += [f"{label}: {'; '.join(told)}" for label, told in notes.items() if told]
    show(parts)


def _documented_row(one: "Documented") -> tuple[str, ...]:
    by_type = [f"{held[0]}/{held[1]}" if held else "" for held in (one.regular, one.play_in, one.playoffs)]
    last = day(one.last_day) or f"to {one.through}"
    games = "" if one.games is None else f"{one.games}"
    dates, days, plain, bootstrap, phase_4 = (str(number) for number in _sums(one)[:5])
    return (one.scope, "documented", f"{one.first_day}", last, dates, days, plain, bootstrap, phase_4, games, *by_type)


def _sums(one: "Documented") -> tuple[int, ...]:
    days = len(one.all_star_days)
    return (one.dates_with_all_star, days, one.dates, one.bootstrap_dates, one.phase4_dates, one.games or 0)


def _schedule_row(label: str, found: "Numbers") -> tuple[str, ...]:
    held = found.by_type or {}
    by_type = [
        f"{held[name][0]}/{held[name][1]}" if name in held else "" for name in ("regular", "play_in", "playoffs")
    ]
    if not found.dates:
        return (label, "schedule", *("",) * 11)
    counts = (found.dates + found.all_star_dates, found.all_star_dates, found.dates, found.bootstrap_dates)
    return (
        label,
        "schedule",
        day(found.first_day),
        day(found.last_day),
        *(str(count) for count in counts),
        str(found.phase4_dates),
        str(found.games),
        *by_type,
    )


@app.command("dates")
def calendar_dates(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    *,
    as_lines: Csv = False,
    as_json: Json = False,
) -> None:
    """List the dates with final games, and count them."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.calendar_numbers import as_csv, game_dates

    if as_lines and as_json:
        raise UsageError("Choose --csv or --json, not both.")
    warehouse = PipelineResource().warehouse()
    chosen = range_or_all(warehouse, dates, start, end, label, window)
    listed = game_dates(warehouse, chosen)
    total = f"{chosen}: {len(listed)} game dates, {sum(one.games for one in listed)} games"
    if as_json:
        print_json(
            {"start": chosen.start, "end": chosen.end, "count": len(listed), "dates": [asdict(one) for one in listed]}
        )
    elif as_lines:
        print("\n".join(as_csv(listed)))
        print(total, file=sys.stderr)
    else:
        rows = [(f"{one.date}", f"{one.games}", "bootstrap" if one.bootstrap else "") for one in listed]
        show([Grid("Final games", ("date", "games", ""), rows), total])
    leave(Exit.PASSED if listed else Exit.NOTHING_TO_JUDGE)


@app.command("coverage")
def calendar_coverage(
    dates: Dates = None,
    start: StartOption = None,
    end: EndOption = None,
    label: SeasonOption = None,
    window: WindowOption = None,
    *,
    include_all_star: AllStar = False,
    as_json: Json = False,
) -> None:
    """Show total, bootstrap and expected dates of a range; the documents' whole range when none is named."""
    from nba_pipeline.graph.resources import PipelineResource
    from nba_pipeline.operations.calendar_numbers import (
        DOCUMENTED_RANGE,
        computed_coverage,
        coverage_document,
        documented_coverage,
        estimates_of,
        numbers,
    )

    named = dates or start or end or label or window
    chosen = chosen_range(dates, start, end, label, window) if named else DOCUMENTED_RANGE
    found = numbers(PipelineResource().warehouse(), chosen)
    ways = (False, True) if include_all_star else (False,)
    stated = [documented_coverage(chosen, include_all_star=way) for way in ways]
    listed = [one for one in stated if one] + [computed_coverage(found, include_all_star=way) for way in ways]
    estimates = estimates_of(chosen)
    if as_json:
        lines = [coverage_document(one) for one in listed]
        print_json(
            {
                "start": chosen.start,
                "end": chosen.end,
                "calendar_days": len(chosen),
                "coverage": lines,
                "schedule_unknown": found.unknown,
                "cup_final_dates": list(found.cup_dates),
                "estimates": dict(estimates),
            }
        )
    else:
        rows = [
            (
                one.source,
                *(f"{count}" for count in (one.dates, one.bootstrap, one.expected)),
                pct(one.pct),
                "" if one.games is None else f"{one.games:,}",
            )
            for one in listed
        ]
        headings = ("source", "dates", "bootstrap", "expected", "%", "games")
        parts: list[Part] = [Grid(f"Coverage, {chosen}, {len(chosen)} calendar days", headings, rows)]
        if not any(stated):
            parts.append("The documents state nothing about this range.")
        if estimates:
            guessed = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in estimates.items())
            parts.append(f"A plan had estimated {guessed}; the schedule refutes it.")
        if found.unknown:
            parts.append(f"The schedule says nothing about {found.unknown} dates of the range.")
        if found.cup_dates:
            days = ", ".join(map(str, found.cup_dates))
            parts.append(f"Dates with only a Cup final, in no documented number: {days}")
        show(parts)
    leave(Exit.PASSED if found.dates else Exit.NOTHING_TO_JUDGE)
