"""The whole city in the test's own process: real wiring, real database, a loopback socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from city.compose import EVERY_ROOM, City, Room, World, city
from city.settings.table import Settings

TOKEN = "a-token-of-the-tests-that-is-long-enough"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Composed:
    """A running city and a client of it that sends no token by itself."""

    city: City
    client: TestClient[Any, Any]


@asynccontextmanager
async def composed_city(
    folder: Path,
    rooms: frozenset[Room] = EVERY_ROOM,
    world: World | None = None,
    **settings: Any,
) -> AsyncIterator[Composed]:
    """The city with these settings; `TOKEN` is the operator's."""
    chosen = Settings(**{"data_dir": folder, "operator_token": TOKEN, **settings})
    async with (
        city(chosen, rooms, world) as running,
        TestClient(TestServer(running.app)) as client,
    ):
        yield Composed(running, client)
