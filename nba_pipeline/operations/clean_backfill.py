"""The clean backfill: derived rows of a range deleted and computed again, as fifteen steps that each store evidence.

What each step does is here, and their order; what is asked for and what is stored about it is in ``clean_evidence``,
deleting and fingerprints are the warehouse's, computing is ``rebuild``'s, names are ``names_registry``'s. Raw and
reference rows are never deleted: their fingerprints before and after are part of the evidence.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import dagster as dg

from nba_pipeline.calendar import EPOCH, DateRange, Season, last_partition, season_year_of
from nba_pipeline.completeness.coverage import expected_dates, judge_gate
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.states import partition_states
from nba_pipeline.contract.catalog import in_order, load_contracts, phase_tables, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.home import Home
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.clean_evidence import (
    CONTEXT,
    LAST_STEP,
    STEPS,
    SUMMARY,
    VERIFIED,
    Evidence,
    Request,
    StepResult,
)
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.launch import Progress, writers
from nba_pipeline.operations.names_registry import ALIASES, REGISTRY, pending, reprocess, resolve, status
from nba_pipeline.operations.preflight import preflight
from nba_pipeline.operations.rebuild import rebuild
from nba_pipeline.phases import ANALYTICS, COMPUTED
from nba_pipeline.switches import STAGED
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.defence import blocked_slates
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES, evaluate
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Deletion, Query, Value, Warehouse

#: What the original plan expects of the first four weeks, 209 games: the least that is accepted, scaled by games.
_DOCUMENTED_GAMES, _DOCUMENTED_PLAYED_ROWS, _DOCUMENTED_PLAYERS, _TEAMS = 209, 3_000, 400, 30
_PENDING_SHOWN = 20


@dataclass(frozen=True)
class Plan:
    """What a clean backfill would do: rows to delete by table, and in words what follows."""

    request: Request
    rows: Mapping[str, int]
    lines: tuple[str, ...]


def stored_season(warehouse: Warehouse, known: Season) -> DateRange:
    """A season's slates, up to the last one the stored schedule knows.

    Raises:
        UsageError: when the schedule knows none.
    """
    warehouse.create(in_order(["nba_reference.dim_game"]))
    (row,) = warehouse.read(
        "select max(game_date) as last_date from nba_reference.dim_game where season_year = @season_year",
        {"season_year": known.season_year},
    ).to_pylist()
    if row["last_date"] is None:
        raise UsageError(
            f"nba_reference.dim_game has no game of {known.label}: ingest and materialise its sources first."
        )
    return DateRange(known.regular_start, row["last_date"])


def examination(
    definitions: dg.Definitions, instance: dg.DagsterInstance, warehouse: Warehouse, home: Home, own_run: str = ""
) -> Callable[[DateRange], Report]:
    """The pre-flight examination of a range; the run ``own_run`` does not stand in its own way."""

    def examine(dates: DateRange) -> Report:
        return preflight(definitions, warehouse, instance, dates, home=home, own_run=own_run)

    return examine


class CleanBackfill:
    """One clean backfill of a home; what it has done so far is read from its evidence folder.

    Args:
        request: what to delete and compute again.
        home: where the evidence goes, ``reports/clean_backfill/<name>-<confirm>``.
        definitions: the code location whose assets are run.
        instance: runs are launched on it, and the status of deleted partitions is wiped from it.
        warehouse: what is deleted from and read.
        examine: the pre-flight examination of a range.
        validate: a further examination at the end, none when left out.
        now: the clock.
        own_run: id of the Dagster run that executes the steps, which does not stand in its own way.
        progress: hears each finished step of a run.
    """

    def __init__(
        self,
        request: Request,
        home: Home,
        definitions: dg.Definitions,
        instance: dg.DagsterInstance,
        warehouse: Warehouse,
        *,
        examine: Callable[[DateRange], Report],
        validate: Callable[[DateRange], Report] | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        own_run: str = "",
        progress: Progress = lambda _: None,
    ) -> None:
        self.request = request
        self.home = home
        self.definitions = definitions
        self.instance = instance
        self.warehouse = warehouse
        self.examine = examine
        self.validate = validate
        self.now = now
        self.own_run = own_run
        self.progress = progress
        self.evidence = Evidence(home.reports / "clean_backfill" / f"{request.name}-{request.confirm}")

    def plan(self) -> Plan:
        """What would happen. Changes nothing."""
        rows = self._counts()
        one = self.request
        lines = [
            f"Delete {one.deleted} of {len(one.phase3) + len(one.phase4)} tables and of the failure records"
            + (" of every season" if one.all_failures else "")
            + f"; compute {one.dates} again.",
        ]
        lines += [
            f"  {table.name}: {rows[table.name]:,} rows by {table.partition}"
            + (" (all dates)" if one.bounds(table) is None else "")
            for table in one.tables
        ]
        if one.deleted != one.dates:
            lines.append(
                f"The dates of {one.deleted} outside {one.dates} are deleted and NOT computed again: the original "
                "plan's season-wide deletion. Leave --delete-season out to delete exactly what is computed again."
            )
        else:
            lines.append(
                f"The original plan deletes the whole season; only {one.dates} is deleted here, so that nothing is "
                "left out (--delete-season for the literal plan)."
            )
        if one.scope == "seed":
            lines.append(
                f"Both {SUMMARY.partition('.')[2]} and {CONTEXT.partition('.')[2]} are computed again; the original "
                "plan deletes both and computes only the first."
            )
        lines.append("Raw and reference tables, the registry and the aliases are never touched.")
        lines += [f"{step.number:>2} {step.title}" for step in STEPS]
        done = self.evidence.results()
        if done and not self.evidence.is_complete:
            lines.append(f"An unfinished one stands in {self.evidence.folder}: it goes on at step {self._next()}.")
        lines.append(f"Nothing was changed. To do it: repeat with --confirm {one.confirm}.")
        return Plan(one, rows, tuple(lines))

    def run(
        self, *, confirm: str, from_step: int | None = None, told: Callable[[StepResult], None] = lambda _: None
    ) -> list[StepResult]:
        """Go through the steps until one does not pass; returns the results of all steps done so far.

        ``told`` hears each step when it has ended.

        An unfinished clean backfill goes on where it stopped. ``from_step`` says where to go on; 0 starts over.

        Raises:
            UsageError: for a wrong token, a step whose predecessors have not passed, or other options than before.
            PipelineError: while another run may write the tables.
        """
        self.require(confirm)
        first = self.begin(from_step)
        for step in STEPS[first:]:
            result = self.run_step(step.number)
            told(result)
            if not result.passed:
                break
        return self.evidence.results()

    def require(self, confirm: str) -> None:
        """Refuse a wrong token.

        Raises:
            UsageError: naming the right one.
        """
        if confirm != self.request.confirm:
            raise UsageError(
                f"Nothing was deleted: {self.request.dates} is part of {self.request.confirm}, but --confirm says "
                f"{confirm!r}. Look at the plan with --dry-run, then repeat with --confirm {self.request.confirm}."
            )

    def begin(self, from_step: int | None) -> int:
        """The step to go on with; prepares the evidence folder.

        Raises:
            UsageError: when steps before ``from_step`` have not passed, or the stored options differ.
        """
        self._require_quiet()
        stored = self.evidence.request()
        goes_on = stored is not None and not self.evidence.is_complete
        if from_step == 0 or (from_step is None and not goes_on):
            self.evidence.start(self.request, self.now())
            return 0
        if stored is None or {name: stored[name] for name in self.request.document} != self.request.document:
            raise UsageError(
                f"{self.evidence.folder} holds no clean backfill with these options to go on with: repeat the options "
                "it was started with, or start over with --from-step 0."
            )
        first = self._next() if from_step is None else from_step
        if not 0 <= first <= LAST_STEP:
            raise UsageError(f"There is no step {first}: choose one from 0 to {LAST_STEP}.")
        if self.evidence.passed(VERIFIED):
            first = max(first, VERIFIED + 1)  # what is verified as deleted is not deleted a second time
        self._require_order(first)
        self.evidence.forget_from(first)
        return first

    def run_step(self, number: int) -> StepResult:
        """Do one step, or nothing when it has passed, and store its evidence.

        Raises:
            UsageError: when a step before it has not passed.
            PipelineError: while another run may write the tables.
        """
        done = self.evidence.result(number)
        if done and done.passed:
            return done
        self._require_order(number)
        self._require_quiet()
        self.evidence.forget_from(number)
        step = STEPS[number]
        started = self.now()
        try:
            passed, summary, evidence = getattr(self, f"_{step.name}")()
        except PipelineError as error:
            passed, summary, evidence = False, str(error), {"error": str(error)}
        result = StepResult(number, step.title, passed, summary, started, self.now(), evidence)
        self.evidence.store(result)
        self.evidence.write_report(self.request)
        return result

    def _next(self) -> int:
        return next((step.number for step in STEPS if not self.evidence.passed(step.number)), LAST_STEP)

    def _require_order(self, number: int) -> None:
        missing = [step for step in STEPS[:number] if not self.evidence.passed(step.number)]
        if missing:
            raise UsageError(
                f"Step {number} ({STEPS[number].title}) comes after step {missing[0].number} ({missing[0].title}), "
                f"which has not passed: go on with --from-step {missing[0].number}."
            )

    def _require_quiet(self) -> None:
        busy = writers(self.definitions, self.instance, [table.name for table in self.request.tables], self.own_run)
        if busy:
            raise PipelineError(
                f"{', '.join(busy)} may write the tables of this clean backfill. Wait for it to end or stop it; "
                "nothing was changed."
            )

    # Steps 0 to 5: what is there, and its deletion

    def _preflight(self) -> tuple[bool, str, dict[str, Any]]:
        report = self.examine(self.request.dates)
        passed = report.exit_code in (0, 2)
        evidence = {
            "examination": report.document,
            "raw": self._raw_counts(),
            "registry": self._registry_counts(),
            "kept_digests": self._kept_digests(),
        }
        self.evidence.write("preflight.json", evidence)
        failing = "; ".join(one.line for one in report.failing)
        return passed, report.total + (f": {failing}" if failing else ""), evidence

    def _save_counts(self) -> tuple[bool, str, dict[str, Any]]:
        counts = self._counts()
        rows = [
            {
                "table_name": table.table,
                "records": counts[table.name],
                "season": "all" if self.request.bounds(table) is None else self.request.confirm,
            }
            for table in self.request.tables
        ]
        path = self.evidence.write_csv("pre_delete_counts.csv", rows)
        evidence = {"counts": counts, "derived_digests": self._derived_digests()}
        return len(rows) == len(self.request.tables), f"{len(rows)} tables counted, {path.name}", evidence

    def _delete_phase3(self) -> tuple[bool, str, dict[str, Any]]:
        return self._delete(self.request.phase3)

    def _delete_phase4(self) -> tuple[bool, str, dict[str, Any]]:
        return self._delete(self.request.phase4)

    def _clear_processing(self) -> tuple[bool, str, dict[str, Any]]:
        return self._delete(self.request.failures)

    def _delete(self, tables: Sequence[TableContract]) -> tuple[bool, str, dict[str, Any]]:
        """Delete what step 1 counted; tables an interrupted attempt has emptied already count as deleted."""
        saved = self._evidence_of(1)["counts"]
        before = self._counts()
        already = [table.name for table in tables if saved[table.name] and not before[table.name]]
        deleted = self.warehouse.delete([Deletion(table, self.request.bounds(table)) for table in tables])
        for table in tables:
            self._wipe_status(table)
        unequal = [
            f"{name}: {deleted[name]} deleted, {saved[name]} counted"
            for name in deleted
            if deleted[name] != saved[name] and name not in already
        ]
        summary = "; ".join(unequal) or f"{sum(deleted.values()):,} rows of {len(tables)} tables deleted"
        evidence = {"deleted": dict(deleted), "counted": {name: saved[name] for name in deleted}, "already": already}
        return not unequal, summary, evidence

    def _wipe_status(self, table: TableContract) -> None:
        """Dagster's status of the deleted partitions is missing again."""
        if table.name not in runnable_contracts():
            return
        wiped = [day.isoformat() for day in self.request.deleted.dates() if EPOCH <= day <= last_partition()]
        self.instance.wipe_asset_partitions(asset_key(table.name), wiped)

    def _verify_cleanup(self) -> tuple[bool, str, dict[str, Any]]:
        counts = self._counts()
        left = {name: count for name, count in counts.items() if count}
        self.evidence.write("verify.json", {"counts": counts, "left": left})
        shown = ", ".join(f"{name} {count}" for name, count in left.items())
        return not left, f"rows are left: {shown}" if left else f"{len(counts)} counts are 0", {"counts": counts}

    # Steps 6 to 10: computing again

    def _backfill_phase3(self) -> tuple[bool, str, dict[str, Any]]:
        return self._backfill(self.request.phase3)

    def _validate_phase3(self) -> tuple[bool, str, dict[str, Any]]:
        dates, bounds = self.request.dates, self._bounds
        expected = expected_dates(self.warehouse, dates)
        games = sum(expected.games.values())
        (found,) = self.warehouse.read(_SUMMARY_COUNTS, bounds).to_pylist()
        teams = min(_TEAMS, found["teams"] or 0)
        least_rows = _DOCUMENTED_PLAYED_ROWS * games // _DOCUMENTED_GAMES
        least_players = _DOCUMENTED_PLAYERS * teams // _TEAMS
        share = found["missing_uid"] / found["records"] if found["records"] else 0.0
        gate = judge_gate(self.warehouse, ANALYTICS.number, dates)
        broken = self._broken_checks(self.request.phase3)
        tests = {
            f"{found['dates']} dates of {len(expected.final)}": found["dates"] == len(expected.final),
            f"{found['games']} games of {games}": found["games"] == games,
            f"{found['played']:,} played rows, at least {least_rows:,}": found["played"] >= least_rows,
            f"{found['players']} players, at least {least_players}": found["players"] >= least_players,
            f"{share:.2%} without a known name, at most {threshold('V26', 'unknown_share'):.0%}": share
            <= threshold("V26", "unknown_share"),
            f"gate {gate.verdict}": gate.exit_code != 1,
            f"{len(broken)} error-level checks broken": not broken,
        }
        evidence = {
            "counts": found | {"sat_out": found["records"] - found["played"]},
            "tests": tests,
            "broken_checks": broken,
            "gate": gate.document,
        }
        return all(tests.values()), self._verdicts(tests), evidence

    def _backfill_level1(self) -> tuple[bool, str, dict[str, Any]]:
        return self._backfill(self._level("L1"))

    def _backfill_level2(self) -> tuple[bool, str, dict[str, Any]]:
        return self._backfill(self._level("L2"))

    def _backfill_level3(self) -> tuple[bool, str, dict[str, Any]]:
        return self._backfill(self._level("L3"))

    def _level(self, level: str) -> list[TableContract]:
        return [table for table in self.request.phase4 if table.level == level]

    def _backfill(self, tables: Sequence[TableContract]) -> tuple[bool, str, dict[str, Any]]:
        """Compute tables again in backfill mode, with the look-back checked as strictly as in a daily run."""
        dates = self.request.dates
        for table in tables:
            for error in blocked_slates(self.warehouse, table, dates).values():
                raise error
        rebuilt = rebuild(self.definitions, self.instance, tables, dates, self.progress, switches=STAGED)
        states = partition_states(self.warehouse, dates)
        tasks = {
            table.name: {
                day: "failed" if day in rebuilt.failed else states[table.name][day].label for day in dates.dates()
            }
            for table in tables
        }
        listed = [state for by_date in tasks.values() for state in by_date.values()]
        totals = {state: listed.count(state) for state in sorted(set(listed))}
        good = sum(
            day not in rebuilt.failed and states[table.name][day].is_covered
            for table in tables
            for day in dates.dates()
        )
        evidence = {
            "tasks": {
                table: {day.isoformat(): state for day, state in found.items()} for table, found in tasks.items()
            },
            "totals": totals,
            "failed": {day.isoformat(): why for day, why in rebuilt.failed.items()},
            "runs": list(rebuilt.run_ids),
            "seconds": round(rebuilt.seconds, 1),
        }
        shown = ", ".join(f"{count} {state}" for state, count in totals.items())
        return good == len(listed), f"{good} of {len(listed)} partitions: {shown}", evidence

    # Steps 11 to 14: names, and the whole

    def _check_registry(self) -> tuple[bool, str, dict[str, Any]]:
        counts = status(self.warehouse)
        evidence = {
            "states": [asdict(one) for one in counts],
            "pending": [asdict(one) for one in pending(self.warehouse, _PENDING_SHOWN)],
        }
        return True, ", ".join(f"{one.records} {one.state} ({one.players} players)" for one in counts), evidence

    def _resolve_names(self) -> tuple[bool, str, dict[str, Any]]:
        tried = resolve(self.warehouse, now=self.now())
        if not tried.resolved and not tried.review:
            return True, "not needed: no name is pending", {"needed": False}
        review_file = self.evidence.folder / "names_to_review.csv"
        done = resolve(self.warehouse, now=self.now(), dry_run=False, review_file=review_file)
        evidence = {
            "needed": True,
            "decisions": [asdict(one) for one in done.resolved],
            "review": [asdict(one) for one in done.review],
        }
        return True, f"{len(done.resolved)} names resolved, {len(done.review)} listed for review", evidence

    def _reprocess_names(self) -> tuple[bool, str, dict[str, Any]]:
        planned = reprocess(self.definitions, self.instance, self.warehouse, now=self.now())
        if not planned.ready:
            return True, "not needed: no name is ready", {"needed": False, "ready": 0}
        done = reprocess(
            self.definitions,
            self.instance,
            self.warehouse,
            now=self.now(),
            dry_run=False,
            switches=STAGED,
            progress=self.progress,
        )
        evidence = {
            "needed": True,
            "ready": done.still_ready,
            "completed": done.completed,
            "tables": list(done.tables),
            "dates": str(done.dates),
            "still_missed": [dict(row) for row in done.still_missed],
        }
        summary = f"{done.completed} rows complete, {done.still_ready} still ready"
        return done.still_ready == 0, summary, evidence

    def _final_validation(self) -> tuple[bool, str, dict[str, Any]]:
        dates = self.request.dates
        gates = [judge_gate(self.warehouse, phase, dates) for phase in COMPUTED]
        failed = failed_dates(self.instance, self.warehouse, phase_tables(*COMPUTED), dates)
        uncovered = self.warehouse.read(_UNCOVERED, self._bounds)["game_date"].to_pylist()
        broken = self._broken_checks(self.request.phase4)
        further = self.validate(dates) if self.validate else None
        kept = self._kept_digests()
        may_change = self._changed_by_names()
        changed = [
            name
            for name, digest in self._evidence_of(0)["kept_digests"].items()
            if kept.get(name) != digest and name not in may_change
        ]
        before, after = self._evidence_of(1)["derived_digests"], self._derived_digests()
        untracked = sum(len(days) for gate in gates for days in gate.untracked.values())
        tests = {
            f"{len(uncovered)} schedule dates without {SUMMARY}": not uncovered,
            **{f"phase {gate.phase} gate {gate.verdict}": gate.exit_code != 1 for gate in gates},
            f"UNTRACKED = {untracked}": not untracked,
            f"PROCESSING_ERROR = {sum(map(len, failed.values()))}": not failed,
            f"{len(broken)} error-level checks broken": not broken,
            f"{len(changed)} raw or reference tables changed": not changed,
        }
        if further:
            tests[further.total] = further.exit_code in (0, 2)
        evidence = {
            "tests": tests,
            "gates": [gate.document for gate in gates],
            "uncovered": uncovered,
            "failed_partitions": failed,
            "broken_checks": broken,
            "failure_summary": self.warehouse.read(_FAILURE_SUMMARY, self._bounds).to_pylist(),
            "lifecycle": [asdict(one) for one in status(self.warehouse)],
            "changed_kept_tables": changed,
            "identical": {name: before[name] == digest for name, digest in after.items()},
            "validation": further.document if further else None,
        }
        return all(tests.values()), self._verdicts(tests), evidence

    # What the steps read

    @property
    def _bounds(self) -> dict[str, Value]:
        return {"start_date": self.request.dates.start, "end_date": self.request.dates.end}

    @cached_property
    def _kept(self) -> list[TableContract]:
        return [
            one for one in load_contracts().values() if one.dataset in ("nba_raw", "nba_reference") and not one.is_view
        ]

    def _kept_digests(self) -> dict[str, str]:
        return self._digests(self._kept)

    def _derived_digests(self) -> dict[str, str]:
        return self._digests([*self.request.phase3, *self.request.phase4], self.request.deleted)

    def _digests(self, tables: Sequence[TableContract], dates: DateRange | None = None) -> dict[str, str]:
        with self.warehouse.session():
            return {table.name: self.warehouse.digest(table, dates) for table in tables}

    def _counts(self) -> dict[str, int]:
        """Rows to delete by table."""
        tables = self.request.tables
        self.warehouse.create(tables)
        queries = [_counting(table, self.request.bounds(table)) for table in tables]
        counted = self.warehouse.read_many(queries)
        return {table.name: rows["n"][0].as_py() for table, rows in zip(tables, counted, strict=True)}

    def _raw_counts(self) -> dict[str, dict[str, int]]:
        """Records, dates and games of the sources the plan looks at, and what the schedule expects."""
        self.warehouse.create(in_order([*_RAW_COUNTS, "nba_reference.dim_game"]))
        counted = self.warehouse.read_many([Query(sql, self._bounds) for sql in _RAW_COUNTS.values()])
        expected = expected_dates(self.warehouse, self.request.dates)
        found = {name: rows.to_pylist()[0] for name, rows in zip(_RAW_COUNTS, counted, strict=True)}
        return found | {"expected": {"dates": len(expected.final), "games": sum(expected.games.values())}}

    def _registry_counts(self) -> dict[str, int]:
        tables = ["nba_reference.nba_players_registry", "nba_reference.player_aliases"]
        self.warehouse.create(in_order(tables))
        (players,) = self.warehouse.read(
            f"select count(*) as players, countif(first_season <= @season_year and last_season >= @season_year) "
            f"as season_players from {tables[0]}",
            {"season_year": season_year_of(self.request.dates.start)},
        ).to_pylist()
        (aliases,) = self.warehouse.read(f"select countif(is_active) as aliases from {tables[1]}").to_pylist()
        return players | aliases

    def _changed_by_names(self) -> set[str]:
        """Reference tables in which resolving names was meant to change rows; none when no name was resolved."""
        resolved, reprocessed = self._evidence_of(12), self._evidence_of(13)
        named = {REGISTRY, ALIASES} if resolved.get("decisions") else set()
        return named | {name for name in reprocessed.get("tables", ()) if name.startswith("nba_reference.")}

    def _broken_checks(self, tables: Sequence[TableContract]) -> dict[str, int]:
        """Violations of the error-level checks by table and check."""
        with self.warehouse.session():
            return {
                f"{table.name}.{verdict.fact.name}": verdict.violations
                for table in tables
                for verdict in evaluate(self.warehouse, checks_of(table), self.request.dates)
                if not verdict.passed and verdict.fact.severity is dg.AssetCheckSeverity.ERROR
            }

    def _evidence_of(self, number: int) -> Mapping[str, Any]:
        result = self.evidence.result(number)
        assert result is not None, "steps are done in order"
        return result.evidence

    @staticmethod
    def _verdicts(tests: Mapping[str, bool]) -> str:
        failed = [said for said, passed in tests.items() if not passed]
        return f"failed: {'; '.join(failed)}" if failed else "; ".join(tests)


