"""Orion's manual, "Management REST interface": what is logged, told and changed while it runs."""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec
from aiohttp import web

from broker.v2.replies import Replies
from kernel.errors import BadRequestError

_SHOWN: Final = {
    "none": "NONE",
    "fatal": "FATAL",
    "error": "ERROR",
    "warning": "WARN",
    "info": "INFO",
    "debug": "DEBUG",
}
_WRITTEN: Final = {**{name: name for name in _SHOWN}, "warn": "warning"}
_LARGEST_DIGITS: Final = 18


class LogLevel(Protocol):
    """The least severe message that the process logs."""

    name: str
    """One of `none`, `fatal`, `error`, `warning`, `info`, `debug`."""


class _Shape(msgspec.Struct):
    """Orion's other settings of its log, with its defaults.

    They are kept and shown, and mean nothing here: payloads are logged in no length, and no
    feature is old enough to be deprecated.
    """

    payload_bytes: int = 5_120
    line_bytes: int = 32_768
    deprecate: bool = False


class LogSettings:
    """`/admin/log`."""

    def __init__(self, replies: Replies, level: LogLevel) -> None:
        self._replies = replies
        self._level = level
        self._shape = _Shape()

    async def get(self, request: web.Request) -> web.Response:
        """How it is now."""
        shape = self._shape
        told = {
            "level": _SHOWN[self._level.name],
            "infoPayloadMaxSize": shape.payload_bytes,
            "lineMaxSize": shape.line_bytes,
            "deprecate": shape.deprecate,
        }
        return self._replies.json(self._replies.correlator(request), told)

    async def put(self, request: web.Request) -> web.Response:
        """Change what the query string names; there is no body."""
        correlator = self._replies.correlator(request)
        self._change(request.query)
        return self._replies.done(correlator)

    def _change(self, query: Mapping[str, str]) -> None:
        level, shape = query.get("level", ""), self._shape
        lines, payloads = query.get("lineMaxSize", ""), query.get("infoPayloadMaxSize", "")
        deprecate = query.get("deprecate", "")
        if not (level or lines or payloads or deprecate):
            raise BadRequestError("log config missing")
        wanted = _Shape(
            line_bytes=_size(lines, "lineMaxSize") if lines else shape.line_bytes,
            payload_bytes=(
                _size(payloads, "infoPayloadMaxSize") if payloads else shape.payload_bytes
            ),
            deprecate=deprecate.lower() == "true" if deprecate else shape.deprecate,
        )
        if level:
            if level.lower() not in _WRITTEN:
                raise BadRequestError("invalid log level")
            self._level.name = _WRITTEN[level.lower()]
        self._shape = wanted


def _size(text: str, name: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _LARGEST_DIGITS and int(text) > 0:
        return int(text)
    raise BadRequestError(f"invalid {name}, {name} should be an integer number > 0")
