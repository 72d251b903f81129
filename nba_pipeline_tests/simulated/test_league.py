"""The simulated league adds up, repeats by seed, and a part of it is the same as in the whole."""

import datetime as dt
from collections import Counter

import pytest

from nba_pipeline import simulated
from nba_pipeline.calendar import season
from nba_pipeline.errors import UsageError
from nba_pipeline.simulated import simulate
from nba_pipeline.simulated.people import absences, roster_on
from nba_pipeline.simulated.play import play
from nba_pipeline.simulated.slate import FIRST_WEEKS, season_schedule

OPENING = dt.date(2021, 10, 19)


@pytest.fixture(scope="module")
def played():
    known = season("2021-22")
    games = [game for game in season_schedule("2021-22", 7) if game.date <= OPENING + dt.timedelta(days=1)]
    return [play(game, roster_on(known, game.date, 7), {}, 7) for game in games]


@pytest.mark.parametrize("label", ["2021-22", "2024-25"])
def test_a_season_has_82_games_per_team_and_nobody_plays_twice_a_date(label):
    games = season_schedule(label, 7)
    regular = [game for game in games if game.nba_game_id[2] == "2"]
    assert len(regular) == 1230
    assert set(Counter(team for game in regular for team in (game.home, game.away)).values()) == {82}
    assert max(Counter((game.date, team) for game in games for team in (game.home, game.away)).values()) == 1


def test_the_first_four_weeks_have_the_real_counts_of_games():
    counts = Counter(game.date for game in season_schedule("2021-22", 7))
    assert tuple(counts[OPENING + dt.timedelta(days=day)] for day in range(28)) == FIRST_WEEKS
    assert sum(FIRST_WEEKS) == 209


def test_box_scores_add_up(played):
    for one in played:
        for lines in one.lines.values():
            assert sum(line.seconds for line in lines) == 14_400 + 1_500 * one.overtimes
            for line in lines:
                count = line.counts
                assert count["points"] == 2 * (count["fgm"] - count["fg3m"]) + 3 * count["fg3m"] + count["ftm"]
                assert count["fgm"] <= count["fga"]
                assert line.status == "active" or not any(count.values())
        assert one.score(one.game.home) != one.score(one.game.away)


def test_the_same_seed_writes_the_same_bytes_and_a_part_is_as_in_the_whole(tmp_path):
    days = [OPENING, OPENING + dt.timedelta(days=1)]
    whole, part = tmp_path / "whole", tmp_path / "part"
    simulate(whole, seed=7, start=days[0], end=days[1])
    simulate(part, seed=7, start=days[1], end=days[1])
    written = {path.relative_to(part) for path in part.glob("*/2021-10-20/*")}
    assert written
    assert written == {path.relative_to(whole) for path in whole.glob("*/2021-10-20/*")}


def test_absences_are_spells():
    out = absences(season("2021-22"), 7)
    assert any(len(days) > 3 for days in out.values())


def test_an_unknown_fault_is_refused_with_the_valid_names(tmp_path):
    with pytest.raises(UsageError, match="Unknown fault 'rain': choose all, none or from gamebook_missing_game"):
        simulate(tmp_path, start=OPENING, end=OPENING, faults=["rain"])


@pytest.mark.parametrize("label", ["2021-22", "2023-24"])
def test_whoever_wins_a_playoff_series_wins_four_and_the_last(label):
    known = season(label)
    rosters = roster_on(known, known.season_end, 7)
    series: dict[frozenset[str], list[str]] = {}
    for game in season_schedule(label, 7):
        if game.nba_game_id[2] == "4":
            played = play(game, rosters, {}, 7)
            winner = max((game.home, game.away), key=played.score)
            series.setdefault(frozenset((game.home, game.away)), []).append(winner)
    assert len(series) == 15
    for winners in series.values():
        assert winners.count(winners[-1]) == 4
        assert len(winners) <= 7
    champion = list(series.values())[-1][-1]
    assert sum(champion in pair for pair in series) == 4


def test_many_dates_shared_out_to_processes_are_the_same_files(tmp_path, monkeypatch):
    one, two = tmp_path / "one", tmp_path / "two"
    end = OPENING + dt.timedelta(days=2)
    simulate(one, seed=7, start=OPENING, end=end)
    monkeypatch.setattr(simulated, "_MANY_DATES", 2)
    monkeypatch.setattr(simulated.os, "cpu_count", lambda: 2)
    simulate(two, seed=7, start=OPENING, end=end)
    assert {path.relative_to(one) for path in one.rglob("*")} == {path.relative_to(two) for path in two.rglob("*")}
    manifest = "_manifest/seed_7.json"
    assert (one / manifest).read_bytes() == (two / manifest).read_bytes()


def test_a_game_sent_to_overtime_gets_there(played):
    known = season("2021-22")
    game = played[0].game
    longer = play(game, roster_on(known, game.date, 7), {}, 7, goes_to_overtime=True)
    assert longer.overtimes >= 1
    assert longer.score(game.home) != longer.score(game.away)
