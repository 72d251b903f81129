"""Persons of the registry: lists of players, completed with everybody in the game logs."""

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from nba_pipeline.archive import spellings
from nba_pipeline.archive.notes import Notes
from nba_pipeline.archive.words import Columns, Rows, day_of, each, whole
from nba_pipeline.calendar import season_year_of
from nba_pipeline.names import fold

REGISTRY = "player_registry"
#: What an NBA person id and a year look like; anything else says nothing.
_PERSON_ID, _YEAR = r"\d{1,9}", r"(?:19|20)\d\d"


def players(rows: Rows, notes: Notes) -> Rows:
    """Persons for the registry; the ids of names are given when all files are known."""
    found = Columns(rows)
    joined = (
        found.text(spellings.FIRST_NAME).fillna("") + " " + found.text(spellings.LAST_NAME).fillna("")
    ).str.strip()
    out = pd.DataFrame(
        {
            "nba_player_id": each(found.text(spellings.PERSON_ID), whole),
            "player_name": joined.where(joined != "", found.text(spellings.PERSON_NAME)),
            "birth_date": each(found.text(spellings.BIRTH_DATE), day_of),
            "position": found.text(spellings.POSITION),
            "first_season": each(found.text(spellings.FIRST_SEASON), whole),
            "last_season": each(found.text(spellings.LAST_SEASON), whole),
        }
    )
    known = out["nba_player_id"].notna() & out["player_name"].notna()
    return notes.keep(out, known, "no person id or name")


def people(registry: Sequence[Rows], seen: Sequence[Rows]) -> Rows:
    """One row per person id: the lists of players, completed with everybody in the game logs.

    ``seen`` are PLAYER_ID and PLAYER_NAME with the first and the last date (``min``, ``max``) of a log.
    """
    parts = [part.assign(rank=0) for part in registry]
    for log in seen:
        years = {name: log[name].map(_season_year) for name in ("min", "max")}
        parts.append(
            pd.DataFrame(
                {
                    "nba_player_id": log["PLAYER_ID"],
                    "player_name": log["PLAYER_NAME"],
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
