"""Changes of a database that other processes write to: asked for, as nobody announces them.

In one process the boards hear of a commit from the broker itself. Where the boards run apart, on
MongoDB, they ask for entities modified since the last look.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from broker.model.changes import Alteration, Change
from broker.model.entity import Entity, EntityKey
from broker.ports import EntityQuery, EntityStore
from broker.ql.ast import Compare, Field, Literal, Node, Op, Path
from kernel.clock import Clock
from kernel.times import SECOND_US, Instant, render_micros

_MODIFIED = Path(Field.MODIFIED_AT)
_PAGE = 1_000
_OVERLAP_US = 2 * SECOND_US
"""How much later than its instant a commit of another node may become visible."""


class PolledFeed:
    """Implements `broker.ports.ChangeFeed` by asking the store every `pause_s` seconds.

    Several writes between two looks are one change; deletions are not seen.
    """

    def __init__(self, store: EntityStore, clock: Clock, pause_s: float = 0.5) -> None:
        self._store = store
        self._clock = clock
        self._pause_s = pause_s

    async def changes(self, tenant: str) -> AsyncIterator[Change]:
        """Entities as they are after they were modified, those of one look in order of that."""
        news = News(self._clock.now())
        while True:
            await asyncio.sleep(self._pause_s)
            for entity in news.of(await self._modified_after(tenant, news.since)):
                yield Change(Alteration.CHANGE, None, entity, entity.modified_at)

    async def _modified_after(self, tenant: str, instant: Instant) -> Sequence[Entity]:
        """All of them: one commit may have modified more than a page, at one instant."""
        found: list[Entity] = []
        where: Node = Compare(_MODIFIED, Op.GREATER, Literal(render_micros(instant), instant))
        query = EntityQuery(where, limit=_PAGE)
        while True:
            page = await self._store.query(tenant, query)
            found.extend(page.entities)
            if page.next is None:
                return found
            query = EntityQuery(where, limit=_PAGE, after=page.next)


class News:
    """Tells what is new among entities that are looked at with some overlap."""

    def __init__(self, begin: Instant) -> None:
        self._newest = begin
        self._seen: dict[EntityKey, Instant] = {}

    @property
    def since(self) -> Instant:
        """From where on the next look has to reach."""
        return Instant(self._newest - _OVERLAP_US)

    def of(self, entities: Iterable[Entity]) -> Sequence[Entity]:
        """Those that were not seen like this before, in order of modification."""
        new = [one for one in entities if self._seen.get(one.key) != one.modified_at]
        new.sort(key=lambda one: one.modified_at)
        self._seen.update((one.key, one.modified_at) for one in new)
        self._newest = max((one.modified_at for one in new), default=self._newest)
        self._seen = {key: at for key, at in self._seen.items() if at > self.since}
        return new
