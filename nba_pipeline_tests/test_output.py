"""What a terminal and a Markdown page are told of values that came from outside."""

import datetime as dt

import pytest

from nba_pipeline.calendar import DateRange
from nba_pipeline.document import (
    Bar,
    Heading,
    HeatMap,
    Legend,
    Table,
    as_data,
    as_html,
    as_markdown,
    duration,
    exit_code,
    pct,
    plain,
)
from nba_pipeline.markup import in_html, markdown, one_line, printable


def test_a_name_cannot_command_the_terminal() -> None:
    assert printable("LeBron \x1b[31mJames\x07\x9b2J\u202e, Dončić\tok\n") == "LeBron [31mJames2J, Dončić\tok\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<b>a|b</b>\nx & y", "&#60;b&#62;a&#124;b&#60;/b&#62; x &#38; y"),
        ("a\\|b `c` [d](e)", "a\\&#124;b &#96;c&#96; &#91;d](e)"),
        ("x\x1b[31my\r\nz\u2028w\ud800", "x&#91;31my  z w"),
        (None, "None"),
    ],
)
def test_a_value_is_no_markup_and_stays_in_its_cell(value, shown) -> None:
    assert markdown(value) == shown


def test_a_value_of_a_page_is_text() -> None:
    assert in_html("<b>'|x\n\"&\x00") == "&lt;b&gt;&#x27;|x &quot;&amp;"
    assert one_line("a\tb\vc\x85d\u200be") == "a b c de"


PARTS = [
    Heading("Are they <ready>?", 1),
    "Two | players",
    Table("Players", ("name", "games", "why"), [("<b>|x\n", 7, "sick\x1b[2J"), ("[red]y", 12, None)]),
    Bar("Phase 3", 1, 4, "25.0 %"),
    HeatMap("2021-22", {"cache": [("whole", "2021-11-02 <3 rows>")]}),
    Legend({"whole": ("#2e8b57", "all there")}),
]


def test_piped_parts_are_plain_lines_a_row_each_numbers_to_the_right():
    assert plain(PARTS) == [
        "Are they <ready>?",
        "Two | players",
        "Players",
        "  name    games  why",
        "  <b>|x       7  sick[2J",
        "  [red]y     12",
        "Phase 3: 1/4 25.0 %",
    ]


def test_long_cells_are_whole_and_push_only_their_own_row():
    first, second = plain([Table("", ("why", "then"), [("x" * 200, "a"), ("short", "b")])])[1:]
    assert first == f"  {'x' * 200}  a"
    assert second == f"  {'short':60}  b"


def test_a_markdown_page_takes_no_cell_for_structure():
    heading, sentence, title, table, bar = as_markdown(PARTS).split("\n\n")
    assert (heading, sentence) == ("**Are they &#60;ready&#62;?**", "Two &#124; players")
    assert (title, bar) == ("**Players**", "Phase 3: 1/4 25.0 %")
    assert table.splitlines() == [
        "| name | games | why |",
        "| --- | --- | --- |",
        "| &#60;b&#62;&#124;x  | 7 | sick&#91;2J |",
        "| &#91;red]y | 12 |  |",
    ]


def test_an_html_page_draws_the_marks_and_escapes_everything():
    page = as_html(PARTS, "a <title>")
    assert "<title>a &lt;title&gt;</title>" in page
    assert "<h1>Are they &lt;ready&gt;?</h1><p>Two | players</p>" in page
    assert "<td>&lt;b&gt;|x <td>7<td>sick[2J" in page
    assert "<b>cache</b><div><i class=whole title='2021-11-02 &lt;3 rows&gt;'></i></div>" in page
    assert ".whole{background:#2e8b57}" in page


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (("PASS", "INFO"), 0),
        (("PASS", "WARN", "FAIL"), 1),
        (("PASS", "ERROR"), 1),
        (("PASS", "WARN", "NOT_APPLICABLE"), 2),
        (("INFO", "NOT_APPLICABLE"), 4),
        ((), 4),
    ],
)
def test_one_exit_code_for_every_verdict(verdicts, code):
    assert exit_code(*verdicts) == code


def test_a_share_that_is_not_whole_never_looks_whole():
    assert [pct(value) for value in (None, 0, 99.97, 100.0)] == ["-", "0.0", "99.9", "100.0"]
    assert pct(99.999, 2) == "99.99"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.2, "1 s"), (36, "36 s"), (402, "6.7 min"), (5400, "1.5 h"), (302400, "3.5 days")],
)
def test_one_way_to_say_a_time(seconds, said):
    assert duration(seconds) == said


def test_documents_are_made_of_dates_as_text_and_nothing_for_empty_words():
    day = dt.date(2021, 11, 2)
    stated = as_data({day: DateRange(day, day), "why": "", "share": 1 / 3, "tables": ("a",)})
    assert stated == {
        "2021-11-02": {"start": "2021-11-02", "end": "2021-11-02"},
        "why": None,
        "share": 0.3333,
        "tables": ["a"],
    }
