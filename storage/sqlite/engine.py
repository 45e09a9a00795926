"""The embedded engine: one file, one writer, many readers (decision D4)."""

import asyncio
from pathlib import Path
from typing import Self

import apsw
import msgspec

from broker.ports import Announcer
from kernel.clock import Clock
from storage.errors import translating
from storage.sqlite.connection import connect
from storage.sqlite.database import Database
from storage.sqlite.entities import SqliteEntities
from storage.sqlite.functions import register
from storage.sqlite.history import SqliteHistory
from storage.sqlite.names import Names
from storage.sqlite.outbox import SqliteOutbox
from storage.sqlite.readers import Readers
from storage.sqlite.schema import migrate
from storage.sqlite.subscriptions import SqliteSubscriptions
from storage.sqlite.writer import WriteLimits, Writer

CITY_FILE = "city.sqlite"


class SqliteLimits(msgspec.Struct, frozen=True):
    """What the engine may use.

    Attributes:
        readers: threads that read beside the writer.
        writer_cache_kib, reader_cache_kib: page cache of a connection; the operating system caches
            the file besides.
        checkpoint_pages: pages in the write-ahead log before they are moved into the database.
        writes: see `WriteLimits`.
    """

    readers: int = 4
    writer_cache_kib: int = 65_536
    reader_cache_kib: int = 8_192
    checkpoint_pages: int = 8_000
    writes: WriteLimits = WriteLimits()


class SqliteEngine:
    """The city database in `directory`, for one event loop.

    Args:
        directory: made if it does not exist.
        clock: instants of commits and of expiry.
        announcer: hears of every commit, on the event loop.
        limits: see `SqliteLimits`.

    Raises on entry:
        NewerSchemaError: a newer release wrote the file.
        UnavailableError: the file cannot be opened.
    """

    entities: SqliteEntities
    history: SqliteHistory
    subscriptions: SqliteSubscriptions
    outbox: SqliteOutbox

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        announcer: Announcer,
        limits: SqliteLimits = SqliteLimits(),  # noqa: B008 — frozen
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._announcer = announcer
        self._limits = limits

    async def __aenter__(self) -> Self:
        with translating((apsw.Error, OSError)):
            self._connection, readers = await asyncio.to_thread(self._open)
        names = Names()
        self._readers = readers
        self._writer = Writer(self._connection, self._limits.writes, names.clear)
        database = Database(self._writer, readers, names, Names(), self._clock)
        self.entities = SqliteEntities(database, self._announcer)
        self.history = SqliteHistory(database)
        self.subscriptions = SqliteSubscriptions(database)
        self.outbox = SqliteOutbox(database)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._writer.stop()
        await self._readers.close()
        # The last connection to close moves the write-ahead log into the database.
        await asyncio.to_thread(self._connection.close)

    def _open(self) -> tuple[apsw.Connection, Readers]:
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._directory / CITY_FILE
        writer = connect(file, cache_kib=self._limits.writer_cache_kib)
        migrate(writer, "city")
        writer.wal_autocheckpoint(self._limits.checkpoint_pages)
        reading = [
            connect(file, cache_kib=self._limits.reader_cache_kib)
            for _ in range(self._limits.readers + 1)
        ]
        for connection in reading:
            connection.pragma("query_only", value=True)
            register(connection)
        return writer, Readers(reading[0], reading[1:])
