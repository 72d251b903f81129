"""A folder of payloads in, rows of the raw tables out; and the small answers most tests begin with."""

import json
from pathlib import Path

from nba_pipeline.contract.format import load_contract
from nba_pipeline.payloads.ingest import PayloadReport, ingest_payloads
from nba_pipeline.raw.reader import read

RAW = Path(__file__).parents[2] / "nba_pipeline" / "models" / "nba_raw"
GAME_ID = "0022400740"


def write(folder: Path, **payloads: object) -> Path:
    """Payloads as files whose names say nothing: bytes as they are, anything else as JSON."""
    folder.mkdir(exist_ok=True)
    for name, payload in payloads.items():
        (folder / name).write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    return folder


def stored(landing: Path, table: str, *columns: str) -> list[tuple[object, ...]]:
    """Columns of every row of a raw table, sorted; nothing may be in quarantine."""
    batches = list(read(load_contract(RAW / f"{table}.sql"), landing))
    assert [row for batch in batches for row in batch.quarantine.to_pylist()] == []
    found = [row for batch in batches for row in batch.rows.to_pylist()]
    return sorted((tuple(row[name] for name in columns) for row in found), key=str)


def quarantined(landing: Path, table: str) -> list[tuple[str, str, str]]:
    """Field, value and reason of everything a raw table sets aside."""
    batches = read(load_contract(RAW / f"{table}.sql"), landing)
    found = [row for batch in batches for row in batch.quarantine.to_pylist()]
    return [(row["field"], row["value"], row["reason"]) for row in found]


def said(report: PayloadReport, name: str) -> str:
    """What the report says of a file."""
    (line,) = [file.said for file in report.files if file.name == name]
    return line


def landed(tmp_path: Path, **payloads: object) -> tuple[Path, PayloadReport]:
    """Payloads ingested into a landing folder of their own."""
    landing = tmp_path / "landing"
    return landing, ingest_payloads(write(tmp_path / "payloads", **payloads), landing)


def live_player(name: str, *, points: int = 0, **changes: object) -> dict:
    """A player who played ten minutes, as the live feed lists him."""
    statistics = {
        "minutes": "PT10M00.00S", "points": points, "fieldGoalsMade": points // 2, "fieldGoalsAttempted": points,
        "threePointersMade": 0, "threePointersAttempted": 0, "freeThrowsMade": points % 2, "freeThrowsAttempted": 1,
        "reboundsOffensive": 1, "reboundsDefensive": 2, "reboundsTotal": 3, "assists": 4, "steals": 0, "blocks": 1,
        "turnovers": 2, "foulsPersonal": 3, "plusMinusPoints": -5.0,
    }  # fmt: skip
    return {"status": "ACTIVE", "personId": 7, "played": "1", "name": name, "statistics": statistics} | changes


def live_team(tricode: str, score: int, players: list[dict]) -> dict:
    """A team of the live feed; its totals are the sums of a game log, beside what the log does not count."""
    statistics = {
        "minutes": "PT265M00.00S", "points": score, "fieldGoalsMade": 40, "fieldGoalsAttempted": 90,
        "threePointersMade": 10, "threePointersAttempted": 30, "freeThrowsMade": 20, "freeThrowsAttempted": 25,
        "reboundsOffensive": 12, "reboundsDefensive": 37, "reboundsPersonal": 49, "reboundsTotal": 57, "assists": 31,
        "steals": 6, "blocks": 15, "turnovers": 7, "turnoversTotal": 8, "foulsPersonal": 17,
    }  # fmt: skip
    return {
        "teamId": {"UTA": 1610612762, "PHX": 1610612756}[tricode], "teamName": tricode.title(), "teamCity": "City",
        "teamTricode": tricode, "score": score, "players": players, "statistics": statistics,
    }  # fmt: skip


def live_box(home: list[dict] | None = None, away: list[dict] | None = None, **changes: object) -> dict:
    """A final live box score: Utah 27 at Phoenix 35, after overtime, on the evening of 7 February."""
    game = {
        "gameId": GAME_ID, "gameTimeUTC": "2025-02-08T03:00:00Z", "gameEt": "2025-02-07T22:00:00-05:00",
        "gameCode": "20250207/UTAPHX", "gameStatusText": "Final ", "gameStatus": 3, "period": 5,
        "arena": {"arenaName": "Footprint Center", "arenaCity": "Phoenix", "arenaState": "AZ"},
        "homeTeam": live_team("PHX", 35, home or [live_player("Kevin Durant", points=35)]),
        "awayTeam": live_team("UTA", 27, away or [live_player("Lauri Markkanen", points=27)]),
    }  # fmt: skip
    return {"meta": {"code": 200, "time": "2025-02-08 02:36:42.735839"}, "game": game | changes}


def live_actions(*actions: dict, game_id: str = GAME_ID) -> dict:
    """A live play-by-play: what is given between the start of the first period and the end of the game."""
    common = {"clock": "PT12M00.00S", "period": 1, "personId": 0, "scoreHome": "0", "scoreAway": "0", "isFieldGoal": 0}
    first = {"actionNumber": 2, "orderNumber": 20000, "actionType": "period", "subType": "start"}
    last = {"actionNumber": 900, "orderNumber": 9000000, "actionType": "game", "subType": "end", "period": 4}
    started, ended = {"timeActual": "2025-02-08T03:10:29.1Z"}, {"timeActual": "2025-02-08T05:30:00Z"}
    listed = [common | first | started, *(common | started | action for action in actions), common | last | ended]
    return {"meta": {"time": "2025-02-08 02:35:54.854291"}, "game": {"gameId": game_id, "actions": listed}}
