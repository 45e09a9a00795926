"""The real ways from a device to the intake, with the paths and topics of FIWARE's IoT Agents.

| dialect    | MQTT topic                    | HTTP                                  |
| ---------- | ----------------------------- | ------------------------------------- |
| JSON       | `/json/<key>/<device>/attrs`  | `POST /iot/json?k=<key>&i=<device>`   |
| UltraLight | `/ul/<key>/<device>/attrs`    | `POST /iot/d?k=<key>&i=<device>`      |
"""

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

import aiohttp
import aiomqtt

from kernel.errors import BadRequestError, CallerError, UnavailableError
from sensors.registry.device import Transport
from sensors.simulation.ports import Sender

_TIMEOUT_S = 10.0
_FAREWELL_S = 0.05
_MQTT_PORT = 1883
_AT_LEAST_ONCE = 1


class HttpTransport:
    """Posts each message; one connection pool for all devices."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._stack = AsyncExitStack()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
        self._session = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._session = None
        await self._stack.aclose()

    async def send(self, sender: Sender, body: bytes) -> None:
        """See `DeviceTransport`. 5xx and 429 may be sent again, other 4xx may not."""
        if self._session is None:
            raise UnavailableError("The transport is closed")
        path, media_type = _http_door(sender.transport)
        try:
            async with self._session.post(
                self._base + path,
                params={"k": sender.key, "i": sender.device},
                data=body,
                headers={"Content-Type": media_type},
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise UnavailableError("The intake cannot be reached over HTTP") from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise UnavailableError("The intake takes nothing at the moment")
        if status >= HTTPStatus.BAD_REQUEST:
            raise CallerError(f"The intake refuses the message with status {status}")


class MqttTransport:
    """Publishes with QoS 1; connects at the first message and again after a break."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "mqtt" or not parts.hostname:
            raise BadRequestError("The address of an MQTT broker looks like mqtt://host:1883")
        self._host = parts.hostname
        self._port = parts.port or _MQTT_PORT
        self._user, self._password = parts.username, parts.password
        self._stack = AsyncExitStack()
        self._client: aiomqtt.Client | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def send(self, sender: Sender, body: bytes) -> None:
        """See `DeviceTransport`. The broker's acknowledgement counts as taken."""
        dialect = "json" if sender.transport is Transport.JSON else "ul"
        topic = f"/{dialect}/{sender.key}/{sender.device}/attrs"
        try:
            client = await self._connected()
            await client.publish(topic, body, qos=_AT_LEAST_ONCE, timeout=_TIMEOUT_S)
        except (aiomqtt.MqttError, OSError):
            await self._close()
            raise UnavailableError("The MQTT broker cannot be reached") from None

    async def _connected(self) -> aiomqtt.Client:
        if self._client is None:
            client = aiomqtt.Client(
                self._host, self._port, username=self._user, password=self._password
            )
            self._client = await self._stack.enter_async_context(client)
        return self._client

    async def _close(self) -> None:
        client, self._client = self._client, None
        stack, self._stack = self._stack, AsyncExitStack()
        if client is not None:
            await _hear_of_loss(client)
        try:
            await stack.aclose()
        except aiomqtt.MqttError:
            return  # the connection is gone, which is what was wanted


async def _hear_of_loss(client: aiomqtt.Client) -> None:
    """Take the reason of a lost connection, which aiomqtt tells to readers of messages alone.

    Untaken, asyncio laments an exception that nobody has retrieved.
    """
    try:
        async with asyncio.timeout(_FAREWELL_S):
            await anext(aiter(client.messages))
    except (aiomqtt.MqttError, TimeoutError):
        return


def _http_door(transport: Transport) -> tuple[str, str]:
    if transport is Transport.JSON:
        return "/iot/json", "application/json"
    return "/iot/d", "text/plain"
