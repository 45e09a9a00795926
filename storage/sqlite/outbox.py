"""The outbox: owed notifications, written with their cause; dead letters; leases."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import apsw
import msgspec

from broker.model.notice import Notice
from broker.ports import Backlog, DeadLetter, Outcome
from kernel.clock import Clock
from kernel.times import Instant
from storage.documents import NOTICE, to_json
from storage.sqlite.connection import fetch
from storage.sqlite.database import Database
from storage.sqlite.names import TenantNumber
from storage.sqlite.writer import Done

_OWE = """
INSERT INTO notices (tenant, subscription, lane, attempts, doc) VALUES (?, ?, ?, ?, ?)
RETURNING number
"""
_OWED = """
SELECT n.number, t.name, n.attempts, n.doc FROM notices AS n JOIN tenants AS t USING (tenant)
WHERE {condition} ORDER BY n.number LIMIT ?
"""
_SETTLED = "DELETE FROM notices WHERE number = ?"
_PUT_OFF = "UPDATE notices SET attempts = ? WHERE number = ?"
_GIVE_UP = """
INSERT INTO dead_notices (number, tenant, subscription, lane, attempts, failed, reason, doc)
SELECT number, tenant, subscription, lane, ?2, ?3, ?4, doc FROM notices WHERE number = ?1
"""
_COUNT = """
INSERT INTO delivered (tenant, subscription, doc)
SELECT tenant, id, ?3 FROM subscriptions WHERE tenant = ?1 AND id = ?2
ON CONFLICT (tenant, subscription) DO UPDATE SET doc = excluded.doc
"""
_DEAD = """
SELECT number, attempts, failed, reason, doc FROM dead_notices
WHERE tenant = ? AND subscription = ? ORDER BY number LIMIT ? OFFSET ?
"""
_BACKLOG = """
SELECT (SELECT count(*) FROM notices WHERE tenant = ?1 AND subscription = ?2),
  (SELECT count(*) FROM dead_notices WHERE tenant = ?1 AND subscription = ?2)
"""
_REVIVE = """
INSERT INTO notices (number, tenant, subscription, lane, attempts, doc)
SELECT number, tenant, subscription, lane, 0, doc FROM dead_notices
WHERE number = ? AND tenant = ? AND subscription = ?
"""
_LEASE = """
INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET holder = ?2, until = ?3 WHERE holder = ?2 OR until <= ?4
"""


class SqliteOutbox:
    """`broker.ports.Outbox`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def owed(
        self, *, lane: str | None = None, after: int = 0, limit: int = 1_000
    ) -> Sequence[Notice]:
        """See the port."""
        return await self._database.readers.run(_owed, lane, after, limit)

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        """See the port."""
        if outcomes:
            await self._database.writer.run(partial(self._settle, outcomes), internal=True)

    async def dead_letters(
        self, tenant: str, subscription_id: str, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        """See the port."""
        return await self._database.readers.run(
            self._dead_letters, tenant, subscription_id, limit, offset
        )

    async def backlog(self, tenant: str, subscription_id: str) -> Backlog:
        """See the port. An operator asks; an index for it would cost every notice."""
        return await self._database.readers.run(self._backlog, tenant, subscription_id)

    async def revive(self, tenant: str, subscription_id: str, numbers: Sequence[int]) -> int:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[int]:
            number = self._database.names.tenant(connection, tenant)
            revived = 0
            for one in numbers:
                connection.execute(_REVIVE, (one, number, subscription_id))
                if connection.changes():
                    connection.execute("DELETE FROM dead_notices WHERE number = ?", (one,))
                    revived += 1
            return Done(revived)

        return await self._database.writer.run(work)

    async def forget(self, before: Instant) -> int:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[int]:
            connection.execute("DELETE FROM dead_notices WHERE failed < ?", (before,))
            return Done(connection.changes())

        return await self._database.writer.run(work, internal=True)

    async def lease(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        """See the port."""

        def work(connection: apsw.Connection) -> Done[bool]:
            connection.execute(_LEASE, (name, holder, until, now))
            return Done(connection.changes() > 0)

        return await self._database.writer.run(work, internal=True)

    def _settle(self, outcomes: Sequence[Outcome], connection: apsw.Connection) -> Done[None]:
        for outcome in outcomes:
            self._settle_one(connection, outcome)
        # The last outcome of a subscription carries its latest counters.
        counters = {
            (one.notice.tenant, one.notice.subscription_id): one.delivered for one in outcomes
        }
        for (tenant, subscription_id), delivered in counters.items():
            number = self._database.names.tenant(connection, tenant)
            connection.execute(_COUNT, (number, subscription_id, to_json(delivered)))
        return Done(None)

    def _settle_one(self, connection: apsw.Connection, outcome: Outcome) -> None:
        number, attempts = outcome.notice.number, outcome.notice.attempts + 1
        if outcome.retry_at is not None:
            connection.execute(_PUT_OFF, (attempts, number))
            return
        if outcome.dead:
            connection.execute(_GIVE_UP, (number, attempts, self._clock.now(), outcome.reason))
        connection.execute(_SETTLED, (number,))

    def _dead_letters(
        self,
        connection: apsw.Connection,
        tenant: str,
        subscription_id: str,
        limit: int,
        offset: int,
    ) -> list[DeadLetter]:
        number = self._database.read_names.tenant(connection, tenant)
        return [
            DeadLetter(_notice(one, tenant, attempts, doc), Instant(failed), reason)
            for one, attempts, failed, reason, doc in fetch(
                connection, _DEAD, (number, subscription_id, limit, offset)
            )
        ]

    def _backlog(self, connection: apsw.Connection, tenant: str, subscription_id: str) -> Backlog:
        number = self._database.read_names.tenant(connection, tenant)
        ((waiting, dead),) = fetch(connection, _BACKLOG, (number, subscription_id))
        return Backlog(waiting, dead)


def owe(
    connection: apsw.Connection, tenant: str, number: TenantNumber, notices: Sequence[Notice]
) -> list[Notice]:
    """Write notices inside a transaction; returns them with their numbers."""
    rows = [(number, one.subscription_id, one.lane, one.attempts, to_json(one)) for one in notices]
    given: list[Any] = [number for (number,) in connection.executemany(_OWE, rows)]
    return [
        msgspec.structs.replace(notice, tenant=tenant, number=one)
        for one, notice in zip(given, notices, strict=True)
    ]


def _owed(connection: apsw.Connection, lane: str | None, after: int, limit: int) -> list[Notice]:
    if lane is None:
        rows = fetch(connection, _OWED.format(condition="n.number > ?"), (after, limit))
    else:
        sql = _OWED.format(condition="n.lane = ? AND n.number > ?")
        rows = fetch(connection, sql, (lane, after, limit))
    return [_notice(number, tenant, attempts, doc) for number, tenant, attempts, doc in rows]


def _notice(number: int, tenant: str, attempts: int, doc: str) -> Notice:
    return msgspec.structs.replace(
        NOTICE.decode(doc), number=number, tenant=tenant, attempts=attempts
    )
