"""The device registry."""

from collections.abc import Sequence

import apsw
import msgspec

from kernel.errors import ConflictError
from sensors.registry.device import Device
from storage.documents import to_json
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.parameters import bindable
from storage.sqlite.writer import Done

# A device that another tenant has under the same key is ignored like one that is there already.
_CREATE = """
INSERT OR IGNORE INTO devices (key_hash, revision, doc, tenant, id) VALUES (?, ?, ?, ?, ?)
"""
_REPLACE = """
UPDATE OR IGNORE devices SET key_hash = ?, revision = ?, doc = ?
WHERE tenant = ? AND id = ? AND revision = ?
"""
_GET = "SELECT doc FROM devices WHERE tenant = ? AND id = ?"
_FIND = "SELECT doc FROM devices WHERE key_hash = ? AND id = ?"
_PAGE = "SELECT doc FROM devices WHERE tenant = ? AND id > ? ORDER BY id LIMIT ? OFFSET ?"
_COUNT = "SELECT count(*) FROM devices WHERE tenant = ?"
_REMOVE = "DELETE FROM devices WHERE tenant = ? AND id = ?"

_DEVICE = msgspec.json.Decoder(Device)


class SqliteDevices:
    """`sensors.ports.DeviceStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, device: Device) -> None:
        """See the port."""
        row = (device.key_hash, device.revision, to_json(device), device.tenant, device.id)

        def work(connection: apsw.Connection) -> Done[None]:
            if device.revision == 1:
                connection.execute(_CREATE, row)
            else:
                connection.execute(_REPLACE, (*row, device.revision - 1))
            if not connection.changes():
                raise ConflictError("The device changed meanwhile, or its key and id are taken")
            return Done(None)

        await self._database.writer.run(work)

    async def get(self, tenant: str, device_id: str) -> Device | None:
        """See the port."""
        return self._one(_GET, tenant, device_id)

    async def find(self, key_hash: str, device_id: str) -> Device | None:
        """See the port."""
        return self._one(_FIND, key_hash, device_id)

    async def page(
        self, tenant: str, *, after: str = "", offset: int = 0, limit: int = 100
    ) -> Sequence[Device]:
        """See the port."""
        params = (tenant, bindable(after), limit, offset)
        rows = await self._database.readers.run(fetch, _PAGE, params)
        return [_DEVICE.decode(doc) for (doc,) in rows]

    async def count(self, tenant: str) -> int:
        """See the port."""
        count: int = await self._database.readers.run(fetch_value, _COUNT, (tenant,))
        return count

    async def remove(self, tenant: str, device_id: str) -> bool:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[bool]:
            connection.execute(_REMOVE, (tenant, bindable(device_id)))
            return Done(connection.changes() > 0)

        return await self._database.writer.run(work)

    def _one(self, sql: str, first: str, second: str) -> Device | None:
        params = (bindable(first), bindable(second))
        doc = self._database.readers.here(fetch_value, sql, params)
        return None if doc is None else _DEVICE.decode(doc)
