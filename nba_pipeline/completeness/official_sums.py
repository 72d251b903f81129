"""Sums of our rows over a range, in the grain in which the league prints its season and game tables."""

import pandas as pd

from nba_pipeline.calendar import DateRange
from nba_pipeline.warehouse.seam import Warehouse

#: Sums of a player's or a team's games; every measure is made of them.
_PLAYER_SUMS = """
    count(*) as games, sum(seconds_played) as seconds, sum(points) as points, sum(total_rebounds) as rebounds,
    sum(assists) as assists, sum(steals) as steals, sum(blocks) as blocks, sum(turnovers) as turnovers,
    sum(fg_makes) as fg_makes, sum(fg_attempts) as fg_attempts, sum(three_pt_makes) as three_pt_makes,
    sum(ft_attempts) as ft_attempts, sum(usage_rate * seconds_played) as usage_seconds
"""
PLAYER_SEASONS = f"""
    select player_lookup, season_type, {_PLAYER_SUMS}
    from nba_analytics.player_game_summary
    where game_date between @start_date and @end_date and did_play
    group by player_lookup, season_type
"""
PLAYER_GAMES = f"""
    select summary.player_lookup, games.nba_game_id, {_PLAYER_SUMS}
    from nba_analytics.player_game_summary as summary
    inner join nba_reference.dim_game as games
        on summary.game_id = games.game_id and games.game_date between @start_date and @end_date
    where summary.game_date between @start_date and @end_date and summary.did_play
    group by summary.player_lookup, games.nba_game_id
"""
TEAM_SEASONS = """
    select own.team_abbr, own.season_type, count(*) as games, sum(own.points_scored) as points,
        sum(own.rebounds) as rebounds, sum(own.assists) as assists, sum(own.steals) as steals,
        sum(own.blocks) as blocks, sum(own.turnovers) as turnovers, sum(own.fg_makes) as fg_makes,
        sum(own.fg_attempts) as fg_attempts, sum(own.three_pt_makes) as three_pt_makes,
        sum(own.ft_attempts) as ft_attempts, sum(own.possessions) as possessions, sum(own.pace) as pace,
        sum(opponent.points_scored) as points_allowed, sum(opponent.possessions) as possessions_allowed,
        sum(own.fg_attempts + opponent.fg_attempts) as fg_attempts_of_both,
        sum(own.ft_attempts + opponent.ft_attempts) as ft_attempts_of_both,
        sum(own.turnovers + opponent.turnovers) as turnovers_of_both,
        sum(own.offensive_rebounds + opponent.offensive_rebounds) as offensive_rebounds_of_both
    from nba_analytics.team_offense_game_summary as own
    inner join nba_analytics.team_offense_game_summary as opponent
        on own.game_id = opponent.game_id and own.opponent_team_abbr = opponent.team_abbr
        and opponent.game_date between @start_date and @end_date
    where own.game_date between @start_date and @end_date
    group by own.team_abbr, own.season_type
"""


def sums(warehouse: Warehouse, query: str, dates: DateRange) -> pd.DataFrame:
    """The rows of one of these queries over a range."""
    return warehouse.read(query, {"start_date": dates.start, "end_date": dates.end}).to_pandas()
