"""`/version`: what is told unasked, and what is told to whoever asks."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from support.v2_broker import Welcoming

from city.health import Health
from city.version import ORION_VERSION
from kernel.clock import SystemClock
from serving.app import build_app


def app() -> web.Application:
    clock, registry = SystemClock(), CollectorRegistry()
    health = Health(clock, clock.now(), registry, {})
    return build_app([health.surface()], authenticator=Welcoming(), registry=registry, clock=clock)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", False),
        ("?options=count", False),
        ("?options=libVersions", True),
        ("?options=count,libVersions", True),
    ],
)
async def test_version_tells_of_its_libraries_to_whoever_asks(query: str, told: bool) -> None:
    async with TestClient(TestServer(app())) as client:
        answer = await client.get(f"/version{query}")
        orion = (await answer.json())["orion"]
    assert orion["version"] == ORION_VERSION
    assert ("libversions" in orion) is told
