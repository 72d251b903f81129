"""What the rows of a slate stand on: the look-back before it and the tables computed for it, as GoogleSQL.

The same text is run before a slate is computed (``defence``) and over what is stored (``implied``); it stands in
``checks/lookback``.
"""

from nba_pipeline.contract.catalog import declared, stored_tables
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.query_files import lookback_query, texts

SCHEDULE = "nba_reference.dim_game"
STATUS = "nba_processing.partition_status"
OPEN_VIOLATIONS = "nba_processing.check_violations"
ACCEPTED = "nba_processing.accepted_gaps"

#: Why a partition is empty that should not be: nothing, or nothing readable, came from its sources.
NO_SOURCE = ("no_landing_file", "no_readable_rows", "source_missing")


def accepted_dates(table: str) -> str:
    """The dates of a table, given as an SQL text value, whose gaps somebody accepted; parameter: today."""
    return (
        f"select partition_date from {ACCEPTED} where table_name = {table} and (expires is null or expires >= @today)"
    )


def previous_game_dates() -> str:
    """The game date before each slate; parameters: start_date, end_date."""
    return lookback_query("previous_game_dates")


def gaps(contract: TableContract) -> str:
    """Dates of the look-back of a guarded table about which the schedule or the upstream says nothing, a row each."""
    assert contract.guards is not None
    upstream = declared(contract.guards.table)
    named = {
        "the_upstream": upstream.name,
        "the_upstream_date": upstream.partition or "",
        "the_days": str(contract.guards.days),
        "the_previous_game_dates": f"({previous_game_dates()})",
        "the_reasons_without_source": texts(NO_SOURCE),
    }
    return lookback_query("gaps", named)


def missing_pregame(contract: TableContract) -> str:
    """Slates of a range for which a pre-game table that the contract reads was never computed, a row each."""
    return lookback_query(
        "missing_pregame", {"the_pregame": f"cast({texts(pregame_upstreams(contract))} as array<string>)"}
    )


def pregame_upstreams(contract: TableContract) -> tuple[str, ...]:
    """The tables a precompute table reads that are computed before tip-off for the same slate."""
    candidates = (declared(name) for name in stored_tables(contract.upstreams) if name != contract.name)
    return tuple(one.name for one in candidates if one.level or _is_context(one))


def _is_context(contract: TableContract) -> bool:
    return contract.dataset == "nba_analytics" and contract.covers == "scheduled_games"
