"""Commits on a server that has transactions: a replica set or a sharded cluster (ADR 0051)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from storage.errors import translating
from storage.mongodb.collection import Remove, Replace, Session, is_duplicate
from storage.mongodb.documents import key_text
from storage.mongodb.draft import Draft, Shelves, is_current

ResultT = TypeVar("ResultT")
Work: TypeAlias = Callable[[Session], Awaitable[ResultT]]


class OvertakenError(Exception):
    """A transaction came to nothing because its key was just inserted by somebody else."""


class Together:
    """Runs work in a transaction where the server has them, and plainly where it has not.

    `begin` begins a session of the driver's; None means that there are no transactions.
    """

    def __init__(self, begin: Callable[[], Awaitable[Any]] | None) -> None:
        self._begin = begin

    @property
    def is_atomic(self) -> bool:
        """Whether all of a piece of work is done, or none of it."""
        return self._begin is not None

    async def run(self, work: Work[ResultT]) -> ResultT:
        """Call `work` with the session that its operations take; again if others got in its way.

        Raises:
            OvertakenError: in a transaction, somebody else has just inserted the same key.
        """
        if self._begin is None:
            return await work(None)
        with translating(PyMongoError):
            try:
                async with await self._begin() as session:
                    result: ResultT = await session.with_transaction(work)
                    return result
            except (DuplicateKeyError, BulkWriteError) as error:
                if is_duplicate(error):
                    raise OvertakenError from None
                raise


class Transactions:
    """Commits a draft in one transaction."""

    def __init__(self, shelves: Shelves, together: Together) -> None:
        self._shelves = shelves
        self._together = together

    async def commit(self, draft: Draft) -> bool:
        """See `Committer`."""

        async def write(session: Session) -> bool:
            return await self._write(draft, session)

        try:
            return await self._together.run(write)
        except OvertakenError:
            return False

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:  # noqa: ARG002 — part of the protocol
        """See `Committer`. Servers with transactions compare and swap."""
        yield

    async def recover(self) -> int:
        """See `Committer`. The server itself undoes what a dead client left."""
        return 0

    async def _write(self, draft: Draft, session: Session) -> bool:
        shelves = self._shelves
        # Entities that do not exist yet cannot conflict; their heads can. They come first, so that
        # the snapshot, which `is_current` reads, is one in which nobody else is at these ids.
        heads = [key_text(draft.tenant, entity_id) for entity_id in sorted(draft.seen)]
        await shelves.heads.bump(heads, session=session)
        if not await is_current(shelves.entities, draft, session):
            return False
        await shelves.history.insert_all(draft.history, session=session)
        await shelves.outbox.insert_all(draft.notices, session=session)
        changes: list[Replace | Remove] = [
            Replace({"_id": document["_id"]}, document, insert=True)
            for documents in draft.puts.values()
            for document in documents
        ]
        changes += [Remove({"_id": key}) for keys in draft.deletes.values() for key in keys]
        await shelves.entities.apply(changes, session=session)
        return True
