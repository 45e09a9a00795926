"""Federation keeps to the caller's permission, and the local answer stands whatever others do."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from support.memory import MemoryEngine, Silent

from broker.core.decision import Target
from broker.core.writes import Action, Applied, Outcome, Refusal, Refused, Write
from broker.federation.asks import Origin, QueryAnswer, QueryAsk, UpdateAnswer, UpdateAsk
from broker.federation.model import Forwarded, Registration, Selector
from broker.federation.queries import Asked
from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.outbound.provider_metrics import ProviderMetrics
from broker.ports import EntityQuery
from broker.ql.ast import Compare, Literal, Op, Path, TypeIn
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.federation import Federation
from broker.service.forwarding import Forwarding
from broker.service.provider_watch import ProviderWatch
from broker.service.registration_book import RegistrationBook
from broker.service.registrations import Registrations
from broker.service.rules import TypeRules
from kernel.clock import ManualClock
from kernel.errors import ForbiddenError, NotFoundError, PeerError
from kernel.ids import SeededIds
from kernel.permission import Permission, Principal, Scope
from kernel.times import Instant

NOW = Instant(1_700_000_000_000_000)
RULES = TypeRules(guarded=frozenset({"Guarded"}), flow=frozenset({"Flow"}))
READS = frozenset({Scope.NGSI_READ, Scope.NGSI_WRITE})
CITY = Principal("city", READS | {Scope.CITY_FLOW})
INTAKE = Principal("intake", READS | {Scope.INGEST, Scope.CITY_FLOW})
PUBLIC = Principal("public", READS)
AIR_ONLY = Principal("narrow", READS, Permission(frozenset({"Air"}), frozenset({"temperature"})))
PARKS = Principal("parks", READS, Permission(service_paths=frozenset({"/parks/#"})))


def call(principal: Principal = CITY, path: str = "", correlator: str = "walk") -> Call:
    return Call(principal, service_path=path, correlator=correlator)


def entity(name: str, kind: str, path: str = "/", **values: float) -> Entity:
    return Entity(
        name, (kind,), path, attributes={key: (Attribute(one),) for key, one in values.items()}
    )


@dataclass
class Others:
    """Providers by URL: what they know, and what they were asked."""

    known: dict[str, list[Entity]] = field(default_factory=dict)
    updates: Mapping[str, UpdateAnswer] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    asked: list[QueryAsk | UpdateAsk] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    meanwhile: Callable[[QueryAsk, Origin], Awaitable[object]] | None = None

    async def query(self, ask: QueryAsk, origin: Origin, *, limit: int, offset: int) -> QueryAnswer:
        self._hear(ask, origin)
        if self.meanwhile is not None:
            await self.meanwhile(ask, origin)
        known = self.known.get(ask.url, [])
        return QueryAnswer(tuple(known[offset : offset + limit]), 10 + len(known))

    async def update(self, ask: UpdateAsk, origin: Origin) -> UpdateAnswer:
        self._hear(ask, origin)
        return self.updates.get(ask.url, UpdateAnswer.DONE)

    def _hear(self, ask: QueryAsk | UpdateAsk, origin: Origin) -> None:
        self.asked.append(ask)
        self.origins.append(origin)
        if ask.url in self.failing:
            raise PeerError("Timeout was reached")


class House:
    """A broker on memory with the city's rules, and others around it."""

    def __init__(self) -> None:
        clock = ManualClock(NOW)
        self.engine = engine = MemoryEngine(clock)
        self.others = Others()
        broker = Broker(
            entities=engine.entities,
            history=engine.history,
            book=SubscriptionBook(engine.subscriptions),
            feed=Silent(),
            rules=RULES,
        )
        self.book = RegistrationBook(engine.registrations)
        self.watch = ProviderWatch(
            engine.registrations, clock, ProviderMetrics(CollectorRegistry())
        )
        self.federation = Federation(
            broker=broker,
            book=self.book,
            forwarding=Forwarding(self.others, self.watch, 100),
            clock=clock,
            rules=RULES,
        )
        self.registrations = Registrations(
            store=engine.registrations,
            book=self.book,
            watch=self.watch,
            clock=clock,
            ids=SeededIds(1),
            rules=RULES,
        )

    async def register(
        self, kind: str, *attributes: str, url: str = "one", path: str = "/", name: str = ""
    ) -> str:
        selector = Selector(name, "" if name else ".*", kind)
        draft = Registration("", (selector,), url, attributes, service_path=path)
        return await self.registrations.create(call(INTAKE), draft)

    async def told(
        self, principal: Principal, kind: str = "", path: str = ""
    ) -> list[tuple[str, list[str]]]:
        """What the caller learns of entities of a type, and of which of their attributes."""
        where = TypeIn(frozenset({kind})) if kind else EntityQuery().where
        asked = Asked((Selector(type=kind),))
        page = await self.federation.query(call(principal, path), EntityQuery(where), lambda: asked)
        return [(one.types[0], sorted(one.attributes)) for one in page.entities]

    async def update(
        self, principal: Principal, kind: str = "Air", path: str = "/", **values: float
    ) -> Outcome:
        attributes = {name: (Attribute(one),) for name, one in values.items()}
        write = Write(Action.UPDATE, "e", kind, path, attributes)
        written = await self.federation.write(call(principal, path), [write])
        [outcome] = written.outcomes
        return outcome


