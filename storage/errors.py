"""What callers hear of a database's failures: that it is away, never what its driver said."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from kernel.errors import OurError, UnavailableError
from serving.failures import describe

_log = structlog.get_logger("odori.storage")


class NewerSchemaError(OurError):
    """The database was written by a newer release; this one does not touch it."""


def unavailable(error: BaseException) -> UnavailableError:
    """Log a driver's failure without quoting it, and give the error that callers get."""
    _log.error("database failed", **describe(error))
    return UnavailableError("The database is not available")


@contextmanager
def translating(driver_error: type[Exception] | tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn a driver's exceptions into `UnavailableError`; all others pass."""
    try:
        yield
    except driver_error as error:
        raise unavailable(error) from None
