"""Instants of commits: each later than all before it in this process."""

from kernel.clock import Clock
from kernel.times import Instant


class CommitInstants:
    """The clock, made strictly rising. Used by one thread at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = Instant(0)

    def take(self) -> Instant:
        """The instant of the next commit."""
        self._last = Instant(max(self._clock.now(), self._last + 1))
        return self._last

    def reach(self, instant: Instant) -> None:
        """Later commits come after `instant`: a batch gives its writes instants of their own."""
        self._last = max(self._last, instant)