@pytest.fixture
def house() -> House:
    return House()


# Permission ---------------------------------------------------------------------------------------


async def test_answers_of_others_are_filtered_by_the_callers_permission(house: House) -> None:
    await house.register("")
    house.others.known["one"] = [
        entity("a", "Air", temperature=1, co2=2),
        entity("f", "Flow", peopleCount=3),
        entity("b", "Bench", temperature=4),
    ]
    assert await house.told(AIR_ONLY) == [("Air", ["temperature"])]
    assert await house.told(PUBLIC) == [("Air", ["co2", "temperature"]), ("Bench", ["temperature"])]
    assert await house.told(PARKS) == []


async def test_counts_of_others_are_told_to_those_only_who_see_everything(house: House) -> None:
    await house.register("")
    house.others.known["one"] = [entity("a", "Air"), entity("f", "Flow")]
    counted = EntityQuery(count=True)
    for principal, total in ((CITY, 12), (PUBLIC, 1)):
        page = await house.federation.query(call(principal), counted, Asked)
        assert page.total == total


async def test_nobody_is_asked_for_what_the_caller_may_not_see(house: House) -> None:
    await house.register("Flow", "peopleCount")
    await house.register("Air", "co2", "temperature")
    await house.told(PUBLIC, "Flow")
    assert house.others.asked == []
    await house.told(AIR_ONLY)
    [ask] = house.others.asked
    assert isinstance(ask, QueryAsk)
    assert ask.attributes == ("temperature",)


async def test_a_provider_cannot_slip_in_entities_of_a_guarded_type(house: House) -> None:
    await house.register("")
    house.others.known["one"] = [entity("g", "Guarded", peopleCount=9)]
    assert await house.told(CITY) == []
    assert await house.told(CITY, "Guarded") == []
    assert len(house.others.asked) == 2
    await house.register("Guarded", url="two")
    house.others.known["two"] = [entity("g", "Guarded", peopleCount=9)]
    assert await house.told(CITY, "Guarded") == [("Guarded", ["peopleCount"])]


async def test_a_provider_answers_for_the_type_that_it_was_asked_for_only(house: House) -> None:
    await house.register("Air")
    house.others.known["one"] = [entity("a", "Air"), entity("b", "Bench")]
    assert await house.told(CITY) == [("Air", [])]


async def test_writes_of_guarded_types_are_not_forwarded_past_the_rule(house: House) -> None:
    await house.register("Guarded")
    assert isinstance(await house.update(CITY, "Guarded", peopleCount=1), Refused)
    assert isinstance(await house.update(CITY, "", peopleCount=1), Refused)
    assert house.others.asked == []
    assert isinstance(await house.update(INTAKE, "Guarded", peopleCount=1), Applied)
    assert len(house.others.asked) == 1


async def test_a_write_of_no_known_type_is_forwarded_for_those_only_who_write_all(
    house: House,
) -> None:
    await house.register("", name="e")
    assert isinstance(await house.update(CITY, "", a=1), Refused)
    assert house.others.asked == []
    assert isinstance(await house.update(INTAKE, "", a=1), Applied)


