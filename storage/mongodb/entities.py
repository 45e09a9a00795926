"""Entities in MongoDB."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from broker.core.decision import Decide, Decision, Target
from broker.model.entity import Entity, EntityKey
from broker.ports import Announcer, Cursor, EntityQuery, Page, TypeSummary
from broker.ql.ast import Node
from broker.ql.predicate import Predicate, compile_predicate
from kernel.clock import Clock
from kernel.times import DAY_US, Instant
from storage.instants import CommitInstants
from storage.mongodb.documents import Document, attribute_types, entity_of, rank
from storage.mongodb.draft import Shelves, load
from storage.mongodb.filters import select
from storage.mongodb.ordering import top
from storage.mongodb.selection import Filter, Selection, every
from storage.mongodb.writing import Writer
from storage.targets import is_named

ResultT = TypeVar("ResultT")
_SWEPT_AT_ONCE = 500


class MongoEntities:
    """`broker.ports.EntityStore`."""

    def __init__(
        self,
        shelves: Shelves,
        writer: Writer,
        *,
        clock: Clock,
        instants: CommitInstants,
        announcer: Announcer,
    ) -> None:
        self._shelves = shelves
        self._writer = writer
        self._clock = clock
        self._instants = instants
        self._announcer = announcer

    # Writing -------------------------------------------------------------------------------------

    async def write(
        self, tenant: str, targets: Sequence[Target], decide: Decide[ResultT]
    ) -> ResultT:
        """See `EntityStore.write`."""

        def decided(documents: Sequence[Document]) -> Decision[ResultT]:
            now = self._instants.take()
            self._instants.reach(Instant(now + len(targets)))
            return decide(_named(documents, targets, now), now)

        decision, notices = await self._writer.run(tenant, _ids(targets), decided)
        if notices or decision.changes:
            self._announcer.announce(tenant, notices, decision.changes)
        return decision.result

    async def sweep(self, now: Instant) -> int:
        """See `EntityStore.sweep`. Each part goes the way of every write, so that none is lost."""
        removed = 0
        while True:
            expired = await self._shelves.entities.fetch(
                {"expires": {"$lte": now}}, fields=("tenant", "id"), limit=_SWEPT_AT_ONCE
            )
            if not expired:
                break
            ids: defaultdict[str, set[str]] = defaultdict(set)
            for document in expired:
                ids[document["tenant"]].add(document["id"])
            for tenant, some_ids in ids.items():
                removed += await self._remove_expired(tenant, some_ids, now)
        await self._shelves.verdicts.remove({"at": {"$lt": now - DAY_US}})
        return removed

    async def _remove_expired(self, tenant: str, ids: set[str], now: Instant) -> int:
        def decide(documents: Sequence[Document]) -> Decision[int]:
            keys = [entity_of(one).key for one in documents if one["expires"] <= now]
            return Decision(len(keys), deletes=keys)

        return (await self._writer.run(tenant, ids, decide))[0].result

    # Reading -------------------------------------------------------------------------------------

    async def find(self, tenant: str, targets: Sequence[Target]) -> Sequence[Entity]:
        """See `EntityStore.find`."""
        documents = await load(self._shelves.entities, tenant, _ids(targets))
        return _named(documents, targets, self._clock.now())

    async def query(self, tenant: str, query: EntityQuery) -> Page:
        """See `EntityStore.query`."""
        search = self._search(tenant, query.where)
        if query.order:
            return await self._ordered(search, query)
        if search.selection.is_exact:
            return await self._exact(search, query)
        return await self._judged(search, query)

    def _search(self, tenant: str, where: Node) -> "_Search":
        judge = compile_predicate(where)
        return _Search(tenant, self._clock.now(), select(where), judge)

    async def _exact(self, search: "_Search", query: EntityQuery) -> Page:
        """The server counts and cuts the page."""
        where = search.where(query.after)
        total = await self._shelves.entities.count(search.where(None)) if query.count else None
        if not query.limit:
            return Page((), total)
        documents = self._shelves.entities.find(
            where, fields=("body",), sort=_CREATION, skip=query.offset, limit=query.limit
        )
        return _page([entity_of(one) async for one in documents], total, query)

    async def _judged(self, search: "_Search", query: EntityQuery) -> Page:
        """The server's candidates are judged as they stream by; a count needs all of them."""
        after = rank(*_of(query.after)) if query.after is not None else ""
        count, skipped = 0, 0
        shown: list[Entity] = []
        async for document, entity in self._candidates(
            search, None if query.count else query.after
        ):
            count += 1
            if document["rank"] <= after:
                continue
            if skipped < query.offset:
                skipped += 1
            elif len(shown) < query.limit:
                shown.append(entity)
            if len(shown) == query.limit and not query.count:
                break
        return _page(shown, count if query.count else None, query)

    async def _candidates(
        self, search: "_Search", after: Cursor | None
    ) -> AsyncIterator[tuple[Document, Entity]]:
        documents = self._shelves.entities.find(
            search.where(after), fields=("rank", "body"), sort=_CREATION
        )
        async for document in documents:
            entity = entity_of(document)
            if search.judge(entity):
                yield document, entity

    async def _ordered(self, search: "_Search", query: EntityQuery) -> Page:
        """An order by values: all candidates pass through, the best of them stay."""
        count = 0

        async def counted() -> AsyncIterator[Entity]:
            nonlocal count
            async for _, entity in self._candidates(search, None):
                count += 1
                yield entity

        best = await top(counted(), query.order, query.offset + query.limit)
        return Page(best[query.offset :], count if query.count else None)

    async def types(self, tenant: str, where: Node) -> Sequence[TypeSummary]:
        """See `EntityStore.types`."""
        search = self._search(tenant, where)
        fields = ("types", "shape") if search.selection.is_exact else ("types", "shape", "body")
        counts: Counter[str] = Counter()
        attributes: defaultdict[str, set[str]] = defaultdict(set)
        async for document in self._shelves.entities.find(search.where(None), fields=fields):
            if "body" in document and not search.judge(entity_of(document)):
                continue
            for name in document["types"]:
                counts[name] += 1
                attributes[name].update(document["shape"])
        return [_summary(name, counts[name], attributes[name]) for name in sorted(counts)]

    async def tenants(self) -> Sequence[str]:
        """See `EntityStore.tenants`."""
        entities = await self._shelves.entities.distinct("tenant")
        return sorted({*entities, *await self._shelves.subscriptions.distinct("tenant")})


