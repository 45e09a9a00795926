"""One city in several processes: they meet in the database, or through NGSI, and nowhere else."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.mongodb import drop_databases
from support.odori_process import (
    WEATHER,
    WEATHER_KEY,
    OdoriProcess,
    Talk,
    odori_process,
    register,
    talking,
)
from support.receivers import Receiver, receiving, unused_port

GATE, GATE_KEY = "G1", "gate-key-of-the-tests-0000001"
GATE_ID = f"urn:ngsi-ld:CrowdFlowObserved:{GATE}"
WEATHER_ID = f"urn:ngsi-ld:WeatherObserved:{WEATHER}"
_SOON_S = 10.0
_EFFECTIVE_S = 1.0
"""A subscription that another node made; nodes look every tenth of a second."""


async def entity(talk: Talk, entity_id: str) -> dict[str, Any]:
    """The entity's values; empty if there is none, or nobody who knows."""
    try:
        answer = await talk.ask("GET", f"/v2/entities/{entity_id}?options=keyValues")
    except OSError:
        return {}
    return json.loads(answer.body) if answer.status == 200 else {}


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, and fail if it does not hold soon: other processes send no events."""
    async with asyncio.timeout(_SOON_S):
        while not await holds():  # noqa: ASYNC110 — see above
            await asyncio.sleep(0.02)


async def shows(talk: Talk, entity_id: str, name: str, value: Any) -> dict[str, Any]:
    """The entity, once it has the value."""
    found: dict[str, Any] = {}

    async def does() -> bool:
        found.update(await entity(talk, entity_id))
        return found.get(name) == value

    await until(does)
    return found


async def measure(talk: Talk, device: str, key: str, reading: dict[str, Any]) -> int:
    answer = await talk.ask("POST", f"/iot/json?k={key}&i={device}", json=reading, token="")
    return answer.status


async def is_let_in(talk: Talk, device: str, key: str, reading: dict[str, Any]) -> None:
    """Wait until the registry's decision has reached the intake."""

    async def is_in() -> bool:
        return await measure(talk, device, key, reading) == 200

    await until(is_in)


# Nodes on one MongoDB


@dataclass(frozen=True)
class Nodes:
    """Two brokers, an intake and the boards, each a process of its own."""

    brokers: tuple[Talk, Talk]
    intake: Talk
    boards: Talk


@pytest.fixture
async def nodes(mongodb_url: str, tmp_path: Path) -> AsyncIterator[Nodes]:
    database = f"odori_{secrets.token_hex(6)}"
    store = {"mongodb_url": mongodb_url, "mongodb_database": database}
    rooms = (("broker", "oauth"), ("broker",), ("ingest", "sensors"), ("dashboard",))
    try:
        async with AsyncExitStack() as opened:
            talks = []
            for place, served in enumerate(rooms):
                folder = tmp_path / str(place)
                folder.mkdir()
                private = {"delivery_private_receivers": "true"}
                process = opened.enter_context(odori_process(folder, *served, **store, **private))
                talks.append(await opened.enter_async_context(talking(process)))
            yield Nodes((talks[0], talks[1]), talks[2], talks[3])
    finally:
        drop_databases(mongodb_url, database)


@pytest.mark.mongodb
async def test_a_city_of_four_processes_is_one_city(nodes: Nodes) -> None:
    async with receiving() as receiver:
        told = await _a_subscription_of_one_broker_is_known_to_the_other(nodes, receiver)
        await _each_change_is_told_once(nodes, receiver, told)
    await _a_measure_is_seen_by_both_brokers_and_on_the_board(nodes)


async def _a_subscription_of_one_broker_is_known_to_the_other(
    nodes: Nodes, receiver: Receiver
) -> int:
    """Returns the first number that was told."""
    here, there = nodes.brokers
    body = {
        "subject": {"entities": [{"id": "counter", "type": "Counter"}]},
        "notification": {"http": {"url": receiver.url}},
    }
    made = await here.ask("POST", "/v2/subscriptions", json=body)
    assert made.status == 201
    loop = asyncio.get_running_loop()
    made_at = loop.time()
    sent_at: list[float] = []
    while not receiver.received:
        assert loop.time() - made_at < _SOON_S
        sent_at.append(loop.time())
        await _count(there, len(sent_at))
        await asyncio.sleep(0.02)
    first = _numbers(receiver)[0]
    assert sent_at[first - 1] - made_at < _EFFECTIVE_S
    await receiver.arrived(len(sent_at) - first + 1)
    return first


