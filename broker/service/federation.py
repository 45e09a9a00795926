"""Entities of this broker and of those that are registered with it, as one."""

from collections.abc import Sequence

import msgspec

from broker.core.decision import Target
from broker.core.writes import Action, Applied, Outcome, Refusal, Refused, Write
from broker.federation.asks import EntityPart, QueryAnswer, QueryAsk, UpdateAnswer, UpdateAsk
from broker.federation.index import RegistrationIndex
from broker.federation.matching import serving
from broker.federation.model import QUERIED, UPDATED, Selector
from broker.federation.queries import Asked, WhatIsAsked, merged, query_asks, shown_of
from broker.federation.updates import Missing, update_asks
from broker.model.entity import Entity, EntityKey
from broker.model.visibility import may_see, narrowed
from broker.ports import DEFAULT_LIMIT, EntityQuery, Page
from broker.ql.predicate import compile_predicate
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.forwarding import Forwarding
from broker.service.registration_book import RegistrationBook
from broker.service.rules import NO_RULES, TypeRules
from kernel.clock import Clock
from kernel.permission import Permission

_FORWARDED = frozenset({Action.UPDATE, Action.REPLACE})
"""What is appended or deleted is always local, in Orion too."""


class Written(msgspec.Struct, frozen=True):
    """What became of writes, and whether any of them went to a provider."""

    outcomes: list[Outcome]
    forwarded: bool = False


