"""Which Dagster this works with: what is tested, what may be installed, and what is said about any other."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from nba_pipeline.errors import PipelineError
from nba_pipeline.instance import TESTED_DAGSTER, require_dagster

ROOT = Path(__file__).parents[2]


def test_the_tested_version_is_pinned_and_installed():
    assert f"dagster=={TESTED_DAGSTER}" in (ROOT / "constraints.txt").read_text().split()
    assert f"dagster-webserver=={TESTED_DAGSTER}" in (ROOT / "constraints.txt").read_text().split()
    assert version("dagster") == TESTED_DAGSTER


def test_only_its_minor_version_may_be_installed():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    minor = ".".join(TESTED_DAGSTER.split(".")[:2])
    assert {one for one in wanted if re.match(r"dagster(-webserver)?\b(?!-gcp)", one)} == {
        f"dagster>={minor},<1.14",
        f"dagster-webserver>={minor},<1.14",
    }


@pytest.mark.parametrize("installed", ["1.12.9", "1.14.0", "2.13.27", "1.130.1"])
def test_another_minor_version_is_refused_with_the_one_found_and_the_one_wanted(installed):
    with pytest.raises(PipelineError) as refused:
        require_dagster(installed)
    assert f"Dagster {installed} is installed" in str(refused.value)
    assert f"tested with {TESTED_DAGSTER}" in str(refused.value)
    assert "dagster>=1.13,<1.14" in str(refused.value)


@pytest.mark.parametrize("installed", [TESTED_DAGSTER, "1.13.0", "1.13.99"])
def test_other_patches_of_it_are_accepted(installed):
    require_dagster(installed)
