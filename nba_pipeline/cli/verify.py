"""The commands that examine and sign: ``preflight``, ``verify``, ``signoff``. Others judge."""

import getpass
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.calendar import season, seasons
from nba_pipeline.cli.opening import opened, warehouse
from nba_pipeline.cli.output import Detailed, Json, answer
from nba_pipeline.cli.ranges import Named, about_dates
from nba_pipeline.errors import UsageError
from nba_pipeline.phases import COMPUTED, PHASES, WORDS, phase_of

if TYPE_CHECKING:
    from nba_pipeline.contract.table import TableContract
    from nba_pipeline.document import Answer
    from nba_pipeline.operations.findings import Report
    from nba_pipeline.warehouse.seam import Warehouse

app = typer.Typer()


@app.command()
@about_dates()
def preflight(
    named: Named,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the two dry runs, checks 13 and 14.")] = False,
    detailed: Detailed = False,
    as_json: Json = False,
) -> None:
    """Fourteen checks before a backfill, twelve with --quick; all dates of the schedule when none are named."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.preflight import preflight as examine
    from nba_pipeline.operations.preflight import schedule_range

    chosen = named.dates if named else None
    with opened() as (home, read, instance):
        found = examine(defs, read, instance, chosen or schedule_range(read, home), quick=quick, home=home)
    answer(found, as_json=as_json, detailed=detailed)


@app.command()
@about_dates("PHASE DATES", f"One of {WORDS}, then FIRST LAST.")
def signoff(
    named: Named,
    *,
    operator: Annotated[str, typer.Option("--operator", help="Who signs; the user of this machine if left out.")] = "",
    matrix: Annotated[bool, typer.Option("--matrix", help="Show the computed state of all phases; sign none.")] = False,
    detailed: Detailed = False,
    as_json: Json = False,
) -> None:
    """Compute a phase's completion checklist and sign it when every line passes; exit code 1 when one does not."""
    from nba_pipeline.operations import signoff as signing

    word, named = named.first_word()
    phase = next((number for number, one in PHASES.items() if one.word == word), None)
    if bool(phase) == matrix:
        raise UsageError(f"Name one phase ({WORDS}) and its dates, or --matrix and dates.")
    chosen = named.dates
    with opened() as (home, read, instance):
        if phase is None:
            answer(signing.matrix(read, instance, chosen, home=home), as_json=as_json)
            return
        signed = signing.signoff(read, instance, phase, chosen, operator or getpass.getuser(), home=home)
    answer(signed, as_json=as_json, detailed=detailed)


def _gate(word: str, named: Named) -> "Answer":
    from nba_pipeline.completeness.coverage import judge_gate

    return judge_gate(warehouse(), _PHASES[word], named.dates)


def _range(named: Named) -> "Answer":
    from nba_pipeline.operations.completion import verify_range

    dates = named.dates
    with opened() as (_, read, instance):
        return verify_range(read, instance, dates)


def _season(named: Named) -> "Answer":
    from nba_pipeline.operations.completion import verify_season

    known = season(_label(named))
    with opened() as (_, read, instance):
        return _beside_what_the_home_has(verify_season(read, instance, known.label), read)


def _label(named: Named) -> str:
    """The season that was named, or that the dates lie in."""
    if named.season or (len(named.words) == 1 and named.words[0].count("-") == 1):
        return named.season or named.words[0]
    dates = named.dates
    for known in seasons():
        if known.regular_start <= dates.start and dates.end <= known.season_end:
            return known.label
    raise UsageError(f"{dates} lies in no single season: name one of {', '.join(one.label for one in seasons())}.")


def _ml_ready(named: Named) -> "Answer":
    from nba_pipeline.operations.training import ml_ready

    dates, read = named.dates, warehouse()
    return _beside_what_the_home_has(ml_ready(read, dates), read)


def _beside_what_the_home_has(found: "Report", read: "Warehouse") -> "Answer":
    """A report of which it matters what the home has."""
    from nba_pipeline.completeness.coverage import Seen
    from nba_pipeline.document import Both
    from nba_pipeline.operations.availability import availability

    return Both(found, {"availability": availability(Seen(read, found.dates))})


def _official(named: Named) -> "Answer":
    from nba_pipeline.operations.official import verify_official

    folder, rest = named.words[0] if named.words else "", Named(named.words[1:], season=named.season)
    if not folder:
        raise UsageError("Name the folder with the league's tables: verify official FOLDER --season 2021-22.")
    return verify_official(warehouse(), Path(folder), season(_label(rest)))


def _ten(named: Named, group: str = "") -> "Answer":
    from nba_pipeline.operations.ten_checks import post_backfill_validation, ten_tables

    word, named = (group, named) if group else named.first_word()
    if word and word not in _GROUPS:
        raise UsageError(f"No group {word!r} of the ten tables: write one of {', '.join(_GROUPS)}, or none.")
    dates = named.dates
    tables = [table for table in ten_tables() if not word or word in _groups_of(table)]
    with opened() as (_, read, instance):
        return post_backfill_validation(read, instance, dates, tables)


def _groups_of(table: "TableContract") -> tuple[str, ...]:
    phase = phase_of(table.dataset, table.level)
    return (phase.word if phase else "", f"level{table.level.removeprefix('L')}" if table.level else "")


_PHASES = {phase.word: number for number, phase in PHASES.items()}
_GROUPS = (*(PHASES[number].word for number in COMPUTED), "level1")
_SUBJECTS: dict[str, tuple[Callable[[Named], "Answer"], str]] = {
    **{
        phase.word: (partial(_gate, phase.word), f"whether the {phase.title} cover the schedule")
        for phase in PHASES.values()
    },
    "range": (_range, "whether every table is whole on every date, nothing failed, spot checks agree"),
    "season": (_season, "the success list of a season's backfill"),
    "post-backfill": (_ten, f"the ten checks over the ten tables, or over {', '.join(_GROUPS)}"),
    "ml-ready": (_ml_ready, "whether the features can be trained on: 0 ready, 1 not ready, 2 with caveats"),
    "official": (_official, "our figures of a season beside the league's own tables in FOLDER, CSV or Parquet"),
}


def _subject(text: str) -> str:
    if text not in _SUBJECTS:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(_SUBJECTS)}.")
    return text


def _group(text: str) -> str:
    if text not in ("post-backfill", *_GROUPS):
        raise typer.BadParameter(f"{text!r} is none of post-backfill, {', '.join(_GROUPS)}.")
    return text


@app.command(
    help="Judge what a backfill left.\n\n" + "\n\n".join(f"{name}: {words}." for name, (_, words) in _SUBJECTS.items())
)
@about_dates("[SEASON|FOLDER|TABLES] [DATES]", "A season, a folder or a group of tables where asked for; then dates.")
def verify(
    named: Named,
    what: Annotated[str, typer.Argument(parser=_subject, metavar="WHAT", help="What to judge.")],
    *,
    detailed: Detailed = False,
    as_json: Json = False,
) -> None:
    judge, _ = _SUBJECTS[what]
    answer(judge(named), as_json=as_json, detailed=detailed)


@app.command(hidden=True)
@about_dates()
def validate(
    named: Named,
    what: Annotated[str, typer.Argument(parser=_group, metavar="TABLES")],
    *,
    detailed: Detailed = False,
    as_json: Json = False,
) -> None:
    """The ten checks: what ``verify post-backfill`` was called before."""
    answer(_ten(named, what.replace("post-backfill", "")), as_json=as_json, detailed=detailed)
