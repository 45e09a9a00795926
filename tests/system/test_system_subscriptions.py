"""Subscriptions through the public doors of a real process, on each engine.

What happens to them with time: delivery, failure, exhaustion, replay; and what an operator sees.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from support.delivering import until
from support.engines import ENGINES
from support.mongodb import drop_databases
from support.mosquitto import running_mosquitto
from support.odori_process import Talk, odori_process, talking
from support.receivers import Received, receiving, unused_port


@pytest.fixture(params=ENGINES)
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    """A process that delivers to receivers of this machine."""
    settings = {"delivery_private_receivers": "true"}
    database = f"odori_{secrets.token_hex(6)}"
    if request.param == "mongodb":
        url = request.getfixturevalue("mongodb_url")
        settings |= {"mongodb_url": url, "mongodb_database": database}
    with odori_process(tmp_path, "broker", **settings) as process:
        async with talking(process) as talk:
            yield talk
    if request.param == "mongodb":
        drop_databases(request.getfixturevalue("mongodb_url"), database)


async def asked(broker: Talk, method: str, path: str, body: Any = None) -> Any:
    """What a request that succeeds answers: JSON, or where it was made."""
    answer = await broker.ask(method, path, json=body)
    assert answer.status < 300, answer.body
    if answer.body:
        return json.loads(answer.body)
    return dict(answer.headers).get(b"Location", b"").decode()


async def subscribe(broker: Talk, notification: dict[str, Any], **more: Any) -> str:
    """A subscription to every entity of type T; its path."""
    subject = {"entities": [{"idPattern": ".*", "type": "T"}]}
    body = {"subject": subject, "notification": notification, **more}
    return str(await asked(broker, "POST", "/v2/subscriptions", body))


async def write(broker: Talk, n: int) -> None:
    body = {"id": "E", "type": "T", "n": n}
    await asked(broker, "POST", "/v2/entities?options=keyValues,upsert", body)


async def shown(
    broker: Talk, path: str, reached: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """What a path shows, once it is as wanted."""

    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = await asked(broker, "GET", path)
        return found if reached(found) else None

    return await until(look)


async def test_dead_letters_are_shown_and_replayed_by_id_and_by_window(broker: Talk) -> None:
    def refuse_odd(request: Received) -> int:
        return 404 if request.json["data"][0]["n"] % 2 else 200

    async with receiving(status=refuse_odd) as receiver:
        path = await subscribe(broker, {"http": {"url": receiver.url}, "attrsFormat": "keyValues"})
        for n in range(6):
            await write(broker, n)
        told = await shown(broker, f"{path}/deliveries", lambda it: len(it["attempts"]) == 6)
        letters = told["deadLetters"]
        page = await broker.ask("GET", f"{path}/deliveries?limit=1&offset=1&options=count")
        receiver.status = 200
        first = await asked(
            broker, "POST", f"{path}/deliveries/replay", {"ids": [letters[0]["id"]]}
        )
        await receiver.arrived(7)
        rest = await asked(
            broker, "POST", f"{path}/deliveries/replay", {"from": letters[1]["changed"]}
        )
        arrived = await receiver.arrived(9)
        left = await shown(broker, f"{path}/deliveries", lambda it: not it["waiting"])

    assert [one["status"] for one in told["attempts"]] == [404, 200, 404, 200, 404, 200]
    assert all(one["latency"] > 0 for one in told["attempts"])
    assert {one["reason"] for one in letters} == {"HTTP status 404"}
    assert {(one["entity"]["id"], one["alterationType"]) for one in letters} == {
        ("E", "entityChange")
    }
    assert (b"Fiware-Total-Count", b"3") in page.headers
    assert [one["id"] for one in json.loads(page.body)["deadLetters"]] == [letters[1]["id"]]
    assert (first, rest) == ({"replayed": 1}, {"replayed": 2})
    assert [one.json["data"][0]["n"] for one in arrived[6:]] == [1, 3, 5]
    assert left["deadLetters"] == []


async def test_counters_fail_and_recover_as_orion_shows_them(broker: Talk) -> None:
    async with receiving(status=500) as receiver:
        path = await subscribe(broker, {"http": {"url": receiver.url}})
        await receiver.stop()
        for n in range(3):
            await write(broker, n)
        failing = await shown(
            broker, path, lambda it: it["notification"].get("failsCounter", 0) == 3
        )
        receiver.status = 404
        await receiver.start()
        await write(broker, 9)
        again = await shown(
            broker, path, lambda it: it["notification"].get("lastSuccessCode") == 404
        )

    assert failing["status"] == "active"
    assert failing["notification"]["timesSent"] == 3
    assert failing["notification"]["lastFailureReason"] == "Could not connect to server"
    assert "lastSuccess" not in failing["notification"]
    assert "failsCounter" not in again["notification"]
    assert again["notification"]["lastFailureReason"] == "Could not connect to server"


async def test_max_fails_limit_makes_it_inactive_until_its_owner_says_otherwise(
    broker: Talk,
) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    path = await subscribe(broker, {"http": {"url": url}, "maxFailsLimit": 2})
    for n in range(4):
        await write(broker, n)
    off = await shown(broker, path, lambda it: it["status"] == "inactive")
    question = {"entity": {"id": "E", "type": "T"}}
    why = await asked(broker, "POST", f"{path}/explain", question)
    await asked(broker, "PATCH", path, {"status": "active"})
    on = await asked(broker, "GET", path)

    assert off["notification"]["failsCounter"] == 3
    assert (why["notified"], why["decidedBy"]) == (False, "inactive")
    assert on["status"] == "active"


async def test_a_oneshot_is_told_once_and_again_when_it_is_set_again(broker: Talk) -> None:
    async with receiving(status=200) as receiver:
        http = {"http": {"url": receiver.url}, "attrsFormat": "keyValues"}
        path = await subscribe(broker, http, status="oneshot")
        before = await asked(broker, "GET", path)
        for n in (1, 2):
            await write(broker, n)
        spent = await shown(broker, path, lambda it: it["status"] == "inactive")
        await asked(broker, "PATCH", path, {"status": "oneshot"})
        for n in (3, 4):
            await write(broker, n)
        await receiver.arrived(2)
        again = await shown(broker, path, lambda it: it["notification"]["timesSent"] == 2)

    assert before["status"] == "oneshot"
    assert spent["notification"]["timesSent"] == 1
    assert again["status"] == "inactive"
    assert [one.json["data"][0]["n"] for one in receiver.received] == [1, 3]


async def test_a_time_out_of_its_own_is_honoured(broker: Talk) -> None:
    async with receiving(swallows=True) as receiver:
        path = await subscribe(broker, {"http": {"url": receiver.url, "timeout": 100}})
        await write(broker, 1)
        failing = await shown(broker, path, lambda it: "lastFailure" in it["notification"])
        told = await asked(broker, "GET", f"{path}/deliveries")

    assert failing["notification"]["lastFailureReason"] == "Timeout was reached"
    assert 90 <= told["attempts"][0]["latency"] < 2_000


async def test_throttled_notifications_are_discarded_and_explained(broker: Talk) -> None:
    async with receiving(status=200) as receiver:
        path = await subscribe(broker, {"http": {"url": receiver.url}}, throttling=3600)
        for n in range(3):
            await write(broker, n)
        await shown(broker, f"{path}/deliveries", lambda it: len(it["attempts"]) == 1)
        counted = await shown(broker, path, lambda it: it["notification"].get("timesSent") == 1)
        question = {"entity": {"id": "E", "type": "T"}}
        why = await asked(broker, "POST", f"{path}/explain", question)

    assert len(receiver.received) == 1
    assert counted["throttling"] == 3600
    assert (why["notified"], why["decidedBy"]) == (False, "throttled")


@pytest.mark.mosquitto
async def test_mqtt_custom_has_topics_of_macros_quality_and_what_is_retained(
    broker: Talk, tmp_path: Path
) -> None:
    aiomqtt = pytest.importorskip("aiomqtt")
    (tmp_path / "mqtt").mkdir()
    async with running_mosquitto(tmp_path / "mqtt") as mosquitto:
        where = {"url": mosquitto.url}
        for kind in (
            {"topic": "v/${id}/${n}", "qos": 2, "retain": True, "json": {"n": "${n}"}},
            {"topic": "none", "qos": 1, "payload": None},
            {"topic": "text", "payload": "n is %22${n}%22"},
        ):
            path = await subscribe(broker, {"mqttCustom": where | kind})
        got: dict[str, Any] = {}
        async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
            await client.subscribe("#", qos=2)
            await write(broker, 7)
            async with asyncio.timeout(10):
                async for message in client.messages:
                    got[str(message.topic)] = message
                    if len(got) == 3:
                        break
        async with aiomqtt.Client(mosquitto.host, mosquitto.port) as late:
            await late.subscribe("v/#")
            async with asyncio.timeout(10):
                kept = await anext(aiter(late.messages))
        counted = await shown(broker, path, lambda it: "lastSuccess" in it["notification"])
        await mosquitto.stop()
        await write(broker, 8)
        failing = await shown(broker, path, lambda it: "lastFailure" in it["notification"])

    assert {topic: (one.payload, one.qos) for topic, one in got.items()} == {
        "v/E/7": (b'{"n":7}', 2),
        "none": (b"", 1),
        "text": (b'n is "7"', 0),
    }
    assert (kept.retain, kept.payload) == (True, b'{"n":7}')
    assert "lastSuccessCode" not in counted["notification"]
    assert "lastFailureReason" not in failing["notification"]
    assert failing["notification"]["failsCounter"] == 1


async def test_what_waits_for_a_receiver_that_is_away_is_counted(broker: Talk) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    path = await subscribe(broker, {"http": {"url": url}})
    for n in range(4):
        await write(broker, n)
    told = await shown(broker, f"{path}/deliveries", lambda it: it["attempts"])

    assert told["waiting"] == 4
    assert told["attempts"][0]["reason"] == "Could not connect to server"
    assert "status" not in told["attempts"][0]
