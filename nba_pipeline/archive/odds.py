"""Game lines and player props of sportsbooks and pick'em sites, in any of the shapes people publish them in."""

import pandas as pd

from nba_pipeline.archive.kinds import (
    AWAY,
    AWAY_SPREAD,
    BOOK,
    DAY,
    HOME,
    LINE,
    MARKET,
    PLAYER,
    SPREAD,
    START,
    TOTAL,
)  # fmt: skip
from nba_pipeline.archive.words import (
    DATE,
    Columns,
    Rows,
    day_of,
    decimal_price,
    keep,
    number_text,
    numbers,
    plain,
    team,
)  # fmt: skip

_CAPTURE = ("timestamp", "snapshottimestamp", "snapshot", "capturedat", "fetchedat", "scrapedat", "updatedat", "time")
_SIDE = ("side", "overunder", "betside", "selection", "outcome", "outcomename", "overorunder", "label")
_PRICE = ("outcomeprice", "price", "odds", "cost")
_POINTS = {"points", "point", "playerpoints", "pts"}
_FAVOURITE = ("whosfavored", "favorite", "favourite", "favored", "whofavored")


def lines(rows: Rows, skipped: dict[str, int]) -> Rows:
    found = Columns(rows)
    home, away = found.text(HOME).map(team), found.text(AWAY).map(team)
    market, point = found.text(MARKET), found.text(("outcomepoint", "point", "line"))
    base = pd.DataFrame({"home_team": home, "away_team": away, **_when(found)})
    base["timestamp"] = found.text(_CAPTURE)
    base["bookmaker_key"] = found.text(BOOK).fillna("archive")
    base["bookmaker_last_update"] = found.text(("bookmakerlastupdate", "lastupdate"))
    base["id"] = found.text(("id", "eventid", "gameid", "oddsapieventid")).fillna(
        "archive-" + base[DATE].fillna("") + "-" + away.fillna("") + "-" + home.fillna("")
    )
    if market.notna().any() and point.notna().any():
        parts = [_flat_lines(found, base, market, point)]
    else:
        parts = list(_wide_lines(found, base, home, away))
    out = pd.concat(parts, ignore_index=True) if parts else base.iloc[0:0]
    out = keep(out, out[DATE].notna(), "no readable game date", skipped)
    out = keep(out, out["home_team"].notna() & out["away_team"].notna(), "no team", skipped)
    return keep(out, out["outcome_point"].notna(), "no spread or total", skipped)


def _flat_lines(found: Columns, base: Rows, market: pd.Series, point: pd.Series) -> Rows:
    name = found.text(("outcomename", "outcome", "name", "side", "selection", "label"))
    known = market.str.lower().map({"spread": "spreads", "spreads": "spreads", "total": "totals", "totals": "totals"})
    out = base.assign(
        market_key=known,
        outcome_name=[word.capitalize() if word and word.lower() in ("over", "under") else team(word) for word in name],
        outcome_price=found.text(_PRICE).map(decimal_price),
        outcome_point=point,
    )
    return out[known.notna()]


def _wide_lines(found: Columns, base: Rows, home: pd.Series, away: pd.Series) -> list[Rows]:
    spread, total = _home_spread(found), found.text(TOTAL)
    common = {"outcome_price": None}
    parts = []
    if spread.notna().any():
        negative = spread.map(lambda value: None if value is None or pd.isna(value) else number_text(-float(value)))
        shown = spread.map(lambda value: None if value is None or pd.isna(value) else number_text(float(value)))
        parts.append(base.assign(market_key="spreads", outcome_name=home, outcome_point=shown, **common))
        parts.append(base.assign(market_key="spreads", outcome_name=away, outcome_point=negative, **common))
    if total.notna().any():
        parts += [
            base.assign(market_key="totals", outcome_name=side, outcome_point=total, **common)
            for side in ("Over", "Under")
        ]
    return [part[part["outcome_point"].notna()] for part in parts]


def _home_spread(found: Columns) -> pd.Series:
    """Handicap of the home team: a favourite's is negative, whatever sign the archive prints."""
    favourite, spread = found.text(_FAVOURITE), numbers(found.text(SPREAD))
    if favourite.notna().any():
        home = favourite.str.lower().eq("home") | (favourite.map(team) == found.text(HOME).map(team))
        return spread.abs().where(~home, -spread.abs()).where(favourite.notna() | spread.eq(0))
    if spread.isna().all():
        return -numbers(found.text(AWAY_SPREAD))
    return spread


def props(rows: Rows, skipped: dict[str, int]) -> Rows:
    found = Columns(rows)
    market = found.text(MARKET)
    # A "+" is a combined market: it never names points alone.
    is_points = market.map(lambda text: "+" not in (text or "") and plain(text or "") in _POINTS)
    for name, count in market[~is_points].fillna("not named").value_counts().items():
        reason = f"market {name}, not points"
        skipped[reason] = skipped.get(reason, 0) + int(count)
    found = Columns(rows[is_points])
    out = pd.DataFrame(
        {
            "id": found.text(("eventid", "gameid", "oddsapieventid")).fillna("archive"),
            **_when(found),
            "home_team": found.text(HOME).map(team),
            "away_team": found.text(AWAY).map(team),
            "timestamp": found.text(_CAPTURE),
            "bookmaker_key": found.text(BOOK).fillna("archive"),
            "description": found.text(("description", *PLAYER)),
            "point": found.text(LINE),
        }
    )
    over = found.text(("overprice", "overodds", "oddsover", "over")).map(decimal_price)
    under = found.text(("underprice", "underodds", "oddsunder", "under")).map(decimal_price)
    side = found.text(_SIDE if "description" in found.stored else tuple(x for x in _SIDE if x != "name")).str.lower()
    if "description" in found.stored and not side.isin(["over", "under"]).any():
        side = found.text(("name",)).str.lower()
    if side.isin(["over", "under"]).any():
        price = found.text(_PRICE).map(decimal_price)
        over, under = over.where(side != "over", price), under.where(side != "under", price)
    out = out.assign(over_price=over, under_price=under)
    out = keep(out, out[DATE].notna(), "no readable game date", skipped)
    out = keep(out, out["point"].notna() & out["description"].notna(), "no player or no line", skipped)
    keys = [name for name in out.columns if name not in ("over_price", "under_price")]
    joined = out.groupby(keys, dropna=False, sort=False, as_index=False)[["over_price", "under_price"]].first()
    return pd.DataFrame(joined)


def _when(found: Columns) -> dict[str, pd.Series]:
    start, day = found.text(START), found.text(DAY)
    has_clock = start.map(lambda text: len(text or "") > len("2021-10-19"))
    dates = day.map(day_of).where(day.notna(), start.map(day_of))
    return {"commence_time": start.where(has_clock, None), "game_date": dates, DATE: dates}
