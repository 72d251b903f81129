"""Which kind a payload is, told by its structure and never by a file name.

Each kind names the fields without which it would not be that kind. A kind without a flattener is known and wanted by
no table; it costs nothing and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nba_pipeline.payloads import live_feed
from nba_pipeline.payloads.flat import Flattener


@dataclass(frozen=True)
class Kind:
    """A kind of payload; ``marks`` are paths: a dot goes into an object, [] to a list's first element."""

    name: str
    marks: Sequence[str]
    flatten: Flattener | None = None
    is_gathered: bool = False
    """Whether one payload may be a part of what must stand in one landing file, as the shots of one team."""
    why_not: str = ""
    """Why no table takes it."""

    def lacking(self, content: Any) -> list[str]:
        """The marks that are not there."""
        return [mark for mark in self.marks if not _has(content, mark.split("."))]


KINDS: Sequence[Kind] = (
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
        "play-by-play of stats.nba.com, third version",
        (
            "game.gameId", "game.actions[].actionId", "game.actions[].actionNumber", "game.actions[].clock",
            "game.actions[].shotValue",
        ),
        why_not="it names no assists, blocks and steals; the live feed's play-by-play of the game has them",
    ),
)  # fmt: skip


def recognised(content: Any) -> Kind | None:
    """The kind whose marks are all there; None when there is none."""
    return next((kind for kind in KINDS if not kind.lacking(content)), None)


def nearest(content: Any) -> str:
    """What comes nearest, and what it lacks, for a reader."""
    lacking = {kind.name: kind.lacking(content) for kind in KINDS}
    shares = {kind.name: 1 - len(lacking[kind.name]) / len(kind.marks) for kind in KINDS}
    best = max(shares, key=lambda name: shares[name])
    if not shares[best]:
        return "nothing in it is known"
    return f"nearest is {best}, which has also {', '.join(lacking[best])}"


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
