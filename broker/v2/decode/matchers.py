"""Lists of entities by id or pattern, type or pattern: in queries and in subscriptions."""

from collections.abc import Mapping
from typing import Any

from broker.ql.errors import PatternError
from broker.ql.patterns import searcher
from broker.subscriptions.model import EntityMatcher
from broker.v2.decode.fields import text_of
from broker.v2.decode.names import LONGEST_NAME, is_name
from kernel.errors import BadRequestError


def decode_matchers(value: Any) -> tuple[EntityMatcher, ...]:
    """The elements of an `entities` list, each of them once.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    if type(value) is not list:
        raise BadRequestError("/entities/ is not an array")
    return tuple(dict.fromkeys(_matcher(item) for item in value))


def _matcher(item: Any) -> EntityMatcher:
    if type(item) is not dict:
        raise BadRequestError("/entities/ vector item is not an object")
    if "id" not in item and "idPattern" not in item:
        raise BadRequestError("/entities/ vector item does not have /id/ nor /idPattern/")
    if "id" in item and "idPattern" in item:
        raise BadRequestError("/entities/ vector item has both /id/ and /idPattern/")
    if "type" in item and "typePattern" in item:
        raise BadRequestError("/entities/ element has both /type/ and /typePattern/")
    return EntityMatcher(
        _id(item), _pattern(item, "idPattern"), _type(item), _pattern(item, "typePattern")
    )


def _id(item: Mapping[str, Any]) -> str:
    text = text_of(item, "id", "/entities/ vector item /id/")
    if text is None:
        return ""
    if not text:
        raise BadRequestError("/entities/ element id is empty")
    return _checked(text, "id")


def _type(item: Mapping[str, Any]) -> str:
    text = text_of(item, "type", "/entities/ vector item type")
    if text is None:
        return ""
    if not text:
        raise BadRequestError("entity type length: 0, min length supported: 1")
    return _checked(text, "type")


def _checked(text: str, name: str) -> str:
    """Of the characters and the length of an identifier; characters are asked first."""
    if not is_name(text):
        raise BadRequestError(f"forbidden characters in /entities/ vector item /{name}/")
    if len(text) > LONGEST_NAME:
        raise BadRequestError(f"max {name} length exceeded in /entities/ vector item /{name}/")
    return text


def _pattern(item: Mapping[str, Any], name: str) -> str:
    text = text_of(item, name, f"/entities/ vector item /{name}/")
    if text is None:
        return ""
    if not text:
        raise BadRequestError(f"/entities/ vector item /{name}/ is empty")
    try:
        searcher(text)
    except PatternError:
        raise BadRequestError(f"Invalid regex for entity {name}") from None
    return text
