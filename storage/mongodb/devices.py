"""The device registry in MongoDB."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import msgspec

from kernel.errors import ConflictError
from sensors.registry.device import Device
from storage.documents import to_json
from storage.mongodb.collection import Collection, Replace
from storage.mongodb.documents import Document, key_text
from storage.mongodb.draft import Committer

_DEVICE: Final = msgspec.json.Decoder(Device)


class MongoDevices:
    """`sensors.ports.DeviceStore`."""

    def __init__(self, devices: Collection, committer: Committer) -> None:
        self._devices = devices
        self._committer = committer

    async def put(self, device: Device) -> None:
        """See `DeviceStore.put`."""
        async with AsyncExitStack() as alone:
            # The device before the key: everybody takes the two in this order.
            for name in (("device", device.tenant, device.id), ("key", device.key_hash, device.id)):
                await alone.enter_async_context(self._committer.alone(key_text(*name)))
            if not await self._is_free(device) or not await self._written(device):
                raise ConflictError("The device was changed by somebody else, or its key is taken")

    async def _is_free(self, device: Device) -> bool:
        """Whether no other device has its key. An index says the same, where indexes are minded."""
        found = self._devices.find({"key_hash": device.key_hash, "id": device.id}, fields=())
        return all([one["tenant"] == device.tenant async for one in found])

    async def _written(self, device: Device) -> bool:
        document = _document(device)
        if device.revision == 1:
            return await self._devices.insert(document)
        before = {"_id": document["_id"], "revision": device.revision - 1}
        return await self._devices.replace(Replace(before, document))

    async def get(self, tenant: str, device_id: str) -> Device | None:
        """See `DeviceStore.get`."""
        return _device(await self._devices.first({"_id": key_text(tenant, device_id)}))

    async def find(self, key_hash: str, device_id: str) -> Device | None:
        """See `DeviceStore.find`."""
        return _device(await self._devices.first({"key_hash": key_hash, "id": device_id}))

    async def page(
        self, tenant: str, *, after: str = "", offset: int = 0, limit: int = 100
    ) -> Sequence[Device]:
        """See `DeviceStore.page`."""
        if not limit:
            return ()
        where = {"tenant": tenant, "id": {"$gt": after}}
        found = self._devices.find(where, sort=(("id", 1),), skip=offset, limit=limit)
        return [_DEVICE.decode(document["body"]) async for document in found]

    async def count(self, tenant: str) -> int:
        """See `DeviceStore.count`."""
        return await self._devices.count({"tenant": tenant})

    async def remove(self, tenant: str, device_id: str) -> bool:
        """See `DeviceStore.remove`."""
        async with self._committer.alone(key_text("device", tenant, device_id)):
            return bool(await self._devices.remove({"_id": key_text(tenant, device_id)}))


def _document(device: Device) -> Document:
    return {
        "_id": key_text(device.tenant, device.id),
        "tenant": device.tenant,
        "id": device.id,
        "key_hash": device.key_hash,
        "revision": device.revision,
        "body": to_json(device),
    }


def _device(document: Document | None) -> Device | None:
    return None if document is None else _DEVICE.decode(document["body"])
