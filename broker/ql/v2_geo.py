"""`georel`, `geometry` and `coords` of NGSI-v2 ("Geographical Queries")."""

from typing import Final

import orjson

from broker.ql.ast import Geo, GeoRelation
from broker.ql.errors import QuerySyntaxError
from broker.ql.literals import number_of
from kernel.errors import UnprocessableError

_RELATIONS: Final = {
    "near": GeoRelation.NEAR,
    "coveredBy": GeoRelation.WITHIN,
    "intersects": GeoRelation.INTERSECTS,
    "equals": GeoRelation.EQUALS,
    "disjoint": GeoRelation.DISJOINT,
}
_PAIR: Final = 2
_RING: Final = 4
_LATITUDE_LIMIT: Final = 90
_LONGITUDE_LIMIT: Final = 180

Position = tuple[float, float]


def parse_geo(georel: str, geometry: str, coords: str) -> Geo:
    """The condition on the entity's default location.

    Raises:
        QuerySyntaxError: a parameter is missing or malformed.
        UnprocessableError: the relation exists, but not for this geometry ("Query Resolution").
    """
    for name, value in (("georel", georel), ("geometry", geometry), ("coords", coords)):
        if not value:
            raise QuerySyntaxError(f"A geographical query needs {name}")
    name, *modifiers = georel.split(";")
    relation = _RELATIONS.get(name)
    if relation is None:
        raise QuerySyntaxError(f"The georel is none of {', '.join(_RELATIONS)}")
    shape = _shape(geometry, coords)
    if relation is GeoRelation.NEAR:
        if geometry != "point":
            raise QuerySyntaxError("The georel near needs the geometry point")
        return _near(shape, modifiers)
    if modifiers:
        raise QuerySyntaxError(f"The georel {name} has no modifiers")
    if relation is GeoRelation.WITHIN and geometry in ("point", "line"):
        raise UnprocessableError(f"{geometry} geometry cannot be used with coveredBy georel")
    return Geo(relation, shape)


def _near(shape: str, modifiers: list[str]) -> Geo:
    distances: dict[str, float] = {}
    for modifier in modifiers:
        name, _, text = modifier.partition(":")
        metres = number_of(text)
        if name not in ("maxDistance", "minDistance") or name in distances:
            raise QuerySyntaxError("The modifiers of near are one maxDistance and one minDistance")
        if metres is None or metres < 0:
            raise QuerySyntaxError(f"{name} is not a number of metres")
        distances[name] = float(metres)
    if not distances:
        raise QuerySyntaxError("The georel near needs maxDistance or minDistance")
    return Geo(
        GeoRelation.NEAR,
        shape,
        min_distance_m=distances.get("minDistance"),
        max_distance_m=distances.get("maxDistance"),
    )


def _shape(geometry: str, coords: str) -> str:
    """GeoJSON text, longitude first, of a geometry in the Simple Location Format."""
    points = [_position(pair) for pair in coords.split(";")]
    match geometry:
        case "point":
            if len(points) != 1:
                raise QuerySyntaxError("The geometry point has one pair of coordinates")
            return _geojson("Point", points[0])
        case "line":
            if len(points) < _PAIR:
                raise QuerySyntaxError("The geometry line has at least two pairs of coordinates")
            return _geojson("LineString", points)
        case "polygon":
            if len(points) < _RING or points[0] != points[-1]:
                raise QuerySyntaxError(
                    "The geometry polygon has at least four pairs of coordinates, the last like"
                    " the first"
                )
            return _geojson("Polygon", [points])
        case "box":
            return _geojson("Polygon", [_box(points)])
        case _:
            raise QuerySyntaxError("The geometry is none of point, line, polygon, box")


def _box(corners: list[Position]) -> list[Position]:
    if len(corners) != _PAIR:
        raise QuerySyntaxError("The geometry box has two pairs of coordinates")
    (x1, y1), (x2, y2) = corners
    if x1 == x2 or y1 == y2:
        raise QuerySyntaxError("The corners of the geometry box enclose no area")
    west, east, south, north = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def _position(pair: str) -> Position:
    """(longitude, latitude) of `latitude,longitude`."""
    numbers = [number_of(part.strip()) for part in pair.split(",")]
    latitude, longitude = numbers if len(numbers) == _PAIR else (None, None)
    if latitude is None or longitude is None:
        raise QuerySyntaxError("coords are not pairs of latitude,longitude")
    if abs(latitude) > _LATITUDE_LIMIT or abs(longitude) > _LONGITUDE_LIMIT:
        raise QuerySyntaxError("coords are outside of latitude ±90, longitude ±180")
    return float(longitude), float(latitude)


def _geojson(name: str, coordinates: object) -> str:
    return orjson.dumps({"type": name, "coordinates": coordinates}).decode()
