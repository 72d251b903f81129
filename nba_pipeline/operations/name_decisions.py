"""What people decide about names: another spelling of a person, or a new person; through landing, with trace, undoable.

Nothing is guessed: what does not lead to exactly one person is refused with the reason. Which stored rows a decision
repairs belongs to ``names_registry``.
"""

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from nba_pipeline import landing
from nba_pipeline.calendar import season_year_of
from nba_pipeline.completeness.unknown_names import active_aliases, evidence, pending_names, registry_persons
from nba_pipeline.errors import UsageError
from nba_pipeline.names import fold
from nba_pipeline.warehouse.seam import Warehouse

_JOURNAL, _UNDONE = "_name_decisions.jsonl", "_undone"
#: Columns of the file that ``registry pending --export`` writes and ``registry apply`` reads.
MEANS, NEW_PERSON, REASON = "means", "new_person", "reason"
#: What the list of pending names says behind a name, pasted with it.
_SCORE = re.compile(r"\s+[01]\.\d\d\b.*$")
_ALIKE = 0.8
#: Persons shown where a name leads to several or to none.
_SHOWN = 5


@dataclass(frozen=True)
class Decision:
    """One decision: ``sent`` is the folded spelling, ``means`` the player_lookup of the person it stands for.

    ``file`` is the landing file that carries it, ``undone_at`` when somebody took it back.
    """

    number: int
    decided_at: str
    decided_by: str
    reason: str
    kind: str
    sent: str
    means: str
    file: str
    undone_at: str | None = None


@dataclass(frozen=True)
class Trace:
    """Who decides, when and why."""

    by: str
    reason: str
    now: dt.datetime


@dataclass
class Names:
    """The names that are known: persons by player_lookup (display name, NBA id), and active aliases.

    ``pending`` are the names nobody knows, each with the known persons of its dates: how often he was of the same team,
    and how often he had a row of his own.
    """

    persons: dict[str, list[tuple[str, str, int | None]]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    pending: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)

    def person(self, name: str) -> str:
        """The player_lookup of the one person a name stands for.

        Raises:
            UsageError: when it stands for nobody or for several.
        """
        lookup = fold(_SCORE.sub("", name))
        lookup = self.aliases.get(lookup, lookup)
        found = self.persons.get(lookup, [])
        if len(found) == 1:
            return lookup
        if found:
            ids = ", ".join(f"{id_} ({display}, NBA id {nba or 'unknown'})" for id_, display, nba in found[:_SHOWN])
            raise UsageError(f"{name!r} stands for {len(found)} persons of the registry: {ids}. A spelling needs one.")
        alike = get_close_matches(lookup, self.persons, n=3, cutoff=_ALIKE)
        if alike:
            shown = ", ".join(f"{self.persons[close][0][1]} ({close})" for close in alike)
            raise UsageError(f"Nobody in the registry is called {name!r}; spelled alike: {shown}.")
        raise UsageError(
            f"Nobody in the registry is called {name!r}, and nobody is spelled alike: give the registry's name, or add "
            f'the person first: nba-pipeline registry person add "FULL NAME" --reason WHY'
        )

    def doubt(self, lookup: str) -> str | None:
        """A pending name that a spelling nobody has met may have meant."""
        alike = [] if lookup in self.pending else get_close_matches(lookup, self.pending, n=1, cutoff=_ALIKE)
        return f"No pending name is spelled {lookup}; {alike[0]} is." if alike else None


@dataclass(frozen=True)
class Applied:
    """What became of the lines of a file: decisions made, and lines refused with the reason."""

    made: tuple[Decision, ...]
    refused: tuple[str, ...]


def known_names(warehouse: Warehouse) -> Names:
    """Persons and active aliases as the warehouse holds them."""
    names = Names()
    for row in registry_persons(warehouse):
        person = (row["universal_player_id"], row["player_name"], row["nba_player_id"])
        names.persons.setdefault(row["player_lookup"], []).append(person)
    for row in active_aliases(warehouse):
        names.aliases[row["alias_lookup"]] = row["nba_canonical_lookup"]
    met = evidence(warehouse)
    names.pending = {row["player_lookup"]: met.get(row["player_lookup"], {}) for row in pending_names(warehouse)}
    return names


