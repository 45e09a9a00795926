"""The broker as both faces and the rest of the city know it."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

import msgspec

from broker.core.decision import Decision, Target
from broker.core.transaction import Transaction
from broker.core.writes import Outcome, Write
from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.model.visibility import may_see, narrowed, seen_change
from broker.ports import (
    ChangeFeed,
    EntityQuery,
    EntityStore,
    HistoryStore,
    Page,
    TypeSummary,
)
from broker.ql.ast import Node, all_of
from broker.service.book import SubscriptionBook
from broker.service.call import Call
from broker.service.rules import NO_RULES, TypeRules, visible
from broker.subscriptions.matching import SubscriptionIndex
from broker.temporal.query import Aggregate, AggregateQuery, HistoryQuery
from broker.temporal.rows import rows_of
from kernel.times import Instant


class Broker:
    """Entities, their types and their history, under the caller's permission."""

    def __init__(
        self,
        *,
        entities: EntityStore,
        history: HistoryStore,
        book: SubscriptionBook,
        feed: ChangeFeed,
        rules: TypeRules = NO_RULES,
    ) -> None:
        self._entities = entities
        self._history = history
        self._book = book
        self._feed = feed
        self._rules = rules

    async def write(self, call: Call, writes: Sequence[Write]) -> list[Outcome]:
        """Do all writes in one commit, each seeing the earlier ones; one outcome per write.

        A refused write does not stop the others. History and notifications are part of the commit.

        Raises:
            ForbiddenError: another tenant, or a guarded type; nothing is written.
        """
        call.check_tenant()
        index = await self._book.index(call.tenant)
        guarded = self._rules.guarded_for(call.principal)

        decide = partial(_decide, call, writes, guarded, index)
        return await self._entities.write(call.tenant, [write.target for write in writes], decide)

    async def find(self, call: Call, target: Target) -> list[Entity]:
        """The entities that the target names and the caller may see, in order of creation."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        found = await self._entities.find(call.tenant, [target])
        if permission.hides_nothing():
            return list(found)
        return [narrowed(one, permission) for one in found if may_see(one, permission)]

    async def query(self, call: Call, query: EntityQuery) -> Page:
        """The page of entities that the caller may see; the count counts only those."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        if permission.hides_nothing():
            return await self._entities.query(call.tenant, query)
        page = await self._entities.query(
            call.tenant, _within(query, all_of(query.where, visible(permission)))
        )
        shown = [narrowed(one, permission) for one in page.entities]
        return Page(shown, page.total, page.next)

    async def types(self, call: Call, where: Node) -> Sequence[TypeSummary]:
        """The types of the entities that `where` selects and the caller may see."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        found = await self._entities.types(call.tenant, all_of(where, visible(permission)))
        if permission.attributes is None:
            return found
        shown = permission.attributes
        return [
            TypeSummary(
                one.type, one.count, {n: t for n, t in one.attributes.items() if n in shown}
            )
            for one in found
        ]

    async def history(self, call: Call, query: HistoryQuery) -> Sequence[HistoryRow]:
        """Rows of a series that the caller may see; none of one that is hidden."""
        call.check_tenant()
        series = query.series
        rows = await self._history.rows(call.tenant, query)
        permission = self._rules.permission_for(call.principal)
        if permission.hides_nothing():
            return rows
        if permission.attributes is not None and series.attribute not in permission.attributes:
            return []
        return [row for row in rows if _shows_type(permission.types, permission.hidden_types, row)]

    async def aggregate(self, call: Call, query: AggregateQuery) -> Sequence[Aggregate]:
        """One number per period of a series that the caller may see.

        Under a permission by type the series must name its type, since numbers of several types
        cannot be taken apart afterwards.
        """
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        series = query.window.series
        if not permission.hides_nothing():
            if permission.attributes is not None and series.attribute not in permission.attributes:
                return []
            if series.entity_type in permission.hidden_types or not series.entity_type:
                return []
            if permission.types is not None and series.entity_type not in permission.types:
                return []
        return await self._history.aggregate(call.tenant, query)

    def changes(self, call: Call) -> AsyncIterator[Change]:
        """Every change of this process from now on that the caller may see; lossy when slow."""
        call.check_tenant()
        return self._shown(call)

    async def _shown(self, call: Call) -> AsyncIterator[Change]:
        permission = self._rules.permission_for(call.principal)
        async for change in self._feed.changes(call.tenant):
            if (seen := seen_change(change, permission)) is not None:
                yield seen


def _decide(  # noqa: PLR0917 — bound by `partial`, called by the store with the last two
    call: Call,
    writes: Sequence[Write],
    guarded: frozenset[str],
    index: SubscriptionIndex,
    current: Sequence[Entity],
    now: Instant,
) -> Decision[list[Outcome]]:
    """Everything that the writes do, on entities as they are now."""
    transaction = Transaction(current, guarded)
    transaction.run(writes, now)
    changes = transaction.changes
    notices = [
        notice
        for change in changes
        for notice in index.notices(change, call.tenant, call.correlator)
    ]
    return Decision(
        transaction.outcomes,
        tuple(transaction.puts.values()),
        tuple(transaction.deletes),
        [row for change in changes for row in rows_of(change)],
        _numbered(notices) if notices else (),
        changes,
    )


def _numbered(notices: Sequence[Notice]) -> list[Notice]:
    """The notices of one request, counted: receivers tell them apart by it."""
    return [
        notice if ordinal == 1 else msgspec.structs.replace(notice, ordinal=ordinal)
        for ordinal, notice in enumerate(notices, 1)
    ]


def _within(query: EntityQuery, where: Node) -> EntityQuery:
    return EntityQuery(where, query.order, query.limit, query.offset, query.after, query.count)


def _shows_type(types: frozenset[str] | None, hidden: frozenset[str], row: HistoryRow) -> bool:
    return row.key.type not in hidden and (types is None or row.key.type in types)
