"""The Odds API: spreads, totals and points props of one event or of many, now or at a past moment.

A past answer is wrapped and says its moment. A present one does not: unless the user names it, only prices that the
book set before the start are kept, as lines without a time of capture, for they were offered before the game whenever
the answer was read.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from nba_pipeline.payloads.flat import Flat, Known, Record, eastern_date, instant, text_of

LINES = "odds_api_game_lines"
PROPS = "odds_api_player_points_props"
_LINE_MARKETS = ("spreads", "totals")
_PROP_MARKET = "player_points"


def past_event(payload: Any, _known: Known) -> Flat:
    """The odds of one event at the moment the wrapper says."""
    return _odds([payload["data"]], instant(payload["timestamp"]))


def past_events(payload: Any, _known: Known) -> Flat:
    """The odds of many events at the moment the wrapper says."""
    return _odds(payload["data"], instant(payload["timestamp"]))


def present_event(payload: Any, known: Known) -> Flat:
    """The odds of one event when it was asked for."""
    return _odds([payload], known.captured_at)


def present_events(payload: Any, known: Known) -> Flat:
    """The odds of many events when they were asked for."""
    return _odds(payload["list"], known.captured_at)


def _odds(events: Iterable[Record], captured_at: dt.datetime | None) -> Flat:
    flat = Flat(captured_at=captured_at)
    for event in events:
        date = eastern_date(event["commence_time"])
        if date is None:
            flat.left_out["events without a readable start"] += 1
            continue
        for book in event["bookmakers"]:
            for market in book["markets"]:
                _add_market(flat, date, event, book, market)
    return flat


def _add_market(flat: Flat, date: dt.date, event: Record, book: Record, market: Record) -> None:
    updated = market.get("last_update") or book.get("last_update")
    if market["key"] not in (*_LINE_MARKETS, _PROP_MARKET):
        flat.left_out[f"outcomes of market {market['key']}"] += len(market["outcomes"])
        return
    if flat.captured_at is None and not _is_before(updated, event["commence_time"]):
        reason = "outcomes set after the start, or nobody knows when, of an unknown moment: name it with --captured-at"
        flat.left_out[reason] += len(market["outcomes"])
        return
    common = {
        "id": event["id"],
        "commence_time": event["commence_time"],
        "home_team": event["home_team"],
        "away_team": event["away_team"],
        "timestamp": flat.captured_at.isoformat() if flat.captured_at else None,
        "bookmaker_key": book["key"],
        "bookmaker_last_update": updated,
    }
    if market["key"] == _PROP_MARKET:
        _add_props(flat, date, common, market["outcomes"])
        return
    for outcome in market["outcomes"]:
        record = common | {
            "market_key": market["key"],
            "outcome_name": outcome["name"],
            "outcome_price": outcome.get("price"),
            "outcome_point": outcome.get("point"),
        }
        flat.add(LINES, date, record)


def _add_props(flat: Flat, date: dt.date, common: Record, outcomes: list[Record]) -> None:
    """One record per player and line, over and under side by side; a side that is not offered is NULL."""
    lines: dict[tuple[str, Any], Record] = {}
    for outcome in outcomes:
        player, point = text_of(outcome.get("description")), outcome.get("point")
        side = text_of(outcome["name"]).lower()
        if not player or point is None or side not in ("over", "under"):
            flat.left_out["outcomes without player, line or side"] += 1
            continue
        record = lines.setdefault((player, point), common | {"description": player, "point": point})
        record[f"{side}_price"] = outcome.get("price")
    for record in lines.values():
        flat.add(PROPS, date, record)


def _is_before(updated: object, start: object) -> bool:
    set_at, starts_at = instant(updated), instant(start)
    return set_at is not None and starts_at is not None and set_at <= starts_at