_CREATION = (("rank", 1),)


class _Search:
    """A condition on the entities of one tenant that have not expired."""

    def __init__(self, tenant: str, now: Instant, selection: Selection, judge: Predicate) -> None:
        self.selection = selection
        self.judge = judge
        self._alive: list[Filter] = [{"tenant": tenant}, {"expires": {"$gt": now}}]

    def where(self, after: Cursor | None) -> Filter:
        """The filter of all candidates, or of those behind a cursor."""
        behind: list[Filter] = [] if after is None else [{"rank": {"$gt": rank(*_of(after))}}]
        return every([*self._alive, *behind, self.selection.may])


def _of(cursor: Cursor) -> tuple[Instant, EntityKey]:
    return cursor.created_at, cursor.key


def _page(shown: Sequence[Entity], total: int | None, query: EntityQuery) -> Page:
    if not shown or len(shown) < query.limit:
        return Page(shown, total)
    last = shown[-1]
    return Page(shown, total, Cursor(last.created_at, last.key))


def _summary(name: str, count: int, shape: set[str]) -> TypeSummary:
    types: defaultdict[str, set[str]] = defaultdict(set)
    for attribute, v2_type in attribute_types(shape):
        types[attribute].add(v2_type)
    return TypeSummary(name, count, {one: tuple(sorted(types[one])) for one in sorted(types)})


def _ids(targets: Sequence[Target]) -> set[str]:
    return {target.id for target in targets}


def _named(documents: Sequence[Document], targets: Sequence[Target], now: Instant) -> list[Entity]:
    by_id: defaultdict[str, list[Target]] = defaultdict(list)
    for target in targets:
        by_id[target.id].append(target)
    alive: list[Any] = [entity_of(one) for one in documents if one["expires"] > now]
    return [entity for entity in alive if is_named(entity, by_id[entity.id])]
