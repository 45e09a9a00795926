from collections.abc import AsyncIterator

import pytest
from support.oauth_server import ServerWorld, Talk


@pytest.fixture
async def world() -> ServerWorld:
    made = ServerWorld()
    await made.open()
    return made


@pytest.fixture
async def talk(world: ServerWorld) -> AsyncIterator[Talk]:
    async with world.served() as made:
        yield made
