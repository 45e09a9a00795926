"""Where an entity is: the GeoJSON geometry behind each way of writing a location."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from broker.model.attribute import Attribute, Kind

SIMPLE_FORMATS = frozenset({"geo:point", "geo:line", "geo:box", "geo:polygon"})
GEO_TYPES = SIMPLE_FORMATS | {"geo:json"}
_GEO: Final = Kind.GEO  # asked of every attribute written; a look-up in an enum takes longer
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def is_geo(attribute: Attribute) -> bool:
    """Whether the attribute holds a location: a GeoProperty, or an NGSI-v2 `geo:*` type."""
    return attribute.kind is _GEO or attribute.type in GEO_TYPES


def geometry_of(attribute: Attribute) -> dict[str, Any] | None:
    """The attribute's GeoJSON geometry, longitude first; None where it holds no usable location.

    Reads NGSI-v2 "Geospatial properties of entities": simple formats (latitude first), `geo:json`
    with a geometry, a Feature or a FeatureCollection of one; and NGSI-LD GeoProperty values.
    """
    if not is_geo(attribute):
        return None
    value = attribute.value
    if attribute.type in SIMPLE_FORMATS:
        return _simple(attribute.type, value)
    return _geojson(value)


def _geojson(value: object) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    match value.get("type"):
        case "Feature":
            return _geojson(value.get("geometry"))
        case "FeatureCollection":
            features = value.get("features")
            if isinstance(features, Sequence) and len(features) == 1:
                return _geojson(features[0])
            return None
        case str(kind) if kind in _GEOMETRIES and "coordinates" in value:
            return {"type": kind, "coordinates": value["coordinates"]}
        case _:
            return None


def _simple(format_name: str, value: object) -> dict[str, Any] | None:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, Sequence):
        return None
    points = [_latitude_first(text) for text in texts]
    whole = [point for point in points if point is not None]
    if not whole or len(whole) != len(points):
        return None
    match format_name:
        case "geo:point":
            return {"type": "Point", "coordinates": whole[0]} if len(whole) == 1 else None
        case "geo:line":
            return {"type": "LineString", "coordinates": whole} if len(whole) > 1 else None
        case "geo:polygon":
            return {"type": "Polygon", "coordinates": [whole]} if len(whole) > 3 else None  # noqa: PLR2004 — a closed ring has four points
        case _:
            return _box(whole)


def _box(corners: list[list[float]]) -> dict[str, Any] | None:
    if len(corners) != 2:  # noqa: PLR2004 — lower and upper corner
        return None
    (west, south), (east, north) = corners
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _latitude_first(text: object) -> list[float] | None:
    if not isinstance(text, str):
        return None
    parts = text.split(",")
    if len(parts) != 2:  # noqa: PLR2004 — latitude and longitude
        return None
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 — degrees
        return None
    return [longitude, latitude]
