"""Stand-ins at the ports of `ingest/`, and the sensors and messages that its tests speak of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import orjson
from prometheus_client import CollectorRegistry

from ingest.intake import Intake
from ingest.message import Dialect, RawMessage
from ingest.observation import Observation
from ingest.plan import Plan, make_plan
from ingest.policy.load import Policy, read_policy
from ingest.policy.model import Limits
from ingest.policy.shelf import PolicyShelf
from ingest.ports import Approval, DeadLetter, Sensor, Spooled, SpoolFullError, Transport
from ingest.seal import Deidentified, reopen, to_bytes
from ingest.settings import IntakeSettings
from kernel.clock import ManualClock
from kernel.errors import UnavailableError
from kernel.ids import SeededIds
from kernel.times import Instant, parse_instant

NOON = parse_instant("2026-02-07T03:07:10Z")
"""12:07:10 in Sapporo."""

KEY = "k-7f3a"
SHELF = PolicyShelf.packaged()
GATE = Sensor(
    sensor_id="J1",
    policy="peopleflow-gate",
    policy_version=1,
    approval=Approval(approved=True),
    site="chikaho",
    device="urn:ngsi-ld:Device:J1",
    zone="urn:ngsi-ld:WalkwayZone:Z3",
    notice_url="https://example.org/notices/j1",
    notice_published=parse_instant("2026-01-01"),
    municipality="011002",
    location={"type": "Point", "coordinates": [141.3507, 43.0622]},
    facts={"simulated": True, "accuracy_class": ">=80%", "name": "Gate J1"},
)
RADIO = msgspec.structs.replace(
    GATE, sensor_id="R1", policy="peopleflow", policy_version=3, device="urn:ngsi-ld:Device:R1"
)
AIR = msgspec.structs.replace(
    GATE,
    sensor_id="E1",
    policy="indoor-environment",
    device="urn:ngsi-ld:Device:E1",
    facts={"simulated": True, "height": 2.4, "placement": "ceiling"},
)
SIGN = msgspec.structs.replace(GATE, sensor_id="S1", policy="signage")
CAMERA = msgspec.structs.replace(GATE, sensor_id="C1", policy="camera-bands")
SENSORS = (GATE, RADIO, AIR, SIGN, CAMERA)


def bound(sensor: Sensor, policy: Policy | None = None) -> Plan:
    """The plan of a sensor under its packaged policy, or under another one."""
    found = policy or SHELF.find(sensor.policy, sensor.policy_version)
    assert found is not None
    return make_plan(found, sensor)


def policy_of(text: str) -> Policy:
    """A policy from YAML text."""
    return read_policy(text.encode(), Limits())


def gate_report(towards: int = 112, away: int = 97, **more: Any) -> dict[str, Any]:
    """What a gate sends each minute."""
    return {
        "observedAt": "2026-02-07T12:07:00+09:00",
        "towards": towards,
        "away": away,
        "state": "open",
        **more,
    }


def passage(device_id: Any = "3c:22:fb:00:00:01", **more: Any) -> dict[str, Any]:
    """One passage at a radio gate."""
    return {
        "observedAt": "2026-02-07T12:07:05+09:00",
        "deviceId": device_id,
        "direction": "N",
        "count": 1,
        "ageBand": "20s",
        "gender": "f",
        **more,
    }


def json_message(value: Any, transport: Transport = Transport.HTTP) -> RawMessage:
    """A JSON message; bytes are taken as they are."""
    payload = value if isinstance(value, bytes) else orjson.dumps(value)
    return RawMessage(payload, Dialect.JSON, transport)


def values_of(observation: Observation) -> Mapping[str, Any]:
    """Attribute name → plain value."""
    return {
        attribute.name: getattr(attribute.value, "value", None)
        for attribute in observation.attributes
    }


class MemoryDirectory:
    """Sensors in a table; every one has the same key."""

    def __init__(self, *sensors: Sensor, api_key: str = KEY) -> None:
        self._api_key = api_key
        self.sensors = {sensor.sensor_id: sensor for sensor in sensors}

    def by_key(self, api_key: str, device_id: str) -> Sensor | None:
        return self.sensors.get(device_id) if api_key == self._api_key else None

    def by_device(self, device_id: str) -> Sensor | None:
        return self.sensors.get(device_id)


class MemorySink:
    """Keeps what is put into it, unless it is told to be away, to wait, or to refuse."""

    def __init__(self) -> None:
        self.batches: list[list[Deidentified]] = []
        self.is_away = False
        self.refuses: Callable[[Deidentified], bool] = lambda _: False
        self.gate = asyncio.Event()
        self.gate.set()

    async def put(self, batch: Sequence[Deidentified]) -> None:
        assert all(type(one) is Deidentified for one in batch)
        await self.gate.wait()
        if self.is_away:
            raise UnavailableError("The broker is away")
        if any(self.refuses(one) for one in batch):
            raise ValueError("a row that the broker refuses")
        self.batches.append(list(batch))

    @property
    def observations(self) -> list[Observation]:
        return [one.observation for batch in self.batches for one in batch]


class MemoryDeadLetters:
    """Dead letters in a list."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.is_away = False

    async def append(self, letters: Sequence[DeadLetter]) -> None:
        if self.is_away:
            raise UnavailableError("The store is away")
        self.letters += letters

    async def list(self, *, sensor_id: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        newest = reversed(self.letters)
        return [one for one in newest if sensor_id in (None, one.sensor_id)][:limit]

    async def sweep(self, before: Instant) -> int:
        kept = [one for one in self.letters if one.time >= before]
        gone = len(self.letters) - len(kept)
        self.letters = kept
        return gone


class MemorySpool:
    """A spool of bytes, as engines keep it; holds at most `capacity` observations."""

    def __init__(self, capacity: int = 1_000) -> None:
        self._capacity = capacity
        self._next = 1
        self.stored: dict[int, bytes] = {}

    async def put(self, batch: Sequence[Deidentified]) -> None:
        if len(self.stored) + len(batch) > self._capacity:
            raise SpoolFullError("The spool is full")
        for sealed in batch:
            self.stored[self._next] = to_bytes(sealed)
            self._next += 1

    async def take(self, limit: int) -> Sequence[Spooled]:
        oldest = sorted(self.stored)[:limit]
        return [Spooled(number, reopen(self.stored[number])) for number in oldest]

    async def remove(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.stored.pop(number, None)

    async def size(self) -> int:
        return len(self.stored)


class MemorySightings:
    """Who was seen, and when."""

    def __init__(self) -> None:
        self.seen_at: dict[str, Instant] = {}

    def seen(self, sensor_id: str, at: Instant) -> None:
        self.seen_at[sensor_id] = at


class Bench:
    """An intake with stand-ins at all of its ports."""

    def __init__(
        self,
        *sensors: Sensor,
        spool: MemorySpool | None = None,
        settings: IntakeSettings | None = None,
        policies: PolicyShelf = SHELF,
        seed: int = 7,
        now: Instant = NOON,
    ) -> None:
        self.clock = ManualClock(now)
        self.directory = MemoryDirectory(*(sensors or SENSORS))
        self.sink = MemorySink()
        self.letters = MemoryDeadLetters()
        self.spool = spool
        self.sightings = MemorySightings()
        self.registry = CollectorRegistry()
        self.intake = Intake(
            directory=self.directory,
            policies=policies,
            sink=self.sink,
            dead_letters=self.letters,
            registry=self.registry,
            clock=self.clock,
            ids=SeededIds(seed),
            spool=spool,
            sightings=self.sightings,
            settings=settings or IntakeSettings(linger_s=0),
        )

    async def send(self, sensor: Sensor, value: Any) -> Any:
        """Send a JSON message and wait for the verdict."""
        return await self.intake.submit(KEY, sensor.sensor_id, json_message(value))

    def metric(self, name: str, **labels: str) -> float:
        """The present value of a metric, 0 if there is none."""
        return self.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Bench]:
    """The bench with its intake running."""
    async with bench.intake:
        yield bench


async def until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Wait until something is true, or fail."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 — the condition has no event of its own
            await asyncio.sleep(0.005)
