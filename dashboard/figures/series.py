"""A series of numbers by quarter hour, small enough to keep a year of it in memory.

Running totals: of all rows of one period the last recorded is the total. Within a quarter hour that
holds several times (air, weather) the latest time counts.
"""

from array import array
from collections.abc import Iterator
from datetime import date
from math import isnan, nan

from dashboard.figures.quarters import (
    QUARTERS_PER_DAY,
    Quarter,
    day_of,
    quarter_of,
    slot_of,
)
from dashboard.ports import Row
from kernel.times import Instant

_NEVER = 0


class _Day:
    """The 96 quarter hours of one day, as plain machine numbers."""

    __slots__ = ("recorded", "times", "values")

    def __init__(self) -> None:
        self.values = array("d", [nan] * QUARTERS_PER_DAY)
        self.times = array("q", [_NEVER] * QUARTERS_PER_DAY)
        self.recorded = array("q", [_NEVER] * QUARTERS_PER_DAY)


class QuarterSeries:
    """Numbers by quarter hour: a number, None (recorded as an outage), or no record at all."""

    def __init__(self) -> None:
        self._days: dict[date, _Day] = {}

    def add(self, row: Row) -> bool:
        """Take a row in; False if something newer is known already."""
        quarter = quarter_of(row.time)
        day = self._days.setdefault(day_of(quarter), _Day())
        slot = slot_of(quarter)
        if (row.time, row.recorded_at) < (day.times[slot], day.recorded[slot]):
            return False
        day.values[slot] = nan if row.value is None else float(row.value)
        day.times[slot] = row.time
        day.recorded[slot] = max(row.recorded_at, 1)
        return True

    def is_recorded(self, quarter: Quarter) -> bool:
        """Whether there is any row of the quarter hour."""
        return self.recorded_at(quarter) is not None

    def recorded_at(self, quarter: Quarter) -> Instant | None:
        """When the row that counts was committed; None without a row."""
        day = self._days.get(day_of(quarter))
        if day is None or day.recorded[slot_of(quarter)] == _NEVER:
            return None
        return Instant(day.recorded[slot_of(quarter)])

    def value(self, quarter: Quarter) -> float | None:
        """The number; None without a row, or when the row says outage."""
        day = self._days.get(day_of(quarter))
        if day is None:
            return None
        number = day.values[slot_of(quarter)]
        return None if isnan(number) else number

    def days(self) -> Iterator[date]:
        """Days with at least one row, in no order."""
        return iter(self._days)

    def forget(self, before: date) -> None:
        """Drop the days before this one."""
        for day in [day for day in self._days if day < before]:
            del self._days[day]
