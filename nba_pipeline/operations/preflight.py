"""The fourteen checks before a backfill, and what else should be known first. Reads only; nothing is created here.

What each check looks at stands in ``preflight_checks``; here are their order and which of them are critical.
"""

import datetime as dt
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import dagster as dg

from nba_pipeline.calendar import WINDOWS, DateRange
from nba_pipeline.completeness.coverage import known_range
from nba_pipeline.home import Home
from nba_pipeline.operations.examined import ReadOnly
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.operations.preflight_checks import Found, Look, Machine
from nba_pipeline.phases import ANALYTICS, PRECOMPUTE
from nba_pipeline.warehouse.seam import Warehouse

ADD_ONS = "Beside the checks"
LOCK = Path(__file__).parents[2] / "constraints.txt"


def preflight(
    definitions: dg.Definitions,
    warehouse: Warehouse,
    instance: dg.DagsterInstance,
    dates: DateRange,
    *,
    quick: bool = False,
    home: Home,
    now: dt.datetime | None = None,
    clock: Callable[[], float] = time.monotonic,
    machine: Machine | None = None,
    lock: Path = LOCK,
    own_run: str = "",
) -> Report:
    """Whether a backfill of a range can start: fourteen numbered findings, twelve when quick, and a section of add-ons.

    ``definitions`` is the code location to look at, ``now`` the moment heartbeats are
    compared with, ``clock`` what a dry run is timed by. A check that cannot be made has failed; none raises.
    """
    with ExitStack() as opened:
        reading = ReadOnly(warehouse, home)
        try:
            opened.enter_context(reading.session())
        except Exception as error:  # noqa: BLE001  said once by every check that reads, without waiting again
            reading = ReadOnly(warehouse, home, str(error))
        look = Look(
            definitions,
            reading,
            instance,
            dates,
            home,
            now or dt.datetime.now(dt.UTC),
            clock,
            machine or Machine.of(home.root),
            lock,
            own_run,
        )
        return _examined(look, dates, quick=quick)


def _examined(look: "Look", dates: DateRange, *, quick: bool) -> Report:
    checks: list[tuple[str, bool, Callable[[], Found]]] = [
        ("the warehouse opens and can be written", True, look.storage),
        ("libraries are those of the lock file", True, look.libraries),
        ("datasets exist", True, look.datasets),
        ("phases are linked by automation", True, look.automation),
        ("the code location loads, the daemon runs", True, look.services),
        ("raw sources cover the schedule by game", True, look.raw_coverage),
        ("state of the analytics tables", False, lambda: look.state(ANALYTICS.number)),
        ("state of the precompute tables", False, lambda: look.state(PRECOMPUTE.number)),
        ("analytics assets and backfill job", True, lambda: look.jobs(ANALYTICS.number)),
        ("precompute assets and level jobs", True, lambda: look.jobs(PRECOMPUTE.number)),
        ("the fallback of points props has rows", False, look.props),
        ("the monitor answers", False, look.monitor),
        ("dry run of the analytics models", True, lambda: look.dry_run(ANALYTICS.number)),
        ("dry run of the precompute models", False, lambda: look.dry_run(PRECOMPUTE.number)),
    ]
    found = [
        _judged(title, critical, check, number)
        for number, (title, critical, check) in enumerate(checks[: 12 if quick else 14], start=1)
    ]
    extra = [
        ("players in the registry", True, look.registry),
        ("teams", True, look.teams),
        ("aliases", False, look.aliases),
        ("nothing else runs on the tables", True, look.active),
        ("prop lines in the context", False, look.prop_lines),
        ("disk", True, look.disk),
        ("memory", False, look.memory),
    ]
    return Report(
        "Preflight", dates, found, {ADD_ONS: [_judged(title, critical, check) for title, critical, check in extra]}
    )


def schedule_range(warehouse: Warehouse, home: Home) -> DateRange:
    """All dates the stored schedule speaks of; the first four weeks of the data where it says nothing yet."""
    try:
        return known_range(ReadOnly(warehouse, home)) or WINDOWS["first_four_weeks"]
    except Exception:  # noqa: BLE001  no schedule yet: the examination itself says so
        return WINDOWS["first_four_weeks"]


def _judged(title: str, critical: bool, check: Callable[[], Found], number: int | None = None) -> Finding:
    try:
        found = check()
    except Exception as error:  # noqa: BLE001  a check that cannot be made has failed
        said = " ".join(str(error).split()) or type(error).__name__
        found = Found("FAIL", f"could not be judged: {said}", "Repair what the message names and look again.")
    result = "WARN" if found.result == "FAIL" and not critical else found.result
    return Finding(title, result, found.sentence, found.remedy, number, found.details)
