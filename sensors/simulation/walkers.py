"""How many people walk, when, and which way.

A gate's day is drawn as one number (the day's total), shared out over the 76 open quarter hours by
the profile of the kind of day, drawn again around each share, and split into two directions and
fifteen minutes. What a gate reports is always a running sum of such minutes.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import msgspec

from sensors.simulation import jst, weather, world
from sensors.simulation.calendar import DayKind, kind_of, liveliness
from sensors.simulation.chance import count_near, row

DAY_TOTAL = {DayKind.WORKDAY: 55_000, DayKind.HOLIDAY: 44_000}
"""People passing a gate on an ordinary day, both directions (the city's survey of 2015)."""

GATE_SHARE = {"J1": 1.02, "J2": 0.96, "J3": 0.99, "J4": 1.0, "J5": 1.03}
"""Not everybody walks the whole way: side exits lie between the gates."""

_HOUR_WEIGHT = {
    DayKind.WORKDAY: (
        *(0.5, 0, 0, 0, 0, 0.4, 1.0, 4.2, 9.4, 6.3, 4.6, 5.0),
        *(8.2, 6.6, 5.4, 5.6, 6.4, 8.5, 9.9, 6.8, 4.6, 3.4, 2.2, 1.1),
    ),
    DayKind.HOLIDAY: (
        *(0.6, 0, 0, 0, 0, 0.3, 0.5, 1.3, 2.7, 4.2, 6.3, 7.8),
        *(8.9, 9.2, 9.3, 9.4, 9.2, 8.3, 6.7, 4.8, 3.6, 2.7, 1.6, 0.9),
    ),
}
_NORTH_SHARE = {
    DayKind.WORKDAY: (
        *(0.6, 0.6, 0.5, 0.5, 0.4, 0.36, 0.34, 0.33, 0.34, 0.41, 0.46, 0.48),
        *(0.49, 0.51, 0.5, 0.5, 0.52, 0.57, 0.62, 0.63, 0.62, 0.61, 0.62, 0.63),
    ),
    DayKind.HOLIDAY: (
        *(0.6, 0.6, 0.5, 0.5, 0.4, 0.42, 0.41, 0.4, 0.41, 0.42, 0.43, 0.45),
        *(0.47, 0.49, 0.5, 0.51, 0.53, 0.56, 0.58, 0.59, 0.6, 0.6, 0.61, 0.62),
    ),
}
_SPREAD = 1.6
_RUN_BEGINS = 0.0086
"""Chance in a quarter hour that a sensor of the array fails for a while: 2 to 3 % are estimated."""
_RUN_LENGTHS = (2, 3, 4)


class Minute(msgspec.Struct, frozen=True):
    """People who passed within one minute."""

    north: int
    south: int


class Quarter(msgspec.Struct, frozen=True):
    """A quarter hour of a gate, before anything special happens to it.

    Attributes:
        index: of the day in Japan, 0 to 95.
        minutes: fifteen of them; none while closed.
        sensors_down: sensors whose share is filled in from their neighbours.
    """

    index: int
    minutes: tuple[Minute, ...]
    sensors_down: int = 0

    @property
    def total(self) -> int:
        """People of the whole quarter hour, both directions."""
        return sum(minute.north + minute.south for minute in self.minutes)

    @property
    def is_closed(self) -> bool:
        """Whether the walkway is closed."""
        return not self.minutes


@lru_cache(maxsize=64)
def day_of_gate(seed: int, gate: str, day: date) -> tuple[Quarter, ...]:
    """The 96 quarter hours of a gate's day."""
    chance = row(seed, "walkers", gate, day.isoformat())
    kind = kind_of(day)
    total = expected_total(seed, gate, day) * chance.gauss(1.0, 0.018)
    shares = _shares(kind)
    down = _sensors_down(seed, gate, day)
    quarters = []
    for index in range(jst.QUARTERS):
        mean = total * shares[index]
        north_share = _hourly(_NORTH_SHARE[kind], index) + chance.gauss(0, 0.012)
        north = count_near(chance, mean * north_share, _SPREAD)
        south = count_near(chance, mean * (1 - north_share), _SPREAD)
        minutes = () if shares[index] == 0 else _minutes(seed, gate, day, index, north, south)
        quarters.append(Quarter(index, minutes, down[index] if minutes else 0))
    return tuple(quarters)


def expected_total(seed: int, gate: str, day: date) -> float:
    """The day's total that weather and calendar lead one to expect.

    The whole city's mood of the day is shared by all gates.
    """
    mood = row(seed, "mood", day.isoformat()).gauss(1.0, 0.025)
    base = DAY_TOTAL[kind_of(day)] * liveliness(day) * GATE_SHARE.get(gate, 1.0)
    return base * weather.pull_indoors(seed, day) * mood


@lru_cache(maxsize=4)
def _shares(kind: DayKind) -> tuple[float, ...]:
    """Each quarter's share of the day; 0 while closed; together 1."""
    weights = [
        0.0
        if world.is_closed(index * jst.QUARTER_MINUTES)
        else max(_hourly(_HOUR_WEIGHT[kind], index), 0.02)
        for index in range(jst.QUARTERS)
    ]
    whole = sum(weights)
    return tuple(weight / whole for weight in weights)


def _hourly(values: Sequence[float], index: int) -> float:
    """A curve through the middles of the hours, read at the middle of a quarter hour."""
    position = (index + 0.5) / 4 - 0.5
    hour = int(position // 1)
    share = position - hour
    return values[hour % 24] * (1 - share) + values[(hour + 1) % 24] * share


def _minutes(  # noqa: PLR0917 — labels of the random row
    seed: int, gate: str, day: date, index: int, north: int, south: int
) -> tuple[Minute, ...]:
    """Share a quarter hour's people out over its minutes, unevenly, losing nobody."""
    chance = row(seed, "minutes", gate, day.isoformat(), index)
    weights = [chance.uniform(0.5, 1.5) for _ in range(jst.QUARTER_MINUTES)]
    whole = sum(weights)
    minutes, so_far, before = [], 0.0, (0, 0)
    for weight in weights[:-1]:
        so_far += weight / whole
        after = (round(north * so_far), round(south * so_far))
        minutes.append(Minute(after[0] - before[0], after[1] - before[1]))
        before = after
    minutes.append(Minute(north - before[0], south - before[1]))
    return tuple(minutes)


def _sensors_down(seed: int, gate: str, day: date) -> list[int]:
    """For each quarter hour how many of the array's sensors are filled in for."""
    chance = row(seed, "sensors-down", gate, day.isoformat())
    down = [0] * jst.QUARTERS
    for index in range(jst.QUARTERS):
        if chance.random() < _RUN_BEGINS:
            for covered in range(index, min(jst.QUARTERS, index + chance.choice(_RUN_LENGTHS))):
                down[covered] = 1
    return down
