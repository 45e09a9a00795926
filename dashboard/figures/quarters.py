"""The boards' calendar: days of Japan and their quarter hours, and when the walkway is open."""

from datetime import date, timedelta
from typing import NewType

import msgspec

from kernel.times import DAY_US, HOUR_US, MINUTE_US, Instant

Quarter = NewType("Quarter", int)
"""A quarter hour: how many of them begin between 1970-01-01T00:00+09:00 and it."""

QUARTER_MINUTES = 15
QUARTER_US = QUARTER_MINUTES * MINUTE_US
QUARTERS_PER_DAY = DAY_US // QUARTER_US
QUARTERS_PER_HOUR = HOUR_US // QUARTER_US
DAYS_PER_WEEK = 7
_JAPAN_US = 9 * HOUR_US
_EPOCH = date(1970, 1, 1)


def quarter_of(instant: Instant) -> Quarter:
    """The quarter hour that an instant falls into."""
    return Quarter((instant + _JAPAN_US) // QUARTER_US)


def start_of(quarter: Quarter) -> Instant:
    """The instant at which a quarter hour begins."""
    return Instant(quarter * QUARTER_US - _JAPAN_US)


def end_of(quarter: Quarter) -> Instant:
    """The instant at which the next one begins."""
    return Instant(start_of(quarter) + QUARTER_US)


def slot_of(quarter: Quarter) -> int:
    """Its place in the day: 0 is 00:00, 95 is 23:45."""
    return quarter % QUARTERS_PER_DAY


def day_of(quarter: Quarter) -> date:
    """The day in Japan that it belongs to."""
    return _EPOCH + timedelta(days=quarter // QUARTERS_PER_DAY)


def first_of(day: date) -> Quarter:
    """The quarter hour that begins at midnight."""
    return Quarter((day - _EPOCH).days * QUARTERS_PER_DAY)


def quarters_of(day: date) -> range:
    """All 96 of a day."""
    return range(first_of(day), first_of(day) + QUARTERS_PER_DAY)


def weeks_before(quarter: Quarter, weeks: int) -> Quarter:
    """The same weekday and time, some weeks earlier."""
    return Quarter(quarter - weeks * DAYS_PER_WEEK * QUARTERS_PER_DAY)


class OpeningHours(msgspec.Struct, frozen=True):
    """When the walkway is open, as slots of the day; it closes after midnight.

    The default is the city's: open from 05:45, the last quarter hour begins at 00:30.
    """

    opens: int = 23
    closes: int = 3

    def is_open(self, slot: int) -> bool:
        """Whether people may be inside during a slot."""
        return slot >= self.opens or slot < self.closes

    def opened_at(self, quarter: Quarter) -> Quarter:
        """The opening that the quarter hour belongs to; after midnight yesterday's."""
        day = day_of(quarter)
        if slot_of(quarter) < self.opens:
            day -= timedelta(days=1)
        return Quarter(first_of(day) + self.opens)

    @property
    def quarters_open(self) -> int:
        """How many quarter hours lie between opening and closing."""
        return self.closes - self.opens + QUARTERS_PER_DAY
