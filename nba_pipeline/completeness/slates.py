"""Slates before their predictions: what there is of games, players and features, and what predictions lack."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nba_pipeline.calendar import DateRange, empty_reason, is_bootstrap
from nba_pipeline.completeness.coverage import EXPECTED_REASONS
from nba_pipeline.contract.catalog import declared
from nba_pipeline.validation.lookback import SCHEDULE, STATUS
from nba_pipeline.warehouse.seam import Query, Warehouse

#: The share of a slate's players that must have a cache and a shot zone row.
PLAYER_SHARE = 0.60

CONTEXT = "nba_analytics.upcoming_player_game_context"
_CACHE = "nba_precompute.player_daily_cache"
_SHOTS = "nba_precompute.player_shot_zone_analysis"
_DEFENCE = "nba_precompute.team_defense_zone_analysis"
FEATURES = "nba_predictions.ml_feature_store_v2"
_READ = (SCHEDULE, CONTEXT, _CACHE, _SHOTS, _DEFENCE, FEATURES, STATUS)

_GAMES = f"""
select
    games.game_date,
    count(*) as games,
    countif(home.team_abbr is not null and away.team_abbr is not null) as games_with_both_defences
from {SCHEDULE} as games
left join {_DEFENCE} as home
    on games.game_date = home.analysis_date and games.home_team_abbr = home.team_abbr
left join {_DEFENCE} as away
    on games.game_date = away.analysis_date and games.away_team_abbr = away.team_abbr
where games.game_date between @start_date and @end_date
group by games.game_date
"""
_PLAYERS = f"""
select
    slate.game_date,
    count(*) as players,
    countif(slate.has_prop_line) as lines,
    countif(cached.player_lookup is not null) as cached_players,
    countif(shots.player_lookup is not null) as shot_zone_players,
    countif(features.player_lookup is not null) as feature_rows,
    countif(features.is_production_ready) as production_ready
from {CONTEXT} as slate
left join {_CACHE} as cached
    on slate.game_date = cached.cache_date and slate.player_lookup = cached.player_lookup
left join {_SHOTS} as shots
    on slate.game_date = shots.analysis_date and slate.player_lookup = shots.player_lookup
left join {FEATURES} as features
    on slate.game_date = features.game_date and slate.player_lookup = features.player_lookup
where slate.game_date between @start_date and @end_date
group by slate.game_date
"""
_SPOKEN = f"""
select
    partition_date,
    row_count,
    reason
from {STATUS}
where table_name = @schedule and partition_date between @start_date and @end_date
"""


@dataclass(frozen=True)
class Slate:
    """One slate before its predictions: counts of games, listed players, and of players with a row.

    ``spoken`` is false when the schedule says nothing about the date, not even that there are no games.
    """

    date: dt.date
    spoken: bool
    games: int = 0
    games_with_both_defences: int = 0
    players: int = 0
    lines: int = 0
    cached_players: int = 0
    shot_zone_players: int = 0
    feature_rows: int = 0
    production_ready: int = 0

    @property
    def rule(self) -> str:
        """Why the date rightly has no predictions; empty when it should have them."""
        calendar = empty_reason(self.date)
        if not self.games and (self.spoken or calendar != "no_games"):
            return calendar
        return "bootstrap" if is_bootstrap(self.date) else ""

    @property
    def lacking(self) -> dict[str, str]:
        """What predictions need and the slate has not, by table: actual and required; empty when nothing is lacking."""
        if self.rule:
            return {}
        if not self.spoken:
            return {SCHEDULE: "nothing is known about the date"}
        if not self.players:
            return {CONTEXT: "no player is listed"}
        found = {
            table: f"{count} of {self.players} players, {PLAYER_SHARE:.0%} are required"
            for table, count in ((_CACHE, self.cached_players), (_SHOTS, self.shot_zone_players))
            if count < PLAYER_SHARE * self.players
        }
        if self.games_with_both_defences < self.games:
            found[_DEFENCE] = f"both teams of {self.games_with_both_defences} of {self.games} games, all are required"
        return found

    @property
    def reason(self) -> str:
        """``ready``, ``missing_dependencies``, or the rule by which there are no predictions."""
        return self.rule or ("missing_dependencies" if self.lacking else "ready")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Counts and shares; shares of the listed players, 0 to 1."""
        listed = self.players or 1
        return {
            "reason": self.reason,
            "games": self.games,
            "games_with_both_defences": self.games_with_both_defences,
            "players": self.players,
            "players_with_a_line": self.lines,
            "players_with_features": self.feature_rows,
            "share_cached": round(self.cached_players / listed, 4),
            "share_with_shot_zones": round(self.shot_zone_players / listed, 4),
            "share_with_features": round(self.feature_rows / listed, 4),
            "share_production_ready": round(self.production_ready / listed, 4),
        }


def slates(warehouse: Warehouse, dates: DateRange) -> list[Slate]:
    """Every date of a range in order, read in one go."""
    warehouse.create([declared(name) for name in _READ])
    bounds = {"start_date": dates.start, "end_date": dates.end}
    games, players, spoken = warehouse.read_many(
        [Query(_GAMES, bounds), Query(_PLAYERS, bounds), Query(_SPOKEN, {**bounds, "schedule": SCHEDULE})]
    )
    counts: dict[dt.date, dict[str, int]] = {day: {} for day in dates.dates()}
    for row in (*games.to_pylist(), *players.to_pylist()):
        counts[row.pop("game_date")] |= {name: int(count or 0) for name, count in row.items()}
    known = {
        row["partition_date"] for row in spoken.to_pylist() if row["row_count"] or row["reason"] in EXPECTED_REASONS
    }
    return [Slate(day, spoken=day in known or bool(found.get("games")), **found) for day, found in counts.items()]
