"""Nothing that is hidden from somebody reaches him, and nothing he does reaches it (ADR 0065).

Two cities differ in hidden data only. Whatever a holder of the permission asks of both, he gets the
same bytes, and those that a city without hidden data would give. Whatever he writes to both goes
the same way and leaves the hidden data as they were; and whatever happens to hidden data in one of
them, his subscriptions tell him the same.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import count
from typing import Any, Final

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from support.engines import ENGINES, PLACES, Bench
from support.federated import federated
from support.memory import Silent
from support.narrow import (
    NAMES,
    OPEN,
    Ask,
    Case,
    Meanwhile,
    cases,
    hidden_part,
    is_shown,
    meanwhiles,
    reads,
    shown_names,
    subscriptions,
    writes,
)

from broker.core.decision import Decision
from broker.core.writes import Action, Applied, Write
from broker.ld.library import ContextLibrary
from broker.ld.notify import LdRenderer
from broker.ld.routes import surface as ld_surface
from broker.model.attribute import Attribute
from broker.model.changes import Alteration, Change, HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.ports import EntityQuery, Outgoing
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.subscriptions import Subscriptions
from broker.subscriptions.model import Face
from broker.temporal.query import HistoryQuery, Series
from broker.temporal.rows import rows_of
from broker.v2.door import Limits
from broker.v2.notify import V2Renderer
from broker.v2.routes import surface as v2_surface
from kernel.clock import ManualClock
from kernel.ids import SeededIds
from kernel.permission import EVERY_SCOPE, EVERYTHING, Permission, Principal
from serving.app import build_app
from storage.engine import Engine

_CITY: Final = Principal("city", EVERY_SCOPE)
_UNTOLD: Final = frozenset({"Date", "Server", "Fiware-Correlator"})
_STEP_S: Final = 60.0

Seen = tuple[int, Sequence[tuple[str, str]], bytes]


class _Door:
    """An authenticator under the test's control."""

    def __init__(self) -> None:
        self.holder = _CITY

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002 — the port
        return self.holder


class City:
    """One of the two: a broker with both faces, on an engine of its own."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.door = _Door()
        self.tenant = ""
        self._hidden: set[EntityKey] = set()
        book = SubscriptionBook(engine.subscriptions)
        self.broker = Broker(
            entities=engine.entities, history=engine.history, book=book, feed=Silent()
        )
        self.ids = SeededIds(1)
        desk = Subscriptions(
            store=engine.subscriptions, outbox=engine.outbox, book=book, clock=clock, ids=self.ids
        )
        library = ContextLibrary()
        self.renderers = {Face.V2: V2Renderer(), Face.LD: LdRenderer(library)}
        limits = Limits(multiservice=True)
        others = federated(engine, self.broker, clock=clock, ids=self.ids)
        self.app = build_app(
            [
                v2_surface(self.broker, desk, others, clock=clock, ids=self.ids, limits=limits),
                ld_surface(self.broker, desk, clock=clock, ids=self.ids, library=library),
            ],
            authenticator=self.door,
            registry=CollectorRegistry(),
            clock=clock,
        )
        self.client: TestClient[Any, Any] = TestClient(TestServer(self.app))

    async def hold(self, tenant: str, population: Sequence[Entity], holder: Permission) -> None:
        """A new tenant with these entities and their past; the holder asks from now on."""
        self.tenant = tenant
        self._hidden = {one.key for one in population if not is_shown(one, holder)}
        self.door.holder = Principal("narrow", EVERY_SCOPE, holder)
        rows = [row for entity in population for row in rows_of(_created(entity))]
        decision = Decision(None, puts=population, history=rows)
        await self.engine.entities.write(tenant, [], lambda *_: decision)

    async def ask(self, ask: Ask) -> Seen:
        """What the holder is answered."""
        tenant = {"NGSILD-Tenant" if ask.is_ld else "Fiware-Service": self.tenant}
        async with self.client.request(
            ask.method,
            ask.path,
            params=ask.query,
            data=ask.data,
            headers={**ask.headers, **tenant, "Fiware-Correlator": "c"},
        ) as answer:
            headers = [(k, v) for k, v in answer.headers.items() if k not in _UNTOLD]
            assert answer.status < 500, await answer.text()
            return answer.status, headers, await answer.read()

    async def everything(self) -> list[Entity]:
        page = await self.engine.entities.query(self.tenant, EntityQuery(limit=1_000))
        return list(page.entities)

    async def hidden_past(self, case: Case) -> list[HistoryRow]:
        """The rows of hidden series, and of hidden entities."""
        rows = []
        for name in NAMES:
            found = await self.engine.history.rows(self.tenant, HistoryQuery(Series(name)))
            hides = name not in shown_names(case.permission)
            rows += [row for row in found if hides or row.key in self._hidden]
        return rows

    async def happen(self, one: Meanwhile, target: Entity, hidden: Mapping[str, Any]) -> None:
        """The city writes an entity that the holder sees."""
        call = Call(_CITY, self.tenant, correlator="c")
        written = {**hidden, **one.written}
        if one.whole:
            write = Write(Action.DELETE, target.id, target.types[0], target.service_path)
        elif written or one.secret:
            more = ("Secret",) if one.secret else ()
            write = Write(
                Action.APPEND, target.id, target.types[0], target.service_path, written, more
            )
        else:
            return
        [outcome] = await self.broker.write(call, [write])
        # A hidden entity of several types may answer to the same words: then nothing happens.
        assume(isinstance(outcome, Applied) and not outcome.missing)

    async def told(self) -> list[Outgoing | None]:
        """What the holder's receivers would get, in order; numbers count hidden notices too."""
        messages = []
        for notice in await self.engine.outbox.owed():
            if notice.tenant == self.tenant:
                kept = await self.engine.subscriptions.get(self.tenant, notice.subscription_id)
                assert kept is not None
                plain = msgspec.structs.replace(notice, number=0, ordinal=0)
                messages.append(self.renderers[kept.face].render(kept, plain))
        return messages


