"""Entities and sets of attributes (NGSI-v2 "JSON Entity Representation")."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from broker.model.attribute import Attribute
from broker.v2.decode.attributes import decode_attribute, decode_value
from broker.v2.decode.names import Field, checked_id, checked_name
from broker.v2.decode.values import DATE_TYPES
from kernel.errors import BadRequestError
from kernel.times import Instant, parse_instant

EXPIRY: Final = "dateExpires"
# A look-up in an enum takes longer than the check of a name that is known.
_ID: Final = Field.ENTITY_ID
_TYPE: Final = Field.ENTITY_TYPE
_NAME: Final = Field.ATTRIBUTE_NAME
Instances = tuple[Attribute, ...]


class Draft(msgspec.Struct, frozen=True, gc=False):
    """What a request says about one entity. Empty `id` or `type`: unsaid."""

    id: str
    type: str
    attributes: dict[str, Instances]
    expires_at: Instant | msgspec.UnsetType | None = msgspec.UNSET


def decode_entity(document: dict[str, Any], *, key_values: bool) -> Draft:
    """An entity with its id.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    entity_id = checked_id(_text(document.get("id", ""), _ID), _ID)
    type_name = ""
    if "type" in document:
        type_name = checked_name(_text(document["type"], _TYPE), _TYPE)
    members = (item for item in document.items() if item[0] not in ("id", "type"))
    return _draft(entity_id, type_name, members, key_values=key_values)


def decode_attributes(document: dict[str, Any], *, key_values: bool) -> Draft:
    """Attributes of an entity that the path names.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if "id" in document:
        raise BadRequestError("entity id specified in payload")
    if "type" in document:
        raise BadRequestError("entity type specified in payload")
    return _draft("", "", document.items(), key_values=key_values)


def _text(value: Any, field: Field) -> str:
    if type(value) is not str:
        raise BadRequestError(f"Invalid JSON type for {field}")
    return value


def _draft(
    entity_id: str, type_name: str, members: Iterable[tuple[str, Any]], *, key_values: bool
) -> Draft:
    decode: Callable[[Any], Attribute] = decode_value if key_values else decode_attribute
    attributes: dict[str, Instances] = {
        checked_name(name, _NAME): (decode(body),) for name, body in members
    }
    if EXPIRY in attributes:
        return Draft(entity_id, type_name, attributes, expiry_of(attributes.pop(EXPIRY)[0]))
    return Draft(entity_id, type_name, attributes)


def expiry_of(attribute: Attribute) -> Instant | None:
    """When a transient entity ends: the attribute `dateExpires`, which is a property of it.

    Raises:
        BadRequestError: it is of another type than `DateTime`, or its value is no date.
    """
    value = attribute.value
    if value is None:
        return None
    if attribute.type not in DATE_TYPES:
        raise BadRequestError("error processing date expiration attribute, see log traces")
    if type(value) is not str:
        raise BadRequestError("date has invalid format")
    try:
        return parse_instant(value)
    except BadRequestError:
        raise BadRequestError("date has invalid format") from None
