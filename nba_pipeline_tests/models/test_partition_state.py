"""One date of one table in, its state out: the state machine of ``nba_processing.partition_state``, case by case."""

import datetime as dt

import pytest

from nba_pipeline.completeness.tracked import tracking_views
from nba_pipeline_tests.models.harness import given, rows_of, warehouse

SEASON = {
    "season_year": 2021,
    "season": "2021-22",
    "regular_start": dt.date(2021, 10, 19),
    "regular_end": dt.date(2022, 4, 10),
    "season_end": dt.date(2022, 6, 20),
    "all_star_start": dt.date(2022, 2, 18),
    "all_star_end": dt.date(2022, 2, 23),
    "bootstrap_end": dt.date(2021, 11, 1),
}
DAY = dt.date(2021, 11, 10)
EARLY = dt.date(2021, 10, 25)
BREAK = dt.date(2022, 2, 20)
SUMMER = dt.date(2022, 8, 1)
SUMMARY = "nba_analytics.player_game_summary"
CACHE = "nba_precompute.player_daily_cache"
LINES = "nba_reference.points_lines"
GAME = "20211110_BOS_NYK"


def state_of(
    table=SUMMARY,
    day=DAY,
    *,
    games=("final",),
    spoke=True,
    published=None,
    reason=None,
    judged=True,
    rows=0,
    used_on=None,
    violation=None,
    failures=(),
    accepted_until=False,
):
    """State and reason of one table and date.

    ``games`` of the schedule are final or not; ``published`` rows (None: never), ``rows`` are there now, each of the
    first game; ``accepted_until`` a date, None for good, False for nobody did.
    """
    con = warehouse()
    given(con, "nba_reference.season_calendar", [SEASON])
    given(
        con,
        "nba_reference.dim_game",
        [
            {"game_id": f"{GAME}{number or ''}", "game_date": day, "season_year": 2021, "is_final": kind == "final"}
            for number, kind in enumerate(games)
        ],
    )
    status = [
        {"table_name": "nba_reference.dim_game", "partition_date": day, "row_count": len(games), "is_judged": True}
        | ({} if games else {"reason": "no_games"})
    ]
    status = status if spoke else []
    if published is not None:
        status.append(
            {
                "table_name": table,
                "partition_date": day,
                "row_count": published,
                "reason": reason,
                "is_judged": judged,
            }
        )
    if used_on:
        status.append({"table_name": table, "partition_date": used_on, "row_count": 5})
    given(con, "nba_processing.partition_status", status)
    date = "cache_date" if table == CACHE else "game_date"
    given(
        con,
        table,
        [{date: day, "player_lookup": f"player{number}", "game_id": GAME} for number in range(rows)]
        if table != CACHE
        else [{date: day, "player_lookup": f"player{number}"} for number in range(rows)],
    )
    if violation:
        given(
            con,
            "nba_processing.check_violations",
            [{"table_name": table, "check_name": "c", "partition_date": day, "severity": violation, "violations": 1}],
        )
    given(
        con,
        "nba_processing.precompute_failures",
        [
            {"processor_name": "player_daily_cache", "analysis_date": day, "entity_id": str(n), "is_correctable": kind}
            for n, kind in enumerate(failures)
        ],
    )
    if accepted_until is not False:
        given(
            con,
            "nba_processing.accepted_gaps",
            [
                {
                    "table_name": table,
                    "partition_date": day,
                    "reason": "never published",
                    "owner": "ann",
                    "expires": accepted_until,
                }
            ],
        )
    (row,) = [
        row
        for row in rows_of(con, "nba_processing.partition_state")
        if row["table_name"] == table and row["partition_date"] == day
    ]
    return row["state"], row["reason"]


YESTERDAY, FAR = dt.date(2021, 1, 1), dt.date(2999, 1, 1)


