"""The awkwardness of real feeds as named faults: which there are, when each is due, what the pipeline must make of it.

A fault is due on fixed playing dates of a cycle of twelve, so twelve playing dates in a row meet every fault and a
part of a season is the same as in the whole. What a fault does to the records belongs to ``awkward``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nba_pipeline.errors import UsageError
from nba_pipeline.names import last_name_key
from nba_pipeline.simulated import awkward
from nba_pipeline.simulated.awkward import BDL, BETTINGPROS, GAMEBOOK, INJURIES, ODDS, ROSTERS, Day, Strike
from nba_pipeline.simulated.people import Player
from nba_pipeline.simulated.slate import ScheduledGame

CYCLE = 12
_EVERY_DATE = tuple(range(CYCLE))
_PBP = "bigdataball_play_by_play"
_TEAM_BOX = "nbac_team_boxscore"


@dataclass(frozen=True)
class Fault:
    """One named awkwardness; ``slots`` are its playing dates within the cycle, ``strike`` None = not bound to a date."""

    description: str
    expected: str
    table: str
    slots: tuple[int, ...]
    strike: Strike | None


@dataclass
class Plan:
    """What must be known before a date's games are played, by NBA game id."""

    overtime: set[str] = field(default_factory=set)
    short_stint: set[str] = field(default_factory=set)
    sitting: dict[str, dict[int, str]] = field(default_factory=dict)


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
    return [name for name in FAULTS if name in listed]


def _due(index: int, names: Iterable[str], games: int) -> list[tuple[str, int]]:
    """Faults of a playing date with the number of the game each strikes: different games as long as there are any.

    The number does not depend on which other faults are switched on.
    """
    slot = index % CYCLE
    due = [name for name, fault in FAULTS.items() if fault.strike and slot in fault.slots]
    return [(name, (index + number) % games) for number, name in enumerate(due) if name in names] if games else []


def plan(index: int, games: Sequence[ScheduledGame], rosters: dict[str, list[Player]], names: Iterable[str]) -> Plan:
    """The part of a date's faults that happens on the court."""
    planned = Plan()
    for name, number in _due(index, names, len(games)):
        if name == "overtime":
            planned.overtime.add(games[number].nba_game_id)
        elif name == "zero_minutes_but_played":
            planned.short_stint.add(games[number].nba_game_id)
        elif name == "inactive_equal_last_names":
            for game in (*games[number:], *games[:number]):
                pair = _namesakes(rosters[game.home]) or _namesakes(rosters[game.away])
                if pair:
                    reasons = ("G League - Two-Way", "Injury/Illness - Right Knee; Soreness")
                    planned.sitting[game.nba_game_id] = {
                        player.person_id: reason for player, reason in zip(pair, reasons, strict=True)
                    }
                    break
    return planned


def _namesakes(roster: list[Player]) -> tuple[Player, Player] | None:
    by_last_name: dict[str, Player] = {}
    for player in reversed(roster):
        key = last_name_key(player.name)
        if key in by_last_name:
            return by_last_name[key], player
        by_last_name[key] = player
    return None


def strike(day: Day, names: Iterable[str], planned: Plan) -> list[dict[str, str]]:
    """Apply the faults that are due on a date; says what was struck."""
    struck = []
    for name, number in _due(day.index, names, len(day.games)):
        fault = FAULTS[name]
        assert fault.strike is not None
        key = fault.strike(day, day.games[number])
        if name == "inactive_equal_last_names":
            key = " ".join(planned.sitting)
        if key:
            struck.append(entry(name, key, day.date.isoformat()))
    return struck


def entry(name: str, key: str, date: str) -> dict[str, str]:
    """A line of the manifest."""
    return {"fault": name, "table": FAULTS[name].table, "date": date, "key": key, "expected": FAULTS[name].expected}


