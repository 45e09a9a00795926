"""Spatial relations: the verdict of shapely, and distances on the WGS 84 sphere.

Distances are great-circle distances on a sphere of 6,378,100 m, as MongoDB (and so Orion) measures
them: exact between two points. From a point to a line or an area, edges are straight in the
azimuthal equidistant projection around the reference geometry's centroid. The other relations are
plane geometry on degrees. WITHIN and CONTAINS count the border as part of the shape (NGSI-v2
`coveredBy`). Altitudes are ignored.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, Final, assert_never

import numpy as np
import orjson
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.model.geometry import geometry_of
from broker.ql.ast import Geo, GeoRelation
from broker.ql.errors import QuerySyntaxError

EARTH_RADIUS_M: Final = 6_378_100.0


def shape_of(geometry: object) -> BaseGeometry | None:
    """The shapely geometry of a GeoJSON geometry; None where it is malformed or empty."""
    match geometry:
        case {"type": "Point", "coordinates": [int() | float() as x, int() | float() as y, *_]}:
            # Nearly every location is a point, and needs no detour through text.
            return shapely.Point(x, y) if math.isfinite(x) and math.isfinite(y) else None
        case _:
            return _parsed(geometry)


def _parsed(geometry: object) -> BaseGeometry | None:
    try:
        shape = shapely.from_geojson(orjson.dumps(geometry))
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        return None
    if shape.is_empty or not np.isfinite(shape.bounds).all():
        return None
    return shapely.force_2d(shape)


def default_location(entity: Entity) -> Attribute | None:
    """The attribute that says where the entity is, if that is unambiguous.

    NGSI-v2 "Query Resolution": the only location, or of several the one whose metadata
    `defaultLocation` is true. Where none has that, the one that was written last, since with Orion
    an update moves the location. Attributes with a true `ignoreType` metadata are no locations.
    """
    located = [
        instance
        for name in entity.attributes
        if (instance := entity.attribute(name)) is not None
        and not _flag(instance, "ignoreType")
        and geometry_of(instance) is not None
    ]
    if len(located) == 1:
        return located[0]
    marked = [instance for instance in located if _flag(instance, "defaultLocation")]
    if marked or not located:
        return marked[0] if len(marked) == 1 else None
    last = max(instance.modified_at for instance in located)
    latest = [instance for instance in located if instance.modified_at == last]
    return latest[0] if len(latest) == 1 else None


def _flag(attribute: Attribute, name: str) -> bool:
    metadata = attribute.metadata.get(name)
    return metadata is not None and metadata.value is True


def geo_test(node: Geo) -> Callable[[Entity], bool]:
    """The condition as a function; any instance of a named attribute may satisfy it.

    Raises:
        QuerySyntaxError: the node's geometry is malformed.
    """
    test = shape_test(node)
    return lambda entity: any(
        (shape := shape_of(geometry_of(location))) is not None and test(shape)
        for location in locations(entity, node.attribute)
    )


def locations(entity: Entity, attribute: str) -> Iterable[Attribute]:
    """The instances that a geo query about `attribute` (empty: the default location) looks at."""
    if attribute:
        return entity.attributes.get(attribute, ())
    location = default_location(entity)
    return () if location is None else (location,)


def shape_test(node: Geo) -> Callable[[BaseGeometry], bool]:
    """The condition on the shape alone, for engines that hold shapes of their own."""
    reference = Reference(node.geometry)
    shape = reference.shape
    match node.relation:
        case GeoRelation.NEAR:
            low = node.min_distance_m or 0.0
            high = math.inf if node.max_distance_m is None else node.max_distance_m
            return lambda other: low <= reference.distance_m(other) <= high
        case GeoRelation.WITHIN:
            return lambda other: bool(shapely.covers(shape, other))
        case GeoRelation.CONTAINS:
            return lambda other: bool(shapely.covered_by(shape, other))
        case GeoRelation.INTERSECTS:
            return lambda other: bool(shapely.intersects(shape, other))
        case GeoRelation.EQUALS:
            return lambda other: bool(shapely.equals(shape, other))
        case GeoRelation.DISJOINT:
            return lambda other: bool(shapely.disjoint(shape, other))
        case GeoRelation.OVERLAPS:
            return lambda other: bool(shapely.overlaps(shape, other))
        case _:
            assert_never(node.relation)


class Reference:
    """A geometry that others are compared with, prepared once.

    Attributes:
        shape: the prepared shapely geometry, in degrees, longitude first.
    """

    def __init__(self, geojson: str) -> None:
        try:
            document: Any = orjson.loads(geojson)
        except orjson.JSONDecodeError:
            document = None
        shape = shape_of(document)
        if shape is None:
            raise QuerySyntaxError("The geometry of the query is not a GeoJSON geometry")
        shapely.prepare(shape)
        self.shape: BaseGeometry = shape
        self._is_point = isinstance(shape, Point)
        centre = shape.centroid
        self._longitude, self._latitude = math.radians(centre.x), math.radians(centre.y)
        self._plane = self._project(shape)

    def distance_m(self, other: BaseGeometry) -> float:
        """The shortest distance to another geometry in metres; 0 where they touch."""
        if self._is_point and isinstance(other, Point):
            return self._distance_to(math.radians(other.x), math.radians(other.y))
        return float(shapely.distance(self._plane, self._project(other)))

    def _distance_to(self, longitude: float, latitude: float) -> float:
        """Haversine: great-circle metres from the centre, good for the smallest distances too."""
        across = math.sin((latitude - self._latitude) / 2) ** 2
        along = math.sin((longitude - self._longitude) / 2) ** 2
        chord = across + math.cos(self._latitude) * math.cos(latitude) * along
        return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))

    def _project(self, shape: BaseGeometry) -> BaseGeometry:
        """Azimuthal equidistant around the centre, in metres: true to distance from there."""
        return shapely.transform(shape, self._equidistant)

    def _equidistant(self, degrees: Any) -> Any:
        longitude, latitude = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
        turn = longitude - self._longitude
        east = np.cos(latitude) * np.sin(turn)
        north = math.cos(self._latitude) * np.sin(latitude) - math.sin(self._latitude) * np.cos(
            latitude
        ) * np.cos(turn)
        towards = math.sin(self._latitude) * np.sin(latitude) + math.cos(self._latitude) * np.cos(
            latitude
        ) * np.cos(turn)
        reach = np.hypot(east, north)
        angle = np.arctan2(reach, towards)
        scale = EARTH_RADIUS_M * np.divide(angle, reach, out=np.ones_like(reach), where=reach > 0)
        return np.column_stack((east * scale, north * scale))
