"""Whether the value of a location is one (NGSI-v2 "Geospatial properties of entities").

What is refused is refused in Orion's words, which clients compare.
"""

from collections.abc import Mapping
from typing import Any, Final

from broker.model.attribute import Attribute
from broker.model.geometry import SIMPLE_FORMATS, geometry_of
from broker.ql.geo import shape_of
from kernel.errors import BadRequestError

_WRONG: Final = "Wrong GeoJson"
_ARRAYS: Final = "geo:line, geo:box and geo:polygon needs array of strings"
_FORMAT: Final = "geo coordinates format error [see Orion user manual]"
_PAIR: Final = 2
_RING: Final = 4
_EAST_WEST: Final = 180
_NORTH_SOUTH: Final = 90


def check_location(attribute: Attribute) -> None:
    """A location says where something is, or is null, or says that it is no location.

    Raises:
        BadRequestError: the value is not of the format that the type names.
    """
    value = attribute.value
    ignored = attribute.metadata.get("ignoreType")
    if value is None or (ignored is not None and ignored.value is True):
        return
    match attribute.type:
        case "geo:point":
            _check_text(value)
        case name if name in SIMPLE_FORMATS:
            _check_texts(name, value)
        case _:
            _check_geojson(attribute, value)


def _fault(detail: str) -> BadRequestError:
    return BadRequestError(f"error parsing location attribute: {detail}")


# Simple Location Format --------------------------------------------------------------------------


def _check_text(value: Any) -> None:
    """`latitude,longitude` in degrees."""
    text = value if type(value) is str else ""
    try:
        latitude, longitude = map(float, text.split(","))
        inside = abs(latitude) <= _NORTH_SOUTH and abs(longitude) <= _EAST_WEST
    except ValueError:
        inside = False
    if not inside:
        raise _fault(f"{_FORMAT}: {text}")


def _check_texts(name: str, value: Any) -> None:
    if type(value) is not list:
        raise _fault(f"{_ARRAYS} as value")
    for text in value:
        if type(text) is not str:
            raise _fault(f"{_ARRAYS} but some element is not a string")
        _check_text(text)
    points = [tuple(map(float, text.split(","))) for text in value]
    if name == "geo:line" and len(points) < _PAIR:
        raise _fault("geo:line uses at least 2 coordinates")
    if name == "geo:polygon":
        _check_ring(points)
    if name == "geo:box":
        _check_box(points)


def _check_ring(points: list[tuple[float, ...]]) -> None:
    if len(points) < _RING:
        raise _fault("geo:polygon uses at least 4 coordinates")
    if points[0] != points[-1]:
        raise _fault("geo:polygon first and last coordinates must match")


def _check_box(points: list[tuple[float, ...]]) -> None:
    if len(points) != _PAIR:
        raise _fault("geo:box uses exactly 2 coordinates")
    if any(one == other for one, other in zip(*points, strict=True)):
        raise _fault("geo:box coordinates are not defining an actual box")


# GeoJSON -----------------------------------------------------------------------------------------


def _check_geojson(attribute: Attribute, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise BadRequestError("geo:json needs an object or null as value")
    match value.get("type"):
        case "Feature":
            _check_feature(value)
        case "FeatureCollection":
            _check_collection(value)
        case _:
            pass
    geometry = geometry_of(attribute)
    if geometry is None or not _is_on_earth(geometry):
        raise BadRequestError(_WRONG)


def _check_feature(feature: Any) -> None:
    if not isinstance(feature, Mapping) or "geometry" not in feature:
        raise _fault("geometry in Feature not found")
    if not isinstance(feature["geometry"], Mapping):
        raise _fault("geometry in Feature is not an object")


def _check_collection(value: Mapping[str, Any]) -> None:
    if "features" not in value:
        raise _fault("features field not found in FeatureCollection")
    features = value["features"]
    if type(features) is not list:
        raise _fault("features in FeatureCollection is not an array")
    if not features:
        raise _fault("features in FeatureCollection has 0 items")
    if len(features) > 1:
        raise _fault("features in FeatureCollection has more than 1 item")
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