# Faults due on the same date must not undo one another: no two of one slot change the same source of the same game.
FAULTS: dict[str, Fault] = {
    "gamebook_missing_game": Fault(
        "Game book missing for a game.", "lines from the next source", GAMEBOOK, (1,), awkward.drop(GAMEBOOK)
    ),
    "gamebook_partial": Fault(
        "Game book has one team only.", "whole game from the next source", GAMEBOOK, (5,), awkward.gamebook_partial
    ),
    "gamebook_missing_date": Fault(
        "Game book missing for all games of a date.", "lines from the next source", GAMEBOOK, (10,), awkward.no_gamebook
    ),
    "gamebook_late": Fault(
        "A game book arrives a day late.", "replaces the next source's lines", GAMEBOOK, (7,), awkward.gamebook_late
    ),
    "inactive_on_both_lists": Fault(
        "A player is on the inactive lists of both teams.",
        "only his team's row has the player",
        GAMEBOOK,
        (11,),
        awkward.both_lists,
    ),
    "stat_correction": Fault("A corrected game book follows.", "the newest counts", GAMEBOOK, (4,), awkward.correction),
    "inactive_equal_last_names": Fault(
        "Two inactive players of one team have one last name.",
        "told apart by the reason or left without player",
        GAMEBOOK,
        (8,),
        awkward.nothing,
    ),
    "bdl_zero_minute_rows": Fault(
        "BallDontLie lists bench players with 00 minutes.", "no games of zero points", BDL, _EVERY_DATE, awkward.nothing
    ),
    "bdl_missing_game": Fault("BallDontLie lacks a game.", "no effect", BDL, (9,), awkward.drop(BDL)),
    "bdl_duplicate_load": Fault("BallDontLie sent a game twice.", "one row per key", BDL, (8,), awkward.bdl_twice),
    "bigdataball_missing_game": Fault(
        "BigDataBall lacks a game.", "zones from the next source", _PBP, (2, 7, 10), awkward.drop(_PBP)
    ),
    "play_by_play_missing_game": Fault(
        "No source has the shots of a game.",
        "zones NULL",
        _PBP,
        (3,),
        awkward.drop(_PBP, "nbac_play_by_play", "nbac_shot_chart"),
    ),
    "play_by_play_truncated": Fault(
        "A period of the play-by-play is lost.", "zones incomplete, flagged", _PBP, (6,), awkward.period_lost
    ),
    "team_box_missing": Fault(
        "Team box score missing.", "reconstructed from players", _TEAM_BOX, (0, 9), awkward.drop(_TEAM_BOX)
    ),
    "team_box_reversed": Fault(
        "Team box score calls the visitor home.", "home from the schedule", _TEAM_BOX, (1, 11), awkward.reversed_box
    ),
    "postponed_game": Fault(
        "A game was moved to a later date.", "no rows on the old date", "nbac_schedule", (6,), awkward.postponed
    ),
    "schedule_two_feeds": Fault(
        "A second feed still calls the game scheduled.",
        "highest status wins",
        "nbac_schedule",
        (0, 4),
        awkward.two_feeds,
    ),
    "neutral_site": Fault(
        "A game abroad; both log rows carry an at sign.",
        "home from the schedule",
        "nbac_schedule",
        (7,),
        awkward.neutral,
    ),
    "overtime": Fault("A game goes to overtime.", "team minutes 265", "nbac_schedule", (2,), awkward.nothing),
    "zero_minutes_but_played": Fault(
        "A stint under a minute prints as 0.",
        "minutes 0, statistics kept",
        "nbac_player_boxscores",
        (2, 10),
        awkward.stint,
    ),
    "odds_props_absent_date": Fault(
        "The Odds API has no props on a date.", "lines from BettingPros", ODDS, (3,), awkward.no_props(ODDS)
    ),
    "both_props_absent_date": Fault(
        "Nobody has props on a date.", "lines NULL", ODDS, (10,), awkward.no_props(ODDS, BETTINGPROS)
    ),
    "prop_after_tipoff": Fault("A capture during the game.", "never the closing line", ODDS, (0, 7), awkward.late_prop),
    "prop_line_for_absent_player": Fault(
        "A line for a player who sits.", "line without result", ODDS, (1, 9), awkward.absent_line
    ),
    "prop_integer_push_line": Fault("A line that pushes.", "PUSH", ODDS, (4, 11), awkward.push_line),
    "prop_duplicate_file": Fault(
        "A props file arrived twice.", "one row per natural key", ODDS, (6,), awkward.props_twice
    ),
    "prop_one_side_only": Fault(
        "A book offers the over without the under.", "the next book's line", ODDS, (5,), awkward.one_side
    ),
    "prop_alternate_lines": Fault(
        "A book offers further lines beside the main one.", "the main line", ODDS, (5,), awkward.alternates
    ),
    "bettingpros_old_team": Fault(
        "BettingPros has an old team or none.", "joined by player and date", BETTINGPROS, (5,), awkward.old_team
    ),
    "vendor_name_variant": Fault(
        "A vendor spells a name its own way.", "resolved inside the game's rosters", ODDS, (2, 8), awkward.name_variant
    ),
    "registry_missing_player": Fault(
        "The registry does not know a player.", "row kept, universal_player_id NULL", "player_registry", (), None
    ),
    "injury_empty_report": Fault(
        "The late injury report came empty.", "the earlier report counts", INJURIES, (5,), awkward.empty_report
    ),
    "injury_contradictory": Fault(
        "A later report takes a status back.", "the latest before tip-off", INJURIES, (1,), awkward.contradiction
    ),
    "roster_missing_team": Fault(
        "One team's roster was not read.", "the team's last roster", ROSTERS, (7,), awkward.roster_missing
    ),
    "roster_old_row": Fault(
        "A traded player is still on the old team's roster.",
        "one team per player and date",
        ROSTERS,
        (4,),
        awkward.old_roster_row,
    ),
    "malformed_files": Fault(
        "Cut JSON, an HTML page and an empty file.", "files in quarantine", INJURIES, (3,), awkward.broken
    ),
    "malformed_record": Fault(
        "A record with an unknown team.", "record in quarantine", INJURIES, (8,), awkward.bad_record
    ),
}
