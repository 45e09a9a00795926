"""The best of a stream of entities, in an order that no index has."""

from collections.abc import AsyncIterable, Sequence
from typing import Final

from broker.model.entity import Entity
from broker.ql.ast import OrderBy
from broker.ql.ordering import order_key

_SLACK: Final = 1_000


async def top(
    entities: AsyncIterable[Entity], order: Sequence[OrderBy], wanted: int
) -> list[Entity]:
    """The first `wanted` entities of the order, holding few more than them at a time.

    Raises:
        QuerySyntaxError: the geometry to measure a distance from is malformed.
    """
    key = order_key(order)
    keep = 2 * wanted + _SLACK
    best: list[Entity] = []
    async for entity in entities:
        best.append(entity)
        if len(best) >= keep:
            best = sorted(best, key=key)[:wanted]
    return sorted(best, key=key)[:wanted]
