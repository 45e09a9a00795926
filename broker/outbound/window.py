"""Which owed notices are in memory: a bounded window on the outbox, in order of number per lane.

A lane whose notices do not fit *falls behind*: further announcements of it are let pass, since they
stand in the outbox anyway, and once there is room again they are read from there, in order.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from broker.model.notice import Notice
from broker.outbound.policy import DeliveryPolicy
from broker.ports import Outbox

_PAGE: Final = 1_000

_NoticeKey = tuple[str, int]


class _Share:
    """One lane's part of the window."""

    __slots__ = ("is_behind", "last_number", "load", "missed")

    def __init__(self) -> None:
        self.load = 0
        self.last_number = 0
        self.is_behind = False
        self.missed = False


class Window:
    """Takes in what is announced and reads what is not.

    A notice that was taken in stays *known* until it is released, so that it is never in memory
    twice, whether it comes by announcement, by polling or by both.

    Attributes:
        bell: rings when something was announced.
    """

    def __init__(self, outbox: Outbox, policy: DeliveryPolicy, *, is_shared: bool) -> None:
        self.bell = asyncio.Event()
        self._outbox = outbox
        self._policy = policy
        self._is_shared = is_shared
        self._inbox: list[Notice] = []
        self._known: set[_NoticeKey] = set()
        self._released_meanwhile: set[_NoticeKey] = set()
        self._shares: dict[str, _Share] = {}
        self._cursor = 0
        self._highest = 0

    def receive(self, notices: Iterable[Notice]) -> None:
        """Take in freshly committed notices, as far as there is room."""
        for notice in notices:
            self._highest = max(self._highest, notice.number)
            share = self._share(notice.lane)
            if share.is_behind or self._is_full(share):
                share.is_behind = share.missed = True
            elif self._take_in(notice, share):
                self._inbox.append(notice)
        self.bell.set()

    def drain(self) -> list[Notice]:
        """What was received since the last time, in order of arrival."""
        batch, self._inbox = self._inbox, []
        return batch

    def release(self, notice: Notice) -> None:
        """The notice needs no memory any more: it is settled, or left to others."""
        key = _key(notice)
        self._known.discard(key)
        self._released_meanwhile.add(key)
        share = self._shares.get(notice.lane)
        if share is None:
            return
        share.load -= 1
        if share.is_behind:
            self.bell.set()
        elif share.load <= 0:
            del self._shares[notice.lane]

    def put_back(self, notices: Sequence[Notice]) -> None:
        """The notices could not be handled now: their lanes fall behind and are read again.

        Younger notices of these lanes are given back too, so that the order is kept.
        """
        lanes = {notice.lane for notice in notices}
        given_back = [*notices, *(one for one in self._inbox if one.lane in lanes)]
        self._inbox = [one for one in self._inbox if one.lane not in lanes]
        for notice in given_back:
            share = self._share(notice.lane)
            share.is_behind = True
            share.last_number = min(share.last_number, notice.number - 1)
            self.release(notice)

    async def refill(self) -> list[Notice]:
        """Owed notices of lanes that are behind and have room, behind what was announced."""
        half = self._policy.lane_capacity // 2
        batch: list[Notice] = []
        behind = [
            (lane, one) for lane, one in self._shares.items() if one.is_behind and one.load <= half
        ]
        for lane, share in behind:
            if len(self._known) < self._policy.total_capacity or not share.load:
                batch += await self._refill_lane(lane, share)
        return batch

    async def poll(self) -> tuple[list[Notice], Sequence[Notice] | None]:
        """Owed notices that nobody announced here, behind those that were announced meanwhile.

        Each call looks at one page of the outbox and the next call at the following one; where
        several processes write, also at everything above the highest number seen so far.

        Returns:
            What was taken in, and the first page of the outbox if this was its turn.
        """
        self._released_meanwhile.clear()
        is_first, found = not self._cursor, []
        page = await self._outbox.owed(after=self._cursor, limit=_PAGE)
        # What was announced while the page was read is older than what the page alone knows of.
        found += self.drain()
        found += self._take_in_all(page)
        self._cursor = page[-1].number if len(page) == _PAGE else 0
        if self._is_shared:
            newest = await self._outbox.owed(after=self._highest, limit=_PAGE)
            found += self.drain()
            found += self._take_in_all(newest)
        return found, page if is_first else None

    @property
    def is_at_start(self) -> bool:
        """Whether the next `poll` looks at the beginning of the outbox."""
        return not self._cursor

    async def _refill_lane(self, lane: str, share: _Share) -> list[Notice]:
        self._released_meanwhile.clear()
        share.missed = False
        room = max(self._policy.lane_capacity - share.load, 1)
        page = await self._outbox.owed(lane=lane, after=share.last_number, limit=room)
        batch = self.drain()
        batch += [notice for notice in page if self._take_in(notice, share)]
        if len(page) < room and not share.missed:
            share.is_behind = False
            if not share.load:
                self._shares.pop(lane, None)
        return batch

    def _take_in_all(self, page: Iterable[Notice]) -> list[Notice]:
        batch = []
        for notice in page:
            self._highest = max(self._highest, notice.number)
            share = self._share(notice.lane)
            if share.is_behind and notice.number > share.last_number:
                continue  # its turn comes with the refill, in order
            if self._is_full(share) and _key(notice) not in self._known:
                share.is_behind = True
            elif self._take_in(notice, share):
                batch.append(notice)
            if not share.load and not share.is_behind:
                del self._shares[notice.lane]
        return batch

    def _take_in(self, notice: Notice, share: _Share) -> bool:
        key = _key(notice)
        if key in self._known or key in self._released_meanwhile:
            return False
        self._known.add(key)
        share.load += 1
        share.last_number = max(share.last_number, notice.number)
        return True

    def _share(self, lane: str) -> _Share:
        share = self._shares.get(lane)
        if share is None:
            share = self._shares[lane] = _Share()
        return share

    def _is_full(self, share: _Share) -> bool:
        if not share.load:
            return False  # every lane may hold at least one
        return (
            share.load >= self._policy.lane_capacity
            or len(self._known) >= self._policy.total_capacity
        )


def _key(notice: Notice) -> _NoticeKey:
    return notice.tenant, notice.number
