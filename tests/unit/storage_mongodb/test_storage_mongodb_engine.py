"""Opening, failing, and what nodes of one database know of one another."""

import asyncio
import random
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from structlog.testing import capture_logs
from support.city import entity, notice, owing, putting, target
from support.engines import Recorder

from broker.ports import Outcome
from broker.subscriptions.model import Delivered, Endpoint, EntityMatcher, Subscription
from kernel.clock import ManualClock, SystemClock
from kernel.errors import UnavailableError
from storage.mongodb.claim_documents import blank_claim
from storage.mongodb.documents import entity_document
from storage.mongodb.draft import Draft, Shelves
from storage.mongodb.engine import Database, MongoEngine
from storage.mongodb.transactions import Together, Transactions

NodeFactory = Callable[[], AbstractAsyncContextManager[MongoEngine]]
ROOM = entity("urn:room:1", speed=1)


async def test_a_server_that_is_away_is_told_soon_and_without_the_drivers_words() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"mongodb://127.0.0.1:{reserved.getsockname()[1]}/?serverSelectionTimeoutMS=200"
        chance = random.Random(1)  # noqa: S311 — it spreads retries
        engine = MongoEngine(url, "odori", SystemClock(), Recorder(), chance)
        with capture_logs() as logs, pytest.raises(UnavailableError) as raised:
            await asyncio.wait_for(engine.__aenter__(), timeout=10)
    assert raised.value.message == "The database is not available"
    assert raised.value.__cause__ is None
    assert "127.0.0.1" not in str(logs)


@pytest.mark.mongodb
async def test_opening_again_and_beside_one_another_changes_no_index(
    database: Database, node: NodeFactory
) -> None:
    async with node() as one, node() as other:
        await one.entities.write("t", [target(ROOM)], putting(ROOM))
        assert len(await other.entities.find("t", [target(ROOM)])) == 1
    async with node() as again:
        assert len(await again.entities.find("t", [target(ROOM)])) == 1
    assert await database.collection("nodes").count({}) == 0


@pytest.mark.mongodb
async def test_pain_17_a_subscription_made_on_one_node_is_news_on_another(
    node: NodeFactory,
) -> None:
    async with node() as one, node() as other:
        before = await other.subscriptions.version()
        matcher = EntityMatcher(id_pattern=".*")
        await one.subscriptions.put("t", Subscription("s", (matcher,), Endpoint("http://a")))
        assert await other.subscriptions.version() > before
        assert [subscription.id for subscription in await other.subscriptions.all("t")] == ["s"]


@pytest.mark.mongodb
async def test_of_two_nodes_one_gets_the_lease(node: NodeFactory, clock: ManualClock) -> None:
    async with node() as one, node() as other:
        now = clock.now()
        got = await asyncio.gather(
            *(
                engine.outbox.lease("sweep", name, clock.advance(60), now)
                for name, engine in [("one", one), ("other", other)] * 3
            )
        )
        assert {got[0] or got[2] or got[4], got[1] or got[3] or got[5]} == {True, False}


@pytest.mark.mongodb
async def test_what_a_transaction_does_is_right_step_by_step(database: Database) -> None:
    """Without a replica set the steps run outside a transaction; their outcome is the same."""
    collection = database.collection
    names = Shelves.__dataclass_fields__
    shelves = Shelves(**{name: collection(name) for name in names})
    committer = Transactions(shelves, Together(None))
    first = entity_document("t", ROOM, write="1-1", number=0)
    created = Draft("1-1", "t", {ROOM.id: {}}, puts={ROOM.id: [first]})
    assert await committer.commit(created)
    assert not await committer.commit(created), "decided on a state that is gone"
    second = entity_document("t", ROOM, write="1-2", number=0)
    seen = {ROOM.id: {first["_id"]: "1-1"}}
    assert await committer.commit(Draft("1-2", "t", seen, puts={ROOM.id: [second]}))
    stored = await collection("entities").fetch({})
    assert [one["write"] for one in stored] == ["1-2"]
    seen = {ROOM.id: {first["_id"]: "1-2"}}
    assert await committer.commit(Draft("1-3", "t", seen, deletes={ROOM.id: [first["_id"]]}))
    assert await collection("entities").count({}) == 0


@pytest.mark.mongodb
async def test_a_settlement_that_was_cut_off_counts_nothing_twice(
    database: Database, node: NodeFactory
) -> None:
    """Without transactions the counters come first: what they count is known as tried."""
    async with node() as engine:
        await engine.subscriptions.put("t", Subscription("s1", (), Endpoint("http://a")))
        await engine.entities.write("t", [], owing(*(notice("s1", ROOM) for _ in range(3))))
        first, second, third = await engine.outbox.owed()
        before = await database.collection("outbox").fetch({})
        gone = Outcome(second, Delivered(times_sent=2), dead=True, reason="refused")
        await engine.outbox.settle([Outcome(first, Delivered(times_sent=1)), gone])
    await database.collection("outbox").remove({})
    await database.collection("outbox").insert_all(before)  # as if it had been killed before that
    async with node() as engine:
        owed = await engine.outbox.owed()
        assert [(one.number, one.attempts) for one in owed] == [
            (first.number, 1),
            (second.number, 1),
            (third.number, 0),
        ]


@pytest.mark.mongodb
async def test_what_is_revived_counts_anew(node: NodeFactory) -> None:
    async with node() as engine:
        await engine.subscriptions.put("t", Subscription("s1", (), Endpoint("http://a")))
        await engine.entities.write("t", [], owing(notice("s1", ROOM)))
        (owed,) = await engine.outbox.owed()
        gone = Outcome(owed, Delivered(times_sent=1), dead=True, reason="refused")
        await engine.outbox.settle([gone])
        assert await engine.outbox.revive("t", "s1", [owed.number]) == 1
        assert await engine.outbox.owed() == [owed]


@pytest.mark.mongodb
async def test_what_a_write_owes_is_told_once_the_write_is_finished(
    database: Database, node: NodeFactory
) -> None:
    """Whoever finishes it for a node that died owes it again, and it would count twice."""
    async with node() as engine:
        await engine.entities.write("t", [], owing(*(notice("s1", ROOM) for _ in range(3))))
        first, second, third = await engine.outbox.owed()
        claim = blank_claim("00000009-1", "c") | {"notices": [{"_id": first.number}]}
        await database.collection("claims").insert(claim)

        assert await engine.outbox.owed() == [second, third]
        assert await engine.outbox.owed(limit=1) == [second]
        await database.collection("claims").remove({})
        assert await engine.outbox.owed() == [first, second, third]
