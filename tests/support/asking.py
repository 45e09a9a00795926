"""Asking an application over a real socket."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from kernel.clock import Clock, SystemClock
from serving.access import Authenticator
from serving.app import Surface, build_app


@asynccontextmanager
async def asking(
    surfaces: Sequence[Surface],
    authenticator: Authenticator,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry | None = None,
) -> AsyncIterator[TestClient]:
    """A client of an application that serves these surfaces on a loopback port."""
    app = build_app(
        surfaces,
        authenticator=authenticator,
        registry=registry or CollectorRegistry(),
        clock=clock or SystemClock(),
    )
    async with TestClient(TestServer(app)) as client:
        yield client