class Federation:
    """What the broker itself does not know is asked of whoever is registered for it.

    Without registrations it costs a look into an empty list. The local part of an answer stands,
    whatever providers do; `Call.remarks` tells of those that failed. What they answer is filtered
    by the caller's permission as if it were stored here.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        book: RegistrationBook,
        forwarding: Forwarding,
        clock: Clock,
        rules: TypeRules = NO_RULES,
    ) -> None:
        self._broker = broker
        self._book = book
        self._forwarding = forwarding
        self._clock = clock
        self._rules = rules

    # Queries -------------------------------------------------------------------------------------

    async def query(self, call: Call, query: EntityQuery, what: WhatIsAsked) -> Page:
        """The page here, completed by what providers know.

        What the page here leaves room for, each provider is asked for: of several of them may come
        more than the limit. The total is that of all.
        """
        page = await self._broker.query(call, query)
        index = await self._book.index(call.tenant)
        if not index or (asked := what()) is None:
            return page
        asks = self._query_asks(call, index, asked, page.entities)
        if not asks:
            return page
        room = query.limit - shown_of(page.entities, asked)
        offset = await self._offset_elsewhere(call, query, page)
        answers = await self._forwarding.query(call, asks, max(room, 1), offset)
        local = {(one.id, one.types[0]) for one in page.entities}
        holds = compile_predicate(query.where)
        entities = [
            one
            for one in self._together(call, page.entities, asks, answers)
            if (one.id, one.types[0]) in local or (room and holds(one))
        ]
        if page.total is None:
            return Page(entities, None, page.next)
        # Providers count what this caller may not see, too.
        is_all = self._rules.permission_for(call.principal).hides_nothing()
        others = sum(one.total for one in answers) if is_all else len(entities) - len(local)
        return Page(entities, page.total + others, page.next)

    async def _offset_elsewhere(self, call: Call, query: EntityQuery, page: Page) -> int:
        """Where the page begins for others: they come behind all that is here."""
        if page.entities or not query.offset:
            return 0
        if page.total is None:
            page = await self._broker.query(call, msgspec.structs.replace(query, count=True))
        return max(query.offset - (page.total or 0), 0)

    async def find(self, call: Call, target: Target, what: WhatIsAsked) -> list[Entity]:
        """The entities that the target names here and elsewhere."""
        found = await self._broker.find(call, target)
        index = await self._book.index(call.tenant)
        is_ambiguous = len(found) > 1
        if not index or is_ambiguous or (asked := what()) is None:
            return found
        asks = self._query_asks(call, index, asked, found)
        if not asks:
            return found
        answers = await self._forwarding.query(call, asks, DEFAULT_LIMIT - shown_of(found, asked))
        return [
            one
            for one in self._together(call, found, asks, answers)
            if one.id == target.id and (not target.type or target.type in one.types)
        ]

    def _query_asks(
        self, call: Call, index: RegistrationIndex, asked: Asked, found: Sequence[Entity]
    ) -> list[QueryAsk]:
        permission = self._rules.permission_for(call.principal)
        about = index.about(asked.selectors)
        here = serving(about, QUERIED, call.service_path, self._clock.now())
        return [
            ask
            for ask in query_asks(here, asked, found, permission.shows_attribute)
            if not ask.selector.type or permission.shows_types((ask.selector.type,))
        ]

    def _together(
        self,
        call: Call,
        found: Sequence[Entity],
        asks: Sequence[QueryAsk],
        answers: Sequence[QueryAnswer],
    ) -> list[Entity]:
        """What was found and what providers told of it, as far as the caller may see it."""
        permission = self._rules.permission_for(call.principal)
        shown = (
            [
                narrowed(one, permission)
                for one in answer.entities
                if may_see(one, permission) and self._is_told(one, ask)
            ]
            for ask, answer in zip(asks, answers, strict=True)
        )
        return merged(found, shown)

    def _is_told(self, entity: Entity, ask: QueryAsk) -> bool:
        """Whether the provider was asked for it; guarded types come from who registered them."""
        wanted = ask.selector.type
        if wanted and wanted not in entity.types:
            return False
        others = (one for one in entity.types if not (ask.names_type and one == wanted))
        return self._rules.guarded.isdisjoint(others)

    # Updates -------------------------------------------------------------------------------------

    async def write(self, call: Call, writes: Sequence[Write]) -> Written:
        """Do the writes here, and have done elsewhere what updates did not find here.

        What is written here is committed first, and stays whatever providers do.

        Raises:
            ForbiddenError: see `Broker.write`; nothing is written or forwarded.
        """
        outcomes = await self._broker.write(call, writes)
        index = await self._book.index(call.tenant)
        if not index:  # nearly always
            return Written(outcomes)
        asks = self._update_asks(call, index, _missing(writes, outcomes))
        if not asks:
            return Written(outcomes)
        answers = await self._forwarding.update(call, asks)
        return Written(_after(writes, outcomes, asks, answers), forwarded=True)

    def _update_asks(
        self, call: Call, index: RegistrationIndex, missing: dict[int, Missing]
    ) -> list[UpdateAsk]:
        permission = self._rules.writing_permission_for(call.principal)
        path = call.service_path or "/"
        if not missing or not permission.shows_path(path):
            return []
        allowed = {
            position: one
            for position, one in missing.items()
            if all(map(permission.shows_attribute, one.attributes))
        }
        about = index.about(Selector(id=one.id, type=one.type) for one in allowed.values())
        here = serving(about, UPDATED, path, self._clock.now()) if allowed else []
        guarded = self._rules.guarded_for(call.principal)
        return update_asks(here, allowed, lambda name: _may_write(name, guarded, permission))


def _may_write(entity_type: str, guarded: frozenset[str], permission: Permission) -> bool:
    """Whether an entity of this type may be written; of no known type only if all may be."""
    if not entity_type:
        return not guarded and permission.types is None and not permission.hidden_types
    return entity_type not in guarded and permission.shows_types((entity_type,))


def _missing(writes: Sequence[Write], outcomes: Sequence[Outcome]) -> dict[int, Missing]:
    """What updates did not find here, by position."""
    missing = {}
    for position, (write, outcome) in enumerate(zip(writes, outcomes, strict=True)):
        if write.action not in _FORWARDED:
            continue
        match outcome:
            case Applied(key=key, missing=names) if names:
                entity_type = key.type
            case Refused(why=Refusal.NOT_FOUND):
                names, entity_type = tuple(write.attributes), write.type
            case _:
                continue
        attributes = {name: write.attributes[name] for name in names}
        missing[position] = Missing(write.id, entity_type, attributes)
    return missing


def _after(
    writes: Sequence[Write],
    outcomes: Sequence[Outcome],
    asks: Sequence[UpdateAsk],
    answers: Sequence[UpdateAnswer | None],
) -> list[Outcome]:
    """The outcomes with what providers did; what they did not do is missing."""
    after = list(outcomes)
    for ask, answer in zip(asks, answers, strict=True):
        for position, part in ask.parts.items():
            done = frozenset(part.attributes) if answer is UpdateAnswer.DONE else frozenset[str]()
            after[position] = _completed(writes[position], after[position], part, done)
    return after


def _completed(write: Write, outcome: Outcome, part: EntityPart, done: frozenset[str]) -> Applied:
    """The outcome with what a provider did, what it did not do last among what is missing."""
    if not isinstance(outcome, Applied):
        key = EntityKey(part.id, part.type, write.service_path)
        outcome = Applied(key, missing=tuple(write.attributes))
    others = [name for name in outcome.missing if name not in part.attributes]
    failed = [name for name in part.attributes if name not in done]
    return msgspec.structs.replace(outcome, missing=(*others, *failed))
