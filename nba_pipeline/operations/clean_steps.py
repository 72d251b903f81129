"""The fifteen steps of a clean backfill: each looks or acts, and says whether it passed, with its evidence.

Their order is kept by ``clean_backfill``. Deleting and fingerprints are the warehouse's, computing is ``rebuild``'s,
names are ``names_registry``'s. Raw and reference rows are never deleted: their fingerprints before and after are part
of the evidence.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import dagster as dg

from nba_pipeline.calendar import EPOCH, DateRange, last_partition, season_year_of
from nba_pipeline.completeness.coverage import expected_dates, judge_gate
from nba_pipeline.completeness.failures import failed_dates
from nba_pipeline.completeness.states import partition_states
from nba_pipeline.completeness.stored_counts import (
    dates_without_summary,
    failure_counts,
    registry_counts,
    row_counts,
    source_counts,
    summary_counts,
)
from nba_pipeline.completeness.unknown_names import ALIASES, REGISTRY
from nba_pipeline.contract.catalog import load_contracts, phase_tables, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.home import Home
from nba_pipeline.keys import asset_key
from nba_pipeline.operations.clean_evidence import SUMMARY, Evidence, Request
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.launch import Progress
from nba_pipeline.operations.names_registry import pending, reprocess, resolve, status
from nba_pipeline.operations.rebuild import rebuild
from nba_pipeline.phases import ANALYTICS, COMPUTED
from nba_pipeline.switches import STAGED
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.validation.defence import blocked_slates
from nba_pipeline.validation.facts import evaluate
from nba_pipeline.validation.thresholds import threshold
from nba_pipeline.warehouse.seam import Deletion, Warehouse

#: What the original plan expects of the first four weeks, 209 games: the least that is accepted, scaled by games.
_DOCUMENTED_GAMES, _DOCUMENTED_PLAYED_ROWS, _DOCUMENTED_PLAYERS, _TEAMS = 209, 3_000, 400, 30
_PENDING_SHOWN = 20


class CleanSteps:
    """What a clean backfill does, step by step.

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

    # Steps 0 to 5: what is there, and its deletion

    def _preflight(self) -> tuple[bool, str, dict[str, Any]]:
        report = self.examine(self.request.dates)
        passed = report.exit_code in (0, 2)
        expected = expected_dates(self.warehouse, self.request.dates)
        evidence = {
            "examination": report.document,
            "raw": source_counts(self.warehouse, self.request.dates)
            | {"expected": {"dates": len(expected.final), "games": sum(expected.games.values())}},
            "registry": registry_counts(self.warehouse, season_year_of(self.request.dates.start)),
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
        dates = self.request.dates
        expected = expected_dates(self.warehouse, dates)
        games = sum(expected.games.values())
        found = summary_counts(self.warehouse, dates)
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
        uncovered = dates_without_summary(self.warehouse, dates)
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
            "failure_summary": failure_counts(self.warehouse, dates),
            "lifecycle": [asdict(one) for one in status(self.warehouse)],
            "changed_kept_tables": changed,
            "identical": {name: before[name] == digest for name, digest in after.items()},
            "validation": further.document if further else None,
        }
        return all(tests.values()), self._verdicts(tests), evidence

    # What the steps read

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
        return row_counts(self.warehouse, self.request.tables, self.request.bounds)

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
