"""What dead nodes leave behind on a server without transactions."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from support.city import entity, notice, owing, putting, setting, target

from broker.model.attribute import Attribute
from broker.model.changes import HistoryRow
from broker.model.entity import Entity
from broker.temporal.query import HistoryQuery, Series
from kernel.errors import UnavailableError
from kernel.times import Instant
from storage.mongodb.claim_documents import claims_of
from storage.mongodb.documents import entity_document, history_document, notice_document
from storage.mongodb.draft import Draft
from storage.mongodb.engine import Database, MongoEngine
from storage.mongodb.pulse import Pulse

pytestmark = pytest.mark.mongodb

DEADLINE_S = 15.0
DEAD = "00beef00"
WRITE = f"{DEAD}-000000000001"
ROOM = entity("urn:room:1", speed=1)
HALL = entity("urn:hall:1", "Hall", seats=2)
NodeFactory = Callable[[], AbstractAsyncContextManager[MongoEngine]]


def document(one: Entity, write: str = WRITE) -> dict[str, Any]:
    return entity_document("t", one, write=write, number=0)


def draft(*entities: Entity, seen: dict[str, dict[str, str]] | None = None) -> Draft:
    """A write by the dead node that creates these, with a row of history and a notice of each."""
    rows = [HistoryRow(one.key, "speed", Instant(1), Instant(1), Attribute(1)) for one in entities]
    owed = [
        msgspec.structs.replace(notice("s", one), tenant="t", number=10 + n)
        for n, one in enumerate(entities)
    ]
    return Draft(
        WRITE,
        "t",
        {one.id: {} for one in entities} | (seen or {}),
        puts={one.id: [document(one)] for one in entities},
        history=[history_document("t", row, f"{WRITE}-{n}") for n, row in enumerate(rows)],
        notices=[notice_document(one) for one in owed],
    )


async def leave(database: Database, left: Draft) -> None:
    """What a node leaves that dies right after claiming."""
    await database.collection("nodes").put({"_id": DEAD, "beat": 1})
    assert not await database.collection("claims").insert_all(claims_of(left))


async def until_settled(database: Database) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while await database.collection("claims").count({}):  # noqa: ASYNC110 — it is elsewhere
            await asyncio.sleep(0.05)


async def stored(engine: MongoEngine, *entities: Entity) -> list[Entity]:
    return list(await engine.entities.find("t", [target(one) for one in entities]))


async def test_a_write_whose_node_died_after_claiming_is_finished_by_another(
    database: Database, node: NodeFactory
) -> None:
    await leave(database, draft(ROOM))
    async with node() as engine:
        await until_settled(database)
        assert await stored(engine, ROOM) == [ROOM]
        assert len(await engine.history.rows("t", HistoryQuery(Series("speed")))) == 1
        assert [one.number for one in await engine.outbox.owed()] == [10]


async def test_a_shared_write_without_its_verdict_is_undone_as_a_whole(
    database: Database, node: NodeFactory
) -> None:
    await leave(database, draft(ROOM, HALL))
    async with node() as engine:
        await until_settled(database)
        assert await stored(engine, ROOM, HALL) == []
        assert not await engine.outbox.owed()
        # The dead one may only have slept: it can no longer commit.
        verdicts = database.collection("verdicts")
        assert not await verdicts.insert({"_id": WRITE, "committed": True})


async def test_a_shared_write_with_its_verdict_is_finished_as_a_whole(
    database: Database, node: NodeFactory
) -> None:
    await leave(database, draft(ROOM, HALL))
    await database.collection("verdicts").insert({"_id": WRITE, "committed": True, "at": 1})
    async with node() as engine:
        await until_settled(database)
        assert {one.id for one in await stored(engine, ROOM, HALL)} == {ROOM.id, HALL.id}
        assert [one.number for one in await engine.outbox.owed()] == [10, 11]


async def test_finishing_what_was_nearly_done_repeats_nothing_in_the_history(
    database: Database, node: NodeFactory
) -> None:
    nearly = draft(ROOM)
    await leave(database, nearly)
    await database.collection("history").insert_all(nearly.history)
    await database.collection("entities").insert_all(nearly.puts[ROOM.id])
    async with node() as engine:
        await until_settled(database)
        assert await stored(engine, ROOM) == [ROOM]
        assert len(await engine.history.rows("t", HistoryQuery(Series("speed")))) == 1


async def test_a_claim_on_an_outdated_state_never_counts(
    database: Database, node: NodeFactory
) -> None:
    late = msgspec.structs.replace(ROOM, attributes={"speed": (Attribute("late"),)})
    async with node() as engine:
        await engine.entities.write("t", [target(ROOM)], putting(ROOM))
        before = await stored(engine, ROOM)
        await leave(database, draft(late))
        await until_settled(database)
        assert await stored(engine, ROOM) == before
        assert not await engine.outbox.owed()


async def test_a_writer_who_meets_an_abandoned_claim_finishes_it_and_goes_on(
    database: Database, node: NodeFactory
) -> None:
    async with node() as engine:
        await leave(database, draft(ROOM))
        async with asyncio.timeout(DEADLINE_S):
            await engine.entities.write("t", [target(ROOM)], putting(entity(ROOM.id, speed=2)))
        assert len(await engine.history.rows("t", HistoryQuery(Series("speed")))) == 1
        (room,) = await stored(engine, ROOM)
        assert room.attributes["speed"][0].value == 2


async def test_nodes_that_write_the_same_entities_lose_nothing(node: NodeFactory) -> None:
    async with node() as one, node() as other:
        await one.entities.write("t", [target(ROOM), target(HALL)], putting(ROOM, HALL))

        async def write(engine: MongoEngine, number: int) -> None:
            await engine.entities.write("t", [target(ROOM)], setting(f"n{number}", number))

        async def write_both(engine: MongoEngine) -> None:
            await engine.entities.write("t", [target(HALL), target(ROOM)], _touch)

        async with asyncio.TaskGroup() as tasks:
            for number in range(12):
                tasks.create_task(write(one if number % 2 else other, number))
                tasks.create_task(write_both(other if number % 3 else one))
        (room,) = await stored(other, ROOM)
        assert room.attributes.keys() == {"speed", *(f"n{number}" for number in range(12))}
        (hall,) = await stored(one, HALL)
        assert hall.attributes["seats"][0].value == 2 + 12


def _touch(current: Any, now: Instant) -> Any:
    (hall,) = [one for one in current if one.id == HALL.id]
    seats = Attribute(hall.attributes["seats"][0].value + 1)
    after = msgspec.structs.replace(hall, attributes={"seats": (seats,)}, modified_at=now)
    return putting(after)([hall], now)


async def test_nobody_settles_what_living_nodes_are_writing(
    database: Database, patient_node: NodeFactory
) -> None:
    rooms = [entity(f"urn:room:{number}", n=0) for number in range(6)]
    async with patient_node() as one, patient_node() as other:
        await one.entities.write("t", [target(room) for room in rooms], putting(*rooms))

        async def write(engine: MongoEngine, worker: int) -> None:
            for number in range(8):
                room = rooms[(worker + number) % len(rooms)]
                await engine.entities.write("t", [target(room)], setting(f"n{worker}", number))

        async def recover() -> int:
            return sum(
                [await engine.entities._writer._committer.recover() for engine in (one, other) * 40]
            )

        writers = [write(one if worker % 2 else other, worker) for worker in range(12)]
        settled, *_ = await asyncio.gather(recover(), *writers)
        assert settled == 0
        assert await database.collection("claims").count({}) == 0
        found = await stored(one, *rooms)
    written = [name for room in found for name in room.attributes if name != "n"]
    assert len(written) == 12 * 6


async def test_a_broken_off_write_is_finished_by_its_own_node(
    database: Database, patient_node: NodeFactory
) -> None:
    async with patient_node() as engine:
        committer = engine.entities._writer._committer
        claims = claims_of(draft(ROOM))
        for claim in claims:
            claim["write"] = claim["write"].replace(DEAD, committer._pulse.node)
        committer._break_off(claims[0]["write"])
        await database.collection("claims").insert_all(claims)
        assert await committer.recover() == 1
        assert len(await stored(engine, ROOM)) == 1


async def test_more_than_one_document_holds_is_written_in_parts(
    database: Database, patient_node: NodeFactory
) -> None:
    large = entity("urn:room:large", text="x" * 500_000)
    notices = [notice(f"s{number}", large) for number in range(40)]
    async with patient_node() as engine:
        await engine.entities.write("t", [target(large)], owing(*notices))
        owed = await engine.outbox.owed()
        assert [one.subscription_id for one in owed] == [one.subscription_id for one in notices]
        assert await database.collection("claims").count({}) == 0
        assert await database.collection("verdicts").count({}) == 0


async def test_a_node_that_beats_is_alive_and_one_that_fell_silent_is_not(
    database: Database,
) -> None:
    nodes = database.collection("nodes")
    silent, beating, watcher = (Pulse(nodes, name, dead_after_s=0.3) for name in "abc")
    await silent.beat()
    async with asyncio.timeout(DEADLINE_S):
        while True:
            await beating.beat()
            stopped = await watcher.stopped()
            assert "b" not in stopped
            if "a" in stopped:
                break


async def test_a_node_that_others_may_take_for_dead_does_not_go_on(database: Database) -> None:
    pulse = Pulse(database.collection("nodes"), "a", dead_after_s=1_000.0)
    await pulse.beat()
    pulse.check()
    late = Pulse(database.collection("nodes"), "b", dead_after_s=0.0)
    await late.beat()
    with pytest.raises(UnavailableError):
        late.check()


async def test_numbers_rise_for_an_entity_whichever_node_writes(node: NodeFactory) -> None:
    turns = 8
    async with node() as one, node() as other:
        for turn in range(turns):
            engine = one if turn % 2 else other
            about = entity(ROOM.id, turn=turn)
            await engine.entities.write("t", [target(about)], owing(notice("s", about)))
        owed = await one.outbox.owed()
    turned = [owe.entity.attributes["turn"][0].value for owe in owed]
    assert turned == list(range(turns))
