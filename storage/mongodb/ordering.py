"""The best of a stream of entities, in an order that no index has."""

from collections.abc import AsyncIterable, Callable, Sequence
from typing import Any, Final, TypeAlias

from broker.model.entity import Entity
from broker.ql.ast import OrderBy
from broker.ql.ordering import creation_order, rank_under

_SLACK: Final = 1_000
Key: TypeAlias = Callable[[Entity], Any]


async def top(
    entities: AsyncIterable[Entity], order: Sequence[OrderBy], wanted: int
) -> list[Entity]:
    """The first `wanted` entities of the order, holding few more than them at a time."""
    keep = 2 * wanted + _SLACK
    best: list[Entity] = []
    keys: list[tuple[Key, bool]] = [(rank_under(one), one.descending) for one in order]
    async for entity in entities:
        best.append(entity)
        if len(best) >= keep:
            best = _sorted(best, keys)[:wanted]
    return _sorted(best, keys)[:wanted]


def _sorted(entities: list[Entity], keys: Sequence[tuple[Key, bool]]) -> list[Entity]:
    """By the last key first: sorting is stable."""
    entities = sorted(entities, key=creation_order)
    for key, descending in reversed(keys):
        entities.sort(key=key, reverse=descending)
    return entities
