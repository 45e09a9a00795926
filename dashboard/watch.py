"""Keeps the memory of the city up to date: reads it at the start, then follows its changes.

The past is read newest first, in the background, while boards are served already. Where it is being
filled in by somebody else at the same time, weeks that were empty are asked for again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta

import structlog

from dashboard.figures.gates import GATE_SERIES, GATE_TYPE, NORTH
from dashboard.figures.quarters import (
    DAYS_PER_WEEK,
    day_of,
    first_of,
    quarter_of,
    start_of,
)
from dashboard.memory import KEPT_ATTRIBUTES, TOPIC_OF_TYPE, TYPES, CityMemory
from dashboard.ports import (
    ChangesLost,
    CityChange,
    CityChanges,
    CityReader,
    EntityChanged,
    EntityRemoved,
    HistoryGrew,
)
from kernel.times import HOUR_US, Instant
from serving.tasks import Supervisor

_log = structlog.get_logger("odori.dashboard")
_WEEKS_BACK = 54
_LONGEST_PAUSE_S = 600.0
_READ_AT_ONCE = 8


class CityWatch:
    """Owns the two background tasks: following changes, and reading the past."""

    def __init__(
        self,
        *,
        reader: CityReader,
        changes: CityChanges,
        memory: CityMemory,
        now: Callable[[], Instant],
        on_topic: Callable[[str], None],
        first_pause_s: float = 3.0,
    ) -> None:
        self._reader = reader
        self._changes = changes
        self._memory = memory
        self._now = now
        self._on_topic = on_topic
        self._first_pause_s = first_pause_s
        self._read = asyncio.Semaphore(_READ_AT_ONCE)
        self._first_read = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the city for as long as the context lasts."""
        async with Supervisor() as supervisor:
            supervisor.keep("boards follow changes", self._follow)
            supervisor.keep("boards read the past", self._read_past)
            yield

    async def first_read(self) -> None:
        """Return once the present state has been read for the first time."""
        await self._first_read.wait()

    async def _follow(self) -> None:
        """Read the city, follow its changes; with the first one read it again.

        That closes the gap between the reading and the subscription, which begins somewhere
        between the call and the first change.
        """
        await self.reread()
        is_first = True
        async for change in self._changes.changes():
            if is_first:
                await self.reread()
                is_first = False
            await self._take(change)

    async def _take(self, change: CityChange) -> None:
        match change:
            case ChangesLost():
                _log.warning("changes were lost, the city is read again")
                await self.reread()
            case HistoryGrew():
                await self._read_window(change.entity_id, change.since, change.until)
            case EntityChanged() | EntityRemoved():
                is_new = self._is_new(change)
                topic = self._memory.take(change)
                if is_new and isinstance(change, EntityChanged):
                    entity = change.entity.id
                    await self._read_window(entity, self._yesterday(), self._soon())
                if topic is not None:
                    self._on_topic(topic)

    async def reread(self) -> None:
        """Read every entity, and the numbers since yesterday's midnight."""
        for entity_type in TYPES:
            self._memory.replace(entity_type, await self._reader.entities(entity_type))
        await self._read_recent()
        self._first_read.set()
        for topic in sorted(set(TOPIC_OF_TYPE.values())):
            self._on_topic(topic)

    async def _read_recent(self) -> None:
        """Read every series that is kept, since yesterday's midnight."""
        since, until = self._yesterday(), self._soon()
        async with asyncio.TaskGroup() as group:
            for entity_id, attribute in self._kept():
                group.create_task(self._read_series(entity_id, attribute, since, until))

    async def _read_past(self) -> None:
        """Week after week backwards; an empty week is asked for again after a growing pause."""
        await self._first_read.wait()
        pause_s = self._first_pause_s
        newest = day_of(quarter_of(self._now()))
        weeks = [newest - timedelta(days=DAYS_PER_WEEK * back) for back in range(_WEEKS_BACK)]
        while weeks:
            if weeks[0] == newest:
                await self._read_recent()
            if await self._read_week(weeks[0]):
                weeks.pop(0)
                pause_s = self._first_pause_s
                await asyncio.sleep(0)
                continue
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        while True:
            self._memory.forget(self._now())
            await asyncio.sleep(_LONGEST_PAUSE_S)

    async def _read_week(self, last: date) -> bool:
        """Read the seven days up to `last`; False if the week's first day is still empty.

        It is filled in newest first, so a first day with numbers means that the week is whole.
        """
        first = last - timedelta(days=DAYS_PER_WEEK - 1)
        since, until = start_of(first_of(first)), start_of(first_of(last + timedelta(days=1)))
        gates = [entity.id for entity in self._memory.entities(GATE_TYPE)]
        for gate in gates:
            for attribute in GATE_SERIES:
                await self._read_series(gate, attribute, since, until)
            self._on_topic("flow")
        return any(self._memory.has_day(gate, NORTH, first) for gate in gates)

    def _kept(self) -> list[tuple[str, str]]:
        return [
            (entity.id, attribute)
            for entity_type, attributes in KEPT_ATTRIBUTES.items()
            for entity in self._memory.entities(entity_type)
            for attribute in attributes
        ]

    async def _read_window(self, entity_id: str, since: Instant, until: Instant) -> None:
        kept = {attribute for entity, attribute in self._kept() if entity == entity_id}
        for attribute in sorted(kept):
            await self._read_series(entity_id, attribute, since, until)

    async def _read_series(
        self, entity_id: str, attribute: str, since: Instant, until: Instant
    ) -> None:
        async with self._read:
            rows = await self._reader.history(entity_id, attribute, since, until)
        self._memory.add_rows(entity_id, attribute, rows)

    def _is_new(self, change: EntityChanged | EntityRemoved) -> bool:
        """Whether a series appears that was not there when the city was read."""
        match change:
            case EntityChanged():
                return not self._memory.knows(change.entity.type, change.entity.id)
            case EntityRemoved():
                return False

    def _yesterday(self) -> Instant:
        """Yesterday's midnight in Japan."""
        return start_of(first_of(day_of(quarter_of(self._now())) - timedelta(days=1)))

    def _soon(self) -> Instant:
        """Behind everything that a device can have said by now."""
        return Instant(self._now() + HOUR_US)
