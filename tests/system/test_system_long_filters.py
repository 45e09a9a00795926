"""Filters as long as a request can be, against a real process: an answer, in linear time."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from support.odori_process import OdoriProcess, Talk, odori_process, talking

MIB: Final = 1_048_576
EVERYTHING: Final = [{"idPattern": ".*"}]
ROOM: Final = {"id": "r", "type": "Room", "a": {"value": {"b": [1, "x"]}}}
SHAPES: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "statements": lambda size: {"q": "a==1;" * (size // 5)},
    "a path": lambda size: {"q": "a" + ".b" * (size // 2)},
    "a path of metadata": lambda size: {"mq": "a" + ".b" * (size // 2) + "==1"},
    "a list": lambda size: {"q": "a==" + "1," * (size // 2) + "1"},
    "quotes": lambda size: {"q": "'" * size},
    "a pattern": lambda size: {"q": "a~=" + "b*" * (size // 2)},
    "a literal": lambda size: {"q": "a==" + "9" * size},
    "a date": lambda size: {"q": "a==2020-01-01T" + "0" * size},
    "a line": lambda size: {
        "georel": "intersects", "geometry": "line", "coords": "0,0;" + "1,1;0,1;" * (size // 8)
        + "1,1",
    },
    "a polygon": lambda size: {
        "georel": "coveredBy", "geometry": "polygon", "coords": "0,0;" + "1,1;0,1;" * (size // 8)
        + "0,0",
    },
    "a relation": lambda size: {
        "georel": "near;" * (size // 5), "geometry": "point", "coords": "0,0",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def odori(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OdoriProcess]:
    """A process whose broker has one entity."""
    folder: Path = tmp_path_factory.mktemp("long")
    with odori_process(folder) as process:
        yield process
        assert process.is_alive()
        assert b"Traceback" not in process.log


@pytest.fixture
async def talk(odori: OdoriProcess) -> AsyncIterator[Talk]:
    """A client, and the entity."""
    async with talking(odori) as client:
        await client.ask("POST", "/v2/entities?options=upsert", json=ROOM)
        yield client


def asking(expression: dict[str, Any]) -> bytes:
    return orjson.dumps({"entities": EVERYTHING, "expression": expression})


async def status(talk: Talk, body: bytes) -> int:
    headers = {"Content-Type": "application/json"}
    answer = await talk.ask("POST", "/v2/op/query", data=body, headers=headers)
    return answer.status


@pytest.mark.parametrize("shape", SHAPES)
async def test_the_longest_filter_is_answered_or_refused(talk: Talk, shape: str) -> None:
    body = asking(SHAPES[shape](MIB - 1_000))
    assert len(body) < MIB

    assert await status(talk, body) in {200, 400}
    assert (await talk.ask("GET", "/v2/entities/r")).status == 200


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_filter_takes_time_in_its_length(talk: Talk, shape: str) -> None:
    async def seconds(size: int) -> float:
        """The least of three, since whatever else runs only adds."""
        body, took = asking(SHAPES[shape](size)), []
        for _ in range(3):
            begun = time.perf_counter()
            assert await status(talk, body) in {200, 400}
            took.append(time.perf_counter() - begun)
        return min(took)

    short = max(await seconds(50_000), 0.005)

    assert await seconds(400_000) <= 24 * short  # quadratic would be 64


async def test_a_filter_beyond_the_limit_is_too_large(talk: Talk) -> None:
    body = asking({"q": "a;" * MIB})

    answer = await talk.ask(
        "POST", "/v2/op/query", data=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status == 413
    assert orjson.loads(answer.body) == {
        "error": "RequestEntityTooLarge",
        "description": f"payload size: {len(body)}, max size supported: {MIB}",
    }


async def test_a_url_may_name_thousands_of_entities(talk: Talk) -> None:
    ids = ",".join(f"urn:room:{number:04}" for number in range(4_000))

    answer = await talk.ask("GET", f"/v2/entities?options=keyValues&id={ids},r")

    assert (answer.status, orjson.loads(answer.body)[0]["id"]) == (200, "r")


async def test_a_url_beyond_64_kib_is_refused_without_repeating_it(talk: Talk) -> None:
    answer = await talk.ask("GET", f"/v2/entities?id={'secret' * 12_000}")

    assert answer.status == 400
    assert b"secret" not in answer.everything()
