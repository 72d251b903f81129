"""Counts of what is stored, as preparations and repairs ask for them: rows by table, games by source, names, readers.

Whether a count is enough is judged elsewhere, and so is the state of a table and date (``states``).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.catalog import in_order
from nba_pipeline.contract.table import TableContract
from nba_pipeline.validation.facts import PRECOMPUTE_FAILURES, TRAIL
from nba_pipeline.warehouse.seam import Query, Warehouse, range_parameters

_SUMMARY = "nba_analytics.player_game_summary"
_CONTEXT = "nba_analytics.upcoming_player_game_context"
_REGISTRY = "nba_reference.nba_players_registry"
_ALIASES = "nba_reference.player_aliases"
_TEAMS = "nba_reference.team_aliases"
_GAME = "concat(cast(game_date as string), home_team_abbr)"
#: The sources of which a deletion records what they hold, and how each tells its games apart.
_SOURCES = {
    "nba_raw.nbac_gamebook_player_stats": _GAME,
    "nba_raw.bdl_player_boxscores": _GAME,
    "nba_raw.nbac_schedule": "game_id",
}


def row_counts(
    warehouse: Warehouse,
    tables: Sequence[TableContract],
    dates_of: Callable[[TableContract], DateRange | None] = lambda _: None,
) -> dict[str, int]:
    """Rows of each table in its dates, None for all."""
    if not tables:
        return {}
    warehouse.create(tables)
    counted = warehouse.read_many([_counting(table, dates_of(table)) for table in tables])
    return {table.name: rows["row_count"][0].as_py() for table, rows in zip(tables, counted, strict=True)}


def _counting(table: TableContract, dates: DateRange | None) -> Query:
    if dates is None:
        return Query(f"select count(*) as row_count from {table.name}")
    where = f"{table.partition} between @start_date and @end_date"
    return Query(f"select count(*) as row_count from {table.name} where {where}", range_parameters(dates))


def unreadable(warehouse: Warehouse, tables: Sequence[TableContract]) -> list[str]:
    """Tables that cannot be read; engines differ in how they say that a table does not exist."""
    queries = {table.name: Query(f"select 1 as one from {table.name} limit 1") for table in tables}
    with suppress(Exception):
        warehouse.read_many(list(queries.values()))
        return []
    lacking = []
    for name, query in queries.items():
        try:
            warehouse.read_many([query])
        except Exception:  # noqa: BLE001
            lacking.append(name)
    return lacking


def computed_rows(warehouse: Warehouse, table: TableContract, day: dt.date) -> int:
    """Rows that the model of a table would make of a date; nothing is stored."""
    counted = warehouse.read(
        f"select count(*) as row_count from ({table.query}) as computed", range_parameters(DateRange(day, day))
    )
    return counted["row_count"][0].as_py()


def games_by_source(warehouse: Warehouse, dates: DateRange) -> dict[str, int]:
    """Final games of a range, and of how many there are players from any source, a team box score, a game book.

    A team box score may be the sum of players; players have to come from some source.
    """
    return warehouse.read(_GAMES_COUNTED, range_parameters(dates)).to_pylist()[0]


def games_without_players(warehouse: Warehouse, dates: DateRange) -> list[str]:
    """Final games that no source has players of."""
    return warehouse.read(_GAMES_LOST, range_parameters(dates))["game_id"].to_pylist()


def registry_counts(warehouse: Warehouse, season_year: int) -> dict[str, int]:
    """Rows and persons of the registry, rows of a season, active aliases, and teams."""
    names = (_REGISTRY, _ALIASES, _TEAMS)
    warehouse.create(in_order(names))
    queries = [
        Query(
            f"select count(*) as players, count(distinct universal_player_id) as persons, "
            f"countif(first_season <= @season_year and last_season >= @season_year) as season_players from {_REGISTRY}",
            {"season_year": season_year},
        ),
        Query(f"select countif(is_active) as aliases from {_ALIASES}"),
        Query(f"select count(distinct team_abbr) as teams from {_TEAMS}"),
    ]
    counted = [rows.to_pylist()[0] for rows in warehouse.read_many(queries)]
    return {name: count for row in counted for name, count in row.items()}


def line_counts(warehouse: Warehouse, dates: DateRange) -> tuple[int, int]:
    """Rows of the players' context in a range, and how many have a points line."""
    (row,) = warehouse.read(
        f"select count(*) as row_count, countif(has_prop_line) as with_line from {_CONTEXT} "
        "where game_date between @start_date and @end_date",
        range_parameters(dates),
    ).to_pylist()
    return row["row_count"], row["with_line"]


