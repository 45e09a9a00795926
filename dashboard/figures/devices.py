"""Sensor health: who was heard when, with how much battery; silence is not closure is not zero."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from dashboard.figures import reading
from dashboard.figures.trust import Figure, State, Trust
from dashboard.ports import CityEntity
from kernel.times import MINUTE_US, SECOND_US, Instant

DEVICE_TYPE = "Device"
DATASET = "chikaho-sensors"
UNIT = "devices"
LOW_BATTERY = 0.2
_INTERVAL = "reportInterval"
_USUAL_INTERVAL_US = {
    "CrowdFlowObserved": MINUTE_US,
    "IndoorEnvironmentObserved": 5 * MINUTE_US,
    "SignageInteractionObserved": 15 * MINUTE_US,
    "WeatherObserved": 10 * MINUTE_US,
}
_STATUS_INTERVAL_US = 15 * MINUTE_US
_LATE_AFTER, _SILENT_AFTER = 3, 4
"""Intervals without a word. Pasts are filled in by half hours, so less would cry wolf."""
_GATE_TYPE = "CrowdFlowObserved"
_GATE_SILENT_AFTER_US = 20 * MINUTE_US
"""Gates speak each minute of a quarter hour, by whose start they are known."""
_KIND_OF_PROPERTY = {
    "trafficFlow": _GATE_TYPE,
    "occupancy": _GATE_TYPE,
    "temperature": "IndoorEnvironmentObserved",
    "weatherConditions": "WeatherObserved",
}


class Health(StrEnum):
    """A device in one word, worst first."""

    SILENT = "silent"
    ERROR = "error"
    LATE = "late"
    LOW_BATTERY = "lowBattery"
    NOT_YET_DUE = "notYetDue"
    OK = "ok"


class DeviceNow(msgspec.Struct, frozen=True):
    """One device. `battery` is 0 to 1; `heard_at` is the world's time of its last word."""

    key: str
    kind: str
    heard_at: Instant | None
    battery: float | None
    rssi: float | None
    health: Health


class Fleet(msgspec.Struct, frozen=True):
    """All devices in order of name, and how many are well."""

    devices: tuple[DeviceNow, ...]
    well: Figure


def fleet(devices: Sequence[CityEntity], observations: Iterable[CityEntity], now: Instant) -> Fleet:
    """What is known of the devices; an observation is a word of its device too."""
    spoken: dict[str, tuple[Instant, str]] = {}
    for entity in observations:
        key = reading.short(reading.text(entity, "refDevice")) or _third(entity.id)
        said = (_end(entity), entity.type)
        spoken[key] = max(spoken.get(key, said), said)
    known = {reading.short(one.id): one for one in devices}
    found = tuple(
        _device(key, known.get(key), spoken.get(key), now) for key in sorted(known | spoken)
    )
    due = [one for one in found if one.health is not Health.NOT_YET_DUE]
    well = sum(1 for one in due if one.health is not Health.SILENT)
    trust = Trust(
        dataset=DATASET,
        since=min((one.heard_at for one in found if one.heard_at), default=now),
        until=now,
        received_at=max((one.modified_at for one in devices), default=None),
        complete=True,
        reporting=well,
        expected=len(due),
        coverage=well / len(due) if due else 0.0,
        accuracy_class="calibrated",
        state=State.OPEN if found else State.UNRECORDED,
        simulated=any(reading.flag(one, "simulated") for one in devices),
    )
    return Fleet(found, Figure(float(well) if found else None, UNIT, trust))


def _device(
    key: str, entity: CityEntity | None, said: tuple[Instant, str] | None, now: Instant
) -> DeviceNow:
    kind = said[1] if said else _kind(entity)
    status = None if entity is None else reading.instant(entity, "dateLastValueReported")
    heard = max((one for one in (status, said[0] if said else None) if one), default=None)
    battery = None if entity is None else reading.number(entity, "batteryLevel")
    battery = battery if battery is not None and battery >= 0 else None
    return DeviceNow(
        key=key,
        kind=kind,
        heard_at=heard,
        battery=battery,
        rssi=None if entity is None else reading.number(entity, "rssi"),
        health=Health.SILENT
        if _counts_nothing(entity, said, now)
        else _health(entity, heard, battery, _interval(entity, kind), now),
    )


def _health(
    entity: CityEntity | None,
    heard: Instant | None,
    battery: float | None,
    interval_us: int,
    now: Instant,
) -> Health:
    if heard is None:
        return Health.NOT_YET_DUE if _is_new(entity, interval_us, now) else Health.SILENT
    if now - heard > _SILENT_AFTER * max(interval_us, _STATUS_INTERVAL_US):
        return Health.SILENT
    if entity is not None and reading.text(entity, "deviceState") == "error":
        return Health.ERROR
    if now - heard > _LATE_AFTER * max(interval_us, _STATUS_INTERVAL_US):
        return Health.LATE
    if battery is not None and battery < LOW_BATTERY:
        return Health.LOW_BATTERY
    return Health.OK


def _counts_nothing(
    entity: CityEntity | None, said: tuple[Instant, str] | None, now: Instant
) -> bool:
    """Whether a gate is out of order, however well its monitor feels."""
    if said is None or said[1] != _GATE_TYPE:
        return False
    seldom = _interval(entity, _GATE_TYPE)
    return now - said[0] > max(_GATE_SILENT_AFTER_US, seldom)


def _kind(entity: CityEntity | None) -> str:
    """The type of what a device would observe, by the property that it is registered for."""
    properties = () if entity is None else reading.texts(entity, "controlledProperty")
    return next((_KIND_OF_PROPERTY[one] for one in properties if one in _KIND_OF_PROPERTY), "")


def _is_new(entity: CityEntity | None, interval_us: int, now: Instant) -> bool:
    """Whether the first report of a device is still to come: it was registered only just now."""
    registered = None if entity is None else entity.attributes.get(_INTERVAL)
    if registered is None or registered.modified_at is None:
        return False
    return now - registered.modified_at <= interval_us


def _interval(entity: CityEntity | None, kind: str) -> int:
    """How long a device may be quiet: as the registry says, and at least as its kind usually is."""
    registered_s = None if entity is None else reading.number(entity, _INTERVAL)
    usual_us = _USUAL_INTERVAL_US.get(kind, _STATUS_INTERVAL_US)
    return max(usual_us, int((registered_s or 0) * SECOND_US))


def _end(entity: CityEntity) -> Instant:
    """When the device must have spoken at the latest: bucketed times lie before it."""
    observed = reading.observed_at(entity)
    ends = reading.instant(entity, "dateObservedTo")
    if observed is None:
        return Instant(0)
    return max(observed, ends) if ends is not None else observed


def _third(urn: str) -> str:
    """`SIGN1` of `urn:ngsi-ld:SignageInteractionObserved:SIGN1:route:ja`."""
    parts = urn.split(":")
    return parts[3] if len(parts) > 3 else urn  # noqa: PLR2004 — urn:ngsi-ld:<Type>:<registry value>


def by_health(devices: Iterable[DeviceNow]) -> Mapping[Health, int]:
    """How many of each health, worst first."""
    found = list(devices)
    return {health: sum(1 for one in found if one.health is health) for health in Health}