def _counting(table: TableContract, dates: DateRange | None) -> Query:
    if dates is None:
        return Query(f"select count(*) as n from {table.name}")
    return Query(
        f"select count(*) as n from {table.name} where {table.partition} between @start_date and @end_date",
        {"start_date": dates.start, "end_date": dates.end},
    )


_RAW_COUNTS = {
    name: f"select count(*) as records, count(distinct game_date) as dates, count(distinct {games}) as games "
    f"from {name} where game_date between @start_date and @end_date"
    for name, games in (
        ("nba_raw.nbac_gamebook_player_stats", "concat(cast(game_date as string), home_team_abbr)"),
        ("nba_raw.bdl_player_boxscores", "concat(cast(game_date as string), home_team_abbr)"),
        ("nba_raw.nbac_schedule", "game_id"),
    )
}

_SUMMARY_COUNTS = f"""
select
    count(*) as records,
    countif(did_play) as played,
    count(distinct game_date) as dates,
    count(distinct game_id) as games,
    count(distinct player_lookup) as players,
    count(distinct team_abbr) as teams,
    countif(universal_player_id is null) as missing_uid
from {SUMMARY}
where game_date between @start_date and @end_date
"""

_UNCOVERED = f"""
select distinct games.game_date
from nba_reference.dim_game as games
left join (select distinct game_date from {SUMMARY}) as covered on games.game_date = covered.game_date
where games.is_final and games.game_date between @start_date and @end_date and covered.game_date is null
order by games.game_date
"""

_FAILURE_SUMMARY = f"""
select
    processor_name,
    failure_category,
    count(*) as records,
    count(distinct entity_id) as entities
from {PRECOMPUTE_FAILURES}
where analysis_date between @start_date and @end_date
group by processor_name, failure_category
order by processor_name, records desc, failure_category
"""
