"""The calendar of Japan: years of age and months of validity are counted in it."""

import calendar
from datetime import datetime, timedelta, timezone
from typing import Final

from kernel.times import Instant, from_datetime, to_datetime

JST: Final = timezone(timedelta(hours=9), "JST")
"""Japan has no summer time."""

_MONTHS: Final = 12


def in_japan(now: Instant) -> datetime:
    """What clocks and calendars in Japan show at that instant."""
    return to_datetime(now).astimezone(JST)


def year_in_japan(now: Instant) -> int:
    """The calendar year there."""
    return in_japan(now).year


def months_later(now: Instant, months: int) -> Instant:
    """The same time of day so many months on (Civil Code 143).

    Where the month has no such day, its last: 29 February and twelve months is 28 February.
    """
    start = in_japan(now)
    count = start.year * _MONTHS + start.month - 1 + months
    year, month = count // _MONTHS, count % _MONTHS + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return from_datetime(start.replace(year=year, month=month, day=day))
