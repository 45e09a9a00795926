"""Pages by limit and offset show each untouched entity once, while others are written.

The order is that of creation: updates leave it alone, and what is new stands behind all that is
there. An entity that is deleted lets those behind it move up by one, as with Orion; who must not
miss any of them then walks by cursor (`EntityQuery.after`, held by the contract suite).
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import count
from typing import Any, Final

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.engines import ENGINES, PLACES, Bench
from support.v2_broker import serving_v2

from kernel.clock import SystemClock
from kernel.ids import SystemIds

NAMES: Final = [f"{index:02}-{'moving' if index % 3 == 1 else 'still'}" for index in range(14)]
"""In order of creation, which is the order of ids where one commit makes several."""
STILL: Final = [name for name in NAMES if name.endswith("still")]
MOVING: Final = [name for name in NAMES if name.endswith("moving")]
WRITES = st.sampled_from(["update", "append", "replace", "create", "upsert"])


class City:
    """A server over an engine, in which each example has a service path of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> None:
        self._loop = loop
        self._session = session
        self._paths = count()

    def walk(self, size: int, writes: list[list[tuple[str, int]]], order: str) -> list[str]:
        """The ids that pages of `size` show; the next of `writes` happen behind each page."""
        return self._loop.run_until_complete(self._walk(size, iter(writes), order))

    def race(self, size: int, writers: int) -> list[str]:
        """The same, while that many writers never stop."""
        return self._loop.run_until_complete(self._race(size, writers))

    async def _begin(self) -> dict[str, str]:
        headers = {"Fiware-ServicePath": f"/p{next(self._paths)}"}
        entities = [{"id": name, "type": "T", "n": {"value": 1}} for name in NAMES]
        batch = {"actionType": "append", "entities": entities}
        await self._ask("POST", "/v2/op/update", headers, json=batch)
        return headers

    async def _walk(
        self, size: int, writes: Iterator[list[tuple[str, int]]], order: str
    ) -> list[str]:
        headers = await self._begin()
        shown: list[str] = []
        new = count()
        while page := await self._page(headers, size, len(shown), order):
            shown += page
            for write, number in next(writes, []):
                await self._write(headers, write, number, new)
        return shown

    async def _race(self, size: int, writers: int) -> list[str]:
        headers = await self._begin()
        new = count()
        walked = asyncio.Event()

        async def write() -> None:
            for number in count():
                if walked.is_set() or number > 200:
                    return
                kind = ("update", "append", "replace", "create", "upsert")[number % 5]
                await self._write(headers, kind, number, new)

        shown: list[str] = []
        async with asyncio.TaskGroup() as group:
            for _ in range(writers):
                group.create_task(write())
            while page := await self._page(headers, size, len(shown), ""):
                shown += page
            walked.set()
        return shown

    async def _page(self, headers: dict[str, str], size: int, offset: int, order: str) -> list[str]:
        said = {"limit": str(size), "offset": str(offset), "options": "keyValues"}
        if order:
            said["orderBy"] = order
        return [one["id"] for one in await self._ask("GET", "/v2/entities", headers, params=said)]

    async def _write(
        self, headers: dict[str, str], write: str, number: int, new: Iterator[int]
    ) -> None:
        name = MOVING[number % len(MOVING)]
        attributes = {"n": {"value": number}, f"a{number}": {"value": "x"}}
        match write:
            case "update":
                await self._ask(
                    "PATCH", f"/v2/entities/{name}/attrs", headers, json={"n": {"value": number}}
                )
            case "append":
                await self._ask("POST", f"/v2/entities/{name}/attrs", headers, json=attributes)
            case "replace":
                await self._ask("PUT", f"/v2/entities/{name}/attrs", headers, json=attributes)
            case "upsert":
                entity = {"id": name, "type": "T", **attributes}
                await self._ask("POST", "/v2/entities?options=upsert", headers, json=entity)
            case _:
                entity = {"id": f"00-new-{next(new)}", "type": "T", **attributes}
                await self._ask("POST", "/v2/entities", headers, json=entity)

    async def _ask(self, method: str, path: str, headers: dict[str, str], **more: Any) -> Any:
        async with self._session.request(method, path, headers=headers, **more) as answer:
            body = await answer.json(content_type=None)
            assert answer.status < 500
            return body


@pytest.fixture(params=ENGINES, scope="module")
def city(request: pytest.FixtureRequest) -> Iterator[City]:
    """One server for all examples."""
    place = PLACES[request.param](request)
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    clock = SystemClock()

    async def begin() -> City:
        bench = Bench(place)
        engine = await stack.enter_async_context(place.open(clock, bench.announcer))
        port = await stack.enter_async_context(serving_v2(engine, clock=clock, ids=SystemIds()))
        url = f"http://127.0.0.1:{port}"
        return City(loop, await stack.enter_async_context(aiohttp.ClientSession(url)))

    yield loop.run_until_complete(begin())
    loop.run_until_complete(stack.aclose())
    loop.close()


def seen(shown: list[str]) -> list[str]:
    """Those that nobody touches, in the order in which they were shown."""
    return [name for name in shown if name in STILL]


few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(
    size=st.integers(1, 20),
    writes=st.lists(st.lists(st.tuples(WRITES, st.integers(0, 9)), max_size=3), max_size=12),
)
def test_pages_in_order_of_creation_show_what_is_untouched_once(
    city: City, size: int, writes: list[list[tuple[str, int]]]
) -> None:
    assert seen(city.walk(size, writes, "")) == STILL


@few
@given(
    size=st.integers(1, 20),
    writes=st.lists(
        st.lists(st.tuples(st.sampled_from(["update", "append", "replace"]), st.integers(0, 9))),
        max_size=12,
    ),
)
def test_pages_in_another_order_show_it_once_while_values_change(
    city: City, size: int, writes: list[list[tuple[str, int]]]
) -> None:
    assert seen(city.walk(size, writes, "!id")) == STILL[::-1]


@few
@given(size=st.integers(1, 20))
def test_pages_of_ties_show_everything_once(city: City, size: int) -> None:
    shown = city.walk(size, [], "n")
    assert shown == NAMES


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_pages_show_what_is_untouched_once_while_writers_never_stop(city: City, size: int) -> None:
    assert seen(city.race(size, writers=3)) == STILL
