"""Rows in, rows out: what landing files become in the raw tables, and what is set aside with which reason."""

import datetime as dt
import io
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.contract.format import load_contract
from nba_pipeline.landing import put
from nba_pipeline.raw import parsing
from nba_pipeline.raw.reader import read
from nba_pipeline.raw.scans import Limits

MODELS = Path(__file__).parent.parent.parent / "nba_pipeline" / "models"
DAY = dt.date(2021, 10, 20)
LOG = {
    "GAME_ID": "0022100002",
    "GAME_DATE": "2021-10-20",
    "TEAM_ABBREVIATION": "LAL",
    "MATCHUP": "LAL vs. GSW",
    "PLAYER_ID": 2544,
    "PLAYER_NAME": "LeBron James",
    "MIN": 37,
    "PTS": 34,
}
BDL = {
    "game_date": "2021-10-20", "game_season": 2021, "game_home_team_abbreviation": "LAL",
    "game_visitor_team_abbreviation": "GSW", "team_abbreviation": "LAL", "player_id": 237,
    "player_first_name": "LeBron", "player_last_name": "James", "min": "37", "pts": 34,
}  # fmt: skip
BOOK = {
    "game_code": "20211020/GSWLAL", "date": "2021-10-20", "home_team": "LAL", "away_team": "GSW",
    "team": "Los Angeles Lakers", "name": "LeBron James", "status": "active", "minutes": "37:12", "points": 34,
}  # fmt: skip
LINE = {
    "id": "e1", "commence_time": "2021-10-21T02:10:00Z", "home_team": "Los Angeles Lakers",
    "away_team": "LA Clippers", "bookmaker_key": "draftkings", "market_key": "totals",
    "outcome_name": "Over", "outcome_price": 1.91, "outcome_point": 221.5, "timestamp": "2021-10-20T20:00:00Z",
}  # fmt: skip

GAME = {
    "gameId": "0022100002", "gameDateEst": "2021-10-20", "gameStatus": 1, "data_source": "api_stats",
    "isNeutral": False, "homeTeam_teamTricode": "LAL", "awayTeam_teamTricode": "GSW",
}  # fmt: skip
REPORT = {
    "gamedate": "2021-10-20", "hour24": 17, "date": "10/20/2021", "gametime": "07:30 (ET)", "matchup": "MIA@DET",
    "team": "Detroit Pistons", "player": "Porter Jr., Michael", "status": "Out", "reason": "G League - Two-Way",
}  # fmt: skip


def land(root, table, records, *, day=DAY, hour=9, suffix="json", raw=None):
    source = contract(table).source
    captured = dt.datetime(2021, 10, 21, hour, tzinfo=dt.UTC)
    if raw is not None:
        payload = raw
    elif suffix == "parquet":
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(records), buffer)
        payload = buffer.getvalue()
    else:
        payload = json.dumps(records).encode()
    return put(root, source, day, captured, "simulated", payload, suffix)


def csv_of(records):
    return "\n".join([",".join(records[0]), *(",".join(map(str, one.values())) for one in records)]).encode()


def contract(table):
    dataset = "nba_reference" if table in ("nba_players_registry", "player_aliases") else "nba_raw"
    return load_contract(MODELS / dataset / f"{table}.sql")


def rows(root, table, *columns, dates=None):
    found = [row for batch in read(contract(table), root, dates) for row in batch.rows.to_pylist()]
    return [tuple(row[name] for name in columns) for row in found]


