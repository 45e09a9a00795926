"""Request bodies of the registry, read by pydantic and turned into the registry's own values.

`IotDevice` is what FIWARE's IoT Agents take at `POST /iot/devices`, with our fields beside theirs.
Errors name the field and never quote what stood there: a body may hold a key.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kernel.errors import BadRequestError, NotImplementedHereError
from kernel.json import JsonLimits, parse
from kernel.times import Instant, parse_instant
from sensors.registry.decisions import Approve, Draft
from sensors.registry.device import (
    Device,
    DeviceClass,
    Notice,
    Place,
    Point,
    PolicyRef,
    Transport,
)
from sensors.registry.keys import SHORTEST_KEY

FormT = TypeVar("FormT", bound=BaseModel)
_LIMITS = JsonLimits(max_bytes=262_144, max_depth=10)

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""Stands in entity ids and topics."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Key = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", min_length=SHORTEST_KEY, max_length=128)
]
PolicyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}/[1-9][0-9]{0,5}$")]
Role = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]

CLASS_OF_TYPE = {
    "CrowdFlowObserved": DeviceClass.PEOPLE_FLOW_GATE,
    "SignageInteractionObserved": DeviceClass.SIGNAGE,
    "IndoorEnvironmentObserved": DeviceClass.INDOOR_ENVIRONMENT,
    "WeatherObserved": DeviceClass.WEATHER,
    "AirQualityObserved": DeviceClass.AIR_QUALITY,
    "NoiseLevelObserved": DeviceClass.NOISE,
}
"""What an IoT Agent's `entity_type` says where no `deviceClass` does."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class IotAttribute(_Form):
    """An active attribute: `object_id` is what the device calls it."""

    name: Name
    object_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


class IotStatic(_Form):
    """A static attribute: a fact of the registry."""

    name: Name
    value: Annotated[str, StringConstraints(max_length=200)] | bool | int | float


class PointForm(_Form):
    """GeoJSON Point, longitude first."""

    type: Literal["Point"]
    coordinates: Annotated[list[float], Field(min_length=2, max_length=3)]


class PlaceForm(_Form):
    """Where the device stands."""

    site: Identifier
    municipality: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    location: PointForm
    zone: Identifier | Literal[""] = ""
    positionM: Annotated[float, Field(ge=0, le=100_000)] | None = None  # noqa: N815 — as on the wire
    heightM: Annotated[float, Field(ge=-500, le=5_000)] | None = None  # noqa: N815 — as on the wire
    placement: Identifier | Literal[""] = ""


class IotDevice(_Form):
    """One device of a provisioning request."""

    device_id: Identifier
    apikey: Key | None = None
    entity_type: Name | None = None
    entity_name: Words | None = None
    protocol: Words | None = None
    attributes: tuple[IotAttribute, ...] = ()
    static_attributes: tuple[IotStatic, ...] = ()
    commands: tuple[object, ...] = ()
    lazy: tuple[object, ...] = ()
    deviceClass: DeviceClass | None = None  # noqa: N815 — as on the wire
    policy: PolicyName | None = None
    owner: Words
    responsibleParty: Words  # noqa: N815 — as on the wire
    contact: Words
    place: PlaceForm
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    sensorGeneration: Identifier | Literal[""] = ""  # noqa: N815 — as on the wire
    accuracyClass: Literal[">=80%", "trend", "calibrated", "unknown"] = "unknown"  # noqa: N815
    reportIntervalS: Annotated[int, Field(ge=1, le=86_400)] = 60  # noqa: N815 — as on the wire
    speaksFor: Identifier | Literal[""] = ""  # noqa: N815 — as on the wire

    def draft(self, service_path: str) -> Draft:
        """The registry's value of it.

        Raises:
            NotImplementedHereError: it wants commands or lazy attributes.
            BadRequestError: neither `deviceClass` nor `entity_type` says what it is.
        """
        if self.commands or self.lazy:
            raise NotImplementedHereError("Commands and lazy attributes are not supported")
        device_class = self.deviceClass or CLASS_OF_TYPE.get(self.entity_type or "")
        if device_class is None:
            raise BadRequestError("The device needs a deviceClass or a known entity_type")
        return Draft(
            id=self.device_id,
            device_class=device_class,
            owner=self.owner,
            responsible_party=self.responsibleParty,
            contact=self.contact,
            place=_place(self.place),
            policy=None if self.policy is None else policy_ref(self.policy),
            service_path=service_path,
            name=self.name,
            sensor_generation=self.sensorGeneration,
            accuracy_class=self.accuracyClass,
            report_interval_s=self.reportIntervalS,
            transport=_transport(self.protocol),
            attribute_names={a.object_id: a.name for a in self.attributes if a.object_id},
            facts={static.name: static.value for static in self.static_attributes},
            speaks_for=self.speaksFor,
        )


