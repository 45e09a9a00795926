"""A registered device: what the city knows of it before it may say anything.

The record answers de-identification §10: who owns it, which class and policy it is bound to, where
it stands, from when to when it may write, who is responsible, and where the public was told. Serial
numbers, MAC and IP addresses have no field here on purpose.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from kernel.times import Instant

Fact: TypeAlias = str | int | float | bool


class DeviceClass(StrEnum):
    """What kind of thing it is; the class decides which policies it can be bound to."""

    PEOPLE_FLOW_GATE = "people_flow_gate"  # counts in two directions, no attributes of people
    STEREO_COUNT = "stereo_count"  # counts by heading with coarse bands
    RADIO_GATE = "radio_gate"  # hears radio devices; only distinct counts leave the intake
    CAMERA = "camera"  # bands counted at the edge, images discarded there
    SIGNAGE = "signage"
    INDOOR_ENVIRONMENT = "indoor_environment"
    WEATHER = "weather"
    AIR_QUALITY = "air_quality"
    NOISE = "noise"


class ApprovalState(StrEnum):
    """Where a device is in its life. Only `approved` may write; `retired` is the end."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Transport(StrEnum):
    """How the payload of a device is written: the IoT Agents' two dialects."""

    JSON = "json"
    ULTRALIGHT = "ultralight"


class PolicyRef(msgspec.Struct, frozen=True):
    """The one de-identification policy that a device is bound to: `peopleflow-gate/1`."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


class Point(msgspec.Struct, frozen=True):
    """A place in WGS 84 degrees."""

    longitude: float
    latitude: float

    def geojson(self) -> dict[str, Any]:
        """RFC 7946 Point, longitude first."""
        return {"type": "Point", "coordinates": [self.longitude, self.latitude]}


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a device stands; payloads never say it themselves.

    Attributes:
        site: the radius of pseudonym keys and of responsibility, such as `chikaho`.
        zone: id of a WalkwayZone's registry value, or empty.
        municipality: code of the local government with check digit, `011002` for Sapporo.
        position_m: metres from the Odori end along the walkway; None off the walkway.
        height_m: above the floor.
        placement: a word of IndoorEnvironmentObserved's `sensorPlacement`, or empty.
    """

    site: str
    municipality: str
    location: Point
    zone: str = ""
    position_m: float | None = None
    height_m: float | None = None
    placement: str = ""


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether and how long a device may write. `by_role` is an office, never a person."""

    state: ApprovalState = ApprovalState.REQUESTED
    by_role: str = ""
    decided_at: Instant = Instant(0)
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    """The first instant at which it may no longer write."""


class Notice(msgspec.Struct, frozen=True):
    """What the public was told before operation began, and when. `published_on`: `2026-01-15`."""

    url: str
    published_on: str


class Device(msgspec.Struct, frozen=True, omit_defaults=True):
    """One device of one tenant.

    Attributes:
        tenant: the FIWARE service; empty is the default one.
        id: unique in the tenant; what the device calls itself in topics (`device_id`).
        key_hash: SHA-256 of its key in small hexadecimal letters. The key itself is kept nowhere.
        accuracy_class: `>=80%`, `trend`, `calibrated` or `unknown`.
        sensor_generation: key of the dataset-series member that it belongs to.
        report_interval_s: seconds between two reports; later than twice this is an outage.
        attribute_names: what the device calls a value (`object_id`) → its name in the policy.
        facts: further registry values that a policy may derive, by name (IoT Agents'
            `static_attributes`).
        speaks_for: id of the device whose state this one reports, for a battery monitor or a
            modem; empty if it speaks for itself.
        revision: 1 at creation and one more with every change; stores compare and swap by it.
    """

    id: str
    key_hash: str
    device_class: DeviceClass
    policy: PolicyRef
    owner: str
    responsible_party: str
    contact: str
    place: Place
    tenant: str = ""
    service_path: str = "/"
    approval: Approval = Approval()
    notice: Notice | None = None
    name: str = ""
    sensor_generation: str = ""
    accuracy_class: str = "unknown"
    report_interval_s: int = 60
    transport: Transport = Transport.JSON
    attribute_names: Mapping[str, str] = msgspec.field(default_factory=dict)
    facts: Mapping[str, Fact] = msgspec.field(default_factory=dict)
    speaks_for: str = ""
    revision: int = 1
    created_at: Instant = Instant(0)
    modified_at: Instant = Instant(0)

    def __repr__(self) -> str:
        return f"Device({self.id!r}, {self.approval.state}, revision={self.revision})"

    @property
    def subject(self) -> str:
        """The id that stands in entity ids: its own, or that of the device it speaks for."""
        return self.speaks_for or self.id

    def is_admitted(self, now: Instant) -> bool:
        """Whether it may write at `now`: approved, and inside its period of validity."""
        approval = self.approval
        begun = approval.valid_from is None or approval.valid_from <= now
        ended = approval.valid_until is not None and approval.valid_until <= now
        return approval.state is ApprovalState.APPROVED and begun and not ended
