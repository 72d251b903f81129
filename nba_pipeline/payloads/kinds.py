"""Which kind a payload is, told by its structure and never by a file name.

Each kind names the fields without which it would not be that kind. A kind without a flattener is known and wanted by
no table; it costs nothing and says so. A newcomer adds a kind here and a flattener beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nba_pipeline.payloads import (
    balldontlie,
    bigdataball,
    injuries,
    live_feed,
    odds,
    rosters,
    schedule,
    statistics,
)
from nba_pipeline.payloads.flat import Flattener, Record


@dataclass(frozen=True)
class Kind:
    """A kind of payload; ``marks`` are paths: a dot goes into an object, [] to a list's first element."""

    name: str
    marks: Sequence[str]
    flatten: Flattener | None = None
    gather: Callable[[list[Record]], tuple[list[Record], list[str]]] | None = None
    """For payloads that may hold a part of what a landing file replaces: what of their records is whole, and notes."""
    is_second_choice: bool = False
    """Whether a box score of the same game that lists more people is to be kept instead."""
    why_not: str = ""
    """Why no table takes it."""

    def lacking(self, content: Any) -> list[str]:
        """The marks that are not there."""
        return [mark for mark in self.marks if not _has(content, mark.split("."))]


def _all(records: list[Record]) -> tuple[list[Record], list[str]]:
    return records, []


def _in(table: str, *columns: str) -> tuple[str, ...]:
    return tuple(f"tables.{table}.columns.{column}" for column in columns)


_TAKEN: Sequence[Kind] = (
    Kind(
        "live box score",
        (
            "game.gameId", "game.gameCode", "game.gameStatus", "game.homeTeam.players[].statistics",
            "game.awayTeam.players[].statistics", "game.homeTeam.players[].played", "game.homeTeam.statistics",
        ),
        live_feed.box_score,
    ),
    Kind(
        "live play-by-play",
        (
            "game.gameId", "game.actions[].actionNumber", "game.actions[].orderNumber", "game.actions[].clock",
            "game.actions[].timeActual",
        ),
        live_feed.play_by_play,
    ),
    Kind(
        "season schedule",
        (
            "leagueSchedule.seasonYear", "leagueSchedule.gameDates[].games[].gameId",
            "leagueSchedule.gameDates[].games[].gameDateEst", "leagueSchedule.gameDates[].games[].homeTeam",
        ),
        schedule.season_schedule,
    ),
    Kind(
        "scoreboard",
        ("scoreboard.gameDate", "scoreboard.games[].gameCode", "scoreboard.games[].homeTeam.teamTricode"),
        schedule.scoreboard,
    ),
    Kind(
        "scoreboard, second version",
        (*_in("GameHeader", "GAME_ID", "GAMECODE", "HOME_TEAM_ID"), *_in("LineScore", "TEAM_ABBREVIATION", "PTS")),
        schedule.game_headers,
    ),
    Kind(
        "box score summary, second version",
        (*_in("GameSummary", "GAME_ID", "GAMECODE", "HOME_TEAM_ID"), *_in("LineScore", "TEAM_ABBREVIATION", "PTS")),
        schedule.game_headers,
    ),
    Kind(
        "box score, second version",
        (
            *_in("PlayerStats", "GAME_ID", "PLAYER_NAME", "COMMENT", "MIN", "FG3M", "OREB", "TO", "PLUS_MINUS"),
            *_in("TeamStats", "GAME_ID", "TEAM_CITY", "MIN", "PTS"),
        ),
        statistics.box_score_tables,
        is_second_choice=True,
    ),
    Kind(
        "box score, third version",
        (
            "boxScoreTraditional.gameId", "boxScoreTraditional.homeTeam.players[].comment",
            "boxScoreTraditional.homeTeam.players[].statistics.reboundsOffensive",
            "boxScoreTraditional.awayTeam.players[].statistics.reboundsOffensive",
        ),
        statistics.box_score_nested,
        is_second_choice=True,
    ),
    Kind(
        "league game log",
        _in("LeagueGameLog", "GAME_ID", "GAME_DATE", "MATCHUP", "TEAM_ABBREVIATION", "MIN", "PTS", "PLUS_MINUS"),
        statistics.game_log,
    ),
    Kind(
        "shot detail",
        _in("Shot_Chart_Detail", "GAME_ID", "GAME_EVENT_ID", "GAME_DATE", "LOC_X", "SHOT_MADE_FLAG", "TEAM_ID"),
        statistics.shots,
        gather=statistics.whole_games,
    ),
    Kind(
        "player index",
        _in("PlayerIndex", "PERSON_ID", "PLAYER_FIRST_NAME", "PLAYER_LAST_NAME", "TEAM_ABBREVIATION"),
        statistics.player_index,
    ),
    Kind("injury report", ("injury_report",), injuries.report),
    Kind(
        "table of an injury report",
        _in("csv", "gameDate", "team", "player", "status", "reason"),
        injuries.table,
    ),
    Kind(
        "table of an injury report",
        _in("csv", "Game Date", "Matchup", "Team", "Player Name", "Current Status", "Reason"),
        injuries.table,
    ),
    Kind(
        "odds of an event in the past",
        ("timestamp", "data.id", "data.commence_time", "data.bookmakers", "data.home_team"),
        odds.past_event,
    ),
    Kind(
        "odds of events in the past",
        ("timestamp", "data[].id", "data[].commence_time", "data[].bookmakers", "data[].home_team"),
        odds.past_events,
    ),
    Kind("odds of an event", ("id", "commence_time", "home_team", "away_team", "bookmakers"), odds.present_event),
    Kind("odds of events", ("list[].id", "list[].commence_time", "list[].bookmakers"), odds.present_events),
    Kind(
        "BallDontLie box scores",
        (
            "data[].home_team.players[].player", "data[].visitor_team.players[].player",
            "data[].home_team.abbreviation", "data[].status", "data[].season",
        ),
        balldontlie.box_scores,
    ),
    Kind(
        "BallDontLie statistics",
        (
            "data[].player.first_name", "data[].team.abbreviation", "data[].game.home_team_id", "data[].fgm",
            "data[].min",
        ),
        balldontlie.statistics,
        gather=_all,
    ),
    Kind(
        "BigDataBall play-by-play",
        _in("csv", "game_id", "date", "play_id", "period", "remaining_time", "event_type", "shot_distance", "assist"),
        bigdataball.play_by_play,
    ),
    Kind(
        "ESPN roster",
        ("team.abbreviation", "team.athletes[].id", "team.athletes[].fullName", "team.athletes[].status"),
        rosters.roster,
    ),
)  # fmt: skip

