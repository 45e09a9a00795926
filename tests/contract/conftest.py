"""Every test of the contract suite runs once on every engine."""

from collections.abc import AsyncIterator

import pytest
from support.engines import ENGINES, PLACES, Bench, Recorder

from kernel.clock import ManualClock
from storage.engine import Engine


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest) -> Bench:
    """An engine's place, not opened."""
    return Bench(PLACES[request.param](request))


@pytest.fixture
async def engine(bench: Bench) -> AsyncIterator[Engine]:
    """An open engine without data."""
    async with bench.open() as opened:
        yield opened


@pytest.fixture
def clock(bench: Bench) -> ManualClock:
    """The engine's clock."""
    return bench.clock


@pytest.fixture
def announcer(bench: Bench) -> Recorder:
    """What the engine announced."""
    return bench.announcer
