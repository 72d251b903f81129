"""How a backfill ended, partition by partition, for people and for machines. Running one is ``backfill``'s."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nba_pipeline.calendar import DateRange
from nba_pipeline.completeness.failures import Partition
from nba_pipeline.document import duration

_REASONS_SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """How a backfill ended, partition by partition.

    ``skipped`` counts computed partitions that are rightly empty by reason, ``gaps`` those that are empty for want of
    a source; both are in ``ok``. ``not_run`` counts partitions that were left when somebody ended the backfill.
    """

    id: str
    dates: DateRange
    requested: int
    ok: int
    skipped: Mapping[str, int]
    gaps: Mapping[str, int]
    failed: Mapping[Partition, str]
    not_run: int
    run_ids: tuple[str, ...]
    seconds: float
    resume: str
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 everything asked for is there, 1 something failed or was left."""
        return 1 if self.failed or self.not_run else 0

    @property
    def lines(self) -> list[str]:
        """The end of the backfill, in a few lines."""
        said = [f"{self.ok} ok", f"{len(self.failed)} failed"]
        skipped = sum(self.skipped.values())
        if skipped:
            said.append(f"{skipped} of the ok ones rightly empty ({_counted(self.skipped)})")
        if self.gaps:
            said.append(f"{sum(self.gaps.values())} empty for want of a source ({_counted(self.gaps)})")
        if self.not_run:
            said.append(f"{self.not_run} not run")
        how = "interrupted" if self.interrupted else "ended"
        done = f"{len(self.run_ids)} runs: {self.requested} partitions, {', '.join(said)}"
        lines = [f"Backfill {self.id} {how} after {duration(self.seconds)}, {done}"]
        reasons = Counter(self.failed.values())
        for reason, count in reasons.most_common(_REASONS_SHOWN):
            table, day = next(one for one, why in self.failed.items() if why == reason)
            others = f" and {count - 1} more" if count > 1 else ""
            lines.append(f"failed {table} {day}{others}: {reason}")
        if len(reasons) > _REASONS_SHOWN:
            lines.append(f"and {len(reasons) - _REASONS_SHOWN} more reasons: nba-pipeline failed --backfill {self.id}")
        if self.resume:
            lines.append(f"Resume: {self.resume}")
        return lines

    @property
    def document(self) -> dict[str, Any]:
        """The end of the backfill for machines."""
        return {
            "backfill": self.id,
            "start": self.dates.start,
            "end": self.dates.end,
            "requested": self.requested,
            "ok": self.ok,
            "skipped": dict(self.skipped),
            "gaps": dict(self.gaps),
            "failed": [{"table": table, "date": day, "reason": reason} for (table, day), reason in self.failed.items()],
            "not_run": self.not_run,
            "runs": list(self.run_ids),
            "seconds": round(self.seconds, 1),
            "interrupted": self.interrupted,
            "resume": self.resume or None,
            "exit_code": self.exit_code,
        }


def _counted(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
