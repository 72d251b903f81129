"""Commands about names the registry did not know (``registry``): list them, decide about them, compute them again."""

import datetime as dt
import getpass
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nba_pipeline.cli.opening import opened
from nba_pipeline.cli.opening import warehouse as current_warehouse
from nba_pipeline.cli.output import Exit, Json, answer, leave, progress, say
from nba_pipeline.document import Part, Table, Told
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.home import current_home
from nba_pipeline.markup import one_line

if TYPE_CHECKING:
    from nba_pipeline.operations.name_decisions import Decision, Names, Trace
    from nba_pipeline.operations.names_registry import PendingName, ResolvedName

app = typer.Typer()
registry = typer.Typer(no_args_is_help=True, help="Names the registry did not know: from pending to complete.")
app.add_typer(registry, name="registry")
alias = typer.Typer(no_args_is_help=True, help="Other spellings of persons the registry knows.")
registry.add_typer(alias, name="alias")
person = typer.Typer(no_args_is_help=True, help="Persons the registry does not know.")
registry.add_typer(person, name="person")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, kept with the decision.")]
_HOW_TO_DECIDE = (
    'Decide: nba-pipeline registry alias add "SPELLING" = "NAME" --reason WHY, or in a file:',
    "nba-pipeline registry pending --export names_to_review.csv",
)
By = Annotated[str, typer.Option("--by", help="Who decides; the user of this machine when left out.")]


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
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them as CSV for registry apply, all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the names nobody knows yet, with similar ones."""
    from nba_pipeline.operations.names_registry import pending, review_table

    found = pending(current_warehouse(), None if export else limit)
    parts: list[Part] = [_names(found, "Pending names")] if found else ["No name is pending."]
    if export:
        export.parent.mkdir(parents=True, exist_ok=True)
        export.write_text(review_table(found), encoding="utf-8")
        written = f"{_count(len(found), 'pending name')} written to {export}: fill in means or new_person, then"
        parts = [written, f"nba-pipeline registry apply {export}"]
    answer(Told(parts, [asdict(one) for one in found]), as_json=as_json)


@registry.command("resolve")
def registry_resolve(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Read the registry's sources again, mark the names that are known now, list the others for review."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.names_registry import read_again, resolve

    place, now = current_home().reports / "names_to_review.csv", dt.datetime.now(dt.UTC)
    if not dry_run:
        with opened() as (_, _, instance):
            read_again(defs, instance, now)
    found = resolve(current_warehouse(), now=now, dry_run=dry_run, review_file=place)
    parts: list[Part] = [*_resolution(found.resolved, dry_run=dry_run)]
    if found.review:
        parts += [_names(found.review, "To review"), *_HOW_TO_DECIDE]
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

    with opened() as (_, warehouse, instance), progress("Reprocessing", None, quiet=as_json or dry_run) as step:
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
    parts = _resolution(done.known, dry_run=dry_run) if done.known else ["No name is ready to reprocess."]
    if done.ready:
        verb = "Would compute" if dry_run else "Computed"
        tables, rows = _count(len(done.tables), "table"), _count(len(done.ready), "row")
        parts = [f"{verb} {tables} over {done.dates} for {rows}."]
        parts += [] if dry_run else [f"{_count(done.completed, 'row')} complete, {done.still_ready} still ready."]
        parts += [f"failed {day}: {one_line(why)}" for day, why in failed.items()]
        parts += [
            f"still unknown: {one_line(row['player_lookup'])} on {row['game_date']} in {row['processor_name']}"
            for row in done.still_missed
        ]
    document = {
        "dry_run": dry_run,
        "known": [asdict(one) for one in done.known],
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


@alias.command("add")
def alias_add(
    words: Annotated[list[str], typer.Argument(metavar="SPELLING = NAME", help="A feed's spelling, and the person.")],
    *,
    same_person: Annotated[
        bool, typer.Option("--same-person", help="One person, although both names have rows on one date.")
    ] = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Say whom another spelling means: alias add "Bones Hyland" = "Nah'Shon Hyland" --reason nickname."""
    from nba_pipeline.operations.name_decisions import add_alias

    sent, means = _equation(words)
    names, root, trace = _deciding(by, reason)
    made = [add_alias(names, root, sent, means, trace, same_person=same_person)]
    _learn(made, names)


