"""The registrations of each tenant, kept in step with every other process."""

from broker.federation.index import RegistrationIndex
from broker.ports import RegistrationStore


class RegistrationBook:
    """Caches the registrations per tenant; `refresh` drops what another process changed."""

    def __init__(self, store: RegistrationStore) -> None:
        self._store = store
        self._known: dict[str, RegistrationIndex] = {}
        self._version = -1
        self._generation = 0

    async def index(self, tenant: str) -> RegistrationIndex:
        """The tenant's registrations; read from the store at first use and after a change."""
        known = self._known.get(tenant)
        if known is None:
            generation = self._generation
            known = RegistrationIndex(await self._store.all(tenant))
            # What was forgotten while it was read is read again at its next use.
            if generation == self._generation:
                self._known[tenant] = known
        return known

    def forget(self, tenant: str) -> None:
        """Read the tenant's registrations anew at their next use."""
        self._generation += 1
        self._known.pop(tenant, None)

    async def refresh(self) -> bool:
        """Drop everything if any process changed a registration; True if so."""
        version = await self._store.version()
        changed = version != self._version
        if changed:
            self._version = version
            self._generation += 1
            self._known.clear()
        return changed
