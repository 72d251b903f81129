"""The benchmark: a rebuild of simulated seasons through Dagster beside the same statements run bare.

Both sides run in this process on the same landing files, one after the other, each into a warehouse of its own. The
bare side creates every table with one statement (or one load) in dependency order: no audit, no replacement, no
checks, no events. Nothing here is asserted; the figures are printed.
"""

import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from nba_pipeline import reference_data
from nba_pipeline.benchmark import peer_dbt
from nba_pipeline.calendar import DateRange, seasons
from nba_pipeline.contract.catalog import in_flow, in_order, load_contracts, runnable_contracts
from nba_pipeline.contract.table import TableContract
from nba_pipeline.home import HOME_VARIABLE, Home
from nba_pipeline.keys import checks_step_of, step_of
from nba_pipeline.landing import files
from nba_pipeline.publish import PACKAGED
from nba_pipeline.raw.quarantine import WHOLE_FILE
from nba_pipeline.raw.reader import FILES_PER_CHUNK, read
from nba_pipeline.warehouse.dialect import render, table_ddl
from nba_pipeline.warehouse.seam import range_parameters

#: What a plain read of a type of file is told besides.
_PLAIN = {"csv": ", all_varchar = true", "json": ", format = 'array'"}
Say = Callable[[str], None]


def run(season_count: int, seed: int, *, keep: bool, say: Say, peer: bool = False) -> None:
    """Simulate, rebuild through Dagster, rebuild bare, print rows, seconds, memory and the ratios.

    With ``peer`` dbt builds the same SQL tables too.
    """
    if peer:
        peer_dbt.require_dbt()
    from nba_pipeline.definitions import defs
    from nba_pipeline.instance.home_instance import open_instance
    from nba_pipeline.operations.launch import choose_tables, materialise
    from nba_pipeline.simulated import simulate

    chosen = seasons()[:season_count]
    dates = DateRange(chosen[0].regular_start, chosen[-1].season_end)
    root = (
        Path(tempfile.gettempdir()) / f"nba_pipeline_bench_{seed}_{season_count}" if keep else Path(tempfile.mkdtemp())
    )
    home = Home(root)
    os_environ_home(root)
    started = time.monotonic()
    if not home.landing.exists():
        simulate(home.landing, seasons=[one.label for one in chosen], seed=seed, faults="all")
        say(f"simulated {', '.join(one.label for one in chosen)} in {time.monotonic() - started:.1f} s")
    for leftover in (home.warehouse, root / "bare.duckdb"):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(home.dagster, ignore_errors=True)

    before = _peak_mib()
    with open_instance(root) as instance:
        outcome = materialise(defs, instance, choose_tables([]), dates)
    for failure in outcome.failures:
        say(f"failed {failure}")
    say(
        f"through Dagster: {len(dates)} dates, {outcome.seconds:.1f} s, peak memory {_peak_mib():.0f} MiB "
        f"(before the run {before:.0f} MiB), events {_size_mib(home.dagster):.0f} MiB, "
        f"warehouse {_size_mib(home.warehouse):.0f} MiB"
    )
    say(f"{'table':42} {'rows':>10} {'bare s':>8} {'in Dagster s':>13} {'checks s':>9}")
    bare: defaultdict[str, float] = defaultdict(float)
    through: defaultdict[str, float] = defaultdict(float)
    for contract, rows, seconds in _bare(home, dates):
        steps = step_of(contract.name), checks_step_of(contract.name)
        table, checks = (outcome.step_seconds.get(step, 0.0) for step in steps)
        kind = "SQL" if contract.query else "reading"
        bare[kind] += seconds
        through[kind] += table + checks
        say(f"{contract.name:42} {rows:>10,} {seconds:>8.2f} {table:>13.2f} {checks:>9.2f}")
    for kind in bare:
        say(f"{kind}: bare {bare[kind]:.1f} s, in Dagster with checks and records {through[kind]:.1f} s")
    if peer:
        _beside_dbt(home, dates, bare["SQL"], through["SQL"], say)
    total = sum(bare.values())
    say(f"bare in all: {total:.1f} s; ratio of the whole Dagster run to it: {outcome.seconds / total:.2f}")
    raw, plain = _reading_seconds(home, dates)
    say(f"landing to raw: {raw:.1f} CPU s; a plain read of the same files {plain:.1f} CPU s; ratio {raw / plain:.2f}")
    if not keep:
        shutil.rmtree(root)
    if not outcome.success:
        sys.exit(1)


