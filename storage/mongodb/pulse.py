"""Whether the writers of claims still live.

Every node that commits through claims counts up in a document of its own. A node whose count stands
still for `dead_after_s` is dead to those who watch it; it takes itself for dead after half of that.
Nobody compares times with anybody else: each measures durations with its event loop's clock, the
one that its sleeps follow too.
"""

import asyncio
from typing import Final

from kernel.errors import UnavailableError
from storage.mongodb.collection import Collection

DEAD_AFTER_S: Final = 10.0
_BEATS = 8
"""In the time after which a node is dead."""


class Pulse:
    """The pulse of this `node`, and what it knows of the others'."""

    def __init__(self, nodes: Collection, node: str, *, dead_after_s: float) -> None:
        self._nodes = nodes
        self.node = node
        self._dead_after_s = dead_after_s
        self._count = 0
        self._felt_at = 0.0
        self._others: dict[str, tuple[int, float]] = {}

    async def keep(self) -> None:
        """Beat for ever."""
        while True:
            await self.beat()
            await asyncio.sleep(self._dead_after_s / _BEATS)

    async def beat(self) -> None:
        """Tell the others that this node lives."""
        begun = _elapsed_s()
        self._count += 1
        await self._nodes.put({"_id": self.node, "beat": self._count})
        self._felt_at = begun

    async def stop(self) -> None:
        """Leave; whoever watches need not wait."""
        await self._nodes.remove({"_id": self.node})

    def check(self) -> None:
        """Go on only while nobody can take this node for dead.

        Raises:
            UnavailableError: the last beat was too long ago.
        """
        if _elapsed_s() - self._felt_at > self._dead_after_s / 2:
            raise UnavailableError("The database answers too slowly; the write may be finished")

    async def stopped(self) -> "Stopped":
        """Look at every node once."""
        now = _elapsed_s()
        beats = {one["_id"]: one["beat"] async for one in self._nodes.find({})}
        seen = {}
        for node, beat in beats.items():
            known, since = self._others.get(node, (beat, now))
            seen[node] = (beat, since if known == beat else now)
        self._others = seen
        limit = now - self._dead_after_s
        return Stopped({node for node, (_, since) in seen.items() if since > limit})


def _elapsed_s() -> float:
    return asyncio.get_running_loop().time()


class Stopped:
    """The nodes that did not live when they were looked at."""

    def __init__(self, alive: set[str]) -> None:
        self._alive = alive

    def __contains__(self, node: str) -> bool:
        return node not in self._alive
