"""A closed loop of raw HTTP/1.1 connections: cheap, so that the server is what is measured.

Each connection sends a prepared request, waits for the whole answer, and sends the next. Answers
must carry `Content-Length` (or be 204). Latencies are kept in seconds.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

MakeRequest = Callable[[int], bytes]
"""The request number n of the whole run, as bytes."""

_FINE = (b"2", b"3")
"""How an answer's status may begin."""


@dataclass
class Result:
    """What one run measured.

    Attributes:
        seconds: from the first request to the last answer.
        latencies_s: of every request, sorted.
        failures: answers that were neither 2xx nor the 3xx that ends a form.
        cpu_s: processor time of the server meanwhile; where a machine is shared this is steadier
            than any rate.
    """

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    failures: int = 0
    cpu_s: float = 0.0

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time for each answer."""
        return self.cpu_s / len(self.latencies_s) * 1e6

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies_s) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Latency that `share` of the requests did not exceed, in milliseconds."""
        index = min(int(len(self.latencies_s) * share), len(self.latencies_s) - 1)
        return self.latencies_s[index] * 1000


class _Connection(asyncio.Protocol):
    """One connection: request, answer, next request."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._buffer = bytearray()
        self._sent_at = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is one in deed, not in name.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = _end_of_answer(self._buffer)
        if end is None:
            return
        self._run.answered(self._buffer[9:10] in _FINE, time.perf_counter() - self._sent_at)
        del self._buffer[:end]
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.closed(error)

    def _send(self) -> None:
        assert self._transport is not None
        request = self._run.next_request()
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


class _Run:
    def __init__(self, make: MakeRequest, seconds: float, connections: int) -> None:
        self._make = make
        self._ends_at = time.perf_counter() + seconds
        self._number = 0
        self._open = connections
        self.result = Result()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        if time.perf_counter() >= self._ends_at:
            return None
        self._number += 1
        return self._make(self._number - 1)

    def answered(self, fine: bool, seconds: float) -> None:
        self.result.latencies_s.append(seconds)
        self.result.failures += not fine

    def closed(self, error: Exception | None) -> None:
        self._open -= 1
        self.result.failures += error is not None
        if self._open == 0 and not self.done.done():
            self.done.set_result(None)


def _end_of_answer(buffer: bytearray) -> int | None:
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return None
    start = buffer[:head].lower().find(b"content-length:")
    if start < 0:
        return head + 4
    stop = buffer.find(b"\r\n", start)
    end = head + 4 + int(buffer[start + 15 : stop if stop >= 0 else head])
    return end if len(buffer) >= end else None


async def drive(port: int, make: MakeRequest, *, seconds: float, connections: int) -> Result:
    """Load a server on loopback for `seconds`."""
    loop = asyncio.get_running_loop()
    run = _Run(make, seconds, connections)
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
    await run.done
    run.result.seconds = time.perf_counter() - started
    run.result.latencies_s.sort()
    return run.result


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A prepared request with a JSON body."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body