def add_alias(names: Names, root: Path, sent: str, means: str, trace: Trace, *, same_person: bool = False) -> Decision:
    """Land another spelling of a person; ``root`` is the landing folder.

    Raises:
        UsageError: when the spelling is empty, taken, or the person is not exactly one; and, unless ``same_person`` is
            stated, when both have rows on one date.
    """
    spelling = _key(sent)
    if spelling in names.persons and fold(means) not in names.persons and fold(means) not in names.aliases:
        raise UsageError(f"{sent!r} is in the registry and {means!r} is not: the sides are the other way round.")
    lookup = names.person(means)
    if spelling == lookup:
        raise UsageError(f"{sent!r} is the registry's own name of {means!r}: nothing to add.")
    if spelling in names.persons:
        raise UsageError(f"{sent!r} is the name of a person of the registry himself, it cannot also mean {means!r}.")
    if spelling in names.aliases:
        taken = names.aliases[spelling]
        if taken == lookup:
            raise UsageError(f"{sent!r} already means {lookup}: nothing to add.")
        raise UsageError(f"{sent!r} already means {taken}: undo that first (nba-pipeline registry decisions).")
    _, own_dates = names.pending.get(spelling, {}).get(lookup, (0, 0))
    if own_dates and not same_person:
        raise UsageError(
            f"{sent!r} and {means!r} both have rows on {own_dates} dates: they are two persons. "
            "If one feed writes the same person in two ways on one night, say --same-person."
        )
    record = {
        "alias_lookup": spelling,
        "nba_canonical_lookup": lookup,
        "alias_type": "other",
        "alias_source": "manual",
        "is_active": True,
    }
    made = _decide(root, "alias", record, trace, sent=spelling, means=lookup)
    names.aliases[spelling] = lookup
    return made


def add_person(
    names: Names, root: Path, name: str, trace: Trace, *, nba_player_id: int | None = None, namesake: bool = False
) -> Decision:
    """Land a person the registry does not know; a second person of a known name only as a stated namesake.

    Raises:
        UsageError: when the name is empty or taken, or the NBA id is somebody else's.
    """
    lookup = _key(name)
    alike = names.persons.get(lookup, [])
    if alike and not namesake:
        ids = ", ".join(f"{id_} ({display})" for id_, display, _ in alike[:_SHOWN])
        raise UsageError(f"The registry knows {name!r}: {ids}. Say --namesake if this is another person of that name.")
    if lookup in names.aliases:
        raise UsageError(f"{name!r} is another spelling of {names.aliases[lookup]}: undo that first.")
    for persons in names.persons.values():
        for id_, display, nba in persons:
            if nba_player_id is not None and nba == nba_player_id:
                raise UsageError(f"NBA id {nba_player_id} is {display} ({id_}): add a spelling of him instead.")
    numbers = [int(id_.rpartition("_")[2]) for id_, _, _ in alike]
    record = {
        "universal_player_id": f"{lookup}_{max(numbers, default=0) + 1:03d}",
        "player_name": name.strip(),
        "nba_player_id": nba_player_id,
        "first_season": season_year_of(trace.now.date()),
        "last_season": season_year_of(trace.now.date()),
    }
    made = _decide(root, "person", record, trace, sent=lookup, means=str(record["universal_player_id"]))
    names.persons.setdefault(lookup, []).append((made.means, name.strip(), nba_player_id))
    return made


