"""The NGSI-v2 face: its errors and the headers of all its answers."""

from aiohttp import web

from broker.v2.errors import UNKNOWN_PATH, UnknownPathError
from broker.v2.replies import Replies
from kernel.errors import NotFoundError, OdoriError


class V2Face:
    """How the part of the URL space below `prefix` speaks; see `serving.face.Face`."""

    def __init__(self, replies: Replies, prefix: str = "/v2") -> None:
        self.prefix = prefix
        self._replies = replies

    def render_error(self, request: web.Request, error: OdoriError) -> web.Response:
        """The error in Orion's shape. A path that leads nowhere is a bad request there."""
        if isinstance(error, NotFoundError) and request.match_info.route.resource is None:
            error = UnknownPathError(UNKNOWN_PATH)
        return self._replies.error(self._replies.correlator(request), error)

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Answers that were not made by `Replies` get their headers here."""
        if "Fiware-Correlator" not in response.headers:
            self._replies.arrange(self._replies.correlator(request), response.headers)
