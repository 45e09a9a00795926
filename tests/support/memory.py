"""The ports of the broker in memory: the plainest thing that keeps their contracts.

Conditions are `broker.ql.predicate`, orders are `broker.ql.ordering`: what an engine does better
must come to the same.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Self, TypeVar

import msgspec

from broker.core.decision import Decide, Target
from broker.federation.model import Forwarded, Registration
from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.model.notice import Notice
from broker.ports import (
    Announcer,
    Backlog,
    Cursor,
    DeadLetter,
    EntityQuery,
    Outcome,
    Page,
    TypeSummary,
)
from broker.ql.ast import Node
from broker.ql.ordering import order_key
from broker.ql.predicate import compile_predicate
from broker.subscriptions.model import Delivered, Subscription
from broker.temporal.query import Aggregate, AggregateQuery, Aggregation, HistoryQuery, Period
from kernel.clock import Clock
from kernel.times import Instant, from_datetime, to_datetime

ResultT = TypeVar("ResultT")


class Silent:
    """An announcer that nobody listens to, and a feed in which nothing happens."""

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:
        """Nobody hears."""

    async def changes(self, tenant: str) -> AsyncIterator[Change]:  # noqa: ARG002 — for nobody
        """Nothing happens."""
        return
        yield


class Memory:
    """All stores of the broker over one set of dicts."""

    def __init__(self, clock: Clock, announcer: Announcer | None = None) -> None:
        self._clock = clock
        self._announcer = announcer or Silent()
        self._last = Instant(0)
        self._entities: dict[str, dict[EntityKey, Entity]] = {}
        self._rows: dict[str, list[HistoryRow]] = {}
        self._subscriptions: dict[str, dict[str, Subscription]] = {}
        self._delivered: dict[tuple[str, str], Delivered] = {}
        self._owed: dict[int, Notice] = {}
        self._dead: list[DeadLetter] = []
        self._leases: dict[str, tuple[str, Instant]] = {}
        self._version = 0
        self._number = 0

    # EntityStore ---------------------------------------------------------------------------------

    async def write(
        self, tenant: str, targets: Sequence[Target], decide: Decide[ResultT]
    ) -> ResultT:
        self._last = now = Instant(max(self._clock.now(), self._last + len(targets) + 1))
        decision = decide(self._named(tenant, targets), now)
        entities = self._entities.setdefault(tenant, {})
        for key in decision.deletes:
            entities.pop(key, None)
        for entity in decision.puts:
            entities[entity.key] = entity
        self._rows.setdefault(tenant, []).extend(decision.history)
        self._announcer.announce(tenant, self._owe(decision.notices), decision.changes)
        return decision.result

    def _owe(self, notices: Iterable[Notice]) -> list[Notice]:
        numbered = []
        for notice in notices:
            self._number += 1
            numbered.append(msgspec.structs.replace(notice, number=self._number))
        self._owed.update((notice.number, notice) for notice in numbered)
        return numbered

    async def find(self, tenant: str, targets: Sequence[Target]) -> Sequence[Entity]:
        return self._named(tenant, targets)

    def _named(self, tenant: str, targets: Sequence[Target]) -> list[Entity]:
        return sorted(
            (
                entity
                for entity in self._alive(tenant)
                if any(_names(target, entity) for target in targets)
            ),
            key=order_key(()),
        )

    def _alive(self, tenant: str) -> list[Entity]:
        now = self._clock.now()
        return [
            entity
            for entity in self._entities.get(tenant, {}).values()
            if entity.expires_at is None or entity.expires_at > now
        ]

    async def query(self, tenant: str, query: EntityQuery) -> Page:
        holds = compile_predicate(query.where)
        found = sorted(filter(holds, self._alive(tenant)), key=order_key(query.order))
        total = len(found) if query.count else None
        if query.after is not None:
            behind = (query.after.created_at, *query.after.key)
            found = [one for one in found if (one.created_at, *one.key) > behind]
        page = found[query.offset : query.offset + query.limit]
        more = len(page) == query.limit and page and not query.order
        return Page(page, total, Cursor(page[-1].created_at, page[-1].key) if more else None)

    async def types(self, tenant: str, where: Node) -> Sequence[TypeSummary]:
        holds = compile_predicate(where)
        found: dict[str, list[Entity]] = {}
        for entity in filter(holds, self._alive(tenant)):
            for name in entity.types:
                found.setdefault(name, []).append(entity)
        return [_summary(name, found[name]) for name in sorted(found)]

    async def tenants(self) -> Sequence[str]:
        named = {*self._subscriptions, *self._entities}
        return sorted(
            name for name in named if self._entities.get(name) or self._subscriptions.get(name)
        )

    async def sweep(self, now: Instant) -> int:
        gone = [
            (tenant, key)
            for tenant, entities in self._entities.items()
            for key, entity in entities.items()
            if entity.expires_at is not None and entity.expires_at <= now
        ]
        for tenant, key in gone:
            del self._entities[tenant][key]
        return len(gone)


class MemoryHistory:
    """`HistoryStore` over a `Memory`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def rows(self, tenant: str, query: HistoryQuery) -> Sequence[HistoryRow]:
        window = self._window(tenant, query)
        if query.last_n is not None:
            return window[max(len(window) - query.last_n, 0) :]
        return window[query.offset : query.offset + query.limit]

    def _window(self, tenant: str, query: HistoryQuery) -> list[HistoryRow]:
        series = query.series
        return sorted(
            (
                row
                for row in self._memory._rows.get(tenant, ())
                if row.attribute == series.attribute
                and series.entity_id in ("", row.key.id)
                and series.entity_type in ("", row.key.type)
                and series.service_path in ("", row.key.service_path)
                and (query.since is None or row.time >= query.since)
                and (query.until is None or row.time <= query.until)
                and (query.known_at is None or row.recorded_at <= query.known_at)
                and query.permission.shows_types((row.key.type,))
                and query.permission.shows_path(row.key.service_path)
            ),
            key=lambda row: (row.time, row.recorded_at),
        )

    async def aggregate(self, tenant: str, query: AggregateQuery) -> Sequence[Aggregate]:
        groups: dict[Instant, list[HistoryRow]] = {}
        rows = await self.rows(tenant, query.window)
        for row in rows:
            start = rows[0].time if query.period is None else _floor(row.time, query.period)
            groups.setdefault(start, []).append(row)
        found = ((start, _number(query.method, group)) for start, group in sorted(groups.items()))
        return [Aggregate(start, value) for start, value in found if value is not None]

    async def append(self, tenant: str, rows: Sequence[HistoryRow]) -> None:
        self._memory._rows.setdefault(tenant, []).extend(rows)

    async def forget(self, tenant: str, before: Instant) -> int:
        kept = [row for row in self._memory._rows.get(tenant, ()) if row.time >= before]
        gone = len(self._memory._rows.get(tenant, ())) - len(kept)
        self._memory._rows[tenant] = kept
        return gone


