"""What is measured: each function returns rows of the table."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import orjson
from aiohttp import web

from bench import city_data
from bench.load import MakeRequest, Result, drive, request
from bench.servers import Server, noop

Start = Callable[[], AbstractAsyncContextManager[Server]]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: what was measured.
        rate, unit: how fast.
        ratio: to the yardstick of the same run; None where there is none.
        aim: what the ratio should reach; None where there is no aim.
        p50_ms, p99_ms: latency of one request.
        cpu_us: processor time of the server for one unit.
    """

    name: str
    rate: float
    unit: str
    ratio: float | None = None
    aim: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    note: str = ""
    cpu_us: float | None = None


@dataclass(frozen=True)
class Effort:
    """How long and how large."""

    seconds: float = 8.0
    connections: int = 32
    subscriptions: int = 1_000
    query_entities: int = 100_000
    growth: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    notices: int = 2_000
    citizens: int = 10_000


MODEST = Effort(4.0, 2, 100, 2_000, (200, 1_000), 50)
"""For a server of MongoDB's protocol, which may be a stand-in that scans whole collections."""
QUICK = Effort(1.0, 16, 100, 2_000, (1_000, 5_000), 200, 200)


async def against_noop(start: Start, effort: Effort) -> list[Row]:
    """Update, get and batch beside the yardstick, among subscriptions that do not match."""
    rows = []
    async with noop() as bare, start() as server:
        await city_data.fill(server.url, 1_000)
        await city_data.subscribe_in_vain(server.url, effort.subscriptions)
        note = f"matching against {effort.subscriptions} subscriptions, history kept"
        base = await run(bare, city_data.update_request, effort)
        update = await run(server, city_data.update_request, effort)
        rows.append(row("the yardstick: POST", base, base, None, "parses, answers 204"))
        rows.append(row("update of one attribute", update, base, 0.5, note))
        get_base = await run(bare, city_data.get_request, effort)
        get = await run(server, city_data.get_request, effort)
        rows.append(row("the yardstick: GET", get_base, get_base, None, "renders one object"))
        rows.append(row("get by id", get, get_base, 0.6, "three attributes"))
        rows.append(await _batch(server, base, effort))
    return rows


async def _batch(server: Server, base: Result, effort: Effort) -> Row:
    bodies = [city_data.batch_request(20_000 + 1_000 * one) for one in range(8)]
    result = await run(server, lambda n: bodies[n % len(bodies)], effort, connections=2)
    entities = result.rate * 1_000
    return Row(
        "batch of 1,000 entities of three attributes",
        entities,
        "entities/s",
        entities / base.rate,
        3.0,
        result.percentile_ms(0.5),
        result.percentile_ms(0.99),
        "per request of the yardstick",
        result.cpu_us / 1_000,
    )


async def query(start: Start, effort: Effort) -> list[Row]:
    """`q` over many entities."""
    async with noop() as bare, start() as server:
        await city_data.fill(server.url, effort.query_entities)
        base = await run(bare, city_data.get_request, effort)
        paths = {
            "first page of a filter that selects 2 %": "/v2/entities?type=T&q=place==zone-7",
            "filter that selects 5 of all": "/v2/entities?type=T&q=humidity==0.42;place==zone-42"
            "&limit=5",
            "filter with count": "/v2/entities?type=T&q=humidity>0.98&options=count&limit=5",
        }
        rows = []
        for name, path in paths.items():
            wanted = request("GET", path)
            result = await run(server, lambda _, wanted=wanted: wanted, effort)
            rows.append(row(name, result, base, None, f"{effort.query_entities:,} entities"))
    return rows


async def fan_out(start: Start, effort: Effort) -> list[Row]:
    """Every update is told to ten subscribers."""
    subscribers = 10
    async with _receiver() as (port, received), start() as server:
        await city_data.fill(server.url, 100)
        async with aiohttp.ClientSession() as session:
            for number in range(subscribers):
                body = _subscription(f"http://127.0.0.1:{port}/{number}")
                async with session.post(f"{server.url}/v2/subscriptions", json=body) as answer:
                    answer.raise_for_status()
        began = time.perf_counter()
        await _updates(server, effort.notices)
        answered = time.perf_counter() - began
        expected = effort.notices * subscribers
        await received.reach(expected)
        delivered = time.perf_counter() - began
    return [
        Row(
            "notifications delivered, ten subscribers",
            expected / delivered,
            "notifications/s",
            note=f"{effort.notices} updates answered in {answered / delivered:.0%} of the time",
        )
    ]


