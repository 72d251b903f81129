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
verify = typer.Typer(no_args_is_help=True, help="Judge a phase's gate, the rows of a backfill, a range, a season.")
#: The names that the ten checks had before they were ``verify post-backfill``.
validate = typer.Typer(no_args_is_help=True, help="The ten checks over some of the tables.")
app.add_typer(verify, name="verify")
app.add_typer(validate, name="validate", hidden=True)


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


@verify.command("season")
@about_dates("[SEASON]", "The season's label: 2021-22.")
def verify_season(named: Named, *, detailed: Detailed = False, as_json: Json = False) -> None:
    """The success list of a season's backfill."""
    from nba_pipeline.operations.completion import verify_season as examine

    known = season(_label(named))
    with opened() as (_, read, instance):
        found = _beside_what_the_home_has(examine(read, instance, known.label), read)
    answer(found, as_json=as_json, detailed=detailed)


def _label(named: Named) -> str:
    """The season that was named, or that the dates lie in."""
    if named.season or (len(named.words) == 1 and named.words[0].count("-") == 1):
        return named.season or named.words[0]
    dates = named.dates
    for known in seasons():
        if known.regular_start <= dates.start and dates.end <= known.season_end:
            return known.label
    raise UsageError(f"{dates} lies in no single season: name one of {', '.join(one.label for one in seasons())}.")


@verify.command("official")
def verify_official(
    folder: Annotated[Path, typer.Argument(help="Folder with the league's season and game tables, CSV or Parquet.")],
    season_label: Annotated[str, typer.Option("--season", help="The season's label: 2021-22.")],
    *,
    detailed: Detailed = False,
    as_json: Json = False,
) -> None:
    """Our figures of a season beside the league's official ones, measure by measure."""
    from nba_pipeline.operations.official import verify_official as examine

    answer(examine(warehouse(), folder, season(season_label)), as_json=as_json, detailed=detailed)


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


def _beside_what_the_home_has(found: "Report", read: "Warehouse") -> "Answer":
    """A report of which it matters what the home has."""
    from nba_pipeline.completeness.coverage import Seen
    from nba_pipeline.document import Both
    from nba_pipeline.operations.availability import availability

    return Both(found, {"availability": availability(Seen(read, found.dates))})


Judge = Callable[[Named], "Answer"]


def _gate(phase: int, named: Named) -> "Answer":
    from nba_pipeline.completeness.coverage import judge_gate

    return judge_gate(warehouse(), phase, named.dates)


def _ten(group: str, named: Named) -> "Answer":
    from nba_pipeline.operations.ten_checks import post_backfill_validation, ten_tables

    dates = named.dates
    tables = [one for one in ten_tables() if not group or group in _groups_of(one)]
    with opened() as (_, read, instance):
        return post_backfill_validation(read, instance, dates, tables)


def _groups_of(table: "TableContract") -> tuple[str, ...]:
    phase = phase_of(table.dataset, table.level)
    return (phase.word if phase else "", f"level{table.level.removeprefix('L')}" if table.level else "")


def _range(named: Named) -> "Answer":
    from nba_pipeline.operations.completion import verify_range

    dates = named.dates
    with opened() as (_, read, instance):
        return verify_range(read, instance, dates)


def _ml_ready(named: Named) -> "Answer":
    from nba_pipeline.operations.training import ml_ready

    dates, read = named.dates, warehouse()
    return _beside_what_the_home_has(ml_ready(read, dates), read)


def _judging(commands: typer.Typer, name: str, sentence: str, judge: Judge) -> None:
    """A command that judges the range it is given."""

    @commands.command(name, help=sentence)
    @about_dates()
    def command(named: Named, *, detailed: Detailed = False, as_json: Json = False) -> None:
        answer(judge(named), as_json=as_json, detailed=detailed)


for number, phase in PHASES.items():
    scope = " after the bootstrap" if phase.skips_bootstrap else ""
    _judging(verify, phase.word, f"Whether the {phase.title} cover the schedule{scope}.", partial(_gate, number))
_judging(
    verify,
    "range",
    "Whether a range is whole: expected dates, both phases, bootstrap, failed partitions, spot checks.",
    _range,
)
_judging(
    verify,
    "ml-ready",
    "Whether the features can be trained on: exit code 0 ready, 1 not ready, 2 with caveats.",
    _ml_ready,
)
for commands in (verify, validate):
    _judging(commands, "post-backfill", "The ten checks over all ten tables.", partial(_ten, ""))
_judging(validate, "level1", "The ten checks over the precompute tables of level 1.", partial(_ten, "level1"))
for phase in map(PHASES.__getitem__, COMPUTED):
    _judging(validate, phase.word, f"The ten checks over the {phase.title}.", partial(_ten, phase.word))
