"""The awkwardness of real feeds as named faults, each with the outcome the pipeline must give it.

A fault strikes on fixed dates of a cycle and on one game of the date, so any run of three weeks meets every fault and
a part of a season is the same as in the whole. ``render`` knows nothing of faults.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nba_pipeline.errors import UsageError
from nba_pipeline.simulated.play import PlayedGame
from nba_pipeline.simulated.render import FULL_NAMES, Record, schedule


@dataclass
class Day:
    """Everything about to be written for one date."""

    date: dt.date
    games: list[PlayedGame]
    records: dict[str, list[Record]]
    extra_captures: list[tuple[str, list[Record]]] = field(default_factory=list)
    """Further files of a source, captured later."""
    broken_files: list[tuple[str, bytes, str]] = field(default_factory=list)
    """Source, bytes and suffix of files that cannot be read."""


@dataclass(frozen=True)
class Fault:
    """One named awkwardness."""

    description: str
    expected: str
    cycle: int
    strike: Callable[[Day, PlayedGame], str]


def chosen(names: Iterable[str] | str) -> list[str]:
    """Fault names for ``all``, ``none`` or a selection.

    Raises:
        UsageError: for an unknown name.
    """
    if names == "all":
        return list(FAULTS)
    if names == "none":
        return []
    listed = [names] if isinstance(names, str) else list(names)
    for name in listed:
        if name not in FAULTS:
            raise UsageError(f"Unknown fault {name!r}: choose all, none or from {', '.join(FAULTS)}.")
    return listed


def strike(day: Day, names: Iterable[str]) -> list[dict[str, str]]:
    """Apply the faults that are due on a date; says what was struck."""
    struck = []
    for name in names:
        fault = FAULTS[name]
        position = list(FAULTS).index(name)
        if day.games and (day.date.toordinal() + 5 * position) % fault.cycle == 0:
            game = day.games[(day.date.toordinal() + position) % len(day.games)]
            key = fault.strike(day, game)
            struck.append({"fault": name, "date": day.date.isoformat(), "key": key, "expected": fault.expected})
    return struck


def _of_game(record: Record, played: PlayedGame) -> bool:
    game = played.game
    ids = (record.get("game_code"), record.get("GAME_ID"), record.get("gameId"), record.get("game_id"))
    pair = {record.get("game_home_team_abbreviation"), record.get("game_visitor_team_abbreviation")}
    return game.code in ids or game.nba_game_id in ids or int(game.nba_game_id) in ids or pair == {game.home, game.away}


def _drop(source: str) -> Callable[[Day, PlayedGame], str]:
    def drop(day: Day, played: PlayedGame) -> str:
        day.records[source] = [record for record in day.records[source] if not _of_game(record, played)]
        return played.game.nba_game_id

    return drop


def _gamebook_partial(day: Day, played: PlayedGame) -> str:
    source = "nbac_gamebook_player_stats"
    day.records[source] = [
        record
        for record in day.records[source]
        if not (_of_game(record, played) and record["team"] == played.game.home)
    ]
    return played.game.nba_game_id


def _bdl_twice(day: Day, played: PlayedGame) -> str:
    again = [record for record in day.records["bdl_player_boxscores"] if _of_game(record, played)]
    day.extra_captures.append(("bdl_player_boxscores", again))
    return played.game.nba_game_id


def _play_by_play_missing(day: Day, played: PlayedGame) -> str:
    for source in ("bigdataball_play_by_play", "nbac_play_by_play", "nbac_shot_chart"):
        _drop(source)(day, played)
    return played.game.nba_game_id


def _play_by_play_truncated(day: Day, played: PlayedGame) -> str:
    day.records["bigdataball_play_by_play"] = [
        record
        for record in day.records["bigdataball_play_by_play"]
        if not (_of_game(record, played) and record["period"] == 3)
    ]
    return played.game.nba_game_id


def _team_box_reversed(day: Day, played: PlayedGame) -> str:
    for record in day.records["nbac_team_boxscore"]:
        if _of_game(record, played):
            record["MATCHUP"] = None
            record["isHome"] = record["TEAM_ABBREVIATION"] == played.game.away
    return played.game.nba_game_id


def _two_feeds(day: Day, played: PlayedGame) -> str:
    day.records["nbac_schedule"].append({**schedule(played, final=False), "data_source": "cdn_static"})
    return played.game.nba_game_id


def _postponed(day: Day, played: PlayedGame) -> str:
    """A game of two teams that rest that day stays scheduled although its tip-off is long past."""
    busy = {team for one in day.games for team in (one.game.home, one.game.away)}
    idle = [team for team in FULL_NAMES if team not in busy]
    if len(idle) < 2:
        return "no idle teams"
    nba_game_id = f"{played.game.nba_game_id[:5]}9{day.date.toordinal() % 10_000:04d}"
    day.records["nbac_schedule"].append(
        {
            **schedule(played, final=False),
            "gameId": nba_game_id,
            "gameCode": f"{day.date:%Y%m%d}/{idle[1]}{idle[0]}",
            "homeTeam_teamTricode": idle[0],
            "awayTeam_teamTricode": idle[1],
            "gameStatusText": "PPD",
        }
    )
    return nba_game_id


def _neutral(day: Day, played: PlayedGame) -> str:
    for record in day.records["nbac_schedule"]:
        if record["gameId"] == played.game.nba_game_id:
            record["isNeutral"], record["arenaCity"], record["gameSubtype"] = True, "Mexico City", "Global Games"
    for source in ("nbac_team_boxscore", "nbac_player_boxscores"):
        for record in day.records[source]:
            if _of_game(record, played):
                record["MATCHUP"] = f"{played.game.away} @ {played.game.home}"
    return played.game.nba_game_id


def _no_odds_props(day: Day, played: PlayedGame) -> str:
    day.records["odds_api_player_points_props"] = []
    return played.game.date.isoformat()


def _no_props(day: Day, played: PlayedGame) -> str:
    day.records["bettingpros_player_points_props"] = []
    return _no_odds_props(day, played)


def _late_prop(day: Day, played: PlayedGame) -> str:
    source = "odds_api_player_points_props"
    first = {
        (record["description"], record["bookmaker_key"]): record
        for record in day.records[source]
        if record["home_team"] == FULL_NAMES[played.game.home]
    }
    late = [
        {**record, "timestamp": _later(record["commence_time"]), "point": 49.5} for record in list(first.values())[:4]
    ]
    day.records[source] += late
    return played.game.nba_game_id


def _later(commence: object) -> str:
    instant = dt.datetime.fromisoformat(str(commence)) + dt.timedelta(minutes=50)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _duplicate_props(day: Day, played: PlayedGame) -> str:
    day.extra_captures.append(("odds_api_player_points_props", list(day.records["odds_api_player_points_props"])))
    return played.game.date.isoformat()


def _absent_line(day: Day, played: PlayedGame) -> str:
    rows = day.records["odds_api_player_points_props"]
    sitting = next((line for line in played.lines[played.game.home] if line.status != "active"), None)
    if not rows or sitting is None:
        return "no line to copy"
    template = next((row for row in rows if row["home_team"] == FULL_NAMES[played.game.home]), None)
    if template:
        rows.append({**template, "description": sitting.player.name, "point": 8.5})
    return sitting.player.name


def _push_line(day: Day, played: PlayedGame) -> str:
    star = played.lines[played.game.home][0]
    for record in day.records["odds_api_player_points_props"]:
        if record["description"] == star.player.name:
            record["point"] = float(max(1, star.counts["points"]))
    return star.player.name


def _old_team(day: Day, played: PlayedGame) -> str:
    for record in day.records["bettingpros_player_points_props"]:
        if record["player_team"] == played.game.home:
            record["player_team"] = "FA"
    return played.game.home


def _variant(day: Day, played: PlayedGame) -> str:
    """A book drops a suffix or writes one that the league does not."""
    star = played.lines[played.game.away][0].player.name
    variant = star.removesuffix(" Jr.").removesuffix(" III") if star.endswith((" Jr.", " III")) else f"{star} Jr."
    for source, field_name in (
        ("odds_api_player_points_props", "description"),
        ("bettingpros_player_points_props", "player_name"),
    ):
        for record in day.records[source]:
            if record[field_name] == star:
                record[field_name] = variant
    return star


def _empty_report(day: Day, played: PlayedGame) -> str:
    matchup = f"{played.game.away}@{played.game.home}"
    day.records["nbac_injury_report"] = [row for row in day.records["nbac_injury_report"] if row["matchup"] != matchup]
    return matchup


def _contradiction(day: Day, played: PlayedGame) -> str:
    rows = day.records["nbac_injury_report"]
    late = [{**row, "hour24": 18, "status": "Available"} for row in rows if row["hour24"] == 17][:1]
    rows += late
    return str(late[0]["player"]) if late else "no report"


def _roster_missing(day: Day, played: PlayedGame) -> str:
    from nba_pipeline.simulated.render import ESPN

    team = ESPN.get(played.game.home, played.game.home)
    day.records["espn_team_rosters"] = [
        row for row in day.records["espn_team_rosters"] if row["espn_team_abbr"] != team
    ]
    return played.game.home


def _short_stint(day: Day, played: PlayedGame) -> str:
    last = [line for line in played.lines[played.game.home] if line.status == "active"][-1]
    for record in day.records["nbac_player_boxscores"]:
        if record["PLAYER_ID"] == last.player.person_id:
            record["MIN"] = 0
    return last.player.name


def _correction(day: Day, played: PlayedGame) -> str:
    """The corrected game book says the truth; the first one had an assist too few."""
    source = "nbac_gamebook_player_stats"
    right = [record for record in day.records[source] if _of_game(record, played)]
    day.extra_captures.append((source, right))
    wrong = {id(record): dict(record) for record in right}
    for record in day.records[source]:
        if id(record) in wrong and record["status"] == "active" and record["assists"]:
            wrong[id(record)]["assists"] = int(str(record["assists"])) - 1
            break
    day.records[source] = [wrong.get(id(record), record) for record in day.records[source]]
    return played.game.nba_game_id


def _broken(day: Day, played: PlayedGame) -> str:
    day.broken_files += [
        ("nbac_injury_report", b'[{"gamedate": "2021-10-', "json"),
        ("odds_api_game_lines", b"<html><body>429 Too Many Requests</body></html>", "json"),
        ("bdl_player_boxscores", b"", "json"),
    ]
    return played.game.date.isoformat()


def _bad_record(day: Day, played: PlayedGame) -> str:
    rows = day.records["nbac_injury_report"]
    if rows:
        rows.append({**rows[0], "team": "Seattle SuperSonics", "player": "O'Hara'; drop table x; --, Zoë 🏀"})
    return played.game.date.isoformat()


FAULTS: dict[str, Fault] = {
    "gamebook_missing_game": Fault(
        "Game book missing for a game.", "lines from the game log", 9, _drop("nbac_gamebook_player_stats")
    ),
    "gamebook_partial": Fault("Game book has one team only.", "whole game from the game log", 13, _gamebook_partial),
    "bdl_missing_game": Fault("BallDontLie lacks a game.", "no effect", 17, _drop("bdl_player_boxscores")),
    "bdl_duplicate_load": Fault("BallDontLie sent a game twice.", "one row per key", 15, _bdl_twice),
    "big_data_ball_missing_game": Fault(
        "BigDataBall lacks a game.", "zones from NBA.com", 7, _drop("bigdataball_play_by_play")
    ),
    "play_by_play_missing_game": Fault("No source has the shots of a game.", "zones NULL", 11, _play_by_play_missing),
    "play_by_play_truncated": Fault(
        "A period of the play-by-play is lost.", "zones incomplete, flagged", 19, _play_by_play_truncated
    ),
    "team_box_missing": Fault("Team box score missing.", "reconstructed from players", 8, _drop("nbac_team_boxscore")),
    "team_box_reversed": Fault(
        "Team box score calls the visitor home.", "orientation from the schedule", 6, _team_box_reversed
    ),
    "schedule_two_feeds": Fault("A second feed still calls the game scheduled.", "highest status wins", 5, _two_feeds),
    "postponed_game": Fault("A scheduled game did not take place.", "no rows for it", 14, _postponed),
    "neutral_site": Fault("A game abroad; both log rows carry an at sign.", "home from the schedule", 18, _neutral),
    "odds_props_absent_date": Fault(
        "The Odds API has no props on a date.", "lines from BettingPros", 10, _no_odds_props
    ),
    "both_props_absent_date": Fault("Nobody has props on a date.", "lines NULL", 20, _no_props),
    "prop_after_tipoff": Fault("A capture during the game.", "never the closing line", 4, _late_prop),
    "prop_duplicate_file": Fault("A props file arrived twice.", "natural key drops it", 12, _duplicate_props),
    "prop_line_for_absent_player": Fault("A line for a player who sits.", "no result", 6, _absent_line),
    "prop_integer_push_line": Fault("A line that pushes.", "PUSH", 7, _push_line),
    "bettingpros_old_team": Fault(
        "BettingPros has no team for traded players.", "placed by the slate's rosters", 5, _old_team
    ),
    "vendor_name_variant": Fault("A vendor adds or drops a suffix.", "matched by suffix", 4, _variant),
    "injury_report_missing_game": Fault("The report does not list a game.", "availability NULL", 9, _empty_report),
    "injury_contradictory": Fault(
        "A later report takes a status back.", "the latest before tip-off", 8, _contradiction
    ),
    "roster_missing_team": Fault("One team's roster was not read.", "the team's last roster", 16, _roster_missing),
    "zero_minutes_but_played": Fault(
        "A stint under a minute prints as 0.", "minutes 0, statistics kept", 6, _short_stint
    ),
    "stat_correction": Fault("A corrected game book follows.", "the newest counts", 10, _correction),
    "malformed_files": Fault("Cut JSON, an HTML page and an empty file.", "files in quarantine", 7, _broken),
    "malformed_record": Fault("A record with an unknown team.", "record in quarantine", 5, _bad_record),
}
