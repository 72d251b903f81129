"""What is looked at before a backfill, one method each: the place, the code location, what is stored, the machine.

In which order, and which are critical, stands in ``preflight``. A method that cannot look raises.
"""

import datetime as dt
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import dagster as dg

from nba_pipeline.calendar import DateRange, is_bootstrap, last_partition, season_year_of
from nba_pipeline.completeness.accepted_gaps import accepted_gaps
from nba_pipeline.completeness.coverage import ExpectedDates, expected_dates, judge_gate
from nba_pipeline.completeness.stored_counts import (
    games_by_source,
    games_without_players,
    line_counts,
    registry_counts,
    row_counts,
    unreadable,
)
from nba_pipeline.contract.catalog import declared, load_contracts, phase_tables
from nba_pipeline.contract.format import DATASETS
from nba_pipeline.document import Verdict
from nba_pipeline.graph.automation import unreachable
from nba_pipeline.home import Home
from nba_pipeline.keys import PREFIX, asset_key, backfill_job
from nba_pipeline.landing import holds_real_files
from nba_pipeline.operations.examined import DRY_RUN_SECONDS, ReadOnly, dry_run
from nba_pipeline.operations.launch import writers
from nba_pipeline.operations.monitor import take_snapshot
from nba_pipeline.phases import COMPUTED, PHASES
from nba_pipeline.validation.lookback import STATUS
from nba_pipeline.validation.thresholds import catalogue

#: The day every table is tried on where data reach that far.
REFERENCE_DATE = dt.date(2023, 11, 15)
_ENGINES = ("dagster", "dagster-webserver", "duckdb", "sqlglot", "pyarrow", "typer", "rich")
_FLAGS = (f"{PREFIX}backfill_mode", f"{PREFIX}skip_downstream_trigger")
_HEARTBEAT_SECONDS = 300
_GIGABYTE = 1024**3
_DISK = (1 * _GIGABYTE, 5 * _GIGABYTE)
_MEMORY = 1 * _GIGABYTE


@dataclass(frozen=True)
class Machine:
    """What the machine has left, in bytes; None where the system does not say."""

    free_disk: int
    free_memory: int | None

    @classmethod
    def of(cls, folder: Path) -> "Machine":
        """The machine this process runs on, its disk where ``folder`` lies."""
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        try:
            memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError):
            memory = None
        return cls(shutil.disk_usage(existing).free, memory)


