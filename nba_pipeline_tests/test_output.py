"""What a terminal and a Markdown page are told of values that came from outside."""

import pytest

from nba_pipeline.cli.output import printable
from nba_pipeline.cli.parts import Grid, show
from nba_pipeline.markup import in_html, markdown, one_line


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


def test_a_table_has_as_many_lines_as_rows(capsys) -> None:
    show([Grid("Players", ("name", "why"), [("<b>|x\n", "sick\x1b[2J"), ("[red]y", "")])])
    assert capsys.readouterr().out == "Players\n  name    why\n  <b>|x   sick[2J\n  [red]y\n"
