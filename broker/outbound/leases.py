"""Which lanes this process owns, where several processes share one outbox."""

import structlog

from broker.ports import Outbox
from kernel.clock import Clock
from kernel.errors import UnavailableError
from kernel.times import SECOND_US, Instant
from serving.failures import describe

_log = structlog.get_logger("odori.outbound")


class Leases:
    """Takes and extends leases on lanes as they are needed; idle ones run out by themselves.

    Attributes:
        is_shared: False where this is the only process: then every lane is its own.
    """

    def __init__(self, outbox: Outbox, clock: Clock, holder: str, lease_s: float) -> None:
        self.is_shared = bool(holder)
        self._outbox = outbox
        self._clock = clock
        self._holder = holder
        self._lease_us = round(lease_s * SECOND_US)
        self._until: dict[str, Instant] = {}
        self._refused_until: dict[str, Instant] = {}

    def is_new(self, lane: str) -> bool:
        """Whether the lane was not ours at this moment."""
        return self.is_shared and self._until.get(lane, 0) <= self._clock.now()

    async def holds(self, lane: str) -> bool:
        """Whether the lane is ours for at least half a lease from now; asks for it if need be."""
        if not self.is_shared:
            return True
        now = self._clock.now()
        if self._until.get(lane, 0) - now > self._lease_us // 2:
            return True
        if self._refused_until.get(lane, 0) > now:
            return False
        until = Instant(now + self._lease_us)
        granted = await self._outbox.lease(f"lane:{lane}", self._holder, until, now)
        self._until.pop(lane, None)
        self._refused_until.pop(lane, None)
        if granted:
            self._until[lane] = until
        else:
            self._refused_until[lane] = Instant(now + self._lease_us // 4)
        return granted

    async def release(self) -> None:
        """Give every lane up, so that another process need not wait for the end of its lease."""
        now = self._clock.now()
        held, self._until = self._until, {}
        try:
            for lane, until in held.items():
                if until > now:
                    await self._outbox.lease(f"lane:{lane}", self._holder, now, now)
        except UnavailableError as error:
            _log.warning("leases not given up", **describe(error))
