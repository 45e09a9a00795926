"""Device registry → intake: who may write, in the intake's own words."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ingest.ports import Approval, Sensor
from kernel.times import Instant, from_datetime
from sensors.registry.device import ApprovalState, Device
from sensors.registry.directory import Directory
from sensors.registry.facts import facts_of

_CITY_ZONE = ZoneInfo("Asia/Tokyo")


class SensorsOfRegistry:
    """Implements `ingest.ports.SensorDirectory` on the registry's directory in memory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: dict[str, tuple[Device, Sensor]] = {}

    def by_key(self, api_key: str, device_id: str) -> Sensor | None:
        """The sensor of this id whose key this is, or None."""
        return self._sensor(self._directory.by_key(api_key, device_id))

    def by_device(self, device_id: str) -> Sensor | None:
        """The sensor of this id, or None."""
        return self._sensor(self._directory.by_device(device_id))

    def _sensor(self, device: Device | None) -> Sensor | None:
        """The same object for as long as the device is the same."""
        if device is None:
            return None
        known = self._known.get(device.id)
        if known is None or known[0] is not device:
            known = self._known[device.id] = (device, sensor_of(device))
        return known[1]


def sensor_of(device: Device) -> Sensor:
    """What the intake is told of a device."""
    place = device.place
    return Sensor(
        sensor_id=device.subject,
        policy=device.policy.name,
        policy_version=device.policy.version,
        approval=Approval(
            approved=device.approval.state is ApprovalState.APPROVED,
            valid_from=device.approval.valid_from,
            valid_until=device.approval.valid_until,
        ),
        site=place.site,
        sensor_class=device.device_class.value,
        device=f"urn:ngsi-ld:Device:{device.subject}",
        notice_url="" if device.notice is None else device.notice.url,
        notice_published=None if device.notice is None else _midnight(device.notice.published_on),
        municipality=place.municipality,
        area=place.municipality,
        zone=f"urn:ngsi-ld:WalkwayZone:{place.zone}" if place.zone else "",
        location=place.location.geojson(),
        facts=facts_of(device),
        input_names=device.attribute_names,
        tenant=device.tenant,
        service_path=device.service_path,
        report_interval_s=device.report_interval_s,
    )


def _midnight(day: str) -> Instant | None:
    """The start of a day of the city; None where the registry holds no date."""
    try:
        moment = datetime.combine(date.fromisoformat(day), time(), _CITY_ZONE)
    except ValueError:
        return None
    return from_datetime(moment)
