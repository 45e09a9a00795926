"""Removed means gone from every file of the database.

`secure_delete` overwrites what is removed with zeros. But that happens in pages that go to the
write-ahead log first: what was written before stands in the log's older part, and in the database
until a checkpoint, for as long as nothing overwrites it.
"""

import asyncio
from pathlib import Path

import apsw

from storage.errors import translating
from storage.sqlite.connection import connect

_CACHE_KIB = 256
_WAIT_MS = 1_000
"""For readers; writers wait meanwhile."""


class Erasure:
    """Moves the log into the database and empties it: after sweeps, and after removals on demand.

    Args:
        file: of the database.
        at_once: also after each removal, for what must not outlive it: keys.
    """

    def __init__(self, file: Path, *, at_once: bool) -> None:
        self._file = file
        self._at_once = at_once
        self._turn = asyncio.Lock()

    async def after_removal(self) -> None:
        """Raises: UnavailableError: the log could not be emptied; removing again tries again."""
        if self._at_once:
            await self.after_sweep()

    async def after_sweep(self) -> None:
        """Raises: UnavailableError: the log could not be emptied."""
        async with self._turn:
            with translating(apsw.Error):
                await asyncio.to_thread(self._empty_log)

    def _empty_log(self) -> None:
        connection = connect(self._file, cache_kib=_CACHE_KIB)
        connection.set_busy_timeout(_WAIT_MS)
        try:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            connection.close()
