"""The entity store: load, decide, commit; look-ups by key; queries."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import apsw

from broker.core.decision import Decide, Decision, Target
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.ports import Announcer, EntityQuery, Page, TypeSummary
from broker.ql.ast import Node
from kernel.clock import Clock
from kernel.times import Instant
from storage.instants import CommitInstants
from storage.sqlite.connection import fetch
from storage.sqlite.database import Database
from storage.sqlite.history import append_rows
from storage.sqlite.loading import load
from storage.sqlite.outbox import owe
from storage.sqlite.queries import select_page, summarise_types
from storage.sqlite.saving import bury, save
from storage.sqlite.writer import Done

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
        self._announcer = announcer
        self._instants = CommitInstants(clock)

    async def write(
        self, tenant: str, targets: Sequence[Target], decide: Decide[ResultT]
    ) -> ResultT:
        """See the port."""
        return await self._database.writer.run(partial(self._write, tenant, targets, decide))

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

    def _write(
        self,
        tenant: str,
        targets: Sequence[Target],
        decide: Decide[ResultT],
        connection: apsw.Connection,
    ) -> Done[ResultT]:
        number = self._database.names.tenant(connection, tenant)
        now = self._instants.take()
        current = [] if number is None else load(connection, number, targets, now)
        decision = decide([stored.entity for stored in current], now)
        if decision.changes:
            self._instants.reach(decision.changes[-1].at)
        if not _writes(decision):
            return Done(decision.result, self._announcement(tenant, decision, ()))
        if number is None:
            number = self._database.names.new_tenant(connection, tenant)
        numbers = save(connection, number, current, decision)
        if decision.history:
            append_rows(connection, self._database.names, numbers.of, decision.history)
        owed = owe(connection, tenant, number, decision.notices) if decision.notices else ()
        return Done(decision.result, self._announcement(tenant, decision, owed))

    def _announcement(
        self, tenant: str, decision: Decision[Any], owed: Sequence[Notice]
    ) -> Callable[[], None] | None:
        if not owed and not decision.changes:
            return None
        return partial(self._announcer.announce, tenant, owed, decision.changes)

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


def _writes(decision: Decision[Any]) -> bool:
    return bool(decision.puts or decision.deletes or decision.history or decision.notices)


def _tenants(connection: apsw.Connection) -> list[str]:
    return [name for (name,) in fetch(connection, _TENANTS)]


def _sweep(now: Instant, connection: apsw.Connection) -> Done[int]:
    expired = [number for (number,) in fetch(connection, _EXPIRED, (now, _SWEEP_STEP))]
    bury(connection, expired)
    return Done(len(expired))
