"""Counts, at fixed times, what companies told of consenting people, for the city database."""

from collections import Counter
from contextlib import suppress
from typing import Final

import structlog
from msgspec.structs import replace

from kernel.clock import Clock
from kernel.errors import UnavailableError
from kernel.ids import IdSource
from kernel.times import MINUTE_US, SECOND_US, Instant, floor_to
from oauth.model.kinds import CONTRACTS, STATISTICS_TURNS
from oauth.model.statistics import StatisticsTurn
from oauth.paging import everything
from oauth.ports import Kept, Shelves, StatisticsSink
from oauth.records.people import Consenting
from oauth.records.tally import Disclosure, cells_of_person
from oauth.sealing.sealer import Sealer

_log = structlog.get_logger("odori.oauth")

_NAME: Final = "member-records"
_LEASE_US: Final = 10 * MINUTE_US
"""Longer than any count takes; a node that dies in one is followed by another after it."""


class MemberStatistics:
    """One count for each slot of `period_s`, by one of the nodes that share the vault.

    Numbers change at the slots alone: between two of them nobody can tell who came or left by
    asking often. The first is published once a contract lets some company give records; that tells
    of companies, not of people.

    Args:
        min_people: threshold; where the sink's is higher, that one.
        period_s: divides a day.
    """

    def __init__(
        self,
        *,
        vault: Shelves,
        sealer: Sealer,
        sink: StatisticsSink,
        clock: Clock,
        ids: IdSource,
        min_people: int,
        period_s: int = 3600,
    ) -> None:
        self._vault = vault
        self._turns = vault.shelf(STATISTICS_TURNS)
        self._sealer = sealer
        self._sink = sink
        self._clock = clock
        self._holder: Final = ids.object_id()
        self._period_us: Final = period_s * SECOND_US
        self._disclosure: Final = Disclosure(
            frozenset(sink.cells), max(min_people, sink.min_people), sink.rounding
        )

    async def publish_due(self) -> bool:
        """Count and publish if the present slot has no numbers yet and nobody is at it.

        Raises:
            UnavailableError: vault or city database is away; the slot stays due.
        """
        now = self._clock.now()
        slot = floor_to(now, self._period_us)
        turn = await self._take(slot, now)
        if turn is None:
            return False
        try:
            await self._publish(now)
        except BaseException:
            with suppress(UnavailableError):
                await self._turns.swap(turn, replace(turn.value, holder="", until=Instant(0)))
            raise
        await self._turns.swap(turn, StatisticsTurn(_NAME, slot))
        return True

    async def _take(self, slot: Instant, now: Instant) -> Kept[StatisticsTurn] | None:
        """The turn, held by us; None if another node has it or the slot is done."""
        kept = await self._turns.get(_NAME)
        if kept is None:
            await self._turns.add(StatisticsTurn(_NAME))
            kept = await self._turns.get(_NAME)
        if kept is None or kept.value.published >= slot:
            return None
        if not kept.value.published and not await self._is_fed():
            return None
        if kept.value.holder and now < kept.value.until:
            return None
        held = replace(kept.value, holder=self._holder, until=Instant(now + _LEASE_US))
        if not await self._turns.swap(kept, held):
            return None
        return await self._own()

    async def _is_fed(self) -> bool:
        async for kept in everything(self._vault.shelf(CONTRACTS), CONTRACTS):
            if kept.value.records:
                return True
        return False

    async def _own(self) -> Kept[StatisticsTurn] | None:
        kept = await self._turns.get(_NAME)
        return kept if kept is not None and kept.value.holder == self._holder else None

    async def _publish(self, now: Instant) -> None:
        counts = Counter[str]()
        consenting = Consenting(vault=self._vault, sealer=self._sealer, now=now)
        async for values in consenting.values():
            counts.update(cells_of_person(values, now))
        numbers = self._disclosure.publish(counts)
        await self._sink.put(numbers, below=self._disclosure.min_people)
        _log.info("statistics of member records published", cells=len(numbers))
