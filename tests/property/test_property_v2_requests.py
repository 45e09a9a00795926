"""Whatever a query asks, every engine answers it or it is refused: nothing ends as our failure."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.engines import ENGINES, PLACES, Bench
from support.filter_texts import COORDINATES, GEOMETRIES, GEORELS, PARAMETERS, TEXTS
from support.v2_broker import serving_v2

from kernel.ids import SystemIds

PLACE = {"type": "geo:point", "value": "1,1"}
ROOMS = [
    {"id": "a", "type": "a", "a": {"value": 1, "metadata": {"b": {"value": [1, "a"]}}}},
    {"id": "b", "type": "a", "a": {"value": "a"}, "location": PLACE},
    {"id": "1", "type": "b", "a": {"value": {"b": [{"a": None}, 2.5]}}, "b": {"value": True}},
    {"id": "2", "type": "b", "a": {"type": "DateTime", "value": "2020-01-01"}},
]
STATEMENTS, ELEMENTS, DEEP = 1_000, 10_000, 100_000
"""What `broker.ql.v2_query` lets a text hold, and a path deeper than any value."""


class Asking:
    """A server over an engine, and a client."""

    def __init__(self, loop: asyncio.AbstractEventLoop, session: aiohttp.ClientSession) -> None:
        self._loop = loop
        self._session = session

    def get(self, path: str, said: dict[str, str]) -> int:
        """The status of a list."""
        return self._loop.run_until_complete(self._status("GET", path, params=said))

    def post(self, path: str, document: object) -> int:
        """The status of a batch."""
        return self._loop.run_until_complete(self._status("POST", path, json=document))

    def matching(self, expression: dict[str, str]) -> int:
        """The status of a batch query of everything under an expression."""
        everything = [{"idPattern": ".*"}]
        return self.post("/v2/op/query", {"entities": everything, "expression": expression})

    async def _status(self, method: str, path: str, **more: Any) -> int:
        async with self._session.request(method, path, **more) as answer:
            await answer.read()
            return answer.status


@pytest.fixture(params=ENGINES, scope="module")
def asking(request: pytest.FixtureRequest) -> Iterator[Asking]:
    """One server for all examples."""
    bench = Bench(PLACES[request.param](request))
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    async def begin() -> Asking:
        engine = await stack.enter_async_context(bench.open())
        serving = serving_v2(engine, clock=bench.clock, ids=SystemIds())
        port = await stack.enter_async_context(serving)
        url = f"http://127.0.0.1:{port}"
        return Asking(loop, await stack.enter_async_context(aiohttp.ClientSession(url)))

    begun = loop.run_until_complete(begin())
    assert begun.post("/v2/op/update", {"actionType": "append", "entities": ROOMS}) == 204
    yield begun
    loop.run_until_complete(stack.aclose())
    loop.close()


thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UNDERSTOOD = {200, 400}


def sendable(text: str) -> bool:
    """Whether UTF-8 has it."""
    return text.isascii() or text.encode(errors="ignore").decode() == text


@thorough
@given(said=PARAMETERS.filter(lambda said: all(map(sendable, said.values()))))
def test_any_list_is_answered_or_refused(asking: Asking, said: dict[str, str]) -> None:
    assert asking.get("/v2/entities", said) in UNDERSTOOD


@thorough
@given(q=TEXTS.filter(sendable), mq=TEXTS.filter(sendable))
def test_any_filter_is_answered_or_refused(asking: Asking, q: str, mq: str) -> None:
    assert asking.matching({"q": q}) in UNDERSTOOD
    assert asking.matching({"mq": f"a.{mq}"}) in UNDERSTOOD


@thorough
@given(georel=GEORELS, geometry=GEOMETRIES, coords=COORDINATES)
def test_any_place_is_answered_or_refused(
    asking: Asking, georel: str, geometry: str, coords: str
) -> None:
    said = {"georel": georel, "geometry": geometry, "coords": coords}
    assert asking.matching(said) in UNDERSTOOD


@thorough
@given(document=st.fixed_dictionaries(
    {},
    optional={
        "entities": st.lists(st.dictionaries(
            st.sampled_from(["id", "idPattern", "type", "typePattern", "x"]),
            TEXTS.filter(sendable) | st.none() | st.integers(),
        ), max_size=3),
        "attrs": st.lists(TEXTS.filter(sendable), max_size=3),
        "metadata": st.lists(TEXTS.filter(sendable), max_size=3),
    },
))  # fmt: skip
def test_any_selection_is_answered_or_refused(asking: Asking, document: dict[str, Any]) -> None:
    assert asking.post("/v2/op/query", document) in UNDERSTOOD


# As much as a text may hold ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        {"q": ";".join(f"a{index}==1" for index in range(STATEMENTS))},
        {"q": ";".join(f"a!={index},x{index}" for index in range(STATEMENTS))},
        {"q": ";".join(f"!a.b.c{index}" for index in range(STATEMENTS))},
        {"mq": ";".join(f"a.b{index}!=2020-01-01..2021-01-01" for index in range(STATEMENTS))},
        {"q": "a==" + ",".join(map(str, range(ELEMENTS)))},
        {"q": "a!=" + ",".join(map(str, range(ELEMENTS)))},
        {"q": "a.b==" + ",".join(f"'{index}'" for index in range(ELEMENTS))},
        {"q": "a==" + ",".join(f"{1000 + index}-01-01" for index in range(9_000))},
        {"q": "a" + ".b" * DEEP},
        {"q": "a" + ".b" * DEEP + "!=1"},
        {"mq": "a.b" + ".c" * DEEP + "==1"},
        {"q": "a~=" + "[ab]*" * 400},
        {
            "georel": "intersects",
            "geometry": "line",
            "coords": ";".join(f"{n * 7 % 80},{n * 13 % 170}" for n in range(50_000)),
        },
        {
            "georel": "coveredBy",
            "geometry": "polygon",
            "coords": ";".join(f"{n * 7 % 80},{n * 13 % 170}" for n in range(49_999)) + ";0,0",
        },
    ],
    ids=lambda said: next(iter(said.values()))[:20],
)
def test_as_much_as_a_text_may_hold_is_answered(asking: Asking, expression: dict[str, str]) -> None:
    assert asking.matching(expression) in UNDERSTOOD


def test_what_holds_more_is_refused(asking: Asking) -> None:
    assert asking.matching({"q": "a;" * (STATEMENTS + 1)}) == 400
    assert asking.matching({"q": "a==" + "1," * (ELEMENTS + 1) + "1"}) == 400


def test_a_hundred_keys_of_an_order_are_answered(asking: Asking) -> None:
    keys = [f"a{index}" for index in range(101)]
    assert asking.get("/v2/entities", {"orderBy": ",".join(keys[:100])}) == 200
    assert asking.get("/v2/entities", {"orderBy": ",".join(keys)}) == 400
