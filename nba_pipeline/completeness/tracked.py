"""The views that say which tables are tracked by date and what they hold, generated from the contracts.

They feed ``nba_processing.partition_state``, where a date of a table gets its state; nothing is judged here.
"""

from collections.abc import Mapping
from pathlib import Path

from nba_pipeline.contract.catalog import MODELS, runnable_contracts
from nba_pipeline.contract.table import TableContract

#: Raw sources that list the games they speak of.
GAME_SOURCES = (
    "nba_raw.nbac_schedule",
    "nba_raw.nbac_gamebook_player_stats",
    "nba_raw.nbac_player_boxscores",
    "nba_raw.bdl_player_boxscores",
    "nba_raw.nbac_team_boxscore",
    "nba_raw.nbac_shot_chart",
    "nba_raw.nbac_play_by_play",
    "nba_raw.bigdataball_play_by_play",
)
_BY_TEAMS = (
    "source.game_date = games.game_date and source.home_team_abbr = games.home_team_abbr"
    " and source.away_team_abbr = games.away_team_abbr"
)


def tracked_tables() -> list[TableContract]:
    """The tables with daily partitions that runs write, by name."""
    return [table for _, table in sorted(runnable_contracts().items()) if table.partition]


def tracking_views() -> Mapping[Path, str]:
    """The table file of each view and the text it must have."""
    folder = MODELS / "nba_processing"
    return {
        folder / "tracked_tables.sql": _tracked_tables(),
        folder / "stored_dates.sql": _stored_dates(),
        folder / "stored_games.sql": _stored_games(),
    }


def _view(description: str, grain: str, key: str, columns: Mapping[str, str], selects: list[str]) -> str:
    lines = [
        f"-- description: {description}",
        "--   Generated from the contracts by nba_pipeline.completeness.tracked; change those, not this file.",
        f"-- grain: {grain}",
        f"-- key: {key}",
        "-- view: true",
        *(f"-- column: {name} | {said}" for name, said in columns.items()),
        "\nunion all\n".join(selects),
    ]
    return "\n".join(lines) + "\n"


def _tracked_tables() -> str:
    return _view(
        "Tables with daily partitions that runs write, and what completeness asks of each.",
        "One row per table.",
        "table_name",
        {
            "table_name": "string | not null | Two-part name.",
            "processor_name": "string | not null | Name without the dataset, as failures are recorded by.",
            "holds_games": "bool | not null | Whether it must hold every final game of a date it holds.",
            "is_of_sources": "bool | not null | Whether it has what its sources have, and no game to cover.",
            "is_of_slates": "bool | not null | Whether it has rows for slates after the bootstrap only.",
        },
        [
            f"select\n    '{table.name}' as table_name,\n    '{table.table}' as processor_name,\n"
            f"    {_sql_bool(holds_games(table))} as holds_games,\n"
            f"    {_sql_bool(not (table.covers or table.level))} as is_of_sources,\n"
            f"    {_sql_bool(table.empty_in_bootstrap)} as is_of_slates"
            for table in tracked_tables()
        ],
    )


def holds_games(table: TableContract) -> bool:
    """Whether a date of the table is whole only with every final game.

    Player tables of the slate leave out players without history, and with them perhaps a whole game.
    """
    return table.dataset == "nba_analytics" or table.name in GAME_SOURCES


def _sql_bool(value: bool) -> str:
    return "true" if value else "false"


def _stored_dates() -> str:
    return _view(
        "Rows that every tracked table holds of a date now, counted in the table itself.",
        "One row per table and date with rows.",
        "table_name, partition_date",
        {
            "table_name": "string | not null | Two-part name.",
            "partition_date": "date | not null | US-Eastern date.",
            "row_count": "int64 | not null; range=1.. | Rows of the date.",
        },
        [
            f"select\n    '{table.name}' as table_name,\n    {table.partition} as partition_date,\n"
            f"    count(*) as row_count\nfrom {table.name}\ngroup by {table.partition}"
            for table in tracked_tables()
        ],
    )


def _stored_games() -> str:
    return _view(
        "Games that every tracked table with games holds, by our ids; raw sources are matched by the league's id,\n"
        "--   or by date and teams.",
        "One row per table and game.",
        "table_name, game_id",
        {
            "table_name": "string | not null | Two-part name.",
            "game_date": "date | not null | US-Eastern date of the game.",
            "game_id": "string | not null | Game, YYYYMMDD_AWAY_HOME.",
        },
        [_games_of(table) for table in tracked_tables() if holds_games(table)],
    )


def _games_of(table: TableContract) -> str:
    if table.dataset != "nba_raw":
        return f"select distinct\n    '{table.name}' as table_name,\n    game_date,\n    game_id\nfrom {table.name}"
    names = {column.name for column in table.columns}
    if table.table == "nbac_schedule":
        matched = "source.game_id = games.nba_game_id"
    else:
        matched = "source.nba_game_id = games.nba_game_id" if "nba_game_id" in names else _BY_TEAMS
    on = matched.replace(" and ", "\n        and ")
    return (
        f"select distinct\n    '{table.name}' as table_name,\n    games.game_date,\n    games.game_id\n"
        f"from {table.name} as source\ninner join nba_reference.dim_game as games\n    on\n        {on}"
    )
