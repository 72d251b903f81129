"""What a terminal and a Markdown page are told of values that came from outside."""

from nba_pipeline.cli.output import printable
from nba_pipeline.graph.checks import markdown_cell


def test_a_name_cannot_command_the_terminal() -> None:
    assert printable("LeBron \x1b[31mJames\x07\x9b2J\u202e, Dončić\tok\n") == "LeBron [31mJames2J, Dončić\tok\n"


def test_a_value_is_no_markup_and_stays_in_its_cell() -> None:
    assert markdown_cell("<b>a|b</b>\nx & y") == "&lt;b&gt;a\\|b&lt;/b&gt; x &amp; y"
