"""What each fault does to a rendered simulated date; which fault is due when belongs to ``faults``.

Every function changes the day in place and returns the key of what it struck, or an empty text when the day offers
nothing to strike.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from nba_pipeline.names import SUFFIXES
from nba_pipeline.simulated.markets import legal_name
from nba_pipeline.simulated.play import Line, PlayedGame
from nba_pipeline.simulated.render import Record, announced
from nba_pipeline.simulated.slate import ScheduledGame
from nba_pipeline.simulated.teams import ESPN, FULL_NAMES

GAMEBOOK = "nbac_gamebook_player_stats"
BDL = "bdl_player_boxscores"
ODDS = "odds_api_player_points_props"
BETTINGPROS = "bettingpros_player_points_props"
GAME_LINES = "odds_api_game_lines"
INJURIES = "nbac_injury_report"
ROSTERS = "espn_team_rosters"


@dataclass
class Day:
    """Everything about to be written for one date; ``index`` counts the season's playing dates."""

    date: dt.date
    index: int
    games: list[PlayedGame]
    season: tuple[ScheduledGame, ...]
    records: dict[str, list[Record]]
    morning: list[Record] = field(default_factory=list)
    """Schedule as captured before the games."""
    extra_captures: list[tuple[str, list[Record], dt.timedelta]] = field(default_factory=list)
    """Further files of a source and how much later they were captured."""
    broken_files: list[tuple[str, bytes, str]] = field(default_factory=list)
    """Source, bytes and suffix of files that cannot be read."""


_AN_HOUR = dt.timedelta(hours=1)

Strike = Callable[[Day, PlayedGame], str]


def of_game(record: Record, played: PlayedGame) -> bool:
    game = played.game
    ids = (record.get("game_code"), record.get("GAME_ID"), record.get("gameId"), record.get("game_id"))
    pair = {record.get("game_home_team_abbreviation"), record.get("game_visitor_team_abbreviation")}
    return game.code in ids or game.nba_game_id in ids or int(game.nba_game_id) in ids or pair == {game.home, game.away}


def drop(*sources: str) -> Strike:
    def strike(day: Day, played: PlayedGame) -> str:
        for source in sources:
            day.records[source] = [record for record in day.records[source] if not of_game(record, played)]
        return played.game.nba_game_id

    return strike


def nothing(day: Day, played: PlayedGame) -> str:
    """For faults that were played or drawn, not rendered."""
    return played.game.nba_game_id


def gamebook_partial(day: Day, played: PlayedGame) -> str:
    day.records[GAMEBOOK] = [
        row for row in day.records[GAMEBOOK] if not (of_game(row, played) and row["team"] == played.game.home)
    ]
    return played.game.nba_game_id


def no_gamebook(day: Day, played: PlayedGame) -> str:
    day.records[GAMEBOOK] = []
    return day.date.isoformat()


def gamebook_late(day: Day, played: PlayedGame) -> str:
    late = [row for row in day.records[GAMEBOOK] if of_game(row, played)]
    drop(GAMEBOOK)(day, played)
    day.extra_captures.append((GAMEBOOK, late, dt.timedelta(days=1)))
    return played.game.nba_game_id


def both_lists(day: Day, played: PlayedGame) -> str:
    """An inactive player of the home team is printed on the visitors' inactive list too."""
    rows = day.records[GAMEBOOK]
    listed = [row for row in rows if of_game(row, played) and row["status"] == "inactive"]
    ours = next((row for row in listed if row["team"] == played.game.home), None)
    if ours is None:
        return ""
    rows.append({**ours, "team": played.game.away})
    return f"{played.game.nba_game_id} {ours['name']}"


def bdl_twice(day: Day, played: PlayedGame) -> str:
    day.extra_captures.append((BDL, [row for row in day.records[BDL] if of_game(row, played)], _AN_HOUR))
    return played.game.nba_game_id


def period_lost(day: Day, played: PlayedGame) -> str:
    for source in ("bigdataball_play_by_play", "nbac_play_by_play"):
        day.records[source] = [row for row in day.records[source] if not (of_game(row, played) and row["period"] == 3)]
    drop("nbac_shot_chart")(day, played)
    return played.game.nba_game_id


def reversed_box(day: Day, played: PlayedGame) -> str:
    for row in day.records["nbac_team_boxscore"]:
        if of_game(row, played):
            row["MATCHUP"] = None
            row["isHome"] = row["TEAM_ABBREVIATION"] == played.game.away
    return played.game.nba_game_id


def two_feeds(day: Day, played: PlayedGame) -> str:
    day.records["nbac_schedule"].append({**announced(played.game), "data_source": "cdn_static"})
    return played.game.nba_game_id


