"""Questions about single numbers of a range that anyone can look up: sums of games and rows, means, high scorers."""

from collections.abc import Mapping
from typing import Any

from nba_pipeline.calendar import DateRange
from nba_pipeline.warehouse.seam import Query, Value, Warehouse

PLAYERS = "nba_analytics.player_game_summary"
TEAMS = "nba_analytics.team_offense_game_summary"
FACTORS = "nba_precompute.player_composite_factors"
HIGH_SCORERS = 3

#: What a table holds of a range, in the measure its documented minimum is stated in.
_COUNTED = {PLAYERS: "countif(did_play)", TEAMS: "count(distinct game_id)", FACTORS: "count(*)"}

_MEANS = f"""
select
    count(distinct player_lookup) as players,
    count(distinct team_abbr) as teams,
    avg(points) as points,
    avg(minutes_played) as minutes
from {PLAYERS}
where game_date between @start_date and @end_date and did_play
"""

#: The highest scorers and what their line is compared with: the line's own sum, the team's points as the sum of its
#: players, as its team row and as the schedule's final score.
_HIGHEST = f"""
with
highest as (
    select
        game_id,
        game_date,
        player_lookup,
        team_abbr,
        points,
        2 * (fg_makes - three_pt_makes) + 3 * three_pt_makes + ft_makes as points_of_makes
    from {PLAYERS}
    where game_date between @start_date and @end_date and did_play
    order by points desc, game_id, player_lookup
    limit {HIGH_SCORERS}
),

sums as (
    select
        game_id,
        team_abbr,
        sum(points) as points
    from {PLAYERS}
    where game_date between @start_date and @end_date
    group by game_id, team_abbr
)

select
    highest.*,
    sums.points as player_sum,
    team.points_scored as team_points,
    if(highest.team_abbr = games.home_team_abbr, games.home_team_score, games.away_team_score) as final_score
from highest
inner join sums on highest.game_id = sums.game_id and highest.team_abbr = sums.team_abbr
left join {TEAMS} as team on highest.game_id = team.game_id and highest.team_abbr = team.team_abbr
left join nba_reference.dim_game as games on highest.game_id = games.game_id
order by highest.points desc, highest.game_id, highest.player_lookup
"""


def counted(warehouse: Warehouse, dates: DateRange) -> Mapping[str, int]:
    """Played rows of players, games of teams, rows of factors: by table."""
    queries = [
        Query(
            f"select {measure} as counted from {table} where game_date between @start_date and @end_date",
            _bounds(dates),
        )
        for table, measure in _COUNTED.items()
    ]
    found = warehouse.read_many(queries)
    return {table: rows["counted"][0].as_py() or 0 for table, rows in zip(_COUNTED, found, strict=True)}


def means(warehouse: Warehouse, dates: DateRange) -> Mapping[str, Any]:
    """Players and teams that played, mean points and minutes of a player's game."""
    (row,) = warehouse.read(_MEANS, _bounds(dates)).to_pylist()
    return row


def high_scorers(warehouse: Warehouse, dates: DateRange) -> list[Mapping[str, Any]]:
    """The highest scorers of a range beside their team's points by three ways."""
    return warehouse.read(_HIGHEST, _bounds(dates)).to_pylist()


def _bounds(dates: DateRange) -> dict[str, Value]:
    return {"start_date": dates.start, "end_date": dates.end}
