"""How a command ends: one sentence and an exit code, never a traceback for what people do wrong."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from city.ports_taken import PortTakenError
from city.settings.load import ConfigurationError
from kernel.errors import OdoriError, UnavailableError

FAILED, WRONG_USE, CONFIGURATION, DATABASE, INTERRUPTED = 1, 2, 3, 4, 130


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what Odori raises on purpose into one line on standard error and its exit code."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OdoriError as error:
        click.echo(f"odori: {error.message}", err=True)
        sys.exit(_code(error))


def _code(error: OdoriError) -> int:
    match error:
        case PortTakenError():
            return WRONG_USE
        case ConfigurationError():
            return CONFIGURATION
        case UnavailableError():
            return DATABASE
        case _:
            return FAILED
