"""The broker as both faces and the rest of the city know it."""

from collections.abc import Sequence
from functools import partial

import msgspec

from broker.core.decision import Decision, Target
from broker.core.transaction import Transaction
from broker.core.writes import Outcome, Write
from broker.model.changes import Change, HistoryRow
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.model.visibility import may_see, narrowed
from broker.ports import (
    ChangeFeed,
    EntityQuery,
    EntityStore,
    HistoryStore,
    Page,
    TypeSummary,
)
from broker.ql.ast import Node
from broker.service.announcements import SeenChanges
from broker.service.book import SubscriptionBook
from broker.service.call import Call
from broker.service.rules import NO_RULES, TypeRules, permitted, permitted_query
from broker.subscriptions.matching import SubscriptionIndex
from broker.temporal.query import Aggregate, AggregateQuery, HistoryQuery
from broker.temporal.rows import rows_of
from kernel.permission import Permission
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

        A refused write does not stop the others; one outside of the caller's permission is refused
        like one that finds nothing. History and notifications are part of the commit.

        Raises:
            ForbiddenError: another tenant, or a guarded type; nothing is written.
        """
        call.check_tenant()
        index = await self._book.index(call.tenant)
        guarded = self._rules.guarded_for(call.principal)
        permission = self._rules.writing_permission_for(call.principal)
        decide = partial(_decide, call, writes, guarded, permission, index)
        return await self._entities.write(call.tenant, [write.target for write in writes], decide)

    async def rehearse(
        self, call: Call, write: Write, now: Instant
    ) -> tuple[Outcome, Change | None]:
        """What the write would do if the caller did it now; nothing is written, nobody is told."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        found = await self._entities.find(call.tenant, [write.target])
        transaction = Transaction(found, frozenset(), permission)
        transaction.run([write], now)
        return transaction.outcomes[0], next(iter(transaction.changes), None)

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
        page = await self._entities.query(call.tenant, permitted_query(query, permission))
        shown = [narrowed(one, permission) for one in page.entities]
        return Page(shown, page.total, page.next)

    async def types(self, call: Call, where: Node) -> Sequence[TypeSummary]:
        """The types of the entities that `where` selects and the caller may see."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        if permission.hides_nothing():
            return await self._entities.types(call.tenant, where)
        found = await self._entities.types(call.tenant, permitted(where, permission))
        return [_seen_summary(one, permission) for one in found]

    async def history(self, call: Call, query: HistoryQuery) -> Sequence[HistoryRow]:
        """Rows of a series that the caller may see; none of one that is hidden."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        if not permission.shows_attribute(query.series.attribute):
            return []
        return await self._history.rows(call.tenant, _within(query, permission))

    async def aggregate(self, call: Call, query: AggregateQuery) -> Sequence[Aggregate]:
        """One number per period of a series that the caller may see."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        if not permission.shows_attribute(query.window.series.attribute):
            return []
        window = _within(query.window, permission)
        return await self._history.aggregate(
            call.tenant, AggregateQuery(window, query.method, query.period)
        )

    def changes(self, call: Call) -> SeenChanges:
        """Every change from now on that the caller may see; lossy when slow."""
        call.check_tenant()
        permission = self._rules.permission_for(call.principal)
        return SeenChanges(self._feed.changes(call.tenant), permission)


def _decide(  # noqa: PLR0917 — bound by `partial`, called by the store with the last two
    call: Call,
    writes: Sequence[Write],
    guarded: frozenset[str],
    permission: Permission,
    index: SubscriptionIndex,
    current: Sequence[Entity],
    now: Instant,
) -> Decision[list[Outcome]]:
    """Everything that the writes do, on entities as they are now."""
    transaction = Transaction(current, guarded, permission)
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


def _within(query: HistoryQuery, permission: Permission) -> HistoryQuery:
    if permission.hides_nothing():
        return query
    return msgspec.structs.replace(query, permission=permission)


def _seen_summary(summary: TypeSummary, permission: Permission) -> TypeSummary:
    shown = {n: t for n, t in summary.attributes.items() if permission.shows_attribute(n)}
    return TypeSummary(summary.type, summary.count, shown)
