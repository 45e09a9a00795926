"""Real HTTP receivers on loopback that can be slow, failing, dead, or a black hole.

They speak HTTP/1.1 by hand, so that what arrives is kept byte for byte: `Received.head` is the raw
request head, names in their case and order.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    head: bytes
    body: bytes

    @property
    def request_line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode()

    @property
    def path(self) -> str:
        return self.request_line.split(" ")[1]

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names and values in the order in which they came."""
        lines = self.head.decode().split("\r\n")[1:]
        return [
            (name, value) for name, _, value in (line.partition(": ") for line in lines if line)
        ]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """A receiver under a test's control.

    Attributes:
        status: what it answers; a function is asked with the request.
        delay_s: how long it thinks before it answers.
        swallows: it accepts and never answers.
        answer: the body of its answers.
        received: every request so far, in order of arrival.
    """

    status: int | Callable[[Received], int] = 204
    delay_s: float = 0.0
    swallows: bool = False
    answer: bytes = b""
    received: list[Received] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _arrival: asyncio.Condition = field(default_factory=asyncio.Condition)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen: the first time on a free port, later on the same."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be dead: connections are refused until `start`."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()
        self._server = None

    async def arrived(self, count: int, patience_s: float = _PATIENCE_S) -> list[Received]:
        """The first `count` requests, once they are here.

        Raises:
            TimeoutError: fewer came.
        """
        async with asyncio.timeout(patience_s), self._arrival:
            await self._arrival.wait_for(lambda: len(self.received) >= count)
        return self.received[:count]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                await self._answer(await _read(reader), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, request: Received, writer: asyncio.StreamWriter) -> None:
        async with self._arrival:
            self.received.append(request)
            self._arrival.notify_all()
        if self.swallows:
            await asyncio.Event().wait()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        status = self.status(request) if callable(self.status) else self.status
        length = b"" if status == 204 else b"Content-Length: %d\r\n" % len(self.answer)
        writer.write(b"HTTP/1.1 %d X\r\n" % status + length + b"\r\n")
        if status != 204:
            writer.write(self.answer)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    return Received(head.removesuffix(b"\r\n\r\n"), await reader.readexactly(length))


@contextlib.asynccontextmanager
async def receiving(**behaviour: Any) -> AsyncIterator[Receiver]:
    """A receiver that listens while inside."""
    receiver = Receiver(**behaviour)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()


def unused_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