def apply(names: Names, root: Path, file: Path, trace: Trace) -> Applied:
    """Make the decisions of a CSV file; empty lines are passed over, a refused line does not stop the others.

    Raises:
        UsageError: for a file that cannot be read or lacks the columns.
    """
    made: list[Decision] = []
    refused: list[str] = []
    for number, row in enumerate(_lines(file), start=2):
        sent, means, person = (str(row.get(name) or "").strip() for name in ("player_lookup", MEANS, NEW_PERSON))
        if not (means or person):
            continue
        if means and person:
            refused.append(f"{file.name} line {number}: {sent!r} cannot have both {MEANS} and {NEW_PERSON}.")
            continue
        told = replace(trace, reason=str(row.get(REASON) or "").strip() or trace.reason)
        try:
            if person:
                made.append(add_person(names, root, person, told))
            if not person or fold(sent) != fold(person):
                made.append(add_alias(names, root, sent, means or person, told))
        except UsageError as error:
            refused.append(f"{file.name} line {number}: {error}")
    return Applied(tuple(made), tuple(refused))


def decisions(root: Path) -> list[Decision]:
    """Everything decided, oldest first, also what was taken back."""
    journal = root / _JOURNAL
    made: dict[int, Decision] = {}
    if not journal.exists():
        return []
    for line in journal.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "undone" in entry:
            made[entry["undone"]] = replace(made[entry["undone"]], undone_at=entry["at"])
        else:
            made[entry["number"]] = Decision(**entry)
    return list(made.values())


def undo(root: Path, number: int | None, trace: Trace) -> Decision:
    """Take a decision back, the last one when none is named: its file leaves landing and stays beside it.

    Raises:
        UsageError: when there is no such decision, or it is undone already.
    """
    made = decisions(root)
    standing = [one for one in made if one.undone_at is None]
    chosen = next((one for one in reversed(standing) if number in (None, one.number)), None)
    if chosen is None:
        what = "No decision stands" if number is None else f"No decision {number} stands"
        raise UsageError(f"{what}: nba-pipeline registry decisions lists them.")
    aside = root / _UNDONE / chosen.file
    aside.parent.mkdir(parents=True, exist_ok=True)
    entry = {"undone": chosen.number, "at": _stamp(trace.now), "by": trace.by, "reason": trace.reason}
    (root / chosen.file).replace(aside)
    _append(root, entry)
    return replace(chosen, undone_at=_stamp(trace.now))


def _key(name: str) -> str:
    key = fold(name)
    if not key:
        raise UsageError(f"{name!r} has no letter of a name.")
    return key


def _lines(file: Path) -> Iterable[Mapping[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            separator = ";" if ";" in opened.readline() else ","  # as Excel writes it in many countries
            opened.seek(0)
            reader = csv.DictReader(opened, delimiter=separator)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} cannot be read as CSV: {error}") from error
    missing = {"player_lookup", MEANS, NEW_PERSON} - set(reader.fieldnames or ())
    if missing:
        raise UsageError(
            f"{file} lacks the columns {', '.join(sorted(missing))}: "
            "nba-pipeline registry pending --export FILE writes one to fill in."
        )
    return rows


def _decide(root: Path, kind: str, record: Mapping[str, object], trace: Trace, *, sent: str, means: str) -> Decision:
    if not trace.reason:
        raise UsageError("Say why: --reason TEXT.")
    source = "player_aliases" if kind == "alias" else "player_registry"
    path = landing.put(
        root,
        source,
        trace.now.date(),
        _after_all(root, source, trace.now),
        landing.origin_of(root),
        json.dumps([record], ensure_ascii=False).encode(),
        "json",
    )
    number = max((one.number for one in decisions(root)), default=0) + 1
    made = Decision(
        number, _stamp(trace.now), trace.by, trace.reason, kind, sent, means, str(path.relative_to(root).as_posix())
    )
    _append(root, {name: value for name, value in asdict(made).items() if value is not None})
    return made


def _after_all(root: Path, source: str, now: dt.datetime) -> dt.datetime:
    """Now, or just after the newest file of the source: what is decided last counts."""
    newest = max((file.fetched_at for file in landing.files(root, source)), default=now)
    return now if newest < now else newest + dt.timedelta(seconds=1)


def _append(root: Path, entry: Mapping[str, object]) -> None:
    root.mkdir(parents=True, exist_ok=True)
    with (root / _JOURNAL).open("a", encoding="utf-8") as journal:
        journal.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _stamp(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
