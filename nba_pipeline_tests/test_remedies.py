"""Commands in messages are commands: each is understood by the command line as it is printed."""

import datetime as dt
import shlex

import pytest
import typer

from nba_pipeline import remedies
from nba_pipeline.calendar import DateRange
from nba_pipeline.cli import app

DATES = DateRange(dt.date(2021, 11, 2), dt.date(2021, 11, 4))
ONE = DateRange(dt.date(2021, 11, 2), dt.date(2021, 11, 2))
TABLES = ["nba_raw.nbac_schedule", "nba_reference.dim_game"]


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (remedies.backfill(DATES), "nba-pipeline backfill --start 2021-11-02 --end 2021-11-04"),
        (
            remedies.backfill([DATES.end, DATES.start], TABLES, "missing+failed"),
            f"nba-pipeline backfill {' '.join(TABLES)} --start 2021-11-02 --end 2021-11-04 --mode missing+failed",
        ),
        (
            remedies.backfill(ONE, sequential=True),
            "nba-pipeline backfill --sequential --start 2021-11-02 --end 2021-11-02",
        ),
        (
            remedies.orchestrate(DATES, "L2", "all"),
            "nba-pipeline orchestrate --start 2021-11-02 --end 2021-11-04 --from-level L2 --mode all",
        ),
        (
            remedies.materialize(ONE, TABLES),
            f"nba-pipeline materialize {' '.join(TABLES)} --partition-range 2021-11-02",
        ),
        (
            remedies.materialize(DATES, TABLES[:1]),
            "nba-pipeline materialize nba_raw.nbac_schedule --partition-range 2021-11-02...2021-11-04",
        ),
    ],
)
def test_a_remedy_is_a_command_that_is_understood(command, printed):
    assert command == printed
    program, name, *words = shlex.split(command)
    assert program == "nba-pipeline"
    group = typer.main.get_command(app)
    group.get_command(None, name).make_context(name, words)
