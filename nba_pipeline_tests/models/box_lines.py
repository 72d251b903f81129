"""What the tests of the box score lines share: the sources' names and the lines that come of given rows."""

from nba_pipeline_tests.models.harness import given, run, warehouse
from nba_pipeline_tests.models.rows import DAY, game, registered

GAMEBOOK, LOG, BDL = (
    "nba_raw.nbac_gamebook_player_stats",
    "nba_raw.nbac_player_boxscores",
    "nba_raw.bdl_player_boxscores",
)
LOG_NAME = "nbac_player_boxscores"
REGISTRY, ALIASES = "nba_reference.nba_players_registry", "nba_reference.player_aliases"


def lines(tables: dict[str, list[dict]]) -> dict[str, dict]:
    """Lines by player."""
    con = warehouse()
    for table, rows in ({"nba_reference.dim_game": [game()], REGISTRY: registered()} | tables).items():
        given(con, table, rows)
    run(con, "nba_reference.player_source_lines", DAY)
    return {row["player_lookup"]: row for row in run(con, "nba_reference.player_box_lines", DAY)}


def sources(found: dict[str, dict]) -> set[str]:
    return {row["primary_source_used"] for row in found.values()}


def points(found: dict[str, dict]) -> tuple[int, int]:
    """What the played lines of GSW and BOS add up to; the final score is 97 to 96."""
    gsw, bos = (
        sum(row["points"] for row in found.values() if row["team_abbr"] == team and row["did_play"])
        for team in ("GSW", "BOS")
    )
    return gsw, bos
