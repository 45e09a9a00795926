"""Entities in MongoDB."""

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from broker.core.decision import Decide, Decision, Target
from broker.model.entity import Entity
from broker.ports import Announcer, Cursor, EntityQuery, Page, TypeSummary
from broker.ql.ast import Node
from broker.ql.predicate import compile_predicate
from kernel.clock import Clock
from kernel.times import DAY_US, Instant
from storage.instants import CommitInstants
from storage.mongodb.documents import Document, attribute_types, entity_of, rank
from storage.mongodb.draft import Shelves, load
from storage.mongodb.filters import Ranged, select
from storage.mongodb.ordering import top
from storage.mongodb.selection import ALL, Filter, Selection, every, none_of
from storage.mongodb.writing import Writer
from storage.targets import is_named

ResultT = TypeVar("ResultT")
_SWEPT_AT_ONCE = 500
_CREATION = (("rank", 1),)


class Search:
    """A condition on the entities of one tenant that have not expired."""

    def __init__(self, tenant: str, now: Instant, selection: Selection, where: Node) -> None:
        self.selection = selection
        self.judge = compile_predicate(where)
        self._alive: Filter = {"tenant": tenant, "expires": {"$gt": now}}

    def where(self, *conditions: Filter) -> Filter:
        """The filter of such entities under further conditions."""
        return every([self._alive, *conditions])


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
        ranged: Ranged,
    ) -> None:
        self._shelves = shelves
        self._writer = writer
        self._clock = clock
        self._instants = instants
        self._announcer = announcer
        self._ranged = ranged

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
        total = await self._count(search) if query.count else None
        if query.order:
            wanted = query.offset + query.limit
            return Page(
                (await top(self._found(search), query.order, wanted))[query.offset :], total
            )
        shown = await self._page(search, query) if query.limit else []
        if not shown or len(shown) < query.limit:
            return Page(shown, total)
        return Page(shown, total, Cursor(shown[-1].created_at, shown[-1].key))

    def _search(self, tenant: str, where: Node) -> Search:
        return Search(tenant, self._clock.now(), select(where, self._ranged), where)

    async def _count(self, search: Search) -> int:
        """What the server is sure of it counts; what it is not sure of is judged here."""
        entities = self._shelves.entities
        sure = await entities.count(search.where(search.selection.must))
        if search.selection.is_exact:
            return sure
        unsure = search.where(search.selection.may, none_of(search.selection.must))
        candidates = entities.find(unsure, fields=("body",))
        return sure + len([one async for one in candidates if search.judge(entity_of(one))])

    async def _page(self, search: Search, query: EntityQuery) -> list[Entity]:
        """Entities in order of creation; where the server is sure, it skips and limits itself."""
        after = query.after
        behind = ALL if after is None else {"rank": {"$gt": rank(after.created_at, after.key)}}
        if search.selection.is_exact:
            found = self._found(search, behind, skip=query.offset, limit=query.limit)
            return [entity async for entity in found]
        page: list[Entity] = []
        skip = query.offset
        async with aclosing(self._found(search, behind)) as found:
            async for entity in found:
                if skip:
                    skip -= 1
                    continue
                page.append(entity)
                if len(page) == query.limit:
                    break
        return page

    async def _found(
        self, search: Search, behind: Filter = ALL, *, skip: int = 0, limit: int = 0
    ) -> AsyncGenerator[Entity]:
        """The entities that satisfy the condition, in order of creation."""
        where = search.where(search.selection.may, behind)
        exact = search.selection.is_exact
        documents = self._shelves.entities.find(
            where, fields=("body",), sort=_CREATION, skip=skip, limit=limit
        )
        async with aclosing(documents):
            async for document in documents:
                entity = entity_of(document)
                if exact or search.judge(entity):
                    yield entity

    async def types(self, tenant: str, where: Node) -> Sequence[TypeSummary]:
        """See `EntityStore.types`."""
        search = self._search(tenant, where)
        fields = ("types", "shape") if search.selection.is_exact else ("types", "shape", "body")
        candidates = search.where(search.selection.may)
        counts: Counter[str] = Counter()
        attributes: defaultdict[str, set[str]] = defaultdict(set)
        async for document in self._shelves.entities.find(candidates, fields=fields):
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