def _created(entity: Entity) -> Change:
    names = tuple(entity.attributes)
    every = frozenset(names)
    return Change(Alteration.CREATE, None, entity, entity.created_at, names, every, every)


class Pair:
    """Both cities, in step with one clock; and a third that has nothing to hide.

    `bare` has what the holder sees, and a holder there who may see everything.
    """

    def __init__(self, left: City, right: City, bare: City, clock: ManualClock) -> None:
        self.left, self.right, self.bare = left, right, bare
        self._clock = clock
        self._tenants = count()

    async def hold(self, case: Case) -> None:
        tenant = f"t{next(self._tenants)}"
        await self.left.hold(tenant, case.left, case.permission)
        await self.right.hold(tenant, case.right, case.permission)
        await self.bare.hold(tenant, case.shown, EVERYTHING)
        self.tick()

    def tick(self) -> None:
        """Both take the same instants again, however many commits either needed."""
        self._clock.advance(_STEP_S)

    async def agree_on(self, ask: Ask) -> Seen:
        left, right = await self.left.ask(ask), await self.right.ask(ask)
        self.tick()
        assert left == right, ask
        return left


@pytest.fixture(params=ENGINES, scope="module")
def loop_and_pair(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[asyncio.AbstractEventLoop, Pair]]:
    """Two open engines for all examples, each of which has a tenant of its own."""
    clock = ManualClock(OPEN)
    clock.advance(_STEP_S)
    benches = [Bench(PLACES[request.param](request), clock) for _ in range(3)]
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    async def begin() -> Pair:
        cities = []
        for bench in benches:
            city = City(await stack.enter_async_context(bench.open()), clock)
            await stack.enter_async_context(city.client)
            cities.append(city)
        return Pair(*cities, clock)

    yield loop, loop.run_until_complete(begin())
    loop.run_until_complete(stack.aclose())
    loop.close()


def _examples(request: pytest.FixtureRequest, sqlite: int, mongodb: int) -> settings:
    return settings(
        max_examples=mongodb if "mongodb" in request.node.name else sqlite,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    )


