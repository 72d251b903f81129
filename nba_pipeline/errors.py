"""Errors that a user can act on, and nothing else.

Every message names what was attempted, the offending value and place, and what to do. Errors that only a
programmer can cause stay plain Python exceptions where they arise.
"""


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
