"""The HTTP door over a real socket: paths of the IoT Agents, one shape of answers."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from support.asking import asking
from support.ingest_stand_ins import (
    AIR,
    GATE,
    KEY,
    Bench,
    gate_report,
    running,
    values_of,
)
from yarl import URL

from ingest.http import HttpDoor
from ingest.ports import Approval
from ingest.settings import IntakeSettings
from kernel.errors import UnauthenticatedError
from kernel.permission import Principal
from serving.app import Surface


class Nobody:
    """Knows nobody: the doors of devices must not ask."""

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002 — of the port
        raise UnauthenticatedError("nobody")


@asynccontextmanager
async def door_of(bench: Bench) -> AsyncIterator[TestClient[Any, Any]]:
    surface = Surface(HttpDoor(bench.intake).routes())
    async with running(bench), asking([surface], Nobody()) as client:
        yield client


def query(device: str = "E1", **more: str) -> dict[str, str]:
    return {"k": KEY, "i": device, **more}


async def test_json_is_accepted_under_the_path_of_the_iot_agent() -> None:
    bench = Bench()
    async with door_of(bench) as client:
        answer = await client.post("/iot/json", params=query(), json={"temperature": 21.44})
        assert answer.status == 200
        assert await answer.json() == {"accepted": 1, "refused": []}
    assert values_of(bench.sink.observations[0])["temperature"] == 21.4


@pytest.mark.parametrize(
    ("path", "payload", "more"),
    [
        ("/iot/d", b"t|21.44|h|0.5", {}),
        ("/iot/d", b"2026-02-07T03:05:00Z|t|21.44", {}),
        ("/iot/d/attrs/t", b"21.44", {}),
        ("/iot/json/attrs/temperature", b"21.44", {}),
        ("/iot/d", b"t|21.44", {"t": "2026-02-07T03:05:00Z"}),
    ],
)
async def test_ultralight_and_single_values_are_accepted(
    path: str, payload: bytes, more: dict[str, str]
) -> None:
    bench = Bench()
    async with door_of(bench) as client:
        answer = await client.post(path, params=query(**more), data=payload)
        assert answer.status == 200
    assert values_of(bench.sink.observations[0])["temperature"] == 21.4


async def test_ultralight_may_come_in_the_query_of_a_get() -> None:
    bench = Bench()
    async with door_of(bench) as client:
        answer = await client.get("/iot/d", params=query(d="t|20#t|21"))
        assert (await answer.json())["accepted"] == 2
    assert [values_of(one)["temperature"] for one in bench.sink.observations] == [20, 21]


@pytest.mark.parametrize("d", ["%ED%A0%80", "%FF%FE", "t%7C%F0%9F", ""])
async def test_a_query_that_is_no_text_is_refused(d: str) -> None:
    async with door_of(Bench()) as client:
        answer = await client.get(URL(f"/iot/d?k={KEY}&i=E1&d={d}", encoded=True))
        assert answer.status == 400
        assert (await answer.json())["accepted"] == 0


async def test_a_mixed_batch_is_200_and_names_index_and_rule() -> None:
    async with door_of(Bench()) as client:
        batch = [gate_report(), gate_report(towards="many")]
        answer = await client.post("/iot/json", params=query("J1"), json=batch)
        assert answer.status == 200
        assert await answer.json() == {
            "accepted": 1,
            "refused": [{"index": 1, "rule": "integer"}],
        }


@pytest.mark.parametrize(
    ("payload", "status", "rule"),
    [
        (b"{", 400, "not_json"),
        (b"7", 400, "not_a_measure"),
        (b"[]", 400, "not_a_measure"),
        (b'{"a":{"a":{"a":{"a":{}}}}}', 400, "depth"),
        (orjson.dumps({"x": list(range(257))}), 400, "array"),
        (orjson.dumps({f"k{n}": n for n in range(65)}), 400, "keys"),
        (orjson.dumps({"x": "y" * 65}), 400, "string"),
        (b" " * 16_385, 413, "bytes"),
        (orjson.dumps(gate_report(towards=-1)), 400, "range"),
        (orjson.dumps({"towards": 1, "observedAt": ""}), 400, "time"),
    ],
)
async def test_refusals_tell_a_rule_and_repeat_nothing(
    payload: bytes, status: int, rule: str
) -> None:
    async with door_of(Bench()) as client:
        answer = await client.post("/iot/json", params=query("J1"), data=payload)
        assert answer.status == status
        assert await answer.json() == {"accepted": 0, "refused": [{"index": 0, "rule": rule}]}


async def test_a_body_without_a_length_is_read_no_further_than_the_limit() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_024

    async with door_of(Bench()) as client:
        answer = await client.post("/iot/json", params=query("J1"), data=endless())
        assert answer.status == 413


async def test_content_encoding_is_refused_before_anything_is_expanded() -> None:
    async with door_of(Bench()) as client:
        answer = await client.post(
            "/iot/json",
            params=query(),
            data=gzip.compress(b'{"temperature": 20}'),
            headers={"Content-Encoding": "gzip"},
        )
        assert answer.status == 415


async def test_unknown_unapproved_and_expired_senders_get_the_same_answer() -> None:
    expired = msgspec.structs.replace(GATE, sensor_id="X1", approval=Approval(approved=False))
    answers = []
    async with door_of(Bench(GATE, expired)) as client:
        for params in (query("X1"), query("nobody"), {"k": "wrong", "i": "J1"}, {}):
            answer = await client.post("/iot/json", params=params, json=gate_report())
            answers.append((answer.status, await answer.read()))
    assert set(answers) == {(403, b'{"accepted":0,"refused":[{"index":0,"rule":"sensor"}]}')}


async def test_a_sensor_that_is_too_fast_is_asked_to_wait() -> None:
    async with door_of(Bench(settings=IntakeSettings(rate_per_s=0, burst=1))) as client:
        await client.post("/iot/json", params=query(), json={"temperature": 20})
        answer = await client.post("/iot/json", params=query(), json={"temperature": 20})
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "1"


async def test_an_absent_broker_is_503_and_asks_to_try_again() -> None:
    bench = Bench(AIR)
    async with door_of(bench) as client:
        bench.sink.is_away = True
        answer = await client.post("/iot/json", params=query(), json={"temperature": 20})
        assert answer.status == 503
        assert "Retry-After" in answer.headers
        assert await answer.json() == {"accepted": 0, "refused": []}
