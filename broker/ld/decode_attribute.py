"""One instance of an attribute: normalized, concise or simplified (§4.5.2 to §4.5.22)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from broker.ld.context import Context
from broker.ld.members import (
    ATTRIBUTE_MEMBERS,
    KINDS_BY_MEMBER,
    KINDS_BY_TYPE,
    VALUE_MEMBERS,
    is_geometry,
)
from broker.model.attribute import Attribute, Kind
from broker.ql.geo import shape_of
from kernel.errors import BadRequestError
from kernel.times import Instant, MalformedTimeError, parse_instant

_LONGEST_NAME: Final = 512
_FORBIDDEN: Final = frozenset("<>\"'=;()[]{}|\\^` ")
_TEMPORAL: Final = ("DateTime", "Date")


def check_name(name: str) -> None:
    """A term, compact IRI or IRI that may name a type or an attribute (§4.6.2).

    Raises:
        BadRequestError: it is empty, too long, or has characters that no face can address.
    """
    bad = any(character < " " or character in _FORBIDDEN for character in name)
    if not name or len(name) > _LONGEST_NAME or bad or name.startswith("@"):
        raise BadRequestError("A type or attribute name has characters that are not allowed")


def read_time(body: Any, member: str) -> Instant:
    """An instant, of a date-time in UTC (§4.6.3).

    Raises:
        BadRequestError: it is none.
    """
    if isinstance(body, Mapping):
        body = body.get("@value")
    try:
        return parse_instant(body if isinstance(body, str) else "")
    except MalformedTimeError:
        raise BadRequestError(f"{member} is not an ISO 8601 date-time") from None


def decode_simplified(body: Any, context: Context) -> Attribute:
    """An attribute of which only the value is given (§4.5.4)."""
    if isinstance(body, Mapping) and len(body) == 1:
        [(member, value)] = body.items()
        kind = KINDS_BY_MEMBER.get(member)
        if kind is not None and kind is not Kind.PROPERTY:
            return Attribute(_value(kind, value, context), kind)
    kind = Kind.GEO if is_geometry(body) else Kind.PROPERTY
    return Attribute(_value(kind, body, context), kind)


def decode_attribute(body: Any, context: Context, *, fragment: bool = False) -> Attribute:
    """One instance, normalized or concise. A fragment may leave the value out: it is UNSET then.

    Raises:
        BadRequestError: the standard has no such attribute.
    """
    if not isinstance(body, Mapping) or is_geometry(body) or "@value" in body:
        return decode_simplified(body, context)
    kind = _kind(body, fragment=fragment)
    member = VALUE_MEMBERS[kind]
    if member in body:
        value = _value(kind, body[member], context)
    elif fragment:
        value = msgspec.UNSET
    else:
        raise BadRequestError(f"A {kind} needs the member {member}")
    return Attribute(
        value,
        kind,
        dataset_id=_dataset_id(body),
        unit_code=_unit_code(body),
        observed_at=read_time(body["observedAt"], "observedAt") if "observedAt" in body else None,
        metadata=_sub_attributes(body, context),
    )


def _kind(body: Mapping[str, Any], *, fragment: bool) -> Kind:
    written = body.get("type", body.get("@type"))
    if written is not None:
        kind = KINDS_BY_TYPE.get(written) if isinstance(written, str) else None
        if kind is None:
            raise BadRequestError("The type of an attribute is none of NGSI-LD")
        return kind
    found = [kind for member, kind in KINDS_BY_MEMBER.items() if member in body]
    if len(found) > 1:
        raise BadRequestError("An attribute has more than one value")
    if not found and not fragment:
        raise BadRequestError("An attribute needs a value, an object or their like")
    if not found or (found[0] is Kind.PROPERTY and is_geometry(body["value"])):
        return Kind.GEO if found else Kind.PROPERTY
    return found[0]


def _dataset_id(body: Mapping[str, Any]) -> str:
    dataset_id = body.get("datasetId", "")
    if not isinstance(dataset_id, str) or (dataset_id and ":" not in dataset_id):
        raise BadRequestError("A datasetId is a URI")
    return dataset_id


def _unit_code(body: Mapping[str, Any]) -> str:
    unit_code = body.get("unitCode", "")
    if not isinstance(unit_code, str):
        raise BadRequestError("A unitCode is text")
    return unit_code


def _sub_attributes(body: Mapping[str, Any], context: Context) -> dict[str, Attribute]:
    metadata: dict[str, Attribute] = {}
    for term, inner in body.items():
        if term in ATTRIBUTE_MEMBERS:
            continue
        check_name(term)
        name = context.expand(term)
        if name in metadata:
            raise BadRequestError("Two members of an attribute name the same sub-attribute")
        metadata[name] = decode_attribute(inner, context)
    return metadata


# Values ------------------------------------------------------------------------------------------


def _value(kind: Kind, value: Any, context: Context) -> Any:
    """The value as it is stored.

    Raises:
        BadRequestError: it does not suit the kind.
    """
    match kind:
        case Kind.PROPERTY:
            return _property_value(value)
        case Kind.GEO:
            return _geometry(value)
        case Kind.RELATIONSHIP:
            return _objects(value)
        case Kind.LANGUAGE:
            return _language_map(value)
        case Kind.VOCAB:
            return _vocabulary(value, context)
        case Kind.JSON:
            return value
        case Kind.LIST:
            return _list(value, "valueList")
        case Kind.LIST_RELATIONSHIP:
            return [_uri(_object(one)) for one in _list(value, "objectList")]


def _property_value(value: Any) -> Any:
    if value is None:
        raise BadRequestError("The value of a Property is not null")
    if isinstance(value, Mapping) and value.get("@type") in _TEMPORAL:
        read_time(value, "The value of the property")
    return value


def _geometry(value: Any) -> Any:
    if not is_geometry(value) or shape_of(value) is None:
        raise BadRequestError("The value of a GeoProperty is not a GeoJSON geometry")
    return value


def _objects(value: Any) -> Any:
    if isinstance(value, list) and value:
        return [_uri(one) for one in value]
    return _uri(value)


def _object(value: Any) -> Any:
    return value.get("object") if isinstance(value, Mapping) else value


def _uri(value: Any) -> str:
    if not isinstance(value, str) or ":" not in value:
        raise BadRequestError("The object of a Relationship is not a URI")
    return value


def _language_map(value: Any) -> Any:
    texts = value.values() if isinstance(value, Mapping) else [None]
    if not all(isinstance(text, str) or _is_text_list(text) for text in texts):
        raise BadRequestError("A languageMap holds texts by language")
    return value


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _vocabulary(value: Any, context: Context) -> Any:
    if isinstance(value, str):
        return context.expand(value)
    if _is_text_list(value) and value:
        return [context.expand(term) for term in value]
    raise BadRequestError("A vocab is text or an array of texts")


def _list(value: Any, member: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadRequestError(f"A {member} is an array")
    return value