async def growth(start: Start, effort: Effort) -> list[Row]:
    """The rate of updates and the memory as the database grows."""
    rows = []
    async with start() as server:
        filled = 0
        first_rate = 0.0
        for size in effort.growth:
            await city_data.fill(server.url, size - filled, first=filled)
            filled = size
            spread = _spread_updates(size)
            await drive(server.port, spread, seconds=1.0, connections=effort.connections)
            result = await run(server, spread, effort)
            first_rate = first_rate or result.rate
            rows.append(
                Row(
                    f"update among {size:,} entities",
                    result.rate,
                    "requests/s",
                    result.rate / first_rate,
                    0.8 if size == effort.growth[-1] else None,
                    result.percentile_ms(0.5),
                    result.percentile_ms(0.99),
                    f"resident {server.resident_mb():.0f} MB",
                    result.cpu_us,
                )
            )
    return rows


def _spread_updates(size: int) -> MakeRequest:
    def make(number: int) -> bytes:
        body = orjson.dumps({"temperature": {"value": number / 10, "type": "Number"}})
        # A step that shares no factor with the size touches entities all over the file.
        return request("POST", f"/v2/entities/E{number * 7_919 % size}/attrs", body)

    return make


async def run(server: Server, make: MakeRequest, effort: Effort, *, connections: int = 0) -> Result:
    """Load the server; the result says what that cost it.

    Raises:
        RuntimeError: an answer was no success.
    """
    began = server.cpu_s()
    result = await drive(
        server.port, make, seconds=effort.seconds, connections=connections or effort.connections
    )
    if result.failures:
        raise RuntimeError(f"{result.failures} requests of {len(result.latencies_s)} failed")
    result.cpu_s = server.cpu_s() - began
    return result


def row(name: str, result: Result, base: Result, aim: float | None, note: str) -> Row:
    """The result beside the yardstick's."""
    return Row(
        name,
        result.rate,
        "requests/s",
        result.rate / base.rate,
        aim,
        result.percentile_ms(0.5),
        result.percentile_ms(0.99),
        note,
        result.cpu_us,
    )


def _subscription(url: str) -> dict[str, object]:
    return {
        "subject": {"entities": [{"idPattern": ".*", "type": "T"}]},
        "notification": {"http": {"url": url}},
    }


async def _updates(server: Server, count: int) -> None:
    """Exactly `count` updates over 16 connections."""
    sent = 0

    async def worker(session: aiohttp.ClientSession) -> None:
        nonlocal sent
        while sent < count:
            sent += 1
            number = sent
            body = {"temperature": {"value": number + 0.5, "type": "Number"}}
            url = f"{server.url}/v2/entities/E{number % 100}/attrs"
            async with session.post(url, json=body) as answer:
                answer.raise_for_status()

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(worker(session))


class _Received:
    """A count that can be waited for."""

    def __init__(self) -> None:
        self._count = 0
        self._wanted = 0
        self._reached = asyncio.Event()

    def one_more(self) -> None:
        self._count += 1
        if self._count == self._wanted:
            self._reached.set()

    async def reach(self, count: int) -> None:
        self._wanted = count
        if self._count < count:
            async with asyncio.timeout(120):
                await self._reached.wait()


@asynccontextmanager
async def _receiver() -> AsyncIterator[tuple[int, "_Received"]]:
    """A subscriber that answers at once and counts what it was told."""
    received = _Received()

    async def receive(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        received.one_more()
        return web.Response(status=200)

    runner = web.ServerRunner(web.Server(receive))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1], received
    finally:
        await runner.cleanup()


Measure = Callable[[Start, Effort], Awaitable[list[Row]]]
EVERY: dict[str, Measure] = {
    "Beside the no-op server": against_noop,
    "Queries": query,
    "Delivery": fan_out,
    "Growth": growth,
}
