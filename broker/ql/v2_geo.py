"""`georel`, `geometry` and `coords` of NGSI-v2 ("Geographical Queries").

What is refused is refused in Orion's words, which clients compare.
"""

from typing import Final

import orjson

from broker.ql.ast import Geo, GeoRelation
from broker.ql.errors import QuerySyntaxError
from broker.ql.literals import number_of

_RELATIONS: Final = {
    "near": GeoRelation.NEAR,
    "coveredBy": GeoRelation.WITHIN,
    "intersects": GeoRelation.INTERSECTS,
    "equals": GeoRelation.EQUALS,
    "disjoint": GeoRelation.DISJOINT,
}
_GEOMETRIES: Final = frozenset({"point", "line", "polygon", "box"})
_DISTANCES: Final = ("maxDistance", "minDistance")
_PAIR: Final = 2
_RING: Final = 4
_LATITUDE_LIMIT: Final = 90
_LONGITUDE_LIMIT: Final = 180

Position = tuple[float, float]


def parse_geo(georel: str, geometry: str, coords: str) -> Geo:
    """The condition on the entity's default location.

    Raises:
        QuerySyntaxError: a part is missing or malformed, or the parts do not go together.
    """
    geometry = _geometry(geometry)
    name, distances = _georel(georel)
    if name == "coveredBy" and geometry in ("point", "line"):
        raise QuerySyntaxError(f"{geometry} geometry cannot be used with coveredBy georel")
    if name == "near" and geometry != "point":
        raise QuerySyntaxError("georel /near/ used with geometry different than point")
    return Geo(
        _RELATIONS[name],
        _shape(geometry, coords),
        min_distance_m=distances.get("minDistance"),
        max_distance_m=distances.get("maxDistance"),
    )


def _geometry(text: str) -> str:
    """The one kind of shape that the text names."""
    kinds = [part for part in text.split(";") if part]
    if not kinds:
        raise QuerySyntaxError("error parsing geometry: empty geometry")
    for at, kind in enumerate(kinds):
        if kind not in _GEOMETRIES:
            raise QuerySyntaxError(
                "error parsing geometry: Invalid selector in geometry specification"
            )
        if at:
            raise QuerySyntaxError("error parsing geometry: geometry-type present more than once")
    return kinds[0]


def _georel(text: str) -> tuple[str, dict[str, float]]:
    """The relation and its distances in metres; they may stand in any order."""
    name = ""
    distances: dict[str, float] = {}
    for part in (part for part in text.split(";") if part):
        modifier, _, number = part.partition(":")
        if part in _RELATIONS:
            if name:
                raise QuerySyntaxError("georel type present more than once")
            name = part
        elif modifier not in _DISTANCES or modifier == part:
            raise QuerySyntaxError("Invalid modifier in georel parameter")
        elif modifier in distances:
            raise QuerySyntaxError(f"{modifier} present more than once")
        else:
            distances[modifier] = _metres(modifier, number)
    _check_georel(name, distances)
    return name, distances


def _metres(modifier: str, text: str) -> float:
    metres = number_of(text)
    if metres is None or metres < 0:
        raise QuerySyntaxError(f"invalid number for {modifier}")
    return float(metres)


def _check_georel(name: str, distances: dict[str, float]) -> None:
    if name == "near":
        if not distances:
            raise QuerySyntaxError("georel /near/ without either minDistance nor maxDistance")
        return
    for modifier in _DISTANCES:
        if modifier in distances:
            raise QuerySyntaxError(f"{modifier} erroneously used with georel /{name}/")
    if not name:
        raise QuerySyntaxError("empty georel")


def _shape(geometry: str, coords: str) -> str:
    """GeoJSON text, longitude first, of a geometry in the Simple Location Format."""
    if not coords:
        raise QuerySyntaxError("no coordinates for geometry")
    points = [_position(pair) for pair in coords.split(";")]
    match geometry:
        case "polygon":
            return _geojson("Polygon", [_ring(points)])
        case "line":
            _check_count(geometry, fits=len(points) >= _PAIR)
            return _geojson("LineString", points)
        case "box":
            _check_count(geometry, fits=len(points) == _PAIR)
            return _geojson("Polygon", [_box(*points)])
        case _:
            _check_count(geometry, fits=len(points) == 1)
            return _geojson("Point", points[0])


def _check_count(geometry: str, *, fits: bool) -> None:
    if not fits:
        raise QuerySyntaxError(f"invalid number of coordinates for /{geometry}/")


def _ring(points: list[Position]) -> list[Position]:
    if len(points) < _RING:
        raise QuerySyntaxError("Too few coordinates for polygon")
    if points[0] != points[-1]:
        raise QuerySyntaxError("First and last point in polygon not the same")
    return points


def _box(corner: Position, opposite: Position) -> list[Position]:
    (x1, y1), (x2, y2) = corner, opposite
    if x1 == x2 or y1 == y2:
        raise QuerySyntaxError("box coordinates are not defining an actual box")
    west, east, south, north = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def _position(pair: str) -> Position:
    """(longitude, latitude) of `latitude,longitude`."""
    parts = pair.split(",")
    if len(parts) != _PAIR:
        raise QuerySyntaxError("invalid point in URI param /coords/")
    latitude, longitude = (number_of(part.strip()) for part in parts)
    if latitude is None or longitude is None:
        raise QuerySyntaxError("invalid coordinates")
    if abs(latitude) > _LATITUDE_LIMIT or abs(longitude) > _LONGITUDE_LIMIT:
        raise QuerySyntaxError("invalid coordinates")
    return float(longitude), float(latitude)


def _geojson(name: str, coordinates: object) -> str:
    return orjson.dumps({"type": name, "coordinates": coordinates}).decode()
