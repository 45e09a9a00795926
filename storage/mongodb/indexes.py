"""The indexes, made at start; making one that exists changes nothing."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

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
    "verdicts": {"age": ("at",)},
}
"""Collection → name of the index → members, ascending."""

VAULT: Final[Wanted] = {"tokens": {"digest": ("digest",)}}
_UNIQUE: Final = frozenset({("devices", "key")})


async def make_indexes(collection: Callable[[str], Collection], wanted: Wanted) -> None:
    """Make what is wanted."""
    for name, indexes in wanted.items():
        for title, members in indexes.items():
            keys = [(member, 1) for member in members]
            await collection(name).index(title, keys, unique=(name, title) in _UNIQUE)
