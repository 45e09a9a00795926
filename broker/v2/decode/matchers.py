"""Lists of entities by id or pattern, type or pattern: in queries and in subscriptions."""

from collections.abc import Mapping
from typing import Any

from broker.ql.errors import PatternError
from broker.ql.patterns import searcher
from broker.subscriptions.model import EntityMatcher
from broker.v2.decode.names import Field, checked_name
from kernel.errors import BadRequestError


def decode_matchers(value: Any) -> tuple[EntityMatcher, ...]:
    """The elements of an `entities` list.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if type(value) is not list:
        raise BadRequestError("subject entities is not an array")
    return tuple(_matcher(item) for item in value)


def _matcher(item: Any) -> EntityMatcher:
    if type(item) is not dict:
        raise BadRequestError("subject entities element is not an object")
    if not item.keys() & {"id", "idPattern", "type", "typePattern"}:
        raise BadRequestError("subject entities element has not id/idPattern nor type")
    if "id" in item and "idPattern" in item:
        raise BadRequestError("subject entities element has id and idPattern")
    if "type" in item and "typePattern" in item:
        raise BadRequestError("subject entities element has type and typePattern")
    return EntityMatcher(
        _exact(item, "id", Field.ENTITY_ID),
        _pattern(item, "idPattern"),
        _exact(item, "type", Field.ENTITY_TYPE),
        _pattern(item, "typePattern"),
    )


def _exact(item: Mapping[str, Any], name: str, field: Field) -> str:
    if name not in item:
        return ""
    value = item[name]
    if type(value) is not str:
        raise BadRequestError(f"Invalid JSON type for {field}")
    return checked_name(value, field)


def _pattern(item: Mapping[str, Any], name: str) -> str:
    if name not in item:
        return ""
    value = item[name]
    if type(value) is not str:
        raise BadRequestError(f"Invalid JSON type for entity {name}")
    if not value:
        raise BadRequestError(f"entity {name} length: 0, min length supported: 1")
    try:
        searcher(value)
    except PatternError:
        raise BadRequestError(f"Invalid regex for entity {name}") from None
    return value
