"""The engines that the transcripts are held on, and the servers over them."""

from collections.abc import AsyncIterator

import pytest
from support.engines import ENGINES, PLACES
from support.memory import MemoryEngine, Silent

from kernel.clock import Clock, SystemClock
from storage.engine import Engine


@pytest.fixture(params=["memory", *ENGINES])
async def engine(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Engine]:
    """An engine without data: the reference in memory, and each that ships."""
    if request.param == "memory":
        yield MemoryEngine(clock)
        return
    async with PLACES[request.param](request).open(clock, Silent()) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    """The time of day: transcripts leave holes where it shows."""
    return SystemClock()
