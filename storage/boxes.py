"""The box around an entity's locations, and the box that a geo query looks into.

Engines search boxes for candidates; `broker.ql.predicate` has the verdict.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from broker.model.entity import Entity
from broker.model.geometry import geometry_of
from broker.ql.ast import Geo, GeoRelation
from broker.ql.geo import EARTH_RADIUS_M, Reference, shape_of

_BULGE: Final = 0.02
"""An edge of s degrees strays from the box around its ends by at most s² times this, up to 80° of
latitude: (s in radians)² / 8 · tan 80°."""
_LONGEST_EDGE: Final = 2.0
_POLAR: Final = 80.0
_FARTHEST_M: Final = 500_000.0


class Box(NamedTuple):
    """A box in degrees."""

    west: float
    east: float
    south: float
    north: float


def box_of(entity: Entity) -> Box | None:
    """The box around every location of the entity; None if it has none that a query could meet."""
    boxes = list(_boxes(entity))
    if not boxes:
        return None
    west, east, south, north = zip(*boxes, strict=True)
    return Box(min(west), max(east), min(south), max(north))


def _boxes(entity: Entity) -> Iterator[Box]:
    for instances in entity.attributes.values():
        for instance in instances:
            geometry = geometry_of(instance)
            if geometry is not None and (box := _box(geometry)) is not None:
                yield box


def _box(geometry: dict[str, object]) -> Box | None:
    match geometry:
        case {"type": "Point", "coordinates": [float(x), float(y)]} if math.isfinite(
            x
        ) and math.isfinite(y):
            return _on_the_globe(Box(x, x, y, y))  # most are: no need to ask shapely
    shape = shape_of(geometry)
    if shape is None:
        return None
    west, south, east, north = shape.bounds
    return _on_the_globe(_bulged(Box(west, east, south, north)))


def _bulged(box: Box) -> Box:
    """The box with room for edges that are straight on the sphere but not on the map."""
    edge = max(box.east - box.west, box.north - box.south)
    if edge > _LONGEST_EDGE or max(-box.south, box.north) > _POLAR:
        return _around(box, Box(-180, 180, -90, 90))
    stray = edge * edge * _BULGE
    return Box(box.west - stray, box.east + stray, box.south - stray, box.north + stray)


def _on_the_globe(box: Box) -> Box:
    """The box; around the whole globe too where it names a place by more than a full turn."""
    globe = Box(-180, 180, -90, 90)
    inside = box.west >= -180 and box.east <= 180 and box.south >= -90 and box.north <= 90  # noqa: PLR2004 — degrees
    return box if inside else _around(box, globe)


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.west, other.west),
        max(one.east, other.east),
        min(one.south, other.south),
        max(one.north, other.north),
    )


# What a query looks for ---------------------------------------------------------------------------


def search_box(node: Geo) -> Box | None:
    """A box that touches the box of every entity that the node selects; None if there is no such.

    Raises:
        QuerySyntaxError: the node's geometry is malformed.
    """
    west, south, east, north = Reference(node.geometry).shape.bounds
    box = Box(west, east, south, north)
    match node.relation:
        case GeoRelation.DISJOINT:
            return None
        case GeoRelation.NEAR:
            return None if node.max_distance_m is None else _reach(box, node.max_distance_m)
        case _:
            return box


def _reach(box: Box, distance_m: float) -> Box | None:
    """The box and everything within the distance, where that is a box on the map."""
    box = _bulged(box)
    height = math.degrees(distance_m / EARTH_RADIUS_M) * 1.01 + 1e-6
    latitude = max(-box.south, box.north) + height
    if distance_m > _FARTHEST_M or latitude > _POLAR:
        return None
    width = height / math.cos(math.radians(latitude))
    reach = Box(box.west - width, box.east + width, box.south - height, box.north + height)
    return reach if reach.west >= -180 and reach.east <= 180 else None  # noqa: PLR2004 — degrees
