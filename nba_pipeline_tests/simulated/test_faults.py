"""Every fault can be switched alone, says in the manifest what it struck, and leaves its trace in the files."""

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nba_pipeline.calendar import season
from nba_pipeline.names import base_key, last_name_key
from nba_pipeline.simulated import simulate
from nba_pipeline.simulated.faults import CYCLE, FAULTS
from nba_pipeline.simulated.people import season_players
from nba_pipeline.simulated.slate import season_schedule

SEED = 7
GAMES = {game.nba_game_id: game for game in season_schedule("2021-22", SEED)}
DATES = sorted({game.date for game in GAMES.values()})[:CYCLE]
GAMEBOOK, BDL, LOG, TEAM_BOX = (
    *("nbac_gamebook_player_stats", "bdl_player_boxscores", "nbac_player_boxscores", "nbac_team_boxscore"),
)
BIGDATABALL, NBA_PBP, SHOTS = "bigdataball_play_by_play", "nbac_play_by_play", "nbac_shot_chart"
ODDS, BETTINGPROS, SCHEDULE = (*("odds_api_player_points_props", "bettingpros_player_points_props", "nbac_schedule"),)
INJURIES, ROSTERS = "nbac_injury_report", "espn_team_rosters"


@dataclass
class Landed:
    """The files of one date, by source, in order of capture."""

    root: Path
    date: dt.date

    def files(self, source):
        return sorted((self.root / source / self.date.isoformat()).glob("*"))

    def captures(self, source):
        return [_rows(path) for path in self.files(source)]

    def rows(self, source):
        return [row for capture in self.captures(source) for row in capture]

    def of(self, source, nba_game_id):
        game = GAMES[nba_game_id]
        marks = {nba_game_id, int(nba_game_id), game.code}
        teams = {game.home, game.away}
        return [
            row
            for row in self.rows(source)
            if marks & {row.get(key) for key in ("game_code", "GAME_ID", "gameId", "game_id")}
            or {row.get("game_home_team_abbreviation"), row.get("game_visitor_team_abbreviation")} == teams
            or (source == ODDS and row["id"] == f"{int(nba_game_id):032x}")
        ]

    def sources(self):
        return {path.name for path in self.root.iterdir() if path.name != "_manifest"}