@pytest.mark.parametrize(
    ("given_facts", "expected"),
    [
        ({"published": 2, "rows": 2}, ("whole", None)),
        ({"published": 2, "rows": 2, "violation": "warn"}, ("whole", None)),
        ({"published": 2, "rows": 2, "violation": "error"}, ("broken", "check_failed")),
        ({"published": 2, "rows": 1}, ("missing", "rows_vanished")),
        ({"published": 2, "rows": 0, "accepted_until": None}, ("missing", "rows_vanished")),
        ({"published": 2, "rows": 3}, ("missing", "rows_added")),
        ({"rows": 2}, ("missing", "rows_added")),
        ({"published": 2, "rows": 2, "judged": False}, ("missing", "unjudged")),
        ({"published": 0, "reason": "source_missing", "judged": False}, ("missing", "unjudged")),
        ({"published": 2, "rows": 2, "games": ("final", "final")}, ("partial", "games_missing")),
        ({"published": 2, "rows": 2, "games": ("final", "due")}, ("whole", None)),
        (
            {"published": 2, "rows": 2, "games": ("final", "final"), "accepted_until": None},
            ("accepted", "accepted"),
        ),
        (
            {"published": 2, "rows": 2, "games": ("final", "final"), "accepted_until": YESTERDAY},
            ("partial", "games_missing"),
        ),
        ({"accepted_until": FAR}, ("accepted", "accepted")),
        ({}, ("missing", "never_computed")),
        ({"published": 0, "reason": "source_missing"}, ("missing", "source_missing")),
        ({"published": 0, "reason": "not_final"}, ("missing", "not_final")),
        ({"published": 0, "reason": "not_final", "games": ("due",)}, ("not_due", "not_final")),
        ({"published": 0, "reason": "source_missing", "games": ("due",)}, ("not_due", "not_final")),
        ({"games": ("due",)}, ("missing", "never_computed")),
        ({"published": 0, "reason": "no_games"}, ("missing", "no_games")),
        ({"published": 0, "reason": "no_games", "games": ()}, ("empty", "no_games")),
        ({"published": 0, "reason": "no_landing_file", "games": ()}, ("empty", "no_games")),
        ({"games": ()}, ("missing", "never_computed")),
        ({"games": (), "spoke": False}, ("unknown", "no_schedule")),
        ({"games": (), "spoke": False, "published": 0, "reason": "no_landing_file"}, ("unknown", "no_schedule")),
        ({"games": (), "spoke": False, "published": 2, "rows": 2}, ("whole", None)),
        (
            {"day": BREAK, "games": (), "spoke": False, "published": 0, "reason": "all_star_break"},
            ("empty", "all_star_break"),
        ),
        ({"day": SUMMER, "games": (), "published": 0, "reason": "off_season"}, ("empty", "off_season")),
    ],
)
def test_a_date_of_a_table_has_one_state(given_facts, expected):
    assert state_of(**given_facts) == expected


@pytest.mark.parametrize(
    ("given_facts", "expected"),
    [
        ({"day": EARLY, "published": 0, "reason": "bootstrap"}, ("empty", "bootstrap")),
        ({"published": 0, "failures": (False, False)}, ("empty", "only_expected_failures")),
        ({"published": 0, "failures": (False, True)}, ("missing", "correctable_failures")),
        ({"published": 0}, ("missing", "unexplained")),
        ({"published": 3, "rows": 3, "failures": (True,)}, ("whole", None)),
    ],
)
def test_a_table_of_slates_may_be_empty_for_want_of_history(given_facts, expected):
    assert state_of(CACHE, **given_facts) == expected


@pytest.mark.parametrize(
    ("given_facts", "expected"),
    [
        ({"reason": "source_missing"}, ("not_applicable", "source_not_in_use")),
        ({"reason": "source_missing", "used_on": dt.date(2021, 12, 1)}, ("missing", "source_missing")),
        ({"reason": "source_missing", "used_on": dt.date(2022, 11, 1)}, ("not_applicable", "source_not_in_use")),
        ({"reason": "no_readable_rows"}, ("missing", "no_readable_rows")),
    ],
)
def test_a_source_with_nothing_in_the_season_is_not_applicable(given_facts, expected):
    assert state_of(LINES, published=0, **given_facts) == expected


@pytest.mark.parametrize("path", tracking_views(), ids=lambda path: path.stem)
def test_a_stored_view_is_the_one_the_contracts_make(path):
    """``nba-pipeline dictionary`` repairs it."""
    assert path.read_text(encoding="utf-8") == tracking_views()[path]
