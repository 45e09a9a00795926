"""How a command ends: one sentence and an exit code, never a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from city.cli.language import say
from city.ports_taken import PortTakenError
from city.settings.load import ConfigurationError
from kernel.errors import BadRequestError, OdoriError, UnavailableError
from serving.failures import describe

FAILED, WRONG_USE, CONFIGURATION, DATABASE, INTERRUPTED = 1, 2, 3, 4, 130


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn whatever is raised into one line on standard error and an exit code."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever reads us has seen enough (`odori device list | head -1`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(WRONG_USE)
    except click.UsageError as error:
        _end(_misused(error), WRONG_USE)
    except click.ClickException as error:
        _end(error.format_message(), FAILED)
    except OdoriError as error:
        _end(error.message, _code(error))
    except Exception as error:  # noqa: BLE001 — a defect; its text may quote anything
        told = describe(error)
        defect = say("This is a defect of Odori", "Odori の不具合です")
        _end(f"{defect}: {told['error']} at {told['at']}", FAILED)


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(f"odori: {sentence}", err=True)
    sys.exit(code)


def _misused(error: click.UsageError) -> str:
    """What is wrong, what was perhaps meant, and where the right words stand."""
    path = error.ctx.command_path if error.ctx is not None else "odori"
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{message}; {say('see', '参照')}: {path} --help"


def _code(error: OdoriError) -> int:
    match error:
        case PortTakenError():
            return WRONG_USE
        case BadRequestError():
            return WRONG_USE
        case ConfigurationError():
            return CONFIGURATION
        case UnavailableError():
            return DATABASE
        case _:
            return FAILED
