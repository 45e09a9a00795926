"""Entities as GeoJSON features (§4.5.16, §4.5.17)."""

from typing import Any

from broker.ld.context import Context
from broker.ld.encode import Shape, encode_entity
from broker.model.entity import Entity
from broker.model.geometry import geometry_of

DEFAULT_GEOMETRY = "location"


def feature(entity: Entity, context: Context, shape: Shape, attribute: str) -> dict[str, Any]:
    """The entity as a Feature; its geometry is null where the attribute holds none."""
    location = entity.attribute(attribute or DEFAULT_GEOMETRY)
    shown = encode_entity(entity, context, shape)
    return {
        "id": entity.id,
        "type": "Feature",
        "geometry": None if location is None else geometry_of(location),
        "properties": {name: body for name, body in shown.items() if name != "id"},
    }


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """Several features."""
    return {"type": "FeatureCollection", "features": features}
