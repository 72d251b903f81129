"""The fourteen checks before a backfill, and what else should be known first. Reads only; nothing is created here.

What the tables hold is judged by ``completeness.coverage``; this module asks, in a fixed order, whether a backfill of a
range can start.
"""

import datetime as dt
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import dagster as dg
import pyarrow as pa

from nba_pipeline.calendar import WINDOWS, DateRange, is_bootstrap, last_partition
from nba_pipeline.completeness.coverage import ExpectedDates, expected_dates, judge_gate
from nba_pipeline.contract.catalog import load_contracts, phase_tables, stored_tables
from nba_pipeline.contract.format import DATASETS
from nba_pipeline.contract.table import TableContract
from nba_pipeline.document import Verdict
from nba_pipeline.errors import PipelineError
from nba_pipeline.home import Home
from nba_pipeline.keys import PREFIX, asset_key, backfill_job
from nba_pipeline.landing import holds_real_files
from nba_pipeline.operations.accepted_gaps import accepted_gaps
from nba_pipeline.operations.findings import Finding, Report
from nba_pipeline.operations.launch import writers
from nba_pipeline.operations.monitor import take_snapshot
from nba_pipeline.phases import ANALYTICS, COMPUTED, PHASES, PRECOMPUTE
from nba_pipeline.validation.lookback import STATUS
from nba_pipeline.validation.thresholds import catalogue
from nba_pipeline.warehouse.seam import Deletion, Published, Query, Stage, Value, Warehouse, range_parameters

