"""The real ways to an intake: aiohttp against a server, MQTT against Mosquitto."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiomqtt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kernel.errors import BadRequestError, CallerError, UnavailableError
from sensors.registry.device import Transport
from sensors.simulation.ports import Sender
from sensors.simulation.transports import HttpTransport, MqttTransport
from sensors.simulation.wire import Dialect

JSON = Sender("J1", "a-key", Dialect())
ULTRALIGHT = Sender("ENV1", "b-key", Dialect(Transport.ULTRALIGHT))


class Door:
    """What the intake's HTTP paths have been told, and how they answer."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str, str, bytes]] = []
        self.status = 200

    async def handle(self, request: web.Request) -> web.Response:
        query = request.query
        body = await request.read()
        self.told.append((request.path, query["k"], query["i"], request.content_type, body))
        return web.Response(status=self.status)


@pytest.fixture
async def door() -> AsyncIterator[tuple[Door, str]]:
    app, door = web.Application(), Door()
    app.router.add_post("/iot/{kind}", door.handle)
    async with TestServer(app) as server:
        yield door, str(server.make_url(""))


async def test_http_speaks_at_the_paths_of_the_iot_agents(door: tuple[Door, str]) -> None:
    async with HttpTransport(door[1]) as transport:
        await transport.send(JSON, b'{"a":1}')
        await transport.send(ULTRALIGHT, b"t|21")
    assert door[0].told == [
        ("/iot/json", "a-key", "J1", "application/json", b'{"a":1}'),
        ("/iot/d", "b-key", "ENV1", "text/plain", b"t|21"),
    ]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, CallerError),
        (403, CallerError),
        (413, CallerError),
        (429, UnavailableError),
        (503, UnavailableError),
    ],
)
async def test_http_tells_refusal_from_absence(
    door: tuple[Door, str], status: int, error: type[Exception]
) -> None:
    door[0].status = status
    async with HttpTransport(door[1]) as transport:
        with pytest.raises(error):
            await transport.send(JSON, b"{}")


async def test_http_to_nobody_is_absence_and_tells_no_key() -> None:
    async with HttpTransport(f"http://127.0.0.1:{free_port()}") as transport:
        with pytest.raises(UnavailableError) as raised:
            await transport.send(JSON, b"{}")
    assert "a-key" not in str(raised.value)
    with pytest.raises(UnavailableError):
        await transport.send(JSON, b"{}")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def config(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    port = free_port()
    path = tmp_path / "mosquitto.conf"
    path.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    return path, port


@asynccontextmanager
async def mosquitto(path: Path, port: int) -> AsyncIterator[None]:
    """A broker process on loopback, ready to be spoken to."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(path), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(10):
            while not await listens(port):  # noqa: ASYNC110 — the process tells nobody
                await asyncio.sleep(0.02)
        yield
    finally:
        process.terminate()
        await process.wait()


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.mosquitto
async def test_mqtt_speaks_at_the_topics_of_the_iot_agents_and_comes_back_after_a_break(
    config: tuple[Path, int],
) -> None:
    path, port = config
    async with MqttTransport(f"mqtt://127.0.0.1:{port}") as transport:
        async with mosquitto(path, port), aiomqtt.Client("127.0.0.1", port) as listener:
            await listener.subscribe("#", qos=1)
            await transport.send(JSON, b'{"a":1}')
            await transport.send(ULTRALIGHT, b"t|21")
            heard = [await anext(aiter(listener.messages)) for _ in range(2)]
        assert [(str(message.topic), message.payload) for message in heard] == [
            ("/json/a-key/J1/attrs", b'{"a":1}'),
            ("/ul/b-key/ENV1/attrs", b"t|21"),
        ]
        with pytest.raises(UnavailableError):
            await transport.send(JSON, b"{}")
        async with mosquitto(path, port):
            await transport.send(JSON, b"{}")


async def test_mqtt_to_nobody_is_absence_and_tells_no_key() -> None:
    async with MqttTransport(f"mqtt://127.0.0.1:{free_port()}") as transport:
        with pytest.raises(UnavailableError) as raised:
            await transport.send(JSON, b"{}")
    assert "a-key" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "mqtt://", "127.0.0.1:1883"])
def test_an_address_that_is_no_mqtt_broker_is_refused(url: str) -> None:
    with pytest.raises(BadRequestError):
        MqttTransport(url)
