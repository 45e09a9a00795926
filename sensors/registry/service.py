"""The registry at work: load a device, let a pure decision make the next one, store, tell."""

from collections.abc import Callable, Sequence

import msgspec

from kernel.clock import Clock
from kernel.errors import ConflictError, NotFoundError
from kernel.ids import IdSource
from kernel.times import Instant
from sensors.ports import DeviceStore
from sensors.registry import decisions
from sensors.registry.decisions import Approve, Draft
from sensors.registry.device import Device
from sensors.registry.directory import Directory
from sensors.registry.keys import hash_of, new_key

_TRIES = 5


class DeviceNotFoundError(NotFoundError):
    """The tenant has no device of this id."""


class DeviceExistsError(ConflictError):
    """The tenant has a device of this id already."""


class Registered(msgspec.Struct, frozen=True):
    """A device with the key that was made for it: shown once, to whoever asked for it.

    `key` is empty where the owner brought one along.
    """

    device: Device
    key: str = ""

    def __repr__(self) -> str:
        return f"Registered({self.device!r})"


class DeviceRegistry:
    """All that can be done to devices. Changes retry when somebody else was faster."""

    def __init__(
        self, *, store: DeviceStore, directory: Directory, clock: Clock, ids: IdSource
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._ids = ids

    async def provision(self, tenant: str, draft: Draft, *, own_key: str = "") -> Registered:
        """Register a device, with a new key or with the one that it already carries.

        Raises:
            DeviceExistsError: the id is taken.
            BadRequestError: the draft names no policy and its class has none.
        """
        key = own_key or new_key(self._ids)
        device = decisions.provision(
            draft, tenant=tenant, key_hash=hash_of(key), now=self._clock.now()
        )
        try:
            await self._store.put(device)
        except ConflictError:
            raise DeviceExistsError("A device of this id exists already") from None
        self._directory.saw(device)
        return Registered(device, "" if own_key else key)

    async def get(self, tenant: str, device_id: str) -> Device:
        """The device.

        Raises:
            DeviceNotFoundError: there is none.
        """
        device = await self._store.get(tenant, device_id)
        if device is None:
            raise DeviceNotFoundError("There is no device of this id")
        return device

    async def page(self, tenant: str, *, offset: int, limit: int) -> tuple[Sequence[Device], int]:
        """Devices in order of id, and how many there are."""
        devices = await self._store.page(tenant, offset=offset, limit=limit)
        return devices, await self._store.count(tenant)

    async def approve(self, tenant: str, device_id: str, wish: Approve) -> Device:
        """Let a device write; errors of `decisions.approve`."""
        return await self._change(tenant, device_id, lambda d, now: decisions.approve(d, wish, now))

    async def suspend(self, tenant: str, device_id: str, role: str) -> Device:
        """Silence a device; takes effect with its next message."""
        return await self._change(tenant, device_id, lambda d, now: decisions.suspend(d, role, now))

    async def retire(self, tenant: str, device_id: str, role: str) -> Device:
        """End a device's life; its record stays."""
        return await self._change(tenant, device_id, lambda d, now: decisions.retire(d, role, now))

    async def revise(self, tenant: str, device_id: str, draft: Draft) -> Device:
        """Describe a device anew; errors of `decisions.revise`."""
        return await self._change(tenant, device_id, lambda d, now: decisions.revise(d, draft, now))

    async def rotate_key(self, tenant: str, device_id: str) -> Registered:
        """Give a device another key; the old one ends at once."""
        key = new_key(self._ids)
        hashed = hash_of(key)
        device = await self._change(
            tenant, device_id, lambda d, now: decisions.rotate_key(d, hashed, now)
        )
        return Registered(device, key)

    async def remove(self, tenant: str, device_id: str) -> None:
        """Forget a device that was registered by mistake; retiring keeps the record.

        Raises:
            DeviceNotFoundError: there is none.
        """
        if not await self._store.remove(tenant, device_id):
            raise DeviceNotFoundError("There is no device of this id")
        self._directory.forget(tenant, device_id)

    async def _change(
        self, tenant: str, device_id: str, decide: Callable[[Device, Instant], Device]
    ) -> Device:
        for _ in range(_TRIES - 1):
            try:
                return await self._try(tenant, device_id, decide)
            except ConflictError:
                continue
        return await self._try(tenant, device_id, decide)

    async def _try(
        self, tenant: str, device_id: str, decide: Callable[[Device, Instant], Device]
    ) -> Device:
        device = decide(await self.get(tenant, device_id), self._clock.now())
        await self._store.put(device)
        self._directory.saw(device)
        return device
