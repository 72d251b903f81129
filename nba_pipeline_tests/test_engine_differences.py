"""Expressions of GoogleSQL that DuckDB understands in another way: each is rendered to the same value, or refused.

The values are those GoogleSQL documents, written down by hand.
"""

import datetime as dt

import duckdb
import pytest

from nba_pipeline.errors import PipelineError
from nba_pipeline.warehouse.dialect import render

VALUES = [
    # counting nothing
    ("countif(x > 1) from (select 1 as x) where x is null", 0),
    ("countif(x) from (select cast(null as bool) as x)", 0),
    ("countif(x > 0.5) from unnest([0.2, 0.7, 0.9]) as x", 2),
    ("countif(x is null) from unnest([1, null, 3]) as x", 1),
    ("max(c) from (select countif(x > 5) over (partition by y) as c from (select 1 as x, 2 as y))", 0),
    ("safe_divide(countif(x > 1), count(*)) from (select 2 as x) where x is null", None),
    # NULL among the arguments
    ("greatest(1, null)", None),
    ("least(2, null)", None),
    ("concat('a', null)", None),
    ("coalesce(null, 3)", 3),
    # rounding: half away from zero
    ("round(2.5)", 3.0),
    ("round(-2.5)", -3.0),
    ("cast(round(-2.5) as int64)", -3),
    ("0.1 + 0.2", 0.1 + 0.2),
    # columns as rows: NULLs are left out unless asked for
    ("count(*) from (select 1 as a, 2 as b, cast(null as int64) as c) unpivot (v for k in (a, b, c))", 2),
    ("count(*) from (select 1 as a, cast(null as int64) as c) unpivot include nulls (v for k in (a, c))", 2),
    ("string_agg(k, ',' order by v) from (select 2 as a, 1 as b) unpivot (v for k in (a, b))", "b,a"),
    # the frame orders what a window concatenates
    (
        (
            "max(s) from (select string_agg(x, ',') over (order by x rows between 1 preceding and current row) as s"
            " from unnest(['c', 'a', 'b']) as x)"
        ),
        "b,c",
    ),
    # whole numbers: towards zero
    ("div(-7, 2)", -3),
    ("mod(-7, 3)", -1),
    ("sign(-2)", -1),
    # division is never whole
    ("7 / 2", 3.5),
    # texts
    ("substr('abc', -2)", "bc"),
    ("substr('abc', 2, 1)", "b"),
    ("strpos('abc', 'z')", 0),
    ("split('a,b', ',')[offset(0)]", "a"),
    ("cast(true as string)", "true"),
    ("cast(date '2024-01-02' as string)", "2024-01-02"),
    ("cast(12 as string)", "12"),
    ("string_agg(x, ',' order by x) from unnest(['b', 'a']) as x", "a,b"),
    ("regexp_contains('a load management night', r'\\bload management\\b')", True),
    # dates
    ("date_diff(date '2024-01-03', date '2024-01-01', day)", 2),
    ("cast(date_sub(date '2024-03-31', interval 1 month) as date)", dt.date(2024, 2, 29)),
    ("cast(date_add(date '2024-12-31', interval 1 day) as date)", dt.date(2025, 1, 1)),
    ("extract(year from date '2024-12-31')", 2024),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[expression for expression, _ in VALUES])
def test_one_value_on_both_engines(expression: str, value: object) -> None:
    with duckdb.connect() as connection:
        ((found,),) = connection.execute(render(f"select {expression}")[0]).fetchall()
    assert found == value


@pytest.mark.parametrize(
    "expression",
    [
        "timestamp_diff(started, ended, hour)",
        "datetime_diff(started, ended, day)",
        "timestamp_trunc(started, hour)",
        "date_trunc(day, month)",
        "extract(dayofweek from day)",
        "extract(week from day)",
        "substr(name, 0, 2)",
        "format('%d', games)",
    ],
)
def test_what_differs_is_refused_with_what_to_write(expression: str) -> None:
    with pytest.raises(PipelineError, match="differs between the engines: "):
        render(f"select {expression} from nba_analytics.player_game_summary")