def _beside_dbt(home: Home, dates: DateRange, bare: float, through: float, say: Say) -> None:
    with tempfile.TemporaryDirectory() as folder:
        built = peer_dbt.build(home.root / "bare.duckdb", dates, Path(folder))
    for name in built.failed:
        say(f"dbt failed {name}")
    say(
        f"dbt build: {built.nodes} models and key tests, {built.seconds:.1f} s, {built.seconds / bare:.2f} times bare, "
        f"{built.cpu:.1f} CPU s and {built.wall:.1f} s in all; in Dagster with checks and records {through:.1f} s, "
        f"ratio to dbt {through / built.seconds:.2f}"
    )


def os_environ_home(root: Path) -> None:
    """Point this process at the benchmark's own home, so that nothing of the user's is touched."""
    import os

    os.environ[HOME_VARIABLE] = str(root)


def _bare(home: Home, dates: DateRange) -> Iterator[tuple[TableContract, int, float]]:
    with closing(duckdb.connect(str(home.root / "bare.duckdb"), config={"memory_limit": "1GB"})) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute("set preserve_insertion_order = false")
        for contract in load_contracts().values():
            connection.execute(f"create schema if not exists {contract.dataset}")
        for contract in in_order(load_contracts()):
            connection.execute(table_ddl(contract))
        for contract in in_flow(runnable_contracts()):
            started = time.monotonic()
            _fill(connection, contract, home, dates)
            seconds = time.monotonic() - started
            ((rows,),) = connection.execute(f"select count(*) from {contract.name}").fetchall()
            yield contract, rows, seconds


def _fill(connection: duckdb.DuckDBPyConnection, contract: TableContract, home: Home, dates: DateRange) -> None:
    if contract.query:
        sql, names = render(contract.query)
        parameters = range_parameters(dates)
        bound = {name: parameters[name] for name in names} or None
        connection.execute(f"insert into {contract.name} {sql}", bound).fetchall()
        return
    if contract.source and contract.source.startswith(PACKAGED):
        chunks = iter([reference_data.table(contract.source.removeprefix(PACKAGED))])
    else:
        chunks = (batch.rows for batch in read(contract, home.landing, dates if contract.partition else None))
    for chunk in chunks:
        connection.register("chunk", chunk)
        connection.execute(f"insert into {contract.name} select * from chunk").fetchall()
        connection.unregister("chunk")


def _reading_seconds(home: Home, dates: DateRange) -> tuple[float, float]:
    """CPU of landing files becoming rows, and of the engine just reading those of them that it can."""
    raw = plain = 0.0
    for contract in runnable_contracts().values():
        if contract.source is None or contract.source.startswith(PACKAGED):
            continue
        chosen = dates if contract.partition else None
        bounds = (chosen.start, chosen.end) if chosen else ()
        started = time.process_time()
        broken: set[str] = set()
        for batch in read(contract, home.landing, chosen):
            broken |= {row["source_file"] for row in batch.quarantine.to_pylist() if row["field"] == WHOLE_FILE}
        raw += time.process_time() - started
        paths: defaultdict[str, list[str]] = defaultdict(list)
        for file in files(home.landing, contract.source, *bounds):
            if file.relative not in broken:
                paths[file.suffix].append(str(file.path))
        started = time.process_time()
        with closing(duckdb.connect()) as connection:
            for suffix, listed in paths.items():
                reading = f"select * from read_{suffix}($paths, union_by_name = true{_PLAIN.get(suffix, '')})"
                for first in range(0, len(listed), FILES_PER_CHUNK):
                    some = {"paths": listed[first : first + FILES_PER_CHUNK]}
                    connection.execute(f"create or replace temp table plain_{suffix} as {reading}", some)
        plain += time.process_time() - started
    return raw, plain


def _peak_mib() -> float:
    """Largest memory this process has held; the kernel counts KiB on Linux and bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024


def _size_mib(path: Path) -> float:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files) / 1024 / 1024
