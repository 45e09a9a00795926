"""What intake needs from outside, written as contracts.

`city/compose.py` binds them: the sink to the broker, the directory to the sensor registry, dead
letters and spool to a storage engine. Asynchronous methods raise `kernel.errors.UnavailableError`
when what stands behind them cannot be reached; driver text never travels in it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from ingest.rules import Rule
from ingest.seal import Deidentified
from kernel.errors import UnavailableError
from kernel.times import Instant

Fact = str | int | float | bool


class Transport(StrEnum):
    """How a message came."""

    MQTT = "mqtt"
    HTTP = "http"


class Approval(msgspec.Struct, frozen=True):
    """The record without which a sensor writes nothing (de-identification §10).

    Attributes:
        approved: the city installed or approved the sensor.
        valid_from, valid_until: the half-open period of the approval; None means unbounded.
    """

    approved: bool = False
    valid_from: Instant | None = None
    valid_until: Instant | None = None

    def holds(self, now: Instant) -> bool:
        """Whether the sensor may write now."""
        if not self.approved:
            return False
        begun = self.valid_from is None or self.valid_from <= now
        return begun and (self.valid_until is None or now < self.valid_until)


class Sensor(msgspec.Struct, frozen=True):
    """What the registry knows of a sensor. Nothing of it comes from what the sensor sends.

    Attributes:
        sensor_id: the registered id, such as `J1`: part of entity ids, in logs and dead letters.
        sensor_class: its class in the registry, such as `people_flow_gate`; policies name theirs.
        policy, policy_version: the one policy that the sensor is bound to.
        site: whose pseudonym key it shares; keys are never shared across sites.
        device: URN of its Device entity, `urn:ngsi-ld:Device:J1`.
        notice_url, notice_published: the public notice and since when it stands.
        municipality: JIS X 0402 code or name; area: ward, district or mesh.
        zone: URN of its WalkwayZone; empty if none.
        location: GeoJSON geometry of the registered place.
        facts: further registry values that policies may derive, by name (`registry.<name>`):
            `name`, `placement`, `height`, `accuracy_class`, `generation`, `simulated` …
            A URN is emitted as a relationship.
        input_names: what this sensor calls a value (`object_id`) → its input name in the policy.
        tenant, service_path: where its data live.
        report_interval_s: seconds between two reports of a healthy sensor; None if it reports
            events only.
    """

    sensor_id: str
    policy: str
    policy_version: int
    approval: Approval
    site: str
    sensor_class: str = ""
    device: str = ""
    notice_url: str = ""
    notice_published: Instant | None = None
    municipality: str = ""
    area: str = ""
    zone: str = ""
    location: Mapping[str, Any] | None = None
    facts: Mapping[str, Fact] = {}
    input_names: Mapping[str, str] = {}
    tenant: str = ""
    service_path: str = "/"
    report_interval_s: float | None = None


class SensorDirectory(Protocol):
    """Sensors by what a message says of its sender.

    Both methods answer at once from memory: they stand in the path of every measure. Whoever owns
    the directory keeps it fresh; a change is seen within seconds. The same unchanged sensor is
    given as the same object, which spares intake work.
    """

    def by_key(self, api_key: str, device_id: str) -> Sensor | None:
        """The sensor with this device id whose service group has this API key, or None.

        The comparison of keys takes the same time whether or not the device exists.
        """

    def by_device(self, device_id: str) -> Sensor | None:
        """The sensor with this device id, or None: for senders that proved themselves otherwise."""


class ObservationSink(Protocol):
    """The only way out of `ingest/`."""

    async def put(self, batch: Sequence[Deidentified]) -> None:
        """Commit all of the batch in its order; durable on return.

        The batch may hold several observations of one entity: all reach the history, the last one
        stands. A batch may come again, wholly or partly, when its first outcome was not known: an
        observation equal to what its entity already holds changes nothing.

        Raises:
            UnavailableError: nothing is known to be committed; the batch comes again later.
        """


class DeadLetter(msgspec.Struct, frozen=True):
    """All that is kept of refused input (de-identification §7).

    Attributes:
        time: when, cut to the minute.
        field_path: a path of the policy; empty for unknown keys and for whole messages.
        bytes: size of the message.
        transport: how it came.
    """

    time: Instant
    sensor_id: str
    policy: str
    version: int
    rule_id: Rule
    field_path: str
    bytes: int
    transport: Transport


class DeadLetters(Protocol):
    """Refused input, redacted."""

    async def append(self, letters: Sequence[DeadLetter]) -> None:
        """Store dead letters; equal ones are separate ones."""

    async def list(self, *, sensor_id: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        """Newest first, at most `limit`; of one sensor if it is named."""

    async def sweep(self, before: Instant) -> int:
        """Remove those with a time before the instant; returns how many."""


class SpoolFullError(UnavailableError):
    """The spool holds as much as it may; nothing of the batch was stored."""


class Spooled(msgspec.Struct, frozen=True):
    """A sealed observation with the number that the spool gave it. Numbers rise."""

    number: int
    sealed: Deidentified


class Spool(Protocol):
    """A durable local bridge for sealed observations while the sink is away.

    Bounded: a batch that does not fit is refused whole. First in, first out. Engines store
    `ingest.seal.to_bytes` and read with `ingest.seal.reopen`.
    """

    async def put(self, batch: Sequence[Deidentified]) -> None:
        """Store the batch behind everything else; durable on return.

        Raises:
            SpoolFullError: it does not fit; the sender keeps it and tries again.
        """

    async def take(self, limit: int) -> Sequence[Spooled]:
        """The oldest, in order, at most `limit`. They stay until they are removed."""

    async def remove(self, numbers: Sequence[int]) -> None:
        """Forget these; numbers that are not there are ignored."""

    async def size(self) -> int:
        """How many observations wait."""


class Sightings(Protocol):
    """Hears that a sensor is alive; for outage detection and `dateLastValueReported`."""

    def seen(self, sensor_id: str, at: Instant) -> None:
        """The sensor sent something that was accepted. Returns at once and never raises."""
