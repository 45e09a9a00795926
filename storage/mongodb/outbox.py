"""The outbox in MongoDB: owed notices, dead letters, leases."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from broker.model.notice import Notice
from broker.ports import Backlog, DeadLetter, Outcome
from kernel.clock import Clock
from kernel.times import Instant
from storage.documents import to_json
from storage.mongodb.chains import Chain
from storage.mongodb.collection import Collection, Remove, Replace, Session
from storage.mongodb.documents import Document, key_text, notice_document, notice_of
from storage.mongodb.transactions import Together


class MongoOutbox:
    """`broker.ports.Outbox`."""

    def __init__(
        self,
        *,
        outbox: Collection,
        claims: Collection,
        dead_letters: Collection,
        subscriptions: Collection,
        delivered: Collection,
        together: Together,
        leases: Callable[[str], Chain],
        clock: Clock,
        node: str,
    ) -> None:
        self._outbox = outbox
        self._claims = claims
        self._dead_letters = dead_letters
        self._subscriptions = subscriptions
        self._delivered = delivered
        self._together = together
        self._leases = leases
        self._clock = clock
        self._node = node

    async def owed(
        self, *, lane: str | None = None, after: int = 0, limit: int = 1_000
    ) -> Sequence[Notice]:
        """See `Outbox.owed`.

        Without transactions, what a write owes is told once the write is finished: whoever
        finishes it for a node that died owes it again (ADR 0051).
        """
        found: list[Notice] = []
        while len(found) < limit:
            wanted = limit - len(found)
            page = await self._page(lane, after, wanted)
            found += page if self._together.is_atomic else await self._to_be_told(page)
            if len(page) < wanted:
                break
            after = page[-1].number
        return found

    async def _page(self, lane: str | None, after: int, limit: int) -> list[Notice]:
        where: Document = {"_id": {"$gt": after}}
        if lane is not None:
            where["lane"] = lane
        found = self._outbox.find(where, sort=(("_id", 1),), limit=limit)
        return [notice_of(document) async for document in found]

    async def _to_be_told(self, notices: Sequence[Notice]) -> Sequence[Notice]:
        if all(one.attempts for one in notices):
            return notices
        return await self._as_counted(await self._finished(notices))

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """See `Outbox.settle`.

        Without transactions the dead letter is there before the notice goes, and the counters
        before both: a crash between them delivers once more rather than once less. The counters
        name the notices that they count for the first time, so that `owed` tells those that are
        still there as tried, and nothing is counted twice.
        """
        if not outcomes:
            return

        async def settle(session: Session) -> None:
            if not self._together.is_atomic:
                await self._finish({_subscription_key(one.notice) for one in outcomes})
            await self._count(outcomes, session)
            await self._bury(outcomes, session)
            await self._outbox.apply([_settled(one) for one in outcomes], session=session)

        await self._together.run(settle)

    async def _count(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """The counters of the subscriptions that still exist; the last of each counts."""
        counters = {_subscription_key(one.notice): one.delivered for one in outcomes}
        counted: dict[str, list[int]] = {key: [] for key in counters}
        for one in outcomes:
            if one.notice.attempts == 0:
                counted[_subscription_key(one.notice)].append(one.notice.number)
        known = self._subscriptions.find(
            {"_id": {"$in": list(counters)}}, fields=("tenant",), session=session
        )
        changes = [
            Replace(
                {"_id": one["_id"]},
                {
                    "_id": one["_id"],
                    "body": to_json(counters[one["_id"]]),
                    "counted": counted[one["_id"]],
                    "node": self._node,
                },
                insert=True,
            )
            async for one in known
        ]
        await self._delivered.apply(changes, session=session)

    async def _finished(self, notices: Sequence[Notice]) -> Sequence[Notice]:
        """Those of the notices that no write under way has a claim on."""
        found = self._claims.find({}, fields=("notices._id",))
        claimed = {one["_id"] async for claim in found for one in claim.get("notices", ())}
        return [one for one in notices if one.number not in claimed] if claimed else notices

    async def _as_counted(self, notices: Sequence[Notice]) -> Sequence[Notice]:
        """The notices; those as tried whose counters were committed when a settlement was cut off.

        Counters name the notices of their last settlement alone: earlier ones are finished by then.
        """
        keys = {_subscription_key(one) for one in notices if one.attempts == 0}
        found = self._delivered.find({"_id": {"$in": list(keys)}}, fields=("counted",))
        counted = {number async for one in found for number in one.get("counted", ())}
        return [
            _tried(one) if one.attempts == 0 and one.number in counted else one for one in notices
        ]

    async def _finish(self, keys: Iterable[str]) -> None:
        """Store as tried what another node, or an earlier start of this one, counted and left."""
        where = {"_id": {"$in": list(keys)}, "node": {"$ne": self._node}}
        found = self._delivered.find(where, fields=("counted",))
        numbers = [number async for one in found for number in one.get("counted", ())]
        if not numbers:
            return
        left = self._outbox.find({"_id": {"$in": numbers}})
        notices = [notice_of(document) async for document in left]
        await self._outbox.apply(
            [
                Replace({"_id": one.number}, notice_document(_tried(one)))
                for one in notices
                if one.attempts == 0
            ]
        )

    async def _bury(self, outcomes: Sequence[Outcome], session: Session) -> None:
        """A dead letter for each notice that is given up and still owed."""
        given_up = {one.notice.number: one for one in outcomes if one.dead}
        if not given_up:
            return
        owed = self._outbox.find(
            {"_id": {"$in": list(given_up)}}, fields=("tenant",), session=session
        )
        now = self._clock.now()
        letters: list[Replace | Remove] = []
        async for one in owed:
            outcome = given_up[one["_id"]]
            letter = notice_document(_tried(outcome.notice))
            letter |= {"failed": now, "reason": outcome.reason}
            letters.append(Replace({"_id": one["_id"]}, letter, insert=True))
        await self._dead_letters.apply(letters, session=session)

    async def dead_letters(
        self, tenant: str, subscription_id: str, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        """See `Outbox.dead_letters`."""
        where = {"tenant": tenant, "subscription": subscription_id}
        found = self._dead_letters.find(where, sort=(("_id", 1),), skip=offset, limit=limit)
        return [
            DeadLetter(notice_of(one), Instant(one["failed"]), one["reason"]) async for one in found
        ]

    async def backlog(self, tenant: str, subscription_id: str) -> Backlog:
        """See `Outbox.backlog`."""
        where = {"tenant": tenant, "subscription": subscription_id}
        return Backlog(await self._outbox.count(where), await self._dead_letters.count(where))

    async def revive(self, tenant: str, subscription_id: str, numbers: Sequence[int]) -> int:
        """See `Outbox.revive`."""

        async def revive(session: Session) -> int:
            dead = await self._dead_letters.fetch(
                {
                    "_id": {"$in": list(numbers)},
                    "tenant": tenant,
                    "subscription": subscription_id,
                },
                session=session,
            )
            again = [msgspec.structs.replace(notice_of(one), attempts=0) for one in dead]
            owed = [notice_document(notice) for notice in again]
            await self._outbox.apply(
                [Replace({"_id": one["_id"]}, one, insert=True) for one in owed], session=session
            )
            await self._dead_letters.apply(
                [Remove({"_id": one["_id"]}) for one in dead], session=session
            )
            # They begin anew, and count anew.
            key, revived = key_text(tenant, subscription_id), [one.number for one in again]
            await self._delivered.pull({"_id": key}, "counted", revived, session=session)
            return len(dead)

        return await self._together.run(revive)

    async def forget(self, before: Instant) -> int:
        """See `Outbox.forget`."""
        return await self._dead_letters.remove({"failed": {"$lt": before}})

    async def lease(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        """See `Outbox.lease`."""
        chain = self._leases(name)
        number, current = await chain.latest()
        if current and current["holder"] != holder and current["until"] > now:
            return False
        return await chain.append(number + 1, holder=holder, until=until)


def _settled(outcome: Outcome) -> Replace | Remove:
    """A notice leaves the outbox, or stays with one more attempt; one that left stays away."""
    here = {"_id": outcome.notice.number}
    if outcome.retry_at is None:
        return Remove(here)
    return Replace(here, notice_document(_tried(outcome.notice)))


def _tried(notice: Notice) -> Notice:
    return msgspec.structs.replace(notice, attempts=notice.attempts + 1)


def _subscription_key(notice: Notice) -> str:
    return key_text(notice.tenant, notice.subscription_id)
