"""The people of one simulated city, minute by minute, with everything that a scenario does to them.

Pure: seed and course in, numbers out. Devices see the city through this.
"""

from datetime import timedelta
from typing import assert_never

import msgspec

from kernel.times import MINUTE_US, Instant
from sensors.simulation import jst, world
from sensors.simulation.chance import row
from sensors.simulation.scenario import (
    ORDINARY,
    Course,
    Crowd,
    Effect,
    KeepOpen,
    Languages,
    Silence,
    Snowfall,
    Span,
)
from sensors.simulation.walkers import GATE_SHARE, Quarter, day_of_gate

NEIGHBOUR = {"J1": "J2", "J2": "J1", "J3": "J4", "J4": "J3", "J5": "J4"}
"""From whose counts a gate's missing minutes are filled in."""
_GATES = ("J1", "J2")
_WALK_MIN = 7.0
"""Minutes that people stay inside: 520 m at the pace of a crowd, and some stop."""


class Counted(msgspec.Struct, frozen=True):
    """People of a period by direction, before rounding. `filled`: minutes that were estimated."""

    north: float = 0.0
    south: float = 0.0
    minutes: int = 0
    filled: int = 0

    def plus(self, north: float, south: float, *, filled: bool) -> "Counted":
        """One minute more."""
        return Counted(
            self.north + north, self.south + south, self.minutes + 1, self.filled + filled
        )


class City(msgspec.Struct, frozen=True):
    """A seed and what happens. The same two give the same city for ever."""

    seed: int
    course: Course = ORDINARY

    def is_closed(self, minute: Instant) -> bool:
        """Whether the walkway is closed in this minute."""
        if not world.is_closed(jst.minute_of_day(minute)):
            return False
        return not any(isinstance(effect, KeepOpen) for effect in self.course.at(minute))

    def quarter(self, gate: str, instant: Instant) -> Quarter:
        """The gate's quarter hour that holds the instant, as if no scenario ran."""
        index = jst.minute_of_day(instant) // jst.QUARTER_MINUTES
        return day_of_gate(self.seed, gate, jst.day_of(instant))[index]

    def passing(self, gate: str, minute: Instant) -> tuple[float, float]:
        """People who pass a gate northwards and southwards in a minute; none while closed."""
        minutes = self.quarter(gate, minute).minutes
        north, south = 0.0, 0.0
        if minutes:
            own = minutes[jst.minute_of_day(minute) % jst.QUARTER_MINUTES]
            north, south = float(own.north), float(own.south)
        for effect in self.course.at(minute):
            north, south = self._after(effect, gate, minute, (north, south))
        return north, south

    def counted(self, gate: str, start: Instant, until: Instant, known: Instant) -> Counted:
        """What a gate has counted between two minutes, as it can say at the instant `known`.

        Minutes that it was silent for and does not remember are filled in from its neighbour.
        """
        so_far = Counted()
        for minute in range(start, until, MINUTE_US):
            at = Instant(minute)
            lost = self._is_lost(gate, at, known)
            source = NEIGHBOUR[gate] if lost else gate
            scale = GATE_SHARE[gate] / GATE_SHARE[source]
            north, south = self.passing(source, at)
            so_far = so_far.plus(north * scale, south * scale, filled=lost)
        return so_far

    def per_minute(self, instant: Instant) -> float:
        """People passing a gate in a minute, averaged over gates and the quarter hour around."""
        start = jst.quarter_start(instant)
        passed = sum(self.quarter(gate, start).total for gate in _GATES)
        factor = 1.0
        for effect in self.course.at(instant):
            if isinstance(effect, Crowd):
                factor *= effect.factor
            elif isinstance(effect, KeepOpen) and passed == 0:
                return effect.per_minute
        return passed / len(_GATES) / jst.QUARTER_MINUTES * factor

    def people_inside(self, instant: Instant) -> float:
        """How many people are on the walkway, modelled as flow times the time of a walk."""
        return self.per_minute(instant) * _WALK_MIN

    def languages(self, instant: Instant, ordinary: dict[str, float]) -> dict[str, float]:
        """The mix of languages at the signs."""
        for effect in reversed(self.course.at(instant)):
            if isinstance(effect, Languages):
                return dict(effect.mix)
        return ordinary

    def snowfall(self, instant: Instant) -> tuple[float, float]:
        """What a scenario adds: mm an hour now, and centimetres that lie since it began."""
        falling = sum(e.mm_per_h for e in self.course.at(instant) if isinstance(e, Snowfall))
        return falling, sum(_fallen_cm(span, instant) for span in self.course.spans)

    def _after(
        self, effect: Effect, gate: str, minute: Instant, passing: tuple[float, float]
    ) -> tuple[float, float]:
        north, south = passing
        match effect:
            case Crowd():
                applies = not effect.gates or gate in effect.gates
                factor = effect.factor if applies else 1.0
                return north * factor, south * factor
            case KeepOpen():
                if not world.is_closed(jst.minute_of_day(minute)):
                    return passing
                chance = row(self.seed, "night", gate, minute)
                share = chance.uniform(0.35, 0.65)
                people = round(effect.per_minute * chance.uniform(0.3, 1.7))
                return people * share, people * (1 - share)
            case Silence() | Languages() | Snowfall():
                return passing
            case _:
                assert_never(effect)

    def _is_lost(self, gate: str, minute: Instant, known: Instant) -> bool:
        span = self.course.silence_of(gate, minute)
        if span is None or not isinstance(span.effect, Silence):
            return False
        if span.end is None or known < span.end:
            return True
        return minute < span.end - span.effect.buffer_min * MINUTE_US


def _fallen_cm(span: Span, instant: Instant) -> float:
    """Centimetres that a snowfall has left; they go over the two days after it."""
    if not isinstance(span.effect, Snowfall) or instant < span.start:
        return 0.0
    end = instant if span.end is None else min(instant, span.end)
    fallen = span.effect.mm_per_h * (end - span.start) / (60 * MINUTE_US)
    gone = (instant - end) / (timedelta(days=2) // timedelta(microseconds=1))
    return max(0.0, fallen * (1 - gone))
