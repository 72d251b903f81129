"""The phases: which tables are complete together, what they are held to, and what comes before and after.

This is the only place that says which phases there are; everything else asks here. What a gate judges is in
``validation``, which tables exist is in ``contract``.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """One phase.

    Args:
        number: as in the names of its gate and jobs.
        title: what its tables are called.
        dataset: the dataset of its tables; empty when they are those with a level.
        percent: the number of V21 that every table is held to.
        whole_season_percent: the number of V21 for dates with rows over whole seasons; empty without such.
        done_at: percent from which a backfill counts as done.
        is_source: read from files. A thin table is a warning then: what must be there may come from any of them.
        skips_bootstrap: its tables are empty in the first days of a season.
        is_gated: its tables are computed behind the gate of the phase before.
    """

    number: int
    title: str
    dataset: str
    percent: str
    whole_season_percent: str = ""
    done_at: float = 100.0
    is_source: bool = False
    skips_bootstrap: bool = False
    is_gated: bool = False

    @property
    def word(self) -> str:
        """As commands name it: ``phase3``."""
        return f"phase{self.number}"

    @property
    def before(self) -> "Phase | None":
        """The phase it follows."""
        return PHASES.get(self.number - 1)

    @property
    def after(self) -> "Phase | None":
        """The phase that follows it."""
        return PHASES.get(self.number + 1)

    @property
    def behind(self) -> int | None:
        """The phase behind whose gate its tables are computed."""
        return self.number - 1 if self.is_gated else None

    def has(self, dataset: str, level: str | None) -> bool:
        """Whether the tables of a dataset, or of a level in it, are its tables."""
        return dataset == self.dataset and not level if self.dataset else bool(level)


SOURCES = Phase(2, "raw sources", "nba_raw", "phase_2_source_percent", is_source=True)
ANALYTICS = Phase(3, "analytics tables", "nba_analytics", "phase_3_percent")
PRECOMPUTE = Phase(
    4,
    "precompute tables",
    "",
    "phase_4_tracked_percent",
    whole_season_percent="phase_4_whole_season_percent",
    done_at=95.0,
    skips_bootstrap=True,
    is_gated=True,
)
PHASES: Mapping[int, Phase] = {phase.number: phase for phase in (SOURCES, ANALYTICS, PRECOMPUTE)}
#: The phases that are computed from others, and those that others are computed from.
COMPUTED = tuple(number for number, phase in PHASES.items() if not phase.is_source)
WORDS = ", ".join(phase.word for phase in PHASES.values())
#: Phases this code location does not have, shown so that nobody takes them for complete.
LATER: Mapping[str, str] = {"5A": "predictions", "5B": "grading", "5C": "feedback", "6": "publishing"}


def phase_of(dataset: str, level: str | None) -> Phase | None:
    """The phase of the tables of a dataset or level; None for those of none."""
    return next((phase for phase in PHASES.values() if phase.has(dataset, level)), None)