class IotDevices(_Form):
    """The body of `POST /iot/devices`."""

    devices: Annotated[tuple[IotDevice, ...], Field(min_length=1, max_length=500)]


class NoticeForm(_Form):
    """What the public was told, and when."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]
    publishedOn: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]  # noqa: N815


class Action(StrEnum):
    """What an office decides about a device."""

    APPROVE = "approve"
    SUSPEND = "suspend"
    RETIRE = "retire"


class ApprovalForm(_Form):
    """The body of `POST /v1/devices/{id}/approval`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    action: Action
    role: Role
    validFrom: str | None = None  # noqa: N815 — as on the wire
    validUntil: str | None = None  # noqa: N815 — as on the wire
    notice: NoticeForm | None = None
    policy: PolicyName | None = None

    def wish(self) -> Approve:
        """The approval that is asked for.

        Raises:
            MalformedTimeError: a bound of the period is not an ISO 8601 time.
        """
        return Approve(
            role=self.role,
            valid_from=_instant(self.validFrom),
            valid_until=_instant(self.validUntil),
            notice=None
            if self.notice is None
            else Notice(url=self.notice.url, published_on=self.notice.publishedOn),
            policy=None if self.policy is None else policy_ref(self.policy),
        )


def read(body: bytes, form: type[FormT]) -> FormT:
    """The body as a form.

    Raises:
        BadRequestError: it is not JSON, or a field is missing or wrong; the field is named.
        TooLargeError: it is over 256 KiB.
    """
    document = parse(body, _LIMITS)
    try:
        return form.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise BadRequestError(_sentence(first["type"], first["loc"])) from None


def merged(device: Device, body: bytes) -> bytes:
    """The body of a `PUT` laid over the device as `IotDevice` shows it: absent fields stay.

    Raises:
        BadRequestError: the body is not a JSON object.
    """
    change = parse(body, _LIMITS)
    if not isinstance(change, dict):
        raise BadRequestError("The body is not a JSON object")
    return msgspec.json.encode({**described(device), **change})


def described(device: Device) -> dict[str, object]:
    """A device in the form in which it is provisioned; without its key, which nobody knows."""
    place = device.place
    return {
        "device_id": device.id,
        "service": device.tenant,
        "service_path": device.service_path,
        "protocol": "IoTA-UL" if device.transport is Transport.ULTRALIGHT else "IoTA-JSON",
        "attributes": [
            {"object_id": short, "name": name} for short, name in device.attribute_names.items()
        ],
        "static_attributes": [{"name": n, "value": v} for n, v in device.facts.items()],
        "deviceClass": device.device_class.value,
        "policy": str(device.policy),
        "owner": device.owner,
        "responsibleParty": device.responsible_party,
        "contact": device.contact,
        "place": {
            "site": place.site,
            "municipality": place.municipality,
            "location": place.location.geojson(),
            "zone": place.zone,
            "positionM": place.position_m,
            "heightM": place.height_m,
            "placement": place.placement,
        },
        "name": device.name,
        "sensorGeneration": device.sensor_generation,
        "accuracyClass": device.accuracy_class,
        "reportIntervalS": device.report_interval_s,
        "speaksFor": device.speaks_for,
    }


def policy_ref(text: str) -> PolicyRef:
    """`peopleflow-gate/1` as a value; the form has checked its shape."""
    name, _, version = text.partition("/")
    return PolicyRef(name, int(version))


def _place(form: PlaceForm) -> Place:
    longitude, latitude, *_ = form.location.coordinates
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):  # noqa: PLR2004 — degrees
        raise BadRequestError("The place lies outside the world; longitude comes first")
    return Place(
        site=form.site,
        municipality=form.municipality,
        location=Point(longitude, latitude),
        zone=form.zone,
        position_m=form.positionM,
        height_m=form.heightM,
        placement=form.placement,
    )


def _transport(protocol: str | None) -> Transport:
    """`PDI-IoTA-UltraLight`, `IoTA-UL` and the like are UltraLight; everything else is JSON."""
    named = (protocol or "").lower()
    is_ultralight = "ultralight" in named or named.endswith("-ul")
    return Transport.ULTRALIGHT if is_ultralight else Transport.JSON


def _instant(text: str | None) -> Instant | None:
    return None if text is None else parse_instant(text)


def _sentence(kind: str, place: Sequence[str | int]) -> str:
    """What is wrong and where; the names are ours except behind `extra_forbidden`."""
    if kind == "extra_forbidden":
        return "The body has a member that is not known here"
    path = ".".join(str(part) for part in place) or "body"
    return f"{path} is missing" if kind == "missing" else f"{path} has a wrong value"
