"""The intake's local bridge: a file of its own, there even when the city database is away."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import apsw
import msgspec
import structlog

from ingest.ports import Spooled, SpoolFullError
from ingest.rules import Refusal
from ingest.seal import Deidentified, reopen, to_bytes
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import SMALL, Database, open_database
from storage.sqlite.writer import Done

SPOOL_FILE = "spool.sqlite"
CAPACITY = 200_000

_PUT = "INSERT INTO spool (sealed) VALUES (?)"
_TAKE = "SELECT number, sealed FROM spool ORDER BY number LIMIT ?"
_REMOVE = "DELETE FROM spool WHERE number = ?"
_SIZE = "SELECT count(*) FROM spool"

_log = structlog.get_logger("odori.storage")


class SqliteSpool:
    """`ingest.ports.Spool` in `directory`, for at most `capacity` observations.

    Raises on entry:
        NewerSchemaError: a newer release wrote the file.
        UnavailableError: the file cannot be opened.
    """

    def __init__(self, directory: Path, capacity: int = CAPACITY) -> None:
        self._file = directory / SPOOL_FILE
        self._capacity = capacity

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opened:
            self._database: Database = await opened.enter_async_context(
                open_database(self._file, "spool", SMALL)
            )
            self._opened = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def put(self, batch: Sequence[Deidentified]) -> None:
        """See the port."""
        rows = [(to_bytes(sealed),) for sealed in batch]

        def work(connection: apsw.Connection) -> Done[None]:
            if fetch_value(connection, _SIZE) + len(rows) > self._capacity:
                raise SpoolFullError("The spool is full")
            connection.executemany(_PUT, rows)
            return Done(None)

        await self._database.writer.run(work, internal=True)

    async def take(self, limit: int) -> Sequence[Spooled]:
        """See the port. What the detector net does not pass any more is removed, and logged."""
        while rows := await self._database.readers.run(fetch, _TAKE, (limit,)):
            taken: list[Spooled] = []
            refused: list[int] = []
            for number, sealed in rows:
                try:
                    taken.append(Spooled(number, reopen(sealed)))
                except (Refusal, msgspec.ValidationError):
                    refused.append(number)
            if refused:
                _log.error("spooled observations refused", count=len(refused))
                await self.remove(refused)
            if taken:
                return taken
        return ()

    async def remove(self, numbers: Sequence[int]) -> None:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[None]:
            connection.executemany(_REMOVE, [(number,) for number in numbers])
            return Done(None)

        await self._database.writer.run(work, internal=True)

    async def size(self) -> int:
        """See the port."""
        size: int = self._database.readers.here(fetch_value, _SIZE)
        return size
