"""Seasons the calendar knows, those a home adds, and dates of which nothing may be assumed."""

import datetime as dt

import pytest

from nba_pipeline.calendar import (
    CALENDAR_FILE,
    DateRange,
    days_into_season,
    empty_reason,
    is_bootstrap,
    last_partition,
    named_range,
    season,
    season_range,
    seasons,
)
from nba_pipeline.contract.catalog import declared
from nba_pipeline.errors import UsageError
from nba_pipeline.home import Home
from nba_pipeline.reference_data import table
from nba_pipeline.validation.catalogue import checks_of
from nba_pipeline.warehouse.dialect import render
from nba_pipeline_tests.models.harness import given, warehouse

HEADER = "season_year,season,regular_start,regular_end,season_end,all_star_start,all_star_end,bootstrap_end"
GAMES = "nba_reference.dim_game"
NEXT = "2027,2027-28,2027-10-19,2028-04-09,2028-06-18,2028-02-18,2028-02-23,2027-11-01"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def home(tmp_path, at_home) -> Home:
    return at_home(Home(tmp_path))


def write(home: Home, *lines: str) -> None:
    (home.root / CALENDAR_FILE).write_text("\n".join((HEADER, *lines)), encoding="utf-8")


@pytest.mark.parametrize("judge", [empty_reason, is_bootstrap, days_into_season])
def test_nothing_is_assumed_of_a_season_the_calendar_does_not_know(home, judge):
    with pytest.raises(UsageError, match="2027-10-20 belongs to a season that is not") as caught:
        judge(day("2027-10-20"))
    assert f"{home.root / CALENDAR_FILE}, with the first line {HEADER}" in str(caught.value)
    with pytest.raises(UsageError, match=r"Unknown season '2027-28'.*write its row into"):
        season("2027-28")


def test_the_summer_after_the_last_known_season_is_off_season(home):
    assert empty_reason(seasons()[-1].season_end + dt.timedelta(days=1)) == "off_season"


def test_a_home_adds_a_season_and_knows_one_better(home):
    write(home, NEXT, "2026,2026-27,2026-10-21,2027-04-11,2027-06-20,2027-02-19,2027-02-23,2026-11-03")
    assert [one.label for one in seasons()][-2:] == ["2026-27", "2027-28"]
    assert season("2026-27").regular_start == day("2026-10-21")
    assert (is_bootstrap(day("2027-11-01")), is_bootstrap(day("2027-11-02"))) == (True, False)
    assert [row["season_year"] for row in table("season_calendar").to_pylist()] == list(range(2021, 2028))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2027,2027-28,2027-10-19", ":2 has no regular_end"),
        (NEXT.replace("2027-11-01", ""), ":2 has no bootstrap_end"),
        (NEXT.replace("2028-04-09", "spring"), ":2: Invalid isoformat string: 'spring'"),
        (NEXT.replace("2027-10-19", "2028-10-19"), ":2: the dates of 2027-28 are not in order"),
    ],
)
def test_a_calendar_row_that_cannot_be_read_is_named(home, line, said):
    write(home, line)
    with pytest.raises(UsageError) as caught:
        seasons()
    assert f"{home.root / CALENDAR_FILE}{said}" in str(caught.value)


def test_a_season_that_goes_on_ends_today_and_one_to_come_has_nothing(home):
    today = last_partition()
    this_year = f"{today.year}-{(today.year + 1) % 100:02}"
    opening, last = today - dt.timedelta(days=3), today + dt.timedelta(days=200)
    middle = f"{today + dt.timedelta(days=90)},{today + dt.timedelta(days=95)}"
    year = opening.year if opening.month >= 10 else opening.year - 1
    write(home, f"{year},{this_year},{opening},{last},{last},{middle},{opening}")
    assert named_range(label=this_year) == season_range(season(this_year)) == DateRange(opening, today)
    write(home, f"{today.year + 1},later,{today.year + 1}-10-19,{today.year + 2}-06-01,{today.year + 2}-06-01,"
                f"{today.year + 2}-02-01,{today.year + 2}-02-05,{today.year + 1}-11-01")  # fmt: skip
    with pytest.raises(UsageError, match=r"The season later begins on .* there is nothing of it yet"):
        named_range(label="later")


@pytest.mark.parametrize(
    ("games", "free", "problems"),
    [
        (["2021-10-19", "2022-02-17", "2022-06-16"], [], []),
        (["2021-10-20"], ["2021-10-19"], [("2021-10-19", "no game on opening night")]),
        (["2022-02-20"], [], [("2022-02-20", "a game in the All-Star break")]),
        (["2022-06-17"], [], [("2022-06-17", "a game outside the season")]),
    ],
)
def test_dates_the_schedule_contradicts_are_told(games, free, problems):
    con = warehouse()
    given(con, "nba_reference.season_calendar", table("season_calendar").to_pylist())
    given(con, GAMES, [{"game_id": date, "game_date": day(date), "season_year": 2021} for date in games])
    spoken = [{"table_name": GAMES, "partition_date": day(date), "reason": "no_games"} for date in free]
    given(con, "nba_processing.partition_status", spoken)
    (fact,) = [one for one in checks_of(declared(GAMES)) if one.name == "calendar_agrees_with_the_schedule"]
    sql, _ = render(fact.violations)
    found = con.execute(sql, {"start_date": day("2021-10-19"), "end_date": day("2022-09-30")}).fetchall()
    assert [(f"{row[0]}", row[-1]) for row in found] == problems
