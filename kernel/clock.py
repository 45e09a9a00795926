"""The clock that everything else is handed; nothing in Odori reads the wall clock by itself."""

import time
from typing import Protocol

from kernel.times import Instant

NANOSECONDS_PER_MICROSECOND = 1_000


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> Instant:
        """The present instant of the wall clock."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back. For time-outs and back-off."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Instant:
        """The present instant, to the microsecond."""
        return Instant(time.time_ns() // NANOSECONDS_PER_MICROSECOND)

    def monotonic(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is told to move; for tests and replays."""

    def __init__(self, start: Instant) -> None:
        self._now = start
        self._elapsed_us = 0

    def now(self) -> Instant:
        """The instant that the clock was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that the clock was moved forward since it was made."""
        return self._elapsed_us / 1_000_000

    def advance(self, seconds: float) -> Instant:
        """Move forward by `seconds` and return the new instant."""
        step = round(seconds * 1_000_000)
        self._elapsed_us += step
        self._now = Instant(self._now + step)
        return self._now
