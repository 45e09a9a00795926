"""The NGSI-v2 face: its errors and the headers of all its answers."""

from typing import Final

from aiohttp import web

from broker.v2.door import Limits
from broker.v2.errors import UNKNOWN_PATH, UnknownPathError
from broker.v2.head import read_head
from broker.v2.media import error_form
from broker.v2.replies import REMARKS, Replies
from kernel.errors import CallerError, NotFoundError, OdoriError
from serving.face import Face, PlainFace
from serving.routes import is_undeclared

_PLAIN: Final[Face] = PlainFace()


class V2Face:
    """How the part of the URL space below `prefix` speaks; see `serving.face.Face`."""

    def __init__(self, replies: Replies, limits: Limits, prefix: str = "/v2") -> None:
        self._replies = replies
        self._limits = limits
        self.prefix = prefix

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """The error in Orion's shape."""
        if is_undeclared(request):
            error = self._of_undeclared(request, error)
        media_type = error_form(request.headers.get("Accept"))
        return self._replies.error(self._replies.correlator(request), error, media_type)

    def _of_undeclared(self, request: web.Request, error: OdoriError) -> OdoriError:
        """What Orion would say to it: rules of all requests come first.

        A path that leads nowhere is a bad request there.
        """
        try:
            read_head(request, self._limits.max_body_bytes)
        except CallerError as earlier:
            return earlier
        if isinstance(error, NotFoundError):
            return UnknownPathError(_what_is_wrong(request.path))
        return error

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Answers that others made, or added headers to, get theirs in order here."""
        headers = response.headers
        if remarks := request.get(REMARKS):
            self._replies.remark(self._replies.correlator(request), headers, remarks)
        if "Fiware-Correlator" not in headers or "Access-Control-Allow-Origin" in headers:
            self._replies.arrange(self._replies.correlator(request), headers)


def _what_is_wrong(path: str) -> str:
    """Orion names the part of a path that is empty."""
    match path.removesuffix("/").lstrip("/").split("/"):
        case ["v2", "entities", ""] | ["v2", "entities", "", "attrs"]:
            return "entity id length: 0, min length supported: 1"
        case ["v2", "entities", "", "attrs", _] | ["v2", "entities", "", "attrs", _, "value"]:
            return "entity id length: 0, min length supported: 1"
        case ["v2", "entities", _, "attrs", ""] | ["v2", "entities", _, "attrs", "", "value"]:
            return "attribute name length: 0, min length supported: 1"
        case ["v2", "types", ""]:
            return "entity type length: 0, min length supported: 1"
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