def test_no_answer_tells_two_cities_apart_that_differ_in_hidden_data(
    loop_and_pair: tuple[asyncio.AbstractEventLoop, Pair], request: pytest.FixtureRequest
) -> None:
    loop, pair = loop_and_pair

    @_examples(request, 200, 20)
    @given(case=cases(), asked=st.lists(reads, min_size=6, max_size=12))
    def answers_agree(case: Case, asked: list[Ask]) -> None:
        async def ask_both() -> None:
            await pair.hold(case)
            for ask in asked:
                assert await pair.agree_on(ask) == await pair.bare.ask(ask), ask

        loop.run_until_complete(ask_both())

    answers_agree()


def test_no_write_tells_them_apart_or_touches_what_is_hidden(
    loop_and_pair: tuple[asyncio.AbstractEventLoop, Pair], request: pytest.FixtureRequest
) -> None:
    loop, pair = loop_and_pair

    @_examples(request, 200, 20)
    @given(case=cases(), asked=st.lists(writes(), min_size=1, max_size=6), last=reads)
    def writes_agree(case: Case, asked: list[Ask], last: Ask) -> None:
        async def write_both() -> None:
            await pair.hold(case)
            cities = (pair.left, pair.right)
            before = [hidden_part(side, case.permission) for side in (case.left, case.right)]
            pasts = [await city.hidden_past(case) for city in cities]
            for ask in asked:
                await pair.agree_on(ask)
            await pair.agree_on(last)
            everything = Ask("GET", "/v2/entities", (("attrs", "*,dateModified"),))
            await pair.agree_on(everything)
            assert [await city.hidden_past(case) for city in cities] == pasts
            for city, kept in zip(cities, before, strict=True):
                assert hidden_part(await city.everything(), case.permission) == kept

        loop.run_until_complete(write_both())

    writes_agree()


def test_no_notification_tells_what_happens_to_hidden_data(
    loop_and_pair: tuple[asyncio.AbstractEventLoop, Pair], request: pytest.FixtureRequest
) -> None:
    loop, pair = loop_and_pair

    @_examples(request, 200, 20)
    @given(data=st.data(), case=cases(), asked=st.lists(subscriptions(), min_size=1, max_size=3))
    def notices_agree(data: st.DataObject, case: Case, asked: list[Ask]) -> None:
        events = data.draw(st.lists(meanwhiles(case.permission), min_size=1, max_size=4))

        async def happen_in_both() -> None:
            await pair.hold(case)
            for ask in asked:
                await pair.agree_on(ask)
            gone: set[int] = set()
            for event in events:
                # A write of hidden attributes alone would create what is gone: that can be seen.
                if event.which in gone and not event.written:
                    continue
                (gone.add if event.whole else gone.discard)(event.which)
                for city, side, hidden in (
                    (pair.left, case.left, event.left),
                    (pair.right, case.right, event.right),
                ):
                    shown = [one for one in side if is_shown(one, case.permission)]
                    if event.which < len(shown):
                        await city.happen(event, shown[event.which], hidden)
                pair.tick()
            told = [await city.told() for city in (pair.left, pair.right)]
            assert told[0] == told[1]

        loop.run_until_complete(happen_in_both())

    notices_agree()


def test_the_two_cities_do_differ(
    loop_and_pair: tuple[asyncio.AbstractEventLoop, Pair],
) -> None:
    """Whoever sees everything tells them apart: the tests above are about something."""
    loop, pair = loop_and_pair
    shown = Entity("urn:x:1", ("Room",), attributes={"a": (Attribute(1),)}, created_at=OPEN)
    more = msgspec.structs.replace(shown, attributes={**shown.attributes, "c": (Attribute(2),)})
    case = Case(Permission(attributes=frozenset({"a"})), [shown], [shown], [more])

    async def ask_both() -> None:
        await pair.hold(case)
        for city in (pair.left, pair.right):
            city.door.holder = _CITY
        with pytest.raises(AssertionError):
            await pair.agree_on(Ask("GET", "/v2/entities", (("q", "c"),)))

    loop.run_until_complete(ask_both())
