"""What is kept of input that the intake refused."""

from collections.abc import Sequence

import apsw
import msgspec

from ingest.ports import DeadLetter
from kernel.times import Instant
from storage.documents import to_json
from storage.sqlite.connection import fetch
from storage.sqlite.database import Database
from storage.sqlite.parameters import bindable
from storage.sqlite.writer import Done

_APPEND = "INSERT INTO refused (time, sensor, doc) VALUES (?, ?, ?)"
_LIST = "SELECT doc FROM refused ORDER BY time DESC, number DESC LIMIT ?"
_LIST_OF_SENSOR = """
SELECT doc FROM refused WHERE sensor = ? ORDER BY time DESC, number DESC LIMIT ?
"""
_SWEEP = "DELETE FROM refused WHERE time < ?"

_LETTER = msgspec.json.Decoder(DeadLetter)


class SqliteDeadLetters:
    """`ingest.ports.DeadLetters`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, letters: Sequence[DeadLetter]) -> None:
        """See the port."""
        rows = [(letter.time, letter.sensor_id, to_json(letter)) for letter in letters]

        def work(connection: apsw.Connection) -> Done[None]:
            connection.executemany(_APPEND, rows)
            return Done(None)

        await self._database.writer.run(work, internal=True)

    async def list(self, *, sensor_id: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        """See the port."""
        if sensor_id is None:
            rows = await self._database.readers.run(fetch, _LIST, (limit,))
        else:
            params = (bindable(sensor_id), limit)
            rows = await self._database.readers.run(fetch, _LIST_OF_SENSOR, params)
        return [_LETTER.decode(doc) for (doc,) in rows]

    async def sweep(self, before: Instant) -> int:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[int]:
            connection.execute(_SWEEP, (before,))
            return Done(connection.changes())

        return await self._database.writer.run(work, internal=True)
