"""`kill -9` at any moment loses nothing that was acknowledged (decision D6)."""

import asyncio
import os
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from support.mongodb_writer import ID

from broker.core.decision import Target
from broker.temporal.query import HistoryQuery, Series
from storage.mongodb.engine import Database, MongoEngine

NodeFactory = Callable[[], AbstractAsyncContextManager[MongoEngine]]

pytestmark = pytest.mark.mongodb

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "tests" / "support" / "mongodb_writer.py"
DEADLINE_S = 30.0
DEAD_AFTER_S = 1.0
KILLS = 4


async def killed_while_writing(url: str, database: str, pause_s: float) -> int:
    """Start a writer, kill it a little after it has written; the last number that it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        url,
        database,
        str(DEAD_AFTER_S),
        stdout=PIPE,
        stderr=DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(5)]
    await asyncio.sleep(pause_s)  # not waiting for anything: the moment of the kill is the test
    process.kill()
    said += (await process.stdout.read()).splitlines()
    await process.wait()
    return max(int(line) for line in said if line.strip())


async def test_writers_that_are_killed_lose_nothing_and_write_nothing_by_halves(
    mongodb_url: str, database: Database, database_name: str, node: NodeFactory
) -> None:
    chance = random.Random(3)  # noqa: S311 — moments to kill at
    last = 0
    for _ in range(KILLS):
        async with asyncio.timeout(DEADLINE_S):
            last = await killed_while_writing(mongodb_url, database_name, chance.uniform(0, 0.05))
    async with node() as engine, asyncio.timeout(DEADLINE_S):
        while await database.collection("claims").count({}):  # noqa: ASYNC110 — it is elsewhere
            await asyncio.sleep(0.05)
        (room,) = await engine.entities.find("t", [Target(ID)])
        stored = room.attributes["n"][0].value
        rows = await engine.history.rows("t", HistoryQuery(Series("n")))
        owed = await engine.outbox.owed(limit=10_000)
    assert stored in (last, last + 1)
    numbers = list(range(1, stored + 1))
    assert [row.instance.value for row in rows if row.instance is not None] == numbers
    assert [one.entity.attributes["n"][0].value for one in owed] == numbers
