"""The gate: admits, finds the words for errors, counts, and writes the access log.

It is one function and not five middlewares, because each layer costs every request a coroutine.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from aiohttp import web

from kernel.clock import Clock
from kernel.errors import (
    BadRequestError,
    CallerError,
    ForbiddenError,
    MethodNotAllowedError,
    NotFoundError,
    OurError,
    PeerError,
    TooLargeError,
)
from kernel.permission import ANYBODY, Scope
from serving.access import PRINCIPAL, Access, Authenticator, Checked, Open
from serving.cors import Cors
from serving.face import Face, PlainFace
from serving.failures import describe
from serving.metrics import HttpMetrics
from serving.routes import UNDECLARED, Handler, Route
from serving.verbs import OPTIONS

ANY_METHOD: Final = "*"
_log = structlog.get_logger("odori.http")
_PLAIN: Final = PlainFace()


class Gate:
    """Stands before every handler, one gate a route: what it has to know is known beforehand."""

    def __init__(
        self,
        *,
        authenticator: Authenticator,
        faces: Sequence[Face],
        metrics: HttpMetrics,
        clock: Clock,
        log_requests: bool = False,
        cors: Cors | None = None,
    ) -> None:
        self._authenticator = authenticator
        self._faces = sorted(faces, key=lambda face: -len(face.prefix))
        self._metrics = metrics
        self._clock = clock
        self._log_requests = log_requests
        self._cors = cors

    def guarded(self, route: Route) -> Handler:
        """The route's handler behind its gate."""
        face = self._face_of(route.path)
        admit = self._admission(route.access)
        handler, method, template = route.handler, route.method, route.path
        monotonic = self._clock.monotonic

        async def gate(request: web.Request) -> web.StreamResponse:
            started = monotonic()
            try:
                await admit(request)
                response = await handler(request)
            except ConnectionResetError:
                raise  # the client left; aiohttp closes the connection without a word
            except Exception as error:  # noqa: BLE001 — the last net: the process lives on
                response = _worded(face, request, error)
            self._finish(request, response, face)
            self._count(response, method, template, monotonic() - started)
            return response

        return gate

    async def refuse_unknown(self, request: web.Request) -> web.StreamResponse:
        """The answer to whatever no route is declared for: no such path, or no such method."""
        request[UNDECLARED] = True
        face = self._face_of(request.path)
        allowed = await _methods_of(request)
        if self._cors is not None and request.method == OPTIONS and allowed:
            response: web.StreamResponse = self._cors.preflight(request, allowed)
        elif allowed:
            if self._cors is not None:
                allowed |= {OPTIONS}
            error = MethodNotAllowedError("method not allowed", allowed=tuple(sorted(allowed)))
            response = face.render_error(request, error)
            if response.status == error.status:  # a face may know what is worse
                response.headers.setdefault("Allow", ", ".join(error.allowed))  # RFC 9110 §15.5.6
        else:
            response = face.render_error(request, NotFoundError("There is nothing at this path"))
        self._finish(request, response, face)
        self._count(response, _known_method(request.method), "unknown", 0.0)
        return response

    def _face_of(self, path: str) -> Face:
        return next((face for face in self._faces if path.startswith(face.prefix)), _PLAIN)

    def _admission(self, needed: Access) -> Callable[[web.Request], Awaitable[None]]:
        match needed:
            case Open() | Checked():
                return _admit_anybody
            case Scope():
                return self._admitting_holders(needed)

    def _admitting_holders(self, needed: Scope) -> Callable[[web.Request], Awaitable[None]]:
        authenticate = self._authenticator.authenticate

        async def admit(request: web.Request) -> None:
            principal = await authenticate(request)
            if not principal.has(needed):
                raise ForbiddenError(f"This needs the scope {needed}")
            request[PRINCIPAL] = principal

        return admit

    def _finish(self, request: web.Request, response: web.StreamResponse, face: Face) -> None:
        if not response.prepared:
            if self._cors is not None:
                self._cors.mark(request, response)
            face.finish(request, response)

    def _count(
        self, response: web.StreamResponse, method: str, template: str, seconds: float
    ) -> None:
        self._metrics.observe(method, template, response.status, seconds)
        if self._log_requests:
            _log.info(
                "request",
                method=method,
                route=template,
                status=response.status,
                bytes=response.body_length if response.prepared else response.content_length,
                ms=round(seconds * 1000, 1),
            )


async def _admit_anybody(request: web.Request) -> None:
    request[PRINCIPAL] = ANYBODY


def _worded(face: Face, request: web.Request, error: Exception) -> web.StreamResponse:
    """The error in the face's words. Ours are logged; what aiohttp raised may quote input."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        error = TooLargeError("The body is larger than this server reads")
    elif isinstance(error, web.RequestPayloadError):
        error = BadRequestError("The body breaks off, or its encoding is broken")
    if isinstance(error, CallerError | PeerError):
        return face.render_error(request, error)
    _log.error("request failed", **describe(error))
    told = error if isinstance(error, OurError) else OurError("Internal error")
    return face.render_error(request, told)


async def _methods_of(request: web.Request) -> frozenset[str]:
    """The methods that the request's path is declared for."""
    methods: set[str] = set()
    for resource in request.app.router.resources():
        _, allowed = await resource.resolve(request)
        methods |= allowed
    return frozenset(methods - {ANY_METHOD})


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _known_method(method: str) -> str:
    """The method, bounded: anybody can make up methods, and metrics keep each label."""
    return method if method in _METHODS else "OTHER"
