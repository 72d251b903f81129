"""Table files: what a good one yields, and that every mistake is named with its place and its remedy."""

import pytest

from nba_pipeline.contract.format import load_contract
from nba_pipeline.contract.queries import tables_read
from nba_pipeline.errors import ContractError

GOOD = """\
-- description: Points per game.
--   And a second line.
-- grain: One row per player and game.
-- key: game_id, player_lookup
-- partition: game_date
-- column: game_id | string | not null | Game.
-- column: player_lookup | string | not null | Player.
-- column: game_date | date | not null | Date.
-- column: points | int64 | range=0..100; warn=0..60; unit=points; core; nulls<=0.2 | Points scored.
-- check: points_are_even | warn | Points are even. | mod(points, 2) = 1
select
    game_id,
    player_lookup,
    game_date,
    points
from nba_analytics.player_game_summary
"""


def written(tmp_path, text, dataset="nba_analytics"):
    path = tmp_path / dataset / "points.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_states_everything_about_its_table(tmp_path):
    contract = load_contract(written(tmp_path, GOOD))
    assert contract.name == "nba_analytics.points"
    assert contract.description == "Points per game. And a second line."
    assert contract.key == ("game_id", "player_lookup")
    points = contract.column("points")
    assert (points.minimum, points.maximum, points.unit, points.core, points.null_share) == (
        0,
        100,
        "points",
        True,
        0.2,
    )
    assert contract.checks[0].violation == "mod(points, 2) = 1"
    assert contract.upstreams == ("nba_analytics.player_game_summary",)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("-- grain: One row per player and game.\n", "", 1, "lacks '-- grain: …'"),
        ("| int64 |", "| integer |", 9, "unknown type 'integer'"),
        ("range=0..100", "range=0-100", 9, "is not a range"),
        ("core;", "crore;", 9, "unknown rule 'crore'"),
        ("-- key: game_id, player_lookup", "-- key: game, player_lookup", 4, "key names 'game'"),
        ("-- partition: game_date", "-- partition: points", 5, "must be a date"),
        ("| warn | Points", "| warning | Points", 10, "write '-- check:"),
        ("    points\n", "    points + 1 as points_more\n", 9, "column points is documented but the query does not"),
        ("    points\n", "    points,\n    assists\n", 6, "the query produces 'assists' but no '-- column: assists"),
        ("-- grain:", "-- grian:", 3, "unknown header 'grian'"),
        ("game_id | string | not null", "game_id | string |", 6, "must be 'not null'"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(tmp_path, old, new, line, message):
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert f"{path}:{line}: " in str(caught.value)
    assert message in str(caught.value)


def test_a_file_outside_the_datasets_is_refused(tmp_path):
    with pytest.raises(ContractError, match="'misc' is not a dataset"):
        load_contract(written(tmp_path, GOOD, dataset="misc"))


def test_tables_read_leaves_out_the_query_s_own_names():
    sql = "with a as (select * from nba_raw.x) select * from a join nba_reference.y using (k)"
    assert tables_read(sql) == ("nba_raw.x", "nba_reference.y")
