"""What operators ask of Orion itself, beside NGSI-v2; for whoever may run the broker."""

from typing import Final

from aiohttp import web

from broker.service.book import SubscriptionBook
from broker.v2.door import Limits
from broker.v2.face import V2Face
from broker.v2.operations.cache import CacheStatistics
from broker.v2.operations.logs import LogLevel, LogSettings
from broker.v2.replies import Replies
from kernel.clock import Clock
from kernel.errors import BadRequestError
from kernel.ids import IdSource
from kernel.permission import Scope
from serving.app import Surface
from serving.routes import Handler, Parameter, Route

_LOG: Final = "/admin/log"
_METRICS: Final = "/admin/metrics"
_CACHE: Final = "/cache/statistics"
_SIZE: Final = {"type": "integer", "minimum": 1}
_SETTINGS: Final = (
    Parameter("level", "NONE, FATAL, ERROR, WARN, INFO or DEBUG"),
    Parameter("infoPayloadMaxSize", "Kept and shown; payloads are not logged", _SIZE),
    Parameter("lineMaxSize", "Kept and shown", _SIZE),
    Parameter("deprecate", "Kept and shown", {"type": "boolean"}),
)
_TOLD: Final = {200: "The answer"}
_CHANGED: Final = {200: "Done", 400: "What is wrong"}
_OFF: Final = {400: "They are not kept here; /metrics has the sums"}


def management_surface(
    book: SubscriptionBook,
    level: LogLevel,
    *,
    clock: Clock,
    ids: IdSource,
    limits: Limits = Limits(),  # noqa: B008 — frozen
) -> Surface:
    """Orion's `/admin/log`, `/admin/metrics` and `/cache/statistics`.

    Its trace levels and semaphores (`/log/trace`, `/admin/sem`) tell of machinery that there is
    none of here: these paths are unknown.

    Args:
        book: the subscriptions that are ready for matching.
        level: what is logged at least.
        clock: the `Date` of answers.
        ids: new correlators.
        limits: what the deployment decides.
    """
    replies = Replies(clock=clock, ids=ids)
    logs, cache = LogSettings(replies, level), CacheStatistics(replies, book)
    routes = [
        _route("GET", _LOG, logs.get, "Get log settings"),
        _route("PUT", _LOG, logs.put, "Change log settings", _SETTINGS, answers=_CHANGED),
        _route("GET", _METRICS, _metrics_are_off, "Get metrics", answers=_OFF),
        _route("DELETE", _METRICS, _metrics_are_off, "Reset metrics", answers=_OFF),
        _route("GET", _CACHE, cache.get, "Get cache statistics"),
        _route("DELETE", _CACHE, cache.reset, "Reset cache statistics"),
    ]
    return Surface(routes, [V2Face(replies, limits, path) for path in (_LOG, _METRICS, _CACHE)])


async def _metrics_are_off(request: web.Request) -> web.Response:  # noqa: ARG001
    """Those of each tenant and path are not kept, as with Orion's `-disableMetrics`.

    Every request would have to write them; `/metrics` has the sums, for Prometheus.

    Raises:
        BadRequestError: always.
    """
    raise BadRequestError("metrics desactivated")


def _route(
    method: str,
    path: str,
    handler: Handler,
    operation: str,
    parameters: tuple[Parameter, ...] = (),
    *,
    answers: dict[int, str] = _TOLD,
) -> Route:
    return Route(
        method,
        path,
        handler,
        Scope.OPERATOR,
        operation,
        clause=f'Orion manual "{operation}"',
        parameters=parameters,
        answers=answers,
        slash=True,
    )
