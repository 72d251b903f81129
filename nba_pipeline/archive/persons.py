"""Persons of the registry: lists of players, completed with everybody in the game logs."""

import datetime as dt

import pandas as pd

from nba_pipeline.archive.kinds import PERSON_ID, PERSON_NAME
from nba_pipeline.archive.words import DATE, Columns, Rows, day_of, keep, whole
from nba_pipeline.calendar import season_year_of
from nba_pipeline.names import fold

REGISTRY = "player_registry"
#: What an NBA person id and a year look like; anything else says nothing.
_PERSON_ID, _YEAR = r"\d{1,9}", r"(?:19|20)\d\d"


def players(rows: Rows, skipped: dict[str, int]) -> Rows:
    """Persons for the registry; the ids of names are given when all files are known."""
    found = Columns(rows)
    first = found.text(("firstname", "playerfirstname")).fillna("")
    last = found.text(("lastname", "playerlastname")).fillna("")
    full = found.text(PERSON_NAME)
    joined = (first + " " + last).str.strip()
    out = pd.DataFrame(
        {
            "nba_player_id": found.text(PERSON_ID).map(whole),
            "player_name": joined.where(joined != "", full),
            "birth_date": found.text(("birthdate", "birthday", "dob")).map(day_of),
            "position": found.text(("position", "pos")),
            "first_season": found.text(("fromyear", "firstseason")).map(whole),
            "last_season": found.text(("toyear", "lastseason")).map(whole),
        }
    )
    known = out["nba_player_id"].notna() & out["player_name"].notna()
    return keep(out, known, "no person id or name", skipped)


def people(registry: list[pd.DataFrame], logs: list[pd.DataFrame]) -> pd.DataFrame:
    """One row per person id: the players file, completed with everybody in the game logs."""
    parts = [part.assign(rank=0) for part in registry]
    for log in logs:
        seen = log.groupby(["PLAYER_ID", "PLAYER_NAME"], as_index=False)[DATE].agg(["min", "max"])
        years = {name: seen[name].map(_season_year) for name in ("min", "max")}
        parts.append(
            pd.DataFrame(
                {
                    "nba_player_id": seen["PLAYER_ID"].str.removesuffix(".0"),
                    "player_name": seen["PLAYER_NAME"],
                    "first_season": years["min"],
                    "last_season": years["max"],
                    "rank": 1,
                }
            )
        )
    if not parts:
        return pd.DataFrame()
    everybody = pd.concat(parts, ignore_index=True)
    everybody = everybody[everybody["nba_player_id"].str.fullmatch(_PERSON_ID, na=False)].copy()
    everybody["person"] = everybody["nba_player_id"].astype("int64")
    for name in ("first_season", "last_season"):
        years = everybody[name].astype(str).str.extract(f"^({_YEAR})$", expand=False)
        everybody[name] = pd.to_numeric(years).astype("Int64")
    everybody["lookup"] = everybody["player_name"].map(lambda name: fold(name or ""))
    everybody = everybody[everybody["lookup"] != ""].sort_values(["person", "rank", "player_name"], kind="stable")
    persons = everybody.groupby("person", as_index=False).agg(
        {name: "first" for name in everybody.columns if name not in ("person", "rank", "first_season", "last_season")}
        | {"first_season": "min", "last_season": "max"}
    )
    # Namesakes are numbered by person id, which the league gives in order of arrival.
    number = persons.groupby("lookup").cumcount() + 1
    persons.insert(0, "universal_player_id", persons["lookup"] + "_" + number.map("{:03d}".format))
    return persons.drop(columns=["person", "lookup"])


def _season_year(day: str) -> int:
    return season_year_of(dt.date.fromisoformat(day))
