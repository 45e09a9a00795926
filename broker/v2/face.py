"""The NGSI-v2 face: its errors and the headers of all its answers."""

from typing import Final

from aiohttp import web

from broker.v2.errors import UNKNOWN_PATH, UnknownPathError
from broker.v2.replies import REMARKS, Replies
from kernel.errors import NotFoundError, OdoriError
from serving.face import Face, PlainFace
from serving.routes import is_undeclared

_PLAIN: Final[Face] = PlainFace()
_ATTRIBUTE_VALUE: Final = 2
"""How many parts stand behind `attrs` in the longest path of an entity."""


class V2Face:
    """How the part of the URL space below `prefix` speaks; see `serving.face.Face`."""

    prefix = "/v2"

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """The error in Orion's shape. A path that leads nowhere is a bad request there."""
        if isinstance(error, NotFoundError) and is_undeclared(request):
            error = UnknownPathError(_what_is_wrong(request.path))
        return self._replies.error(self._replies.correlator(request), error)

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Answers that others made, or added headers to, get theirs in order here."""
        headers = response.headers
        if remarks := request.get(REMARKS):
            self._replies.remark(self._replies.correlator(request), headers, remarks)
        if "Fiware-Correlator" not in headers or "Access-Control-Allow-Origin" in headers:
            self._replies.arrange(self._replies.correlator(request), headers)


def _what_is_wrong(path: str) -> str:
    """Orion names the part of an entity's path that is empty, and tells browsers where they are."""
    match path.split("/"):
        case ["", ""]:
            return "The Orion Context Broker is a REST service, not a 'web page'"
        case ["", "v2", "entities", "", "attrs", *rest] if len(rest) <= _ATTRIBUTE_VALUE:
            return "entity id length: 0, min length supported: 1"
        case ["", "v2", "entities", _, "attrs", "", "value"]:
            return "attribute name length: 0, min length supported: 1"
        case _:
            return UNKNOWN_PATH


class UnknownPaths:
    """Words what lies outside every room as Orion does; what other rooms serve stays plain.

    For a deployment that stands in for Orion on its port: clients see one kind of error.
    """

    prefix = "/"

    def __init__(self, v2: V2Face) -> None:
        self._v2 = v2

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """Orion's error for a path that leads nowhere; the plain one for all others."""
        return self._face(request).render_error(request, error)

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Orion's headers on a path that leads nowhere; none on all others."""
        self._face(request).finish(request, response)

    def _face(self, request: web.Request) -> Face:
        return self._v2 if is_undeclared(request) else _PLAIN
