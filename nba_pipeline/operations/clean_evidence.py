"""What a clean backfill is asked to do and what it has done: its request, its fifteen steps, their evidence on disk.

Nothing is deleted or computed here; that is ``clean_backfill``'s.
"""

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nba_pipeline.calendar import DateRange, Season, season_on
from nba_pipeline.contract.catalog import declared
from nba_pipeline.contract.table import TableContract
from nba_pipeline.errors import UsageError
from nba_pipeline.markup import markdown
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES

SUMMARY = "nba_analytics.player_game_summary"
CONTEXT = "nba_analytics.upcoming_player_game_context"
REGISTRY_FAILURES = "nba_processing.registry_failures"
_PRECOMPUTE = (
    "nba_precompute.player_daily_cache",
    "nba_precompute.player_shot_zone_analysis",
    "nba_precompute.player_composite_factors",
    "nba_precompute.team_defense_zone_analysis",
    "nba_predictions.ml_feature_store_v2",
)
#: Analytics tables by scope: those of the original plan, or all five.
SCOPES = {
    "seed": (SUMMARY, CONTEXT),
    "full": (
        SUMMARY,
        CONTEXT,
        "nba_analytics.team_offense_game_summary",
        "nba_analytics.team_defense_game_summary",
        "nba_analytics.upcoming_team_game_context",
    ),
}
FAILURES = (PRECOMPUTE_FAILURES, REGISTRY_FAILURES)
LAST_STEP = 14
VERIFIED = 5


@dataclass(frozen=True)
class Step:
    """One box of the checklist."""

    number: int
    name: str
    title: str


STEPS = tuple(
    Step(number, name, title)
    for number, (name, title) in enumerate(
        [
            ("preflight", "Pre-flight checks passed"),
            ("save_counts", "Pre-delete counts saved"),
            ("delete_phase3", "Phase 3 data deleted"),
            ("delete_phase4", "Phase 4 data deleted"),
            ("clear_processing", "Processing tables cleared"),
            ("verify_cleanup", "Cleanup verified (all counts = 0)"),
            ("backfill_phase3", "Phase 3 backfill complete"),
            ("validate_phase3", "Phase 3 validation passed"),
            ("backfill_level1", "Phase 4 Level 1 complete (PSZA, PDC, TDZA)"),
            ("backfill_level2", "Phase 4 Level 2 complete (PCF)"),
            ("backfill_level3", "Phase 4 Level 3 complete (MLFS)"),
            ("check_registry", "Registry failures checked"),
            ("resolve_names", "Name resolution run (if needed)"),
            ("reprocess_names", "Reprocessing complete (if needed)"),
            ("final_validation", "Final validation passed"),
        ]
    )
)


@dataclass(frozen=True)
class Request:
    """What is deleted and computed again. ``confirm`` is the season label an operator has to repeat.

    Args:
        name: what the range is called, part of the evidence folder's name.
        dates: the slates that are computed again, all of one season.
        deleted: the dates that are deleted: ``dates``, or the whole season for the literal plan.
        scope: ``seed`` or ``full``.
        all_failures: whether the failure records of every season are cleared, not only those of ``deleted``.
    """

    name: str
    confirm: str
    dates: DateRange
    deleted: DateRange
    scope: str = "seed"
    all_failures: bool = False

    @property
    def phase3(self) -> list[TableContract]:
        """Analytics tables that are deleted and computed again."""
        return [declared(name) for name in SCOPES[self.scope]]

    @property
    def phase4(self) -> list[TableContract]:
        """Precompute tables that are deleted and computed again."""
        return [declared(name) for name in _PRECOMPUTE]

    @property
    def failures(self) -> list[TableContract]:
        """Failure records that are cleared."""
        return [declared(name) for name in FAILURES]

    @property
    def tables(self) -> list[TableContract]:
        """Everything that is counted, deleted and verified."""
        return [*self.phase3, *self.phase4, *self.failures]

    def bounds(self, table: TableContract) -> DateRange | None:
        """The dates of a table that are deleted; None for all."""
        return None if self.all_failures and table.name in FAILURES else self.deleted

    @property
    def document(self) -> dict[str, Any]:
        """The request as it is stored and compared when a clean backfill is continued."""
        return {
            "name": self.name,
            "confirm": self.confirm,
            "dates": str(self.dates),
            "deleted": str(self.deleted),
            "scope": self.scope,
            "all_failures": self.all_failures,
        }


@dataclass(frozen=True)
class StepResult:
    """How a step ended; ``evidence`` is what it looked at, stored as JSON beside the report."""

    number: int
    title: str
    passed: bool
    summary: str
    started_at: dt.datetime
    ended_at: dt.datetime
    evidence: Mapping[str, Any] = field(default_factory=dict, repr=False)


