"""Decisions about names: refused unless they lead to one person, traced, undoable, and enough to repair every row."""

import csv
import datetime as dt
import json

import dagster as dg
import pytest

from nba_pipeline.definitions import defs
from nba_pipeline.errors import UsageError
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.names import READY_ROWS_TAG, decide_name, reprocesses_ready_names
from nba_pipeline.landing import put
from nba_pipeline.operations.name_decisions import Names, Trace, add_alias, add_person, apply, decisions, undo
from nba_pipeline.operations.names_registry import pending, status
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import cli, spoil

NOW = dt.datetime(2025, 1, 5, 12, tzinfo=dt.UTC)
TRACE = Trace("ann", "his nickname", NOW)


def known() -> Names:
    """Two namesakes, a player and his alias."""
    return Names(
        persons={
            "nahshonhyland": [("nahshonhyland_001", "Nah'Shon Hyland", 1630538)],
            "jalenjohnson": [("jalenjohnson_001", "Jalen Johnson", 1), ("jalenjohnson_002", "Jalen Johnson", 2)],
            "herbertjones": [("herbertjones_001", "Herbert Jones", 1630529)],
        },
        aliases={"herbjones": "herbertjones"},
        pending={"bones": {"nahshonhyland": (3, 0), "herbertjones": (0, 3)}, "rashadstafford": {}},
    )


# Spellings and persons


def test_a_spelling_is_landed_and_traced(tmp_path):
    made = add_alias(known(), tmp_path, "Bones Hyland", "Nah'Shon Hyland", TRACE)
    assert (made.number, made.kind, made.sent, made.means) == (1, "alias", "boneshyland", "nahshonhyland")
    assert (made.decided_by, made.decided_at, made.reason) == ("ann", "2025-01-05T12:00:00Z", "his nickname")
    assert decisions(tmp_path) == [made]
    (row,) = json.loads((tmp_path / made.file).read_bytes())
    assert (row["alias_lookup"], row["nba_canonical_lookup"], row["is_active"]) == (
        "boneshyland",
        "nahshonhyland",
        True,
    )


def test_a_spelling_may_be_given_by_another_spelling_of_the_person(tmp_path):
    assert add_alias(known(), tmp_path, "H. Jones", "Herb Jones", TRACE).means == "herbertjones"


@pytest.mark.parametrize(
    ("sent", "means", "said"),
    [
        ("Bones", "Nobody Known", "Nobody in the registry is called 'Nobody Known'"),
        ("JJ", "Jalen Johnson", r"2 persons .*jalenjohnson_001 .*NBA id 1.*jalenjohnson_002"),
        ("Herbert Jones", "Nah'Shon Hyland", "is the name of a person of the registry himself"),
        ("Nah'Shon Hyland", "nahshonhyland", "nothing to add"),
        ("Herb Jones", "Herbert Jones", "already means herbertjones: nothing to add"),
        ("Herb Jones", "Nah'Shon Hyland", "already means herbertjones: undo that first"),
        ("...", "Herbert Jones", "has no letter of a name"),
        ("Bones", "Herbert Jone", r"spelled alike: Herbert Jones \(herbertjones\)"),
        ("Herbert Jones", "Nobody Known", "the other way round"),
        ("Bones", "Herbert Jones", "both have rows on 3 dates: they are two persons"),
    ],
)
def test_what_does_not_lead_to_one_person_is_refused(tmp_path, sent, means, said):
    with pytest.raises(UsageError, match=said):
        add_alias(known(), tmp_path, sent, means, TRACE)
    assert decisions(tmp_path) == []
    assert not list(tmp_path.rglob("*.json"))


def test_two_spellings_of_one_night_may_be_stated_to_be_one_person(tmp_path):
    made = add_alias(known(), tmp_path, "Bones", "Herbert Jones", TRACE, same_person=True)
    assert made.means == "herbertjones"


def test_a_candidate_may_be_pasted_with_its_score(tmp_path):
    pasted = "herbertjones 0.75 (same team on 3 dates)"
    assert add_alias(known(), tmp_path, "Herbie Jones", pasted, TRACE).means == "herbertjones"


def test_a_spelling_nobody_has_met_may_be_a_typo():
    assert known().doubt("rashadstaford") == "No pending name is spelled rashadstaford; rashadstafford is."
    assert known().doubt("rashadstafford") is None
    assert known().doubt("somebodyelse") is None


