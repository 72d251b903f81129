"""The clean backfill: derived rows of a range deleted and computed again, as fifteen steps that each store evidence.

Here are the plan, the order of the steps, and going on where one stopped. What a step does is in ``clean_steps``, what
is asked for and what is stored about it in ``clean_evidence``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg

from nba_pipeline.calendar import DateRange, Season
from nba_pipeline.completeness.stored_counts import (
    last_game_of,
)
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.home import Home
from nba_pipeline.operations.clean_evidence import (
    CONTEXT,
    LAST_STEP,
    STEPS,
    SUMMARY,
    VERIFIED,
    Request,
    StepResult,
)
from nba_pipeline.operations.clean_steps import CleanSteps
from nba_pipeline.operations.findings import Report
from nba_pipeline.operations.launch import writers
from nba_pipeline.operations.preflight import preflight
from nba_pipeline.warehouse.seam import Warehouse


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
    last = last_game_of(warehouse, known.season_year)
    if last is None:
        raise UsageError(
            f"nba_reference.dim_game has no game of {known.label}: ingest and materialise its sources first."
        )
    return DateRange(known.regular_start, last)


def examination(
    definitions: dg.Definitions, instance: dg.DagsterInstance, warehouse: Warehouse, home: Home, own_run: str = ""
) -> Callable[[DateRange], Report]:
    """The pre-flight examination of a range; the run ``own_run`` does not stand in its own way."""

    def examine(dates: DateRange) -> Report:
        return preflight(definitions, warehouse, instance, dates, home=home, own_run=own_run)

    return examine


class CleanBackfill(CleanSteps):
    """One clean backfill of a home; what it has done so far is read from its evidence folder."""

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
