"""One way down: a room imports only from rooms below it, also inside functions, and no module imports in a circle."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import nba_pipeline

ROOT = Path(nba_pipeline.__file__).parent
#: From the top down. Rooms on one line do not know each other.
LEVELS = (
    ("cli",),
    ("benchmark",),
    ("definitions",),
    ("jobs",),
    ("operations",),
    ("pages",),
    ("graph",),
    ("completeness",),
    ("publish",),
    ("validation",),
    ("payloads",),
    ("archive", "simulated"),
    ("raw", "inputs"),
    ("warehouse", "reference_data", "features"),
    ("switches",),
    ("keys",),
    ("contract", "landing", "instance", "remedies"),
    ("calendar",),
    ("home",),
    ("document",),
    ("errors", "markup", "names", "phases"),
)
LEVEL_OF = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
#: Whose imports wait until they are needed: the command line answers --help without the graph and its libraries.
LAZY = {"cli", "benchmark"}


@dataclass(frozen=True)
class Import:
    """An import statement: who, from what, the line, and whether it waits inside a function."""

    module: str
    target: str
    line: int
    is_lazy: bool

    def __str__(self) -> str:
        return f"{self.module} line {self.line} imports {self.target}"


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name below the package."""
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(ROOT.rglob("*.py"))}
    return {name.removesuffix(".__init__"): path for name, path in named.items() if name != "__init__"}


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the package, those for the type checker left out."""
    return tuple(
        one for name, path in modules().items() for one in _found(name, ast.parse(path.read_text(encoding="utf-8")))
    )


def _found(module: str, node: ast.AST, *, is_lazy: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (Import(module, alias.name, child.lineno, is_lazy) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{module} line {child.lineno}: write the whole name of the module"
            for alias in child.names:
                whole = f"{child.module}.{alias.name}"
                target = whole if whole.removeprefix("nba_pipeline.") in modules() else child.module or ""
                yield Import(module, target, child.lineno, is_lazy)
        yield from _found(module, child, is_lazy=is_lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def own() -> list[Import]:
    """Imports of one module of the package by another, the target named below the package."""
    return [
        Import(one.module, one.target.removeprefix("nba_pipeline."), one.line, one.is_lazy)
        for one in imports()
        if one.target.startswith("nba_pipeline.")
    ]


def room(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_stands_in_a_room_and_every_room_exists():
    assert {room(name) for name in modules()} == LEVEL_OF.keys()


def test_a_room_imports_only_from_rooms_below_it():
    up = [
        f"{one}"
        for one in own()
        if room(one.module) != room(one.target) and LEVEL_OF[room(one.target)] <= LEVEL_OF[room(one.module)]
    ]
    assert up == []


def test_no_module_imports_in_a_circle():
    targets: dict[str, set[str]] = {name: set() for name in modules()}
    for one in own():
        targets[one.module].add(one.target)
    left = dict(targets)
    while leaves := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in leaves:
            del left[name]
    assert left == {}


def test_only_the_command_line_puts_off_its_imports():
    assert [f"{one}" for one in own() if one.is_lazy and room(one.module) not in LAZY] == []


def test_nothing_below_the_keys_knows_dagster():
    low = {name for name, level in LEVEL_OF.items() if level > LEVEL_OF["keys"]} - {"instance"}
    told = [f"{one}" for one in imports() if one.target.partition(".")[0] == "dagster" and room(one.module) in low]
    assert told == []


@pytest.mark.parametrize("library", ["dagster", "sqlglot", "pyarrow", "pandas"])
def test_help_waits_for_no_library(library):
    needed, todo = set(), ["cli"]
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            todo += [one.target for one in own() if one.module == name and not one.is_lazy]
    waiting = [f"{one}" for one in imports() if one.module in needed and not one.is_lazy]
    assert [line for line in waiting if f"imports {library}" in line] == []


def test_whoever_acts_or_shows_asks_completeness_and_writes_no_sql():
    """SQL stands in models, checks, completeness and the rooms below it."""
    above = {name for name, level in LEVEL_OF.items() if level < LEVEL_OF["completeness"]} - {"benchmark"}
    told = [
        f"{name} line {node.lineno}"
        for name, path in modules().items()
        if room(name) in above
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip()[:7] == "select "
    ]
    assert told == []
