"""BigDataBall's play-by-play files: one or many games of one season, one line per event."""

from typing import Any

from nba_pipeline.payloads.flat import Flat, Known, NotLandedError, day_of, league_game_id

PLAYS = "bigdataball_play_by_play"
#: The fields of an event; names on court stay out.
_FIELDS = (
    "play_id", "period", "remaining_time", "event_type", "type", "description", "team", "home_score", "away_score",
    "player", "assist", "block", "steal", "result", "shot_distance", "points", "num", "outof", "original_x",
    "original_y", "reason", "opponent",
)  # fmt: skip


def play_by_play(payload: Any, known: Known) -> Flat:
    """Every event, dated by its own line."""
    flat = Flat(captured_at=known.captured_at)
    for row in payload["tables"]["csv"]["rows"]:
        try:
            game_id = league_game_id(row["game_id"])
        except NotLandedError:
            flat.left_out["events of pre-season, All-Star or other games"] += 1
            continue
        date = day_of(row["date"])
        if date is None:
            flat.left_out["events without a readable date"] += 1
            continue
        record = {name: row[name] or None for name in _FIELDS if name in row}
        flat.add(PLAYS, date, {"game_id": game_id, "date": date.isoformat(), **record})
    return flat