def reasons(root, table):
    return [
        (row["record_number"], row["field"], row["value"], row["reason"])
        for batch in read(contract(table), root)
        for row in batch.quarantine.to_pylist()
    ]


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_game_log_line_becomes_a_typed_row(tmp_path, suffix):
    path = land(tmp_path, "nbac_player_boxscores", [LOG], suffix=suffix)
    (batch,) = read(contract("nbac_player_boxscores"), tmp_path)
    assert batch.rows.column_names == [column.name for column in contract("nbac_player_boxscores").columns]
    row = batch.rows.to_pylist()[0]
    expected = {
        "nba_game_id": "0022100002", "game_date": DAY, "season_year": 2021, "team_abbr": "LAL",
        "nba_player_id": 2544, "player_lookup": "lebronjames", "seconds_played": 2220, "points": 34,
        "assists": None, "record_number": 1, "origin": "simulated",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["source_file"] == path.relative_to(tmp_path).as_posix()
    assert batch.dates[DAY].rows == 1


def test_csv_text_and_lost_zeros_are_read_alike(tmp_path):
    header = "GAME_ID,GAME_DATE,TEAM_ABBREVIATION,PLAYER_ID,PLAYER_NAME,MIN,PTS"
    text = header + '\n22100002,"OCT 20, 2021",LAL,2544,"A ""B"" C",37,34.0\n'
    land(tmp_path, "nbac_player_boxscores", [], suffix="csv", raw=text.encode())
    assert rows(tmp_path, "nbac_player_boxscores", "nba_game_id", "game_date", "player_full_name", "points") == [
        ("0022100002", DAY, 'A "B" C', 34)
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"PTS": "many"}, (1, "PTS", "many", "not an integer")),
        ({"PTS": "12.5"}, (1, "PTS", "12.5", "not an integer")),
        ({"PTS": float("nan")}, (1, "PTS", "NaN", "not an integer")),
        ({"PTS": 999}, (1, "PTS", "999", "out of range 0..120")),
        ({"PTS": ""}, (1, "PTS", None, "missing required field")),
        ({"TEAM_ABBREVIATION": "XXX"}, (1, "TEAM_ABBREVIATION", "XXX", "unknown team code 'XXX' for source nba")),
        (
            {"GAME_DATE": "2021-10-21"},
            (1, "GAME_DATE", "2021-10-21", "date 2021-10-21 is not the landing date 2021-10-20"),
        ),
        ({"GAME_ID": "0029900001"}, (1, "GAME_ID", "1999", "season 1999 is not the season of 2021-10-20")),
        ({"GAME_ID": "77"}, (1, "GAME_ID", "77", "not an NBA game id")),
        ({"MIN": "12:75"}, (1, "MIN", "12:75", "not a playing time (MM:SS, minutes or PT..M..S)")),
        ({"PLAYER_NAME": "محمد"}, (1, "PLAYER_NAME", "محمد", "the name has no Latin letter")),
    ],
)
def test_a_bad_record_is_set_aside_with_its_rule_and_the_good_one_stays(tmp_path, change, problem):
    land(tmp_path, "nbac_player_boxscores", [LOG | change, LOG | {"PLAYER_ID": 9, "PLAYER_NAME": "Good Player"}])
    assert rows(tmp_path, "nbac_player_boxscores", "player_lookup") == [("goodplayer",)]
    found = reasons(tmp_path, "nbac_player_boxscores")
    assert problem in found


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [("37:12", 2232), ("35", 2100), ("05", 300), ("PT34M12.00S", 2052), ("34.000000:15", 2055), ("0:07", 7),
     ("", None), ("-", None), (None, None)],
)  # fmt: skip
def test_playing_time_in_every_vendor_spelling(tmp_path, minutes, seconds):
    land(tmp_path, "nbac_gamebook_player_stats", [BOOK | {"minutes": minutes}])
    assert rows(tmp_path, "nbac_gamebook_player_stats", "seconds_played") == [(seconds,)]


def test_hostile_names_are_only_names(tmp_path):
    names = ["Robert'); drop table landed;--", "Zoë 🏀 O'Neal", 'A "quoted" Jr.', "Name, with comma"]
    land(tmp_path, "nbac_player_boxscores", [LOG | {"PLAYER_ID": i + 1, "PLAYER_NAME": n} for i, n in enumerate(names)])
    assert rows(tmp_path, "nbac_player_boxscores", "player_full_name", "player_lookup") == [
        (names[0], "robertdroptablelanded"), (names[1], "zoeoneal"),
        (names[2], "aquotedjr"), (names[3], "withcommaname"),
    ]  # fmt: skip


