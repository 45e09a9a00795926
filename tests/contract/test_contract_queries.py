"""The contract of `EntityStore.query` and `types`. What selects is in `tests/property`."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from support.city import entity, put, removing, setting, target

from broker.core.decision import Decision
from broker.model.attribute import Attribute, Kind
from broker.model.entity import Entity
from broker.ports import Cursor, EntityQuery, TypeSummary
from broker.ql.ast import (
    EVERYTHING,
    NOTHING,
    Compare,
    Exists,
    Field,
    Geo,
    GeoRelation,
    Literal,
    Not,
    OneOf,
    Op,
    OrderBy,
    Path,
    TypeIn,
    any_of,
)
from kernel.clock import ManualClock
from kernel.times import Instant
from storage.engine import Engine

TEMPERATURE = Path("temperature")
N_IS_2 = Compare(Path("n"), Op.EQUAL, Literal(2))


def ids(entities: Sequence[Entity]) -> list[str]:
    return [one.id for one in entities]


async def fill(engine: Engine, count: int, tenant: str = "t") -> list[Entity]:
    rooms = [entity(f"urn:room:{number:04}", n=number) for number in range(count)]
    await put(engine.entities, tenant, *rooms)
    return rooms


async def walk(engine: Engine, limit: int) -> list[str]:
    """All ids, page by page through the cursor."""
    found: list[str] = []
    after: Cursor | None = None
    while True:
        page = await engine.entities.query("t", EntityQuery(limit=limit, after=after))
        found += ids(page.entities)
        after = page.next
        if after is None:
            return found


async def test_an_unknown_tenant_has_an_empty_page(engine: Engine) -> None:
    page = await engine.entities.query("nobody", EntityQuery(count=True))

    assert (list(page.entities), page.total, page.next) == ([], 0, None)


async def test_lists_are_in_order_of_creation_then_of_key(
    engine: Engine, clock: ManualClock
) -> None:
    await put(engine.entities, "t", entity("c"), entity("b", "Z"), entity("b", "Y"))
    clock.advance(1)
    await put(engine.entities, "t", entity("a"))
    page = await engine.entities.query("t", EntityQuery())

    assert [(one.id, one.types[0]) for one in page.entities] == [
        ("b", "Y"),
        ("b", "Z"),
        ("c", "Room"),
        ("a", "Room"),
    ]


async def test_a_recreated_entity_moves_to_the_end(engine: Engine, clock: ManualClock) -> None:
    rooms = await fill(engine, 3)
    await engine.entities.write("t", [], removing(rooms[0].key))
    clock.advance(1)
    await put(engine.entities, "t", rooms[0])

    page = await engine.entities.query("t", EntityQuery())
    assert ids(page.entities) == ids([rooms[1], rooms[2], rooms[0]])


@pytest.mark.parametrize(("limit", "offset"), [(3, 0), (3, 4), (3, 9), (0, 0), (20, 10)])
async def test_a_page_has_its_limit_and_offset_and_the_whole_total(
    engine: Engine, limit: int, offset: int
) -> None:
    rooms = await fill(engine, 10)
    query = EntityQuery(limit=limit, offset=offset, count=True)
    page = await engine.entities.query("t", query)

    assert ids(page.entities) == ids(rooms[offset : offset + limit])
    assert page.total == 10


async def test_total_is_counted_only_when_asked(engine: Engine) -> None:
    await fill(engine, 3)

    assert (await engine.entities.query("t", EntityQuery())).total is None


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11])
async def test_pain_13_cursors_lead_to_every_entity_once(engine: Engine, limit: int) -> None:
    rooms = await fill(engine, 10)

    assert await walk(engine, limit) == ids(rooms)


async def test_pain_13_paging_under_writes_sees_each_untouched_entity_once(
    engine: Engine, clock: ManualClock
) -> None:
    rooms = await fill(engine, 60)
    touched = set(ids(rooms[::3]))

    async def disturb() -> None:
        for number, room in enumerate(rooms[::3]):
            clock.advance(1)
            if number % 2:
                await engine.entities.write("t", [target(room)], removing(room.key))
            else:
                await engine.entities.write("t", [target(room)], setting("n", -1))
            await put(engine.entities, "t", entity(f"urn:new:{number}"))

    found, _ = await asyncio.gather(walk(engine, 4), disturb())
    untouched = [one for one in found if one not in touched and not one.startswith("urn:new")]
    assert untouched == [room.id for room in rooms if room.id not in touched]


async def test_expired_and_deleted_entities_are_not_found_or_counted(
    engine: Engine, clock: ManualClock
) -> None:
    rooms = await fill(engine, 4)
    ends = Instant(clock.now() + 1)
    await put(engine.entities, "t", msgspec.structs.replace(rooms[1], expires_at=ends))
    await engine.entities.write("t", [], removing(rooms[2].key))
    clock.advance(1)
    page = await engine.entities.query("t", EntityQuery(count=True))

    assert ids(page.entities) == ids([rooms[0], rooms[3]])
    assert page.total == 2
    assert [one.count for one in await engine.entities.types("t", EVERYTHING)] == [2]


async def test_a_condition_narrows_page_total_and_types_alike(engine: Engine) -> None:
    await fill(engine, 10)
    where = Compare(Path("n"), Op.GREATER_EQUAL, Literal(7))
    page = await engine.entities.query("t", EntityQuery(where, limit=2, count=True))

    assert ids(page.entities) == ["urn:room:0007", "urn:room:0008"]
    assert page.total == 3
    assert [one.count for one in await engine.entities.types("t", where)] == [3]
    assert await engine.entities.types("t", NOTHING) == []


async def test_a_condition_with_many_alternatives_is_answered(engine: Engine) -> None:
    await fill(engine, 3)
    where = any_of(*(Compare(Path("n"), Op.EQUAL, Literal(number)) for number in range(1_500)))
    page = await engine.entities.query("t", EntityQuery(where, count=True))

    assert page.total == 3


@pytest.mark.parametrize("count", [3_000, 40_000])
async def test_a_condition_of_any_size_is_answered(engine: Engine, count: int) -> None:
    await fill(engine, 3)
    where = any_of(*(Compare(Path(f"a{n}"), Op.EQUAL, Literal(n)) for n in range(count)), N_IS_2)
    for _ in range(200):
        where = Not(where)
    page = await engine.entities.query("t", EntityQuery(where, count=True))

    assert page.total == 1


async def test_queries_see_every_write_that_was_answered(engine: Engine) -> None:
    for number in range(20):
        await put(engine.entities, "t", entity(f"urn:room:{number}"))
        page = await engine.entities.query("t", EntityQuery(limit=0, count=True))
        assert page.total == number + 1


async def test_tenants_are_apart(engine: Engine) -> None:
    await fill(engine, 3, "one")
    await fill(engine, 5, "two")
    page = await engine.entities.query("one", EntityQuery(count=True))

    assert page.total == 3
    assert [one.count for one in await engine.entities.types("two", EVERYTHING)] == [5]


MIXED = [
    entity("missing"),
    entity("null", temperature=None),
    entity("minus", temperature=-1.5),
    entity("ten", temperature=10),
    entity("nine", temperature=9),
    entity("text", temperature="abc"),
    entity("object", temperature={"a": 1}),
    entity("array", temperature=[1]),
    entity("no", temperature=False),
    entity("yes", temperature=True),
    entity("date", temperature=Attribute("2026-01-01T00:00:00Z", type="DateTime")),
]
RISING = ["missing", "null", "minus", "nine", "ten", "text", "object", "array", "no", "yes", "date"]


async def test_kinds_are_ordered_among_each_other(engine: Engine) -> None:
    await put(engine.entities, "t", *reversed(MIXED))
    rising = await engine.entities.query("t", EntityQuery(order=(OrderBy(TEMPERATURE),)))
    falling = await engine.entities.query(
        "t", EntityQuery(order=(OrderBy(TEMPERATURE, descending=True),))
    )

    assert ids(rising.entities) == RISING
    assert ids(falling.entities) == RISING[::-1]
    assert rising.next is None


async def test_ties_of_an_order_are_in_order_of_creation(
    engine: Engine, clock: ManualClock
) -> None:
    for name in ("c", "a", "b"):
        await put(engine.entities, "t", entity(name, n=1, m=name))
        clock.advance(1)

    async def ordered(*order: OrderBy) -> list[str]:
        return ids((await engine.entities.query("t", EntityQuery(order=order))).entities)

    assert await ordered(OrderBy(Path("n"))) == ["c", "a", "b"]
    assert await ordered(OrderBy(Path("n"), descending=True)) == ["c", "a", "b"]
    assert await ordered(OrderBy(Path("n")), OrderBy(Path("m"))) == ["a", "b", "c"]
    assert await ordered(OrderBy("id", descending=True)) == ["c", "b", "a"]
    assert await ordered(OrderBy(Path(Field.CREATED_AT), descending=True)) == ["b", "a", "c"]


async def test_an_order_is_paged_by_offset(engine: Engine) -> None:
    await fill(engine, 10)
    query = EntityQuery(order=(OrderBy(Path("n"), descending=True),), limit=3, offset=6)

    page = await engine.entities.query("t", query)
    assert ids(page.entities) == ["urn:room:0003", "urn:room:0002", "urn:room:0001"]


async def test_entities_are_ordered_by_distance(engine: Engine) -> None:
    def located(name: str, longitude: float) -> Entity:
        point = {"type": "Point", "coordinates": [longitude, 43.06]}
        return entity(name, location=Attribute(point, Kind.GEO))

    places = [located("far", 141.9), located("near", 141.351), located("mid", 141.4)]
    await put(engine.entities, "t", *places, entity("nowhere"))
    park = '{"type": "Point", "coordinates": [141.35, 43.06]}'
    order = (OrderBy(Path("location"), distance_to=park),)
    page = await engine.entities.query("t", EntityQuery(order=order))

    assert ids(page.entities) == ["nowhere", "near", "mid", "far"]


async def test_types_tell_their_count_and_the_types_of_their_attributes(engine: Engine) -> None:
    both = Entity("both", ("Room", "Place"), attributes={"n": (Attribute(1),)})
    await put(engine.entities, "t", both, entity("hall", "Hall"))
    attributes = {
        "n": Attribute("x"),
        "when": Attribute("2026-01-01", type="DateTime"),
        "nothing": Attribute(None),
        "owner": Attribute("urn:someone", Kind.RELATIONSHIP),
    }
    await put(engine.entities, "t", entity("room", **attributes))

    assert list(await engine.entities.types("t", EVERYTHING)) == [
        TypeSummary("Hall", 1, {}),
        TypeSummary("Place", 1, {"n": ("Number",)}),
        TypeSummary(
            "Room",
            2,
            {
                "n": ("Number", "Text"),
                "when": ("DateTime",),
                "nothing": ("None",),
                "owner": ("Relationship",),
            },
        ),
    ]
    (found,) = (
        await engine.entities.query("t", EntityQuery(TypeIn(frozenset({"Place"}))))
    ).entities
    assert found.id == "both"


async def test_a_type_taken_away_is_no_longer_found(engine: Engine) -> None:
    both = Entity("both", ("Room", "Place"))
    await put(engine.entities, "t", both)
    await put(engine.entities, "t", msgspec.structs.replace(both, types=("Room", "Hall")))

    async def count(name: str) -> int | None:
        query = EntityQuery(TypeIn(frozenset({name})), count=True)
        return (await engine.entities.query("t", query)).total

    assert [await count(name) for name in ("Room", "Place", "Hall")] == [1, 0, 1]


async def test_a_location_that_moves_is_found_where_it_is(engine: Engine) -> None:
    def decide(current: Sequence[Entity], now: Instant) -> Decision[None]:
        (before,) = current
        moved = Attribute({"type": "Point", "coordinates": [2.0, 2.0]}, Kind.GEO)
        after = msgspec.structs.replace(before, attributes={"location": (moved,)}, modified_at=now)
        return Decision(None, puts=[after])

    start = Attribute({"type": "Point", "coordinates": [1.0, 1.0]}, Kind.GEO)
    car = entity("car", "Car", location=start)
    await put(engine.entities, "t", car)
    await engine.entities.write("t", [target(car)], decide)

    assert await _near(engine, 1.0) == []
    assert await _near(engine, 2.0) == ["car"]
    await engine.entities.write("t", [target(car)], removing(car.key))
    assert await _near(engine, 2.0) == []


async def _near(engine: Engine, degrees: float) -> list[str]:
    geometry = f'{{"type": "Point", "coordinates": [{degrees}, {degrees}]}}'
    where = Geo(GeoRelation.NEAR, geometry, max_distance_m=100)
    return ids((await engine.entities.query("t", EntityQuery(where))).entities)


async def test_a_list_of_a_hundred_thousand_is_asked(engine: Engine) -> None:
    rooms = await fill(engine, 3)
    literals = tuple(map(Literal, range(1, 100_001)))

    page = await engine.entities.query("t", EntityQuery(OneOf(Path("n"), literals)))

    assert ids(page.entities) == ids(rooms[1:])


async def test_a_path_of_a_hundred_thousand_keys_leads_nowhere(engine: Engine) -> None:
    rooms = await fill(engine, 2)
    deep = Exists(Path("n", keys=("a",) * 100_000))

    assert ids((await engine.entities.query("t", EntityQuery(deep))).entities) == []
    assert ids((await engine.entities.query("t", EntityQuery(Not(deep)))).entities) == ids(rooms)
