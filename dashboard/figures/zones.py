"""The walkway unrolled: zones from the Odori end to Sapporo Station, gates, and how crowded."""

from collections.abc import Mapping, Sequence

import msgspec

from dashboard.figures import reading
from dashboard.figures.crowding import CLEAR_WIDTH_M, CrowdLevel, CrowdLimits, per_minute
from dashboard.figures.gates import GateRecord
from dashboard.figures.trust import Figure
from dashboard.ports import CityEntity
from kernel.times import Instant

ZONE_TYPE = "WalkwayZone"
WALKWAY_M = 520.0


class Zone(msgspec.Struct, frozen=True):
    """A part of the walkway; positions in metres from the Odori end."""

    key: str
    names: Mapping[str, str]
    kind: str
    begins_m: float
    ends_m: float
    clear_width_m: float = CLEAR_WIDTH_M
    gates: tuple[str, ...] = ()

    @property
    def middle_m(self) -> float:
        """Where its label goes."""
        return (self.begins_m + self.ends_m) / 2


class PlacedGate(msgspec.Struct, frozen=True):
    """A gate on the strip, with its present quarter hour per direction."""

    key: str
    names: Mapping[str, str]
    position_m: float
    north: Figure
    south: Figure
    per_minute: float | None


class ZoneNow(msgspec.Struct, frozen=True):
    """A zone and its crowding. `basis` is persons/min/m; None when its own gate is silent."""

    zone: Zone
    basis: float | None
    level: CrowdLevel | None
    is_interpolated: bool


class Strip(msgspec.Struct, frozen=True):
    """Everything that the strip map shows."""

    zones: tuple[ZoneNow, ...]
    gates: tuple[PlacedGate, ...]
    length_m: float


def zone_of(entity: CityEntity) -> Zone | None:
    """The zone behind an entity; None without its two positions."""
    begins, ends = reading.number(entity, "positionFrom"), reading.number(entity, "positionTo")
    if begins is None or ends is None:
        return None
    return Zone(
        key=reading.short(entity.id),
        names=reading.names(entity),
        kind=reading.text(entity, "zoneKind") or "corridor",
        begins_m=begins,
        ends_m=ends,
        clear_width_m=reading.number(entity, "clearWidth") or CLEAR_WIDTH_M,
        gates=tuple(reading.short(one) for one in reading.texts(entity, "refGates")),
    )


def strip(
    zones: Sequence[Zone], gates: Sequence[GateRecord], limits: CrowdLimits, now: Instant
) -> Strip:
    """Zones in order of position, each with the crowding of its own gate or of its neighbours'."""
    ordered = sorted(zones, key=lambda zone: zone.begins_m)
    length = max((zone.ends_m for zone in ordered), default=WALKWAY_M)
    placed = sorted(
        (_placed(gate, ordered, length, now) for gate in gates), key=lambda one: one.position_m
    )
    return Strip(tuple(_now(zone, placed, limits) for zone in ordered), tuple(placed), length)


def _placed(record: GateRecord, zones: Sequence[Zone], length: float, now: Instant) -> PlacedGate:
    present = record.present
    return PlacedGate(
        key=record.gate.key,
        names=record.gate.names,
        position_m=_position(record, zones, length),
        north=record.figure(record.north(present), present, present),
        south=record.figure(record.south(present), present, present),
        per_minute=per_minute(record, now),
    )


def _position(record: GateRecord, zones: Sequence[Zone], length: float) -> float:
    """Near the outer end of a zone that lies at an end, else in its middle."""
    key = record.gate.key
    zone = next((one for one in zones if key in one.gates or one.key == record.gate.zone), None)
    if zone is None:
        return length * (0.04 if key.endswith("2") else 0.96)
    if zone.ends_m >= length:
        return zone.ends_m - length * 0.04
    return zone.begins_m + length * 0.04 if zone.begins_m <= 0 else zone.middle_m


def _now(zone: Zone, gates: Sequence[PlacedGate], limits: CrowdLimits) -> ZoneNow:
    own = [
        gate.per_minute for gate in gates if gate.key in zone.gates and gate.per_minute is not None
    ]
    is_silent = bool(zone.gates) and not own
    rate = max(own) if own else None if is_silent else _between(zone.middle_m, gates)
    if rate is None:
        return ZoneNow(zone, None, None, is_interpolated=False)
    basis = rate / zone.clear_width_m
    return ZoneNow(zone, basis, limits.level(basis), is_interpolated=not own)


def _between(position: float, gates: Sequence[PlacedGate]) -> float | None:
    """A straight line between the nearest gates that report; beyond the last, its own rate."""
    known = [(gate.position_m, gate.per_minute) for gate in gates if gate.per_minute is not None]
    if not known:
        return None
    before = [one for one in known if one[0] <= position]
    after = [one for one in known if one[0] > position]
    if not before or not after:
        return (before or after)[-1 if before else 0][1]
    (left_m, left), (right_m, right) = before[-1], after[0]
    return left + (right - left) * (position - left_m) / (right_m - left_m)
