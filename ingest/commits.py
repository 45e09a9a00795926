"""Shared commits: what waits while one commit runs goes into the next.

Only sealed observations ever wait here. While the sink is away they go to the spool, and from then
on everything goes through the spool until it is empty, so that order holds.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import Final

import structlog

from ingest.metrics import IngestMetrics
from ingest.ports import ObservationSink, Spool
from ingest.rules import Rule
from ingest.seal import Deidentified
from kernel.errors import UnavailableError
from serving.failures import describe

_log = structlog.get_logger("odori.ingest")
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 5.0


class Fate(Enum):
    """What became of a group."""

    DURABLE = "durable"  # committed, or in the spool
    AWAY = "away"  # nowhere to put it; whoever sent it sends it again


class Group:
    """Observations that share a commit.

    Attributes:
        rows: in order of arrival.
        fate: resolves when the commit is over; never with an exception.
        refused: positions of rows that the sink does not take, ever.
    """

    __slots__ = ("fate", "refused", "rows")

    def __init__(self) -> None:
        self.rows: list[Deidentified] = []
        self.fate: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self.refused: frozenset[int] = frozenset()


class Committer:
    """Owns the way to the sink. `run` and `replay` are its two tasks."""

    def __init__(
        self,
        sink: ObservationSink,
        metrics: IngestMetrics,
        *,
        spool: Spool | None,
        batch_rows: int,
        linger_s: float,
        most_pending: int,
    ) -> None:
        self._sink = sink
        self._spool = spool
        self._metrics = metrics
        self._batch_rows = batch_rows
        self._linger_s = linger_s
        self._most_pending = most_pending
        self._groups: deque[Group] = deque()
        self._pending = 0
        self._is_away = False
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._spooling = asyncio.Event()
        self._spool_lock = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        """Whether so much waits that senders should be told to wait."""
        return self._pending >= self._most_pending

    def add(self, rows: Sequence[Deidentified]) -> Group:
        """Put rows into the next commit; they stay together."""
        if not self._groups or len(self._groups[-1].rows) >= self._batch_rows:
            self._groups.append(Group())
        group = self._groups[-1]
        group.rows += rows
        self._pending += len(rows)
        self._arrived.set()
        if len(group.rows) >= self._batch_rows:
            self._full.set()
        return group

    async def run(self) -> None:
        """Commit group after group, for ever."""
        if self._spool is not None and await self._waiting(self._spool):
            self._spooling.set()
        while True:
            await self._arrived.wait()
            await self._linger()
            group = self._groups.popleft()
            fate = Fate.AWAY
            try:
                fate = await self._commit(group)
            finally:
                self._end(group, fate)

    def _end(self, group: Group, fate: Fate) -> None:
        """Tell a group its fate. What waits behind one that found no place shares it.

        Otherwise later totals of a sensor would be committed before the earlier ones come again.
        """
        ended = [group, *self._groups] if fate is Fate.AWAY else [group]
        if fate is Fate.AWAY:
            self._groups.clear()
        for one in ended:
            self._pending -= len(one.rows)
            if not one.fate.done():
                one.fate.set_result(fate)
        if not self._groups:
            self._arrived.clear()
            self._full.clear()

    async def _waiting(self, spool: Spool) -> bool:
        try:
            return await spool.size() > 0
        except UnavailableError:
            return True

    async def _linger(self) -> None:
        """Wait a moment for company, unless a group is full."""
        if self._linger_s > 0 and not self._full.is_set():
            try:
                async with asyncio.timeout(self._linger_s):
                    await self._full.wait()
            except TimeoutError:
                pass

    async def _commit(self, group: Group) -> Fate:
        if self._spooling.is_set() and await self._to_spool(group.rows, only_behind=True):
            return Fate.DURABLE
        if self._spooling.is_set():
            return Fate.AWAY
        try:
            group.refused = frozenset(await self._put(group.rows))
        except UnavailableError as error:
            self._note_outage(error)
            return Fate.DURABLE if await self._to_spool(group.rows) else Fate.AWAY
        self._metrics.commit_rows.observe(len(group.rows))
        self._note_recovery()
        return Fate.DURABLE

    def _note_outage(self, error: UnavailableError) -> None:
        """Say once that the sink is away."""
        if not self._is_away:
            self._is_away = True
            _log.warning("the broker is away", **describe(error))

    def _note_recovery(self) -> None:
        """Say once that it is back."""
        if self._is_away:
            self._is_away = False
            _log.info("the broker is back")

    async def _put(self, rows: Sequence[Deidentified]) -> list[int]:
        """Commit rows; positions of those that the sink does not take even alone.

        Raises:
            UnavailableError: the sink is away.
        """
        try:
            await self._sink.put(rows)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 — one bad row must not refuse its companions
            if len(rows) == 1:
                _log.error("the sink refuses an observation", **describe(error))
                self._metrics.dropped(str(rows[0].policy), Rule.SINK_REFUSED)
                return [0]
        else:
            return []
        return [place for place, row in enumerate(rows) if await self._put([row])]

    async def _to_spool(self, rows: Sequence[Deidentified], *, only_behind: bool = False) -> bool:
        """Store rows in the spool; False if that is not possible (or no longer needed)."""
        if self._spool is None:
            return False
        async with self._spool_lock:
            if only_behind and not self._spooling.is_set():
                return False
            try:
                await self._spool.put(rows)
            except UnavailableError as error:
                _log.warning("the spool takes nothing", **describe(error))
                return False
            self._metrics.spooled.inc(len(rows))
            self._spooling.set()
        return True

    async def replay(self) -> None:
        """Send what the spool holds, in order, whenever it holds something."""
        pause_s = _FIRST_PAUSE_S
        while True:
            await self._spooling.wait()
            try:
                await self._replay_some()
                pause_s = _FIRST_PAUSE_S
            except UnavailableError:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _replay_some(self) -> None:
        spool = self._spool
        if spool is None:
            return
        oldest = await spool.take(self._batch_rows)
        if oldest:
            await self._put([one.sealed for one in oldest])
            await spool.remove([one.number for one in oldest])
        async with self._spool_lock:
            left = await spool.size()
            self._metrics.spooled.set(left)
            if left == 0:
                self._spooling.clear()
                self._note_recovery()
