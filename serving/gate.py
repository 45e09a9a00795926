"""The one middleware: admits, finds the words for errors, counts, and writes the access log.

It is one function and not five, because each layer costs every request a coroutine.
"""

from collections.abc import Sequence
from typing import Final

import structlog
from aiohttp import web

from kernel.clock import Clock
from kernel.errors import (
    ForbiddenError,
    MethodNotAllowedError,
    NotFoundError,
    OdoriError,
    OurError,
    TooLargeError,
)
from kernel.permission import ANYBODY, Scope
from serving.access import PRINCIPAL, Access, Authenticator, DeviceKey, Open
from serving.cors import Cors
from serving.face import Face, PlainFace
from serving.failures import describe
from serving.metrics import HttpMetrics
from serving.routes import Handler

_log = structlog.get_logger("odori.http")
_PLAIN: Final = PlainFace()


class Gate:
    """Stands before every handler.

    Attributes:
        access: what each (method, route template) needs; a route that is missing here is refused.
    """

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        faces: Sequence[Face],
        access: dict[tuple[str, str], Access],
        metrics: HttpMetrics,
        clock: Clock,
        log_requests: bool = False,
        cors: Cors | None = None,
    ) -> None:
        self._authenticator = authenticator
        self._faces = sorted(faces, key=lambda face: -len(face.prefix))
        self._access = access
        self._metrics = metrics
        self._clock = clock
        self._log_requests = log_requests
        self._cors = cors

    def middleware(self) -> object:
        """The middleware for `web.Application(middlewares=[…])`."""

        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            started = self._clock.monotonic()
            face = self._face_of(request.path)
            try:
                await self._admit(request)
                response = await handler(request)
            except web.HTTPException as error:
                response = self._preflight(request, error) or face.render_error(
                    request, _translate(error)
                )
            except OdoriError as error:
                if isinstance(error, OurError):
                    _log.error("request failed", **describe(error))
                response = face.render_error(request, error)
            except Exception as error:  # noqa: BLE001 — the last net: the process lives on
                _log.error("request failed", **describe(error))
                response = face.render_error(request, OurError("Internal error"))
            if not response.prepared:
                face.finish(request, response)
                if self._cors is not None:
                    self._cors.mark(request, response)
            self._count(request, response, self._clock.monotonic() - started)
            return response

        return gate

    def _preflight(
        self, request: web.Request, error: web.HTTPException
    ) -> web.StreamResponse | None:
        """The answer to a browser that asks first; None where nobody may ask."""
        if self._cors is None or request.method != "OPTIONS":
            return None
        if not isinstance(error, web.HTTPMethodNotAllowed):
            return None
        return self._cors.preflight(request, frozenset(error.allowed_methods))

    def _face_of(self, path: str) -> Face:
        return next((face for face in self._faces if path.startswith(face.prefix)), _PLAIN)

    async def _admit(self, request: web.Request) -> None:
        resource = request.match_info.route.resource
        if resource is None:
            return  # aiohttp raises 404 or 405 from the handler
        needed = self._access.get((_method(request), resource.canonical))
        match needed:
            case Open():
                request[PRINCIPAL] = ANYBODY
            case DeviceKey():
                request[PRINCIPAL] = ANYBODY
            case Scope():
                principal = await self._authenticator.authenticate(request)
                if not principal.has(needed):
                    raise ForbiddenError(f"This needs the scope {needed}")
                request[PRINCIPAL] = principal
            case None:
                raise ForbiddenError("The route is not declared")

    def _count(self, request: web.Request, response: web.StreamResponse, seconds: float) -> None:
        resource = request.match_info.route.resource
        template = resource.canonical if resource is not None else "unknown"
        self._metrics.observe(_method(request), template, response.status, seconds)
        if self._log_requests:
            _log.info(
                "request",
                method=_method(request),
                route=template,
                status=response.status,
                bytes=response.body_length if response.prepared else response.content_length,
                ms=round(seconds * 1000, 1),
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _method(request: web.Request) -> str:
    """The method, bounded: anybody can make up methods, and metrics keep each label."""
    if request.method == "HEAD":
        return "GET"
    return request.method if request.method in _METHODS else "OTHER"


def _translate(error: web.HTTPException) -> OdoriError:
    """What aiohttp raised by itself, in our words; its text may quote input and is dropped."""
    match error:
        case web.HTTPMethodNotAllowed():
            allowed = tuple(sorted(error.allowed_methods))
            return MethodNotAllowedError("method not allowed", allowed=allowed)
        case web.HTTPRequestEntityTooLarge():
            return TooLargeError("The body is larger than this server reads")
        case web.HTTPNotFound():
            return NotFoundError("There is nothing at this path")
        case _:
            return OurError("Internal error")