@cache
def _rows(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return []


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    root = tmp_path_factory.mktemp("clean")
    report = simulate(root, seed=SEED, start=DATES[0], end=DATES[-1], faults="none")
    assert report.dates == CYCLE
    return root


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    root = tmp_path_factory.mktemp("all")
    simulate(root, seed=SEED, start=DATES[0], end=DATES[-1], faults="all")
    return json.loads((root / "_manifest" / f"seed_{SEED}.json").read_text(encoding="utf-8"))


def test_twelve_playing_dates_meet_every_fault(manifest):
    assert set(FAULTS) == {entry["fault"] for entry in manifest}
    assert all(entry["key"] and entry["expected"] and entry["table"] for entry in manifest)


def test_without_faults_nothing_is_awkward(clean):
    assert json.loads((clean / "_manifest" / f"seed_{SEED}.json").read_text(encoding="utf-8")) == []
    for date in DATES:
        landed = Landed(clean, date)
        ids = {game.nba_game_id for game in GAMES.values() if game.date == date}
        for source in landed.sources() - {SCHEDULE, "player_registry"}:
            assert len(landed.files(source)) == 1, source
        for source in (GAMEBOOK, BDL, LOG, TEAM_BOX, BIGDATABALL, NBA_PBP, SHOTS, ODDS):
            assert all(landed.of(source, one) for one in ids), source
        announced, final = landed.captures(SCHEDULE)
        assert [row["gameId"] for row in announced] == [row["gameId"] for row in final]
        assert {row["gameId"] for row in final} == ids
        assert {(row["gameStatus"], row["data_source"], row["isNeutral"]) for row in final} == {(3, "api_stats", False)}
        assert len({row["MATCHUP"] for row in landed.rows(TEAM_BOX)}) == 2 * len(ids)
        assert all(row["min"] != "00" for row in landed.rows(BDL))
        assert all(row["MIN"] for row in landed.rows(LOG))
        assert all(row["timestamp"] < row["commence_time"] for row in landed.rows(ODDS))
        absent = {row["name"] for row in landed.rows(GAMEBOOK) if row["status"] == "did_not_play"}
        assert not absent & {row["description"] for row in landed.rows(ODDS)}


def _lost(*sources):
    return lambda clean, struck, key: all(clean.of(one, key) and not struck.of(one, key) for one in sources)


def _late_gamebook(clean, struck, key):
    first, second = struck.files(GAMEBOOK)
    code = GAMES[key].code
    early, late = ({row["game_code"] for row in _rows(path)} for path in (first, second))
    is_a_day = int(second.name[:8]) - int(first.name[:8]) == 1
    return code not in early and late == {code} and is_a_day and struck.of(GAMEBOOK, key) == clean.of(GAMEBOOK, key)


def _correction(clean, struck, key):
    first, second = struck.captures(GAMEBOOK)
    right = clean.of(GAMEBOOK, key[:10])
    return second == right and len([row for row in right if row not in first]) == 1


def _namesakes(clean, struck, key):
    names = Counter(
        (row["team"], last_name_key(row["name"])) for row in struck.of(GAMEBOOK, key) if row["status"] == "inactive"
    )
    return max(names.values()) == 2


def _both_lists(clean, struck, key):
    teams = {row["team"] for row in struck.of(GAMEBOOK, key[:10]) if row["name"] == key[11:]}
    return teams == {GAMES[key[:10]].home, GAMES[key[:10]].away}


def _period_lost(clean, struck, key):
    periods = [{row["period"] for row in struck.of(source, key)} for source in (BIGDATABALL, NBA_PBP)]
    return all({1, 2, 4} <= seen and 3 not in seen for seen in periods)


def _overtime(clean, struck, key):
    box = struck.of(TEAM_BOX, key)
    ends = [row["gameStatusText"] for row in struck.of(SCHEDULE, key) if row["gameStatus"] == 3]
    return ends[0].startswith("Final/OT") and {row["MIN"] for row in box} <= {"265:00", "290:00", "315:00"}


def _postponed(clean, struck, key):
    nba_game_id = key[:10]
    listed = struck.of(SCHEDULE, nba_game_id)
    moved = GAMES[nba_game_id]
    return (
        [row["gameStatus"] for row in listed] == [1, 1]
        and moved.date > struck.date
        and not struck.of(GAMEBOOK, nba_game_id)
        and any(row["id"] == f"{int(nba_game_id):032x}" for row in struck.rows("odds_api_game_lines"))
    )


def _no_team(clean, struck, key):
    short = {row["espn_team_abbr"] for row in clean.rows(ROSTERS)} - {
        row["espn_team_abbr"] for row in struck.rows(ROSTERS)
    }
    return len(short) == 1


def _new_prices(clean, struck, key):
    return [row for row in struck.of(ODDS, key[:10]) if row not in clean.of(ODDS, key[:10])]


def _push(clean, struck, key):
    star = key[11:]
    points = {row["PLAYER_NAME"]: row["PTS"] for row in struck.of(LOG, key[:10])}
    return {row["point"] for row in _new_prices(clean, struck, key)} <= {float(points[star])}


def _variant(clean, struck, key):
    name, _, variant = key[11:].partition(" as ")
    names = {row["description"] for row in struck.of(ODDS, key[:10])}
    return variant in names and name not in names


#: Sources whose files differ from those without faults, and what is to be seen there.
TRACES = {
    "gamebook_missing_game": ({GAMEBOOK}, _lost(GAMEBOOK)),
    "gamebook_partial": ({GAMEBOOK}, lambda c, s, key: {r["team"] for r in s.of(GAMEBOOK, key)} == {GAMES[key].away}),
    "gamebook_missing_date": ({GAMEBOOK}, lambda c, s, key: not s.files(GAMEBOOK)),
    "gamebook_late": ({GAMEBOOK}, _late_gamebook),
    "inactive_on_both_lists": ({GAMEBOOK}, _both_lists),
    "stat_correction": ({GAMEBOOK}, _correction),
    "inactive_equal_last_names": (None, _namesakes),
    "bdl_zero_minute_rows": ({BDL}, lambda c, s, key: any(r["min"] == "00" for r in s.of(BDL, key))),
    "bdl_missing_game": ({BDL}, _lost(BDL)),
    "bdl_duplicate_load": ({BDL}, lambda c, s, key: s.of(BDL, key) == 2 * c.of(BDL, key)),
    "bigdataball_missing_game": ({BIGDATABALL}, _lost(BIGDATABALL)),
    "play_by_play_missing_game": ({BIGDATABALL, NBA_PBP, SHOTS}, _lost(BIGDATABALL, NBA_PBP, SHOTS)),
    "play_by_play_truncated": ({BIGDATABALL, NBA_PBP, SHOTS}, _period_lost),
    "team_box_missing": ({TEAM_BOX}, _lost(TEAM_BOX)),
    "team_box_reversed": (
        {TEAM_BOX},
        lambda c, s, key: (
            {(r["TEAM_ABBREVIATION"], r["isHome"], r["MATCHUP"]) for r in s.of(TEAM_BOX, key)}
            == {(GAMES[key].home, False, None), (GAMES[key].away, True, None)}
        ),
    ),
    "postponed_game": ({SCHEDULE, "odds_api_game_lines"}, _postponed),
    "schedule_two_feeds": (
        {SCHEDULE},
        lambda c, s, key: {(r["gameStatus"], r["data_source"]) for r in s.of(SCHEDULE, key)} >= {(1, "cdn_static")},
    ),
    "neutral_site": (
        {SCHEDULE, TEAM_BOX, LOG},
        lambda c, s, key: (
            all(r["isNeutral"] for r in s.of(SCHEDULE, key)) and all(" @ " in r["MATCHUP"] for r in s.of(TEAM_BOX, key))
        ),
    ),
    "overtime": (None, _overtime),
    "zero_minutes_but_played": (
        {GAMEBOOK, LOG, BDL},
        lambda c, s, key: [r["PLAYER_NAME"] for r in s.of(LOG, key[:10]) if r["MIN"] == 0] == [key[11:]],
    ),
    "odds_props_absent_date": ({ODDS}, lambda c, s, key: not s.files(ODDS) and s.rows(BETTINGPROS)),
    "both_props_absent_date": ({ODDS, BETTINGPROS}, lambda c, s, key: not s.files(ODDS) and not s.files(BETTINGPROS)),
    "prop_after_tipoff": (
        {ODDS},
        lambda c, s, key: (
            _new_prices(c, s, key) and all(r["timestamp"] > r["commence_time"] for r in _new_prices(c, s, key))
        ),
    ),
    "prop_line_for_absent_player": (
        {ODDS},
        lambda c, s, key: (
            {r["description"] for r in _new_prices(c, s, key)} == {key[11:]}
            and key[11:] not in {r["PLAYER_NAME"] for r in s.rows(LOG)}
        ),
    ),
    "prop_integer_push_line": ({ODDS}, _push),
    "prop_duplicate_file": ({ODDS}, lambda c, s, key: s.captures(ODDS) == 2 * c.captures(ODDS)),
    "prop_one_side_only": (
        {ODDS},
        lambda c, s, key: _new_prices(c, s, key) and all(r["under_price"] is None for r in _new_prices(c, s, key)),
    ),
    "prop_alternate_lines": (
        {ODDS},
        lambda c, s, key: len(_new_prices(c, s, key)) == 6 and len(s.rows(ODDS)) == len(c.rows(ODDS)) + 6,
    ),
    "bettingpros_old_team": ({BETTINGPROS}, lambda c, s, key: "FA" in {r["player_team"] for r in s.rows(BETTINGPROS)}),
    "vendor_name_variant": ({ODDS}, _variant),
    "injury_empty_report": (
        {INJURIES},
        lambda c, s, key: s.captures(INJURIES)[1] == [] and {r["hour24"] for r in s.rows(INJURIES)} == {13},
    ),
    "injury_contradictory": (
        {INJURIES},
        lambda c, s, key: [r["status"] for r in s.rows(INJURIES) if r["player"] == key][-2:] == ["Out", "Available"],
    ),
    "roster_missing_team": ({ROSTERS}, _no_team),
    "roster_old_row": (
        {ROSTERS},
        lambda c, s, key: max(Counter(r["playerId"] for r in s.rows(ROSTERS)).values()) == 2,
    ),
    "malformed_files": ({INJURIES, "odds_api_game_lines", BDL}, lambda c, s, key: len(s.files(BDL)) == 2),
    "malformed_record": (
        {INJURIES},
        lambda c, s, key: s.rows(INJURIES)[-1]["team"] == "Seattle SuperSonics",
    ),
}


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.strike])
def test_a_fault_alone_is_in_the_manifest_and_in_the_files(name, clean, manifest, tmp_path):
    date = DATES[FAULTS[name].slots[0]]
    report = simulate(tmp_path, seed=SEED, start=date, end=date, faults=[name])
    written = json.loads((tmp_path / "_manifest" / f"seed_{SEED}.json").read_text(encoding="utf-8"))
    assert written == report.manifest
    assert [entry["fault"] for entry in written] == [name]
    assert written[0] in manifest, "a fault strikes the same whichever others are switched on"
    before, after = Landed(clean, date), Landed(tmp_path, date)
    changed = {
        source
        for source in before.sources() | after.sources()
        if [path.name for path in before.files(source)] != [path.name for path in after.files(source)]
        and source != "player_registry"
    }
    sources, leaves_trace = TRACES[name]
    assert changed == sources if sources else changed
    assert leaves_trace(before, after, written[0]["key"])


