"""Errors that a user can act on, and nothing else.

Every message names what was attempted, the offending value and place, and what to do. Errors that only a
programmer can cause stay plain Python exceptions where they arise.
"""

import datetime as dt
from collections.abc import Sequence


class PipelineError(Exception):
    """Base of all errors shown to a user as one message without a traceback."""


class UsageError(PipelineError):
    """A request that cannot be carried out as asked: wrong range, unknown table, unknown season. Exit code 3."""


class ContractError(PipelineError):
    """A table file that contradicts itself, its query or its upstreams; names file, line and fix."""


class WarehouseBusyError(PipelineError):
    """Another process holds the embedded warehouse longer than the wait that was allowed."""


class AuditError(PipelineError):
    """Staged rows that break their contract; nothing was published."""


class DependencyError(PipelineError):
    """A date may not be computed because what it stands on is not whole.

    Args:
        message: says what is missing and the command that repairs it.
        blocked_date: first slate that may not be computed.
        upstream: table that is not whole.
        missing_dates: its dates to repair.
        command: repairs them.
    """

    def __init__(
        self, message: str, *, blocked_date: dt.date, upstream: str, missing_dates: Sequence[dt.date], command: str
    ) -> None:
        super().__init__(message)
        self.blocked_date = blocked_date
        self.upstream = upstream
        self.missing_dates = tuple(missing_dates)
        self.command = command
