"""What users of neighbouring brokers suffer from, each under its number, on both engines.

Writes go through the public doors of real processes: one on the embedded database, two on MongoDB.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from support.engines import ENGINES
from support.mongodb import drop_databases
from support.odori_process import Answer, Talk, odori_process, talking

_WRITERS = 50


@pytest.fixture(params=ENGINES)
async def brokers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Sequence[Talk]]:
    """The brokers of one city; callers take them in turn."""
    store: dict[str, str] = {"multiservice": "true", "http_max_body": "100000"}
    count = 1
    if request.param == "mongodb":
        database = f"odori_{secrets.token_hex(6)}"
        url = request.getfixturevalue("mongodb_url")
        store |= {"mongodb_url": url, "mongodb_database": database}
        count = 2
    try:
        async with AsyncExitStack() as opened:
            talks = []
            for place in range(count):
                (tmp_path / str(place)).mkdir()
                process = opened.enter_context(
                    odori_process(tmp_path / str(place), "broker", **store)
                )
                talks.append(await opened.enter_async_context(talking(process)))
            yield talks
    finally:
        if count > 1:
            drop_databases(url, database)


async def test_pain_14_concurrent_writers_to_one_entity_lose_nothing(
    brokers: Sequence[Talk],
) -> None:
    made = await brokers[0].ask("POST", "/v2/entities", json={"id": "urn:x:e", "type": "T"})
    assert made.status == 201
    written = await asyncio.gather(
        *(_append(brokers[number % len(brokers)], number) for number in range(_WRITERS))
    )
    assert {answer.status for answer in written} == {204}
    for broker in brokers:
        found = json.loads((await broker.ask("GET", "/ngsi-ld/v1/entities/urn:x:e")).body)
        shared = {one["datasetId"]: one["value"] for one in found["shared"]}
        assert shared == {f"urn:x:d{number}": number for number in range(0, _WRITERS, 2)}
        alone = {number: found[f"a{number}"]["value"] for number in range(1, _WRITERS, 2)}
        assert all(number == value for number, value in alone.items())
        for number in range(1, _WRITERS, 2):
            path = f"/v2/entities/urn:x:e/attrs/a{number}?lastN=9"
            history = json.loads((await broker.ask("GET", path)).body)
            assert history["values"] == [number]


async def _append(broker: Talk, number: int) -> Answer:
    """Even writers share an attribute, each with a data set; odd ones have one of their own."""
    value: dict[str, Any] = {"type": "Property", "value": number}
    if number % 2 == 0:
        body = {"shared": value | {"datasetId": f"urn:x:d{number}"}}
    else:
        body = {f"a{number}": value}
    return await broker.ask("POST", "/ngsi-ld/v1/entities/urn:x:e/attrs", json=body)


async def test_pain_14_many_first_writes_to_a_new_tenant_all_succeed(
    brokers: Sequence[Talk],
) -> None:
    tenant = {"Fiware-Service": "fresh"}
    made = await asyncio.gather(
        *(
            brokers[number % len(brokers)].ask(
                "POST", "/v2/entities", json={"id": f"e{number}", "type": "T"}, headers=tenant
            )
            for number in range(_WRITERS)
        )
    )
    assert {answer.status for answer in made} == {201}
    for broker in brokers:
        listed = await broker.ask("GET", "/v2/entities?limit=1000", headers=tenant)
        assert len(json.loads(listed.body)) == _WRITERS
        elsewhere = await broker.ask("GET", "/v2/entities?limit=1000")
        assert json.loads(elsewhere.body) == []


@pytest.mark.parametrize("count", [1, 1_000])
async def test_pain_16_a_batch_is_handled_whole(brokers: Sequence[Talk], count: int) -> None:
    batch = [
        {"id": f"urn:x:{n}", "type": "T", "n": {"type": "Property", "value": n}}
        for n in range(count)
    ]
    answer = await brokers[0].ask("POST", "/ngsi-ld/v1/entityOperations/upsert", json=batch)
    assert answer.status == 201
    assert sorted(json.loads(answer.body)) == sorted(one["id"] for one in batch)
    assert await _count(brokers[-1]) == count


async def test_pain_16_a_batch_over_the_limit_is_refused_whole_and_the_limit_named(
    brokers: Sequence[Talk],
) -> None:
    batch = [{"id": f"e{n}", "type": "T", "text": {"value": "x" * 100}} for n in range(1_001)]
    for path, body, limit in (
        ("/v2/op/update", {"actionType": "append", "entities": batch}, b"100000"),
        (
            "/ngsi-ld/v1/entityOperations/upsert",
            [{"id": f"urn:x:{n}", "type": "T"} for n in range(1_001)],
            b"1000",
        ),
    ):
        answer = await brokers[0].ask("POST", path, json=body)
        assert answer.status == 413
        assert limit in answer.body
    assert await _count(brokers[-1]) == 0


async def _count(broker: Talk) -> int:
    answer = await broker.ask("GET", "/v2/entities?type=T&limit=1&options=count")
    counts = {name.lower(): value for name, value in answer.headers}
    return int(counts[b"fiware-total-count"])
