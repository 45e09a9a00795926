"""The vault and the key store: databases of their own, best with credentials of their own."""

import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from kernel.clock import Clock
from oauth.model.kinds import KEY_KINDS, VAULT_KINDS, Kind
from storage.mongodb import draft
from storage.mongodb.chains import Chain
from storage.mongodb.committing import committing
from storage.mongodb.database import Database
from storage.mongodb.engine import open_database
from storage.mongodb.indexes import of_kinds
from storage.mongodb.pulse import DEAD_AFTER_S
from storage.mongodb.retries import Retries
from storage.mongodb.shelves import MongoShelves
from storage.mongodb.write_ids import WriteIds


class _ShelvesDatabase:
    """A database of shelves, for one event loop; entering it gives the shelves.

    Args:
        url: `mongodb://…`; its options come before ours.
        database: its name.
        clock, chance, dead_after_s: as `MongoEngine` has them.

    Raises on entry:
        UnavailableError: the server does not answer.
    """

    _kinds: ClassVar[Sequence[Kind[Any]]]

    def __init__(
        self,
        url: str,
        database: str,
        clock: Clock,
        chance: random.Random,
        *,
        dead_after_s: float = DEAD_AFTER_S,
    ) -> None:
        self._url = url
        self._database = database
        self._clock = clock
        self._retries = Retries(chance)
        self._dead_after_s = dead_after_s

    async def __aenter__(self) -> MongoShelves:
        async with AsyncExitStack() as opened:
            database = await opened.enter_async_context(
                open_database(self._url, self._database, of_kinds(self._kinds), secondaries=False)
            )
            shelves = await self._build(opened, database)
            self._opened = opened.pop_all()
        return shelves

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    async def _build(self, opened: AsyncExitStack, database: Database) -> MongoShelves:
        write_ids = WriteIds(await Chain(database.collection("chains"), "nodes").next())
        committer = await opened.enter_async_context(
            committing(
                database,
                draft.Shelves.of(database.collection),
                write_ids=write_ids,
                retries=self._retries,
                clock=self._clock,
                dead_after_s=self._dead_after_s,
            )
        )
        return MongoShelves(
            database.collection, self._kinds, committer=committer, revisions=write_ids
        )


class MongoVault(_ShelvesDatabase):
    """The vault."""

    _kinds = VAULT_KINDS


class MongoKeyStore(_ShelvesDatabase):
    """The citizens' keys."""

    _kinds = KEY_KINDS
