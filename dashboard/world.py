"""The time that the boards live by: the simulated world's in the demo, else the clock's."""

from dashboard.ports import ScenarioControl, WorldStatus
from kernel.clock import Clock
from kernel.times import SECOND_US, Instant

_SAME_WITHIN_US = 5 * SECOND_US


class World:
    """Tells the time of the world and how fast it runs.

    Attributes:
        control: the levers of the simulated city; None for a real one.
    """

    def __init__(self, clock: Clock, control: ScenarioControl | None) -> None:
        self._clock = clock
        self.control = control

    def now(self) -> Instant:
        """The present instant of the world."""
        return self._clock.now() if self.control is None else self.control.status().now

    def received_now(self) -> Instant:
        """The present instant of the clock that stamps what the broker receives."""
        return self._clock.now()

    def status(self) -> WorldStatus | None:
        """The simulated world's state; None for a real one."""
        return None if self.control is None else self.control.status()

    def pace(self) -> tuple[float, float]:
        """Seconds of the world, and of the stamping clock, per second of ours."""
        status = self.status()
        if status is None:
            return 1.0, 1.0
        speed = 0.0 if status.paused else float(status.speed)
        lives_by_it = abs(self._clock.now() - status.now) < _SAME_WITHIN_US
        return speed, speed if lives_by_it else 1.0
