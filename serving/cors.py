"""Cross-origin requests of browsers (Fetch standard), in Orion's measure: one origin, or any.

Orion manual "CORS": preflights are answered for known routes, and every answer to an allowed origin
names it.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

from aiohttp import web

from serving.verbs import OPTIONS, in_order

ANY = "__ALL"
_SHARING: Final = "Access-Control-"
_EXPOSED = "Fiware-Correlator, Fiware-Total-Count, Location"
_ALLOWED: Final = (
    "Content-Type, Fiware-Service, Fiware-Servicepath, Ngsiv2-AttrsFormat, Fiware-Correlator, "
    "X-Forwarded-For, X-Real-IP, X-Auth-Token, Authorization"
)
"""Those of Orion, in its order."""
_OURS: Final = ("NGSILD-Tenant", "Link")
"""Those that it does not name, for whoever asks for them."""


@dataclass(frozen=True, slots=True)
class Cors:
    """Which origin may call, and how long a browser may remember that."""

    origin: str
    max_age_s: int

    @classmethod
    def of(cls, origin: str, max_age_s: int) -> Self | None:
        """None where no origin is allowed."""
        return cls(origin, max_age_s) if origin else None

    def allows(self, request: web.Request) -> bool:
        """Whether the request names an origin that may call."""
        asked = request.headers.get("Origin")
        return asked is not None and self.origin in (ANY, asked)

    def mark(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the browser hand the answer to the page that asked, unless the method was wrong."""
        if response.status != HTTPStatus.METHOD_NOT_ALLOWED and self.allows(request):
            response.headers["Access-Control-Allow-Origin"] = self._named
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED

    def preflight(self, request: web.Request, methods: frozenset[str]) -> web.Response:
        """The answer to OPTIONS on a path that has these methods."""
        response = web.Response(status=200)
        if self.allows(request):
            told = ", ".join(in_order(methods | {OPTIONS}))
            response.headers["Access-Control-Allow-Methods"] = told
            self.mark(request, response)
            response.headers["Access-Control-Allow-Headers"] = _allowed_headers(request)
            response.headers["Access-Control-Max-Age"] = str(self.max_age_s)
        return response

    @property
    def _named(self) -> str:
        return "*" if self.origin == ANY else self.origin


def _allowed_headers(request: web.Request) -> str:
    asked = request.headers.get("Access-Control-Request-Headers", "").lower().split(",")
    wanted = {name.strip() for name in asked}
    return ", ".join([_ALLOWED, *(name for name in _OURS if name.lower() in wanted)])


def withhold(response: web.StreamResponse) -> None:
    """Take back what `Cors` said: for pages of one person, which no setting opens to others."""
    for name in [one for one in response.headers if one.startswith(_SHARING)]:
        del response.headers[name]
