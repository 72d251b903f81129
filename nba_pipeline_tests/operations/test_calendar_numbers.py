"""The documents' calendar numbers agree with each other, and a schedule is counted the same way."""

import datetime as dt
import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from nba_pipeline.calendar import WINDOWS, DateRange, all_star_dates, is_bootstrap, season, seasons
from nba_pipeline.cli import watch
from nba_pipeline.home import Home
from nba_pipeline.operations.calendar_numbers import (
    DOCUMENTED_RANGE,
    as_csv,
    computed_coverage,
    differences,
    documented_coverage,
    documented_seasons,
    estimates_of,
    game_dates,
    numbers,
)
from nba_pipeline.simulated.slate import season_schedule
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse
from nba_pipeline_tests.conftest import spoil
from nba_pipeline_tests.operations.rows import SCHEDULE, day, games_of, given, schedule, status

FOUR_WEEKS = WINDOWS["first_four_weeks"]
#: Games per day of the first four weeks, fourteen in the bootstrap and fourteen after it.
PER_DAY = (2, 11, 3, 10, 8, 6, 9, 5, 10, 6, 7, 11, 5, 9, 5, 11, 5, 9, 6, 8, 8, 3, 13, 3, 11, 7, 7, 11)
FINISHED = [one for one in documented_seasons() if one.last_day]
LABELS = [one.scope for one in documented_seasons()]


@pytest.fixture
def home(tmp_path, at_home):
    return at_home(Home(tmp_path / "home"))


def calendar(*words):
    return CliRunner().invoke(watch.app, ["calendar", *words])


def warehouse(home):
    return EmbeddedWarehouse(home.warehouse)


# What the documents state


def test_the_documented_seasons_add_up():
    def total(name):
        return sum(getattr(one, name) for one in FINISHED)

    assert [total(name) for name in ("dates_with_all_star", "dates", "bootstrap_dates", "phase4_dates")] == [
        853,
        845,
        56,
        789,
    ]
    assert sum(len(one.all_star_days) for one in FINISHED) == 8
    assert total("games") == 5281


@pytest.mark.parametrize("one", documented_seasons(), ids=LABELS)
def test_a_documented_season_agrees_with_itself_and_with_the_calendar(one):
    assert one.dates_with_all_star - len(one.all_star_days) == one.dates
    assert one.dates - one.bootstrap_dates == one.phase4_dates
    known = season(one.scope)
    assert one.first_day == known.regular_start
    assert one.all_star_days == all_star_dates(DateRange(one.first_day, one.through))
    if one.last_day:
        assert one.last_day == known.season_end
        parts = [one.regular, one.play_in, one.playoffs]
        assert [sum(part[place] for part in parts) for place in (0, 1)] == [one.dates, one.games]


def test_the_first_seasons_of_the_calendar_are_documented():
    assert [one.label for one in seasons()][: len(LABELS)] == LABELS


def test_the_documented_range_has_918_dates_with_all_star_and_910_without():
    with_all_star = documented_coverage(DOCUMENTED_RANGE, include_all_star=True)
    without = documented_coverage(DOCUMENTED_RANGE, include_all_star=False)
    assert (with_all_star.dates, with_all_star.bootstrap, with_all_star.expected) == (918, 70, 848)
    assert (without.dates, without.bootstrap, without.expected) == (910, 70, 840)
    assert with_all_star.dates == 853 + 65
    assert with_all_star.dates - 8 == without.dates
    assert round(with_all_star.pct, 1) == 92.4


@pytest.mark.parametrize(
    ("start", "end"),
    [("2021-10-19", "2021-12-31"), ("2025-10-21", "2026-02-01"), ("2022-07-01", "2022-08-01")],
)
def test_the_documents_say_nothing_about_a_part_of_a_season(start, end):
    assert documented_coverage(DateRange(day(start), day(end)), include_all_star=False) is None


def test_a_plan_had_estimated_the_first_four_weeks():
    assert estimates_of(FOUR_WEEKS) == {"dates": 25, "games": 120, "player_rows": 3000}
    assert estimates_of(DOCUMENTED_RANGE) == {}
    stated = documented_coverage(FOUR_WEEKS, include_all_star=False)
    assert (stated.dates, stated.bootstrap, stated.expected, stated.games) == (28, 14, 14, 209)


# What a schedule says


def test_the_simulated_first_four_weeks_have_the_real_counts():
    counts = Counter(
        game.date for game in season_schedule("2021-22", 7) if FOUR_WEEKS.start <= game.date <= FOUR_WEEKS.end
    )
    assert tuple(counts[date] for date in FOUR_WEEKS.dates()) == PER_DAY
    assert (len(counts), sum(counts.values())) == (28, 209)
    early = [date for date in counts if is_bootstrap(date)]
    assert (len(early), sum(counts[date] for date in early)) == (14, 102)


