"""Game lines and player props of sportsbooks and pick'em sites, in any of the shapes people publish them in."""

import re

import pandas as pd

from nba_pipeline.archive import spellings
from nba_pipeline.archive.notes import Notes
from nba_pipeline.archive.words import (
    DATE,
    Columns,
    Rows,
    day_of,
    day_of_start,
    decimal_price,
    each,
    instant,
    number,
    number_text,
    numbers,
    plain,
    team,
)  # fmt: skip

POINTS_PROPS = "odds_api_player_points_props"
OTHER_PROPS = "odds_api_player_other_props"
#: The market of props that the tables use, by every spelling.
POINTS = ("points", "player_points", "pts", "point")
PROP_PRICES = ("over_price", "under_price")
#: What may be told otherwise of the same line in another file: a start is moved, a team is spelled.
PROP_WORDS = ("commence_time", "home_team", "away_team")
_POINTS = {plain(name) for name in POINTS}
#: What a market is called by: one statistic, or several together.
_STATISTICS = frozenset(
    {*POINTS, "rebounds", "reb", "assists", "ast", "threes", "blocks", "blk", "steals", "stl", "turnovers", "tov"}
)
_TOGETHER = frozenset({"pra", "pr", "pa", "ra"})
_SIDES = ("over", "under")
_MIDNIGHT = re.compile(r"^\S{8,10}(?:[ T]00:00(?::00)?(?:\.0+)?(?:Z|\+00:?00)?)?$")
#: A bet on a team or a game in the column of players: 'total points odd/even', 'winning margin range'.
_NO_PLAYER = re.compile(r"[/\d]|\b(?:total|winner|winning|margin|points|odd|even|half|quarter)\b", re.IGNORECASE)


def lines(rows: Rows, notes: Notes) -> Rows:
    """Spreads and totals, one row per book, game and outcome; a favourite's spread is negative."""
    found = Columns(rows)
    home, away = each(found.text(spellings.HOME), _team), each(found.text(spellings.AWAY), _team)
    market, point = found.text(spellings.MARKET), found.text(spellings.OUTCOME_POINT)
    base = pd.DataFrame({"home_team": home, "away_team": away, **_when(found)})
    base["timestamp"] = each(found.text(spellings.CAPTURE), instant)
    base["bookmaker_key"] = found.text(spellings.BOOK).fillna("archive")
    base["bookmaker_last_update"] = each(found.text(spellings.LAST_UPDATE), instant)
    base["id"] = found.text(("id", *spellings.EVENT)).fillna(
        "archive-" + base[DATE].fillna("") + "-" + away.fillna("") + "-" + home.fillna("")
    )
    if market.notna().any() and point.notna().any():
        parts = [_flat_lines(found, base, market, point)]
    else:
        parts = _wide_lines(found, base, home, away)
    out = pd.concat(parts, ignore_index=True) if parts else base.iloc[0:0].assign(outcome_point=None)
    out = notes.dated(out, DATE)
    out = notes.keep(out, out["home_team"].notna() & out["away_team"].notna(), "no team")
    return notes.wanted(notes.keep(out, out["outcome_point"].notna(), "no spread or total"), DATE)


def _flat_lines(found: Columns, base: Rows, market: pd.Series, point: pd.Series) -> Rows:
    name = found.text(spellings.OUTCOME)
    known = market.str.lower().map({"spread": "spreads", "spreads": "spreads", "total": "totals", "totals": "totals"})
    out = base.assign(
        market_key=known,
        outcome_name=each(name, _outcome),
        outcome_price=each(found.text(spellings.PRICE), decimal_price),
        outcome_point=point,
    )
    return out[known.notna()]


def _wide_lines(found: Columns, base: Rows, home: pd.Series, away: pd.Series) -> list[Rows]:
    spread, total = _home_spread(found), found.text(spellings.TOTAL)
    parts = []
    if spread.notna().any():
        shown = spread.map(lambda value: None if pd.isna(value) else number_text(float(value)))
        turned = spread.map(lambda value: None if pd.isna(value) else number_text(-float(value)))
        parts.append(base.assign(market_key="spreads", outcome_name=home, outcome_point=shown, outcome_price=None))
        parts.append(base.assign(market_key="spreads", outcome_name=away, outcome_point=turned, outcome_price=None))
    if total.notna().any():
        parts += [
            base.assign(market_key="totals", outcome_name=side, outcome_point=total, outcome_price=None)
            for side in ("Over", "Under")
        ]
    return [part[part["outcome_point"].notna()] for part in parts]


