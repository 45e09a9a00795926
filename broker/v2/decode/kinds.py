"""What an NGSI-v2 attribute type makes of an attribute in the neutral model (and so in NGSI-LD)."""

from collections.abc import Mapping
from typing import Any, Final

from broker.model.attribute import Kind, default_v2_type
from broker.model.geometry import GEO_TYPES

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