def test_one_bad_file_never_spoils_the_others(tmp_path):
    land(tmp_path, "nbac_player_boxscores", [LOG])
    land(tmp_path, "nbac_player_boxscores", [], hour=10, raw=b'[{"GAME_ID": "00221')
    land(tmp_path, "nbac_player_boxscores", [], hour=11, raw=b"")
    land(tmp_path, "nbac_player_boxscores", [{"x": 1}], hour=12)
    land(tmp_path, "nbac_player_boxscores", [], hour=13, raw=b"PAR1 no", suffix="parquet")
    altered = land(tmp_path, "nbac_player_boxscores", [LOG | {"PTS": 1}], hour=14)
    altered.write_bytes(altered.read_bytes()[:-5])
    assert rows(tmp_path, "nbac_player_boxscores", "points") == [(34,)]
    found = sorted(reason for *_, reason in reasons(tmp_path, "nbac_player_boxscores"))
    assert [text.split(":")[0] for text in found] == [
        "empty file",
        "file cannot be parsed as json",
        "file cannot be parsed as parquet",
        "file truncated or altered",
        "not a file of source nbac_player_boxscores",
    ]


def test_identical_records_collapse_and_a_contradiction_is_set_aside(tmp_path):
    land(tmp_path, "nbac_player_boxscores", [LOG, LOG, LOG | {"PTS": 2}])
    assert rows(tmp_path, "nbac_player_boxscores", "points") == [(34,)]
    assert [(number, field, reason) for number, field, _, reason in reasons(tmp_path, "nbac_player_boxscores")] == [
        (3, "(key)", "duplicate key in one file")
    ]


def test_exhibitions_are_skipped_not_quarantined(tmp_path):
    game = {
        "gameDateEst": "2021-10-20T00:00:00Z", "gameStatus": 1, "data_source": "api_stats", "isNeutral": False,
        "gameDateTimeUTC": "2021-10-21T02:00:00Z",
    }  # fmt: skip
    star = game | {"gameId": "0032100001", "homeTeam_teamTricode": "TMC", "awayTeam_teamTricode": "CAN"}
    real = game | {"gameId": "0022100002", "homeTeam_teamTricode": "LAL", "awayTeam_teamTricode": "GSW"}
    land(tmp_path, "nbac_schedule", [star, real])
    (batch,) = read(contract("nbac_schedule"), tmp_path)
    assert batch.rows["game_id"].to_pylist() == ["0022100002"]
    assert batch.rows["tipoff_at"].to_pylist() == [dt.datetime(2021, 10, 21, 2, tzinfo=dt.UTC)]
    assert batch.quarantine.num_rows == 0
    assert batch.dates[DAY].skipped == 1


def test_game_book_statuses_names_and_reasons(tmp_path):
    base = {name: value for name, value in BOOK.items() if name not in ("minutes", "points")}
    land(
        tmp_path,
        "nbac_gamebook_player_stats",
        [
            BOOK,
            base | {"name": "Talen Horton-Tucker", "status": "did_not_play", "dnp_reason": "DNP - Coach's Decision"},
            base | {"name": "Jackson Jr.", "status": "inactive", "reason": "G League - Two-Way"},
            base | {"name": "Jackson Jr.", "status": "inactive", "reason": "Personal"},
            base | {"name": "Da Silva", "full_name": "Tristan Da Silva", "status": "inactive", "reason": "Personal"},
        ],
    )
    columns = ("player_status", "player_lookup", "last_name_key", "dnp_category", "seconds_played")
    assert rows(tmp_path, "nbac_gamebook_player_stats", *columns) == [
        ("active", "lebronjames", "james", None, 2232),
        ("dnp", "talenhortontucker", "hortontucker", "DNP", None),
        ("inactive", None, "jackson", "INACTIVE", None),
        ("inactive", None, "jackson", "INACTIVE", None),
        ("inactive", "tristandasilva", "dasilva", "INACTIVE", None),
    ]


