"""What a permission hides is hidden in every way of asking."""

from dataclasses import dataclass, field

import msgspec
import pytest
from support.memory import MemoryEngine, Silent

from broker.core.decision import Target
from broker.core.writes import Action, Applied, Refused, Write
from broker.model.attribute import Attribute
from broker.ports import EntityQuery
from broker.ql.ast import EVERYTHING
from broker.service.announcements import Announcements
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.rules import TypeRules
from broker.service.subscriptions import Subscriptions
from broker.subscriptions.model import Endpoint, EntityMatcher, Subscription
from broker.temporal.query import AggregateQuery, Aggregation, HistoryQuery, Series
from kernel.clock import ManualClock
from kernel.errors import ConflictError, ForbiddenError, NotFoundError
from kernel.ids import SeededIds
from kernel.permission import Permission, Principal, Scope
from kernel.times import Instant

RULES = TypeRules(guarded=frozenset({"Guarded"}), flow=frozenset({"Flow"}))
READS = frozenset({Scope.NGSI_READ, Scope.NGSI_WRITE})
CITY = Call(Principal("city", READS | {Scope.CITY_FLOW}))
PUBLIC = Call(Principal("public", READS))
INTAKE = Call(Principal("intake", READS | {Scope.INGEST}))
NARROW = Call(
    Principal("narrow", READS, Permission(frozenset({"Air"}), frozenset({"temperature"})))
)
PARKS = Call(Principal("parks", READS, Permission(service_paths=frozenset({"/parks/#"}))))
DRAFT = Subscription("", (EntityMatcher(id_pattern=".*"),), Endpoint("http://x/"))


@dataclass
class House:
    """A broker on memory, with the city's rules."""

    engine: MemoryEngine = field(
        default_factory=lambda: MemoryEngine(ManualClock(Instant(1_700_000_000_000_000)))
    )

    def __post_init__(self) -> None:
        engine = self.engine
        book = SubscriptionBook(engine.subscriptions)
        self.broker = Broker(
            entities=engine.entities,
            history=engine.history,
            book=book,
            feed=Silent(),
            rules=RULES,
        )
        self.subscriptions = Subscriptions(
            store=engine.subscriptions,
            outbox=engine.outbox,
            book=book,
            clock=ManualClock(Instant(1_700_000_000_000_000)),
            ids=SeededIds(1),
            rules=RULES,
        )

    async def write(self, entity_type: str, path: str = "/", **values: float) -> None:
        attributes = {name: (Attribute(value),) for name, value in values.items()}
        write = Write(Action.APPEND, entity_type.lower(), entity_type, path, attributes)
        await self.broker.write(INTAKE, [write])

    async def told(self, call: Call) -> list[tuple[str, list[str]]]:
        """Subscribe to everything as the caller, write, and see what is owed."""
        await self.subscriptions.create(call, DRAFT)
        await self.write("Flow", peopleCount=4)
        await self.write("Air", temperature=20, co2=500)
        await self.write("Air", co2=600)
        owed = await self.engine.outbox.owed()
        return [(notice.entity.types[0], sorted(notice.entity.attributes)) for notice in owed]


@pytest.fixture
def house() -> House:
    return House()


async def test_people_flow_is_shown_to_the_citys_scope_only(house: House) -> None:
    await house.write("Flow", peopleCount=4)
    await house.write("Air", temperature=20)
    query = EntityQuery(EVERYTHING, count=True)
    window = HistoryQuery(Series("peopleCount", "flow", "Flow"))
    for call, types in ((CITY, {"Flow", "Air"}), (PUBLIC, {"Air"})):
        page = await house.broker.query(call, query)
        assert {one.types[0] for one in page.entities} == types
        assert page.total == len(types)
        assert {one.type for one in await house.broker.types(call, EVERYTHING)} == types
        sees = "Flow" in types
        assert bool(await house.broker.find(call, Target("flow"))) is sees
        assert bool(await house.broker.history(call, window)) is sees
        total = AggregateQuery(window, Aggregation.SUM)
        assert bool(await house.broker.aggregate(call, total)) is sees


async def test_subscribers_hear_of_what_they_may_see_only(house: House) -> None:
    assert await house.told(PUBLIC) == [
        ("Air", ["co2", "temperature"]),
        ("Air", ["co2", "temperature"]),
    ]


async def test_hidden_attributes_are_neither_told_nor_do_they_trigger(house: House) -> None:
    assert await house.told(NARROW) == [("Air", ["temperature"])]


async def test_the_citys_subscribers_hear_everything(house: House) -> None:
    assert [kind for kind, _ in await house.told(CITY)] == ["Flow", "Air", "Air"]


@pytest.mark.parametrize("action", list(Action))
async def test_a_guarded_type_is_written_by_the_intake_only(house: House, action: Action) -> None:
    await house.write("Guarded", count=1)
    write = Write(action, "guarded", "", attributes={"count": (Attribute(2),)})
    with pytest.raises(ForbiddenError):
        await house.broker.write(CITY, [Write(Action.APPEND, "new", "Guarded"), write])
    [entity] = await house.broker.find(CITY, Target("guarded"))
    assert entity.attributes["count"][0].value == 1
    assert not await house.broker.find(CITY, Target("new"))


