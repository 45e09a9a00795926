"""Everything that comes out of the intake, to be looked through for markers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import orjson
import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import generate_latest
from support.canaries import Kit
from support.ingest_stand_ins import (
    KEY,
    NOON,
    RADIO,
    SENSORS,
    Bench,
    MemorySpool,
    bound,
    gate_report,
    json_message,
    passage,
    running,
)

from ingest.http import HttpDoor
from ingest.pipeline import Pipeline
from ingest.plan import Plan
from ingest.ports import Sensor
from ingest.pseudonyms import KeyRing
from ingest.seal import Deidentified, to_bytes
from ingest.windows import Windows
from kernel.clock import SystemClock
from kernel.errors import UnauthenticatedError
from kernel.ids import SystemIds
from kernel.permission import Principal
from kernel.times import DAY_US, Instant
from serving.app import Surface, build_app

GOOD: dict[str, dict[str, Any]] = {
    "J1": gate_report(),
    "R1": passage(),
    "E1": {"observedAt": "2026-02-07T12:07:00+09:00", "temperature": 20.5},
    "S1": {
        "observedAt": "2026-02-07T12:07:00+09:00",
        "topic": "route",
        "language": "en",
        "touchCount": 31,
    },
    "C1": {
        "observedAt": "2026-02-07T12:07:00+09:00",
        "direction": "N",
        "ageBand": "20s",
        "gender": "f",
        "count": 12,
    },
}
"""A good measure of each sensor."""


class Nobody:
    """The doors of devices ask nobody else."""

    async def authenticate(self, request: web.Request) -> Principal:  # noqa: ARG002 — of the port
        raise UnauthenticatedError("nobody")


class Watched:
    """A bench, a client at its HTTP door, and every byte that came out anywhere."""

    def __init__(self, bench: Bench, client: TestClient[Any, Any], spool: MemorySpool) -> None:
        self.bench = bench
        self.client = client
        self.spool = spool
        self.heard: list[bytes] = []

    async def post(
        self, sensor: Sensor, body: Any, *, headers: dict[str, str] | None = None, **more: str
    ) -> int:
        """Send a body; its answer is kept. Bytes go as they are."""
        payload = body if isinstance(body, bytes | FormData) else orjson.dumps(body)
        answer = await self.client.post(
            "/iot/json",
            params={"k": KEY, "i": sensor.sensor_id, **more},
            data=payload,
            headers=headers,
        )
        self.heard += [await answer.read(), repr(answer.raw_headers).encode()]
        return answer.status

    async def is_live(self, sensor: Sensor) -> None:
        """The sink takes an ordinary measure: it was not silent by being broken."""
        before = len(self.bench.sink.observations) + len(self.bench.intake._windows)
        assert await self.post(sensor, GOOD[sensor.sensor_id]) == 200
        after = len(self.bench.sink.observations) + len(self.bench.intake._windows)
        assert after > before or sensor is RADIO

    async def everything(self, capsys: pytest.CaptureFixture[str]) -> bytes:
        """All bytes of all sinks: broker, spool, dead letters, metrics, answers, output."""
        self.bench.clock.advance(2 * 3_600)
        await self.bench.intake.tick()
        await self.bench.intake._refusals.write()
        output = capsys.readouterr()
        return b"\n".join(
            [
                *(to_bytes(one) for batch in self.bench.sink.batches for one in batch),
                *self.spool.stored.values(),
                msgspec.json.encode(self.bench.letters.letters),
                generate_latest(self.bench.registry),
                *self.heard,
                output.out.encode(),
                output.err.encode(),
            ]
        )


@asynccontextmanager
async def watched(*sensors: Sensor) -> AsyncIterator[Watched]:
    spool = MemorySpool()
    bench = Bench(*sensors, spool=spool)
    app = build_app(
        [Surface(HttpDoor(bench.intake).routes())],
        authenticator=Nobody(),
        registry=bench.registry,
        clock=SystemClock(),
        log_requests=True,
    )
    async with running(bench), TestClient(TestServer(app)) as client:
        yield Watched(bench, client, spool)


def leaks(plan: Plan, field: str, kit: Kit) -> list[str]:
    """What comes out when every canary is sent in one field of a policy."""
    pipeline = Pipeline(KeyRing(SystemIds()), Windows(Instant(0)))
    slots = [slot for slot in plan.slots if slot.name == field]
    names = slots[0].inputs if slots else (field,)
    good = {
        key: value
        for key, value in GOOD[plan.sensor.sensor_id].items()
        if key not in names or key == "observedAt"
    }
    outs: list[bytes] = []
    for canary in kit.canaries:
        for value in canary.values:
            message = json_message({**good, names[0]: value})
            outcome = pipeline.run(message, plan, NOON)
            outs += [to_bytes(one) for one in outcome.results if isinstance(one, Deidentified)]
    closed = pipeline._windows.close(Instant(NOON + DAY_US))
    return kit.found_in(b"\n".join([*outs, *map(to_bytes, closed)]))


def fields_of(sensor: Sensor) -> list[str]:
    return list(bound(sensor).policy.file.fields)


EVERY_FIELD = [(sensor, field) for sensor in SENSORS for field in fields_of(sensor)]
every_field = pytest.mark.parametrize(
    ("sensor", "field"), EVERY_FIELD, ids=[f"{one.policy}.{field}" for one, field in EVERY_FIELD]
)
