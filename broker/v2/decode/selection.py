"""Which entities and which of their members a batch query names (NGSI-v2 "Query").

What is refused is refused in Orion's words; those for the entities of a subscription are others.
"""

from collections.abc import Mapping
from typing import Any, Final

from broker.ql.errors import PatternError
from broker.ql.patterns import searcher
from broker.subscriptions.model import EntityMatcher
from broker.v2.decode.names import Field, checked_id, checked_name
from kernel.errors import BadRequestError

_KNOWN: Final = frozenset({"id", "idPattern", "type", "typePattern"})


def decode_selection(value: Any) -> tuple[EntityMatcher, ...]:
    """The elements of `entities`.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if type(value) is not list:
        raise BadRequestError("not a JSON array")
    return tuple(_matcher(item) for item in value)


def decode_names(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of names of attributes or metadata; empty if the field is absent.

    Raises:
        BadRequestError: it is something else, or one of them is no name.
    """
    values = document.get(name, [])
    if type(values) is not list:
        raise BadRequestError(f"the field /{name}/ must be a JSON array")
    field = Field.METADATA_NAME if name == "metadata" else Field.ATTRIBUTE_NAME
    for value in values:
        if type(value) is not str:
            raise BadRequestError(f"only JSON Strings allowed in {name} list")
        checked_name(value, field)
    return tuple(values)


def _matcher(item: Any) -> EntityMatcher:
    if type(item) is not dict:
        raise BadRequestError("entity is not a JSON object")
    if "id" in item and "idPattern" in item:
        raise BadRequestError("both /id/ and /idPattern/ present")
    if "type" in item and "typePattern" in item:
        raise BadRequestError("both /type/ and /typePattern/ present")
    if "id" not in item and "idPattern" not in item:
        raise BadRequestError("nor /id/ nor /idPattern/ present")
    if not item.keys() <= _KNOWN:
        raise BadRequestError("no attributes allowed in Entity in this payload")
    return EntityMatcher(
        _exact(item, "id", Field.ENTITY_ID),
        _pattern(item, "id", Field.ENTITY_ID),
        _exact(item, "type", Field.ENTITY_TYPE),
        _pattern(item, "type", Field.ENTITY_TYPE),
    )


def _exact(item: Mapping[str, Any], name: str, field: Field) -> str:
    value = item.get(name)
    if name not in item:
        return ""
    if type(value) is not str:
        raise BadRequestError(f"Invalid JSON type for {field}")
    return checked_id(value, field)


def _pattern(item: Mapping[str, Any], name: str, field: Field) -> str:
    value = item.get(f"{name}Pattern")
    if f"{name}Pattern" not in item:
        return ""
    if type(value) is not str:
        raise BadRequestError(f"Invalid JSON type for entity {name}Pattern")
    if not value:
        raise BadRequestError(f"{field} length: 0, min length supported: 1")
    try:
        searcher(value)
    except PatternError:
        raise BadRequestError(f"Invalid regex for entity {name}Pattern") from None
    return value
