"""Japan's time: nine hours before UTC all year, and the quarter hours of a day."""

from datetime import UTC, date, datetime, timedelta

from kernel.times import DAY_US, HOUR_US, MINUTE_US, Instant, from_datetime, to_datetime

OFFSET_US = 9 * HOUR_US
QUARTER_MINUTES = 15
QUARTER_US = QUARTER_MINUTES * MINUTE_US
QUARTERS = DAY_US // QUARTER_US
"""Quarter hours of a day: 96."""


def midnight(day: date) -> Instant:
    """The instant at which a day begins in Japan."""
    return Instant(from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC)) - OFFSET_US)


def day_of(instant: Instant) -> date:
    """The date that a calendar in Japan shows."""
    return to_datetime(Instant(instant + OFFSET_US)).date()


def minute_of_day(instant: Instant) -> int:
    """Whole minutes since midnight in Japan: 0 … 1439."""
    return (instant + OFFSET_US) % DAY_US // MINUTE_US


def at_minute(day: date, minute: int) -> Instant:
    """The instant of a minute of a day; minutes past the day's end fall into the next."""
    return Instant(midnight(day) + minute * MINUTE_US)


def quarter_start(instant: Instant) -> Instant:
    """The start of the quarter hour (a whole number of them lies between UTC and Japan)."""
    return Instant(instant - instant % QUARTER_US)


def days_back(last: date, count: int) -> list[date]:
    """`count` days ending with `last`, newest first."""
    return [last - timedelta(days=back) for back in range(count)]
