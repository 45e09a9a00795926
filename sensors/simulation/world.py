"""The walkway below Sapporo's Station Avenue and the devices on it.

Length, clear width, the two arrays of four infrared sensors and the closure at night are facts of
the city's open data; places of zones, signs and climate sensors are modelled. Positions are metres
from the Odori end, north is towards Sapporo Station.
"""

from enum import StrEnum

import msgspec

from sensors.registry.device import DeviceClass, Place, Point

LENGTH_M = 520.0
CLEAR_WIDTH_M = 12.0
CLOSES_MINUTE = 45
"""Minute of the day from which nobody is inside (the doors close at 00:46)."""
OPENS_MINUTE = 5 * 60 + 45
SITE = "chikaho"
SAPPORO = "011002"
STATUS_POLICY = "device-status/1"
ULTRASONIC = "ultrasonic-2011"
INFRARED = "infrared-2024"
_ODORI_END = Point(141.35310, 43.06120)
_STATION_END = Point(141.35130, 43.06570)


class ZoneKind(StrEnum):
    """The words of `WalkwayZone.zoneKind`."""

    CORRIDOR = "corridor"
    PLAZA = "plaza"
    CROSSING = "crossing"
    EXIT = "exit"
    STATION = "station"


class Zone(msgspec.Struct, frozen=True):
    """A part of the walkway between two positions."""

    id: str
    name: str
    name_en: str
    kind: ZoneKind
    from_m: float
    to_m: float
    gates: tuple[str, ...] = ()


class Installed(msgspec.Struct, frozen=True):
    """A device of the simulated world: what the registry is told about it."""

    id: str
    device_class: DeviceClass
    name: str
    place: Place
    interval_s: int
    generation: str = ""
    accuracy: str = "calibrated"
    sensors: int = 1
    """Sensors behind one report: four in an array."""
    speaks_for: str = ""
    """The device whose state or series it reports; empty: its own."""
    policy: str = ""
    """`name/version`; empty: the one of its class."""
    valid_from: str = ""
    valid_until: str = ""
    """Dates in Japan of the approval; empty: unbounded."""

    @property
    def subject(self) -> str:
        """The id that its entities carry."""
        return self.speaks_for or self.id


ZONES = (
    Zone("odori", "北大通交差点広場", "Odori crossing plaza", ZoneKind.PLAZA, 0, 45, ("J2",)),
    Zone("kita1", "北1条区間", "North 1 section", ZoneKind.CORRIDOR, 45, 180),
    Zone("kita2-plaza", "北2条交差点広場", "North 2 crossing plaza", ZoneKind.PLAZA, 180, 225),
    Zone("kita2", "北2条区間", "North 2 section", ZoneKind.CORRIDOR, 225, 330),
    Zone("kita3-plaza", "北3条交差点広場", "North 3 crossing plaza", ZoneKind.PLAZA, 330, 375),
    Zone("kita4", "札幌駅側区間", "Station section", ZoneKind.CORRIDOR, 375, 520, ("J1",)),
)


def point_at(position_m: float) -> Point:
    """The place on the map of a position along the walkway (a straight line, schematic)."""
    share = position_m / LENGTH_M
    return Point(
        round(_ODORI_END.longitude + (_STATION_END.longitude - _ODORI_END.longitude) * share, 5),
        round(_ODORI_END.latitude + (_STATION_END.latitude - _ODORI_END.latitude) * share, 5),
    )


def zone_at(position_m: float) -> Zone:
    """The zone that a position lies in; the last one also holds its far end."""
    inside = (zone for zone in ZONES if zone.from_m <= position_m < zone.to_m)
    return next(inside, ZONES[-1])


def is_closed(minute: int) -> bool:
    """Whether the doors are closed in this minute of the day."""
    return CLOSES_MINUTE <= minute < OPENS_MINUTE


def _on_walkway(position_m: float, *, height_m: float, placement: str = "") -> Place:
    return Place(
        site=SITE,
        municipality=SAPPORO,
        location=point_at(position_m),
        zone=zone_at(position_m).id,
        position_m=position_m,
        height_m=height_m,
        placement=placement,
    )


def _gate(device_id: str, name: str, position_m: float) -> Installed:
    return Installed(
        id=device_id,
        device_class=DeviceClass.PEOPLE_FLOW_GATE,
        name=name,
        place=_on_walkway(position_m, height_m=2.8, placement="ceiling"),
        interval_s=60,
        generation=INFRARED,
        accuracy=">=80%",
        sensors=4,
    )


def _sign(device_id: str, name: str, position_m: float) -> Installed:
    return Installed(
        id=device_id,
        device_class=DeviceClass.SIGNAGE,
        name=name,
        place=_on_walkway(position_m, height_m=1.2),
        interval_s=900,
    )


def _climate(device_id: str, name: str, position_m: float, placement: str) -> Installed:
    return Installed(
        id=device_id,
        device_class=DeviceClass.INDOOR_ENVIRONMENT,
        name=name,
        place=_on_walkway(position_m, height_m=2.2, placement=placement),
        interval_s=300,
    )


_SPEAKING = (
    _gate("J1", "札幌駅側", 500),
    _gate("J2", "大通側", 20),
    _sign("SIGN1", "北2条広場サイネージ1", 190),
    _sign("SIGN2", "北2条広場サイネージ2", 215),
    _climate("ENV1", "大通側環境センサー", 30, "eastWall"),
    _climate("ENV2", "北2条広場環境センサー", 200, "westWall"),
    _climate("ENV3", "札幌駅側環境センサー", 480, "eastWall"),
    Installed(
        id="CAM1",
        device_class=DeviceClass.CAMERA,
        name="北2条広場人流カメラ",
        place=_on_walkway(205, height_m=2.9, placement="ceiling"),
        interval_s=900,
    ),
    Installed(
        id="R1",
        device_class=DeviceClass.RADIO_GATE,
        name="北3条広場電波センサー",
        place=_on_walkway(350, height_m=2.5, placement="westWall"),
        interval_s=60,
        accuracy="trend",
    ),
    Installed(
        id="WX1",
        device_class=DeviceClass.WEATHER,
        name="地上気象計",
        place=Place(
            site="odori-park",
            municipality=SAPPORO,
            location=Point(141.35395, 43.06035),
            height_m=10,
        ),
        interval_s=600,
    ),
)

DEVICES = (
    *_SPEAKING,
    *(
        Installed(
            id=f"{device.id}-status",
            device_class=device.device_class,
            name=device.name,
            place=device.place,
            interval_s=600,
            speaks_for=device.id,
            policy=STATUS_POLICY,
        )
        for device in _SPEAKING
    ),
)
"""All devices; behind each speaking one stands a monitor that reports its battery and signal."""

OLDER_GATES = tuple(
    Installed(
        id=f"{series}-{ULTRASONIC}",
        device_class=DeviceClass.PEOPLE_FLOW_GATE,
        name=name,
        place=_on_walkway(position_m, height_m=2.8, placement="ceiling"),
        interval_s=60,
        generation=ULTRASONIC,
        accuracy="trend",
        sensors=56,
        speaks_for=series,
        valid_from="2011-03-12",
        valid_until="2023-10-01",
    )
    for series, name, position_m in (
        ("J1", "札幌駅側", 500),
        ("J2", "大通側", 20),
        ("J3", "北1条", 120),
        ("J4", "北2条", 270),
        ("J5", "北3条", 400),
    )
)
"""The five ultrasonic arrays that counted until September 2023: tendency, not numbers."""
