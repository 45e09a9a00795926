"""Rows of numbered documents, of which each number is given once.

Appending number *n* succeeds for exactly one of all who try, on every server, because `_id` is
unique. That is all that counters and leases need: no server's updates have to be atomic for it.
"""

from typing import Any, Final

from kernel.clock import Clock
from storage.mongodb.collection import Collection
from storage.mongodb.documents import Document

_DIGITS: Final = 16
_KEPT: Final = 1_000
"""Old links stay for so many appends: a process would have to sleep through as many of them,
between its reading and its appending, to give a number twice."""

_BLOCK: Final = 1 << 20
_BLOCK_LIFE_S: Final = 1.0


class Chain:
    """The row of documents under one name."""

    def __init__(self, links: Collection, name: str) -> None:
        self._links = links
        self._name = name

    async def latest(self) -> tuple[int, Document]:
        """Number and document of the last link; 0 and nothing if there is none."""
        within = {"$gte": self._key(0), "$lte": self._key(10**_DIGITS - 1)}
        link = await self._links.first({"_id": within}, sort=[("_id", -1)])
        return (link["n"], link) if link is not None else (0, {})

    async def append(self, number: int, **members: Any) -> bool:
        """Add the link `number`, the one after the latest; False if somebody was faster."""
        added = await self._links.insert({"_id": self._key(number), "n": number, **members})
        if added:
            await self._links.remove({"_id": self._key(number - _KEPT)})
        return added

    async def next(self) -> int:
        """Append a link without members, whoever else does; its number."""
        while True:
            number = (await self.latest())[0] + 1
            if await self.append(number):
                return number

    def _key(self, number: int) -> str:
        return f"{self._name}/{number:0{_DIGITS}d}"


class Serials:
    """Numbers that rise over all processes, taken in blocks.

    A block is given up after a second, so that the numbers of different processes stay in step with
    time to about that; `above` keeps the numbers about one entity in exact order.
    """

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self._chain = chain
        self._clock = clock
        self._next = self._end = 0
        self._old_at = 0.0

    async def take(self, count: int, *, above: int) -> range:
        """`count` ≤ 2**20 numbers, greater than `above` and than every number taken here before."""
        while not self._fits(count, above):
            start = await self._chain.next() * _BLOCK
            if start > self._next:
                self._next, self._end = start, start + _BLOCK
                self._old_at = self._clock.monotonic() + _BLOCK_LIFE_S
        taken = range(self._next, self._next + count)
        self._next += count
        return taken

    def _fits(self, count: int, above: int) -> bool:
        fresh = self._clock.monotonic() < self._old_at
        return fresh and self._next > above and self._next + count <= self._end
