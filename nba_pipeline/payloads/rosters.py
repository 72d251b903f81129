"""ESPN's roster of a team: who is on it at the moment it is read, which the answer does not say."""

from typing import Any

from nba_pipeline.payloads.flat import EASTERN, Flat, Known, need_capture

ROSTERS = "espn_team_rosters"


def roster(payload: Any, known: Known) -> Flat:
    """Every athlete of the team.

    Raises:
        NotLandedError: when the user has not said when it was captured.
    """
    captured_at = need_capture(known, "the roster")
    date = captured_at.astimezone(EASTERN).date()
    flat = Flat(captured_at=captured_at)
    for athlete in payload["team"]["athletes"]:
        record = {
            "timestamp": captured_at.isoformat(),
            "espn_team_abbr": payload["team"]["abbreviation"],
            "playerId": athlete["id"],
            "fullName": athlete["fullName"],
            "jersey": athlete.get("jersey"),
            "position": (athlete.get("position") or {}).get("displayName"),
            "heightIn": athlete.get("height"),
            "weightLb": athlete.get("weight"),
            "status": _status(athlete),
        }
        flat.add(ROSTERS, date, record)
    return flat


def _status(athlete: dict[str, Any]) -> Any:
    """An injury's status goes before the roster's."""
    injuries = athlete.get("injuries") or []
    return injuries[0].get("status") if injuries else (athlete.get("status") or {}).get("name")
