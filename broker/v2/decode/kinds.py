"""What an NGSI-v2 attribute type makes of an attribute in the neutral model (and so in NGSI-LD)."""

from collections.abc import Mapping
from typing import Any, Final

from broker.model.attribute import Attribute, Kind, default_v2_type
from broker.model.geometry import GEO_TYPES, geometry_of
from broker.ql.geo import shape_of
from kernel.errors import BadRequestError

_PROPERTY: Final = Kind.PROPERTY
_KINDS: Final = {
    "Relationship": Kind.RELATIONSHIP,
    "LanguageProperty": Kind.LANGUAGE,
    "VocabProperty": Kind.VOCAB,
    "JsonProperty": Kind.JSON,
    "ListProperty": Kind.LIST,
    "ListRelationship": Kind.LIST_RELATIONSHIP,
    **dict.fromkeys(GEO_TYPES, Kind.GEO),
}


def kind_of(type_name: str, value: Any) -> Kind:
    """The kind that the type names, where the value can be of that kind; a property otherwise."""
    kind = _KINDS.get(type_name)
    return kind if kind is not None and _suits(kind, value) else _PROPERTY


def _suits(kind: Kind, value: Any) -> bool:
    match kind:
        case Kind.RELATIONSHIP | Kind.VOCAB:
            return isinstance(value, str) or _is_text_list(value)
        case Kind.LANGUAGE:
            return isinstance(value, Mapping)
        case Kind.LIST:
            return isinstance(value, list)
        case Kind.LIST_RELATIONSHIP:
            return _is_text_list(value)
        case _:
            return True


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def stored_type(type_name: str, value: Any, kind: Kind) -> str:
    """The type as it is stored: empty where it is what the value would have by itself."""
    return "" if type_name == default_v2_type(value, kind) else type_name


def check_location(attribute: Attribute) -> None:
    """A location says where something is, or is null (NGSI-v2 "Geospatial properties").

    Raises:
        BadRequestError: the value is not of the format that the type names.
    """
    if attribute.value is None:
        return
    geometry = geometry_of(attribute)
    if geometry is None or (geometry["type"] != "Point" and shape_of(geometry) is None):
        raise BadRequestError("geo coordinates format error [see Orion user manual]")
