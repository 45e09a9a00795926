"""How log lines look. Standard-library loggers of libraries are quiet below warnings."""

import logging
import sys
from typing import Final

import structlog

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}
_SEVERITIES: Final = {
    **_LEVELS,
    "warn": logging.WARNING,
    "exception": logging.ERROR,
    "critical": logging.CRITICAL,
}
"""By the methods of loggers."""


class LogLevel:
    """The least severe message that is logged; it may change while the process runs."""

    def __init__(self, name: str = "info") -> None:
        self.name = name

    @property
    def name(self) -> str:
        """One of `debug`, `info`, `warning`, `error`, `fatal`, `none`."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._least = _LEVELS[name]
        self._name = name

    def admit(
        self, _logger: object, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        """A processor that drops what is not severe enough."""
        if _SEVERITIES[method] < self._least:
            raise structlog.DropEvent
        return event


LOG_LEVEL: Final = LogLevel()
"""Of this process, as the configuration of structlog is."""


def set_up_logs(level: str, log_format: str) -> None:
    """Log to standard error, as JSON lines or for a person; no exception text ever."""
    LOG_LEVEL.name = level
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            LOG_LEVEL.admit,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        # Loggers are made once, for every level: which one counts may change.
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries quote topics, payloads and documents in their messages: only that something was
    # said is worth hearing, and that we say ourselves.
    logging.basicConfig(level=logging.CRITICAL + 1, handlers=[logging.NullHandler()], force=True)