async def _each_change_is_told_once(nodes: Nodes, receiver: Receiver, first: int) -> None:
    last = max(_numbers(receiver))
    for number in range(last + 1, last + 21):
        await _count(nodes.brokers[number % 2], number)
    expected = list(range(first, last + 21))
    await receiver.arrived(len(expected))
    # One more, through the other node: what would be told twice has been told by then.
    await _count(nodes.brokers[1], last + 21)
    await receiver.arrived(len(expected) + 1)
    assert sorted(_numbers(receiver)) == [*expected, last + 21]


async def _a_measure_is_seen_by_both_brokers_and_on_the_board(nodes: Nodes) -> None:
    await register(nodes.intake, GATE, "people_flow_gate", GATE_KEY)
    await is_let_in(nodes.intake, GATE, GATE_KEY, {"towards": 1, "away": 2, "state": "open"})
    towards = 4_000 + secrets.randbelow(1_000)
    reading = {"towards": towards, "away": 7, "state": "open", "mac": "3c:22:fb:00:00:01"}
    assert await measure(nodes.intake, GATE, GATE_KEY, reading) == 200
    for broker in nodes.brokers:
        found = await shows(broker, GATE_ID, "peopleCountTowards", towards)
        assert found["peopleCount"] == towards + 7
        assert "mac" not in found

    async def is_on_the_board() -> bool:
        return f'value="{float(towards)}"' in await _board(nodes.boards)

    await until(is_on_the_board)


async def _board(talk: Talk) -> str:
    answer = await talk.ask("GET", "/flow?lang=en")
    assert answer.status == 200
    return answer.body.decode()


async def _count(talk: Talk, number: int) -> None:
    body = {"id": "counter", "type": "Counter", "n": {"value": number}}
    answer = await talk.ask(
        "POST", "/v2/op/update", json={"actionType": "append", "entities": [body]}
    )
    assert answer.status == 204


def _numbers(receiver: Receiver) -> list[int]:
    return [one["n"]["value"] for request in receiver.received for one in request.json["data"]]


# An intake that writes to a broker elsewhere


@asynccontextmanager
async def _broker(folder: Path, port: int) -> AsyncIterator[tuple[OdoriProcess, Talk]]:
    with odori_process(folder, "broker", "oauth", port=port) as process:
        async with talking(process) as talk:
            yield process, talk


async def test_an_intake_bridges_a_broker_that_is_killed_and_loses_nothing(tmp_path: Path) -> None:
    for name in ("broker", "intake"):
        (tmp_path / name).mkdir()
    port = unused_port()
    async with _broker(tmp_path / "broker", port) as (process, broker):
        request = {"name": "intake", "scopes": ["ngsi:read", "ngsi:write", "ingest"]}
        made = await broker.ask("POST", "/v1/tokens", json=request)
        token = json.loads(made.body)["token"]
        elsewhere = {"ingest_broker_url": process.url, "ingest_broker_token": token}
        with odori_process(tmp_path / "intake", "ingest", "sensors", **elsewhere) as serving:
            async with talking(serving) as intake:
                await register(intake, WEATHER, "weather", WEATHER_KEY)
                await is_let_in(intake, WEATHER, WEATHER_KEY, {"temperature": 0})
                await shows(broker, WEATHER_ID, "temperature", 0)
                process.kill()
                during = [one / 10 for one in range(1, 31)]
                for value in during:
                    reading = {"temperature": value}
                    assert await measure(intake, WEATHER, WEATHER_KEY, reading) == 200
                async with _broker(tmp_path / "broker", port) as (_, again):
                    await shows(again, WEATHER_ID, "temperature", during[-1])
                    assert await _history(again) == [0, *during]
                    # And what comes now is not held up by what came then.
                    assert await measure(intake, WEATHER, WEATHER_KEY, {"temperature": 9.9}) == 200
                    await shows(again, WEATHER_ID, "temperature", 9.9)


async def _history(talk: Talk) -> Sequence[float]:
    path = f"/v2/entities/{WEATHER_ID}/attrs/temperature?lastN=1000"
    answer = await talk.ask("GET", path)
    assert answer.status == 200, answer.body
    values: list[float] = json.loads(answer.body)["values"]
    return values
