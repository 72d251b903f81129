"""The tests. What is derived from table files while they run is kept in a cache of their own, shared by all workers."""

import os
from pathlib import Path

# Before anything imports the package, which looks for its cache then.
os.environ["XDG_CACHE_HOME"] = str(Path(__file__).parent.parent / ".pytest_cache" / "d")