def postponed(day: Day, played: PlayedGame) -> str:
    """A later game of two teams idle today was to be today; its new date has it with the same id."""
    busy = {team for one in day.games for team in (one.game.home, one.game.away)}
    for game in day.season:
        days = (game.date - day.date).days
        if 2 <= days <= 60 and game.nba_game_id[2] == "2" and not {game.home, game.away} & busy:
            old = replace(game, date=day.date, tipoff=game.tipoff - dt.timedelta(days=days))
            day.morning.append(announced(old))
            day.records["nbac_schedule"].append({**announced(old), "gameStatusText": "PPD"})
            day.records[GAME_LINES] += _lines_of(old, [row for row in day.records[GAME_LINES] if _is_of(row, played)])
            return f"{game.nba_game_id} {day.date} -> {game.date}"
    return ""


def _is_of(row: Record, played: PlayedGame) -> bool:
    return row["home_team"] == FULL_NAMES[played.game.home]


def _lines_of(game: ScheduledGame, rows: list[Record]) -> list[Record]:
    """The odds of another game of the date, with the names of this one."""
    home, away = FULL_NAMES[game.home], FULL_NAMES[game.away]
    head = {"id": f"{int(game.nba_game_id):032x}", "home_team": home, "away_team": away}
    start = announced(game)["gameDateTimeUTC"]
    names = [{row["home_team"]: home, row["away_team"]: away}.get(row["outcome_name"]) for row in rows]
    return [
        {**row, **head, "commence_time": start, "outcome_name": name or row["outcome_name"]}
        for row, name in zip(rows, names, strict=True)
    ]


def neutral(day: Day, played: PlayedGame) -> str:
    for row in (*day.morning, *day.records["nbac_schedule"]):
        if row["gameId"] == played.game.nba_game_id:
            row |= {"isNeutral": True, "arenaName": "Arena CDMX", "arenaCity": "Mexico City"}
            row["gameSubtype"] = "Global Games"
    for source in ("nbac_team_boxscore", "nbac_player_boxscores"):
        for row in day.records[source]:
            if of_game(row, played):
                row["MATCHUP"] = f"{played.game.away} @ {played.game.home}"
    return played.game.nba_game_id


def no_props(*sources: str) -> Strike:
    def strike(day: Day, played: PlayedGame) -> str:
        for source in sources:
            day.records[source] = []
        return day.date.isoformat()

    return strike


def _quoted(day: Day, played: PlayedGame) -> list[Record]:
    return [row for row in day.records[ODDS] if _is_of(row, played)]


