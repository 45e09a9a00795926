"""The NGSI-LD client against our own face, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.ld_broker import listening
from support.memory import Silent

from broker.client import (
    BrokerConflictError,
    BrokerMissingError,
    HttpTransport,
    LdClient,
    Session,
)
from broker.client.batches import BatchLimits
from kernel.clock import SystemClock
from storage.sqlite.engine import SqliteEngine


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[LdClient]:
    clock = SystemClock()
    async with (
        SqliteEngine(tmp_path, clock, Silent()) as engine,
        listening(engine, clock=clock) as port,
        HttpTransport(f"http://127.0.0.1:{port}") as transport,
    ):
        yield LdClient(Session(transport))


def room(number: int, temperature: float) -> dict[str, object]:
    return {
        "id": f"urn:ngsi-ld:Room:{number:03}",
        "type": "Room",
        "temperature": {"type": "Property", "value": temperature},
    }


async def test_an_entity_is_made_read_changed_and_removed(client: LdClient) -> None:
    one = room(1, 20)
    name = str(one["id"])
    await client.create(one)
    with pytest.raises(BrokerConflictError):
        await client.create(one)
    await client.append(name, {"humidity": {"type": "Property", "value": 40}})
    await client.update(name, {"humidity": {"type": "Property", "value": 41}})

    found = await client.entity(name, options="keyValues")
    assert (found["temperature"], found["humidity"]) == (20, 41)
    await client.delete_attribute(name, "humidity")
    assert "humidity" not in await client.entity(name)
    await client.delete(name)
    with pytest.raises(BrokerMissingError):
        await client.entity(name)


async def test_pages_bring_every_entity_once_in_order(client: LdClient) -> None:
    rooms = [room(n, n) for n in range(45)]

    assert await client.upsert(rooms, limits=BatchLimits(most_entities=20)) == 45

    found = [one["id"] async for one in client.entities(page_size=10, type="Room")]
    assert found == [one["id"] for one in rooms]
    assert await client.count(type="Room", q="temperature>=40") == 5
    assert await client.batch("delete", found[:5]) == 5
    assert await client.count(type="Room") == 40