def request(
    dates: DateRange,
    *,
    name: str = "",
    scope: str = "seed",
    all_failures: bool = False,
    delete_season: bool = False,
) -> Request:
    """A clean backfill of a range inside one season; what is deleted is what is computed again.

    ``delete_season`` deletes the season's dates, 1 October to 30 June, as the original plan does, and computes only
    ``dates`` again.

    Raises:
        UsageError: for a range that is in no season or in two, or an unknown scope.
    """
    known = season_on(dates.start)
    if known is None or known != season_on(dates.end):
        raise UsageError(f"{dates} is not inside one known season: a clean backfill takes one season at a time.")
    if scope not in SCOPES:
        raise UsageError(f"Unknown scope {scope!r}: choose one of {', '.join(SCOPES)}.")
    deleted = season_bounds(known) if delete_season else dates
    slug = name or f"{dates.start}_{dates.end}"
    return Request(slug, known.label, dates, deleted, scope, all_failures)


def season_bounds(known: Season) -> DateRange:
    """All dates that belong to a season: from 1 October, before 1 July."""
    return DateRange(dt.date(known.season_year, 10, 1), dt.date(known.season_year + 1, 6, 30))


class Evidence:
    """The folder of one clean backfill: its options, a file per step, and the report made from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def report(self) -> Path:
        """The checklist for people."""
        return self.folder / "final_report.md"

    def request(self) -> Mapping[str, Any] | None:
        """The options it was started with; None when there is none."""
        path = self.folder / "request.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def start(self, request: Request, now: dt.datetime) -> None:
        """Set an earlier clean backfill of the same name aside and begin a new one."""
        before = self.request()
        if before:
            aside = self.folder / "earlier" / str(before["started_at"]).replace(":", "")
            aside.mkdir(parents=True, exist_ok=True)
            for path in [path for path in self.folder.iterdir() if path.name != "earlier"]:
                path.replace(aside / path.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write("request.json", {**request.document, "started_at": now})

    def results(self) -> list[StepResult]:
        """The steps done, in order."""
        return [result for step in STEPS if (result := self.result(step.number))]

    def result(self, number: int) -> StepResult | None:
        """One step; None when it has not been done."""
        path = self._path(number)
        if not path.exists():
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
        return StepResult(
            number=stored["number"],
            title=stored["title"],
            passed=stored["passed"],
            summary=stored["summary"],
            started_at=dt.datetime.fromisoformat(stored["started_at"]),
            ended_at=dt.datetime.fromisoformat(stored["ended_at"]),
            evidence=stored["evidence"],
        )

    def passed(self, number: int) -> bool:
        """Whether a step has been done and passed."""
        result = self.result(number)
        return result is not None and result.passed

    @property
    def is_complete(self) -> bool:
        """Whether the last step has passed."""
        return self.passed(LAST_STEP)

    def store(self, result: StepResult) -> None:
        """Keep a step's result."""
        self._path(result.number).parent.mkdir(parents=True, exist_ok=True)
        self.write(str(self._path(result.number).relative_to(self.folder)), asdict(result))

    def forget_from(self, number: int) -> None:
        """Drop the results of a step that is done again, and of all that rest on it."""
        for step in STEPS[number:]:
            self._path(step.number).unlink(missing_ok=True)

    def write(self, name: str, document: Mapping[str, Any]) -> Path:
        """Store a JSON file, whole or not at all."""
        return self._replace(name, json.dumps(document, indent=2, default=_plain, ensure_ascii=False) + "\n")

    def write_csv(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        """Store rows as CSV."""
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def write_report(self, request: Request) -> Path:
        """The checklist, ticked from the stored results alone."""
        results = {result.number: result for result in self.results()}
        cleared = "all seasons" if request.all_failures else "the deleted dates"
        lines = [
            f"# Clean backfill {request.name}, season {request.confirm}",
            "",
            f"Computed again {request.dates}, deleted {request.deleted}, scope {request.scope}, failures of {cleared}.",
            "",
            "## Checklist",
            "",
        ]
        for step in STEPS:
            result = results.get(step.number)
            tick = "x" if result and result.passed else " "
            said = f" — {markdown(result.summary)}" if result else ""
            failed = "**failed** " if result and not result.passed else ""
            lines.append(f"- [{tick}] {failed}{step.number}. {step.title}{said}")
        final = results.get(LAST_STEP)
        lines += _final_sections(final.evidence) if final else []
        return self._replace(self.report.name, "\n".join(lines) + "\n")

    def _path(self, number: int) -> Path:
        return self.folder / "steps" / f"{number:02d}_{STEPS[number].name}.json"

    def _replace(self, name: str, text: str) -> Path:
        path = self.folder / name
        beside = path.with_name(f".{path.name}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
        return path


def _final_sections(evidence: Mapping[str, Any]) -> list[str]:
    """What the last step found, as tables."""
    if "lifecycle" not in evidence:
        return []
    lines = ["", "## Failures", "", "| table | category | rows | entities |", "|---|---|---:|---:|"]
    lines += [
        f"| {row['processor_name']} | {markdown(row['failure_category'])} | {row['records']} | {row['entities']} |"
        for row in evidence["failure_summary"]
    ]
    lines += ["", "## Names", "", "| state | players | dates | rows |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row['label']} | {row['players']} | {row['dates']} | {row['records']} |" for row in evidence["lifecycle"]
    ]
    lines += ["", "## Rows compared with those deleted", "", "| table | rows |", "|---|---|"]
    lines += [f"| {name} | {'identical' if same else 'different'} |" for name, same in evidence["identical"].items()]
    return lines


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)
