"""Doors for those who run the city: version, health, readiness, metrics, the list of doors."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from city.version import describe_version
from kernel.clock import Clock
from kernel.permission import Scope
from kernel.times import Instant
from serving.access import OPEN
from serving.app import Surface
from serving.failures import describe
from serving.replies import json_reply
from serving.routes import Route

_log = structlog.get_logger("odori.city")
_LIBRARIES = "libVersions"
"""Orion's option of `/version` (NGSI-v2 knows none)."""

Probe = Callable[[], Awaitable[None]]
"""Touches one part that the process depends on; raises when it is away."""


@dataclass(frozen=True, slots=True)
class Health:
    """What health is asked of.

    Attributes:
        probes: by the name that a failing `/readyz` shows: `database`, `mqtt` …
    """

    clock: Clock
    started_at: Instant
    registry: CollectorRegistry
    probes: Mapping[str, Probe]

    def surface(self) -> Surface:
        """`/version`, `/healthz`, `/readyz` and `/metrics`."""
        return Surface(
            [
                Route("GET", "/version", self._version, OPEN, "Version of Odori and of its Orion"),
                Route("GET", "/healthz", self._healthz, OPEN, "The process answers"),
                Route(
                    "GET",
                    "/readyz",
                    self._readyz,
                    OPEN,
                    "Everything that the process depends on answers",
                    answers={200: "Ready", 503: "The name of what is away"},
                ),
                Route("GET", "/metrics", self._metrics, Scope.OPERATOR, "Prometheus metrics"),
            ]
        )

    async def _version(self, request: web.Request) -> web.Response:
        options = request.query.get("options", "").split(",")
        libraries = _LIBRARIES in options
        return json_reply(describe_version(self.clock, self.started_at, libraries=libraries))

    async def _healthz(self, _: web.Request) -> web.Response:
        return json_reply({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        away = [name for name, probe in self.probes.items() if not await _answers(name, probe)]
        if away:
            return json_reply({"status": "unavailable", "away": away}, status=503)
        return json_reply({"status": "ready"})

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(self.registry),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
        )


async def _answers(name: str, probe: Probe) -> bool:
    try:
        await probe()
    except Exception as error:  # noqa: BLE001 — whatever fails, the answer is its name
        _log.warning("not ready", part=name, **describe(error))
        return False
    return True