def test_two_captures_of_odds_are_both_kept_and_the_date_is_eastern(tmp_path):
    land(tmp_path, "odds_api_game_lines", [LINE, LINE | {"timestamp": None}])
    land(tmp_path, "odds_api_game_lines", [LINE | {"timestamp": "2021-10-20T22:00:00Z"}], hour=15)
    found = rows(tmp_path, "odds_api_game_lines", "game_date", "capture", "away_team_abbr")
    assert found == [
        (DAY, "2021-10-20T20:00:00.000000Z", "LAC"), (DAY, "none", "LAC"), (DAY, "2021-10-20T22:00:00.000000Z", "LAC"),
    ]  # fmt: skip


def test_the_bare_city_los_angeles_is_nobody(tmp_path):
    land(tmp_path, "odds_api_game_lines", [LINE, LINE | {"home_team": "Los Angeles", "id": "e2"}])
    assert [reason for *_, reason in reasons(tmp_path, "odds_api_game_lines")] == [
        "unknown team code 'Los Angeles' for source odds_api"
    ]


@pytest.mark.parametrize(("price", "american"), [(2.0, 100), (1.91, -109), (2.3, 130), (1.005, -20000)])
def test_decimal_odds_to_american_truncate(tmp_path, price, american):
    prop = LINE | {"description": "LeBron James", "point": 25.5, "over_price": price}
    land(tmp_path, "odds_api_player_points_props", [prop])
    assert rows(tmp_path, "odds_api_player_points_props", "over_price_american", "under_price") == [(american, None)]


def test_injury_names_are_turned_around_and_the_hour_is_eastern(tmp_path):
    report = {
        "gamedate": "2021-10-20", "hour24": 17, "date": "10/21/2021", "gametime": "07:30 (ET)", "matchup": "MIA@DET",
        "team": "Detroit Pistons", "player": "Porter Jr., Michael", "status": "Out", "reason": "G League - Two-Way",
    }  # fmt: skip
    land(tmp_path, "nbac_injury_report", [report])
    columns = ("report_at", "game_date", "player_lookup", "injury_status", "reason_category", "home_team_abbr")
    assert rows(tmp_path, "nbac_injury_report", *columns) == [
        (
            dt.datetime(2021, 10, 20, 21, tzinfo=dt.UTC),
            dt.date(2021, 10, 21),
            "michaelporterjr",
            "out",
            "g_league",
            "DET",
        )
    ]


def test_an_empty_report_is_legal(tmp_path):
    land(tmp_path, "nbac_injury_report", [])
    assert rows(tmp_path, "nbac_injury_report", "player_lookup") == []
    assert reasons(tmp_path, "nbac_injury_report") == []


def test_bigdataball_names_lose_their_glued_id(tmp_path):
    event = {
        "game_id": 22100002, "date": "2021-10-20", "play_id": 7, "period": 1, "remaining_time": "0:11:42",
        "team": "LAL", "event_type": "shot", "type": "3pt jump shot", "result": "made",
        "player": "1630552Jalen Johnson",
        "assist": "LeBron James", "shot_distance": 25, "points": 3,
    }  # fmt: skip
    land(tmp_path, "bigdataball_play_by_play", [event], suffix="parquet")
    columns = ("player_1_lookup", "player_2_role", "shot_made", "shot_type", "game_clock_seconds", "nba_game_id")
    assert rows(tmp_path, "bigdataball_play_by_play", *columns) == [
        ("jalenjohnson", "assist", True, "3PT", 702, "0022100002")
    ]


