"""The subscriptions of each tenant, ready for matching, kept in step with every other process."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from broker.ports import Owners, SubscriptionStore
from broker.subscriptions.matching import SubscriptionIndex
from broker.subscriptions.owners import NobodyAsks
from broker.subscriptions.status import is_switched_off

_log = structlog.get_logger("odori.broker")
_NOBODY_ASKS: Final = NobodyAsks()


@dataclass(slots=True)
class BookCounts:
    """What this process did to subscriptions since it began to count.

    Attributes:
        reads: of all subscriptions of a tenant from the store.
        inserts: new subscriptions.
        updates: changed ones.
        removes: removed ones.
    """

    reads: int = 0
    inserts: int = 0
    updates: int = 0
    removes: int = 0


class SubscriptionBook:
    """Caches one `SubscriptionIndex` per tenant; `refresh` drops what another process changed.

    An owner whose credentials ended is noticed at the next look into the book.

    Attributes:
        counts: kept up by the book and by those who write subscriptions.
    """

    def __init__(self, store: SubscriptionStore, owners: Owners = _NOBODY_ASKS) -> None:
        self._store = store
        self._owners = owners
        self._owners_generation = owners.generation
        self._indexes: dict[str, SubscriptionIndex] = {}
        self._version = -1
        self._generation = 0
        self.counts = BookCounts()

    async def index(self, tenant: str) -> SubscriptionIndex:
        """The tenant's subscriptions; read from the store at first use and after a change.

        Those that delivery switched off and those without an owner are left out.
        """
        if self._owners.generation != self._owners_generation:
            self._owners_generation = self._owners.generation
            self._forget_all()
        index = self._indexes.get(tenant)
        if index is None:
            generation = self._generation
            await self._owners.refresh()  # an owner who is new subscribes at once
            everything = await self._store.all(tenant)
            self.counts.reads += 1
            counters = await self._store.delivered(tenant, [one.id for one in everything])
            index = SubscriptionIndex(
                one
                for one in everything
                if self._owners.allow(tenant, one)
                and (one.id not in counters or not is_switched_off(one, counters[one.id]))
            )
            if index.unreadable:
                _log.warning("subscriptions with unreadable filters", count=len(index.unreadable))
            # What was forgotten while it was read is read again at its next use.
            if generation == self._generation:
                self._indexes[tenant] = index
        return index

    def forget(self, tenant: str) -> None:
        """Read the tenant's subscriptions anew at their next use."""
        self._generation += 1
        self._indexes.pop(tenant, None)

    def known_ids(self) -> Iterator[str]:
        """Ids of the subscriptions that are ready for matching now, tenant by tenant."""
        for index in self._indexes.values():
            yield from index.ids

    async def refresh(self) -> bool:
        """Drop everything if any process changed a subscription; True if so."""
        version = await self._store.version()
        changed = version != self._version
        if changed:
            self._version = version
            self._forget_all()
        return changed

    def _forget_all(self) -> None:
        self._generation += 1
        self._indexes.clear()