async def test_credentials_of_one_tenant_open_no_other(house: House) -> None:
    bound = Principal("bound", READS, tenants=frozenset({"a"}))
    with pytest.raises(ForbiddenError):
        await house.broker.query(Call(bound, "b"), EntityQuery())


async def test_a_service_path_is_a_part_of_every_question(house: House) -> None:
    for number, path in enumerate(("/parks/odori", "/parks", "/depot", "/")):
        await house.write(f"Air{number}", path, temperature=number)
    page = await house.broker.query(PARKS, EntityQuery(count=True))
    assert [one.service_path for one in page.entities] == ["/parks/odori", "/parks"]
    assert page.total == 2
    assert [one.type for one in await house.broker.types(PARKS, EVERYTHING)] == ["Air0", "Air1"]
    assert not await house.broker.find(PARKS, Target("air2"))
    every = HistoryQuery(Series("temperature"), last_n=1)
    [row] = await house.broker.history(PARKS, every)
    assert row.key.service_path.startswith("/parks")
    [counted] = await house.broker.aggregate(
        PARKS, AggregateQuery(HistoryQuery(Series("temperature")), Aggregation.COUNT)
    )
    assert counted.value == 2


async def test_a_batch_is_refused_write_by_write(house: House) -> None:
    writes = [
        Write(Action.APPEND, "a", "Air", "/parks"),
        Write(Action.APPEND, "b", "Air", "/depot"),
        Write(Action.APPEND, "c", "Air", "/parks/odori"),
    ]
    outcomes = await house.broker.write(PARKS, writes)
    assert [type(one) for one in outcomes] == [Applied, Refused, Applied]
    assert [one.id for one in (await house.broker.query(CITY, EntityQuery())).entities] == [
        "a",
        "c",
    ]


async def test_the_intake_writes_what_it_does_not_read(house: House) -> None:
    await house.write("Flow", peopleCount=1)
    await house.write("Flow", peopleCount=2)
    [entity] = await house.broker.find(CITY, Target("flow"))
    assert entity.attributes["peopleCount"][0].value == 2


async def test_subscriptions_are_shown_to_those_who_see_all_that_they_tell(house: House) -> None:
    ids = {}
    for call in (CITY, PUBLIC, NARROW, PARKS):
        ids[call.principal.name] = await house.subscriptions.create(call, DRAFT)
    for call, names in (
        (CITY, {"city", "public", "narrow", "parks"}),
        (PUBLIC, {"public", "narrow", "parks"}),
        (NARROW, {"narrow"}),
        (PARKS, {"parks"}),
    ):
        page, total = await house.subscriptions.page(call, limit=10, offset=0)
        assert {one.subscription.id for one in page} == {ids[name] for name in names}
        assert total == len(names)


async def test_a_subscription_that_is_not_shown_is_neither_changed_nor_removed(
    house: House,
) -> None:
    made = await house.subscriptions.create(CITY, DRAFT)
    for attempt in (
        house.subscriptions.get(NARROW, made),
        house.subscriptions.change(NARROW, made, lambda one: one),
        house.subscriptions.remove(NARROW, made),
        house.subscriptions.deliveries(NARROW, made),
        house.subscriptions.replay(NARROW, made),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    with pytest.raises(ConflictError):
        await house.subscriptions.create(NARROW, msgspec.structs.replace(DRAFT, id=made))
    kept = await house.subscriptions.get(CITY, made)
    assert kept.subscription.permission == CITY.principal.permission


async def test_a_subscription_keeps_its_permission_whoever_changes_it(house: House) -> None:
    """Else the receiver of a narrow one would hear what its editor may see."""
    made = await house.subscriptions.create(NARROW, DRAFT)
    await house.subscriptions.change(
        CITY, made, lambda one: msgspec.structs.replace(one, description="seen to")
    )
    kept = (await house.subscriptions.get(NARROW, made)).subscription
    assert kept.description == "seen to"
    assert kept.permission.attributes == frozenset({"temperature"})


async def test_a_stream_of_changes_shows_what_its_reader_may_see() -> None:
    announcements = Announcements()
    house = House(MemoryEngine(ManualClock(Instant(1_700_000_000_000_000)), announcements))
    house.broker = Broker(
        entities=house.engine.entities,
        history=house.engine.history,
        book=SubscriptionBook(house.engine.subscriptions),
        feed=announcements,
        rules=RULES,
    )
    stream = house.broker.changes(NARROW)
    await house.write("Flow", peopleCount=4)
    await house.write("Air", temperature=20, co2=500)
    await house.write("Air", co2=600)
    await house.write("Air", temperature=21)
    first, second = await anext(stream), await anext(stream)
    assert [list(one.entity.attributes) for one in (first, second)] == [["temperature"]] * 2
    assert [one.written for one in (first, second)] == [("temperature",)] * 2
    assert stream.lost == 0
