"""Registrations, and beside them what is known of the requests they caused."""

import json
from collections.abc import Mapping, Sequence

import apsw

from broker.federation.model import Forwarded, Registration
from storage.documents import FORWARDED, REGISTRATION, to_json
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.writer import Done

_PUT = """
INSERT INTO registrations (tenant, id, created, doc) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET created = excluded.created, doc = excluded.doc
"""
_GET = """
SELECT r.doc FROM registrations AS r JOIN tenants AS t USING (tenant)
WHERE t.name = ? AND r.id = ?
"""
_ALL = """
SELECT r.doc FROM registrations AS r JOIN tenants AS t USING (tenant)
WHERE t.name = ? ORDER BY r.created, r.id
"""
_FORWARDED = """
SELECT f.registration, f.doc
FROM forwarded AS f JOIN tenants AS t USING (tenant)
WHERE t.name = ? AND f.registration IN (SELECT value FROM json_each(?))
"""
# What is about no registration is not stored.
_COUNT = """
INSERT INTO forwarded (tenant, registration, doc)
SELECT tenant, id, ? FROM registrations WHERE tenant = ? AND id = ?
ON CONFLICT (tenant, registration) DO UPDATE SET doc = excluded.doc
"""
_COUNTED = "SELECT doc FROM forwarded WHERE tenant = ? AND registration = ?"
_REMOVE = "DELETE FROM registrations WHERE tenant = ? AND id = ?"
_REMOVE_WITH_IT = "DELETE FROM forwarded WHERE tenant = ? AND registration = ?"
_RISE = "UPDATE versions SET version = version + 1 WHERE name = 'registrations'"
_VERSION = "SELECT version FROM versions WHERE name = 'registrations'"


class SqliteRegistrations:
    """`broker.ports.RegistrationStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant: str, registration: Registration) -> None:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[None]:
            number = self._database.names.new_tenant(connection, tenant)
            row = (number, registration.id, registration.created_at, to_json(registration))
            connection.execute(_PUT, row)
            connection.execute(_RISE)
            return Done(None)

        await self._database.writer.run(work)

    async def get(self, tenant: str, registration_id: str) -> Registration | None:
        """See the port."""
        doc = self._database.readers.here(fetch_value, _GET, (tenant, registration_id))
        return None if doc is None else REGISTRATION.decode(doc)

    async def all(self, tenant: str) -> Sequence[Registration]:
        """See the port."""
        return await self._database.readers.run(_all, tenant)

    async def forwarded(self, tenant: str, ids: Sequence[str]) -> dict[str, Forwarded]:
        """See the port."""
        return await self._database.readers.run(_forwarded, tenant, ids)

    async def count(self, tenant: str, more: Mapping[str, Forwarded]) -> None:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[None]:
            number = self._database.names.tenant(connection, tenant)
            for registration_id, added in more.items():
                doc = fetch_value(connection, _COUNTED, (number, registration_id))
                known = Forwarded() if doc is None else FORWARDED.decode(doc)
                row = (to_json(known.with_more(added)), number, registration_id)
                connection.execute(_COUNT, row)
            return Done(None)

        await self._database.writer.run(work)

    async def remove(self, tenant: str, registration_id: str) -> bool:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[bool]:
            key = (self._database.names.tenant(connection, tenant), registration_id)
            connection.execute(_REMOVE, key)
            if not connection.changes():
                return Done(result=False)
            connection.execute(_REMOVE_WITH_IT, key)
            connection.execute(_RISE)
            return Done(result=True)

        return await self._database.writer.run(work)

    async def version(self) -> int:
        """See the port."""
        version: int = self._database.readers.here(fetch_value, _VERSION)
        return version


def _all(connection: apsw.Connection, tenant: str) -> list[Registration]:
    return [REGISTRATION.decode(doc) for (doc,) in fetch(connection, _ALL, (tenant,))]


def _forwarded(
    connection: apsw.Connection, tenant: str, ids: Sequence[str]
) -> dict[str, Forwarded]:
    rows = fetch(connection, _FORWARDED, (tenant, json.dumps(list(ids))))
    return {registration_id: FORWARDED.decode(doc) for registration_id, doc in rows}
