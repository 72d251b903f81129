"""Unknown names: pending, ready when a reviewed source knows them, complete when their dates are rebuilt."""

import csv
import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from nba_pipeline import landing as landing_files
from nba_pipeline.calendar import DateRange
from nba_pipeline.cli.registry import app
from nba_pipeline.completeness.unknown_names import FAILURES, evidence
from nba_pipeline.contract.catalog import in_order
from nba_pipeline.definitions import defs
from nba_pipeline.graph.resources import PipelineResource
from nba_pipeline.instance.home_instance import open_instance
from nba_pipeline.jobs.names import reprocess_resolved, resolve_names
from nba_pipeline.operations.launch import choose_tables, materialise
from nba_pipeline.operations.names_registry import Candidate, pending, reprocess, resolve, status
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import WEEK, spoil

NOW = dt.datetime(2021, 12, 6, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2021, 12, 7, 12, tzinfo=dt.UTC)
SUMMARY = "nba_analytics.player_game_summary"
REGISTRY_TABLES = ["nba_players_registry", "player_aliases"]


@pytest.fixture
def home(own_slates):
    """A home with the same landing and warehouse, which a test may change."""
    return own_slates


def warehouse(home):
    return EmbeddedWarehouse(home.warehouse)


def states(home):
    """Rows by state."""
    return {one.state: one.records for one in status(warehouse(home)) if one.records}


def materialised(home, *tables):
    with open_instance(home.root) as instance:
        assert materialise(defs, instance, choose_tables(list(tables)), WEEK).success


def received(home, source, record):
    """A new file of a registry source arrived and its tables were read again."""
    payload = json.dumps([record]).encode()
    landing_files.put(home.landing, source, WEEK.end, NOW, "live", payload, "json")
    materialised(home, *REGISTRY_TABLES)


def person(lookup):
    """A registry record; folding a folded name gives itself."""
    return {"universal_player_id": f"{lookup}_001", "player_name": lookup, "first_season": 2021, "last_season": 2021}


def alias(lookup, canonical):
    return {
        "alias_lookup": lookup,
        "nba_canonical_lookup": canonical,
        "alias_type": "misspelling",
        "alias_source": "manual",
        "is_active": True,
    }


def reprocessed(home, now=NOW, **options):
    with open_instance(home.root) as instance:
        return reprocess(defs, instance, warehouse(home), now=now, **options)


def done_by(job, op, home, **config):
    """A run of a job of the launchpad, told to store what it finds."""
    with open_instance(home.root) as instance:
        return job.execute_in_process(
            instance=instance,
            resources={"pipeline": PipelineResource(home=str(home.root)), "definitions": defs},
            run_config={"ops": {op: {"config": {"dry_run": False, **config}}}},
            raise_on_error=False,
        )


def failure_rows(home):
    rows = warehouse(home).read(
        f"select player_lookup, game_date, processor_name, resolved_at, reprocessed_at, outcome from {FAILURES} "
        "order by player_lookup, game_date, processor_name"
    )
    return rows.to_pylist()


def unknown_rows(home, lookup):
    return (
        warehouse(home)
        .read(
            f"select count(*) as n, countif(universal_player_id is null) as unknown from {SUMMARY} "
            "where player_lookup = @lookup",
            {"lookup": lookup},
        )
        .to_pylist()[0]
    )


def insert_failure(home, lookup, outcome="null", day=WEEK.start):
    warehouse(home).create(in_order([FAILURES]))
    spoil(
        home,
        f"insert into {FAILURES} (player_lookup, game_date, processor_name, created_at, occurrence_count, run_id, "
        f"outcome) values ('{lookup}', '{day}', 'player_game_summary', '2021-12-01', 1, 'run', {outcome})",
    )


def test_an_unknown_player_is_pending_with_his_dates_and_similar_names(home):
    names = pending(warehouse(home))
    assert names
    assert states(home) == {"pending": len(failure_rows(home))}
    assert [one.dates for one in names] == sorted((one.dates for one in names), reverse=True)
    for one in names:
        assert WEEK.start <= one.first_date <= one.last_date <= WEEK.end
        assert all(candidate.similarity >= 0.6 for candidate in one.candidates if not candidate.team_dates)


