"""Device registry → intake: who may write, answered from memory for every measure."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ingest.ports import Approval, Fact, Sensor
from kernel.times import Instant, from_datetime
from sensors.ports import DeviceStore
from sensors.registry.device import ApprovalState, Device

_PAGE = 1_000
_CITY_ZONE = ZoneInfo("Asia/Tokyo")


class Directory:
    """Implements `ingest.ports.SensorDirectory`; `refresh` reads the registry anew.

    Keys are compared as digests in constant time; an unknown device costs the same comparison.
    """

    def __init__(self, store: DeviceStore, tenants: Sequence[str] = ("",)) -> None:
        self._store = store
        self._tenants = tenants
        self._by_id: dict[str, list[tuple[str, Device, Sensor]]] = {}

    def by_key(self, api_key: str, device_id: str) -> Sensor | None:
        """The sensor of this id whose key this is, or None."""
        digest = hashlib.sha256(api_key.encode("utf-8", "surrogatepass")).hexdigest()
        known = self._by_id.get(device_id, ())
        if not known:
            hmac.compare_digest(_NOBODY, digest)
        found = None
        for key_hash, _, sensor in known:
            if hmac.compare_digest(key_hash, digest):
                found = sensor
        return found

    def by_device(self, device_id: str) -> Sensor | None:
        """The sensor of this id; None where several tenants have one of it."""
        known = self._by_id.get(device_id, [])
        return known[0][2] if len(known) == 1 else None

    def sensors(self) -> list[Sensor]:
        """Every sensor of the registry."""
        return [sensor for family in self._by_id.values() for _, _, sensor in family]

    async def refresh(self) -> None:
        """Take over what changed in the registry; unchanged sensors stay the same objects."""
        before = {
            (device.tenant, device.id): (device, sensor)
            for family in self._by_id.values()
            for _, device, sensor in family
        }
        fresh: dict[str, list[tuple[str, Device, Sensor]]] = {}
        for device in await self._devices():
            old = before.get((device.tenant, device.id))
            sensor = old[1] if old is not None and old[0] == device else sensor_of(device)
            fresh.setdefault(device.id, []).append((device.key_hash, device, sensor))
        self._by_id = fresh

    async def _devices(self) -> list[Device]:
        devices: list[Device] = []
        for tenant in self._tenants:
            after = ""
            while page := await self._store.page(tenant, after=after, limit=_PAGE):
                devices.extend(page)
                after = page[-1].id
        return devices


_NOBODY = hashlib.sha256(b"").hexdigest()


def sensor_of(device: Device) -> Sensor:
    """What the intake is told of a device."""
    place = device.place
    return Sensor(
        sensor_id=device.id,
        policy=device.policy.name,
        policy_version=device.policy.version,
        approval=Approval(
            approved=device.approval.state is ApprovalState.APPROVED,
            valid_from=device.approval.valid_from,
            valid_until=device.approval.valid_until,
        ),
        site=place.site,
        device=f"urn:ngsi-ld:Device:{device.id}",
        notice_url="" if device.notice is None else device.notice.url,
        notice_published=None if device.notice is None else _midnight(device.notice.published_on),
        municipality=place.municipality,
        area=place.municipality,
        zone=f"urn:ngsi-ld:WalkwayZone:{place.zone}" if place.zone else "",
        location=place.location.geojson(),
        facts=_facts(device),
        report_interval_s=device.report_interval_s,
    )


def _facts(device: Device) -> dict[str, Fact]:
    place = device.place
    facts: dict[str, Fact | None] = {
        "name": device.name or device.id,
        "accuracy_class": device.accuracy_class,
        "generation": device.sensor_generation or None,
        "placement": place.placement or None,
        "height": place.height_m,
        "position": place.position_m,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _midnight(day: str) -> Instant | None:
    """The start of a day of the city; None where the registry holds no date."""
    try:
        moment = datetime.combine(date.fromisoformat(day), time(), _CITY_ZONE)
    except ValueError:
        return None
    return from_datetime(moment)
