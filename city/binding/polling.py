"""Changes of a database that other processes write to: asked for, as nobody announces them.

In one process the boards hear of a commit from the broker itself. Where the boards run apart, on
MongoDB, they ask for entities modified since the last look.
"""

import asyncio
from collections.abc import AsyncIterator

from broker.model.changes import Alteration, Change
from broker.ports import EntityQuery, EntityStore
from broker.ql.ast import Compare, Field, Literal, Op, OrderBy, Path
from kernel.clock import Clock
from kernel.times import Instant, render_micros

_MODIFIED = Path(Field.MODIFIED_AT)
_PAGE = 1_000


class PolledFeed:
    """Implements `broker.ports.ChangeFeed` by asking the store every `pause_s` seconds.

    Several writes between two looks are one change; deletions are not seen.
    """

    def __init__(self, store: EntityStore, clock: Clock, pause_s: float = 0.5) -> None:
        self._store = store
        self._clock = clock
        self._pause_s = pause_s

    async def changes(self, tenant: str) -> AsyncIterator[Change]:
        """Entities as they are after they were modified, in order of modification."""
        seen = self._clock.now()
        while True:
            await asyncio.sleep(self._pause_s)
            page = await self._store.query(tenant, _modified_after(seen))
            for entity in page.entities:
                seen = max(seen, entity.modified_at)
                yield Change(Alteration.CHANGE, None, entity, entity.modified_at)


def _modified_after(instant: Instant) -> EntityQuery:
    literal = Literal(render_micros(instant), instant)
    return EntityQuery(
        Compare(_MODIFIED, Op.GREATER, literal), order=(OrderBy(_MODIFIED),), limit=_PAGE
    )