def late_prop(day: Day, played: PlayedGame) -> str:
    newest = {(row["description"], row["bookmaker_key"]): row for row in _quoted(day, played)}
    late = (played.game.tipoff + dt.timedelta(minutes=50)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = [{**row, "timestamp": late, "bookmaker_last_update": late, "point": 49.5} for row in newest.values()][:4]
    day.records[ODDS] += rows
    return played.game.nba_game_id if rows else ""


def props_twice(day: Day, played: PlayedGame) -> str:
    day.extra_captures.append((ODDS, list(day.records[ODDS]), _AN_HOUR))
    return day.date.isoformat() if day.records[ODDS] else ""


def absent_line(day: Day, played: PlayedGame) -> str:
    rows = _quoted(day, played)
    sitting = next((line for line in played.lines[played.game.home] if line.status != "active"), None)
    if not rows or sitting is None:
        return ""
    name = rows[0]["description"]
    day.records[ODDS] += [
        {**row, "description": sitting.player.name, "point": 8.5} for row in rows if row["description"] == name
    ]
    return f"{played.game.nba_game_id} {sitting.player.name}"


def push_line(day: Day, played: PlayedGame) -> str:
    scored = {line.player.name: line.counts["points"] for lines in played.lines.values() for line in lines}
    rows = _quoted(day, played)
    star = next((row["description"] for row in rows if scored[str(row["description"])] >= 5), None)
    for row in rows:
        if row["description"] == star:
            row["point"] = float(scored[str(star)])
    return f"{played.game.nba_game_id} {star}" if star else ""


def one_side(day: Day, played: PlayedGame) -> str:
    """One book offers a player's over without an under."""
    rows = _quoted(day, played)
    if not rows:
        return ""
    name, book = rows[-1]["description"], rows[-1]["bookmaker_key"]
    for row in rows:
        if (row["description"], row["bookmaker_key"]) == (name, book):
            row["under_price"] = None
    return f"{played.game.nba_game_id} {name} {book}"


def alternates(day: Day, played: PlayedGame) -> str:
    """A book offers lines beside the main one, after it and at other prices."""
    rows = _quoted(day, played)
    if not rows:
        return ""
    name, book = rows[0]["description"], rows[0]["bookmaker_key"]
    day.records[ODDS] += [
        {**row, "point": float(str(row["point"])) + beside, "over_price": over, "under_price": under}
        for row in rows
        if (row["description"], row["bookmaker_key"]) == (name, book)
        for beside, over, under in ((4.0, 3.1, 1.36), (8.0, 5.5, 1.14))
    ]
    return f"{played.game.nba_game_id} {name} {book}"


def old_team(day: Day, played: PlayedGame) -> str:
    """Every second player of the home team is a free agent, the others are with some earlier team."""
    names = [row["player_name"] for row in day.records[BETTINGPROS] if row["player_team"] == played.game.home]
    earlier = next(team for team in FULL_NAMES if team not in (played.game.home, played.game.away))
    places = {name: "FA" if number % 2 else earlier for number, name in enumerate(dict.fromkeys(names))}
    for row in day.records[BETTINGPROS]:
        row["player_team"] = places.get(row["player_name"], row["player_team"])
    return f"{played.game.nba_game_id} {played.game.home}" if names else ""


def name_variant(day: Day, played: PlayedGame) -> str:
    """A book drops or adds a suffix, gives the initial only, turns the name around, writes the legal name or adds the team."""
    rows = _quoted(day, played)
    if not rows:
        return ""
    by_name = {line.player.name: line for lines in played.lines.values() for line in lines}
    quoted = list(dict.fromkeys(str(row["description"]) for row in rows))
    kind = day.index // 6 % 5
    legal = next((name for name in quoted if legal_name(by_name[name].player)), None)
    name = legal if kind == 3 and legal else quoted[0]
    first, _, last = name.partition(" ")
    if kind == 4:
        variant = f"{name} ({by_name[name].team.title()})"
    elif kind == 3 and legal:
        variant = str(legal_name(by_name[name].player))
    elif kind == 2:
        variant = f"{first[0]}. {last}"
    elif kind == 1:
        variant = f"{last}, {first}"
    else:
        tokens = name.split()
        suffixed = tokens[-1].strip(".").lower() in SUFFIXES
        variant = " ".join(tokens[:-1]) if suffixed else f"{name} Jr."
    for row in rows:
        if row["description"] == name:
            row["description"] = variant
    return f"{played.game.nba_game_id} {name} as {variant}"


def empty_report(day: Day, played: PlayedGame) -> str:
    day.records[INJURIES] = [row for row in day.records[INJURIES] if row["hour24"] != 17]
    day.extra_captures.append((INJURIES, [], _AN_HOUR))
    return day.date.isoformat()


def contradiction(day: Day, played: PlayedGame) -> str:
    late = [
        {**row, "hour24": 18, "status": "Available"}
        for row in day.records[INJURIES]
        if row["hour24"] == 17 and row["status"] == "Out"
    ][:1]
    day.records[INJURIES] += late
    return str(late[0]["player"]) if late else ""


def roster_missing(day: Day, played: PlayedGame) -> str:
    team = ESPN.get(played.game.home, played.game.home)
    day.records[ROSTERS] = [r for r in day.records[ROSTERS] if r["espn_team_abbr"] != team]
    return f"{day.date} {played.game.home}"


def old_roster_row(day: Day, played: PlayedGame) -> str:
    """Another team, idle today if there is one, still lists a player of the home team."""
    busy = {team for one in day.games for team in (one.game.home, one.game.away)}
    former = min(FULL_NAMES, key=lambda team: (team == played.game.home, team in busy, team))
    team = ESPN.get(played.game.home, played.game.home)
    row = next(row for row in day.records[ROSTERS] if row["espn_team_abbr"] == team)
    day.records[ROSTERS].append({**row, "espn_team_abbr": ESPN.get(former, former)})
    return f"{day.date} {row['fullName']} {former}"


def short_stint(played: PlayedGame) -> Line:
    """The last man of the home rotation gets 24 seconds; team-mates with room take over the rest."""
    active = [line for line in played.lines[played.game.home] if line.status == "active"]
    last, spare = active[-1], max(active[-1].seconds - 24, 0)
    last.seconds -= spare
    for line in active[-2::-1]:
        taken = min(spare, max(2700 - line.seconds, 0))
        line.seconds += taken
        spare -= taken
    last.seconds += spare
    return last


def stint(day: Day, played: PlayedGame) -> str:
    active = [line for line in played.lines[played.game.home] if line.status == "active"]
    return f"{played.game.nba_game_id} {active[-1].player.name}"


def correction(day: Day, played: PlayedGame) -> str:
    """The corrected game book says the truth; the first one had an assist too few."""
    right = [row for row in day.records[GAMEBOOK] if of_game(row, played)]
    helper = next((row for row in right if row["status"] == "active" and row["assists"]), None)
    if helper is None:
        return ""
    day.extra_captures.append((GAMEBOOK, right, dt.timedelta(days=1)))
    wrong = {**helper, "assists": int(str(helper["assists"])) - 1}
    day.records[GAMEBOOK] = [wrong if row is helper else row for row in day.records[GAMEBOOK]]
    return f"{played.game.nba_game_id} {helper['name']}"


def broken(day: Day, played: PlayedGame) -> str:
    day.broken_files += [
        (INJURIES, b'[{"gamedate": "2021-10-', "json"),
        (GAME_LINES, b"<html><body>429 Too Many Requests</body></html>", "json"),
        (BDL, b"", "json"),
    ]
    return day.date.isoformat()


def bad_record(day: Day, played: PlayedGame) -> str:
    rows = day.records[INJURIES]
    if rows:
        rows.append({**rows[0], "team": "Seattle SuperSonics", "player": "O'Hara'; drop table x; --, Zoë 🏀"})
    return day.date.isoformat() if rows else ""
