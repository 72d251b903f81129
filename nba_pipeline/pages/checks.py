"""The page of checks: one generated page that says what every check means, where it runs, and what to do about it.

What is generated comes from the contracts, ``checks/*.sql``, ``thresholds.yaml`` and the gates; by hand there is only
what a broken entry means for whoever uses the tables. How a check is judged stands in ``validation``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nba_pipeline.contract.catalog import runnable_contracts
from nba_pipeline.contract.checks import SEVERITIES
from nba_pipeline.contract.table import TableContract
from nba_pipeline.graph.checks import BYPASSABLE, NOT_IN_BACKFILL
from nba_pipeline.graph.gates import gates
from nba_pipeline.keys import name_of
from nba_pipeline.phases import PHASES
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.facts import Fact
from nba_pipeline.validation.thresholds import PACKAGED, Entry, catalogue

PAGE = PACKAGED.parents[1] / "docs" / "runbooks" / "checks.md"

#: What is wrong when an entry of the catalogue is broken.
MEANING: Mapping[str, str] = {
    "V01": "A game, player or team would be counted twice in everything that is summed from the table.",
    "V02": "A row without its key or date belongs to nobody: it is in no join and in no partition.",
    "V03": "A date looks complete because it has rows, while whole games of the schedule are missing.",
    "V04": "A game with one side, or with home and away exchanged, gives ratings and shares of the wrong team.",
    "V05": "Players who were there are missing, so totals, shares and usage of the others are too high.",
    "V06": "Somebody of the slate vanished: neither a row nor a recorded reason why there is none.",
    "V07": "A slate with far too few or too many rows was loaded in part, or twice under other names.",
    "V08": "Averages and usage would rest on few players, and training on holes.",
    "V09": "Pace and ratings of the date are unknown, so every player feature that uses them is.",
    "V10": "Few players or games have a line: features from the market are empty there, not wrong.",
    "V11": "A number that cannot happen in a basketball game spoils every average it enters.",
    "V12": "Parts of a row contradict its whole; one of the two came from another source or another game.",
    "V13": "A player's line is missing or doubled, or belongs to another game.",
    "V14": "The two team tables describe different games.",
    "V15": "Rows were computed although something they are made of was never computed or is broken itself.",
    "V16": "Averages over the last games skip a game that was played, without saying so.",
    "V17": "An upstream column was empty, and what was computed from it looks complete all the same.",
    "V18": "A feature that is the same for everybody says nothing; mostly its input is missing.",
    "V19": "A model would be trained on, or asked with, a value that cannot be.",
    "V20": "The rows are there but rest on less than they should at this time of the season.",
    "V21": "Dates of the schedule are missing from a table; the next phase would be computed on holes.",
    "V22": "A date has no rows and nobody knows why: it was never computed, or its record was lost.",
    "V23": "The latest attempt on a partition failed; what is stored there is older than its inputs, or nothing.",
    "V24": "A source became poorer: values that used to be filled are missing now.",
    "V25": "Rows are dated in the first fourteen days of a season, before there is enough history for any.",
    "V26": "A player nobody can identify is in no join across tables and seasons. The numbers of players, teams and "
    "aliases are asked by `nba-pipeline preflight`.",
    "V27": "The tables end before the newest games; whoever reads today's slate reads yesterday's.",
    "V28": "A row knows the result it should help to predict. Nothing that was trained on it can be believed.",
    "V32": "A model trained now would learn from too few rows, from holes or from defaults.",
    "V33": "The two weeks on which every table is tried are not whole; something is wrong with code or sources, not "
    "with a single date.",
}
#: Entries that a command judges over a range, not a check of a table.
_COMMANDS: Mapping[str, str] = {"V32": "nba-pipeline verify ml-ready --season 2021-22"}
_NOT_HERE = ("V29", "V30", "V31")
_STRENGTH = tuple(SEVERITIES)


@dataclass(frozen=True)
class _Line:
    """One check wherever it stands: the same name, severity, scope and sentence in several tables."""

    id: str
    name: str
    severity: str
    scope: str
    sentence: str


#: The columns a check is about by table; none for a check of the table as a whole.
_Places = dict[str, list[str]]


def check_page() -> str:
    """The whole page as Markdown, with the numbers of the package, whatever a home folder overrules."""
    entries = catalogue(PACKAGED.parent)
    lines = _lines()
    return "\n".join([*_head(), *_index(entries, lines), *_entries(entries, lines), *_others(lines)]) + "\n"


def carried() -> set[str]:
    """Catalogue entries that a check of a table, a gate or a command judges."""
    return {line.id for line in _lines() if line.id} | _COMMANDS.keys()


def _head() -> Iterator[str]:
    yield from (
        "# Checks",
        "",
        "Generated by `nba-pipeline dictionary` from the table files, `checks/*.sql`, `checks/thresholds.yaml` and the",
        "gates; change those, not this page.",
        "",
        "| severity | what happens when it is broken |",
        "| --- | --- |",
        *(f"| {severity} | {meaning} |" for severity, meaning in SEVERITIES.items()),
        "",
        f"With `--backfill-mode` or `--no-strict-mode` a broken {' or '.join(sorted(BYPASSABLE))} is shown without",
        f"stopping the run; with `--backfill-mode` {' and '.join(sorted(NOT_IN_BACKFILL))} is not judged, being about",
        "today. Everything else is judged alike in every mode.",
        "",
        "Scope `date`: the broken partitions are known one by one. Scope `range`: judged over the range of the run as",
        "a whole. In the UI every check has its rows, counts and what to do in the *Checks* tab of its table; open",
        "violations by table, check and date stand in `nba_processing.check_violations`.",
        "",
        "| question | command |",
        "| --- | --- |",
        "| Which partitions break an error-level check? | `nba-pipeline failed --season 2021-22` |",
        "| What stands on them, and which commands repair it in order? | `nba-pipeline gaps --season 2021-22` |",
        "| Do the rows of a backfill hold? | `nba-pipeline verify post-backfill --season 2021-22` |",
        "",
        "A number is overruled for one home in `thresholds.yaml` of the home folder:",
        "",
        "```yaml",
        "V08:",
        "  thresholds:",
        "    usage_null_share: 0.08",
        "```",
    )


def _index(entries: Mapping[str, Entry], lines: Mapping[_Line, _Places]) -> Iterator[str]:
    yield from ("", "## Index", "", "| entry | strongest | tables |", "| --- | --- | --- |")
    for id_, entry in entries.items():
        own = [line for line in lines if line.id == id_]
        tables = {name for line in own for name in lines[line]}
        strongest = min((line.severity for line in own), key=_STRENGTH.index, default="command")
        yield f"| [{id_} {entry.title}](#{_anchor(entry)}) | {strongest} | {_tables(tables) or 'a range'} |"
    yield f"| [Facts of single tables](#{_OTHERS.lower().replace(' ', '-')}) | block | |"
    yield ""
    yield f"{', '.join(_NOT_HERE)} are reserved for predictions, grading and accuracy, which are no tables here."


def _entries(entries: Mapping[str, Entry], lines: Mapping[_Line, _Places]) -> Iterator[str]:
    for id_, entry in entries.items():
        yield from ("", f"## {id_} {entry.title}", "", MEANING[id_], "", f"- What to do: {_commands(entry.remedy)}")
        if entry.thresholds:
            yield f"- Thresholds: {', '.join(f'`{name}` {value:g}' for name, value in entry.thresholds.items())}"
        if id_ in _COMMANDS:
            yield f"- Judged by: `{_COMMANDS[id_]}`"
        yield from _grid({line: places for line, places in lines.items() if line.id == id_})


_OTHERS = "Facts of single tables"


def _others(lines: Mapping[_Line, _Places]) -> Iterator[str]:
    yield from (
        "",
        f"## {_OTHERS}",
        "",
        "Stated in the file of their table. What to do:",
        "",
        "- `no_record_in_quarantine`: the rows name file, record, field and reason. Land a corrected file and",
        "  materialise the date again; what stays in quarantine is in no table unless its reason says so. Field",
        "  `(absent rows)`: a newer capture states less than an older one; rows are kept until a whole one lands.",
        "- `values_are_usual` and other warnings: look at the rows once. If they are right, nothing needs to be done.",
        "- Anything that blocks: the rows shown contradict themselves. Look at the source of the date, correct it and",
        "  materialise the date again; if the source is right, the model of the table is wrong.",
    )
    yield from _grid({line: places for line, places in lines.items() if not line.id})


def _grid(lines: Mapping[_Line, _Places]) -> Iterator[str]:
    if not lines:
        return
    yield from ("", "| check | severity | scope | tables | fact |", "| --- | --- | --- | --- | --- |")
    for line, places in sorted(lines.items(), key=lambda one: (_STRENGTH.index(one[0].severity), one[0].name)):
        where = _tables(places) if not any(places.values()) else _with_columns(places)
        sentence = line.sentence.replace("|", "\\|")
        yield f"| `{line.name}` | {line.severity} | {line.scope} | {where} | {sentence} |"


def _lines() -> Mapping[_Line, _Places]:
    """Every check with the tables it stands on, in order of first appearance."""
    found: dict[_Line, _Places] = {}
    for contract in runnable_contracts().values():
        for fact in checks_of(contract):
            line, columns = _line(contract, fact)
            found.setdefault(line, {}).setdefault(contract.name, []).extend(columns)
    for gate, line in _of_gates():
        found.setdefault(line, {})[gate] = []
    return found


def _line(contract: TableContract, fact: Fact) -> tuple[_Line, list[str]]:
    """A fact as it reads in any table: what names the table's own columns is taken out."""
    severity = "block" if fact.blocking else fact.severity.value.lower()
    name, sentence, columns = fact.name, fact.sentence, []
    dated = dict.fromkeys((*contract.key, *([contract.partition] if contract.partition else [])))
    listed = ", ".join(contract.key)
    about = next((column.name for column in contract.columns if name in _names_about(column.name)), None)
    if name == "key_is_unique":
        sentence = sentence.replace(f"({listed})", "the key of the table")
    elif name == "key_is_filled":
        sentence = sentence.replace(", ".join(dated), "its key and its date")
    elif name.startswith("unique_"):
        names = next(names for names in contract.unique if name == f"unique_{'_'.join(names)}")
        name, sentence = "unique_<columns>", sentence.replace(f"({', '.join(names)})", "the columns named")
        columns = [" + ".join(names)]
    elif about:
        name, sentence = name.replace(about, "<column>", 1), sentence.replace(about, "the column")
        sentence, columns = sentence[0].upper() + sentence[1:], [about]
    return _Line(fact.id, name, severity, fact.scope, sentence), columns


