"""Remembered answers: the same as derived ones, asked anew after any change, and never needed."""

import ast
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

import nba_pipeline
from nba_pipeline.contract.cache import SOURCES, Memory, cache_folder
from nba_pipeline.contract.format import load_contract
from nba_pipeline.errors import ContractError
from nba_pipeline.warehouse.binding import require_documented_columns

#: Prints everything a load of the graph derives from the table files.
LOAD = """
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.graph.lineage import lineage_of
from nba_pipeline.warehouse.binding import require_documented_columns
contracts = load_contracts()
require_documented_columns(contracts.values())
for name, contract in contracts.items():
    print(name, contract.upstreams, lineage_of(name) if contract.query else "")
"""
#: Loads the table files below a folder and prints what the one table reads, or the error.
LOAD_FOLDER = """
import sys
from pathlib import Path
from nba_pipeline.contract.catalog import load_contracts
from nba_pipeline.errors import ContractError
from nba_pipeline.warehouse.binding import require_documented_columns
try:
    contracts = load_contracts(Path(sys.argv[1]))
    require_documented_columns(contracts.values())
    print(contracts["nba_analytics.points"].upstreams)
except ContractError as error:
    print(error)
"""
SOURCE = """\
-- description: Box lines.
-- grain: One row per game.
-- key: game_id
-- column: game_id | string | not null | Game.
-- column: points | int64 | | Points.
"""
POINTS = """\
-- description: Points.
-- grain: One row per game.
-- key: game_id
-- column: game_id | string | not null | Game.
-- column: points | int64 | | Points.
select
    game_id,
    points
from nba_reference.lines
"""


def started(code, cache, *arguments):
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )


def printed(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out


def answers(folder):
    return {file.name: file.stat().st_mtime_ns for file in Path(folder).iterdir()}


def written(folder, dataset, table, text):
    path = folder / dataset / f"{table}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def memory(folder, code="one", kept=100):
    return Memory(folder, lambda: code, kept)


def counting():
    """A derivation that says how often it was carried out."""
    times = count(1)
    return lambda: [next(times)]


def test_remembered_equals_derived_also_when_two_processes_begin_at_once(tmp_path):
    at_once = [started(LOAD, tmp_path) for _ in range(2)]
    first, second = (printed(process) for process in at_once)
    kept = answers(tmp_path / "nba_pipeline")
    third = printed(started(LOAD, tmp_path))
    no_folder = tmp_path / "a file"
    no_folder.touch()
    fresh = printed(started(LOAD, no_folder))
    assert first == second == third == fresh
    assert "nba_predictions.ml_feature_store_v2 (" in fresh
    assert kept
    assert all(name.endswith(".json") for name in kept)
    assert answers(tmp_path / "nba_pipeline") == kept


def test_a_changed_table_file_is_noticed_and_an_error_is_raised_each_time(tmp_path):
    cache, models = tmp_path / "cache", tmp_path / "models"
    source = written(models, "nba_reference", "lines", SOURCE)
    points = written(models, "nba_analytics", "points", POINTS)

    def load():
        return printed(started(LOAD_FOLDER, cache, str(models)))

    assert load() == "('nba_reference.lines',)\n"
    points.write_text(POINTS.replace("    points\n", "    points * 0.5 as points\n"))
    once, again = load(), load()
    assert once == again
    assert once.startswith(f"{points}:5: column points is documented as int64 (bigint) but the query produces double")
    points.write_text(POINTS.replace("    points\n", "    point\n"))
    assert load().startswith(f"{points}:5: column points is documented but the query does not produce it")
    points.write_text(POINTS.replace("nba_reference.lines", "nba_reference.line"))
    assert load().startswith(f"{points}:6: the query reads nba_reference.line, which no file")
    points.write_text(POINTS)
    assert load() == "('nba_reference.lines',)\n"
    source.write_text(SOURCE.replace("points | int64", "points | string"))
    assert load().startswith(
        f"{points}:5: column points is documented as int64 (bigint) but the query produces varchar"
    )


def test_a_change_behind_a_view_is_noticed(tmp_path):
    view = POINTS.replace("-- key: game_id\n", "-- key: game_id\n-- view: true\n")
    files = [
        written(tmp_path, "nba_reference", "lines", SOURCE),
        written(tmp_path, "nba_reference", "seen_lines", view),
        written(tmp_path, "nba_analytics", "points", POINTS.replace("nba_reference.lines", "nba_reference.seen_lines")),
    ]
    require_documented_columns(load_contract(file) for file in files)
    files[0].write_text(SOURCE.replace("points | int64", "points | bool"))
    with pytest.raises(ContractError, match=r"column points is documented as int64 .* produces boolean"):
        require_documented_columns(load_contract(file) for file in (files[0], files[1]))
    files[1].write_text(view.replace("points | int64", "points | bool"))
    require_documented_columns(load_contract(file) for file in files[:2])
    with pytest.raises(ContractError, match=r"points.sql:5: column points is documented as int64"):
        require_documented_columns(load_contract(file) for file in files)


def test_a_view_that_does_not_run_is_named_with_its_file(tmp_path):
    view = POINTS.replace("-- key: game_id\n", "-- key: game_id\n-- view: true\n").replace(
        "    points\n", "    sum(points) as points\n"
    )
    files = [
        written(tmp_path, "nba_reference", "lines", SOURCE),
        written(tmp_path, "nba_reference", "seen_lines", view),
        written(tmp_path, "nba_analytics", "points", POINTS.replace("nba_reference.lines", "nba_reference.seen_lines")),
    ]
    with pytest.raises(ContractError, match=r"seen_lines.sql:7: the query does not run on the embedded engine"):
        require_documented_columns(load_contract(file) for file in reversed(files))


def test_an_answer_is_derived_once_for_the_same_question_code_and_kind(tmp_path):
    derive = counting()
    assert memory(tmp_path).remembered("kind", "question", derive) == [1]
    assert memory(tmp_path).remembered("kind", "question", derive) == [1]
    assert memory(tmp_path).remembered("kind", "another question", derive) == [2]
    assert memory(tmp_path).remembered("other", "question", derive) == [3]
    assert memory(tmp_path, code="two").remembered("kind", "question", derive) == [4]
    assert memory(tmp_path).remembered("kind", "question", derive) == [1]


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"[2]", b"[\n2", b"0\n[2]", None])
def test_a_damaged_answer_is_derived_anew_and_repaired(tmp_path, damage):
    derive = counting()
    memory(tmp_path).remembered("kind", "question", derive)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1] if damage is None else damage)
    assert memory(tmp_path).remembered("kind", "question", derive) == [2]
    assert memory(tmp_path).remembered("kind", "question", derive) == [2]


