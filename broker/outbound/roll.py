"""The subscriptions that something is owed to, with their counters as this process counts them."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from broker.ports import SubscriptionStore
from broker.subscriptions.model import Delivered, Subscription

Key = tuple[str, str]
"""Tenant and subscription id."""

_REMEMBERED: Final = 10_000


class Entry:
    """One subscription.

    Attributes:
        subscription: as its owner last wrote it; None once it is removed.
        delivered: ahead of the store by what is not settled yet.
        owed: notices of it in memory; while there are any the entry is not forgotten.
    """

    __slots__ = ("delivered", "is_fresh", "owed", "subscription")

    def __init__(self, subscription: Subscription | None, delivered: Delivered) -> None:
        self.subscription = subscription
        self.delivered = delivered
        self.owed = 0
        self.is_fresh = True


class Roll:
    """Keeps entries in step with the store.

    The process that owns a lane is the only one that counts for its subscriptions.
    """

    def __init__(self, store: SubscriptionStore) -> None:
        self._store = store
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._version = -1

    def __getitem__(self, key: Key) -> Entry:
        """The entry of a subscription that was brought before."""
        return self._entries[key]

    async def refresh(self) -> None:
        """Notice what owners changed since the last time, in any process."""
        version = await self._store.version()
        if version == self._version:
            return
        self._version = version
        for key, entry in list(self._entries.items()):
            if entry.owed:
                entry.is_fresh = False
            else:
                del self._entries[key]
        await self.bring(list(self._entries))

    async def bring(self, keys: Iterable[Key]) -> None:
        """Read what is not at hand, and read again what may have changed."""
        if len(self._entries) > _REMEMBERED:
            self.forget_idle()
        wanted = dict.fromkeys(keys)
        unknown = [key for key in wanted if key not in self._entries]
        for tenant in dict.fromkeys(tenant for tenant, _ in unknown):
            ids = [one for owner, one in unknown if owner == tenant]
            counters = await self._store.delivered(tenant, ids)
            for one in ids:
                subscription = await self._store.get(tenant, one)
                entry = Entry(subscription, counters.get(one, Delivered()))
                self._entries.setdefault((tenant, one), entry)
        for key in wanted:
            entry = self._entries[key]
            if not entry.is_fresh:
                entry.is_fresh = True
                entry.subscription = await self._store.get(*key)

    def forget_idle(self) -> None:
        """Read counters anew at their next use: another process may have counted meanwhile."""
        for key in [key for key, entry in self._entries.items() if not entry.owed]:
            del self._entries[key]
