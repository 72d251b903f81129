"""What an archive ends without is accepted in its name; what looks like a hole is named with the command."""

import datetime as dt

import pytest

from nba_pipeline.calendar import DateRange, last_partition
from nba_pipeline.completeness.accepted_gaps import accepted_gaps
from nba_pipeline.home import Home
from nba_pipeline.landing import put
from nba_pipeline.operations.archive_gaps import OWNER, accept_lacking
from nba_pipeline.warehouse.embedded import EmbeddedWarehouse

OPENING = dt.date(2021, 10, 19)
SEASON = DateRange(OPENING, dt.date(2022, 6, 16))
#: Forty dates with games, each two days after the one before.
PLAYED = [OPENING + dt.timedelta(days=2 * number) for number in range(40)]
BOX, SHOTS, PLAYERS = "nba_reference.player_box_lines", "nba_reference.shot_events", "nba_analytics.player_game_summary"


@pytest.fixture
def home(tmp_path) -> Home:
    made = Home(tmp_path / "home")
    for day in PLAYED:
        land(made, "nbac_schedule", day, "gameId\n22100001\n")
        land(made, "nbac_schedule", day + dt.timedelta(days=1), "gameId\n")
    return made


def land(home: Home, source: str, day: dt.date, text: str) -> None:
    put(home.landing, source, day, dt.datetime(2022, 7, 1, tzinfo=dt.UTC), "archive", text.encode(), "csv")


def decided(home: Home) -> dict[str, list[str]]:
    """What counts as accepted by the archive, by table."""
    found: dict[str, list[str]] = {}
    for one in accepted_gaps(EmbeddedWarehouse(home.warehouse)):
        assert one.owner == OWNER
        found.setdefault(one.table, []).append(one.dates.words)
    return found


@pytest.mark.parametrize(
    ("box_scores", "shots", "accepted", "said"),
    [
        # everything is there; a kind nobody ever had is no gap
        (PLAYED, PLAYED, {}, []),
        (PLAYED, [], {}, []),
        # the last game date has no box scores: the end of an archive
        (
            PLAYED[:-1],
            PLAYED,
            {BOX: ["2022-01-05"]},
            [
                (
                    "2021-22: no source has player box scores of 1 of 40 game dates (2022-01-05): accepted; take it "
                    "back with nba-pipeline accept withdraw player_box_lines 2022-01-05"
                )
            ],
        ),
        # shots of the first half only: nobody needs them
        (PLAYED, PLAYED[:20], {SHOTS: ["2021-11-28...2022-01-05"]}, None),
        # a quarter of the box scores is missing: a hole, not the end of an archive
        (
            PLAYED[:30],
            PLAYED,
            {},
            [
                (
                    "2021-22: no source has player box scores of 10 of 40 game dates (2021-12-18...2022-01-05): ingest "
                    "a source that has them, or live with it: nba-pipeline accept gap player_box_lines "
                    "2021-12-18...2022-01-05 --reason TEXT"
                )
            ],
        ),
    ],
)
def test_what_no_source_has(home, box_scores, shots, accepted, said):
    for day in box_scores:
        land(home, "nbac_player_boxscores", day, "GAME_ID\n22100001\n")
    for day in shots:
        land(home, "nbac_shot_chart", day, "GAME_ID\n22100001\n")
    found = accept_lacking(EmbeddedWarehouse(home.warehouse), home.landing, SEASON)
    held = decided(home)
    assert {table: held[table] for table in (BOX, SHOTS) if table in held} == accepted
    assert (PLAYERS in held) == (BOX in accepted)
    if said is not None:
        assert [one.line for one in found] == said


def test_what_is_missing_of_the_last_month_may_still_come(home):
    recent = last_partition() - dt.timedelta(days=3)
    for day in PLAYED:
        land(home, "nbac_player_boxscores", day, "GAME_ID\n22100001\n")
    land(home, "nbac_schedule", recent, "gameId\n22600001\n")
    land(home, "nbac_player_boxscores", recent - dt.timedelta(days=1), "GAME_ID\n22600001\n")
    assert accept_lacking(EmbeddedWarehouse(home.warehouse), home.landing, DateRange(OPENING, recent)) == []


def test_what_comes_later_is_no_longer_accepted(home):
    for day in PLAYED[:-1]:
        land(home, "nbac_player_boxscores", day, "GAME_ID\n22100001\n")
    accept_lacking(EmbeddedWarehouse(home.warehouse), home.landing, SEASON)
    assert BOX in decided(home)
    land(home, "bdl_player_boxscores", PLAYED[-1], "id\n1\n")
    accept_lacking(EmbeddedWarehouse(home.warehouse), home.landing, SEASON)
    assert decided(home) == {}