@pytest.mark.parametrize("folder", [None, Path("/dev/null/cache")])
def test_without_a_usable_folder_everything_is_derived(folder):
    derive = counting()
    assert memory(folder).remembered("kind", "question", derive) == [1]
    assert memory(folder).remembered("kind", "question", derive) == [2]


def test_an_answer_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path):
    derive = counting()
    memory(tmp_path).remembered("kind", "question", derive)
    (file,) = tmp_path.iterdir()
    file.unlink()
    file.mkdir()
    assert memory(tmp_path).remembered("kind", "question", derive) == [2]
    assert list(tmp_path.iterdir()) == [file]


def test_an_error_is_raised_and_not_kept(tmp_path):
    def fails():
        raise ContractError("line 3")

    for _ in range(2):
        with pytest.raises(ContractError, match="line 3"):
            memory(tmp_path).remembered("kind", "question", fails)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_kept_when_the_code_was_edited_meanwhile(tmp_path):
    states = iter(["before", "after"])
    edited = Memory(tmp_path, lambda: next(states))
    assert edited.remembered("kind", "question", counting()) == [1]
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_answers_go_first(tmp_path):
    for age, question in enumerate(("new", "old", "older")):
        before = set(tmp_path.iterdir())
        memory(tmp_path).remembered("kind", question, list)
        (file,) = set(tmp_path.iterdir()) - before
        os.utime(file, (1000 - age, 1000 - age))
    assert memory(tmp_path, kept=2).remembered("kind", "newest", list) == []
    derive = counting()
    assert len(list(tmp_path.iterdir())) == 2
    assert memory(tmp_path).remembered("kind", "new", derive) == []
    assert memory(tmp_path).remembered("kind", "old", derive) == [1]


def test_the_folder_follows_the_xdg_base_directories(tmp_path):
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "nba_pipeline"
    below_home = Path.home() / ".cache" / "nba_pipeline"
    assert cache_folder({}) == cache_folder({"XDG_CACHE_HOME": ""}) == cache_folder({"XDG_CACHE_HOME": "relative"})
    assert cache_folder({}) == below_home


def test_the_code_that_counts_holds_every_caller_and_all_it_imports():
    package = Path(nba_pipeline.__file__).parent

    def imported(path):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)

    def files_behind(path):
        names = (name.removeprefix("nba_pipeline.").replace(".", "/") for name in imported(path))
        return {f"{name}.py" for name in names if (package / f"{name}.py").is_file()}

    callers = {
        str(path.relative_to(package)) for path in package.rglob("*.py") if "contract/cache.py" in files_behind(path)
    }
    assert callers <= set(SOURCES)
    for source in SOURCES:
        assert files_behind(package / source) <= set(SOURCES), source
