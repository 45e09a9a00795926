"""Stand-ins at the ports of the sensors' room."""

from collections.abc import Sequence

from kernel.errors import ConflictError, UnavailableError
from sensors.registry.device import Device, Transport
from sensors.simulation.ports import Sender
from sensors.simulation.wire import Message


class MemoryDeviceStore:
    """A `DeviceStore` in a dictionary. `is_away` makes it unreachable."""

    def __init__(self) -> None:
        self.devices: dict[tuple[str, str], Device] = {}
        self.is_away = False

    async def put(self, device: Device) -> None:
        self._answer()
        stored = self.devices.get((device.tenant, device.id))
        if (stored.revision if stored else 0) != device.revision - 1:
            raise ConflictError("The device has another revision")
        twin = await self.find(device.key_hash, device.id)
        if twin is not None and twin.tenant != device.tenant:
            raise ConflictError("Another tenant has a device with this key and id")
        self.devices[device.tenant, device.id] = device

    async def get(self, tenant: str, device_id: str) -> Device | None:
        self._answer()
        return self.devices.get((tenant, device_id))

    async def find(self, key_hash: str, device_id: str) -> Device | None:
        self._answer()
        found = (d for d in self.devices.values() if (d.key_hash, d.id) == (key_hash, device_id))
        return next(found, None)

    async def page(
        self, tenant: str, *, after: str = "", offset: int = 0, limit: int = 100
    ) -> Sequence[Device]:
        self._answer()
        own = (d for d in self.devices.values() if d.tenant == tenant and d.id > after)
        return sorted(own, key=lambda d: d.id)[offset : offset + limit]

    async def count(self, tenant: str) -> int:
        self._answer()
        return sum(d.tenant == tenant for d in self.devices.values())

    async def remove(self, tenant: str, device_id: str) -> bool:
        self._answer()
        return self.devices.pop((tenant, device_id), None) is not None

    def _answer(self) -> None:
        if self.is_away:
            raise UnavailableError("The database cannot be reached")


class RecordingTransport:
    """A `DeviceTransport` that keeps what it is given. `error` is raised while it is set."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Transport, bytes]] = []
        self.error: Exception | None = None

    async def send(self, sender: Sender, body: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((sender.device, sender.transport, body))


class RecordingLoader:
    """A `HistoryLoader` that keeps what it is given."""

    def __init__(self) -> None:
        self.batches: list[list[Message]] = []
        self.messages: list[Message] = []

    async def load(self, batch: Sequence[Message]) -> None:
        self.batches.append(list(batch))
        self.messages.extend(batch)