@dataclass(frozen=True)
class Found:
    """What one look gave: a sentence, and what to do unless it is good."""

    result: Verdict
    sentence: str
    remedy: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """Everything a check may look at, and the checks."""

    definitions: dg.Definitions
    warehouse: ReadOnly
    instance: dg.DagsterInstance
    dates: DateRange
    home: Home
    now: dt.datetime
    clock: Callable[[], float]
    machine: Machine
    lock: Path
    own_run: str

    @cached_property
    def expected(self) -> ExpectedDates:
        return expected_dates(self.warehouse, self.dates)

    @cached_property
    def known(self) -> Mapping[str, int]:
        return registry_counts(self.warehouse, season_year_of(self.dates.start))

    def storage(self) -> Found:
        if not self.warehouse.exists:
            remedy = (
                "nba-pipeline materialize builds it from the files in landing."
                if holds_real_files(self.home.landing)
                else "nba-pipeline quickstart builds one; or ingest sources and materialise."
            )
            return Found("FAIL", f"there is no warehouse at {self.home.warehouse}", remedy)
        self.warehouse.read_many([])
        if self.warehouse.kind == "duckdb":
            for place in (self.home.root, self.home.warehouse):
                if not os.access(place, os.W_OK):
                    return Found("FAIL", f"{place} is not writable", f"Give this user the right to write {place}.")
        return Found("PASS", f"{self.warehouse.kind} in {self.home.root}, opened and writable")

    def libraries(self) -> Found:
        pinned = _pins(self.lock)
        wrong = []
        for name in _ENGINES:
            try:
                installed = version(name)
            except PackageNotFoundError:
                wrong.append(f"{name} is not installed")
                continue
            if pinned.get(name, installed) != installed:
                wrong.append(f"{name} is {installed}, the lock says {pinned[name]}")
        if wrong:
            remedy = f"pip install -c {self.lock.name} -e . in the environment of this command."
            return Found("FAIL", "; ".join(wrong), remedy)
        if not pinned:
            return Found("WARN", f"all import, but there is no lock file {self.lock}", "Install from a clone.")
        return Found("PASS", f"dagster {version('dagster')}, duckdb {version('duckdb')}, sqlglot {version('sqlglot')}")

    def datasets(self) -> Found:
        tables = [contract for contract in load_contracts().values() if not contract.is_view]
        lacking = unreadable(self.warehouse, tables)
        there = {dataset: [one for one in tables if one.dataset == dataset] for dataset in DATASETS}
        empty = [dataset for dataset, listed in there.items() if {one.name for one in listed} <= set(lacking)]
        if empty:
            return Found(
                "FAIL", f"without tables: {', '.join(empty)}", "nba-pipeline materialize creates them with their rows."
            )
        if lacking:
            return Found("WARN", f"not created yet: {', '.join(lacking)}", "They are created when first materialised.")
        if not row_counts(self.warehouse, [declared(STATUS)])[STATUS]:
            return Found("FAIL", f"{len(tables)} tables, none was ever filled", "nba-pipeline ingest, then backfill.")
        return Found("PASS", f"{', '.join(DATASETS)}: {len(tables)} tables")

    def automation(self) -> Found:
        sensors = self.definitions.get_repository_def().sensor_defs
        statuses = ", ".join(f"{sensor.name} {self._status(sensor)}" for sensor in sensors) or "no sensors"
        if broken := unreachable(self.definitions):
            remedy = "Restore the automation in graph/automation.py and reload the code location."
            return Found("FAIL", f"{'; '.join(broken)}; {statuses}", remedy)
        return Found("PASS", f"every phase is followed by the next; {statuses}")

    def _status(self, sensor: dg.SensorDefinition) -> str:
        stored = [state for state in self.instance.all_instigator_state() if state.instigator_name == sensor.name]
        if not stored or stored[0].status.value == "DECLARED_IN_CODE":
            return f"{sensor.default_status.value.lower()} (as declared)"
        return stored[0].status.value.lower()

    def services(self) -> Found:
        assets = len(self.definitions.get_repository_def().asset_graph.executable_asset_keys)
        beats = self.instance.get_daemon_heartbeats()
        fresh = [beat for beat in beats.values() if self.now.timestamp() - beat.timestamp <= _HEARTBEAT_SECONDS]
        if not fresh:
            ages = [self.now.timestamp() - beat.timestamp for beat in beats.values()]
            since = f"last heard of {min(ages) / 60:.0f} minutes ago" if ages else "never heard of"
            return Found(
                "WARN",
                f"{assets} assets load; the daemon was {since}",
                "dagster dev starts it; commands on the command line work without.",
            )
        return Found("PASS", f"{assets} assets load; {len(fresh)} of {len(beats)} daemon threads report")

    def raw_coverage(self) -> Found:
        row = games_by_source(self.warehouse, self.dates)
        games = row["games"]
        if not games:
            return Found(
                "FAIL",
                f"the schedule has no final game in {self.dates}",
                "Ingest sources of the range, then nba-pipeline materialize nba_raw nba_reference.",
            )
        accepted = {f"{day:%Y%m%d}" for day in self._accepted("nba_reference.player_box_lines")}
        without = games_without_players(self.warehouse, self.dates)
        lost = [game for game in without if game[:8] not in accepted]
        share = 1 - len(lost) / games
        said = (
            f"{row['covered']} of {games} final games ({row['covered'] / games:.2%}); "
            f"team box score {row['team_games']}, game book {row['gamebook_games']}"
        )
        if len(without) > len(lost):
            said += f"; {len(without) - len(lost)} without box score are accepted"
        remedy = "Ingest the missing box scores, then nba-pipeline materialize nba_raw for their dates."
        if share < 0.99:
            return Found("FAIL", said, remedy, tuple(lost))
        if lost:
            return Found("WARN", said, remedy, tuple(lost))
        if any(0 < row[name] < games - len(without) for name in ("team_games", "gamebook_games")):
            return Found("WARN", f"{said}; fallback sources have the rest", remedy)
        return Found("PASS", said)

    def _accepted(self, table: str) -> Iterable[dt.date]:
        accepted = (
            one for one in accepted_gaps(self.warehouse) if one.table == table and one.is_open(last_partition())
        )
        return (day for one in accepted for day in one.dates.dates())

    def state(self, phase: int) -> Found:
        report = judge_gate(self.warehouse, phase, self.dates)
        if report.error:
            return Found("INFO", f"not readable yet: {report.error}")
        expected = max((one.expected for one in report.tables), default=0)
        bootstrap = len(self.expected.bootstrap)
        said = ", ".join(f"{one.table.partition('.')[2]} {one.actual}" for one in report.tables)
        apart = f", {bootstrap} bootstrap dates apart" if bootstrap else ""
        return Found("INFO", f"{report.verdict}; of {expected} dates{apart}: {said}", details=tuple(report.lines))

    def jobs(self, phase: int) -> Found:
        repository = self.definitions.get_repository_def()
        names = dict.fromkeys(backfill_job(phase, table.level) for table in phase_tables(phase))
        tables = [asset_key(table.name) for table in phase_tables(phase)]
        problems = [f"asset {key.to_user_string()} is missing" for key in tables if not repository.asset_graph.has(key)]
        if len(tables) != 5:
            problems.append(f"there are {len(tables)} tables instead of five")
        held: set[dg.AssetKey] = set()
        for name in names:
            if not repository.has_job(name):
                problems.append(f"job {name} is missing")
                continue
            job = repository.get_job(name)
            held |= set(job.asset_layer.executable_asset_keys)
            problems += [f"job {name} lacks {flag}" for flag in _FLAGS if job.run_tags.get(flag) != "true"]
        if not problems:
            problems += [f"no job computes {key.to_user_string()}" for key in tables if held and key not in held]
        if problems:
            return Found("FAIL", "; ".join(problems), "Restore them in jobs/stages.py and reload the code location.")
        return Found("PASS", f"five assets; {', '.join(names)} carry backfill_mode and skip_downstream_trigger")

    def props(self) -> Found:
        table = declared("nba_raw.bettingpros_player_points_props")
        rows = row_counts(self.warehouse, [table], lambda _: self.dates)[table.name]
        if rows:
            return Found("PASS", f"{rows:,} rows of bettingpros_player_points_props")
        return Found("INFO", "bettingpros_player_points_props is not in use: whom The Odds API lacks has no line")

    def monitor(self) -> Found:
        snapshot = take_snapshot(self.warehouse, self.instance, self.dates, self.now)
        said = ", ".join(f"phase {one.phase} {one.done} of {one.expected} dates" for one in snapshot.phases)
        return Found("PASS", f"nba-pipeline monitor answers: {said}")

    def dry_run(self, phase: int) -> Found:
        day = self._dry_day(phase)
        if day is None and self.expected.final:
            return Found("INFO", f"{self.dates} lies in the bootstrap: nothing would be computed")
        if day is None:
            return Found("FAIL", f"no final game in {self.dates} to compute", "Ingest sources of the range first.")
        tried, before = dry_run(self.warehouse, phase, day, self.clock), PHASES[phase].before
        if tried.seconds > DRY_RUN_SECONDS:
            remedy = "Free memory and disk, then look again."
            return Found("FAIL", f"longer than {DRY_RUN_SECONDS:.0f} s; {tried.line}", remedy)
        if tried.without_rows:
            remedy = f"nba-pipeline verify {before.word if before else phase} {day} names what is missing."
            return Found("FAIL", f"no rows for {', '.join(tried.without_rows)}; {tried.line}", remedy)
        return Found("PASS", tried.line)

    def _dry_day(self, phase: int) -> dt.date | None:
        """The reference date where its games are stored, else the newest date of the range with final games."""
        reference = expected_dates(self.warehouse, DateRange(REFERENCE_DATE, REFERENCE_DATE)).final
        if reference:
            return REFERENCE_DATE
        possible = [day for day in self.expected.final if not (PHASES[phase].skips_bootstrap and is_bootstrap(day))]
        return max(possible, default=None)

    def registry(self) -> Found:
        numbers = catalogue(self.home.root)["V26"].thresholds
        wanted, fewest = int(numbers["registry_players"]), int(numbers["fewest_registry_players"])
        players = self.known["persons"]
        result: Verdict = "PASS" if players >= wanted else "WARN" if players >= fewest else "FAIL"
        return Found(
            result,
            f"{players:,}, at least {wanted} expected",
            "Ingest the player lists of the season, then nba-pipeline materialize nba_players_registry.",
        )

    def teams(self) -> Found:
        wanted = int(catalogue(self.home.root)["V26"].thresholds["registry_teams"])
        teams = self.known["teams"]
        return Found(
            "PASS" if teams == wanted else "FAIL",
            f"{teams}, exactly {wanted} expected",
            "nba-pipeline materialize team_aliases",
        )

    def aliases(self) -> Found:
        wanted = int(catalogue(self.home.root)["V26"].thresholds["aliases"])
        known = self.known["aliases"]
        if known >= wanted:
            return Found("PASS", f"{known:,} active, at least {wanted} expected")
        return Found(
            "WARN",
            f"{known:,} active, {wanted} expected: the packaged seed and the simulated league hold fewer, "
            "because fewer spellings differ there",
            "Add spellings as they turn up: nba-pipeline registry pending, then nba-pipeline registry alias add.",
        )

    def active(self) -> Found:
        found = writers(
            self.definitions,
            self.instance,
            [table.name for table in phase_tables(*COMPUTED)],
            self.own_run,
        )
        if not found:
            return Found("PASS", "no active run, no active backfill")
        return Found("FAIL", ", ".join(found), "Wait for it to end, or stop it; two backfills would interleave.")

    def prop_lines(self) -> Found:
        rows, with_line = line_counts(self.warehouse, self.dates)
        if not rows:
            return Found("INFO", "the context has no rows yet; lines are optional")
        return Found("INFO", f"{with_line / rows:.0%} of {rows:,} context rows have a points line; optional")

    def disk(self) -> Found:
        least, comfortable = _DISK
        free = self.machine.free_disk
        result: Verdict = "FAIL" if free < least else "WARN" if free < comfortable else "PASS"
        return Found(result, f"{free / _GIGABYTE:.1f} GB free where {self.home.root} lies", "Free some space.")

    def memory(self) -> Found:
        free = self.machine.free_memory
        if free is None:
            return Found("INFO", "this system does not say how much is free")
        said = f"{free / _GIGABYTE:.1f} GB free; the engine takes up to 0.8 and spills the rest to disk"
        return Found("WARN" if free < _MEMORY else "PASS", said, "Close other programs, or expect slow runs.")


def _pins(lock: Path) -> dict[str, str]:
    """Exact versions of a constraints file by name; nothing when there is none."""
    return dict(_pinned(lock.read_text(encoding="utf-8").splitlines())) if lock.exists() else {}


def _pinned(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        matched = re.match(r"^([A-Za-z0-9._-]+)==(\S+)", line)
        if matched:
            yield matched[1].lower(), matched[2]
