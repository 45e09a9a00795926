"""The registrations of each tenant, kept in step with every other process."""

from collections.abc import Sequence

from broker.federation.model import Registration
from broker.ports import RegistrationStore


class RegistrationBook:
    """Caches the registrations per tenant; `refresh` drops what another process changed."""

    def __init__(self, store: RegistrationStore) -> None:
        self._store = store
        self._known: dict[str, Sequence[Registration]] = {}
        self._version = -1
        self._generation = 0

    async def registrations(self, tenant: str) -> Sequence[Registration]:
        """The tenant's, in order of creation; read at first use and after a change."""
        known = self._known.get(tenant)
        if known is None:
            generation = self._generation
            known = await self._store.all(tenant)
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
