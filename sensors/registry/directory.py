"""All devices of a tenant in memory: the intake asks for each message and cannot wait."""

from hmac import compare_digest
from types import MappingProxyType

import structlog

from kernel.errors import UnavailableError
from sensors.ports import DeviceStore
from sensors.registry.device import Device
from sensors.registry.keys import hash_of

_log = structlog.get_logger("odori.sensors")
_PAGE = 500
_NOBODY = hash_of("")


class Directory:
    """A copy of the registry, kept fresh by `refresh` and told at once of this process's changes.

    An unchanged device is given as the same object, so that callers may remember by identity.
    """

    def __init__(self, store: DeviceStore, tenant: str = "") -> None:
        self._store = store
        self._tenant = tenant
        self._devices: dict[str, Device] = {}
        self._is_stale = False
        self._changes = 0

    @property
    def devices(self) -> MappingProxyType[str, Device]:
        """Id → device, as of the last refresh."""
        return MappingProxyType(self._devices)

    def by_key(self, key: str, device_id: str) -> Device | None:
        """The device of this id if the key is its own; equally slow for devices that are not."""
        device = self._devices.get(device_id)
        expected = _NOBODY if device is None else device.key_hash
        return device if compare_digest(hash_of(key), expected) else None

    def by_device(self, device_id: str) -> Device | None:
        """The device of this id: for senders that proved themselves otherwise."""
        return self._devices.get(device_id)

    def saw(self, device: Device) -> None:
        """This process has stored a device."""
        if device.tenant == self._tenant:
            self._changes += 1
            self._devices[device.id] = device

    def forget(self, tenant: str, device_id: str) -> None:
        """This process has removed a device."""
        if tenant == self._tenant:
            self._changes += 1
            self._devices.pop(device_id, None)

    async def refresh(self) -> None:
        """Read the registry again. While it cannot be reached the old copy stands.

        An outage is logged once, and so is its end. What this process changed during the reading
        is newer than what was read, so then the reading counts for nothing.
        """
        changes = self._changes
        try:
            fresh = await self._read()
        except UnavailableError:
            if not self._is_stale:
                _log.warning("device registry unreachable, the last copy stands")
            self._is_stale = True
            return
        if self._is_stale:
            _log.info("device registry reachable again")
        self._is_stale = False
        if changes == self._changes:
            self._devices = fresh

    async def _read(self) -> dict[str, Device]:
        fresh: dict[str, Device] = {}
        after = ""
        while page := await self._store.page(self._tenant, after=after, limit=_PAGE):
            for device in page:
                known = self._devices.get(device.id)
                fresh[device.id] = known if known == device and known is not None else device
            after = page[-1].id
        return fresh
