"""Members that a JSON document names twice.

The parser keeps the last of them, but an attribute that stands twice in an entity is refused by
Orion, and so is a key that stands twice in a value. Nearly no document has any: all others are only
written anew, for a count of colons.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from broker.v2.decode.values import UNRESTRICTED
from broker.v2.errors import quoted
from kernel.errors import BadRequestError
from kernel.json import render

_BATCHES: Final = (("actionType", "entities"), ("subscriptionId", "data"))
"""What tells a batch from an entity, and where its entities are."""


class _Members(dict[str, Any]):
    """An object that remembers which of its names stood twice."""

    repeated: frozenset[str] = frozenset()


def check_repeats(body: bytes, document: Any, *, key_values: bool = False) -> None:
    """Refuse entities that name an attribute twice, and values that name a key twice.

    Args:
        body: a JSON document.
        document: what was read from it.
        key_values: whether attributes are given by their values alone.

    Raises:
        BadRequestError: with Orion's text for the first that is found.
    """
    if not _may_repeat(body, document):
        return
    whole = json.loads(body, object_pairs_hook=_members)
    for entity in _entities(whole):
        _check_entity(entity, key_values=key_values)


def check_value_repeats(body: bytes, value: Any) -> None:
    """Refuse a value that names a key twice.

    Args:
        body: a JSON document that is a value.
        value: what was read from it.

    Raises:
        BadRequestError: with Orion's text for the first that is found.
    """
    if _may_repeat(body, value):
        _check_value(json.loads(body, object_pairs_hook=_members))


def _may_repeat(body: bytes, document: Any) -> bool:
    """Writing a document anew loses what stood twice. Colons in texts count on both sides."""
    return body.count(b":") != render(document).count(b":")


def _members(pairs: list[tuple[str, Any]]) -> _Members:
    members = _Members(pairs)
    if len(members) < len(pairs):
        times = Counter(name for name, _ in pairs)
        members.repeated = frozenset(name for name, often in times.items() if often > 1)
    return members


def _entities(whole: _Members) -> Iterator[_Members]:
    """Those of a batch, or the document itself: an entity, its attributes, or one attribute."""
    for mark, name in _BATCHES:
        batch = whole.get(name)
        if mark in whole and isinstance(batch, list):
            yield from _objects(batch)
            return
    yield whole


def _check_entity(entity: _Members, *, key_values: bool) -> None:
    if key_values:
        for value in entity.values():
            _check_value(value)
    else:
        _check_attribute(entity)  # the document may be one
        for attribute in _objects(entity.values()):
            _check_attribute(attribute)
    for name in entity:
        if name in entity.repeated and name not in ("id", "type"):
            raise BadRequestError(f"duplicated attribute /{quoted(name)}/")


def _check_attribute(attribute: _Members) -> None:
    if "value" in attribute.repeated:
        raise BadRequestError("duplicated value key in attribute")
    if attribute.get("type") != UNRESTRICTED:
        _check_value(attribute.get("value"))


def _check_value(value: Any, path: str = "", name: str = "") -> None:
    """Refuse the first object that names a key twice, from the outside in; the text says where."""
    if isinstance(value, _Members):
        for key in value:
            if key in value.repeated:
                where = f"{path}{name}" if path else "/"
                text = f"duplicated tag-name: /{key}/ in path: {where}"
                raise BadRequestError(quoted(text))
        for key, item in value.items():
            _check_value(item, f"{path}{name}/", key)
    elif isinstance(value, list):
        for item in value:
            _check_value(item, f"{path}{name}/")


def _objects(values: Iterable[Any]) -> Iterator[_Members]:
    return (one for one in values if isinstance(one, _Members))
