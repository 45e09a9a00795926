"""`georel`, `geometry`, `coordinates`, `geoproperty` of NGSI-LD (ETSI GS CIM 009 §4.10)."""

from typing import Final

import orjson

from broker.ql.ast import Geo, GeoRelation
from broker.ql.errors import QuerySyntaxError
from broker.ql.geo import shape_of
from broker.ql.literals import number_of

_GEOMETRIES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
_RELATIONS: Final = {relation.value: relation for relation in GeoRelation}
DEFAULT_GEOPROPERTY: Final = "location"


def parse_ld_geo(georel: str, geometry: str, coordinates: object, geoproperty: str) -> Geo:
    """The condition on a geo property.

    Args:
        georel: `near;maxDistance==2000`, `within`, …
        geometry: a GeoJSON geometry type.
        coordinates: the JSON array, or its text as a URL carries it.
        geoproperty: the stored name; empty for `location`.

    Raises:
        QuerySyntaxError: a parameter is missing or malformed.
    """
    name, *modifiers = georel.split(";")
    relation = _RELATIONS.get(name)
    if relation is None:
        raise QuerySyntaxError(f"The georel is none of {', '.join(_RELATIONS)}")
    shape = _shape(geometry, coordinates)
    attribute = geoproperty or DEFAULT_GEOPROPERTY
    if relation is not GeoRelation.NEAR:
        if modifiers:
            raise QuerySyntaxError(f"The georel {name} has no modifiers")
        return Geo(relation, shape, attribute)
    if len(modifiers) != 1:
        raise QuerySyntaxError("The georel near needs one of maxDistance and minDistance")
    return _near(shape, attribute, modifiers[0])


def _near(shape: str, attribute: str, modifier: str) -> Geo:
    name, _, text = modifier.partition("==")
    metres = number_of(text)
    if metres is None or metres < 0:
        raise QuerySyntaxError("The distance of near is not a number of metres")
    match name:
        case "maxDistance":
            return Geo(GeoRelation.NEAR, shape, attribute, max_distance_m=float(metres))
        case "minDistance":
            return Geo(GeoRelation.NEAR, shape, attribute, min_distance_m=float(metres))
        case _:
            raise QuerySyntaxError("The georel near needs one of maxDistance and minDistance")


def _shape(geometry: str, coordinates: object) -> str:
    if geometry not in _GEOMETRIES:
        raise QuerySyntaxError(f"The geometry is none of {', '.join(sorted(_GEOMETRIES))}")
    document = {"type": geometry, "coordinates": _read(coordinates)}
    if shape_of(document) is None:
        raise QuerySyntaxError(f"The coordinates are not those of a {geometry}")
    return orjson.dumps(document).decode()


def _read(coordinates: object) -> object:
    if not isinstance(coordinates, str):
        return coordinates
    try:
        value: object = orjson.loads(coordinates)
    except orjson.JSONDecodeError:
        raise QuerySyntaxError("The coordinates are not a JSON array") from None
    return value