def _names_about(column: str) -> tuple[str, str]:
    return f"{column}_varies", f"{column}_is_filled"


def _of_gates() -> Iterator[tuple[str, _Line]]:
    for gate in gates():
        for spec in gate.check_specs:
            id_ = str(spec.metadata["catalogue"])
            sentence = (spec.description or "").removeprefix(f"{id_} ")
            name = name_of(gate.key)
            # What a phase is called differs from gate to gate; the fact is the same.
            for phase in PHASES.values():
                sentence = sentence.replace(f"The {phase.title}", "The tables of the phase")
            yield name, _Line(id_, spec.name, "block", str(spec.metadata["scope"]), sentence)


def _tables(names: Iterable[str]) -> str:
    """Table names in short; a dataset that is complete is named as a whole."""
    wanted, runnable = set(names), runnable_contracts()
    if wanted >= runnable.keys():
        return "every table"
    said: list[str] = []
    for dataset in dict.fromkeys(name.partition(".")[0] for name in sorted(wanted)):
        whole = {name for name in runnable if name.startswith(f"{dataset}.")}
        held = sorted(name for name in wanted if name.startswith(f"{dataset}."))
        said += [f"`{dataset}.*`"] if len(whole) > 1 and whole <= set(held) else [f"`{_short(name)}`" for name in held]
    return ", ".join(said)


def _with_columns(places: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"`{_short(name)}`: {', '.join(columns)}" for name, columns in places.items())


def _short(name: str) -> str:
    return name.partition(".")[2]


def _anchor(entry: Entry) -> str:
    words = f"{entry.id} {entry.title}".lower()
    return "".join(letter for letter in words if letter.isalnum() or letter in " -_").replace(" ", "-")


def _commands(text: str) -> str:
    """Prose with its command lines set as code: a command ends before a comma, ``then`` or the end of the sentence."""
    words: list[str] = []
    command: list[str] = []
    for word in text.split():
        if word == "nba-pipeline":
            command = [word]
        elif command and (word[0].islower() or word.startswith("--")) and word not in _PROSE:
            command.append(word)
        else:
            words += [_code(command), word] if command else [word]
            command = []
            continue
        if not command:
            words.append(word)
        elif word[-1] in ",.;":
            words.append(_code(command))
            command = []
    return " ".join([*words, *([_code(command)] if command else [])])


_PROSE = frozenset({"lists", "prints", "runs", "names", "creates", "then"})


def _code(words: Sequence[str]) -> str:
    line = " ".join(words)
    bare = line.rstrip(",.;")
    return f"`{bare}`{line[len(bare) :]}"