def test_a_range_equals_its_days_read_one_by_one(tmp_path):
    for offset in range(3):
        day = DAY + dt.timedelta(days=offset)
        game = LOG | {"GAME_DATE": day.isoformat(), "GAME_ID": f"002210000{offset}"}
        land(tmp_path, "nbac_player_boxscores", [game], day=day)
    columns = ("game_date", "nba_game_id", "source_file")
    whole = rows(tmp_path, "nbac_player_boxscores", *columns, dates=DateRange(DAY, DAY + dt.timedelta(days=2)))
    days = [DAY + dt.timedelta(days=offset) for offset in range(3)]
    single = [
        row for day in days for row in rows(tmp_path, "nbac_player_boxscores", *columns, dates=DateRange(day, day))
    ]
    assert whole == single
    assert len(whole) == 3


def test_a_game_on_two_dates_is_read_alike_in_a_range_and_by_day(tmp_path):
    """A postponed game keeps its id; what is landed for its new date says nothing of the old one."""
    game = {
        "gameId": "0022100002", "gameStatus": 1, "data_source": "api_stats", "isNeutral": False,
        "homeTeam_teamTricode": "LAL", "awayTeam_teamTricode": "GSW",
    }  # fmt: skip
    days = [DAY, DAY + dt.timedelta(days=2)]
    for hour, day in enumerate(days):
        land(tmp_path, "nbac_schedule", [game | {"gameDateEst": day.isoformat()}], day=day, hour=9 + hour)
    whole = rows(tmp_path, "nbac_schedule", "game_date", dates=DateRange(*days))
    assert whole == [(day,) for day in days]
    assert whole == [
        row for day in days for row in rows(tmp_path, "nbac_schedule", "game_date", dates=DateRange(day, day))
    ]


def test_the_newest_registry_file_overrules_older_ones(tmp_path):
    person = {"universal_player_id": "lebronjames_001", "player_name": "LeBron James", "nba_player_id": 2544}
    land(tmp_path, "nba_players_registry", [person | {"last_season": 2021}])
    land(tmp_path, "nba_players_registry", [person | {"last_season": 2022}], day=dt.date(2022, 10, 20), hour=10)
    assert rows(tmp_path, "nba_players_registry", "player_lookup", "last_season") == [("lebronjames", 2022)]


def test_bdl_names_are_joined(tmp_path):
    land(
        tmp_path,
        "bdl_player_boxscores",
        [BDL, BDL | {"player_id": 1, "player_last_name": "Wade", "min": "00", "pts": 0}],
    )
    assert rows(tmp_path, "bdl_player_boxscores", "player_lookup", "seconds_played") == [
        ("lebronjames", 2220), ("lebronwade", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "column", "problem"),
    [
        ({"PLUS_MINUS": "-4.6"}, "plus_minus", ("PLUS_MINUS", "-4.6", "not an integer")),
        ({"PLUS_MINUS": 500}, "plus_minus", ("PLUS_MINUS", "500", "out of range -90..90")),
    ],
)
def test_a_field_beside_key_identity_and_counts_costs_only_itself(tmp_path, change, column, problem):
    land(tmp_path, "nbac_player_boxscores", [LOG | change])
    assert rows(tmp_path, "nbac_player_boxscores", "player_lookup", "points", column) == [("lebronjames", 34, None)]
    field, value, reason = problem
    kept = f"{reason}; the field was set to NULL and the row kept"
    assert reasons(tmp_path, "nbac_player_boxscores") == [(1, field, value, kept)]
    (batch,) = read(contract("nbac_player_boxscores"), tmp_path)
    assert (batch.dates[DAY].rows, batch.dates[DAY].quarantined) == (1, 0)


