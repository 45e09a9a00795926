"""A database of its own for each test, and nodes that share it."""

import random
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from support.engines import START, Recorder
from support.mongodb import drop_database

from kernel.clock import ManualClock
from storage.mongodb.engine import Database, MongoEngine, open_database
from storage.mongodb.indexes import CITY

DEAD_AFTER_S = 0.4
NodeFactory = Callable[[], AbstractAsyncContextManager[MongoEngine]]


@pytest.fixture
def database_name(mongodb_url: str) -> Iterator[str]:
    name = f"odori_{secrets.token_hex(6)}"
    yield name
    drop_database(mongodb_url, name)


@pytest.fixture
async def database(mongodb_url: str, database_name: str) -> AsyncIterator[Database]:
    """The database without an engine: to look at what engines leave, and to leave things."""
    async with open_database(mongodb_url, database_name, CITY) as opened:
        yield opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def node(mongodb_url: str, database_name: str, clock: ManualClock) -> NodeFactory:
    """Makes nodes that take others for dead after a short silence."""
    return partial(
        MongoEngine,
        mongodb_url,
        database_name,
        clock,
        Recorder(),
        random.Random(7),  # noqa: S311 — it spreads retries
        dead_after_s=DEAD_AFTER_S,
    )


@pytest.fixture
def patient_node(node: partial[MongoEngine]) -> NodeFactory:
    """Makes nodes that wait as long as real ones."""
    return partial(node, dead_after_s=DEAD_AFTER_S * 100)