_LIVE_HAS_MORE = "the live feed's answers of the game hold more"
_LEFT: Sequence[Kind] = (
    Kind(
        "play-by-play of stats.nba.com, third version",
        ("game.actions[].actionId", "game.actions[].clock", "game.actions[].shotValue"),
        why_not="it names no assists, blocks and steals; the live feed's play-by-play of the game has them",
    ),
    Kind(
        "play-by-play of stats.nba.com, second version",
        _in("PlayByPlay", "EVENTNUM", "EVENTMSGTYPE"),
        why_not=_LIVE_HAS_MORE,
    ),
    Kind("advanced box score", ("boxScoreAdvanced.gameId",), why_not="its figures are computed here"),
    Kind("tracking box score", ("boxScorePlayerTrack.gameId",)),
    Kind("team roster of stats.nba.com", _in("CommonTeamRoster", "PLAYER_ID", "TeamID")),
    Kind("referee assignments", ("nba.Table.rows",)),
    Kind("player movement", ("NBA_Player_Movement.rows",)),
    Kind("odds of the league's site", ("games[].markets[].books", "games[].gameId")),
    Kind(
        "events of The Odds API",
        ("timestamp", "data[].commence_time", "data[].home_team"),
        why_not="events without odds: ask for their odds",
    ),
    Kind("scores of The Odds API", ("list[].commence_time", "list[].scores"), why_not="the schedule has the scores"),
    Kind(
        "BettingPros events",
        ("events[].scheduled", "events[].participants", "events[].home"),
        why_not="events without lines: the lines are in the offers of market 156",
    ),
    Kind("BallDontLie advanced statistics", ("data[].pie", "data[].assist_percentage")),
    Kind("BallDontLie standings", ("data[].team", "data[].wins", "data[].conference_rank")),
    Kind("BallDontLie injuries", ("data[].player", "data[].return_date"), why_not="the league's own report is read"),
    Kind("BallDontLie games", ("data[].home_team.abbreviation", "data[].home_team_score"), why_not="no players in it"),
    Kind("BallDontLie game", ("data.home_team.abbreviation", "data.home_team_score"), why_not="no players in it"),
    Kind("BallDontLie players", ("data[].first_name", "data[].draft_year")),
    Kind("BallDontLie teams", ("data[].abbreviation", "data[].conference", "data[].full_name")),
    Kind("ESPN scoreboard", ("leagues[].season", "events")),
    Kind("web page", ("web_page",)),
    Kind("PDF that is no injury report", ("pdf",)),
)
KINDS: Sequence[Kind] = (*_TAKEN, *_LEFT)


def recognised(content: Any) -> Kind | None:
    """The kind whose marks are all there, the one with most marks of several; None when there is none."""
    found = [kind for kind in KINDS if not kind.lacking(content)]
    return max(found, key=lambda kind: len(kind.marks), default=None)


def nearest(content: Any) -> str:
    """What comes nearest, and what it lacks, for a reader."""
    shares = [(1 - len(kind.lacking(content)) / len(kind.marks), kind) for kind in KINDS]
    share, best = max(shares, key=lambda one: one[0])
    if not share:
        return "nothing in it is known"
    return f"nearest is {best.name}, which has also {', '.join(best.lacking(content))}"


def _has(content: Any, path: Sequence[str]) -> bool:
    for step in path:
        name = step.removesuffix("[]")
        if not isinstance(content, dict) or name not in content:
            return False
        content = content[name]
        if step.endswith("[]"):
            if not isinstance(content, list) or not content:
                return False
            content = content[0]
    return True
