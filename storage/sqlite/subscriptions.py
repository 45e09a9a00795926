"""Subscriptions, and beside them what delivery knows."""

import json
from collections.abc import Sequence

import apsw

from broker.subscriptions.model import Delivered, Subscription
from storage.documents import DELIVERED, SUBSCRIPTION, to_json
from storage.sqlite.connection import fetch, fetch_value
from storage.sqlite.database import Database
from storage.sqlite.writer import Done

_PUT = """
INSERT INTO subscriptions (tenant, id, created, doc) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET created = excluded.created, doc = excluded.doc
"""
_GET = """
SELECT s.doc FROM subscriptions AS s JOIN tenants AS t USING (tenant)
WHERE t.name = ? AND s.id = ?
"""
_ALL = """
SELECT s.doc FROM subscriptions AS s JOIN tenants AS t USING (tenant)
WHERE t.name = ? ORDER BY s.created, s.id
"""
_DELIVERED = """
SELECT d.subscription, d.doc
FROM delivered AS d JOIN tenants AS t USING (tenant)
WHERE t.name = ? AND d.subscription IN (SELECT value FROM json_each(?))
"""
_REMOVE = "DELETE FROM subscriptions WHERE tenant = ? AND id = ?"
_REMOVE_WITH_IT = (
    "DELETE FROM delivered WHERE tenant = ? AND subscription = ?",
    "DELETE FROM notices WHERE tenant = ? AND subscription = ?",
    "DELETE FROM dead_notices WHERE tenant = ? AND subscription = ?",
)
_RISE = "UPDATE versions SET version = version + 1 WHERE name = 'subscriptions'"
_VERSION = "SELECT version FROM versions WHERE name = 'subscriptions'"


class SqliteSubscriptions:
    """`broker.ports.SubscriptionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant: str, subscription: Subscription) -> None:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[None]:
            number = self._database.names.new_tenant(connection, tenant)
            row = (number, subscription.id, subscription.created_at, to_json(subscription))
            connection.execute(_PUT, row)
            connection.execute(_RISE)
            return Done(None)

        await self._database.writer.run(work)

    async def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """See the port."""
        doc = self._database.readers.here(fetch_value, _GET, (tenant, subscription_id))
        return None if doc is None else SUBSCRIPTION.decode(doc)

    async def all(self, tenant: str) -> Sequence[Subscription]:
        """See the port."""
        return await self._database.readers.run(_all, tenant)

    async def delivered(self, tenant: str, ids: Sequence[str]) -> dict[str, Delivered]:
        """See the port."""
        return await self._database.readers.run(_delivered, tenant, ids)

    async def remove(self, tenant: str, subscription_id: str) -> bool:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[bool]:
            key = (self._database.names.tenant(connection, tenant), subscription_id)
            connection.execute(_REMOVE, key)
            if not connection.changes():
                return Done(result=False)
            for sql in _REMOVE_WITH_IT:
                connection.execute(sql, key)
            connection.execute(_RISE)
            return Done(result=True)

        return await self._database.writer.run(work)

    async def version(self) -> int:
        """See the port."""
        version: int = self._database.readers.here(fetch_value, _VERSION)
        return version


def _all(connection: apsw.Connection, tenant: str) -> list[Subscription]:
    return [SUBSCRIPTION.decode(doc) for (doc,) in fetch(connection, _ALL, (tenant,))]


def _delivered(
    connection: apsw.Connection, tenant: str, ids: Sequence[str]
) -> dict[str, Delivered]:
    rows = fetch(connection, _DELIVERED, (tenant, json.dumps(list(ids))))
    return {subscription_id: DELIVERED.decode(doc) for subscription_id, doc in rows}
