"""The feature contract: indices that never change their meaning, views and column rules that follow from it."""

import csv
from pathlib import Path

import pytest

from nba_pipeline.contract.catalog import MODELS, load_contracts
from nba_pipeline.features import STORE, feature_versions, vector_views, view_text
from nba_pipeline.reference_data import table
from nba_pipeline.validation.implied import facts_of

RECORDED = Path(__file__).parent / "recorded_features.csv"
ALL = [feature for features in feature_versions().values() for feature in features]


def test_an_index_never_changes_its_meaning():
    """Models trained on a version read positions. A new feature is appended here and in the recorded list."""
    with RECORDED.open(encoding="utf-8", newline="") as file:
        recorded = [
            (row["feature_version"], int(row["feature_index"]), row["feature_name"]) for row in csv.DictReader(file)
        ]
    stated = [(feature.version, feature.index, feature.name) for feature in ALL]
    assert [place for place in recorded if place not in stated] == [], "a recorded index was moved, renamed or removed"
    assert [place for place in stated if place not in recorded] == [], f"append these lines to {RECORDED.name}"
    assert len(recorded) == len(set(recorded))


def test_the_versions_are_those_the_models_know():
    sizes = {version: len(features) for version, features in feature_versions().items()}
    assert sizes == {"v1_baseline_25": 25, "v2_33features": 33, "training_features_v1": 21}


@pytest.mark.parametrize("version", feature_versions())
def test_indices_count_from_zero_without_a_gap_and_names_are_unique(version):
    features = feature_versions()[version]
    assert [feature.index for feature in features] == list(range(len(features)))
    assert len({feature.name for feature in features}) == len(features)


def test_version_2_starts_with_version_1():
    def but_the_version(version, count):
        return [{**vars(feature), "version": None} for feature in feature_versions()[version][:count]]

    assert but_the_version("v2_33features", 25) == but_the_version("v1_baseline_25", 25)


def test_a_name_means_the_same_in_every_version():
    meanings = {(one.name, one.unit, one.usual, one.description, one.source_columns) for one in ALL}
    assert len(meanings) == len({one.name for one in ALL})


def test_what_is_optional_has_no_default_and_defaults_are_usual_values():
    assert {one.name for one in ALL if not one.is_required} == {
        "vegas_points_line",
        "vegas_opening_line",
        "vegas_line_move",
    }
    assert not [one for one in ALL if not one.is_required and one.default is not None]
    assert not [
        one
        for one in ALL
        if one.default is not None
        and not (one.usual.low if one.usual.low is not None else one.default)
        <= one.default
        <= (one.usual.high if one.usual.high is not None else one.default)
    ]


@pytest.mark.parametrize("path", vector_views(), ids=lambda path: path.stem)
def test_a_stored_view_is_the_one_its_contract_makes(path):
    """``nba-pipeline dictionary`` repairs it."""
    assert path.read_text(encoding="utf-8") == vector_views()[path]


def test_no_view_is_left_of_a_version_that_is_gone():
    assert set((MODELS / "nba_predictions").glob("features_*.sql")) == set(vector_views())


def test_a_default_stands_only_where_the_version_has_one():
    text = view_text("v2_33features")
    assert "    coalesce(store.fatigue_score, 50.0) as fatigue_score,\n" in text
    assert "    store.vegas_points_line,\n" in text
    assert "-- column: vegas_points_line | float64 | warn=0..80; unit=points | 25: " in text
    assert "    coalesce(store.fatigue_score, 70.0) as fatigue_score,\n" in view_text("training_features_v1")


def test_the_store_has_a_column_and_a_source_for_every_feature():
    store = load_contracts()[STORE]
    typed = {column.name: column.type for column in store.columns}
    for name in {one.name for one in ALL}:
        assert (typed.get(name), typed.get(f"src_{name}")) == ("float64", "string"), name
    known = {"phase4", "phase3", "calculated", "fallback", "missing"}
    sources = {column.name: set(column.choices) for column in store.columns if column.name.startswith("src_")}
    assert sources.keys() == {f"src_{one.name}" for one in ALL}
    assert not {name for name, choices in sources.items() if not choices or choices - known}


@pytest.mark.parametrize("name", sorted({one.name for one in ALL}))
def test_the_store_states_the_contracts_range_and_unit(name):
    column = load_contracts()[STORE].column(name)
    (usual,) = {one.usual for one in ALL if one.name == name}
    (unit,) = {one.unit for one in ALL if one.name == name}
    assert (column.range or column.warn, column.unit) == (usual, unit)


def test_an_impossible_fatigue_blocks():
    possible = next(fact for fact in facts_of(load_contracts()[STORE]) if fact.name == "values_are_possible")
    assert possible.blocking
    assert "fatigue_score not between 0 and 100" in possible.violations


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.version}-{one.name}")
def test_source_columns_exist(one):
    contracts = load_contracts()
    read = {name.rpartition(".")[2]: contracts[name] for name in contracts[STORE].upstreams}
    for source in one.source_columns:
        name, _, column = source.partition(".")
        assert column in {known.name for known in read[name].columns}, source


def test_the_reference_table_holds_the_contract():
    rows = table("feature_versions").to_pylist()
    assert [(row["feature_version"], row["feature_index"], row["default_value"]) for row in rows] == [
        (one.version, one.index, one.default) for one in ALL
    ]
    (line,) = (row for row in rows if row["feature_name"] == "vegas_points_line")
    assert (line["default_value"], line["is_required"], line["high"]) == (None, False, 80.0)
