"""The NGSI-v2 client against our own face, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.memory import Silent
from support.receivers import unused_port
from support.v2_broker import serving_v2

from broker.client import (
    BrokerConflictError,
    BrokerMissingError,
    BrokerUnreachableError,
    HttpTransport,
    Session,
    V2Client,
)
from broker.client.batches import BatchLimits
from kernel.clock import SystemClock
from kernel.ids import SeededIds
from storage.sqlite.engine import SqliteEngine


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[V2Client]:
    clock = SystemClock()
    async with (
        SqliteEngine(tmp_path, clock, Silent()) as engine,
        serving_v2(engine, clock=clock, ids=SeededIds(1)) as port,
        HttpTransport(f"http://127.0.0.1:{port}") as transport,
    ):
        yield V2Client(Session(transport, service_path="/"))


def room(name: str, temperature: float) -> dict[str, object]:
    return {"id": name, "type": "Room", "temperature": {"value": temperature, "type": "Number"}}


async def test_an_entity_is_made_read_changed_and_removed(client: V2Client) -> None:
    await client.create(room("R1", 20))
    with pytest.raises(BrokerConflictError):
        await client.create(room("R1", 20))
    await client.create(room("R1", 21), options="upsert")
    await client.append("R1", {"humidity": {"value": 40}}, type="Room")
    await client.update("R1", {"humidity": {"value": 41}})
    await client.set_attribute("R1", "humidity", {"value": 42, "type": "Number"})

    assert (await client.entity("R1", options="keyValues")) == {
        "id": "R1",
        "type": "Room",
        "temperature": 21,
        "humidity": 42,
    }
    assert (await client.attribute("R1", "humidity"))["value"] == 42
    await client.delete_attribute("R1", "humidity")
    await client.replace("R1", {"co2": {"value": 400}})
    assert await client.entity("R1", attrs=["co2"], options="keyValues") == {
        "id": "R1",
        "type": "Room",
        "co2": 400,
    }
    await client.delete("R1")
    with pytest.raises(BrokerMissingError):
        await client.entity("R1")


async def test_pages_bring_every_entity_once_in_order(client: V2Client) -> None:
    limits = BatchLimits(most_entities=30)
    rooms = [room(f"R{n:03}", n) for n in range(105)]

    assert await client.upsert(rooms, limits=limits) == 105

    found = [one["id"] async for one in client.entities(page_size=20, type="Room")]
    assert found == [one["id"] for one in rooms]
    assert await client.count(q="temperature>99") == 5
    assert [one["type"] for one in await client.types()] == ["Room"]


async def test_a_subscription_lives_and_ends(client: V2Client) -> None:
    made = await client.subscribe(
        {
            "subject": {"entities": [{"idPattern": ".*", "type": "Room"}]},
            "notification": {"http": {"url": "http://receiver:1028/notify"}},
        }
    )
    await client.change_subscription(made, {"status": "inactive"})

    assert (await client.subscription(made))["status"] == "inactive"
    assert [one["id"] async for one in client.subscriptions()] == [made]
    await client.unsubscribe(made)
    assert [one async for one in client.subscriptions()] == []


async def test_history_comes_back(client: V2Client) -> None:
    for n in range(3):
        await client.upsert([room("R1", n)])

    found = await client.history("R1", "temperature", type="Room", lastN=2)

    assert found["values"] == [1, 2]


async def test_nobody_at_the_address_is_a_typed_error() -> None:
    async with HttpTransport(f"http://127.0.0.1:{unused_port()}") as transport:
        with pytest.raises(BrokerUnreachableError):
            await V2Client(Session(transport, attempts=1)).entity("x")
