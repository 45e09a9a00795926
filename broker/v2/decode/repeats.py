"""Members that a JSON document names twice.

The parser keeps the last of them, but an attribute that stands twice in an entity is refused by
Orion. Nearly no document has any: all others are only written anew, for a count of colons.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from broker.v2.errors import quoted
from kernel.errors import BadRequestError
from kernel.json import render


class _Members(dict[str, Any]):
    """An object that remembers which of its names stood twice."""

    repeated: frozenset[str] = frozenset()


def check_repeats(body: bytes, document: Any) -> None:
    """Refuse entities that name an attribute twice, and attributes that name their value twice.

    Args:
        body: a JSON document.
        document: what was read from it.

    Raises:
        BadRequestError: with Orion's text for the first that is found.
    """
    # Writing the document anew loses what stood twice. Colons in texts count on both sides.
    if body.count(b":") == render(document).count(b":"):
        return
    whole = json.loads(body, object_pairs_hook=_members)
    for entity in _entities(whole):
        _check_entity(entity)


def _members(pairs: list[tuple[str, Any]]) -> _Members:
    members = _Members(pairs)
    if len(members) < len(pairs):
        times = Counter(name for name, _ in pairs)
        members.repeated = frozenset(name for name, often in times.items() if often > 1)
    return members


def _entities(whole: _Members) -> Iterator[_Members]:
    """The document itself (an entity, its attributes, or one attribute), or those of a batch."""
    yield whole
    for name in ("entities", "data"):
        batch = whole.get(name)
        if isinstance(batch, list):
            yield from _objects(batch)


def _check_entity(entity: _Members) -> None:
    if "value" in entity.repeated:
        raise BadRequestError("duplicated value key in attribute")
    for name in entity:
        if name in entity.repeated and name not in ("id", "type"):
            raise BadRequestError(f"duplicated attribute /{quoted(name)}/")
    for attribute in _objects(entity.values()):
        if "value" in attribute.repeated:
            raise BadRequestError("duplicated value key in attribute")


def _objects(values: Iterable[Any]) -> Iterator[_Members]:
    return (one for one in values if isinstance(one, _Members))
