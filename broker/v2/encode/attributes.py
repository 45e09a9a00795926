"""Attributes and metadata as NGSI-v2 shows them: always type, value and metadata."""

from typing import Any, Final

from broker.model.attribute import Attribute, default_v2_type
from broker.v2.decode.values import DATE_TYPES
from kernel.times import Instant, MalformedTimeError, parse_instant, render_millis

_CANONICAL_LENGTH: Final = len("2020-01-01T00:00:00.000Z")
_TEMPORAL: Final = ("DateTime", "Date")


def encode_attribute(attribute: Attribute) -> dict[str, Any]:
    """An attribute in normalized form, with all its metadata."""
    value, type_name = attribute.value, attribute.type
    kind = type(value)
    if kind is dict or kind is float or type_name in DATE_TYPES:
        type_name, value = _special(attribute)
    elif not type_name:
        type_name = default_v2_type(value, attribute.kind)
    return {
        "type": type_name,
        "value": value,
        "metadata": encode_metadata(attribute)
        if attribute.metadata or attribute.unit_code or attribute.observed_at is not None
        else {},
    }


def encode_value(attribute: Attribute) -> Any:
    """The value alone (`keyValues`, `values`, `/value`)."""
    kind = type(attribute.value)
    if kind is dict or kind is float or attribute.type in DATE_TYPES:
        return _special(attribute)[1]
    return attribute.value


def encode_metadata(attribute: Attribute) -> dict[str, Any]:
    """All metadata of an attribute, and what NGSI-LD keeps beside them."""
    shown = {name: _plain(metadatum) for name, metadatum in attribute.metadata.items()}
    if attribute.unit_code:
        shown["unitCode"] = {"type": "Text", "value": attribute.unit_code}
    if attribute.observed_at is not None:
        shown["observedAt"] = date_time(attribute.observed_at)
    return shown


def date_time(instant: Instant) -> dict[str, Any]:
    """A DateTime metadata."""
    return {"type": "DateTime", "value": render_millis(instant)}


def builtin_attribute(instant: Instant) -> dict[str, Any]:
    """`dateCreated` and its like (NGSI-v2 "Builtin Attributes")."""
    return {"type": "DateTime", "value": render_millis(instant), "metadata": {}}


def _plain(metadatum: Attribute) -> dict[str, Any]:
    type_name, value = _special(metadatum)
    return {"type": type_name, "value": value}


def _special(attribute: Attribute) -> tuple[str, Any]:
    """Type and value, where what is stored is not what is shown.

    NGSI-LD writes a date-time as an object, and numbers with a fraction of zero stay as they came
    there; a value put onto a `DateTime` attribute may still have the form in which it was sent.
    """
    value, type_name = attribute.value, attribute.v2_type
    if isinstance(value, dict) and value.get("@type") in _TEMPORAL and not attribute.type:
        return "DateTime", _canonical(value.get("@value"))
    if type_name in DATE_TYPES:
        return type_name, _canonical(value)
    if type_name == "geo:json" and isinstance(value, dict) and not _is_opaque(attribute):
        return type_name, _geometry(value)
    if type(value) is float and value.is_integer() and abs(value) < 2**63:
        return type_name, int(value)
    return type_name, value


def _is_opaque(attribute: Attribute) -> bool:
    ignored = attribute.metadata.get("ignoreType")
    return ignored is not None and ignored.value is True


def _geometry(value: dict[str, Any]) -> Any:
    """Of a Feature, or of the one in a FeatureCollection, the geometry (NGSI-v2 "GeoJSON")."""
    match value:
        case {"type": "Feature", "geometry": geometry}:
            return geometry
        case {"type": "FeatureCollection", "features": [{"geometry": geometry}, *_]}:
            return geometry
        case _:
            return value


def _canonical(value: Any) -> Any:
    if type(value) is not str or (len(value) == _CANONICAL_LENGTH and value.endswith("Z")):
        return value
    try:
        return render_millis(parse_instant(value))
    except MalformedTimeError:
        return value
