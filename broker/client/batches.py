"""Cutting many entities into bodies that a broker accepts."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import orjson

from broker.client.errors import BrokerTooLargeError

EntityT = TypeVar("EntityT")


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How large one body may be. The bytes stay below Orion's default limit of 1 MiB."""

    most_entities: int = 1_000
    most_bytes: int = 900_000


def chunks(entities: Iterable[EntityT], limits: BatchLimits) -> Iterator[list[EntityT]]:
    """The entities in order, in lists within the limits; one that is too large stands alone."""
    chunk: list[EntityT] = []
    size = 0
    for entity in entities:
        weight = len(orjson.dumps(entity)) + 1
        is_full = len(chunk) >= limits.most_entities or size + weight > limits.most_bytes
        if chunk and is_full:
            yield chunk
            chunk, size = [], 0
        chunk.append(entity)
        size += weight
    if chunk:
        yield chunk


async def in_chunks(
    entities: Iterable[EntityT],
    limits: BatchLimits,
    send: Callable[[list[EntityT]], Awaitable[None]],
) -> int:
    """Send the entities in order; returns how many there were.

    A chunk that the broker finds too large goes again in halves.

    Raises:
        BrokerTooLargeError: a single entity is too large.
    """
    return sum([await _send_or_halve(chunk, send) for chunk in chunks(entities, limits)])


async def _send_or_halve(
    chunk: list[EntityT], send: Callable[[list[EntityT]], Awaitable[None]]
) -> int:
    try:
        await send(chunk)
    except BrokerTooLargeError:
        if len(chunk) == 1:
            raise
        middle = len(chunk) // 2
        first = await _send_or_halve(chunk[:middle], send)
        return first + await _send_or_halve(chunk[middle:], send)
    return len(chunk)
