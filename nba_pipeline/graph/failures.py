"""How an error that a user can act on ends a step: its message on the run's page, its facts as metadata, no retries."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from nba_pipeline.errors import PipelineError, WarehouseBusyError
from nba_pipeline.validation.defence import failure_metadata


@contextmanager
def ends_the_step() -> Generator[None]:
    """Fail the step with the message of such an error; only a busy warehouse is worth another attempt."""
    try:
        yield
    except PipelineError as error:
        raise dg.Failure(
            description=str(error),
            metadata=failure_metadata(error),
            allow_retries=isinstance(error, WarehouseBusyError),
        ) from error