@pytest.mark.parametrize("one", FINISHED, ids=[one.scope for one in FINISHED])
def test_a_simulated_season_has_the_documented_numbers_besides_the_cup_final(one):
    games = season_schedule(one.scope, 7)
    listed = [game for game in games if game.nba_game_id[2] != "6"]
    assert (len({game.date for game in listed}), len(listed)) == (one.dates, one.games)
    assert (min(game.date for game in games), max(game.date for game in games)) == (one.first_day, one.last_day)
    assert len({game.date for game in listed if is_bootstrap(game.date)}) == one.bootstrap_dates


def documented_dates(one):
    """As many dates as the documents state: every day from opening night on, and the last day."""
    last = one.last_day or one.through
    apart = set(all_star_dates(DateRange(one.first_day, last)))
    days = [date for date in DateRange(one.first_day, last).dates() if date not in apart]
    return [*days[: one.dates - 1], last]


def test_a_schedule_of_the_documented_sizes_is_counted_like_the_documents(home):
    for one in documented_seasons():
        given(home, SCHEDULE, [game for date in documented_dates(one) for game in games_of(date)])
    found = numbers(warehouse(home), DOCUMENTED_RANGE)
    plain, with_all_star = (computed_coverage(found, include_all_star=asked) for asked in (False, True))
    assert (plain.dates, plain.bootstrap, plain.expected) == (910, 70, 840)
    assert (with_all_star.dates, with_all_star.bootstrap, with_all_star.expected) == (918, 70, 848)
    said = calendar("coverage", "--include-all-star", "--json")
    lines = {line["source"]: line for line in json.loads(said.stdout)["coverage"]}
    for source in ("documented", "schedule"):
        assert [lines[source][name] for name in ("dates", "bootstrap", "expected")] == [910, 70, 840]
        full = lines[f"{source}, with All-Star"]
        assert [full[name] for name in ("dates", "bootstrap", "expected")] == [918, 70, 848]
    shown = calendar("coverage", "--include-all-star").stdout
    assert "92.4" in shown
    seasons_shown = calendar("seasons").stdout
    assert "853" in seasons_shown
    assert "fewer" not in seasons_shown


def test_only_final_games_count(home):
    schedule(home, [day("2021-11-02"), day("2021-11-04")], [day("2021-11-03")], games=2)
    spoil(home, f"update {SCHEDULE} set is_final = false where game_date = date '2021-11-04'")
    found = numbers(warehouse(home), DateRange(day("2021-11-02"), day("2021-11-04")))
    assert (found.dates, found.games, found.by_type) == (1, 2, {"regular": (1, 2)})
    listed = game_dates(warehouse(home), DateRange(day("2021-11-02"), day("2021-11-04")))
    assert as_csv(listed) == ["game_date,games,is_bootstrap", "2021-11-02,2,false"]


def test_differences_are_explained(home):
    stated = {one.scope: one for one in FINISHED}["2023-24"]
    dates = documented_dates(stated)
    cup = dt.date(2023, 12, 9)
    schedule(home, [*(date for date in dates if date != cup), day("2024-06-01")])
    given(home, SCHEDULE, [game | {"season_type": "cup_final"} for game in games_of(cup)])
    status(home, SCHEDULE, [cup])
    whole = DateRange(stated.first_day, stated.last_day)
    told = differences(stated, numbers(warehouse(home), whole))
    assert told[0] == "the Cup final of 2023-12-09 is not in the documented list"
    assert "says nothing about" in told[1]
    held = {game_date.date for game_date in game_dates(warehouse(home), whole)}
    status(home, SCHEDULE, [date for date in whole.dates() if date not in held], 0, "no_games")
    assert differences(stated, numbers(warehouse(home), whole)) == told[:1]


# The commands


def test_dates_are_listed_as_csv_and_counted(home):
    schedule(home, [day("2021-10-19"), day("2021-11-02")], games=2)
    said = calendar("dates", "--season", "2021-22", "--csv")
    assert said.stdout.splitlines() == [
        "game_date,games,is_bootstrap",
        "2021-10-19,2,true",
        "2021-11-02,2,false",
    ]
    assert "2 game dates, 4 games" in said.stderr
    assert said.exit_code == 0


def test_a_season_without_a_schedule_has_nothing_to_judge(home):
    assert calendar("dates", "--season", "2022-23", "--csv").exit_code == 4
    assert calendar("coverage").exit_code == 4


def test_the_first_four_weeks_stand_beside_the_estimates(home):
    schedule(home, FOUR_WEEKS.dates())
    shown = calendar("coverage", "--window", "first_four_weeks").stdout
    assert "28 calendar days" in shown
    assert "25 dates, 120 games, 3,000 player rows" in shown
