"""The page of checks says what is: it is current, complete, and every command in it is set as code."""

import re

from nba_pipeline.contract.catalog import load_contracts, runnable_contracts
from nba_pipeline.graph.gates import gates
from nba_pipeline.pages.checks import MEANING, PAGE, carried, check_page
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.thresholds import PACKAGED, catalogue

ENTRIES = catalogue(PACKAGED.parent)


def section(title: str) -> str:
    """The text below one heading of the page."""
    return next(part for part in check_page().split("\n## ") if part.startswith(title))


def test_the_stored_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == check_page(), "run nba-pipeline dictionary"


def test_every_catalogue_entry_has_a_section_with_its_meaning_its_remedy_and_its_numbers():
    for id_, entry in ENTRIES.items():
        text = section(f"{id_} {entry.title}\n").replace("`", "")
        assert MEANING[id_].replace("`", "") in text
        assert entry.remedy in text
        for name, number in entry.thresholds.items():
            assert f"{name} {number:g}" in text


def test_nothing_is_explained_that_does_not_exist_and_every_entry_is_judged_by_something():
    assert MEANING.keys() == ENTRIES.keys() == carried()


def test_every_check_of_every_table_and_gate_stands_below_its_entry():
    page = check_page()
    sections = {id_: section(f"{id_} {entry.title}\n") for id_, entry in ENTRIES.items()}
    sections[""] = section("Facts of single tables")
    for contract in runnable_contracts().values():
        columns = "|".join(column.name for column in contract.columns)
        for fact in checks_of(contract):
            name = re.sub(rf"^({columns})_(varies|is_filled)$", r"<column>_\2", fact.name)
            name = "unique_<columns>" if name.startswith("unique_") else name
            assert f"| `{name}` | " in sections[fact.id], fact.name
    for gate in gates():
        for spec in gate.check_specs:
            assert f"| `{spec.name}` | block | range |" in page


def test_a_check_of_one_table_names_the_table_and_says_how_much_it_matters():
    row = next(line for line in section("V05").splitlines() if "number_of_players_fits_a_game" in line)
    assert row.split(" | ")[1:4] == ["error", "date", "`player_game_summary`"]


def test_a_check_of_a_whole_dataset_names_the_dataset():
    raw = [contract for contract in load_contracts().values() if contract.source]
    row = next(line for line in check_page().splitlines() if "no_record_in_quarantine` | warn" in line)
    assert len(raw) > 10
    assert "| `nba_raw.*` |" in row


def test_a_home_that_overrules_a_number_does_not_change_the_page(tmp_path, monkeypatch):
    before = check_page()
    (tmp_path / "thresholds.yaml").write_text("V08: {thresholds: {usage_null_share: 0.5}}\n", encoding="utf-8")
    monkeypatch.setenv("NBA_PIPELINE_HOME", str(tmp_path))
    assert check_page() == before


def test_commands_in_remedies_are_set_as_code():
    text = section("V33")
    assert "`nba-pipeline backfill --window smoke`, then `nba-pipeline verify range --window smoke`." in text
    prose = re.sub(r"```.*?```|`[^`]*`", "", check_page(), flags=re.DOTALL)
    assert "nba-pipeline" not in prose
