"""The command line: reads what the user typed, calls the package, prints. Decisions live in the modules it calls.

Exit codes: 0 passed, 1 a run, gate or error-level check failed, 2 warnings only, 3 a wrong request, 4 nothing to judge.
"""

import sys

import typer
from typer.exceptions import Abort, TyperException

from nba_pipeline.cli import backfill, build, clean, notify, report, verify, watch
from nba_pipeline.cli.output import Exit
from nba_pipeline.errors import PipelineError, UsageError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
for commands in (build, verify, backfill, watch, report, clean, notify):
    app.add_typer(commands.app)


def main() -> None:
    """Entry point of ``nba-pipeline``."""
    try:
        sys.exit(app(standalone_mode=False) or Exit.PASSED)
    except (KeyboardInterrupt, Abort):
        print("nba-pipeline: interrupted; stored partitions are whole", file=sys.stderr)
        sys.exit(130)
    except TyperException as error:
        print(f"nba-pipeline: {str(error) or 'name a command; nba-pipeline --help lists them.'}", file=sys.stderr)
        sys.exit(Exit.BAD_REQUEST)
    except UsageError as error:
        print(f"nba-pipeline: {error}", file=sys.stderr)
        sys.exit(Exit.BAD_REQUEST)
    except PipelineError as error:
        print(f"nba-pipeline: {error}", file=sys.stderr)
        sys.exit(Exit.BLOCKED)