def test_a_team_mate_is_likelier_and_who_had_a_row_of_his_own_is_somebody_else():
    alike, mate, himself = (
        Candidate("bronyjames", 0.9),
        Candidate("bjames", 0.7, 5),
        Candidate("bronnyjames", 0.99, 5, 2),
    )
    assert sorted([himself, alike, mate], key=lambda candidate: candidate.likelihood) == [mate, alike, himself]
    assert [candidate.words for candidate in (alike, mate, himself)] == [
        "bronyjames 0.90",
        "bjames 0.70 (same team on 5 dates)",
        "bronnyjames 0.99 (not he: a row of his own on 2 dates)",
    ]


def test_who_has_a_row_of_his_own_on_the_dates_of_a_name_is_counted_also_in_other_teams(home):
    (name, *_) = pending(warehouse(home))
    counted = evidence(warehouse(home))[name.player_lookup]
    rows = warehouse(home).read(
        f"select universe.player_lookup, countif(universe.team_abbr = @team) as team_dates, "
        f"countif(universe.player_lookup in (select player_lookup from {SUMMARY} as own "
        "where own.game_date = universe.game_date)) as own_dates "
        "from nba_reference.player_universe as universe "
        f"where game_date in (select game_date from {FAILURES} where player_lookup = @lookup) "
        "and universal_player_id is not null group by universe.player_lookup",
        {"lookup": name.player_lookup, "team": name.team_abbr},
    )
    assert counted == {row["player_lookup"]: (row["team_dates"], row["own_dates"]) for row in rows.to_pylist()}
    assert {team > 0 for team, _ in counted.values()} == {True, False}


def test_only_as_many_pending_names_as_asked_for(home):
    assert len(pending(warehouse(home), limit=1)) == 1


def test_a_player_added_to_the_registry_goes_from_pending_to_complete(home):
    name = pending(warehouse(home))[0]
    received(home, "player_registry", person(name.player_lookup))

    tried = resolve(warehouse(home), now=NOW)
    assert [(one.player_lookup, one.method) for one in tried.resolved] == [(name.player_lookup, "exact")]
    assert set(states(home)) == {"pending"}

    resolve(warehouse(home), now=NOW, dry_run=False)
    assert states(home)["ready"] == name.records
    assert unknown_rows(home, name.player_lookup)["unknown"] > 0

    planned = reprocessed(home)
    assert (planned.still_ready, planned.completed) == (name.records, 0)
    assert states(home)["ready"] == name.records

    done = reprocessed(home, dry_run=False)
    assert (done.completed, done.still_ready) == (name.records, 0)
    assert states(home)["complete"] == name.records
    assert unknown_rows(home, name.player_lookup)["unknown"] == 0
    mine = [row for row in failure_rows(home) if row["player_lookup"] == name.player_lookup]
    assert {(row["resolved_at"], row["reprocessed_at"], row["outcome"]) for row in mine} == {(NOW, NOW, "resolved")}


def test_an_alias_makes_a_name_ready_and_the_rebuilt_row_bears_the_canonical_name(home):
    name = pending(warehouse(home))[0].player_lookup
    received(home, "player_registry", person("realspelling"))
    received(home, "player_aliases", alias(name, "realspelling"))
    before = len(failure_rows(home))
    found = resolve(warehouse(home), now=NOW, dry_run=False)
    assert [(one.canonical_lookup, one.method) for one in found.resolved] == [("realspelling", "alias")]
    assert reprocessed(home, dry_run=False).still_ready == 0
    assert unknown_rows(home, name)["n"] == 0
    assert unknown_rows(home, "realspelling")["unknown"] == 0
    assert len(failure_rows(home)) == before


def test_an_alias_that_is_not_active_resolves_nothing(home):
    name = pending(warehouse(home))[0].player_lookup
    received(home, "player_registry", person("realspelling"))
    received(home, "player_aliases", alias(name, "realspelling") | {"is_active": False})
    assert resolve(warehouse(home), now=NOW, dry_run=False).resolved == ()
    assert set(states(home)) == {"pending"}


