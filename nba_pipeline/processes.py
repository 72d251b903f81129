"""Processes of this machine: whether one that left something behind still exists."""

import os
from pathlib import Path

#: Clocks that are read apart: the kernel counts in ticks, an event carries its own time.
_CLOCK_SECONDS = 2.0


def is_alive(process: int, spoke: float | None = None) -> bool:
    """Whether a process with this id exists, whoever owns it.

    Args:
        process: id.
        spoke: Unix time at which it is known to have lived. The kernel gives the id of a dead process to a new one,
            and every container has a process 1: one that began later is another process.
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    began = _began(process) if spoke is not None else None
    return began is None or spoke is None or began <= spoke + _CLOCK_SECONDS


def _began(process: int) -> float | None:
    """Unix time at which a process began; None where the kernel does not say."""
    try:
        after_name = (
            Path("/proc", str(process), "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        )
        kernel = Path("/proc/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    (booted,) = (float(line.split()[1]) for line in kernel.splitlines() if line.startswith("btime "))
    return booted + int(after_name.split()[19]) / os.sysconf("SC_CLK_TCK")
