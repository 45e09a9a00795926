"""Readers: one snapshot for each call, and nobody is left with a statement that nobody awaits."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from kernel.errors import UnavailableError
from storage.sqlite.connection import connect, fetch_value
from storage.sqlite.readers import Readers

ENDLESS = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
"""


@pytest.fixture
async def readers(tmp_path: Path) -> AsyncIterator[Readers]:
    """A reader for this thread and one thread."""
    file = tmp_path / "test.sqlite"
    with connect(file, cache_kib=1_000) as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
    opened = Readers(connect(file, cache_kib=1_000), [connect(file, cache_kib=1_000)])
    yield opened
    await opened.close()


async def test_a_cancelled_caller_stops_its_statement(readers: Readers) -> None:
    started = threading.Event()

    def read(connection: apsw.Connection) -> None:
        started.set()
        fetch_value(connection, ENDLESS)

    task = asyncio.get_running_loop().create_task(readers.run(read))
    await asyncio.to_thread(started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(10):  # the one thread is free again
        assert await readers.run(fetch_value, "SELECT 1") == 1


async def test_a_call_reads_one_snapshot(readers: Readers, tmp_path: Path) -> None:
    def read(connection: apsw.Connection) -> tuple[int, int]:
        before = fetch_value(connection, "SELECT count(*) FROM t")
        with connect(tmp_path / "test.sqlite", cache_kib=1_000) as other:
            other.execute("INSERT INTO t VALUES (1)")
        return before, fetch_value(connection, "SELECT count(*) FROM t")

    assert await readers.run(read) == (0, 0)
    assert readers.here(fetch_value, "SELECT count(*) FROM t") == 1


async def test_what_the_driver_says_stays_inside(readers: Readers) -> None:
    for reading in (
        readers.run(fetch_value, "SELECT secret FROM t"),
        asyncio.to_thread(readers.here, fetch_value, "SELECT secret FROM t"),
    ):
        with pytest.raises(UnavailableError) as caught:
            await reading
        assert "secret" not in str(caught.value)
