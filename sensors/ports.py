"""What the sensors' room needs from a storage engine, written as contracts.

Stores raise `kernel.errors.UnavailableError` when the database cannot be reached; driver text never
travels in it.
"""

from collections.abc import Sequence
from typing import Protocol

from sensors.registry.device import Device


class DeviceStore(Protocol):
    """The device registry. Every answer comes after the commit and sees all answered writes."""

    async def put(self, device: Device) -> None:
        """Store a device if nobody was faster; durable on return.

        The stored revision must be `device.revision - 1`; revision 1 is a creation, and then
        `(tenant, id)` must not exist. Nothing else is compared.

        Raises:
            ConflictError: the stored revision is another one, the device is gone, or another
                tenant has a device with the same `(key_hash, id)`. Nothing is written.
        """

    async def get(self, tenant: str, device_id: str) -> Device | None:
        """The device, or None."""

    async def find(self, key_hash: str, device_id: str) -> Device | None:
        """The device with this key and id, of whichever tenant; None if either does not match.

        `(key_hash, id)` names at most one device of all tenants. This is what the intake asks for
        every message, so it is answered from an index.
        """

    async def page(
        self, tenant: str, *, after: str = "", offset: int = 0, limit: int = 100
    ) -> Sequence[Device]:
        """At most `limit` devices with an id above `after`, in order of id by code point.

        `offset` of them are skipped first. A device that exists during the whole walk by `after`
        is seen exactly once.
        """

    async def count(self, tenant: str) -> int:
        """How many devices the tenant has."""

    async def remove(self, tenant: str, device_id: str) -> bool:
        """Forget a device; False if there was none. Durable on return."""
