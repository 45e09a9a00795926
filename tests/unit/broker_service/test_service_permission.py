"""What a permission hides is hidden in every way of asking."""

from dataclasses import dataclass, field

import pytest
from support.memory import MemoryEngine, Silent

from broker.core.decision import Target
from broker.core.writes import Action, Write
from broker.model.attribute import Attribute
from broker.ports import EntityQuery
from broker.ql.ast import EVERYTHING
from broker.service.book import SubscriptionBook
from broker.service.broker import Broker
from broker.service.call import Call
from broker.service.rules import TypeRules
from broker.service.subscriptions import Subscriptions
from broker.subscriptions.model import Endpoint, EntityMatcher, Subscription
from broker.temporal.query import AggregateQuery, Aggregation, HistoryQuery, Series
from kernel.clock import ManualClock
from kernel.errors import ForbiddenError
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

    async def write(self, entity_type: str, **values: float) -> None:
        attributes = {name: (Attribute(value),) for name, value in values.items()}
        write = Write(Action.APPEND, entity_type.lower(), entity_type, attributes=attributes)
        await self.broker.write(INTAKE, [write])

    async def told(self, call: Call) -> list[tuple[str, list[str]]]:
        """Subscribe to everything as the caller, write, and see what is owed."""
        draft = Subscription("", (EntityMatcher(id_pattern=".*"),), Endpoint("http://x/"))
        await self.subscriptions.create(call, draft)
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
