"""The entity store: load, decide, commit; look-ups by key; queries."""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import apsw

from broker.core.decision import Decide, Target
from broker.model.entity import Entity
from broker.ports import Announcer, EntityQuery, Page, TypeSummary
from broker.ql.ast import Node
from kernel.clock import Clock
from kernel.times import Instant
from storage.instants import CommitInstants
from storage.sqlite.connection import fetch
from storage.sqlite.database import Database
from storage.sqlite.loading import load
from storage.sqlite.queries import select_page, summarise_types
from storage.sqlite.saving import bury
from storage.sqlite.writer import Done
from storage.sqlite.writing import EntityWriting, Wanted

ResultT = TypeVar("ResultT")

_FEW = 16
"""Look-ups of so many targets are read on the event loop; more would hold it up."""
_SWEEP_STEP = 1_000

_EXPIRED = "SELECT entity FROM entities WHERE expires <= ? LIMIT ?"
_TENANTS = """
SELECT name FROM tenants AS t WHERE EXISTS (
  SELECT 1 FROM entities AS e WHERE e.tenant = t.tenant AND e.created IS NOT NULL
) OR EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.tenant = t.tenant)
ORDER BY name
"""


class SqliteEntities:
    """`broker.ports.EntityStore`."""

    def __init__(self, database: Database, clock: Clock, announcer: Announcer) -> None:
        self._database = database
        self._clock = clock
        self._writing = EntityWriting(database.names, CommitInstants(clock), announcer)

    async def write(
        self, tenant: str, targets: Sequence[Target], decide: Decide[ResultT]
    ) -> ResultT:
        """See the port."""
        return await self._database.writer.join(
            self._writing.together, Wanted(tenant, targets, decide), size=len(targets)
        )

    async def find(self, tenant: str, targets: Sequence[Target]) -> Sequence[Entity]:
        """See the port."""
        if len(targets) <= _FEW:
            return self._database.readers.here(self._find, tenant, targets)
        return await self._database.readers.run(self._find, tenant, targets)

    async def query(self, tenant: str, query: EntityQuery) -> Page:
        """See the port."""
        return await self._database.readers.run(self._query, tenant, query)

    async def types(self, tenant: str, where: Node) -> Sequence[TypeSummary]:
        """See the port."""
        return await self._database.readers.run(self._types, tenant, where)

    async def tenants(self) -> Sequence[str]:
        """See the port."""
        return await self._database.readers.run(_tenants)

    async def sweep(self, now: Instant) -> int:
        """See the port. Done in steps, so that writers need not wait long."""
        swept = 0
        while step := await self._database.writer.run(partial(_sweep, now), internal=True):
            swept += step
        return swept

    def _find(
        self, connection: apsw.Connection, tenant: str, targets: Sequence[Target]
    ) -> list[Entity]:
        number = self._database.read_names.tenant(connection, tenant)
        if number is None:
            return []
        found = load(connection, number, targets, self._clock.now())
        return [stored.entity for stored in found]

    def _query(self, connection: apsw.Connection, tenant: str, query: EntityQuery) -> Page:
        number = self._database.read_names.tenant(connection, tenant)
        if number is None:
            return Page((), 0 if query.count else None)
        return select_page(connection, number, query, self._clock.now())

    def _types(self, connection: apsw.Connection, tenant: str, where: Node) -> list[TypeSummary]:
        number = self._database.read_names.tenant(connection, tenant)
        if number is None:
            return []
        return summarise_types(connection, number, where, self._clock.now())


def _tenants(connection: apsw.Connection) -> list[str]:
    return [name for (name,) in fetch(connection, _TENANTS)]


def _sweep(now: Instant, connection: apsw.Connection) -> Done[int]:
    expired = [number for (number,) in fetch(connection, _EXPIRED, (now, _SWEEP_STEP))]
    bury(connection, expired)
    return Done(len(expired))
