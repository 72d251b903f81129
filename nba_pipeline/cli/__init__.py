"""The command line: reads what the user typed, calls the package, prints. Decisions live in the modules it calls.

Exit codes: 0 passed, 1 a run, gate or error-level check failed, 2 warnings only, 3 a wrong request, 4 nothing to judge.
"""

import errno
import os
import sys

import typer
from typer.exceptions import Abort, TyperException

from nba_pipeline.cli import accept, backfill, build, clean, notify, payloads, registry, verify, watch
from nba_pipeline.cli.output import Exit
from nba_pipeline.errors import PipelineError, UsageError
from nba_pipeline.home import current_home

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
for commands in (build, verify, backfill, watch, accept, clean, registry, notify):
    app.add_typer(commands.app)
build.ingest.add_typer(payloads.app)


_REMEDIES = {
    errno.ENOSPC: "free space there, or name another home by NBA_PIPELINE_HOME, and run the command again.",
    errno.EDQUOT: "free space there, or name another home by NBA_PIPELINE_HOME, and run the command again.",
    errno.EEXIST: "something else is in the way of a folder: move it, or name another home by NBA_PIPELINE_HOME.",
    errno.ENOTDIR: "a file is in the way of a folder: move it, or name another home by NBA_PIPELINE_HOME.",
    errno.ENOENT: "the file or folder went away while the command ran, or was never there: check the path.",
}
_REMEDY = "give this user the right to read and write there, or name another home by NBA_PIPELINE_HOME."


def _place_unusable(error: OSError) -> str:
    place = error.filename or current_home().root
    return f"{place}: {error.strerror or error}; {_REMEDIES.get(error.errno or 0, _REMEDY)}"


def _history_unusable(error: Exception) -> str:
    cause = str(getattr(error, "orig", None) or error)
    folder = current_home().dagster
    if "malformed" in cause or "not a database" in cause:
        remedy = f"the file is damaged: move {folder} away; a new history begins, the tables stay as they are."
    elif "full" in cause:
        remedy = _REMEDIES[errno.ENOSPC]
    elif "locked" in cause:
        remedy = "another process holds it: wait for it to end and run the command again."
    else:
        remedy = _REMEDY
    return f"The run history in {folder} cannot be used ({cause}): {remedy}"


def _storage_unusable(error: Exception) -> str | None:
    """What an error of the engine or of the history means; None for any other."""
    # Not at the top: --help need not wait for them.
    import sqlite3

    import duckdb
    from sqlalchemy.exc import DatabaseError

    if isinstance(error, duckdb.OperationalError):
        first = str(error).partition("\n")[0]
        return (
            f"The warehouse {current_home().warehouse} cannot be used ({first}): free space there or "
            "give this user the right to write, and run the command again; stored partitions are whole."
        )
    return _history_unusable(error) if isinstance(error, sqlite3.DatabaseError | DatabaseError) else None


def main() -> None:
    """Entry point of ``nba-pipeline``."""
    # What is written is its owner's alone.
    os.umask(0o077)
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
    except OSError as error:
        print(f"nba-pipeline: {_place_unusable(error)}", file=sys.stderr)
        sys.exit(Exit.BLOCKED)
    except Exception as error:
        said = _storage_unusable(error)
        if said is None:
            raise
        print(f"nba-pipeline: {said}", file=sys.stderr)
        sys.exit(Exit.BLOCKED)
