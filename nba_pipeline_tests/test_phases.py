"""The phases are stated in one table: no other module writes their numbers, and everything has a place for each."""

import ast

import pytest

from nba_pipeline.contract.catalog import phase_tables, runnable_contracts
from nba_pipeline.definitions import defs
from nba_pipeline.keys import asset_key, backfill_job, gate_key
from nba_pipeline.phases import COMPUTED, LATER, PHASES, phase_of
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline_tests.test_import_rule import modules

#: Functions that take the number of a phase.
ASK = {"gate_key", "phase_tables", "judge_gate", "materialise_gate", "phase_link", "backfill_job", "dry_run"}


def numbers(node):
    """Phase numbers among the direct elements of a node."""
    return {one.value for one in ast.iter_child_nodes(node) if isinstance(one, ast.Constant)} & PHASES.keys()


def writes_a_phase(node):
    """Several phases in a row, a comparison of a phase with a number, or a number handed to whoever asks for one."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
        return numbers(node) >= set(COMPUTED) and len(list(ast.iter_child_nodes(node))) <= len(PHASES) + 1
    if isinstance(node, ast.Compare):
        return "phase" in ast.unparse(node.left) and bool(numbers(node))
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ASK and bool(numbers(node))


@pytest.mark.parametrize("module", sorted(modules().keys() - {"phases"}))
def test_no_other_module_writes_the_number_of_a_phase(module):
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    found = [f"line {node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if writes_a_phase(node)]
    assert found == []


def test_the_rule_finds_numbers():
    for text in (
        "(3, 4)",
        "(2, 3, 4)",
        "{3: 95.0, 4: 88.0}",
        "phase == 3",
        "gate.phase != 2",
        "judge_gate(w, 3, dates)",
    ):
        assert any(writes_a_phase(node) for node in ast.walk(ast.parse(text))), text


@pytest.mark.parametrize("phase", PHASES.values(), ids=lambda phase: phase.word)
def test_a_phase_has_tables_a_gate_jobs_and_numbers(phase):
    tables = phase_tables(phase.number)
    repository = defs.get_repository_def()
    assert tables
    assert all(phase_of(table.dataset, table.level) is phase for table in tables)
    assert repository.asset_graph.has(gate_key(phase.number))
    assert phase.is_source or all(repository.has_job(backfill_job(phase.number, table.level)) for table in tables)
    assert 0 < threshold("V21", phase.percent) <= 100
    assert phase.before is None or phase.before.after is phase
    assert phase.title not in LATER.values()


def test_a_gated_table_stands_behind_the_gate_of_the_phase_before():
    graph = defs.get_repository_def().asset_graph
    for name, table in runnable_contracts().items():
        phase = phase_of(table.dataset, table.level)
        behind = {gate_key(phase.behind)} if phase and phase.behind else set()
        gates = {gate_key(number) for number in PHASES}
        assert graph.get(asset_key(name)).parent_keys & gates == behind, name