def test_a_file_may_be_separated_by_semicolons_and_needs_reasons(tmp_path):
    file = tmp_path / "names.csv"
    file.write_text(
        "\ufeffplayer_lookup;means;new_person;reason\nbones;Nah'Shon Hyland;;nickname\nnah;Nah'Shon Hyland;;\n"
    )
    done = apply(known(), tmp_path, file, Trace("ann", "", NOW))
    assert [one.sent for one in done.made] == ["bones"]
    assert [line for line in done.refused if "line 3" in line and "--reason" in line]


def test_a_decision_without_a_reason_is_refused(tmp_path):
    with pytest.raises(UsageError, match="--reason"):
        add_alias(known(), tmp_path, "Bones", "Nah'Shon Hyland", Trace("ann", "", NOW))


def test_a_person_gets_the_next_number_of_his_name(tmp_path):
    new = add_person(known(), tmp_path, "Bronny James", TRACE, nba_player_id=1642355)
    namesake = add_person(known(), tmp_path, "Jalen Johnson", TRACE, namesake=True)
    assert (new.means, namesake.means) == ("bronnyjames_001", "jalenjohnson_003")


@pytest.mark.parametrize(
    ("name", "nba_id", "said"),
    [
        ("Herbert Jones", None, "--namesake"),
        ("Herb Jones", None, "another spelling of herbertjones"),
        ("Herb Jones III", 1630529, "NBA id 1630529 is Herbert Jones"),
    ],
)
def test_a_person_who_is_known_is_refused(tmp_path, name, nba_id, said):
    with pytest.raises(UsageError, match=said):
        add_person(known(), tmp_path, name, TRACE, nba_player_id=nba_id)


def test_what_is_decided_last_is_read_last(tmp_path):
    put(tmp_path, "player_aliases", NOW.date(), NOW + dt.timedelta(days=1), "live", b"[]", "json")
    made = add_alias(known(), tmp_path, "Bones", "Nah'Shon Hyland", TRACE)
    assert made.file.rpartition("/")[2].startswith("20250106T120001Z_live_")


def test_an_undone_decision_leaves_landing_and_stays_on_record(tmp_path):
    first = add_alias(known(), tmp_path, "Bones", "Nah'Shon Hyland", TRACE)
    second = add_alias(known(), tmp_path, "Nah", "Nah'Shon Hyland", TRACE)
    assert undo(tmp_path, None, TRACE).number == second.number
    assert undo(tmp_path, first.number, TRACE).number == first.number
    assert [one.undone_at for one in decisions(tmp_path)] == ["2025-01-05T12:00:00Z"] * 2
    assert not (tmp_path / first.file).exists()
    assert (tmp_path / "_undone" / first.file).exists()
    with pytest.raises(UsageError, match="No decision stands"):
        undo(tmp_path, None, TRACE)
    with pytest.raises(UsageError, match="No decision 1 stands"):
        undo(tmp_path, 1, TRACE)


def test_a_refused_line_of_a_file_does_not_stop_the_others(tmp_path):
    file = tmp_path / "names.csv"
    file.write_text(
        "player_lookup,means,new_person,reason\n"
        "boneshyland,Nah'Shon Hyland,,nickname\n"
        "jj,Jalen Johnson,,\n"
        "nobodyyet,,,\n"
        "bronny,,Bronny James,rookie\n"
        "both,Herbert Jones,Somebody New,\n"
    )
    done = apply(known(), tmp_path / "landing", file, TRACE)
    assert [(one.kind, one.sent, one.means, one.reason) for one in done.made] == [
        ("alias", "boneshyland", "nahshonhyland", "nickname"),
        ("person", "bronnyjames", "bronnyjames_001", "rookie"),
        ("alias", "bronny", "bronnyjames", "rookie"),
    ]
    assert [line.partition(":")[0] for line in done.refused] == ["names.csv line 3", "names.csv line 6"]


@pytest.mark.parametrize(
    ("text", "said"), [("name\nx\n", "lacks the columns means, new_person"), (None, "cannot be read")]
)
def test_a_file_that_is_not_one_of_ours_is_refused(tmp_path, text, said):
    file = tmp_path / "names.csv"
    if text:
        file.write_text(text)
    with pytest.raises(UsageError, match=said):
        apply(known(), tmp_path, file, TRACE)


