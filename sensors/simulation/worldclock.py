"""The time of the simulated world: it may run up to 600 times as fast as ours, and stand still."""

from kernel.clock import Clock
from kernel.errors import BadRequestError
from kernel.times import SECOND_US, Instant

SLOWEST, FASTEST = 1.0, 600.0


class WorldClock:
    """A `kernel.clock.Clock` that follows another one at a speed.

    Whoever judges simulated messages by their time, the intake above all, has to live by this clock
    too while the speed is not 1.
    """

    def __init__(self, clock: Clock, *, start: Instant | None = None, speed: float = 1.0) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        self._at = clock.now() if start is None else start
        self._paused = False
        self._limit: Instant | None = None
        self._speed = _checked(speed)

    @property
    def speed(self) -> float:
        """Seconds of the world per second of ours, as set; also while paused."""
        return self._speed

    @property
    def is_paused(self) -> bool:
        """Whether the world stands still."""
        return self._paused

    def now(self) -> Instant:
        """The present instant of the world; never goes back."""
        if self._paused:
            return self._at
        passed_s = self._clock.monotonic() - self._since
        reached = Instant(self._at + round(passed_s * self._speed * SECOND_US))
        return reached if self._limit is None else max(self._at, min(reached, self._limit))

    def monotonic(self) -> float:
        """Seconds of the machine: time-outs and back-off are not of the world."""
        return self._clock.monotonic()

    def run_at(self, speed: float) -> None:
        """Change the speed from now on.

        Raises:
            BadRequestError: it is not between 1 and 600.
        """
        checked = _checked(speed)
        self._settle()
        self._speed = checked

    def pause(self) -> None:
        """Stand still until `resume`."""
        self._settle()
        self._paused = True

    def resume(self) -> None:
        """Go on from where the world stood."""
        self._settle()
        self._paused = False

    def allow(self, until: Instant | None) -> None:
        """Go no further than `until`; None: as far as it will.

        Whoever makes the world's events allows so much at a time: a machine that is too slow for
        the speed gets a slower world, and not one in which every event comes late.
        """
        self._settle()
        self._limit = until

    def wait_s(self, instant: Instant) -> float | None:
        """Seconds of ours until an instant of the world; 0 if it is past, None while paused."""
        ahead = instant - self.now()
        if ahead <= 0:
            return 0.0
        return None if self._paused else ahead / SECOND_US / self._speed

    def _settle(self) -> None:
        self._at = self.now()
        self._since = self._clock.monotonic()


def _checked(speed: float) -> float:
    if not SLOWEST <= speed <= FASTEST:
        raise BadRequestError(f"The speed is not between {SLOWEST:g} and {FASTEST:g}")
    return speed
