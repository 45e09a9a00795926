"""Notifications over MQTT: one connection per broker and credentials."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

import aiomqtt

from broker.outbound.guard import AddressNotAllowedError, AddressPolicy, resolve
from broker.outbound.sender import (
    COULD_NOT_CONNECT,
    COULD_NOT_RESOLVE,
    MALFORMED_URL,
    NOT_ALLOWED,
    TIMED_OUT,
    DeliveryError,
    Receipt,
)
from broker.ports import Outgoing
from serving.tasks import Supervisor

_PORT: Final = 1883
_MOST_CONNECTIONS: Final = 256
_IDLE_S: Final = 3_600.0


class _Address(NamedTuple):
    host: str
    port: int
    user: str
    password: str


class _Connection:
    """One connection, made at first use and made anew after a failure."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.client: aiomqtt.Client | None = None
        self.used_at = 0.0

    async def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            with contextlib.suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)


class MqttSender:
    """Publishes notifications. An async context manager.

    Connections stay open while they are used, and `idle_s` longer (Orion's manual "MQTT
    notifications", connection management); of more than 256 the one unused for longest closes.
    """

    def __init__(self, policy: AddressPolicy, *, idle_s: float = _IDLE_S) -> None:
        self._policy = policy
        self._idle_s = idle_s
        self._connections: dict[_Address, _Connection] = {}
        self._supervisor = Supervisor()

    async def __aenter__(self) -> Self:
        await self._supervisor.__aenter__()
        self._supervisor.keep("mqtt idle connections", self._close_idle_for_ever)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._supervisor.__aexit__(kind, error, trace)
        for connection in self._connections.values():
            await connection.close()
        self._connections.clear()

    @property
    def open_connections(self) -> int:
        """How many brokers are connected to."""
        return sum(one.client is not None for one in self._connections.values())

    async def send(self, outgoing: Outgoing, timeout_s: float) -> Receipt:
        """See `Sender`. With QoS 1 and 2 it returns once the broker has acknowledged."""
        address = _address(outgoing)
        try:
            async with asyncio.timeout(timeout_s):
                async with self._client(address, timeout_s) as client:
                    await client.publish(
                        outgoing.topic, outgoing.body, qos=outgoing.qos, retain=outgoing.retain
                    )
        except AddressNotAllowedError:
            raise DeliveryError(NOT_ALLOWED, is_final=True) from None
        except socket.gaierror:
            raise DeliveryError(COULD_NOT_RESOLVE) from None
        except TimeoutError:
            raise DeliveryError(TIMED_OUT) from None
        except (aiomqtt.MqttError, OSError):
            raise DeliveryError(COULD_NOT_CONNECT) from None
        except ValueError:  # a topic with wildcards, or too long
            raise DeliveryError(MALFORMED_URL, is_final=True) from None
        return Receipt(None)

    @contextlib.asynccontextmanager
    async def _client(self, address: _Address, timeout_s: float) -> AsyncIterator[aiomqtt.Client]:
        connection = self._connections.pop(address, None) or _Connection()
        self._connections[address] = connection  # the most recently used stands last
        connection.used_at = asyncio.get_running_loop().time()
        await self._close_surplus()
        async with connection.lock:
            if connection.client is None:
                connection.client = await self._connect(address, timeout_s)
            client = connection.client
        try:
            yield client
        except (aiomqtt.MqttError, TimeoutError, OSError):
            if connection.client is client:
                connection.client = None
                await _discard(client)
            raise

    async def _connect(self, address: _Address, timeout_s: float) -> aiomqtt.Client:
        # The client connects in a thread; a dead address would keep one busy for seconds.
        host = await resolve(self._policy, address.host, address.port)
        _, writer = await asyncio.open_connection(host, address.port)
        writer.close()
        client = aiomqtt.Client(
            host,
            address.port,
            username=address.user or None,
            password=address.password or None,
            timeout=timeout_s,
        )
        await client.__aenter__()
        return client

    async def _close_idle_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._idle_s / 10)
            long_ago = loop.time() - self._idle_s
            for address, connection in list(self._connections.items()):
                if connection.used_at < long_ago and not connection.lock.locked():
                    self._connections.pop(address, None)
                    await connection.close()

    async def _close_surplus(self) -> None:
        while len(self._connections) > _MOST_CONNECTIONS:
            oldest = next(iter(self._connections))
            await self._connections.pop(oldest).close()


async def _discard(client: aiomqtt.Client) -> None:
    with contextlib.suppress(aiomqtt.MqttError, OSError):
        await client.__aexit__(None, None, None)


def _address(outgoing: Outgoing) -> _Address:
    try:
        parts = urlsplit(outgoing.url)
        port = parts.port or _PORT
    except ValueError:
        raise DeliveryError(MALFORMED_URL, is_final=True) from None
    if not parts.hostname:
        raise DeliveryError(MALFORMED_URL, is_final=True)
    return _Address(
        parts.hostname,
        port,
        outgoing.user or parts.username or "",
        outgoing.password or parts.password or "",
    )
