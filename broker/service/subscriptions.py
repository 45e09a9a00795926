"""What may be done with subscriptions, whichever face asks."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from broker.ports import Backlog, DeadLetter, Outbox, Owners, SubscriptionStore
from broker.service.book import SubscriptionBook
from broker.service.call import Call
from broker.service.rules import NO_RULES, TypeRules
from broker.subscriptions.model import Delivered, Face, Status, Subscription
from broker.subscriptions.owners import NobodyAsks
from broker.subscriptions.status import effective_status
from kernel.clock import Clock
from kernel.errors import ConflictError, NotFoundError
from kernel.ids import IdSource

_PAGE: Final = 1_000
_NOBODY_ASKS: Final = NobodyAsks()
_NOT_FOUND: Final = "The requested subscription has not been found. Check id"


class Kept(msgspec.Struct, frozen=True):
    """A subscription and what delivery knows of it.

    `is_orphaned` says that its owner may not be told any more: then its status is INACTIVE.
    """

    subscription: Subscription
    delivered: Delivered
    is_orphaned: bool = False


class Deliveries(msgspec.Struct, frozen=True):
    """How a subscription is delivered: the last attempts are in `kept.delivered`."""

    kept: Kept
    backlog: Backlog
    letters: Sequence[DeadLetter]


class Subscriptions:
    """Creates, shows, changes and removes subscriptions; tells of deliveries and replays them."""

    def __init__(
        self,
        *,
        store: SubscriptionStore,
        outbox: Outbox,
        book: SubscriptionBook,
        clock: Clock,
        ids: IdSource,
        rules: TypeRules = NO_RULES,
        owners: Owners = _NOBODY_ASKS,
    ) -> None:
        self._owners = owners
        self._store = store
        self._outbox = outbox
        self._book = book
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def create(self, call: Call, draft: Subscription) -> str:
        """Store a new subscription, with what its owner may see; an empty id is given one.

        Returns the id.

        Raises:
            ConflictError: the id is taken, be it by a subscription that the caller may not see.
        """
        call.check_tenant()
        if draft.id and await self._store.get(call.tenant, draft.id) is not None:
            raise ConflictError("A subscription with this id exists already")
        now = self._clock.now()
        made = msgspec.structs.replace(
            draft,
            id=draft.id or self._ids.object_id(),
            permission=self._rules.permission_for(call.principal),
            owner=call.principal.holder,
            created_at=now,
            modified_at=now,
            activated_at=now,
        )
        await self._put(call.tenant, made)
        self._book.counts.inserts += 1
        return made.id

    async def get(self, call: Call, subscription_id: str) -> Kept:
        """One subscription.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        call.check_tenant()
        subscription = await self._store.get(call.tenant, subscription_id)
        if subscription is None or not self._is_for(call, subscription):
            raise NotFoundError(_NOT_FOUND)
        return (await self._kept(call.tenant, [subscription]))[0]

    async def page(
        self,
        call: Call,
        *,
        limit: int,
        offset: int,
        face: Face | None = None,
        service_path: str = "",
    ) -> tuple[list[Kept], int]:
        """A page in order of creation, and how many there are in all that the caller may see.

        Args:
            call: whose.
            limit: at most this many.
            offset: skipped first.
            face: only those made through it.
            service_path: only those with exactly that one; empty for all.
        """
        call.check_tenant()
        everything = [
            one
            for one in await self._store.all(call.tenant)
            if face in (None, one.face)
            and service_path in ("", one.service_path)
            and self._is_for(call, one)
        ]
        page = everything[offset : offset + limit]
        return await self._kept(call.tenant, page), len(everything)

    async def change(
        self, call: Call, subscription_id: str, edit: Callable[[Subscription], Subscription]
    ) -> None:
        """Replace a subscription by what `edit` makes of it.

        `edit` sees the status in effect: INACTIVE where delivery switched the subscription off, or
        where its owner may not be told any more. Writing another one switches it on again; whoever
        does so for an owner that is gone owns it from then on. It keeps its permission: who may
        change it sees all that it tells, and what its editor sees besides is no business of its
        receiver.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        kept = await self.get(call, subscription_id)
        status = effective_status(kept.subscription, kept.delivered)
        edited = edit(msgspec.structs.replace(kept.subscription, status=status))
        now = self._clock.now()
        is_switched = edited.status is not status
        since = now if is_switched else kept.subscription.activated_at
        is_taken_over = is_switched and kept.is_orphaned
        await self._put(
            call.tenant,
            msgspec.structs.replace(
                edited,
                id=subscription_id,
                permission=kept.subscription.permission,
                owner=call.principal.holder if is_taken_over else kept.subscription.owner,
                modified_at=now,
                activated_at=since,
            ),
        )
        self._book.counts.updates += 1

    async def remove(self, call: Call, subscription_id: str) -> None:
        """Remove a subscription with all that is owed to it.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        await self.get(call, subscription_id)
        if not await self._store.remove(call.tenant, subscription_id):
            raise NotFoundError(_NOT_FOUND)
        self._book.forget(call.tenant)
        self._book.counts.removes += 1

    async def deliveries(
        self, call: Call, subscription_id: str, *, limit: int = 100, offset: int = 0
    ) -> Deliveries:
        """How a subscription is delivered, with a page of its dead letters in order of number.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        kept = await self.get(call, subscription_id)
        backlog = await self._outbox.backlog(call.tenant, subscription_id)
        letters = await self._outbox.dead_letters(call.tenant, subscription_id, limit, offset)
        return Deliveries(kept, backlog, letters)

    async def replay(
        self,
        call: Call,
        subscription_id: str,
        wanted: Callable[[DeadLetter], bool] = lambda _: True,
    ) -> int:
        """Owe dead letters of a subscription again, those that are wanted; returns how many.

        Raises:
            NotFoundError: there is none of that id that the caller may see.
        """
        await self.get(call, subscription_id)
        read, numbers = 0, list[int]()
        while page := await self._outbox.dead_letters(call.tenant, subscription_id, _PAGE, read):
            read += len(page)
            numbers += [letter.notice.number for letter in page if wanted(letter)]
        revived = 0
        for start in range(0, len(numbers), _PAGE):
            some = numbers[start : start + _PAGE]
            revived += await self._outbox.revive(call.tenant, subscription_id, some)
        return revived

    def _is_for(self, call: Call, subscription: Subscription) -> bool:
        """Whether the caller may see, and so may ask for, all that the subscription tells."""
        return self._rules.permission_for(call.principal).covers(subscription.permission)

    async def _kept(self, tenant: str, subscriptions: Sequence[Subscription]) -> list[Kept]:
        await self._owners.refresh()
        counters = await self._store.delivered(tenant, [one.id for one in subscriptions])
        return [
            self._as_owned(tenant, Kept(one, counters.get(one.id, Delivered())))
            for one in subscriptions
        ]

    def _as_owned(self, tenant: str, kept: Kept) -> Kept:
        if self._owners.allow(tenant, kept.subscription):
            return kept
        silenced = msgspec.structs.replace(kept.subscription, status=Status.INACTIVE)
        return Kept(silenced, kept.delivered, is_orphaned=True)

    async def _put(self, tenant: str, subscription: Subscription) -> None:
        await self._store.put(tenant, subscription)
        self._book.forget(tenant)
