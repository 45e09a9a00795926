"""No identifier that comes in is found anywhere, in any encoding, on either engine.

Markers go in through MQTT and HTTP at every place that somebody outside can write to. Then every
byte of the database files, the log, notifications, dead letters, answers and metrics is searched.
One accepted measure is found in each of them, which shows that the search looks at live sinks.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiomqtt
import bson
import pytest
from pymongo import MongoClient
from support.canaries import Canary, Kit
from support.engines import ENGINES
from support.mongodb import running_mongodb
from support.mosquitto import PROGRAM, Mosquitto, running_mosquitto
from support.odori_process import (
    TOKEN,
    Answer,
    OdoriProcess,
    Talk,
    odori_process,
    raw,
    register,
    talking,
)
from support.planting import Planted, Sensor, messages, to_the_broker, to_the_intake
from support.receivers import Receiver, receiving

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(not PROGRAM, reason="mosquitto is not installed"),
]

SENSORS: Final = tuple(
    Sensor(name, f"key-of-the-canaries-{name}", device_class)
    for name, device_class in (
        ("W1", "weather"),
        ("E1", "indoor_environment"),
        ("S1", "signage"),
        ("G1", "people_flow_gate"),
        ("C1", "camera"),
    )
)
WEATHER: Final = SENSORS[0]
BY_HTTP: Final = b"431.7"
BY_MQTT: Final = b"287.9"
"""Snow heights that are accepted: they must be found where the markers must not."""

_PATIENCE_S: Final = 120.0


class Run:
    """One process under observation, and everything that came out of it."""

    def __init__(self, odori: OdoriProcess, talk: Talk, mqtt: Mosquitto, mongodb: str) -> None:
        self.odori = odori
        self.talk = talk
        self.mqtt = mqtt
        self.mongodb = mongodb
        self.server_files: Path | None = None
        self.by_http = Receiver()
        self.by_mqtt: list[bytes] = []
        self.heard = asyncio.Condition()
        self.answers: list[bytes] = []
        self.secrets = [TOKEN, *(sensor.key for sensor in SENSORS)]

    async def plant(self, planted: Planted) -> Answer:
        answer = await self.talk.ask(
            planted.method,
            planted.path,
            data=planted.body,
            headers=planted.headers,
            token=TOKEN if planted.token else "",
        )
        if not planted.repeats:
            self.answers.append(answer.everything())
        assert answer.status < 500 or answer.status == 501, planted.path[:40]
        return answer

    async def listen(self) -> None:
        """Collect what is published as notifications."""
        async with aiomqtt.Client(self.mqtt.host, self.mqtt.port) as client:
            await client.subscribe("told/#", qos=1)
            async with self.heard:
                self.heard.notify_all()
            async for message in client.messages:
                async with self.heard:
                    self.by_mqtt.append(str(message.topic).encode() + bytes(message.payload))
                    self.heard.notify_all()

    async def until_heard(self, value: bytes) -> None:
        """Return once both subscribers were told this value."""
        async with asyncio.timeout(_PATIENCE_S):
            async with self.heard:
                await self.heard.wait_for(lambda: any(value in one for one in self.by_mqtt))
            while not any(value in one.body for one in self.by_http.received):
                await self.by_http.arrived(len(self.by_http.received) + 1, _PATIENCE_S)

    async def sinks(self) -> dict[str, bytes]:
        """Name → all bytes of it, now."""
        shown = [
            (await self.talk.ask("GET", path)).everything()
            for path in (
                "/v2/entities?limit=1000&options=dateModified",
                "/ngsi-ld/v1/types?details=true",
                "/v2/subscriptions?limit=1000",
                "/v1/devices?limit=1000",
                "/v1/tokens",
                "/",
            )
        ]
        metrics = (await self.talk.ask("GET", "/metrics")).body
        told = b"\n".join(one.head + one.body for one in self.by_http.received)
        return {
            "shown": b"\n".join(shown),
            "metrics": metrics,
            "notifications by HTTP": told,
            "notifications by MQTT": b"\n".join(self.by_mqtt),
            "answers": b"\n".join(self.answers),
            **self.kept(),
        }

    def kept(self) -> dict[str, bytes]:
        """Name → bytes of each file and collection, and the log."""
        folders = [self.odori.folder, *([self.server_files] if self.server_files else [])]
        files = {
            f"file {path.relative_to(folder.parent)}": path.read_bytes()
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file()
        }
        return {**files, **(dict(_dumped(self.mongodb)) if self.mongodb else {})}


def _dumped(url: str) -> Iterator[tuple[str, bytes]]:
    """Every document of every collection of the server."""
    with MongoClient[dict[str, Any]](url) as client:
        for name in client.list_database_names():
            database = client[name]
            for collection in database.list_collection_names():
                found = database[collection].find()
                yield (
                    f"collection {name}.{collection}",
                    b"".join(bson.encode(one) + repr(one).encode() for one in found),
                )


@asynccontextmanager
async def started(engine: str, folder: Path) -> AsyncIterator[Run]:
    """A city with devices and subscribers, all real, with everything logged."""
    for name in ("odori", "mosquitto", "mongodb"):
        (folder / name).mkdir()
    async with AsyncExitStack() as opened:
        mqtt = await opened.enter_async_context(running_mosquitto(folder / "mosquitto"))
        store: dict[str, str] = {}
        if engine == "mongodb":
            url = opened.enter_context(running_mongodb(folder / "mongodb"))
            store = {"mongodb_url": url}
        odori = opened.enter_context(
            odori_process(
                folder / "odori",
                log_level="debug",
                log_format="json",
                http_access_log="true",
                mqtt_url=mqtt.url,
                delivery_private_receivers="true",
                **store,
            )
        )
        talk = await opened.enter_async_context(talking(odori))
        run = Run(odori, talk, mqtt, store.get("mongodb_url", ""))
        if engine == "mongodb":
            run.server_files = folder / "mongodb"
        run.by_http = await opened.enter_async_context(receiving())
        tasks = await opened.enter_async_context(asyncio.TaskGroup())
        listener = tasks.create_task(run.listen())
        opened.callback(listener.cancel)
        async with run.heard:
            await run.heard.wait()
        await _prepare(run)
        yield run


async def _prepare(run: Run) -> None:
    for sensor in SENSORS:
        await register(run.talk, sensor.id, sensor.device_class, sensor.key)
    made = await run.talk.ask("POST", "/v1/tokens", json={"name": "wall", "scopes": ["boards"]})
    run.secrets.append(made.body.decode().split('"token":"')[1].split('"')[0])
    for notification in (
        {"http": {"url": f"{run.by_http.url}/v2"}},
        {"mqtt": {"url": run.mqtt.url, "topic": "told/v2", "qos": 1}},
    ):
        subject = {"entities": [{"idPattern": ".*", "typePattern": ".*"}]}
        wanted = {"subject": subject, "notification": notification}
        made = await run.talk.ask("POST", "/v2/subscriptions", json=wanted)
        assert made.status == 201, made.body


async def plant_by_http(run: Run, canaries: Sequence[Canary]) -> int:
    """Everything through HTTP, the devices taking turns; returns how many requests that were."""
    asked = 0
    for place, canary in enumerate(canaries):
        for planted in _by_turns(place, canary):
            await run.plant(planted)
            asked += 1
        for planted in to_the_broker(canary):
            answer = await run.plant(planted)
            assert planted.method != "POST" or 400 <= answer.status < 500, planted.path
            asked += 1
    return asked


def _by_turns(place: int, canary: Canary) -> Iterator[Planted]:
    for sensor in {WEATHER, SENSORS[place % len(SENSORS)]}:
        yield from to_the_intake(sensor, canary)


async def plant_no_requests(run: Run, canaries: Sequence[Canary]) -> None:
    """What is not even HTTP."""
    for canary in canaries:
        text = canary.texts[0].encode()
        for head in (
            b"GET /" + text + b" HTTP/9.9\r\n\r\n",
            text + b" / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /version HTTP/1.1\r\nHost: x\r\n" + text + b" : x\r\n\r\n",
        ):
            run.answers.append(await raw(run.odori, head))


async def plant_by_mqtt(run: Run, canaries: Sequence[Canary]) -> int:
    """Everything through MQTT, then the one good measure, which comes last in the same session."""
    sent = 0
    async with aiomqtt.Client(run.mqtt.host, run.mqtt.port) as client:
        for place, canary in enumerate(canaries):
            for sensor in {WEATHER, SENSORS[place % len(SENSORS)]}:
                for message in messages(sensor, canary):
                    await client.publish(message.topic, message.payload, qos=1)
                    sent += 1
        good = b'{"temperature": 3, "snowHeight": ' + BY_MQTT + b"}"
        await client.publish(f"/json/{WEATHER.key}/{WEATHER.id}/attrs", good, qos=1)
    return sent


def hits(kit: Kit, sinks: dict[str, bytes], secret: Sequence[str]) -> dict[str, list[str]]:
    """Name of the sink → markers and secrets in it."""
    found = {name: kit.found_in(data) for name, data in sinks.items()}
    for name, data in sinks.items():
        found[name] += ["a secret" for one in secret if one.encode() in data]
    return {name: names for name, names in found.items() if names}


def total(metrics: bytes, name: str) -> float:
    """The sum of a counter over its labels."""
    lines = metrics.decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_identifier_is_found_anywhere(engine: str, tmp_path: Path) -> None:
    kit = Kit(secrets.randbits(64))
    async with started(engine, tmp_path) as run:
        asked = await plant_by_http(run, kit.canaries)
        await plant_no_requests(run, kit.canaries)
        sent = await plant_by_mqtt(run, kit.canaries)
        await run.until_heard(BY_MQTT)
        good = b'{"temperature": 3, "snowHeight": ' + BY_HTTP + b"}"
        path = f"/iot/json?{WEATHER.query}"
        assert (await run.talk.ask("POST", path, data=good, token="")).status == 200
        await run.until_heard(BY_HTTP)
        sinks = await run.sinks()
        run.odori.stop()
        after = run.kept()
    assert min(asked, sent) > 1_000
    assert hits(kit, sinks, run.secrets) == {}
    assert hits(kit, after, run.secrets) == {}
    _assert_live(sinks)


def _assert_live(sinks: dict[str, bytes]) -> None:
    """The search looked where something is."""
    for name in ("shown", "notifications by HTTP", "notifications by MQTT"):
        assert BY_HTTP in sinks[name], name
    kept = [data for name, data in sinks.items() if name.startswith(("file", "collection"))]
    assert any(BY_HTTP in data for data in kept)
    assert sum(data.count(b'"rule_id":') for data in kept) > 1_000, "dead letters"
    assert b'"event":"request"' in sinks["file odori/log"].replace(b": ", b":")
    assert total(sinks["metrics"], "odori_ingest_measures_total") > 100
    assert total(sinks["metrics"], "odori_deidentified_dropped_total") > 1_000
    assert len(sinks["answers"]) > 100_000


async def test_the_search_finds_a_marker_that_is_let_through(tmp_path: Path) -> None:
    """A type that nobody guards is the application's own: what it writes is there to be found."""
    kit = Kit(secrets.randbits(64))
    async with started("sqlite", tmp_path) as run:
        mail = kit.named("e_mail").texts[0]
        entity = {"id": "x", "type": "Room", "who": {"value": mail}}
        assert (await run.talk.ask("POST", "/v2/entities", json=entity)).status == 201
        await run.until_heard(mail.encode())
        found = hits(kit, await run.sinks(), ())
    names = {"shown", "notifications by HTTP", "notifications by MQTT"}
    assert names <= set(found)
    assert any(name.startswith("file odori/data/city.sqlite") for name in found)
