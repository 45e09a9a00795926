"""The zones of the walkway as entities in NGSI-v2's normalized form; no state of theirs."""

from collections.abc import Iterable
from typing import Any

from sensors.models.table import models
from sensors.simulation import world
from sensors.simulation.world import Zone

_TYPE = "WalkwayZone"
_HALF_WIDTH_M = 10.0
_METRES_PER_DEGREE_EAST = 81_300.0
"""At 43 degrees north."""


def walkway_entities(zones: Iterable[Zone] = world.ZONES) -> list[dict[str, Any]]:
    """One `WalkwayZone` per zone: name, kind, extent, clear width, gates. No state."""
    return [_entity(zone) for zone in zones]


def _entity(zone: Zone) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": zone.name,
        "nameEn": zone.name_en,
        "zoneKind": zone.kind.value,
        "positionFrom": zone.from_m,
        "positionTo": zone.to_m,
        "clearWidth": world.CLEAR_WIDTH_M,
        "location": _polygon(zone),
        "refGates": [f"urn:ngsi-ld:CrowdFlowObserved:{gate}" for gate in zone.gates],
        "simulated": True,
    }
    attributes = models()[_TYPE].attributes
    return {
        "id": f"urn:ngsi-ld:{_TYPE}:{zone.id}",
        "type": _TYPE,
        **{
            name: {"type": attributes[name].type.value, "value": value}
            | _metadata(attributes[name].unit)
            for name, value in values.items()
        },
    }


def _metadata(unit: str) -> dict[str, Any]:
    return {"metadata": {"unitCode": {"type": "Text", "value": unit}}} if unit else {}


def _polygon(zone: Zone) -> dict[str, Any]:
    """A closed ring, 20 m wide, counter-clockwise as RFC 7946 §3.1.6 wants it."""
    half = round(_HALF_WIDTH_M / _METRES_PER_DEGREE_EAST, 5)
    south, north = world.point_at(zone.from_m), world.point_at(zone.to_m)
    ring = [
        [round(south.longitude + half, 5), south.latitude],
        [round(north.longitude + half, 5), north.latitude],
        [round(north.longitude - half, 5), north.latitude],
        [round(south.longitude - half, 5), south.latitude],
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
