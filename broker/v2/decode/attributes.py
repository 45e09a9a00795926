"""Attributes and metadata (NGSI-v2 "JSON Attribute Representation", "Partial Representations")."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from broker.core.operators import Operation, operation_of
from broker.model.attribute import Attribute, Kind
from broker.model.comparison import instant_of
from broker.v2.decode.kinds import kind_of, stored_type
from broker.v2.decode.locations import check_kind
from broker.v2.decode.names import Field, checked_name
from broker.v2.decode.values import DATE_TYPES, UNRESTRICTED, checked_date, checked_value
from kernel.errors import BadRequestError

_NO_METADATA: Final[Mapping[str, Attribute]] = {}
# A look-up in an enum takes longer than the check of a name that is known.
_ATTRIBUTE_TYPE: Final = Field.ATTRIBUTE_TYPE
_GEO: Final = Kind.GEO
_OF_DATES: Final = frozenset({"$min", "$max", "$set"})
_EPOCH: Final = "1970-01-01T00:00:00.000Z"
"""Where a new entity's dates begin (NGSI-v2 "Usage in create or replace entity operations")."""


def decode_attribute(body: Any) -> Attribute:
    """An attribute in normalized form.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if type(body) is not dict:
        raise BadRequestError("attribute must be a JSON object, unless keyValues option is used")
    type_name, metadata = "", _NO_METADATA
    for key, part in body.items():
        match key:
            case "value":
                pass
            case "type":
                type_name = _type(part, "attribute type", _ATTRIBUTE_TYPE)
            case "metadata":
                metadata = _metadata(part)
            case _:
                raise BadRequestError("unrecognized property for context attribute")
    made = make_attribute(body.get("value"), type_name, metadata)
    return _with_facets(made) if metadata else made


def decode_value(value: Any) -> Attribute:
    """An attribute given by its value alone (`keyValues`)."""
    return Attribute(_operated(checked_value(value, "attribute value")))


def make_attribute(
    value: Any, type_name: str, metadata: Mapping[str, Attribute] = _NO_METADATA
) -> Attribute:
    """The attribute with its value checked against its type; an empty type is the value's own.

    Raises:
        BadRequestError: the value does not fit, or holds forbidden characters.
    """
    if not type_name and not metadata:
        return decode_value(value)
    if type_name in DATE_TYPES:
        return Attribute(_dated(value), type=type_name, metadata=metadata)
    free = type_name == UNRESTRICTED
    if metadata and not free:
        free = _is_unrestricted(metadata)
    value = checked_value(value, "attribute value", free=free)
    if not type_name:
        return Attribute(_operated(value), metadata=metadata)
    kind = kind_of(type_name, value)
    name = stored_type(type_name, value, kind)
    made = Attribute(_operated(value), kind, name, metadata=metadata)
    if kind is _GEO:
        check_kind(made)
    return made


def _is_unrestricted(metadata: Mapping[str, Attribute]) -> bool:
    """Whether metadata say what the type `TextUnrestricted` says (since Orion 4.7)."""
    marked = metadata.get(UNRESTRICTED)
    return marked is not None and marked.value is True


def _operated(value: Any) -> Any:
    """The value, or the operation that it writes."""
    return (operation_of(value) or value) if type(value) is dict else value


def _dated(value: Any) -> Any:
    """A date, or the operation that makes one (`$min` and `$max` know dates)."""
    operation = operation_of(value) if type(value) is dict else None
    if operation is None:
        return checked_date(value)
    [(operator, operand), *more] = operation.steps
    if operator not in _OF_DATES or more:
        return checked_date(value)
    return Operation(((operator, checked_date(operand)),), _EPOCH)


def fitted(value: Any, old: Attribute) -> Any:
    """A value put onto an attribute whose type stays (NGSI-v2 "Update Attribute Value").

    Raises:
        BadRequestError: it is no date on a DateTime, or no object on a `geo:json`.
    """
    if old.type in DATE_TYPES:
        return checked_date(value)
    if old.kind is _GEO:
        check_kind(msgspec.structs.replace(old, value=value))
    return value


def _type(part: Any, what: str, field: Field) -> str:
    if type(part) is not str:
        raise BadRequestError(f"invalid JSON type for {what}")
    return checked_name(part, field)


def _metadata(part: Any) -> Mapping[str, Attribute]:
    if type(part) is not dict:
        raise BadRequestError("metadata not a JSON object")
    return {
        checked_name(name, Field.METADATA_NAME): _metadatum(body) for name, body in part.items()
    }


def _metadatum(body: Any) -> Attribute:
    if type(body) is not dict:
        raise BadRequestError("metadata must be a JSON object")
    type_name = ""
    for key, part in body.items():
        if key == "type":
            type_name = _type(part, "attribute metadata type", Field.METADATA_TYPE)
        elif key != "value":
            raise BadRequestError("invalid JSON field for attribute metadata")
    value = body.get("value")
    if type_name in DATE_TYPES:
        return Attribute(checked_date(value), type=type_name)
    value = checked_value(value, "metadata value")
    return Attribute(value, type=stored_type(type_name, value, Kind.PROPERTY))


def _with_facets(made: Attribute) -> Attribute:
    """The metadata that NGSI-LD knows as members of their own take their places in the model."""
    metadata = dict(made.metadata)
    unit, observed = metadata.get("unitCode"), metadata.get("observedAt")
    unit_code, observed_at = "", None
    if unit is not None and not unit.type and isinstance(unit.value, str):
        unit_code = unit.value
        del metadata["unitCode"]
    if observed is not None and (instant := instant_of(observed)) is not None:
        observed_at = instant
        del metadata["observedAt"]
    if not unit_code and observed_at is None:
        return made
    return msgspec.structs.replace(
        made, unit_code=unit_code, observed_at=observed_at, metadata=metadata
    )