def source_counts(warehouse: Warehouse, dates: DateRange) -> dict[str, dict[str, int]]:
    """Records, dates and games of a range by source."""
    warehouse.create(in_order([*_SOURCES, "nba_reference.dim_game"]))
    counted = warehouse.read_many(
        [
            Query(
                f"select count(*) as records, count(distinct game_date) as dates, count(distinct {game}) as games "
                f"from {name} where game_date between @start_date and @end_date",
                range_parameters(dates),
            )
            for name, game in _SOURCES.items()
        ]
    )
    return {name: rows.to_pylist()[0] for name, rows in zip(_SOURCES, counted, strict=True)}


def summary_counts(warehouse: Warehouse, dates: DateRange) -> dict[str, int]:
    """Rows, played rows, dates, games, players, teams and rows of unknown persons of the players' summary."""
    return warehouse.read(_SUMMARY_COUNTS, range_parameters(dates)).to_pylist()[0]


def dates_without_summary(warehouse: Warehouse, dates: DateRange) -> list[dt.date]:
    """Dates with final games on which the players' summary holds nothing."""
    return warehouse.read(_DATES_WITHOUT_SUMMARY, range_parameters(dates))["game_date"].to_pylist()


def failure_counts(warehouse: Warehouse, dates: DateRange) -> list[dict[str, Any]]:
    """Failures of the precompute tables by table and category."""
    return warehouse.read(_FAILURES, range_parameters(dates)).to_pylist()


def last_game_of(warehouse: Warehouse, season_year: int) -> dt.date | None:
    """The last game date of a season that the stored schedule knows."""
    warehouse.create(in_order(["nba_reference.dim_game"]))
    (row,) = warehouse.read(
        "select max(game_date) as last_date from nba_reference.dim_game where season_year = @season_year",
        {"season_year": season_year},
    ).to_pylist()
    return row["last_date"]


def names_its_games(table: TableContract) -> bool:
    """Whether rows of a table say which game dates their window holds."""
    return any(column.name == TRAIL for column in table.columns)


def rows_that_used(
    warehouse: Warehouse, tables: Iterable[TableContract], day: dt.date, last: dt.date
) -> dict[str, list[dict[str, Any]]]:
    """By table, rows of each date up to ``last`` that may have used the games of a date, and rows that name it."""
    listed = list(tables)
    warehouse.create(listed)
    bounds = {"day": day, "last": last, "trail": day.isoformat()}
    counted = warehouse.read_many([Query(_used(table), bounds) for table in listed])
    return {table.name: rows.to_pylist() for table, rows in zip(listed, counted, strict=True)}


def _used(table: TableContract) -> str:
    date = table.partition
    later = f"{date} > @day and {date} <= @last" if table.history else f"{date} = @day and {date} <= @last"
    naming = f"countif(strpos({TRAIL}, @trail) > 0)" if names_its_games(table) else "countif(length(@trail) = 0)"
    return (
        f"select {date} as used_date, count(*) as row_count, {naming} as naming_rows "
        f"from {table.name} where {later} group by {date}"
    )


_GAMES_BY_SOURCE = """
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

_GAMES_COUNTED = f"""
{_GAMES_BY_SOURCE}
select
    count(*) as games,
    countif(has_players) as covered,
    countif(has_team) as team_games,
    countif(has_gamebook) as gamebook_games
from sources
"""

_GAMES_LOST = f"{_GAMES_BY_SOURCE} select game_id from sources where not has_players order by game_id"

_SUMMARY_COUNTS = f"""
select
    count(*) as records,
    countif(did_play) as played,
    count(distinct game_date) as dates,
    count(distinct game_id) as games,
    count(distinct player_lookup) as players,
    count(distinct team_abbr) as teams,
    countif(universal_player_id is null) as missing_uid
from {_SUMMARY}
where game_date between @start_date and @end_date
"""

_DATES_WITHOUT_SUMMARY = f"""
select distinct games.game_date
from nba_reference.dim_game as games
left join (select distinct game_date from {_SUMMARY}) as covered on games.game_date = covered.game_date
where games.is_final and games.game_date between @start_date and @end_date and covered.game_date is null
order by games.game_date
"""

_FAILURES = f"""
select
    processor_name,
    failure_category,
    count(*) as records,
    count(distinct entity_id) as entities
from {PRECOMPUTE_FAILURES}
where analysis_date between @start_date and @end_date
group by processor_name, failure_category
order by processor_name, records desc, failure_category
"""
