"""The MQTT door against a real Mosquitto: acknowledged after the commit, connected for ever."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import msgspec
import orjson
import pytest
from prometheus_client import generate_latest
from support.canaries import Kit
from support.ingest_stand_ins import (
    AIR,
    GATE,
    KEY,
    RADIO,
    Bench,
    gate_report,
    passage,
    running,
    until,
    values_of,
)
from support.mosquitto import PROGRAM, Mosquitto, running_mosquitto

from ingest.mqtt import MqttDoor
from ingest.mqtt_address import MqttAddress, parse_address
from ingest.seal import Deidentified, to_bytes
from ingest.topics import parse_topic
from kernel.errors import BadRequestError
from kernel.ids import SystemIds
from serving.tasks import Supervisor

needs_mosquitto = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(not PROGRAM, reason="the mosquitto program is not installed"),
]
GATE_TOPIC = f"/json/{KEY}/J1/attrs"


@asynccontextmanager
async def door_of(
    bench: Bench, broker: Mosquitto, *, is_v5: bool = True
) -> AsyncIterator[MqttDoor]:
    """A door that is connected to the broker."""
    address = parse_address(broker.url)
    address = msgspec.structs.replace(address, is_v5=is_v5, group="odori" if is_v5 else "")
    door = MqttDoor(bench.intake, address, SystemIds())
    async with Supervisor() as tasks:
        tasks.start("mqtt", door.run())
        async with asyncio.timeout(10):
            await door.connected.wait()
        yield door


async def publish(broker: Mosquitto, topic: str, *payloads: bytes) -> None:
    """Publish with QoS 1; returns when the broker has everything."""
    async with aiomqtt.Client(broker.host, broker.port) as client:
        for payload in payloads:
            await client.publish(topic, payload, qos=1)


def counts(bench: Bench) -> list[int]:
    return [values_of(one)["peopleCountTowards"] for one in bench.sink.observations]


class TestWithMosquitto:
    pytestmark = needs_mosquitto

    @pytest.mark.parametrize("is_v5", [True, False])
    @pytest.mark.parametrize(
        ("topic", "payload"),
        [
            (f"/json/{KEY}/E1/attrs", b'{"temperature": 21.4}'),
            (f"json/{KEY}/E1/attrs", b'{"temperature": 21.4}'),
            (f"/ul/{KEY}/E1/attrs", b"t|21.4"),
            (f"/json/{KEY}/E1/attrs/temperature", b"21.4"),
            (f"/ul/{KEY}/E1/attrs/t", b"21.4"),
        ],
    )
    async def test_topics_of_the_iot_agents_are_understood(
        self, tmp_path: Path, topic: str, payload: bytes, is_v5: bool
    ) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(AIR)) as bench,
            door_of(bench, broker, is_v5=is_v5),
        ):
            await publish(broker, topic, payload)
            await until(lambda: len(bench.sink.observations) == 1)
        assert values_of(bench.sink.observations[0])["temperature"] == 21.4

    async def test_what_was_not_committed_is_delivered_again(self, tmp_path: Path) -> None:
        async with running_mosquitto(tmp_path) as broker:
            async with running(Bench(GATE)) as dying:
                dying.sink.gate.clear()
                async with door_of(dying, broker):
                    await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(5)))
                    await until(lambda: dying.intake._committer._pending == 1)
                dying.sink.is_away = True
                dying.sink.gate.set()
            assert dying.sink.observations == []
            async with running(Bench(GATE)) as next_one, door_of(next_one, broker):
                await until(lambda: counts(next_one) == [5])

    async def test_what_was_committed_is_not_delivered_again(self, tmp_path: Path) -> None:
        async with running_mosquitto(tmp_path) as broker:
            async with running(Bench(GATE)) as first, door_of(first, broker):
                await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(5)))
                await until(lambda: counts(first) == [5])
                await until(lambda: not first_owes(first))
            async with running(Bench(GATE)) as second, door_of(second, broker):
                await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(6)))
                await until(lambda: counts(second) == [6])

    async def test_an_absent_sink_makes_the_broker_keep_everything(self, tmp_path: Path) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(GATE)) as bench,
            door_of(bench, broker),
        ):
            bench.sink.is_away = True
            await publish(broker, GATE_TOPIC, *(orjson.dumps(gate_report(n)) for n in range(50)))
            bench.sink.is_away = False
            await until(lambda: set(counts(bench)) == set(range(50)))

    async def test_nothing_overtakes_what_has_to_come_again(self, tmp_path: Path) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(GATE)) as bench,
            door_of(bench, broker),
        ):
            stumbles = iter([False, True] * 5)
            attempt = bench.sink.put

            async def stumble(batch: Sequence[Deidentified]) -> None:
                bench.sink.is_away = next(stumbles, False)
                await attempt(batch)

            bench.sink.put = stumble  # type: ignore[method-assign]
            await publish(broker, GATE_TOPIC, *(orjson.dumps(gate_report(n)) for n in range(300)))
            await until(lambda: len(counts(bench)) >= 300)
        assert counts(bench) == list(range(300))

    async def test_restarts_of_the_broker_lose_nothing(self, tmp_path: Path) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(GATE)) as bench,
            door_of(bench, broker) as door,
        ):
            for restart in range(2):
                reports = (gate_report(100 * restart + n) for n in range(50))
                await publish(broker, GATE_TOPIC, *map(orjson.dumps, reports))
                await broker.stop()
                await until(lambda: not door.connected.is_set())
                await broker.start()
                await until(door.connected.is_set)
            await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(999)))
            expected = {*range(50), *range(100, 150), 999}
            await until(lambda: set(counts(bench)) >= expected)

    async def test_pain_09_outage_and_two_restarts_bring_each_message_exactly_once(
        self, tmp_path: Path
    ) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(GATE)) as bench,
            door_of(bench, broker) as door,
        ):
            for restart in range(2):
                bench.sink.is_away = True
                reports = (gate_report(100 * restart + n) for n in range(100))
                await publish(broker, GATE_TOPIC, *map(orjson.dumps, reports))
                await broker.stop()
                await until(lambda: not door.connected.is_set())
                bench.sink.is_away = False
                await broker.start()
                await until(door.connected.is_set)
                await until(lambda: len(counts(bench)) >= 100)
            await until(lambda: len(counts(bench)) >= 200)
            await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(999)))
            await until(lambda: 999 in counts(bench))
        assert sorted(counts(bench)) == [*range(200), 999]

    async def test_a_repeated_passage_is_counted_once(self, tmp_path: Path) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(GATE, RADIO)) as bench,
            door_of(bench, broker) as door,
        ):
            address = f"/json/{KEY}/R1/attrs"
            door._link.acknowledge = lambda _number: None  # type: ignore[union-attr, method-assign]
            await publish(broker, address, orjson.dumps(passage()))
            await until(lambda: len(bench.intake._windows) == 1)
            door._link.drop()  # type: ignore[union-attr]
            await until(lambda: not door.connected.is_set())
            await until(door.connected.is_set)
            await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(1)))
            await until(lambda: counts(bench) == [1])
            bench.clock.advance(20 * 60)
            await bench.intake.tick()
        cell = values_of(bench.sink.observations[-1])
        assert cell["peopleCount"] == 1

    async def test_strangers_and_other_topics_are_dropped_and_counted(self, tmp_path: Path) -> None:
        async with (
            running_mosquitto(tmp_path) as broker,
            running(Bench(GATE)) as bench,
            door_of(bench, broker),
        ):
            await publish(broker, "/json/wrong/J1/attrs", b"{}")
            await publish(broker, "/json//J1/attrs", b"{}")
            await publish(broker, GATE_TOPIC, orjson.dumps(gate_report(3)))
            await until(lambda: counts(bench) == [3])
        drops = "odori_deidentified_dropped_total"
        assert bench.metric(drops, policy="none", rule="sensor") == 1
        assert bench.metric(drops, policy="none", rule="topic") == 1
        assert bench.metric("odori_ingest_messages_total", proto="mqtt") == 3


@pytest.mark.mosquitto
@pytest.mark.skipif(not PROGRAM, reason="the mosquitto program is not installed")
async def test_d09_canaries_in_topic_and_payload_reach_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kit = Kit(secrets.randbits(64))
    async with (
        running_mosquitto(tmp_path) as broker,
        running(Bench(GATE)) as bench,
        door_of(bench, broker),
    ):
        for canary in kit.canaries:
            for text in canary.texts:
                if not set(text) & set("/+#"):
                    await publish(broker, f"/json/{text}/{text}/attrs", text.encode())
                    await publish(broker, f"/json/{KEY}/J1/attrs/{text}", text.encode())
        await publish(broker, GATE_TOPIC, b"nonsense", orjson.dumps(gate_report(3)))
        await until(lambda: b"peopleCountTowards" in stored(bench))
        await bench.intake._refusals.write()
        letters = msgspec.json.encode(bench.letters.letters) + stored(bench)
        metrics = generate_latest(bench.registry)
    output = capsys.readouterr()
    assert bench.letters.letters
    assert kit.found_in(output.out.encode() + output.err.encode() + letters + metrics) == []


def stored(bench: Bench) -> bytes:
    return b"".join(to_bytes(one) + b"\n" for batch in bench.sink.batches for one in batch)


def first_owes(bench: Bench) -> bool:
    return bench.intake._committer._pending > 0


async def test_a_broker_that_never_answers_is_tried_again_and_named_once(
    capsys: pytest.CaptureFixture[str], unused_tcp_port: int
) -> None:
    async with running(Bench(GATE)) as bench, Supervisor() as tasks:
        door = MqttDoor(bench.intake, MqttAddress("127.0.0.1", unused_tcp_port), SystemIds())
        tasks.start("mqtt", door.run())
        await until(lambda: door._pause_s > 0.3)
    assert capsys.readouterr().out.count("mqtt connection lost") == 1


@pytest.mark.parametrize(
    ("url", "host", "port", "secure"),
    [
        ("mqtt://broker", "broker", 1883, False),
        ("mqtts://broker", "broker", 8883, True),
        ("mqtt://odori:s%40crt@broker:1884", "broker", 1884, False),
    ],
)
def test_mqtt_urls_are_read(url: str, host: str, port: int, secure: bool) -> None:
    address = parse_address(url)
    assert (address.host, address.port, address.secure) == (host, port, secure)
    assert "s@crt" not in repr(address)


@pytest.mark.parametrize("url", ["", "http://broker", "mqtt://", "mqtt://broker:banana"])
def test_other_urls_are_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_address(url)
    assert "banana" not in refused.value.message


@pytest.mark.parametrize(
    "topic",
    ["", "/", "/json/k/d", "/json/k/d/cmd", "/xml/k/d/attrs", "/json//d/attrs", "/json/k/d/attrs/"],
)
def test_topics_of_others_have_no_sender(topic: str) -> None:
    assert parse_topic(topic) is None


def test_a_sender_does_not_print_its_key() -> None:
    sender = parse_topic("/json/secret-key/device-9/attrs/t")
    assert sender is not None
    assert (sender.api_key, sender.device_id, sender.name) == ("secret-key", "device-9", "t")
    assert "secret" not in repr(sender)
    assert "device-9" not in repr(sender)
