"""Notifications over MQTT to a real Mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest
from support.delivering import Stage, delivering, in_memory, until
from support.mosquitto import Mosquitto, running_mosquitto
from support.receivers import unused_port

from broker.outbound.guard import EVERY_ADDRESS, AddressPolicy
from broker.outbound.mqtt import MqttSender
from broker.outbound.sender import DeliveryError
from broker.ports import Outgoing
from broker.service.announcements import Announcements
from kernel.clock import SystemClock

pytestmark = pytest.mark.mosquitto


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with running_mosquitto(tmp_path) as broker:
        yield broker


async def published(mosquitto: Mosquitto, topic: str, count: int) -> list[aiomqtt.Message]:
    found = []
    async with asyncio.timeout(10), aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
        await client.subscribe(topic, qos=2)
        async for message in client.messages:
            found.append(message)
            if len(found) == count:
                break
    return found


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_a_message_is_published_with_its_quality_and_kept_if_asked(
    mosquitto: Mosquitto, qos: int
) -> None:
    async with MqttSender(EVERY_ADDRESS) as sender:
        outgoing = Outgoing(mosquitto.url, body=b"{}", topic=f"city/{qos}", qos=qos, retain=True)
        receipt = await sender.send(outgoing, 5)
        (message,) = await published(mosquitto, f"city/{qos}", 1)

    assert receipt.status is None
    assert (message.payload, message.retain, message.qos) == (b"{}", True, qos)


async def test_a_subscription_publishes_changes_in_order_also_after_an_outage(
    mosquitto: Mosquitto,
) -> None:
    announcements = Announcements()
    stores = in_memory(SystemClock(), announcements)
    async with delivering(stores, announcements) as stage:
        subscription = await stage.subscribe(mosquitto.url, topic="t", qos=1)
        async with aiomqtt.Client(mosquitto.host, mosquitto.port) as client:
            await client.subscribe("t", qos=1)
            for n in range(10):
                await stage.set("E", n)
            messages = aiter(client.messages)
            async with asyncio.timeout(10):
                first = [(await anext(messages)).payload for _ in range(10)]
        counters = await stage.settled(subscription, times_sent=10)
        await mosquitto.stop()
        await stage.set("E", 10)
        await _failing(stage, subscription)
        await mosquitto.start()
        await stage.settled(subscription, fails=0)

    assert [f'"n":{n}'.encode() in payload for n, payload in enumerate(first)] == [True] * 10
    assert (counters.last_success_code, counters.fails) == (None, 0)


async def _failing(stage: Stage, subscription: str) -> None:
    async def fails() -> bool:
        return (await stage.counters(subscription)).fails > 0

    await until(fails)


async def test_a_connection_that_nobody_uses_is_closed(mosquitto: Mosquitto) -> None:
    async with MqttSender(EVERY_ADDRESS, idle_s=0.1) as sender:
        outgoing = Outgoing(mosquitto.url, body=b"{}", topic="t")
        await sender.send(outgoing, 5)

        async def is_closed() -> bool:
            return sender.open_connections == 0

        assert sender.open_connections == 1
        await until(is_closed)
        await sender.send(outgoing, 5)  # and is made anew
        assert sender.open_connections == 1


async def test_failures_are_worded_like_those_of_http() -> None:
    async with MqttSender(EVERY_ADDRESS) as sender:
        for url, reason in (
            (f"mqtt://127.0.0.1:{unused_port()}", "Could not connect to server"),
            ("mqtt://no-such-host.invalid", "Could not resolve hostname"),
            ("mqtt://", "URL using bad/illegal format or missing URL"),
        ):
            with pytest.raises(DeliveryError, match=reason):
                await sender.send(Outgoing(url, topic="t"), 5)


async def test_the_address_is_guarded(mosquitto: Mosquitto) -> None:
    async with MqttSender(AddressPolicy()) as sender:
        with pytest.raises(DeliveryError, match="not allowed"):
            await sender.send(Outgoing(mosquitto.url, topic="t"), 5)