@person.command("add")
def person_add(
    name: Annotated[str, typer.Argument(help="Full name as the league writes it.")],
    *,
    nba_id: Annotated[int | None, typer.Option("--nba-id", min=1, help="His person id at the league.")] = None,
    namesake: Annotated[bool, typer.Option("--namesake", help="Another person of a name the registry knows.")] = False,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Add a person the registry does not know."""
    from nba_pipeline.operations.name_decisions import add_person

    names, root, trace = _deciding(by, reason)
    made = [add_person(names, root, name, trace, nba_player_id=nba_id, namesake=namesake)]
    if namesake:
        say("Sources without the league's person id cannot tell the two apart: such rows stay unknown for both.")
    _learn(made, names)


@registry.command("apply")
def registry_apply(
    file: Annotated[Path, typer.Argument(help="CSV that registry pending --export wrote, filled in.")],
    *,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Make the decisions of a filled-in file; a refused line does not stop the others."""
    from nba_pipeline.operations.name_decisions import apply

    names, root, trace = _deciding(by, reason)
    done = apply(names, root, file, trace)
    for line in done.refused:
        say(f"refused {line}")
    if done.made:
        _learn(done.made, names)
    else:
        say(f"{file.name} holds no decision that could be made.")
    leave(Exit.BLOCKED if done.refused else Exit.PASSED if done.made else Exit.NOTHING_TO_JUDGE)


@registry.command("decisions")
def registry_decisions(as_json: Json = False) -> None:
    """List what was decided about names: who, when, why, and what was undone."""
    from nba_pipeline.operations.name_decisions import decisions

    made = decisions(current_home().landing)
    headings = ("number", "decided at", "by", "kind", "spelling", "means", "reason", "undone at")
    rows = [
        (one.number, one.decided_at, one.decided_by, one.kind, one.sent, one.means, one.reason, one.undone_at)
        for one in made
    ]
    parts: list[Part] = (
        [Table("Decisions about names", headings, rows)] if rows else ["Nothing was decided about names."]
    )
    answer(Told(parts, [asdict(one) for one in made]), as_json=as_json)


@registry.command("undo")
def registry_undo(
    number: Annotated[int | None, typer.Argument(help="The decision's number; the last one when left out.")] = None,
    *,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Take a decision back."""
    from nba_pipeline.operations.name_decisions import Trace, undo

    trace = Trace(by or getpass.getuser(), reason, dt.datetime.now(dt.UTC))
    taken = undo(current_home().landing, number, trace)
    say(f"Undone {taken.number}: {taken.sent} means {taken.means} no longer.")
    _learn([], None, undone=taken)


def _equation(words: Sequence[str]) -> tuple[str, str]:
    """Both sides of ``SPELLING = NAME``, typed as one word, two or three."""
    sides = [side.strip() for side in (" ".join(words).split("=") if "=" in " ".join(words) else words)]
    if len(sides) != 2 or not all(sides):
        raise UsageError('Write SPELLING = NAME, each in quotes: registry alias add "Herb Jones" = "Herbert Jones".')
    return sides[0], sides[1]


def _deciding(by: str, reason: str) -> "tuple[Names, Path, Trace]":
    """The names that are known, where decisions are written, and their trace."""
    from nba_pipeline.operations.name_decisions import Trace, known_names

    trace = Trace(by or getpass.getuser(), reason.strip(), dt.datetime.now(dt.UTC))
    return known_names(current_warehouse()), current_home().landing, trace


def _learn(made: "Sequence[Decision]", names: "Names | None", undone: "Decision | None" = None) -> None:
    """Read the registry's sources again and say which stored rows can be repaired now."""
    from nba_pipeline.definitions import defs
    from nba_pipeline.operations.names_registry import mark_known, read_again, reopen

    for one in made:
        say(f"Decision {one.number}: {one.sent} {'means' if one.kind == 'alias' else 'is the new person'} {one.means}.")
        if names and (doubt := names.doubt(one.sent)):
            say(f"{doubt} nba-pipeline registry undo {one.number} takes the decision back.")
    now = dt.datetime.now(dt.UTC)
    with opened() as (_, warehouse, instance):
        try:
            read_again(defs, instance, now)
        except PipelineError as error:
            raise PipelineError(f"The decision is kept. {error} After that: nba-pipeline registry resolve") from error
        known = mark_known(warehouse, now=now)
        again = reopen(warehouse, undone.sent) if undone else None
    for line in _resolution(known, dry_run=False) if made else ():
        say(line)
    if undone and again:
        say(f"{undone.sent} is pending again. What was computed with {undone.means} stays until:")
        say(again)


def _resolution(resolved: "Sequence[ResolvedName]", *, dry_run: bool) -> list[str]:
    """Which pending names are known now, and what comes next."""
    if not resolved:
        return ["No pending name is known now."]
    lines = [
        f"  {one_line(one.player_lookup)} = {one.canonical_lookup} ({one.method}), {_count(one.records, 'row')}"
        for one in resolved
    ]
    names = _count(len(resolved), "name")
    if dry_run:
        return [*lines, f"{names} would be ready to reprocess."]
    return [*lines, f"{names} ready: nba-pipeline registry reprocess (or the sensor does it)."]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _names(found: "Sequence[PendingName]", title: str) -> Table:
    headings = ("player_lookup", "team", "dates", "first", "last", "may be")
    rows = [
        (
            one.player_lookup,
            one.team_abbr,
            one.dates,
            one.first_date,
            one.last_date,
            ", ".join(candidate.words for candidate in one.candidates),
        )
        for one in found
    ]
    return Table(title, headings, rows)