def test_a_second_run_changes_nothing_and_adds_no_row(home):
    name = pending(warehouse(home))[0].player_lookup
    received(home, "player_registry", person(name))
    assert done_by(resolve_names, "resolve_pending", home).success
    assert states(home)["ready"] > 0
    assert done_by(reprocess_resolved, "reprocess_ready", home).success
    assert "ready" not in states(home)
    before = failure_rows(home)
    assert resolve(warehouse(home), now=LATER, dry_run=False).resolved == ()
    assert reprocessed(home, now=LATER, dry_run=False).ready == ()
    materialised(home, SUMMARY)
    assert failure_rows(home) == before


def test_a_date_that_fails_stays_ready_and_the_others_complete(home):
    received(home, "player_registry", person("onlyaname"))
    good, bad = WEEK.start, WEEK.end
    insert_failure(home, "onlyaname", day=good)
    insert_failure(home, "onlyaname", day=bad)
    resolve(warehouse(home), now=NOW, dry_run=False)
    spoil(home, f"insert into nba_reference.dim_game select * from nba_reference.dim_game where game_date = '{bad}'")
    done = done_by(reprocess_resolved, "reprocess_ready", home)
    (failure,) = [event for event in done.all_events if event.is_step_failure]
    assert failure.step_failure_data.user_failure_data.description.startswith(f"1 rows complete, 1 stay ready. {bad}: ")
    assert [row["game_date"] for row in failure_rows(home) if row["reprocessed_at"]] == [good]

    materialised(home, "dim_game")
    again = reprocessed(home, now=LATER, dry_run=False)
    assert (again.still_ready, again.completed) == (0, 1)


def test_a_row_that_is_missed_as_before_stays_ready(home):
    name = pending(warehouse(home))[0]
    spoil(home, f"update {FAILURES} set resolved_at = '2021-12-06', outcome = 'resolved'")
    done = reprocessed(home, dry_run=False)
    assert done.completed == 0
    assert done.rebuilt.success
    assert name.player_lookup in {row["player_lookup"] for row in done.still_missed}


def test_stopping_after_analytics_leaves_the_rest_alone(home):
    name = pending(warehouse(home))[0]
    received(home, "player_registry", person(name.player_lookup))
    resolve(warehouse(home), now=NOW, dry_run=False)
    planned = reprocessed(home, analytics_only=True)
    assert SUMMARY in planned.tables
    assert not [table for table in planned.tables if table.startswith(("nba_precompute", "nba_predictions"))]
    assert planned.dates == DateRange(name.first_date, WEEK.end)


def test_names_left_for_review_are_written_with_their_candidates(home, tmp_path):
    insert_failure(home, "no1everheard")
    insert_failure(home, "someoneelse", "'rejected'")
    place = tmp_path / "reports" / "review.csv"
    assert resolve(warehouse(home), now=NOW, review_file=place).review
    assert not place.exists()
    resolve(warehouse(home), now=NOW, dry_run=False, review_file=place)
    listed = {row["player_lookup"]: row for row in csv.DictReader(place.read_text().splitlines())}
    assert listed["no1everheard"]["first_date"] == "2021-10-19"
    assert "someoneelse" not in listed
    assert states(home)["closed"] == 1


def test_nothing_ready_needs_no_run(home):
    assert reprocessed(home, dry_run=False).rebuilt is None


def command(*words):
    shown = CliRunner().invoke(app, ["registry", *words])
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_the_commands_say_what_is_stored_and_a_dry_run_stores_nothing(home):
    before = failure_rows(home)
    told = {one["state"]: one["records"] for one in json.loads(command("status", "--json"))}
    assert told == {"pending": len(before), "ready": 0, "complete": 0, "closed": 0}
    name = json.loads(command("pending", "--limit", "1", "--json"))[0]["player_lookup"]
    assert name in command("pending")
    received(home, "player_registry", person(name))
    assert f"{name} = {name} (exact)" in command("resolve", "--dry-run")
    assert failure_rows(home) == before
    assert not (home.reports / "names_to_review.csv").exists()
    assert "1 name ready: nba-pipeline registry reprocess" in command("resolve")
    assert "Would compute" in command("reprocess", "--dry-run")
    assert states(home)["ready"] > 0
    assert json.loads(command("reprocess", "--json"))["still_ready"] == 0
    assert "No name is ready" in command("reprocess")