@pytest.mark.parametrize(
    ("principal", "kind", "path", "name"),
    [
        (AIR_ONLY, "Bench", "/", "temperature"),
        (AIR_ONLY, "Air", "/", "co2"),
        (PUBLIC, "Flow", "/", "peopleCount"),
        (PARKS, "Air", "/", "co2"),
    ],
)
async def test_writes_outside_of_the_permission_are_not_forwarded(
    house: House, principal: Principal, kind: str, path: str, name: str
) -> None:
    for registered in ("Air", "Bench", "Flow"):
        await house.register(registered, path=path)
    outcome = await house.update(principal, kind, path, **{name: 1})
    assert isinstance(outcome, Refused)
    assert house.others.asked == []


async def test_writes_within_the_permission_are_forwarded(house: House) -> None:
    await house.register("Air")
    await house.register("Air", path="/parks/north")
    assert isinstance(await house.update(AIR_ONLY, temperature=1), Applied)
    assert isinstance(await house.update(PARKS, path="/parks/north", co2=1), Applied)
    assert len(house.others.asked) == 2


@pytest.mark.parametrize(
    ("principal", "kind", "attributes", "path"),
    [
        (CITY, "Guarded", (), "/"),
        (PUBLIC, "Flow", (), "/"),
        (PUBLIC, "", (), "/"),
        (AIR_ONLY, "Bench", ("temperature",), "/"),
        (AIR_ONLY, "Air", (), "/"),
        (AIR_ONLY, "Air", ("co2",), "/"),
        (PARKS, "Air", (), "/"),
    ],
)
async def test_nobody_registers_others_for_what_they_may_not_see(
    house: House, principal: Principal, kind: str, attributes: tuple[str, ...], path: str
) -> None:
    draft = Registration("", (Selector("", ".*", kind),), "one", attributes, service_path=path)
    with pytest.raises(ForbiddenError):
        await house.registrations.create(call(principal), draft)
    made = await house.registrations.create(call(INTAKE), draft)
    if principal is not CITY:
        assert await house.registrations.page(call(principal), limit=9, offset=0) == ([], 0)
        with pytest.raises(NotFoundError):
            await house.registrations.remove(call(principal), made)


async def test_who_sees_some_types_registers_these(house: House) -> None:
    draft = Registration("", (Selector("", ".*", "Air"),), "one", ("temperature",))
    for principal in (AIR_ONLY, PUBLIC):
        made = await house.registrations.create(call(principal), draft)
        assert (await house.registrations.get(call(principal), made)).registration.id == made
        await house.registrations.remove(call(principal), made)


async def test_another_tenant_has_other_registrations(house: House) -> None:
    made = await house.register("Air")
    elsewhere = replace(call(INTAKE), tenant="town")
    with pytest.raises(NotFoundError):
        await house.registrations.get(elsewhere, made)
    await house.federation.find(
        elsewhere, Target("a", "Air"), lambda: Asked((Selector("a", "", "Air"),))
    )
    assert house.others.asked == []


# Failures -----------------------------------------------------------------------------------------


async def test_a_provider_that_fails_is_asked_once_in_a_request(house: House) -> None:
    house.others.failing.add("one")
    made = [await house.register("Air", name=name) for name in ("a", "b", "c")]
    asking = call()
    page = await house.federation.query(
        asking, EntityQuery(), lambda: Asked((Selector(type="Air"),))
    )
    assert page.entities == []
    assert len(house.others.asked) == 1
    assert asking.remarks == [f"registration {min(made)}: Timeout was reached"]


async def test_what_happened_is_counted_and_stored_at_the_next_flush(house: House) -> None:
    one, two = await house.register("Air", url="one"), await house.register("Air", url="two")
    house.others.failing.add("two")
    await house.told(CITY, "Air")
    expected = {one: Forwarded(1, NOW, NOW, None), two: Forwarded(1, NOW, None, NOW)}
    assert await house.watch.forwarded("", [one, two]) == expected
    assert await house.engine.registrations.forwarded("", [one, two]) == {}
    await house.watch.flush()
    assert await house.engine.registrations.forwarded("", [one, two]) == expected
    assert await house.watch.forwarded("", [one, two]) == expected


