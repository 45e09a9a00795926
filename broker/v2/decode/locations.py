"""Whether the value of a location is one (NGSI-v2 "Geospatial properties of entities").

What is wrong is said in Orion's words, which clients compare. Orion looks at it when it writes an
entity, not when it reads the request: who names an entity that does not exist hears of that.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from broker.core.operators import Operation
from broker.model.attribute import Attribute
from broker.model.geometry import SIMPLE_FORMATS, geometry_of
from broker.ql.geo import shape_of
from broker.v2.errors import WRONG_GEOJSON
from kernel.errors import BadRequestError

_ARRAYS: Final = "geo:line, geo:box and geo:polygon needs array of strings"
_FORMAT: Final = "geo coordinates format error [see Orion user manual]"
_PAIR: Final = 2
_RING: Final = 4
_EAST_WEST: Final = 180
_NORTH_SOUTH: Final = 90


class _Fault(Exception):  # noqa: N818 — it never leaves this file
    """What is wrong with a location."""


def check_kind(attribute: Attribute) -> None:
    """A GeoJSON is an object, or null, or says that it is no location.

    Raises:
        BadRequestError: it is something else.
    """
    value = attribute.value
    is_shape = value is None or isinstance(value, Mapping | Operation)
    if attribute.type not in SIMPLE_FORMATS and not is_shape and not _is_ignored(attribute):
        raise BadRequestError("geo:json needs an object or null as value")


def location_fault(attribute: Attribute) -> str:
    """What is wrong with a location; empty where nothing is."""
    try:
        _check(attribute)
    except _Fault as fault:
        return str(fault)
    return ""


def _check(attribute: Attribute) -> None:
    value = attribute.value
    if value is None or _is_ignored(attribute):
        return
    match attribute.type:
        case "geo:point":
            _check_text(value)
        case name if name in SIMPLE_FORMATS:
            _check_texts(name, value)
        case _:
            _check_geojson(attribute, value)


def _is_ignored(attribute: Attribute) -> bool:
    ignored = attribute.metadata.get("ignoreType")
    return ignored is not None and ignored.value is True


# Simple Location Format --------------------------------------------------------------------------


def _check_text(value: Any) -> None:
    """`latitude,longitude` in degrees."""
    text = value if type(value) is str else ""
    try:
        latitude, longitude = _point(text)
        inside = abs(latitude) <= _NORTH_SOUTH and abs(longitude) <= _EAST_WEST
    except ValueError:
        inside = False
    if not inside:
        raise _Fault(f"{_FORMAT}: {text}")


def _point(text: str) -> tuple[float, float]:
    latitude, longitude = text.split(",")
    if "_" in text:  # Python reads 1_000 as a number
        raise ValueError
    return float(latitude), float(longitude)


def _check_texts(name: str, value: Any) -> None:
    if type(value) is not list:
        raise _Fault(f"{_ARRAYS} as value")
    for text in value:
        if type(text) is not str:
            raise _Fault(f"{_ARRAYS} but some element is not a string")
        _check_text(text)
    points = [_point(text) for text in value]
    if name == "geo:line" and len(points) < _PAIR:
        raise _Fault("geo:line uses at least 2 coordinates")
    if name == "geo:polygon":
        _check_ring(points)
    if name == "geo:box":
        _check_box(points)


def _check_ring(points: Sequence[tuple[float, float]]) -> None:
    if len(points) < _RING:
        raise _Fault("geo:polygon uses at least 4 coordinates")
    if points[0] != points[-1]:
        raise _Fault("geo:polygon first and last coordinates must match")


def _check_box(points: Sequence[tuple[float, float]]) -> None:
    if len(points) != _PAIR:
        raise _Fault("geo:box uses exactly 2 coordinates")
    if any(one == other for one, other in zip(*points, strict=True)):
        raise _Fault("geo:box coordinates are not defining an actual box")


# GeoJSON -----------------------------------------------------------------------------------------


def _check_geojson(attribute: Attribute, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _Fault(WRONG_GEOJSON)
    match value.get("type"):
        case "Feature":
            _check_feature(value)
        case "FeatureCollection":
            _check_collection(value)
        case _:
            pass
    geometry = geometry_of(attribute)
    if geometry is None or not _is_on_earth(geometry):
        raise _Fault(WRONG_GEOJSON)


def _check_feature(feature: Any) -> None:
    if not isinstance(feature, Mapping) or "geometry" not in feature:
        raise _Fault("geometry in Feature not found")
    if not isinstance(feature["geometry"], Mapping):
        raise _Fault("geometry in Feature is not an object")


def _check_collection(value: Mapping[str, Any]) -> None:
    if "features" not in value:
        raise _Fault("features field not found in FeatureCollection")
    features = value["features"]
    if type(features) is not list:
        raise _Fault("features in FeatureCollection is not an array")
    if not features:
        raise _Fault("features in FeatureCollection has 0 items")
    if len(features) > 1:
        raise _Fault("features in FeatureCollection has more than 1 item")
    _check_feature(features[0])


def _is_on_earth(geometry: dict[str, Any]) -> bool:
    position = geometry["coordinates"]
    if geometry["type"] == "Point":  # nearly all are; a shape takes longer
        return _is_position(position)
    shape = shape_of(geometry)
    if shape is None:
        return False
    west, south, east, north = shape.bounds
    return bool(
        west >= -_EAST_WEST
        and east <= _EAST_WEST
        and south >= -_NORTH_SOUTH
        and north <= _NORTH_SOUTH
    )


def _is_position(position: Any) -> bool:
    if type(position) is not list or len(position) < _PAIR:
        return False
    if not all(type(part) in (int, float) for part in position):
        return False
    return bool(abs(position[0]) <= _EAST_WEST and abs(position[1]) <= _NORTH_SOUTH)