def _home_spread(found: Columns) -> pd.Series:
    """Handicap of the home team: a favourite's is negative, whatever sign the archive prints."""
    favourite, spread = found.text(spellings.FAVOURITE), numbers(found.text(spellings.SPREAD))
    if favourite.notna().any():
        home = favourite.str.lower().eq("home") | (favourite.map(team) == found.text(spellings.HOME).map(team))
        return spread.abs().where(~home, -spread.abs()).where(favourite.notna() | spread.eq(0))
    if spread.isna().all():
        return -numbers(found.text(spellings.AWAY_SPREAD))
    return spread


def is_market(name: str) -> bool:
    """Whether a name is that of a market: a statistic, or several joined by ``_`` or ``+``, with ``player_`` or not."""
    words = re.split(r"[_+\s]+", name.strip().lower().removeprefix("player_"))
    return set(words) <= _STATISTICS or (words[0] in _TOGETHER and len(words) == 1)


def is_points(market: str | None) -> bool:
    """Whether a market's name means points alone; a "+" is a combined market, which never does."""
    return "+" not in (market or "") and plain(market or "") in _POINTS


def props(rows: Rows, notes: Notes) -> Rows:
    """Props of players, over and under of a line perhaps in two rows; ``market`` is empty for points.

    Rows of other markets are counted by name.
    """
    found = Columns(rows)
    market = found.text(spellings.MARKET).fillna("not named")
    is_other = ~each(market, lambda name: "yes" if is_points(name) else None).notna()
    notes.other_markets.update(market[is_other].value_counts().to_dict())
    pair = found.text(spellings.PAIR)
    over, under = _prices(found)
    out = pd.DataFrame(
        {
            "id": found.text(spellings.EVENT).fillna("archive"),
            **_when(found),
            "home_team": each(found.text(spellings.HOME).fillna(each(pair, _home_of)), _team),
            "away_team": each(found.text(spellings.AWAY).fillna(each(pair, _away_of)), _team),
            "timestamp": each(found.text(spellings.CAPTURE), instant),
            "bookmaker_key": found.text(spellings.BOOK).fillna("archive"),
            "description": found.text(("description", *spellings.PLAYER)),
            "market": market.where(is_other, None),
            "point": each(found.text(spellings.LINE), number),
            "over_price": over,
            "under_price": under,
        }
    )
    out = notes.dated(out, DATE)
    out = notes.keep(out, ~out["description"].fillna("").str.contains(_NO_PLAYER), "not the name of a player")
    out = notes.keep(out, out["point"].notna() & out["description"].notna(), "no player or no line")
    return notes.wanted(out, DATE)


def _prices(found: Columns) -> tuple[pd.Series, pd.Series]:
    """Decimal prices of over and under: in two columns, in one text 'over/under', or in one column beside the side."""
    over = each(found.text(spellings.OVER_PRICE), decimal_price)
    under = each(found.text(spellings.UNDER_PRICE), decimal_price)
    price = found.text(spellings.PRICE)
    # "name" is the side in the vendor's own shape, where "description" is the player.
    sides = spellings.SIDE if "description" in found.stored else tuple(one for one in spellings.SIDE if one != "name")
    side = found.text(sides).str.lower()
    if "description" in found.stored and not side.isin(_SIDES).any():
        side = found.text(("name",)).str.lower()
    if side.isin(_SIDES).any():
        decimal = each(price, decimal_price)
        return over.where(side != "over", decimal), under.where(side != "under", decimal)
    if not found.stored.keys() & {*sides, *spellings.OVER_PRICE, *spellings.UNDER_PRICE}:
        # Nothing names a side: a lone price is that of the over.
        over = each(price, lambda text: decimal_price((text or "").partition("/")[0]))
        under = each(price, lambda text: decimal_price((text or "").partition("/")[2]))
    return over, under


def _team(text: str | None) -> str | None:
    return team(text.strip()) if text else None


def _outcome(word: str | None) -> str | None:
    return word.capitalize() if word and word.lower() in _SIDES else _team(word)


def _home_of(pair: str | None) -> str | None:
    return pair.partition(" @ ")[2] or None if pair else None


def _away_of(pair: str | None) -> str | None:
    return pair.partition(" @ ")[0] if pair and " @ " in pair else None


def _when(found: Columns) -> dict[str, pd.Series]:
    start, day = found.text(spellings.START), found.text(spellings.DAY)
    # Where every start is midnight, the column holds dates.
    has_clock = bool((~start.dropna().str.contains(_MIDNIGHT)).any())
    started = (
        start.where(start.fillna("").str.len() > len("2021-10-19"), None) if has_clock else start.where(start.isna())
    )
    dates = each(day, day_of).where(day.notna(), each(start, day_of_start if has_clock else day_of))
    return {"commence_time": each(started, instant), "game_date": dates, DATE: dates}
