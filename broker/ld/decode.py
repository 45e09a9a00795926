"""From NGSI-LD documents to the neutral model: entities and fragments of them (§4.5, §5.5).

Normalized and concise forms are told apart attribute by attribute, as the standard wants; the
simplified form must be announced. ADR 0060 has the table of members.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from broker.ld.context import Context
from broker.ld.decode_attribute import check_name, decode_attribute, decode_simplified, read_time
from broker.ld.members import ENTITY_MEMBERS, NGSI_LD_NULL
from broker.model.attribute import Attribute
from kernel.errors import BadRequestError
from kernel.times import Instant

Instances = tuple[Attribute, ...]
_NO_EXPIRY: Final = msgspec.UNSET


class Draft(msgspec.Struct, frozen=True):
    """What a document says about an entity.

    Attributes:
        id, types: empty where a fragment leaves them out.
        attributes: instances by stored name.
        removed: stored names that a fragment sets to the NGSI-LD Null.
        scopes: None if unsaid.
    """

    id: str = ""
    types: tuple[str, ...] = ()
    attributes: dict[str, Instances] = {}
    removed: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    expires_at: Instant | msgspec.UnsetType | None = _NO_EXPIRY


def decode_entity(document: Any, context: Context, *, simplified: bool = False) -> Draft:
    """A whole entity (§5.2.4).

    Raises:
        BadRequestError: the document breaks the standard; names what is wrong, quotes no value.
    """
    draft = _decode(document, context, simplified=simplified, fragment=False)
    check_entity_id(draft.id)
    if not draft.types:
        raise BadRequestError("An entity needs a type")
    return draft


def decode_fragment(document: Any, context: Context, *, simplified: bool = False) -> Draft:
    """Part of an entity (§5.4): id and type may be missing, NGSI-LD Null removes.

    Raises:
        BadRequestError: the document breaks the standard.
    """
    return _decode(document, context, simplified=simplified, fragment=True)


def check_entity_id(entity_id: str) -> None:
    """An entity that is created has a URI for its id (§4.6.1).

    Raises:
        BadRequestError: it has not.
    """
    scheme, colon, rest = entity_id.partition(":")
    if not (colon and rest and scheme and scheme[0].isalpha() and not _has_space(entity_id)):
        raise BadRequestError("The id of an entity is a URI")


def _has_space(text: str) -> bool:
    return any(character <= " " or character in '<>"' for character in text)


def _decode(document: Any, context: Context, *, simplified: bool, fragment: bool) -> Draft:
    if not isinstance(document, Mapping):
        raise BadRequestError("An entity is a JSON object")
    attributes: dict[str, Instances] = {}
    removed: list[str] = []
    for term, body in document.items():
        if term in ENTITY_MEMBERS:
            continue
        check_name(term)
        name = context.expand(term)
        if name in attributes or name in removed:
            raise BadRequestError("Two members of the entity name the same attribute")
        if fragment and is_null(body):
            removed.append(name)
        elif simplified:
            attributes[name] = (decode_simplified(body, context),)
        else:
            attributes[name] = decode_instances(body, context, fragment=fragment)
    return Draft(
        _text(document, "id"),
        decode_types(document.get("type", document.get("@type")), context),
        attributes,
        tuple(removed),
        _scopes(document.get("scope"), fragment=fragment),
        _expiry(document.get("expiresAt", _NO_EXPIRY), fragment=fragment),
    )


def is_null(body: Any) -> bool:
    """Whether the body of an attribute is the NGSI-LD Null, alone or as its value."""
    if isinstance(body, Mapping):
        values = (body.get(member) for member in ("value", "object", "languageMap", "vocab"))
        return any(value == NGSI_LD_NULL for value in values) or body.get("languageMap") == {
            "@none": NGSI_LD_NULL
        }
    return bool(body == NGSI_LD_NULL)


def decode_instances(body: Any, context: Context, *, fragment: bool = False) -> Instances:
    """All instances of an attribute; several stand in an array and differ in `datasetId` (§4.5.5).

    Raises:
        BadRequestError: one is malformed, or two have the same `datasetId`.
    """
    if not (isinstance(body, list) and body and all(map(_is_instance, body))):
        return (decode_attribute(body, context, fragment=fragment),)
    instances = tuple(decode_attribute(one, context, fragment=fragment) for one in body)
    if len({one.dataset_id for one in instances}) != len(instances):
        raise BadRequestError("Two instances of an attribute have the same datasetId")
    return instances


def _is_instance(body: Any) -> bool:
    return isinstance(body, Mapping) and not {"type", "value", "object"}.isdisjoint(body)


def _text(document: Mapping[str, Any], member: str) -> str:
    value = document.get(member, document.get(f"@{member}", ""))
    if not isinstance(value, str):
        raise BadRequestError(f"The {member} of an entity is text")
    return value


def decode_types(body: Any, context: Context) -> tuple[str, ...]:
    """Stored type names, in order and each once; of one name or of an array.

    Raises:
        BadRequestError: neither text nor an array of texts.
    """
    names = [] if body is None else body if isinstance(body, list) else [body]
    for name in names:
        if not isinstance(name, str):
            raise BadRequestError("The type of an entity is text or an array of texts")
        check_name(name)
    return tuple(dict.fromkeys(context.expand(name) for name in names))


def _scopes(body: Any, *, fragment: bool) -> tuple[str, ...] | None:
    if body is None:
        return None
    if fragment and body == NGSI_LD_NULL:
        return ()
    scopes = body if isinstance(body, list) else [body]
    if not all(isinstance(scope, str) and scope.strip("/") for scope in scopes):
        raise BadRequestError("A scope is text such as /Sapporo/Chuo, or an array of them")
    return tuple(dict.fromkeys(scopes))


def _expiry(body: Any, *, fragment: bool) -> Instant | msgspec.UnsetType | None:
    if body is _NO_EXPIRY:
        return msgspec.UNSET
    if fragment and body == NGSI_LD_NULL:
        return None
    return read_time(body, "expiresAt")
