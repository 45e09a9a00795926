"""The indexes, made at start; making one that exists changes nothing."""

from collections.abc import Callable
from typing import Final

from storage.mongodb.collection import Collection

CITY: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "entities": {
        "id": ("tenant", "id"),
        "order": ("tenant", "rank"),
        "types": ("tenant", "types", "rank"),
        "facts": ("tenant", "facts", "rank"),
        "more_types": ("tenant", "more_types"),
        "expiry": ("expires",),
    },
    "history": {
        "series": ("tenant", "id", "attribute", "time", "recorded"),
        "attribute": ("tenant", "attribute", "time", "recorded"),
        "retention": ("tenant", "time"),
    },
    "outbox": {"lane": ("lane", "_id"), "subscription": ("tenant", "subscription")},
    "dead_letters": {"subscription": ("tenant", "subscription", "_id")},
    "subscriptions": {"order": ("tenant", "created", "_id")},
    "verdicts": {"age": ("at",)},
}
"""Collection → name of the index → members, ascending."""


async def make_indexes(
    collection: Callable[[str], Collection], wanted: dict[str, dict[str, tuple[str, ...]]] = CITY
) -> None:
    """Make what is wanted."""
    for name, indexes in wanted.items():
        for title, members in indexes.items():
            await collection(name).index(title, [(member, 1) for member in members])