#: The day every table is tried on where data reach that far.
REFERENCE_DATE = dt.date(2023, 11, 15)
DRY_RUN_SECONDS = 30.0
ADD_ONS = "Beside the checks"
LOCK = Path(__file__).parents[2] / "constraints.txt"
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
class ReadOnly:
    """A warehouse that is only looked at: creating does nothing, changing is an error, a missing file stays missing."""

    inner: Warehouse
    home: Home
    problem: str = ""

    @property
    def kind(self) -> str:
        """The engine's name."""
        return self.inner.kind

    @property
    def exists(self) -> bool:
        """Whether there is anything to read; a remote engine always exists."""
        return self.inner.kind != "duckdb" or self.home.warehouse.exists()

    def session(self) -> AbstractContextManager[None]:
        """The warehouse kept open where there is one."""
        return self.inner.session() if self.exists else nullcontext()

    def kept_open(self) -> AbstractContextManager[None]:
        """The warehouse kept open where there is one."""
        return self.inner.kept_open() if self.exists else nullcontext()

    def create(self, contracts: Iterable[TableContract]) -> None:
        """Nothing: a table that does not exist is found out when it is read."""

    def publish(self, stages: Sequence[Stage]) -> Published:
        """Refused."""
        raise PipelineError(f"{stages[0].contract.name} would be written by an examination; nothing was changed.")

    def delete(self, deletions: Sequence[Deletion]) -> Mapping[str, int]:
        """Refused."""
        raise PipelineError(f"{deletions[0].contract.name} would be deleted by an examination; nothing was changed.")

    def read(self, sql: str, parameters: Mapping[str, Value] | None = None) -> pa.Table:
        """Run one GoogleSQL query."""
        return self.read_many([Query(sql, parameters or {})])[0]

    def read_many(self, queries: Sequence[Query]) -> list[pa.Table]:
        """Run several queries on one snapshot.

        Raises:
            PipelineError: when there is no warehouse, or it could not be opened.
        """
        if self.problem:
            raise PipelineError(self.problem)
        if not self.exists:
            raise PipelineError(f"There is no warehouse at {self.home.warehouse} yet.")
        return self.inner.read_many(queries)

    def digest(self, contract: TableContract, dates: DateRange | None = None) -> str:
        """Fingerprint of the rows of a table."""
        return self.inner.digest(contract, dates)


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
        look = _Look(
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


def _examined(look: "_Look", dates: DateRange, *, quick: bool) -> Report:
    checks: list[tuple[str, bool, Callable[[], _Found]]] = [
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
        (row,) = (
            ReadOnly(warehouse, home)
            .read("select min(game_date) as first_date, max(game_date) as last_date from nba_reference.dim_game")
            .to_pylist()
        )
    except Exception:  # noqa: BLE001  no schedule yet: the examination itself says so
        return WINDOWS["first_four_weeks"]
    if row["first_date"] is None:
        return WINDOWS["first_four_weeks"]
    return DateRange(row["first_date"], row["last_date"])


@dataclass(frozen=True)
class DryRun:
    """Rows that the models of a phase would make of one date, by table, and the seconds it took.

    ``without_rows`` are tables that would be empty although what they read is stored. A table that reads another one of
    its phase may be empty as long as that one is not stored.
    """

    day: dt.date
    rows: Mapping[str, int]
    without_rows: tuple[str, ...]
    seconds: float

    @property
    def line(self) -> str:
        """Date, seconds and rows."""
        counted = ", ".join(f"{name.partition('.')[2]} {count}" for name, count in self.rows.items())
        return f"{self.day}, {self.seconds:.1f} s: {counted}"


def dry_run(warehouse: Warehouse, phase: int, day: dt.date, clock: Callable[[], float] = time.monotonic) -> DryRun:
    """Compute the models of a phase for one date without storing anything.

    Stops before the next model once the limit is reached.
    """
    started = clock()
    tables = phase_tables(phase)
    own = {table.name: table for table in tables}
    rows: dict[str, int] = {}
    empty = []
    for table in tables:
        if clock() - started > DRY_RUN_SECONDS:
            break
        rows[table.name] = _counted(warehouse, table.query or "", day)
        if not rows[table.name]:
            reads = [own[name] for name in stored_tables(table.upstreams) if name in own and name != table.name]
            dated = "between @start_date and @end_date"
            stored = [f"select 1 as one from {one.name} where {one.partition} {dated}" for one in reads]
            if all(_counted(warehouse, query, day) for query in stored):
                empty.append(table.name)
    return DryRun(day, rows, tuple(empty), clock() - started)


def _counted(warehouse: Warehouse, query: str, day: dt.date) -> int:
    counted = warehouse.read(
        f"select count(*) as row_count from ({query}) as computed", range_parameters(DateRange(day, day))
    )
    return counted["row_count"][0].as_py()


@dataclass(frozen=True)
class _Found:
    result: Verdict
    sentence: str
    remedy: str = ""
    details: tuple[str, ...] = ()


def _judged(title: str, critical: bool, check: Callable[[], _Found], number: int | None = None) -> Finding:
    try:
        found = check()
    except Exception as error:  # noqa: BLE001  a check that cannot be made has failed
        said = " ".join(str(error).split()) or type(error).__name__
        found = _Found("FAIL", f"could not be judged: {said}", "Repair what the message names and look again.")
    result = "WARN" if found.result == "FAIL" and not critical else found.result
    return Finding(title, result, found.sentence, found.remedy, number, found.details)


@dataclass(frozen=True)
class _Look:
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

    def storage(self) -> _Found:
        if not self.warehouse.exists:
            remedy = (
                "nba-pipeline materialize builds it from the files in landing."
                if holds_real_files(self.home.landing)
                else "nba-pipeline quickstart builds one; or ingest sources and materialise."
            )
            return _Found("FAIL", f"there is no warehouse at {self.home.warehouse}", remedy)
        self.warehouse.read("select 1 as one")
        if self.warehouse.kind == "duckdb":
            for place in (self.home.root, self.home.warehouse):
                if not os.access(place, os.W_OK):
                    return _Found("FAIL", f"{place} is not writable", f"Give this user the right to write {place}.")
        return _Found("PASS", f"{self.warehouse.kind} in {self.home.root}, opened and writable")

    def libraries(self) -> _Found:
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
            return _Found("FAIL", "; ".join(wrong), remedy)
        if not pinned:
            return _Found("WARN", f"all import, but there is no lock file {self.lock}", "Install from a clone.")
        return _Found("PASS", f"dagster {version('dagster')}, duckdb {version('duckdb')}, sqlglot {version('sqlglot')}")

    def datasets(self) -> _Found:
        tables = [contract for contract in load_contracts().values() if not contract.is_view]
        lacking = self._lacking(tables)
        there = {dataset: [one for one in tables if one.dataset == dataset] for dataset in DATASETS}
        empty = [dataset for dataset, listed in there.items() if {one.name for one in listed} <= set(lacking)]
        if empty:
            return _Found(
                "FAIL", f"without tables: {', '.join(empty)}", "nba-pipeline materialize creates them with their rows."
            )
        if lacking:
            return _Found("WARN", f"not created yet: {', '.join(lacking)}", "They are created when first materialised.")
        if not self._count(f"select count(*) as row_count from {STATUS}"):
            return _Found("FAIL", f"{len(tables)} tables, none was ever filled", "nba-pipeline ingest, then backfill.")
        return _Found("PASS", f"{', '.join(DATASETS)}: {len(tables)} tables")

    def _lacking(self, tables: Sequence[TableContract]) -> list[str]:
        """Tables that cannot be read; engines differ in how they say that a table does not exist."""
        queries = {table.name: Query(f"select 1 as one from {table.name} limit 1") for table in tables}
        with suppress(Exception):
            self.warehouse.read_many(list(queries.values()))
            return []
        lacking = []
        for name, query in queries.items():
            try:
                self.warehouse.read_many([query])
            except Exception:  # noqa: BLE001
                lacking.append(name)
        return lacking

    def automation(self) -> _Found:
        repository = self.definitions.get_repository_def()
        graph = repository.asset_graph
        sensors = list(repository.sensor_defs)
        unlinked = []
        for table in phase_tables(*COMPUTED):
            key = asset_key(table.name)
            has_condition = graph.has(key) and graph.get(key).automation_condition is not None
            targeted = any(
                sensor.asset_selection is not None and key in sensor.asset_selection.resolve(graph)
                for sensor in sensors
                if not isinstance(sensor, dg.AutomationConditionSensorDefinition)
            )
            if not (has_condition or targeted):
                unlinked.append(table.name)
        statuses = ", ".join(f"{sensor.name} {self._status(sensor)}" for sensor in sensors) or "no sensors"
        if unlinked:
            return _Found(
                "FAIL",
                f"nothing in the code location launches {', '.join(unlinked)}; {statuses}",
                "Restore the automation conditions in graph/automation.py and reload the code location.",
            )
        return _Found("PASS", f"all ten tables follow their upstreams; {statuses}")

    def _status(self, sensor: dg.SensorDefinition) -> str:
        stored = [state for state in self.instance.all_instigator_state() if state.instigator_name == sensor.name]
        if not stored or stored[0].status.value == "DECLARED_IN_CODE":
            return f"{sensor.default_status.value.lower()} (as declared)"
        return stored[0].status.value.lower()

    def services(self) -> _Found:
        assets = len(self.definitions.get_repository_def().asset_graph.executable_asset_keys)
        beats = self.instance.get_daemon_heartbeats()
        fresh = [beat for beat in beats.values() if self.now.timestamp() - beat.timestamp <= _HEARTBEAT_SECONDS]
        if not fresh:
            ages = [self.now.timestamp() - beat.timestamp for beat in beats.values()]
            since = f"last heard of {min(ages) / 60:.0f} minutes ago" if ages else "never heard of"
            return _Found(
                "WARN",
                f"{assets} assets load; the daemon was {since}",
                "dagster dev starts it; commands on the command line work without.",
            )
        return _Found("PASS", f"{assets} assets load; {len(fresh)} of {len(beats)} daemon threads report")

    def raw_coverage(self) -> _Found:
        (row,) = self.warehouse.read(_RAW_GAMES, self._bounds).to_pylist()
        games = row["games"]
        if not games:
            return _Found(
                "FAIL",
                f"the schedule has no final game in {self.dates}",
                "Ingest sources of the range, then nba-pipeline materialize nba_raw nba_reference.",
            )
        accepted = {f"{day:%Y%m%d}" for day in self._accepted("nba_reference.player_box_lines")}
        without = self.warehouse.read(_LOST_GAMES, self._bounds)["game_id"].to_pylist()
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
            return _Found("FAIL", said, remedy, tuple(lost))
        if lost:
            return _Found("WARN", said, remedy, tuple(lost))
        if any(0 < row[name] < games - len(without) for name in ("team_games", "gamebook_games")):
            return _Found("WARN", f"{said}; fallback sources have the rest", remedy)
        return _Found("PASS", said)

    def _accepted(self, table: str) -> Iterable[dt.date]:
        accepted = (
            one for one in accepted_gaps(self.warehouse) if one.table == table and one.is_open(last_partition())
        )
        return (day for one in accepted for day in one.dates.dates())

    def state(self, phase: int) -> _Found:
        report = judge_gate(self.warehouse, phase, self.dates)
        if report.error:
            return _Found("INFO", f"not readable yet: {report.error}")
        expected = max((one.expected for one in report.tables), default=0)
        bootstrap = len(self.expected.bootstrap)
        said = ", ".join(f"{one.table.partition('.')[2]} {one.actual}" for one in report.tables)
        apart = f", {bootstrap} bootstrap dates apart" if bootstrap else ""
        return _Found("INFO", f"{report.verdict}; of {expected} dates{apart}: {said}", details=tuple(report.lines))

    def jobs(self, phase: int) -> _Found:
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
            return _Found("FAIL", "; ".join(problems), "Restore them in jobs/stages.py and reload the code location.")
        return _Found("PASS", f"five assets; {', '.join(names)} carry backfill_mode and skip_downstream_trigger")

    def props(self) -> _Found:
        rows = self._count(
            "select count(*) as row_count from nba_raw.bettingpros_player_points_props "
            "where game_date between @start_date and @end_date"
        )
        if rows:
            return _Found("PASS", f"{rows:,} rows of bettingpros_player_points_props")
        return _Found("INFO", "bettingpros_player_points_props is not in use: whom The Odds API lacks has no line")

    def monitor(self) -> _Found:
        snapshot = take_snapshot(self.warehouse, self.instance, self.dates, self.now)
        said = ", ".join(f"phase {one.phase} {one.done} of {one.expected} dates" for one in snapshot.phases)
        return _Found("PASS", f"nba-pipeline monitor answers: {said}")

    def dry_run(self, phase: int) -> _Found:
        day = self._dry_day(phase)
        if day is None and self.expected.final:
            return _Found("INFO", f"{self.dates} lies in the bootstrap: nothing would be computed")
        if day is None:
            return _Found("FAIL", f"no final game in {self.dates} to compute", "Ingest sources of the range first.")
        tried, before = dry_run(self.warehouse, phase, day, self.clock), PHASES[phase].before
        if tried.seconds > DRY_RUN_SECONDS:
            remedy = "Free memory and disk, then look again."
            return _Found("FAIL", f"longer than {DRY_RUN_SECONDS:.0f} s; {tried.line}", remedy)
        if tried.without_rows:
            remedy = f"nba-pipeline verify {before.word if before else phase} {day} names what is missing."
            return _Found("FAIL", f"no rows for {', '.join(tried.without_rows)}; {tried.line}", remedy)
        return _Found("PASS", tried.line)

    def _dry_day(self, phase: int) -> dt.date | None:
        """The reference date where its games are stored, else the newest date of the range with final games."""
        reference = expected_dates(self.warehouse, DateRange(REFERENCE_DATE, REFERENCE_DATE)).final
        if reference:
            return REFERENCE_DATE
        possible = [day for day in self.expected.final if not (PHASES[phase].skips_bootstrap and is_bootstrap(day))]
        return max(possible, default=None)

    def registry(self) -> _Found:
        numbers = catalogue(self.home.root)["V26"].thresholds
        wanted, fewest = int(numbers["registry_players"]), int(numbers["fewest_registry_players"])
        players = self._count(
            "select count(distinct universal_player_id) as row_count from nba_reference.nba_players_registry"
        )
        result: Verdict = "PASS" if players >= wanted else "WARN" if players >= fewest else "FAIL"
        return _Found(
            result,
            f"{players:,}, at least {wanted} expected",
            "Ingest the player lists of the season, then nba-pipeline materialize nba_players_registry.",
        )

    def teams(self) -> _Found:
        wanted = int(catalogue(self.home.root)["V26"].thresholds["registry_teams"])
        teams = self._count("select count(distinct team_abbr) as row_count from nba_reference.team_aliases")
        return _Found(
            "PASS" if teams == wanted else "FAIL",
            f"{teams}, exactly {wanted} expected",
            "nba-pipeline materialize team_aliases",
        )

    def aliases(self) -> _Found:
        wanted = int(catalogue(self.home.root)["V26"].thresholds["aliases"])
        known = self._count("select count(*) as row_count from nba_reference.player_aliases where is_active")
        if known >= wanted:
            return _Found("PASS", f"{known:,} active, at least {wanted} expected")
        return _Found(
            "WARN",
            f"{known:,} active, {wanted} expected: the packaged seed and the simulated league hold fewer, "
            "because fewer spellings differ there",
            "Land a player_aliases file of real sources; names nobody knows are listed as pending.",
        )

    def active(self) -> _Found:
        found = writers(
            self.definitions,
            self.instance,
            [table.name for table in phase_tables(*COMPUTED)],
            self.own_run,
        )
        if not found:
            return _Found("PASS", "no active run, no active backfill")
        return _Found("FAIL", ", ".join(found), "Wait for it to end, or stop it; two backfills would interleave.")

    def prop_lines(self) -> _Found:
        (row,) = self.warehouse.read(
            "select count(*) as row_count, countif(has_prop_line) as with_line "
            "from nba_analytics.upcoming_player_game_context where game_date between @start_date and @end_date",
            self._bounds,
        ).to_pylist()
        if not row["row_count"]:
            return _Found("INFO", "the context has no rows yet; lines are optional")
        share = row["with_line"] / row["row_count"]
        return _Found("INFO", f"{share:.0%} of {row['row_count']:,} context rows have a points line; optional")

    def disk(self) -> _Found:
        least, comfortable = _DISK
        free = self.machine.free_disk
        result: Verdict = "FAIL" if free < least else "WARN" if free < comfortable else "PASS"
        return _Found(result, f"{free / _GIGABYTE:.1f} GB free where {self.home.root} lies", "Free some space.")

    def memory(self) -> _Found:
        free = self.machine.free_memory
        if free is None:
            return _Found("INFO", "this system does not say how much is free")
        said = f"{free / _GIGABYTE:.1f} GB free; the engine takes up to 0.8 and spills the rest to disk"
        return _Found("WARN" if free < _MEMORY else "PASS", said, "Close other programs, or expect slow runs.")

    def _count(self, sql: str) -> int:
        return self.warehouse.read(sql, self._bounds)["row_count"][0].as_py()

    @property
    def _bounds(self) -> dict[str, Value]:
        return {"start_date": self.dates.start, "end_date": self.dates.end}


def _pins(lock: Path) -> dict[str, str]:
    """Exact versions of a constraints file by name; nothing when there is none."""
    return dict(_pinned(lock.read_text(encoding="utf-8").splitlines())) if lock.exists() else {}


def _pinned(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        matched = re.match(r"^([A-Za-z0-9._-]+)==(\S+)", line)
        if matched:
            yield matched[1].lower(), matched[2]


_SOURCES = """
with
games as (
    select
        game_id,
        nba_game_id,
        game_date,
        home_team_abbr,
        away_team_abbr
    from nba_reference.dim_game
    where is_final and game_date between @start_date and @end_date
),

team as (
    select distinct nba_game_id
    from nba_raw.nbac_team_boxscore
    where game_date between @start_date and @end_date
),

gamebook as (
    select distinct
        game_date,
        home_team_abbr,
        away_team_abbr
    from nba_raw.nbac_gamebook_player_stats
    where game_date between @start_date and @end_date
),

league as (
    select distinct nba_game_id
    from nba_raw.nbac_player_boxscores
    where game_date between @start_date and @end_date
),

balldontlie as (
    select distinct
        game_date,
        home_team_abbr,
        away_team_abbr
    from nba_raw.bdl_player_boxscores
    where game_date between @start_date and @end_date
),

sources as (
    select
        games.game_id,
        games.game_date,
        team.nba_game_id is not null as has_team,
        gamebook.game_date is not null as has_gamebook,
        gamebook.game_date is not null
        or league.nba_game_id is not null
        or balldontlie.game_date is not null as has_players
    from games
    left join team on games.nba_game_id = team.nba_game_id
    left join gamebook
        on
            games.game_date = gamebook.game_date
            and games.home_team_abbr = gamebook.home_team_abbr
            and games.away_team_abbr = gamebook.away_team_abbr
    left join league on games.nba_game_id = league.nba_game_id
    left join balldontlie
        on
            games.game_date = balldontlie.game_date
            and games.home_team_abbr = balldontlie.home_team_abbr
            and games.away_team_abbr = balldontlie.away_team_abbr
)
"""

#: A team box score may be the sum of players; players have to come from some source.
_RAW_GAMES = f"""
{_SOURCES}
select
    count(*) as games,
    countif(has_players) as covered,
    countif(has_team) as team_games,
    countif(has_gamebook) as gamebook_games
from sources
"""

_LOST_GAMES = f"{_SOURCES} select game_id from sources where not has_players order by game_id"
