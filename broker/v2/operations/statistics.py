"""Orion's manual, "Statistics": how long the broker runs, and for how long it counts."""

from typing import Final

from aiohttp import web

from broker.v2.door import Door
from kernel.clock import Clock
from kernel.times import SECOND_US

_RESET: Final = {"message": "All statistics counter reset"}


class Statistics:
    """`/statistics` as Orion answers it without flags; what is counted is in `/metrics`."""

    def __init__(self, door: Door, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._started_at = self._counts_since = clock.now()

    async def get(self, request: web.Request) -> web.Response:
        """Both in whole seconds."""
        now = self._clock.now()
        spans = {
            "uptime_in_secs": (now - self._started_at) // SECOND_US,
            "measuring_interval_in_secs": (now - self._counts_since) // SECOND_US,
        }
        return self._door.replies.json(self._door.call(request).correlator, spans)

    async def reset(self, request: web.Request) -> web.Response:
        """Begin to measure anew."""
        self._counts_since = self._clock.now()
        return self._door.replies.json(self._door.call(request).correlator, _RESET)