class MemorySubscriptions:
    """`SubscriptionStore` over a `Memory`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def put(self, tenant: str, subscription: Subscription) -> None:
        self._memory._version += 1
        self._memory._subscriptions.setdefault(tenant, {})[subscription.id] = subscription

    async def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        return self._memory._subscriptions.get(tenant, {}).get(subscription_id)

    async def all(self, tenant: str) -> Sequence[Subscription]:
        found = self._memory._subscriptions.get(tenant, {}).values()
        return sorted(found, key=lambda one: (one.created_at, one.id))

    async def delivered(self, tenant: str, ids: Sequence[str]) -> dict[str, Delivered]:
        known = self._memory._delivered
        return {one: known[tenant, one] for one in ids if (tenant, one) in known}

    async def remove(self, tenant: str, subscription_id: str) -> bool:
        memory = self._memory
        memory._version += 1
        memory._delivered.pop((tenant, subscription_id), None)
        memory._owed = {
            number: notice
            for number, notice in memory._owed.items()
            if (notice.tenant, notice.subscription_id) != (tenant, subscription_id)
        }
        memory._dead = [
            letter
            for letter in memory._dead
            if (letter.notice.tenant, letter.notice.subscription_id) != (tenant, subscription_id)
        ]
        found = memory._subscriptions.get(tenant, {}).pop(subscription_id, None)
        return found is not None

    async def version(self) -> int:
        return self._memory._version


class MemoryRegistrations:
    """`RegistrationStore`, by itself."""

    def __init__(self) -> None:
        self._registrations: dict[str, dict[str, Registration]] = {}
        self._forwarded: dict[tuple[str, str], Forwarded] = {}
        self._version = 0

    async def put(self, tenant: str, registration: Registration) -> None:
        self._version += 1
        self._registrations.setdefault(tenant, {})[registration.id] = registration

    async def get(self, tenant: str, registration_id: str) -> Registration | None:
        return self._registrations.get(tenant, {}).get(registration_id)

    async def all(self, tenant: str) -> Sequence[Registration]:
        found = self._registrations.get(tenant, {}).values()
        return sorted(found, key=lambda one: (one.created_at, one.id))

    async def forwarded(self, tenant: str, ids: Sequence[str]) -> dict[str, Forwarded]:
        known = self._forwarded
        return {one: known[tenant, one] for one in ids if (tenant, one) in known}

    async def count(self, tenant: str, more: Mapping[str, Forwarded]) -> None:
        for name, added in more.items():
            if name in self._registrations.get(tenant, {}):
                known = self._forwarded.get((tenant, name), Forwarded())
                self._forwarded[tenant, name] = known.with_more(added)

    async def remove(self, tenant: str, registration_id: str) -> bool:
        self._version += 1
        self._forwarded.pop((tenant, registration_id), None)
        return self._registrations.get(tenant, {}).pop(registration_id, None) is not None

    async def version(self) -> int:
        return self._version


class MemoryOutbox:
    """`Outbox` over a `Memory`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def owed(
        self, *, lane: str | None = None, after: int = 0, limit: int = 1_000
    ) -> Sequence[Notice]:
        numbers = sorted(number for number in self._memory._owed if number > after)
        found = [self._memory._owed[number] for number in numbers]
        return [notice for notice in found if lane in (None, notice.lane)][:limit]

    async def settle(self, outcomes: Sequence[Outcome]) -> None:
        memory = self._memory
        for outcome in outcomes:
            notice = outcome.notice
            memory._delivered[notice.tenant, notice.subscription_id] = outcome.delivered
            if memory._owed.pop(notice.number, None) is None:
                continue
            if outcome.retry_at is not None:
                memory._owed[notice.number] = msgspec.structs.replace(
                    notice, attempts=notice.attempts + 1
                )
            elif outcome.dead:
                memory._dead.append(DeadLetter(notice, memory._clock.now(), outcome.reason))

    async def dead_letters(
        self, tenant: str, subscription_id: str, limit: int = 100, offset: int = 0
    ) -> Sequence[DeadLetter]:
        wanted = (tenant, subscription_id)
        found = [
            letter
            for letter in self._memory._dead
            if (letter.notice.tenant, letter.notice.subscription_id) == wanted
        ]
        return sorted(found, key=lambda one: one.notice.number)[offset : offset + limit]

    async def backlog(self, tenant: str, subscription_id: str) -> Backlog:
        wanted = (tenant, subscription_id)
        dead = await self.dead_letters(tenant, subscription_id, len(self._memory._dead))
        owed = self._memory._owed.values()
        waiting = sum((one.tenant, one.subscription_id) == wanted for one in owed)
        return Backlog(waiting, len(dead))

    async def revive(self, tenant: str, subscription_id: str, numbers: Sequence[int]) -> int:
        letters = await self.dead_letters(tenant, subscription_id, len(self._memory._dead))
        chosen = [letter for letter in letters if letter.notice.number in numbers]
        for letter in chosen:
            self._memory._dead.remove(letter)
            self._memory._owed[letter.notice.number] = msgspec.structs.replace(
                letter.notice, attempts=0
            )
        return len(chosen)

    async def forget(self, before: Instant) -> int:
        """See the port."""
        memory = self._memory
        kept = [letter for letter in memory._dead if letter.failed_at >= before]
        forgotten = len(memory._dead) - len(kept)
        memory._dead = kept
        return forgotten

    async def lease(self, name: str, holder: str, until: Instant, now: Instant) -> bool:
        held = self._memory._leases.get(name)
        if held is not None and held[0] != holder and held[1] > now:
            return False
        self._memory._leases[name] = (holder, until)
        return True


