"""Commits on a server without transactions (ADR 0051).

A *claim* is a document whose key is the entity id that it locks, and whose content is everything
that the write does about that id: entities, history, notices. Inserting it is atomic on every
server, because `_id` is unique, and so it is both the lock and the commit: whoever dies after
it leaves all that is needed to finish the write. A write about several ids claims them one by one
and then inserts one *verdict*; that is its commit.

A claim whose node has stopped (`pulse.py`) has lost its writer. Whoever sees it, finishes it, or
undoes it where the verdict is missing.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import Final

import structlog

from kernel.clock import Clock
from kernel.errors import UnavailableError
from storage.mongodb.claim_documents import (
    blank_claim,
    claims_of,
    created_by,
    keyed,
    seen_by,
)
from storage.mongodb.collection import Remove, Replace
from storage.mongodb.documents import Document, key_text
from storage.mongodb.draft import Draft, Shelves, is_current, load, seen_in
from storage.mongodb.pulse import Pulse, Stopped
from storage.mongodb.retries import ATTEMPTS, Retries
from storage.mongodb.write_ids import WriteIds, node_of

_log = structlog.get_logger("odori.storage")
_REMEMBERED: Final = 10_000
"""Writes that were broken off, the latest ones."""


class Claims:
    """Commits through claims.

    `swaps` says whether the server compares and replaces a document in one step. Where it does not
    (FerretDB), the claim alone keeps writers apart.
    """

    def __init__(
        self,
        shelves: Shelves,
        pulse: Pulse,
        *,
        write_ids: WriteIds,
        retries: Retries,
        clock: Clock,
        swaps: bool,
    ) -> None:
        self._shelves = shelves
        self._pulse = pulse
        self._write_ids = write_ids
        self._retries = retries
        self._clock = clock
        self._swaps = swaps
        self._broken_off: dict[str, None] = {}

    # The life of a write -------------------------------------------------------------------------

    async def commit(self, draft: Draft) -> bool:
        """See `Committer`. Exact for one entity id; of several, readers may see some before all."""
        try:
            return await self._commit(claims_of(draft), draft)
        except BaseException:
            self._break_off(draft.write)
            raise

    def _break_off(self, write: str) -> None:
        """Remember that a write of this node ended before its claims were gone, perhaps."""
        self._broken_off[write] = None
        if len(self._broken_off) > _REMEMBERED:
            del self._broken_off[next(iter(self._broken_off))]

    async def _commit(self, claims: Sequence[Document], draft: Draft) -> bool:
        taken = await self._shelves.claims.insert_all(claims, ordered=True)
        if taken:
            await self._give_way(claims, taken[0])
            return False
        current = await is_current(self._shelves.entities, draft)
        self._pulse.check()
        if not current or not await self._judged(claims[0]):
            await self._release(claims)
            return False
        await self._carry_out(claims)
        await self._release(claims)
        return True

    async def _judged(self, claim: Document) -> bool:
        """Whether the write is committed: by its only claim, or now by its verdict."""
        return not claim["shared"] or await self._shelves.verdicts.insert(
            {"_id": claim["write"], "committed": True, "at": self._clock.now()}
        )

    async def _give_way(self, claims: Sequence[Document], taken: str) -> None:
        """Give back the claims before the one that somebody else holds, and look after that one."""
        before = list(takewhile(lambda claim: claim["_id"] != taken, claims))
        if before:
            await self._shelves.claims.remove(keyed(before))
        await self._look_after({"_id": taken})

    async def _release(self, claims: Sequence[Document]) -> None:
        await self._shelves.claims.remove(keyed(claims))
        if claims[0]["shared"]:
            await self._shelves.verdicts.remove({"_id": claims[0]["write"]})

    async def _carry_out(self, claims: Sequence[Document]) -> None:
        """Do what committed claims say; doing it again changes nothing.

        Entities come last: as long as one is missing, the rest can be told to be missing too.
        """
        shelves = self._shelves
        self._pulse.check()
        await shelves.history.insert_all([row for claim in claims for row in claim["history"]])
        await shelves.outbox.insert_all([owed for claim in claims for owed in claim["notices"]])
        self._pulse.check()
        await shelves.entities.insert_all([new for claim in claims for new in created_by(claim)])
        await shelves.entities.apply([step for claim in claims for step in self._steps(claim)])

    def _steps(self, claim: Document) -> Iterator[Replace | Remove]:
        seen = seen_by(claim)
        for document in claim["puts"]:
            if document["_id"] in seen:
                yield Replace(self._unchanged(document["_id"], seen), document)
        for key in claim["deletes"]:
            yield Remove(self._unchanged(key, seen))

    def _unchanged(self, key: str, seen: Mapping[str, str]) -> Document:
        return {"_id": key, "write": seen.get(key)} if self._swaps else {"_id": key}

    # Turns ---------------------------------------------------------------------------------------

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """See `Committer`. Claims what is no entity; of a dead node, that is just taken away."""
        if self._swaps:
            yield
            return
        write = self._write_ids.take()
        claim = blank_claim(write, key_text(name)) | {"shared": False}
        try:
            await self._take(claim)
            yield
            await self._shelves.claims.remove(keyed([claim]))
        except BaseException:
            self._break_off(write)
            await self._shelves.claims.remove(keyed([claim]))
            raise

    async def _take(self, claim: Document) -> None:
        for attempt in range(ATTEMPTS):
            if await self._shelves.claims.insert(claim):
                return
            await self._look_after({"_id": claim["_id"]})
            await self._retries.pause(attempt)
        raise UnavailableError("The record is being written by too many at once")

    # What the dead left behind -------------------------------------------------------------------

    async def recover(self) -> int:
        """See `Committer`."""
        return await self._look_after({})

    async def _look_after(self, where: Document) -> int:
        """Settle the abandoned ones of these claims; returns how many."""
        claims = await self._shelves.claims.fetch(where)
        if not claims:
            return 0
        stopped = await self._pulse.stopped()
        abandoned = [claim for claim in claims if self._is_abandoned(claim["write"], stopped)]
        for claim in abandoned:
            if claim["id"] or claim["shared"]:
                await self._settle(claim)
            else:  # it says nothing and only kept others away
                await self._shelves.claims.remove(keyed([claim]))
        return len(abandoned)

    def _is_abandoned(self, write: str, stopped: Stopped) -> bool:
        node = node_of(write)
        return write in self._broken_off if node == self._pulse.node else node in stopped

    async def _settle(self, claim: Document) -> None:
        """Of several who notice only one does it; and only if, by then, nobody else has done it.

        The claim is read once more, because its writer may have finished and stopped since.
        """
        async with self.alone(f"settle {claim['_id']}"):
            if await self._shelves.claims.first(keyed([claim])) is None:
                return
            committed = not claim["shared"] or await self._was_committed(claim["write"])
            counts = committed and await self._is_unfinished(claim)
            if counts:
                await self._carry_out([claim])
            await self._shelves.claims.remove(keyed([claim]))
        _log.warning("abandoned write settled", node=node_of(claim["write"]), written=counts)

    async def _was_committed(self, write: str) -> bool:
        """Whether the shared write has its verdict; if it has none, it is called off for good."""
        verdict = {"_id": write, "committed": False, "at": self._clock.now()}
        if await self._shelves.verdicts.insert(verdict):
            return False
        stored = await self._shelves.verdicts.first({"_id": write})
        return stored is not None and bool(stored["committed"])

    async def _is_unfinished(self, claim: Document) -> bool:
        """Whether each document is as the writer saw it, or as it leaves it, but not all are left.

        If there is any other, the claim was laid on an outdated state and never counted.
        """
        if not claim["id"]:
            return True
        documents = await load(
            self._shelves.entities, claim["tenant"], [claim["id"]], fields=("id", "write")
        )
        stored = seen_in(documents, [claim["id"]])[claim["id"]]
        seen = seen_by(claim)
        written = {document["_id"]: claim["write"] for document in claim["puts"]}
        left: dict[str, str | None] = dict.fromkeys(claim["deletes"]) | written
        counted = all(
            stored.get(key) in (seen.get(key), left.get(key, seen.get(key)))
            for key in seen.keys() | stored.keys() | left.keys()
        )
        return counted and (not left or any(stored.get(key) != left[key] for key in left))