def test_a_missing_player_is_only_missing_from_the_registry(tmp_path):
    report = simulate(tmp_path, seed=SEED, start=DATES[0], end=DATES[0], faults=["registry_missing_player"])
    missing = {entry["key"] for entry in report.manifest}
    landed = Landed(tmp_path, season("2021-22").regular_start)
    known = {row["player_name"] for row in landed.rows("player_registry")}
    everybody = {player.name for player in season_players(2021, SEED)}
    assert len(missing) >= 4
    assert known == everybody - missing
    assert missing <= {row["fullName"] for row in landed.rows(ROSTERS)}


def test_name_variants_come_in_every_kind(tmp_path):
    dates = sorted({game.date for game in GAMES.values()})
    names = []
    for cycle in range(3):
        for slot in FAULTS["vendor_name_variant"].slots:
            date = dates[cycle * CYCLE + slot]
            names += simulate(tmp_path, seed=SEED, start=date, end=date, faults=["vendor_name_variant"]).manifest
    variants = [entry["key"][11:].partition(" as ") for entry in names]
    assert any(base_key(name) == base_key(variant) for name, _, variant in variants)
    assert any("," in variant for _, _, variant in variants)
    assert any(variant[1:3] == ". " for _, _, variant in variants)
    assert any(variant.endswith(")") for _, _, variant in variants)
