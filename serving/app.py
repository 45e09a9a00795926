"""Puts the routes of several rooms together into one aiohttp application."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry

from kernel.clock import Clock
from serving.access import Authenticator
from serving.cors import Cors
from serving.face import Face
from serving.gate import ANY_METHOD, Gate
from serving.metrics import HttpMetrics
from serving.routes import Handler, Route


@dataclass(frozen=True, slots=True)
class Surface:
    """What one room serves: its routes, and the face that words its errors, if it has one."""

    routes: Sequence[Route]
    faces: Sequence[Face] = ()


def build_app(
    surfaces: Sequence[Surface],
    *,
    authenticator: Authenticator,
    registry: CollectorRegistry,
    clock: Clock,
    max_body_bytes: int = 1_048_576,
    log_requests: bool = False,
    cors: Cors | None = None,
) -> web.Application:
    """The application that serves all surfaces behind one gate."""
    gate = Gate(
        authenticator=authenticator,
        faces=[face for surface in surfaces for face in surface.faces],
        metrics=HttpMetrics(registry),
        clock=clock,
        log_requests=log_requests,
        cors=cors,
    )
    app = web.Application(client_max_size=max_body_bytes)
    app.on_response_prepare.append(_unnamed)
    guarded = [(one, gate.guarded(one)) for surface in surfaces for one in surface.routes]
    for route, handler in guarded:
        _serve(app.router, route, route.path, handler)
    # Behind all others, so that the router finds those as soon as before.
    for route, handler in guarded:
        if route.slash:
            _serve(app.router, route, f"{route.path}/", handler)
    # Last in line: whatever no route above is declared for.
    app.router.add_route(ANY_METHOD, "/{anything:.*}", gate.refuse_unknown)
    return app


def _serve(router: web.UrlDispatcher, route: Route, path: str, handler: Handler) -> None:
    if route.method == "GET":
        router.add_get(path, handler, allow_head=route.head)
    else:
        router.add_route(route.method, path, handler)


async def _unnamed(_request: web.Request, response: web.StreamResponse) -> None:
    """Nobody needs to know which server answers; aiohttp would name itself and its version."""
    response.headers.pop(hdrs.SERVER, None)
