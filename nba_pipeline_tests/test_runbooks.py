"""What the runbooks tell people to type exists, and where they point to is there.

Commands are parsed with the command line's own parsers and never run.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from typer.exceptions import TyperException

import nba_pipeline
from nba_pipeline.calendar import season, window
from nba_pipeline.cli import app
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.errors import PipelineError
from nba_pipeline.operations.launch import choose_tables

PACKAGE = Path(nba_pipeline.__file__).parent
README = PACKAGE.parent / "README.md"
RUNBOOKS = sorted((PACKAGE / "docs" / "runbooks").glob("*.md"))
PAGES = [README, *RUNBOOKS, *sorted((PACKAGE / "docs" / "decisions").glob("*.md"))]
PROGRAM = "nba-pipeline"
#: First words of a command's arguments that are no tables.
TAKES_TABLES = {"materialize", "plan", "backfill", "failed", "retry"}
EXPECTED_PAGES = {
    "start-here.md",
    "backfill-a-season.md",
    "clean-backfill.md",
    "at-three-in-the-morning.md",
    "the-original-numbers.md",
    "risks.md",
    "checks.md",
}


class Written(NamedTuple):
    """One command line as a page shows it."""

    page: str
    line: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)[1:]


def code_of(text: str) -> Iterator[str]:
    """Lines of code blocks, with continued lines joined, and inline code."""
    fences = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for block in fences:
        yield from block.replace("\\\n", " ").splitlines()
    prose = re.sub(r"^```[^\n]*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from (one.replace("\n", " ").replace("\\|", "|") for one in re.findall(r"`([^`]+)`", prose))


def commands_of(text: str) -> Iterator[str]:
    """Every call of the program, alone or beside other programs on a line; its bare name is none."""
    for code in code_of(text):
        for part in re.split(r"&&|\|\||[|;]|#|\s>\s|\s>>\s", code):
            words = part.split()
            while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
                words = words[1:]
            if len(words) > 1 and Path(words[0]).name == PROGRAM:
                yield " ".join([PROGRAM, *words[1:]])


def written() -> list[Written]:
    found = [Written(page.name, line) for page in (README, *RUNBOOKS) for line in commands_of(page.read_text("utf-8"))]
    return list(dict.fromkeys(found))


def parsed(words: list[str]):
    """The context in which the command would run.

    Raises:
        TyperException: when there is no such command, option or value.
        KeyError: when a group has no such subcommand.
    """
    command = typer.main.get_command(app)
    path = []
    while hasattr(command, "commands"):
        if words and words[0] == "--help":
            return None
        path, command, words = [*path, words[0]], command.commands[words[0]], words[1:]
    if "--help" in words:
        return None
    return command.make_context(" ".join(path), list(words))


def test_there_are_commands_to_look_at():
    assert {page.name for page in RUNBOOKS} >= EXPECTED_PAGES
    assert len(written()) > 100


@pytest.mark.parametrize("one", written(), ids=str)
def test_a_written_command_can_be_typed(one):
    try:
        context = parsed(one.words)
    except (TyperException, KeyError) as error:
        pytest.fail(f"{one.page}: {one.line}: {getattr(error, 'message', '') or error!r}")
    if context is None:
        return
    given = context.params
    label = given.get("label") or given.get("season") or given.get("season_label")
    named = given.get("named") or given.get("window") or given.get("window_name")
    try:
        if label:
            season(label)
        if named:
            window(named)
        if context.info_name in TAKES_TABLES:
            words = [*(given.get("tables") or ()), *(given.get("words") or ())]
            choose_tables([word for word in words if word.islower() and not re.match(r"\d|phase[234]$", word)])
    except PipelineError as error:
        pytest.fail(f"{one.page}: {one.line}: {error}")


@pytest.mark.parametrize(
    "line",
    [
        "nba-pipeline no-such-command",
        "nba-pipeline verify phase9 --season 2021-22",
        "nba-pipeline gaps --no-such-option",
        "nba-pipeline monitor --interval often",
    ],
)
def test_a_command_that_does_not_exist_is_found_out(line):
    with pytest.raises((TyperException, KeyError)):
        parsed(shlex.split(line)[1:])


def test_commands_are_found_in_blocks_and_in_the_text():
    page = """Type `nba-pipeline gaps --season 2021-22`; `nba-pipeline` alone is a name.

```
X=1 .venv/bin/nba-pipeline plan \\
  --window smoke > plan.txt && nba-pipeline failed
```
"""
    assert sorted(commands_of(page)) == [
        "nba-pipeline failed",
        "nba-pipeline gaps --season 2021-22",
        "nba-pipeline plan --window smoke",
    ]


def links() -> list[tuple[str, str]]:
    """Page and target of every relative link."""
    found = []
    for page in PAGES:
        prose = re.sub(r"^```[^\n]*\n.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        found += [
            (str(page.relative_to(README.parent)), target)
            for target in re.findall(r"\]\(([^)\s]+)\)", prose)
            if not re.match(r"[a-z]+:", target)
        ]
    return found


def headings_of(page: Path) -> set[str]:
    """Anchors of a page, made as the usual viewers do."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {
        "".join(one for one in title.lower() if one.isalnum() or one in " -_").replace(" ", "-") for title in titles
    }


@pytest.mark.parametrize(("page", "target"), links())
def test_a_link_leads_somewhere(page, target):
    place, _, anchor = target.partition("#")
    found = (README.parent / page).parent / place if place else README.parent / page
    assert found.exists(), f"{page} links to {target}"
    if anchor:
        assert anchor in headings_of(found), f"{page} links to {target}"


def test_jobs_sensors_and_schedules_of_the_runbooks_are_defined():
    repository = defs.get_repository_def()
    known = {
        "job": {job.name for job in repository.get_all_jobs()},
        "sensor": {sensor.name for sensor in repository.sensor_defs},
        "schedule": {schedule.name for schedule in repository.schedule_defs},
    }
    for page in RUNBOOKS:
        for kind, name in re.findall(r"\b(job|sensor|schedule) `(\w+)`", page.read_text("utf-8"), re.IGNORECASE):
            assert name in known[kind.lower()], f"{page.name}: there is no {kind} {name}"


def test_tables_of_the_runbooks_are_declared():
    assets = {".".join(key.path) for key in defs.get_repository_def().asset_graph.get_all_asset_keys()}
    known = assets | set(load_contracts())
    for page in RUNBOOKS:
        # What the original documents call a table is quoted on this page, to say what it is called.
        if page.name != "the-original-numbers.md":
            named = set(re.findall(r"`(nba_[a-z]+\.[a-z0-9_]+)`", page.read_text("utf-8")))
            assert not named - known, f"{page.name}: {sorted(named - known)}"