def _names(target: Target, entity: Entity) -> bool:
    return (
        target.id == entity.id
        and (not target.type or target.type in entity.types)
        and target.service_path in ("", entity.service_path)
    )


def _summary(name: str, entities: Sequence[Entity]) -> TypeSummary:
    types: dict[str, set[str]] = {}
    for entity in entities:
        for attribute in entity.attributes:
            instance = entity.attribute(attribute)
            if instance is not None:
                types.setdefault(attribute, set()).add(instance.v2_type)
    return TypeSummary(
        name, len(entities), {one: tuple(sorted(types[one])) for one in sorted(types)}
    )


_SMALLER = {
    Period.SECOND: {"microsecond": 0},
    Period.MINUTE: {"microsecond": 0, "second": 0},
    Period.HOUR: {"microsecond": 0, "second": 0, "minute": 0},
    Period.DAY: {"microsecond": 0, "second": 0, "minute": 0, "hour": 0},
    Period.MONTH: {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1},
    Period.YEAR: {"microsecond": 0, "second": 0, "minute": 0, "hour": 0, "day": 1, "month": 1},
}


def _floor(instant: Instant, period: Period) -> Instant:
    return from_datetime(to_datetime(instant).replace(**_SMALLER[period]))


def _number(method: Aggregation, rows: Sequence[HistoryRow]) -> float | int | None:
    if method is Aggregation.COUNT:
        return len(rows)
    values = [row.instance.value for row in rows if row.instance is not None]
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if not numbers:
        return None
    match method:
        case Aggregation.SUM:
            return sum(numbers)
        case Aggregation.AVG:
            return sum(numbers) / len(numbers)
        case Aggregation.MIN:
            return min(numbers)
        case Aggregation.MAX:
            return max(numbers)


class MemoryEngine:
    """All stores in memory, as an engine."""

    def __init__(self, clock: Clock, announcer: Announcer | None = None) -> None:
        self.entities = Memory(clock, announcer)
        self.history = MemoryHistory(self.entities)
        self.subscriptions = MemorySubscriptions(self.entities)
        self.registrations = MemoryRegistrations()
        self.outbox = MemoryOutbox(self.entities)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is kept."""
