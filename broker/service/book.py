"""The subscriptions of each tenant, ready for matching, kept in step with every other process."""

from broker.ports import SubscriptionStore
from broker.subscriptions.matching import SubscriptionIndex


class SubscriptionBook:
    """Caches one `SubscriptionIndex` per tenant; `refresh` drops what another process changed."""

    def __init__(self, store: SubscriptionStore) -> None:
        self._store = store
        self._indexes: dict[str, SubscriptionIndex] = {}
        self._version = -1

    async def index(self, tenant: str) -> SubscriptionIndex:
        """The tenant's subscriptions; read from the store at first use and after a change."""
        index = self._indexes.get(tenant)
        if index is None:
            index = SubscriptionIndex(await self._store.all(tenant))
            self._indexes[tenant] = index
        return index

    def forget(self, tenant: str) -> None:
        """Read the tenant's subscriptions anew at their next use."""
        self._indexes.pop(tenant, None)

    async def refresh(self) -> bool:
        """Drop everything if any process changed a subscription; True if so."""
        version = await self._store.version()
        changed = version != self._version
        if changed:
            self._version = version
            self._indexes.clear()
        return changed
