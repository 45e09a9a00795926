"""The contract of `broker.ports.EntityStore`: writes and look-ups; queries have their own file."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from support.city import (
    entity,
    notice,
    owing,
    put,
    putting,
    reading,
    removing,
    setting,
    target,
)
from support.engines import Bench, Recorder

from broker.core.decision import Decision, Target
from broker.model.attribute import Attribute, Kind
from broker.model.changes import HistoryRow
from broker.model.entity import Entity, EntityKey
from broker.temporal.query import HistoryQuery, Series
from kernel.clock import ManualClock
from kernel.errors import ConflictError
from kernel.times import Instant
from storage.engine import Engine

ROOM = entity("urn:room:1", temperature=21.5)
HALL = entity("urn:hall:1", "Hall", seats=400)


async def test_what_was_written_is_found_again_unchanged(engine: Engine) -> None:
    sky = Attribute(
        {
            "気温": [1, 2.5, None, True, {"a": "ü\u0000\U0001f33b"}],
            "big": 2**63 - 1,
            "tiny": 5e-324,
        },
        Kind.JSON,
        type="StructuredValue",
        dataset_id="urn:dataset:1",
        unit_code="CEL",
        observed_at=Instant(1_700_000_000_123_456),
        metadata={"accuracy": Attribute(0.1, metadata={"by": Attribute("大通")})},
        created_at=Instant(5),
        modified_at=Instant(6),
    )
    written = Entity(
        "urn:room:札幌",
        ("Room", "Place"),
        "/a/b",
        ("/Sapporo/Odori",),
        {"sky": (sky, Attribute(None)), "empty": (Attribute(),)},
        Instant(7),
        Instant(8),
        Instant(2**52),
    )
    await engine.entities.write("t", [], lambda _current, _now: Decision(None, puts=[written]))

    assert await engine.entities.find("t", [Target("urn:room:札幌")]) == [written]


async def test_a_decision_sees_what_its_targets_name_each_once_in_order_of_creation(
    engine: Engine, clock: ManualClock
) -> None:
    await put(engine.entities, "t", HALL)
    clock.advance(1)
    await put(engine.entities, "t", ROOM)
    seen: list[Sequence[Entity]] = []
    targets = [Target("urn:room:1"), Target("urn:room:1", "Room"), target(HALL), Target("nobody")]
    await engine.entities.write("t", targets, reading(seen))

    assert [one.id for one in seen[0]] == ["urn:hall:1", "urn:room:1"]


async def test_a_target_names_by_any_type_and_by_service_path(engine: Engine) -> None:
    both = msgspec.structs.replace(ROOM, types=("Room", "Place"))
    below = msgspec.structs.replace(ROOM, service_path="/below")
    await put(engine.entities, "t", both)
    await put(engine.entities, "t", below)

    async def found(wanted: Target) -> set[tuple[str, ...]]:
        return {(one.service_path, *one.types) for one in await engine.entities.find("t", [wanted])}

    upper, lower = ("/", "Room", "Place"), ("/below", "Room")
    assert await found(Target("urn:room:1")) == {upper, lower}
    assert await found(Target("urn:room:1", "Place")) == {upper}
    assert await found(Target("urn:room:1", "Room", "/below")) == {lower}
    assert await found(Target("urn:room:1", "", "/")) == {upper}
    assert await found(Target("urn:room:1", "Other")) == set()


async def test_many_targets_are_found_like_few(engine: Engine) -> None:
    rooms = [entity(f"urn:room:{number:03}", n=number) for number in range(120)]
    await put(engine.entities, "t", *rooms)
    found = await engine.entities.find("t", [target(room) for room in reversed(rooms)])

    assert [one.id for one in found] == [room.id for room in rooms]


async def test_a_put_replaces_the_whole_entity_of_its_key(engine: Engine) -> None:
    await put(engine.entities, "t", entity("urn:room:1", temperature=1, noise=2))
    await put(engine.entities, "t", entity("urn:room:1", light=3))
    (found,) = await engine.entities.find("t", [Target("urn:room:1")])

    assert list(found.attributes) == ["light"]


async def test_a_put_of_something_not_loaded_replaces_it_too(engine: Engine) -> None:
    await put(engine.entities, "t", ROOM)
    other = entity("urn:room:1", light=3)
    await engine.entities.write("t", [], putting(other))

    assert [one.attributes for one in await engine.entities.find("t", [Target("urn:room:1")])] == [
        other.attributes
    ]


async def test_what_was_deleted_is_gone_and_may_come_again(
    engine: Engine, clock: ManualClock
) -> None:
    await put(engine.entities, "t", ROOM)
    await engine.entities.write("t", [target(ROOM)], removing(ROOM.key))
    assert await engine.entities.find("t", [target(ROOM)]) == []

    clock.advance(1)
    await put(engine.entities, "t", ROOM)
    (again,) = await engine.entities.find("t", [target(ROOM)])
    assert again.created_at == clock.now()


async def test_deleting_what_is_not_there_changes_nothing(engine: Engine) -> None:
    await engine.entities.write("t", [], removing(EntityKey("urn:nobody", "Room")))

    assert await engine.entities.find("t", [Target("urn:nobody")]) == []


async def test_if_decide_raises_the_exception_passes_and_nothing_is_written(
    engine: Engine, announcer: Recorder
) -> None:
    def refuse(_current: Sequence[Entity], _now: Instant) -> Decision[None]:
        raise ConflictError("Entity urn:room:1 exists already")

    refused = engine.entities.write("t", [target(ROOM)], refuse)
    accepted = put(engine.entities, "t", HALL)
    answers = await asyncio.gather(refused, accepted, return_exceptions=True)

    assert isinstance(answers[0], ConflictError)
    assert answers[0].message == "Entity urn:room:1 exists already"
    assert answers[1] is None
    assert await engine.entities.find("t", [target(ROOM)]) == []
    assert [one.id for one in await engine.entities.find("t", [target(HALL)])] == ["urn:hall:1"]
    assert announcer.heard == []


async def test_a_decision_that_cannot_be_stored_fails_alone_and_leaves_nothing(
    engine: Engine,
) -> None:
    unstorable = entity("urn:room:2", secret=object())

    def decide(_current: Sequence[Entity], now: Instant) -> Decision[None]:
        rows = [HistoryRow(ROOM.key, "temperature", now, now, Attribute(1))]
        return Decision(None, puts=[ROOM, unstorable], history=rows)

    writes = [
        put(engine.entities, "t", HALL),
        engine.entities.write("t", [], decide),
        put(engine.entities, "t", entity("urn:room:3")),
    ]
    answers = await asyncio.gather(*writes, return_exceptions=True)

    assert [answer is None for answer in answers] == [True, False, True]
    targets = [Target("urn:hall:1"), Target("urn:room:1"), Target("urn:room:2")]
    assert [one.id for one in await engine.entities.find("t", targets)] == ["urn:hall:1"]
    series = Series("temperature", "urn:room:1")
    assert await engine.history.rows("t", HistoryQuery(series)) == []


async def test_commit_instants_rise_though_the_clock_stands(engine: Engine) -> None:
    instants: list[Instant] = []

    def decide(_current: Sequence[Entity], now: Instant) -> Decision[None]:
        instants.append(now)
        return Decision(None, puts=[ROOM])

    for _ in range(5):
        await engine.entities.write("t", [target(ROOM)], decide)

    assert instants == sorted(set(instants))


async def test_the_result_of_the_decision_is_returned(engine: Engine) -> None:
    assert await engine.entities.write("t", [], lambda _current, _now: Decision("done")) == "done"


@pytest.mark.parametrize("dataset_ids", ["one", "each its own"])
async def test_pain_14_of_fifty_writers_to_one_entity_every_success_is_seen(
    engine: Engine, dataset_ids: str
) -> None:
    await put(engine.entities, "t", entity("urn:room:1"))
    names = [f"a{number}" if dataset_ids == "one" else "a" for number in range(50)]
    datasets = ["" if dataset_ids == "one" else f"urn:d:{number}" for number in range(50)]
    room = Target("urn:room:1")
    await asyncio.gather(
        *(
            engine.entities.write("t", [room], setting(name, number, dataset_id=dataset))
            for number, (name, dataset) in enumerate(zip(names, datasets, strict=True))
        )
    )

    (found,) = await engine.entities.find("t", [room])
    values = {one.value for instances in found.attributes.values() for one in instances}
    assert values == set(range(50))
    recorded = {
        row.instance.value
        for name in set(names)
        for row in await engine.history.rows("t", HistoryQuery(Series(name, "urn:room:1")))
        if row.instance is not None
    }
    assert recorded == set(range(50))


async def test_pain_14_fifty_first_writes_to_a_new_tenant_all_succeed(engine: Engine) -> None:
    rooms = [entity(f"urn:room:{number}") for number in range(50)]
    await asyncio.gather(*(put(engine.entities, "new", room) for room in rooms))

    found = await engine.entities.find("new", [target(room) for room in rooms])
    assert {one.id for one in found} == {room.id for room in rooms}


async def test_overlapping_writes_happen_one_after_the_other(engine: Engine) -> None:
    await put(engine.entities, "t", entity("urn:room:1", count=0))
    room = Target("urn:room:1")

    def increment(current: Sequence[Entity], now: Instant) -> Decision[int]:
        (before,) = current
        count = before.attributes["count"][0].value + 1
        after = msgspec.structs.replace(
            before, attributes={"count": (Attribute(count),)}, modified_at=now
        )
        return Decision(count, puts=[after])

    counts = await asyncio.gather(
        *(engine.entities.write("t", [room], increment) for _ in range(40))
    )
    assert sorted(counts) == list(range(1, 41))


async def test_commits_are_announced_in_their_order_with_numbered_notices(
    engine: Engine, announcer: Recorder
) -> None:
    await put(engine.entities, "t", ROOM)
    await asyncio.gather(
        *(
            engine.entities.write("t", [Target("urn:room:1")], setting("n", number))
            for number in range(10)
        )
    )
    instants = [change.at for _, _, changes in announcer.heard for change in changes]
    assert len(instants) == 10
    assert instants == sorted(instants)

    await engine.entities.write("t", [], owing(notice("s", ROOM), notice("s", HALL)))
    tenant, notices, _ = announcer.heard[-1]
    assert tenant == "t"
    assert [one.tenant for one in notices] == ["t", "t"]
    assert 0 < notices[0].number < notices[1].number


async def test_tenants_are_apart(engine: Engine) -> None:
    await put(engine.entities, "one", ROOM)
    await put(engine.entities, "two", entity("urn:room:1", temperature=99))
    (first,) = await engine.entities.find("one", [target(ROOM)])
    (second,) = await engine.entities.find("two", [target(ROOM)])

    assert first.attributes["temperature"][0].value == 21.5
    assert second.attributes["temperature"][0].value == 99
    assert await engine.entities.find("", [target(ROOM)]) == []
    await engine.entities.write("one", [target(ROOM)], removing(ROOM.key))
    assert await engine.entities.find("two", [target(ROOM)]) == [second]


async def test_tenants_with_entities_are_listed_by_name(engine: Engine) -> None:
    assert list(await engine.entities.tenants()) == []
    for tenant in ("b", "", "a"):
        await put(engine.entities, tenant, ROOM)
    await engine.entities.write("b", [target(ROOM)], removing(ROOM.key))

    assert list(await engine.entities.tenants()) == ["", "a"]


async def test_an_expired_entity_is_absent_before_and_after_it_is_swept(
    engine: Engine, clock: ManualClock
) -> None:
    expires = Instant(clock.now() + 1_000_000)
    await put(engine.entities, "t", msgspec.structs.replace(ROOM, expires_at=expires), HALL)
    assert len(await engine.entities.find("t", [target(ROOM)])) == 1

    clock.advance(1)
    seen: list[Sequence[Entity]] = []
    await engine.entities.write("t", [target(ROOM)], reading(seen))
    assert list(seen[0]) == []
    assert await engine.entities.find("t", [target(ROOM)]) == []
    assert await engine.entities.sweep(clock.now()) == 1
    assert await engine.entities.sweep(clock.now()) == 0
    assert [one.id for one in await engine.entities.find("t", [target(HALL), target(ROOM)])] == [
        "urn:hall:1"
    ]


async def test_an_expired_entity_may_be_created_again(engine: Engine, clock: ManualClock) -> None:
    expires = Instant(clock.now() + 1)
    await put(engine.entities, "t", msgspec.structs.replace(ROOM, expires_at=expires))
    clock.advance(1)
    await put(engine.entities, "t", ROOM)

    assert await engine.entities.sweep(clock.now()) == 0
    assert len(await engine.entities.find("t", [target(ROOM)])) == 1


async def test_everything_is_there_after_a_reopening(bench: Bench) -> None:
    async with bench.open() as engine:
        await put(engine.entities, "t", ROOM)
        await engine.entities.write("t", [Target("urn:room:1")], setting("n", 1))
        await engine.entities.write("t", [], owing(notice("s", HALL)))
    async with bench.open() as engine:
        (room, hall) = await engine.entities.find("t", [Target("urn:room:1"), target(HALL)])
        assert (room.id, hall.id) == ("urn:room:1", "urn:hall:1")
        assert len(await engine.history.rows("t", HistoryQuery(Series("n", "urn:room:1")))) == 1
        assert [one.entity.id for one in await engine.outbox.owed()] == ["urn:hall:1"]
