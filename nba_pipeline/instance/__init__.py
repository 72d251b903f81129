"""The Dagster instance of a home: where its history is kept, how it is opened, which runs live.

It reaches into Dagster where Dagster offers no other way, so it is made for one minor version and refuses others.
"""

from importlib.metadata import version

from nba_pipeline.errors import PipelineError

#: The version every test runs with; ``constraints.txt`` pins it, ``pyproject.toml`` allows its minor version.
TESTED_DAGSTER = "1.13.27"


def require_dagster(installed: str) -> None:
    """Refuse a Dagster of another minor version.

    Raises:
        PipelineError: naming the version found and the ones wanted.
    """
    major, minor, _ = TESTED_DAGSTER.split(".")
    if installed.split(".")[:2] != [major, minor]:
        raise PipelineError(
            f"Dagster {installed} is installed, but its event log and run storage are used as {major}.{minor} has them "
            f"(tested with {TESTED_DAGSTER}): pip install 'dagster>={major}.{minor},<{major}.{int(minor) + 1}' "
            "'dagster-webserver' -c constraints.txt"
        )


require_dagster(version("dagster"))
