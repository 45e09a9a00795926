"""The indexes, made at start; making one that exists changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from oauth.model.kinds import Kind
from storage.mongodb.collection import Collection

Wanted: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]

CITY: Final[Wanted] = {
    "entities": {
        "id": ("tenant", "id"),
        "order": ("tenant", "rank"),
        "types": ("tenant", "types", "rank"),
        "facts": ("tenant", "facts", "rank"),
        "places": ("tenant", "places", "rank"),
        "more_types": ("tenant", "more_types"),
        "expiry": ("expires",),
        "modified": ("tenant", "modified"),
    },
    "history": {
        "series": ("tenant", "id", "attribute", "time", "recorded"),
        "attribute": ("tenant", "attribute", "time", "recorded"),
        "retention": ("tenant", "time"),
    },
    "outbox": {"lane": ("lane", "_id"), "subscription": ("tenant", "subscription")},
    "dead_letters": {"subscription": ("tenant", "subscription", "_id")},
    "devices": {"order": ("tenant", "id"), "key": ("key_hash", "id")},
    "refused": {"time": ("time", "_id"), "sensor": ("sensor", "time", "_id")},
    "subscriptions": {"order": ("tenant", "created", "_id")},
    "registrations": {"order": ("tenant", "created", "_id")},
    "forwarded": {"row": ("tenant", "registration", "n")},
    "verdicts": {"age": ("at",)},
}
"""Collection → name of the index → members, ascending."""

ACCESS: Final[Wanted] = {"tokens": {"digest": ("digest",)}}
_UNIQUE: Final = frozenset({("devices", "key")})


def of_kinds(kinds: Iterable[Kind[Any]]) -> Wanted:
    """What shelves are searched by besides their keys."""
    return {kind.name: _of_kind(kind) for kind in kinds}


def _of_kind(kind: Kind[Any]) -> Mapping[str, tuple[str, ...]]:
    marks = {"marks": ("marks", "_id")} if kind.marks else {}
    return marks if kind.expires is None else marks | {"expiry": ("expires",)}


async def make_indexes(collection: Callable[[str], Collection], wanted: Wanted) -> None:
    """Make what is wanted."""
    for name, indexes in wanted.items():
        for title, members in indexes.items():
            keys = [(member, 1) for member in members]
            await collection(name).index(title, keys, unique=(name, title) in _UNIQUE)
