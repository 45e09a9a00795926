"""Answers, with their headers in Orion's order and spelling.

Date, Fiware-Correlator, then Location, Allow or Fiware-Total-Count, then Content-Type and
Content-Length, which aiohttp adds last. Transcripts of clients compare equal that way.
"""

from collections.abc import Sequence
from email.utils import formatdate
from typing import Final
from urllib.parse import quote

from aiohttp import web
from multidict import CIMultiDict

from broker.v2.errors import description_of, wire_of
from broker.v2.media import JSON
from kernel.clock import Clock
from kernel.errors import MethodNotAllowedError, OdoriError
from kernel.ids import IdSource
from kernel.json import render
from kernel.times import SECOND_US
from serving.verbs import allow_order

CORRELATOR: Final[web.RequestKey[str]] = web.RequestKey("correlator", str)
REMARKS: Final[web.RequestKey[list[str]]] = web.RequestKey("remarks", list)
"""See `broker.service.call.Call.remarks`."""
_LONGEST_CORRELATOR: Final = 256
_MOST_REMARKS: Final = 10
_FIRST: Final = ("Date", "Fiware-Correlator")
_LAST: Final = ("Content-Type", "Content-Length")


class Replies:
    """Makes every answer of the API."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._ids = ids
        self._second = -1
        self._date = ""

    def correlator(self, request: web.Request) -> str:
        """The request's own correlator, or a new one; the same for all of one request."""
        return request.get(CORRELATOR) or self.correlated(request)

    def correlated(self, request: web.Request) -> str:
        """The same, where the request has not been asked for it yet."""
        sent = request.headers.get("Fiware-Correlator")
        correlator = sent if sent and _is_usable(sent) else self._ids.correlator()
        request[CORRELATOR] = correlator
        return correlator

    def json(self, correlator: str, value: object, *, total: int | None = None) -> web.Response:
        """200 with JSON, and `Fiware-Total-Count` where it was asked for."""
        return self.body(correlator, render(value), JSON, total=total)

    def body(
        self, correlator: str, body: bytes, media_type: str, *, total: int | None = None
    ) -> web.Response:
        """200 with a body."""
        headers = self._headers(correlator)
        if total is not None:
            headers["Fiware-Total-Count"] = str(total)
        headers["Content-Type"] = media_type
        return web.Response(body=body, headers=headers)

    def nothing(self, correlator: str, *, location: str = "") -> web.Response:
        """204: done."""
        return self._empty(204, correlator, location)

    def created(self, correlator: str, location: str) -> web.Response:
        """201: made, and here it is."""
        return self._empty(201, correlator, location)

    def error(self, correlator: str, error: OdoriError, media_type: str = JSON) -> web.Response:
        """The error in the shape of NGSI-v2 "Error Responses", which is JSON whatever its name."""
        wire = wire_of(error)
        headers = self._headers(correlator)
        if isinstance(error, MethodNotAllowedError):
            headers["Allow"] = ", ".join(allow_order(error.allowed))
        headers["Content-Type"] = media_type
        return web.Response(
            body=render({"error": wire.error, "description": description_of(error)}),
            status=wire.status,
            reason=wire.reason,
            headers=headers,
        )

    def arrange(self, correlator: str, headers: CIMultiDict[str]) -> None:
        """Bring the headers of an answer into order, whoever made them."""
        own = (*_FIRST, *_LAST)
        rest = [(name, value) for name, value in headers.items() if name not in own]
        last = [(name, headers[name]) for name in _LAST if name in headers]
        ordered = self._headers(correlator)
        ordered.extend([*rest, *last])
        headers.clear()
        headers.extend(ordered)

    def remark(self, correlator: str, headers: CIMultiDict[str], remarks: Sequence[str]) -> None:
        """Tell beside the answer what the caller should know (`Warning`, RFC 7234 §5.5)."""
        for remark in remarks[:_MOST_REMARKS]:
            headers.add("Warning", f'199 odori "{_plain(remark)}"')
        self.arrange(correlator, headers)

    def done(self, correlator: str) -> web.Response:
        """200 with nothing to say."""
        return self._empty(200, correlator, "")

    def _empty(self, status: int, correlator: str, location: str) -> web.Response:
        headers = self._headers(correlator)
        if location:
            headers["Location"] = location
        return web.Response(status=status, headers=headers)

    def _headers(self, correlator: str) -> CIMultiDict[str]:
        return CIMultiDict((("Date", self._today()), ("Fiware-Correlator", correlator)))

    def _today(self) -> str:
        """The `Date`, made anew once a second."""
        second = self._clock.now() // SECOND_US
        if second != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True)
        return self._date


def _is_usable(correlator: str) -> bool:
    return (
        len(correlator) <= _LONGEST_CORRELATOR and correlator.isascii() and correlator.isprintable()
    )


def _plain(text: str) -> str:
    """The text inside a quoted string of a header."""
    return "".join(one for one in text if one.isascii() and one.isprintable() and one not in '"\\')


def entity_location(entity_id: str, entity_type: str) -> str:
    """Where an entity is found."""
    return f"/v2/entities/{_part(entity_id)}?type={_part(entity_type)}"


def _part(text: str) -> str:
    return quote(text, safe="!$*,:@|~{}[]^`\\+%-._")
