"""Refused input in MongoDB: the intake's dead letters."""

from collections.abc import Sequence
from typing import Final

import msgspec

from ingest.ports import DeadLetter
from kernel.times import Instant
from storage.documents import to_json
from storage.mongodb.collection import Collection
from storage.mongodb.write_ids import WriteIds

_LETTER: Final = msgspec.json.Decoder(DeadLetter)


class MongoDeadLetters:
    """`ingest.ports.DeadLetters`."""

    def __init__(self, letters: Collection, write_ids: WriteIds) -> None:
        self._letters = letters
        self._write_ids = write_ids

    async def append(self, letters: Sequence[DeadLetter]) -> None:
        """See `DeadLetters.append`."""
        await self._letters.insert_all(
            [
                {
                    "_id": self._write_ids.take(),
                    "time": letter.time,
                    "sensor": letter.sensor_id,
                    "body": to_json(letter),
                }
                for letter in letters
            ]
        )

    async def list(self, *, sensor_id: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        """See `DeadLetters.list`."""
        if not limit:
            return ()
        where = {} if sensor_id is None else {"sensor": sensor_id}
        found = self._letters.find(where, sort=(("time", -1), ("_id", -1)), limit=limit)
        return [_LETTER.decode(document["body"]) async for document in found]

    async def sweep(self, before: Instant) -> int:
        """See `DeadLetters.sweep`."""
        return await self._letters.remove({"time": {"$lt": before}})