async def test_an_outage_is_logged_once_and_so_is_its_end(house: House) -> None:
    await house.register("Air", url="http://user:secret@away:1026/v2")
    house.others.failing.add("http://user:secret@away:1026/v2")
    with capture_logs() as logs:
        for _ in range(3):
            await house.told(CITY, "Air")
        house.others.failing.clear()
        for _ in range(3):
            await house.told(CITY, "Air")
    assert [(one["event"], one["provider"]) for one in logs] == [
        ("context provider fails", "http://away:1026"),
        ("context provider answers again", "http://away:1026"),
    ]


async def test_an_update_that_is_done_in_part_says_what_is_missing(house: House) -> None:
    await house.register("Air", "a", url="one")
    await house.register("Air", "b", url="two")
    house.others.updates = {"two": UpdateAnswer.NOT_FOUND}
    outcome = await house.update(CITY, a=1, b=2)
    assert isinstance(outcome, Applied)
    assert outcome.missing == ("b",)


async def test_a_write_that_nobody_is_registered_for_goes_as_ever(house: House) -> None:
    await house.register("Bench")
    outcome = await house.update(CITY, a=1)
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_FOUND


# Queries ------------------------------------------------------------------------------------------


async def test_what_others_answer_is_held_against_the_query(house: House) -> None:
    await house.register("Air")
    house.others.known["one"] = [entity("a", "Air", co2=400), entity("b", "Air", co2=900)]
    query = EntityQuery(Compare(Path("co2"), Op.GREATER, Literal(500)))
    page = await house.federation.query(call(), query, Asked)
    assert [one.id for one in page.entities] == ["b"]


async def test_the_page_is_passed_on(house: House) -> None:
    await house.register("Air")
    house.others.known["one"] = [entity(name, "Air") for name in "abcd"]
    page = await house.federation.query(call(), EntityQuery(limit=2, offset=1), Asked)
    assert [one.id for one in page.entities] == ["b", "c"]


async def test_an_ambiguous_entity_is_asked_of_nobody(house: House) -> None:
    await house.register("Air", name="e")
    for kind in ("Air", "Bench"):
        write = Write(Action.CREATE, "e", kind)
        await house.federation.write(call(), [write])
    found = await house.federation.find(call(), Target("e"), lambda: Asked((Selector("e"),)))
    assert len(found) == 2
    assert house.others.asked == []


async def test_without_asking_nobody_is_asked(house: House) -> None:
    await house.register("Air", name="e")
    assert await house.federation.find(call(), Target("e"), lambda: None) == []
    assert house.others.asked == []


# Rings and several at a time ----------------------------------------------------------------------


async def test_a_request_that_comes_back_while_its_answer_is_awaited_goes_no_further(
    house: House,
) -> None:
    await house.register("Air", name="e")

    async def come_back(_: QueryAsk, origin: Origin) -> None:
        again = call(correlator=f"{origin.correlator}; cbfwd=1")
        assert (
            await house.federation.find(again, Target("e"), lambda: Asked((Selector("e"),))) == []
        )

    house.others.meanwhile = come_back
    await house.federation.find(call(), Target("e"), lambda: Asked((Selector("e"),)))
    assert len(house.others.asked) == 1
    # Once the answer is here, the same correlator is a new request.
    house.others.meanwhile = None
    await house.federation.find(
        call(correlator="walk; cbfwd=1; cbfwd=1"), Target("e"), lambda: Asked((Selector("e"),))
    )
    assert len(house.others.asked) == 2


async def test_several_providers_are_asked_at_the_same_time(house: House) -> None:
    for url in ("one", "two", "three"):
        await house.register("Air", url=url)
    everybody = asyncio.Barrier(3)

    async def wait_for_the_others(_: QueryAsk, __: Origin) -> None:
        async with asyncio.timeout(5):
            await everybody.wait()

    house.others.meanwhile = wait_for_the_others
    await house.told(CITY, "Air")
    assert sorted(one.correlator for one in house.others.origins) == [
        "walk; cbfwd=1",
        "walk; cbfwd=2",
        "walk; cbfwd=3",
    ]


async def test_what_another_process_registered_is_seen_after_a_refresh(house: House) -> None:
    await house.book.refresh()
    assert await house.told(CITY, "Air") == []
    away = Registration("r", (Selector("", ".*", "Air"),), "one")
    await house.engine.registrations.put("", away)
    await house.told(CITY, "Air")
    assert house.others.asked == []
    assert await house.book.refresh()
    assert not await house.book.refresh()
    await house.told(CITY, "Air")
    assert len(house.others.asked) == 1
