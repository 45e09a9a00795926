"""Sensor health: who was heard when, with how much battery; silence is not closure is not zero."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from dashboard.figures import reading
from dashboard.figures.trust import Figure, State, Trust
from dashboard.ports import CityEntity
from kernel.times import MINUTE_US, Instant

DEVICE_TYPE = "Device"
DATASET = "chikaho-sensors"
UNIT = "devices"
LOW_BATTERY = 0.2
_USUAL_INTERVAL_US = {
    "CrowdFlowObserved": MINUTE_US,
    "IndoorEnvironmentObserved": 5 * MINUTE_US,
    "SignageInteractionObserved": 15 * MINUTE_US,
    "WeatherObserved": 10 * MINUTE_US,
}
_STATUS_INTERVAL_US = 10 * MINUTE_US
_MISSED = 3
"""Intervals without a word before a device counts as silent."""


class Health(StrEnum):
    """A device in one word, worst first."""

    SILENT = "silent"
    ERROR = "error"
    LATE = "late"
    LOW_BATTERY = "lowBattery"
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
    well = sum(1 for one in found if one.health is not Health.SILENT)
    trust = Trust(
        dataset=DATASET,
        since=min((one.heard_at for one in found if one.heard_at), default=now),
        until=now,
        received_at=max((one.modified_at for one in devices), default=None),
        complete=True,
        reporting=well,
        expected=len(found),
        coverage=well / len(found) if found else 0.0,
        accuracy_class="calibrated",
        state=State.OPEN if found else State.UNRECORDED,
        simulated=any(reading.flag(one, "simulated") for one in devices),
    )
    return Fleet(found, Figure(float(well) if found else None, UNIT, trust))


def _device(
    key: str, entity: CityEntity | None, said: tuple[Instant, str] | None, now: Instant
) -> DeviceNow:
    kind = said[1] if said else ""
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
        health=_health(entity, heard, battery, _interval(kind), now),
    )


def _health(
    entity: CityEntity | None,
    heard: Instant | None,
    battery: float | None,
    interval_us: int,
    now: Instant,
) -> Health:
    if heard is None or now - heard > _MISSED * max(interval_us, _STATUS_INTERVAL_US):
        return Health.SILENT
    if entity is not None and reading.text(entity, "deviceState") == "error":
        return Health.ERROR
    if now - heard > 2 * max(interval_us, _STATUS_INTERVAL_US):
        return Health.LATE
    if battery is not None and battery < LOW_BATTERY:
        return Health.LOW_BATTERY
    return Health.OK


def _interval(kind: str) -> int:
    return _USUAL_INTERVAL_US.get(kind, _STATUS_INTERVAL_US)


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