# The loop


@pytest.fixture
def home(own_slates):
    """Three slates with names the registry does not know, which a test may change."""
    return own_slates


def states(home):
    return {one.state: one.records for one in status(EmbeddedWarehouse(home.warehouse)) if one.records}


def tick(home, instance):
    with dg.build_sensor_context(
        instance=instance, resources={"pipeline": PipelineResource(home=str(home.root))}
    ) as context:
        return reprocesses_ready_names(context)


def ended(instance, asked, how):
    """A run that the sensor asked for."""
    run = dg.DagsterRun(job_name="reprocess_resolved", status=how, tags=asked.tags)
    instance.add_run(run)
    return run.run_id


def test_a_filled_in_file_repairs_every_row_and_an_undone_one_takes_it_back(home, tmp_path):
    file = tmp_path / "to_review.csv"
    assert cli(home, "registry", "pending", "--export", str(file)).returncode == 0
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert rows
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(row | {"new_person": row["player_lookup"], "reason": "rookie"} for row in rows)
    before = states(home)["pending"]
    applied = cli(home, "registry", "apply", str(file), "--by", "ann")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert states(home) == {"ready": before}
    assert cli(home, "registry", "reprocess").returncode == 0
    assert states(home) == {"complete": before}
    listed = json.loads(cli(home, "registry", "decisions", "--json").stdout)
    assert {(one["decided_by"], one["reason"]) for one in listed} == {("ann", "rookie")}
    undone = cli(home, "registry", "undo", "1")
    assert undone.returncode == 0
    name = listed[0]["sent"]
    assert f"{name} is pending again" in undone.stdout
    warehouse = EmbeddedWarehouse(home.warehouse)
    assert name in {one.player_lookup for one in pending(warehouse)}
    (command,) = [line for line in undone.stdout.splitlines() if line.startswith("nba-pipeline materialize")]
    assert cli(home, *command.split()[1:]).returncode == 0
    rows_of_name = "select universal_player_id from nba_analytics.player_game_summary where player_lookup = @name"
    assert set(warehouse.read(rows_of_name, {"name": name})["universal_player_id"].to_pylist()) == {None}
    assert name in {one.player_lookup for one in pending(warehouse)}


def test_a_refused_alias_says_why_and_changes_nothing(home):
    said = cli(home, "registry", "alias", "add", "Somebody", "=", "Nobody Known", "--reason", "x")
    assert said.returncode == 3
    assert "Nobody in the registry is called 'Nobody Known'" in said.stderr
    assert cli(home, "registry", "alias", "add", "Somebody", "--reason", "x").returncode == 3


def test_the_sensor_marks_what_is_known_and_asks_once_while_its_run_goes_on(home):
    name = pending(EmbeddedWarehouse(home.warehouse))[0]
    with open_instance(home.root) as instance:
        assert isinstance(tick(home, instance), dg.SkipReason)
        config = {"new_person": name.player_lookup, "reason": "rookie", "decided_by": "ann"}
        done = decide_name.execute_in_process(
            instance=instance,
            resources={"pipeline": PipelineResource(home=str(home.root)), "definitions": defs},
            run_config={"ops": {"decide_about_name": {"config": config}}},
        )
        assert done.success
        assert states(home)["ready"] == name.records
        # Forgotten between the decision and the mark: the tick marks it itself.
        spoil(home, "update nba_processing.registry_failures set resolved_at = null, outcome = null")
        asked = tick(home, instance)
        assert isinstance(asked, dg.RunRequest)
        going_on = ended(instance, asked, dg.DagsterRunStatus.STARTED)
        assert "rebuilding" in str(tick(home, instance).skip_message)
        instance.delete_run(going_on)
        # Its process vanished before the rows were stamped: asked again, three times in all.
        keys = [asked.run_key]
        for _ in range(2):
            ended(instance, asked, dg.DagsterRunStatus.FAILURE)
            again = tick(home, instance)
            assert again.tags[READY_ROWS_TAG] == asked.tags[READY_ROWS_TAG]
            keys.append(again.run_key)
        assert len(set(keys)) == 3
        ended(instance, asked, dg.DagsterRunStatus.FAILURE)
        assert "registry reprocess" in str(tick(home, instance).skip_message)
