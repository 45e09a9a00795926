"""Accepted messages → Device entities: when each sensor was last heard, and what it is.

A sighting costs the intake one dictionary entry; every few seconds what was seen since is written
together. What stands in the registry and may be known (place, class, approval, notice, policy)
stands in the entity too, so that boards and other systems need no registry.
"""

from collections.abc import Mapping

from broker.core.writes import Action, Write
from broker.model.attribute import Attribute, Kind
from broker.service.broker import Broker
from broker.service.call import Call
from city.binding.principals import INTAKE
from kernel.times import Instant, render_millis
from sensors.registry.device import Device, DeviceClass
from sensors.registry.directory import Directory

_SECONDS = "SEC"
_CATEGORY = {DeviceClass.SIGNAGE: "multimedia"}
_CONTROLLED = {
    DeviceClass.PEOPLE_FLOW_GATE: "trafficFlow",
    DeviceClass.STEREO_COUNT: "trafficFlow",
    DeviceClass.RADIO_GATE: "trafficFlow",
    DeviceClass.CAMERA: "occupancy",
    DeviceClass.SIGNAGE: "movementActivity",
    DeviceClass.INDOOR_ENVIRONMENT: "temperature",
    DeviceClass.WEATHER: "weatherConditions",
    DeviceClass.AIR_QUALITY: "airPollution",
    DeviceClass.NOISE: "soundPressureLevel",
}


class Heartbeat:
    """Implements `ingest.ports.Sightings`; `write` is called every few seconds."""

    def __init__(self, broker: Broker, directory: Directory) -> None:
        self._broker = broker
        self._directory = directory
        self._seen: dict[str, Instant] = {}
        self._written: dict[str, Device] = {}

    def seen(self, sensor_id: str, at: Instant) -> None:
        """The sensor sent something that was accepted."""
        self._seen[sensor_id] = at

    async def write(self) -> None:
        """Bring the Device entities up to date: new and changed devices, and those heard since."""
        seen, self._seen = self._seen, {}
        devices = {
            device.id: device
            for device in self._directory.devices.values()
            if not device.speaks_for
        }
        writes: dict[str, list[Write]] = {}
        for device in devices.values():
            is_new = self._written.get(device.id) is not device
            if is_new or device.id in seen:
                write = _write_of(device, seen.get(device.id), is_new=is_new)
                writes.setdefault(device.tenant, []).append(write)
        for tenant, batch in writes.items():
            await self._broker.write(Call(INTAKE, tenant), batch)
        self._written = devices


def _write_of(device: Device, seen: Instant | None, *, is_new: bool) -> Write:
    attributes: dict[str, Attribute] = dict(_registered(device)) if is_new else {}
    if seen is not None:
        attributes["dateLastValueReported"] = _time(seen)
    return Write(
        Action.APPEND,
        f"urn:ngsi-ld:Device:{device.id}",
        "Device",
        device.service_path,
        {name: (attribute,) for name, attribute in attributes.items()},
        skip_equal=True,
    )


def _registered(device: Device) -> Mapping[str, Attribute]:
    place = device.place
    known: dict[str, Attribute | None] = {
        "name": Attribute(device.name or device.id),
        "deviceCategory": Attribute([_CATEGORY.get(device.device_class, "sensor")]),
        "controlledProperty": Attribute([_CONTROLLED[device.device_class]]),
        "location": Attribute(place.location.geojson(), Kind.GEO),
        "reportInterval": Attribute(device.report_interval_s, unit_code=_SECONDS),
        "approval": Attribute(device.approval.state.value),
        "policyVersion": Attribute(str(device.policy)),
        "noticeUrl": Attribute(device.notice.url) if device.notice is not None else None,
        "refZone": _reference("WalkwayZone", place.zone),
        "sensorGeneration": Attribute(device.sensor_generation or None),
        "accuracyClass": Attribute(device.accuracy_class),
        "simulated": Attribute(bool(device.facts.get("simulated", False))),
    }
    return {name: one for name, one in known.items() if one is not None and one.value is not None}


def _reference(entity_type: str, name: str) -> Attribute | None:
    if not name:
        return None
    return Attribute(f"urn:ngsi-ld:{entity_type}:{name}", Kind.RELATIONSHIP)


def _time(instant: Instant) -> Attribute:
    return Attribute(render_millis(instant), type="DateTime")