@pytest.mark.parametrize(
    ("price", "decimal", "american"),
    [(150, 2.5, 150), ("-120", 1.8333, -120), (0, None, None), (1e20, None, None), (-3, None, None)],
)
def test_american_odds_in_a_decimal_column_are_read_as_american_and_no_price_costs_the_line(
    tmp_path, price, decimal, american
):
    prop = LINE | {"description": "LeBron James", "point": 25.5, "over_price": price}
    land(tmp_path, "odds_api_player_points_props", [prop])
    ((line, over, over_american),) = rows(
        tmp_path, "odds_api_player_points_props", "points_line", "over_price", "over_price_american"
    )
    assert (line, over_american) == (25.5, american)
    assert over == (decimal and pytest.approx(decimal, abs=0.0001))


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [("00:51.6", 51), ("51.6", 51), ("PT00M08.10S", 8), ("11:42", 702), ("-0:01", None), ("PT-1M59.00S", None)],
)
def test_clocks_in_every_vendor_spelling(clock, seconds):
    statement = f"select {parsing.clock_seconds('clock')} from (select $clock as clock)"
    assert duckdb.execute(statement, {"clock": clock}).fetchone() == (seconds,)


def test_a_file_of_other_types_than_its_neighbour_spoils_neither(tmp_path):
    land(tmp_path, "nbac_player_boxscores", [LOG], suffix="parquet")
    stranger = LOG | {
        "PLAYER_ID": 9,
        "PLAYER_NAME": "Other Player",
        "MIN": dt.datetime(2021, 10, 20, 0, 37, tzinfo=dt.UTC),
    }
    land(tmp_path, "nbac_player_boxscores", [stranger | {"GAME_ID": "0022100003"}], hour=15, suffix="parquet")
    assert ("lebronjames",) in rows(tmp_path, "nbac_player_boxscores", "player_lookup")
    assert [field for _, field, *_ in reasons(tmp_path, "nbac_player_boxscores")] == ["MIN"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_fields_named_like_lineage_are_only_fields(tmp_path, suffix):
    record = LOG | {"record_number": "x", "filename": "y"}
    text = ",".join(record) + "\n" + ",".join(map(str, record.values())) + "\n"
    land(tmp_path, "nbac_player_boxscores", [record], suffix=suffix, raw=text.encode() if suffix == "csv" else None)
    assert rows(tmp_path, "nbac_player_boxscores", "player_lookup", "record_number") == [("lebronjames", 1)]


def test_a_file_too_wide_to_be_one_is_named_and_its_date_stays(tmp_path):
    land(tmp_path, "nbac_player_boxscores", [LOG])
    header = ",".join([*LOG, *(f"extra_{number}" for number in range(3000))])
    land(tmp_path, "nbac_player_boxscores", [], hour=15, suffix="csv", raw=header.encode())
    assert rows(tmp_path, "nbac_player_boxscores", "player_lookup") == [("lebronjames",)]
    ((_, field, _, reason),) = reasons(tmp_path, "nbac_player_boxscores")
    assert field == "(file)"
    assert reason == f"file has {len(LOG) + 3000} columns, more than the 2000 a landing file may have"


@pytest.mark.parametrize(
    ("table", "record", "change", "reason"),
    [
        ("nbac_player_boxscores", LOG, {"MIN": 1e20}, "not a playing time (MM:SS, minutes or PT..M..S)"),
        ("nbac_player_boxscores", LOG, {"MIN": 2**63 - 1}, "not a playing time (MM:SS, minutes or PT..M..S)"),
        ("nbac_player_boxscores", LOG, {"GAME_DATE": "294247-01-10"}, "not a date"),
        ("nbac_player_boxscores", LOG, {"GAME_DATE": "infinity"}, "not a date"),
        ("odds_api_game_lines", LINE, {"commence_time": "9999-12-31T23:59:59Z"}, "not a date"),
        ("odds_api_game_lines", LINE, {"commence_time": "290309-12-22 (BC) 00:00:00Z"}, "not a date"),
        ("nbac_injury_report", REPORT, {"hour24": 10**18}, "not a report time"),
    ],
)
def test_a_value_that_breaks_arithmetic_costs_only_its_record(tmp_path, table, record, change, reason):
    """A month is read in one statement, which one overflow would end."""
    land(tmp_path, table, [record | change, record])
    assert rows(tmp_path, table, "record_number") == [(2,)]
    assert (1, reason) in [(number, said) for number, _, _, said in reasons(tmp_path, table)]


def test_a_price_that_breaks_arithmetic_costs_only_itself(tmp_path):
    prop = LINE | {"description": "LeBron James", "point": 25.5}
    land(tmp_path, "odds_api_player_points_props", [prop | {"over_price": -(2**63)}, prop | {"point": 26.5}])
    assert rows(tmp_path, "odds_api_player_points_props", "points_line", "over_price_american") == [
        (25.5, None), (26.5, None),
    ]  # fmt: skip


@pytest.mark.parametrize("year", [9999, 1])
def test_an_instant_that_no_game_can_be_at_is_no_instant(tmp_path, year):
    """Python cannot even show some of them; a tip-off of that year is a missing one."""
    stamp = dt.datetime(year, 1, 2, tzinfo=dt.UTC)
    land(tmp_path, "nbac_schedule", [GAME | {"gameDateTimeUTC": stamp}], suffix="parquet")
    assert rows(tmp_path, "nbac_schedule", "game_id", "tipoff_at") == [("0022100002", None)]


@pytest.mark.parametrize(
    ("suffix", "limits", "held"),
    [
        ("json", Limits(records=1), "2 records, more than the 1"),
        ("csv", Limits(records=1), "2 records, more than the 1"),
        ("parquet", Limits(records=1), "2 records, more than the 1"),
        ("csv", Limits(columns=7), "8 columns, more than the 7"),
        ("parquet", Limits(columns=7), "8 columns, more than the 7"),
    ],
)
def test_a_file_beyond_a_limit_says_which_and_its_neighbour_is_read(tmp_path, suffix, limits, held):
    narrow = {name: value for name, value in LOG.items() if name != "MATCHUP"}
    land(tmp_path, "nbac_player_boxscores", [narrow])
    records = [LOG | {"PTS": 2}, LOG | {"PLAYER_ID": 9, "PLAYER_NAME": "Second Player"}]
    raw = csv_of(records) if suffix == "csv" else None
    land(tmp_path, "nbac_player_boxscores", records, hour=15, suffix=suffix, raw=raw)
    (batch,) = read(contract("nbac_player_boxscores"), tmp_path, limits=limits)
    assert batch.rows["points"].to_pylist() == [34]
    assert batch.quarantine["reason"].to_pylist() == [f"file has {held} a landing file may have"]


def test_a_file_of_too_many_bytes_is_left_alone(tmp_path):
    size = land(tmp_path, "nbac_player_boxscores", [LOG]).stat().st_size
    (batch,) = read(contract("nbac_player_boxscores"), tmp_path, limits=Limits(bytes=size - 1))
    assert batch.quarantine["reason"].to_pylist() == [
        f"file has {size} bytes, more than the {size - 1} a landing file may have"
    ]
    assert batch.rows.num_rows == 0


def test_a_file_that_unpacks_beyond_the_limit_is_left_alone(tmp_path):
    """A few kilobytes of Parquet may hold gigabytes of one text."""
    record = LOG | {"PLAYER_NAME": "LeBron James " + "x" * 5000}
    path = land(tmp_path, "nbac_player_boxscores", [record], suffix="parquet")
    assert path.stat().st_size < 8000
    (batch,) = read(contract("nbac_player_boxscores"), tmp_path, limits=Limits(unpacked_bytes=4000))
    (reason,) = batch.quarantine["reason"].to_pylist()
    assert reason.endswith("bytes unpacked, more than the 4000 a landing file may have")
    assert batch.rows.num_rows == 0
