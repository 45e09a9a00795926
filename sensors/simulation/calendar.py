"""Which days are workdays in Sapporo: weekends, national holidays, the turn of the year, school.

The rules are those of Japan's Act on National Holidays as in force since 2022 (the years of the
Olympic exceptions, 2020 and 2021, follow the plain rules here).
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

_FIXED = frozenset(
    {(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)}
)
_MONDAYS = {1: 2, 7: 3, 9: 3, 10: 2}
"""Month → which Monday of it is a holiday."""
_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


class DayKind(StrEnum):
    """What decides how people move on a day."""

    WORKDAY = "workday"
    HOLIDAY = "holiday"


def kind_of(day: date) -> DayKind:
    """Saturdays, Sundays, national holidays and the turn of the year are holidays."""
    free = day.weekday() >= _SATURDAY or is_national_holiday(day) or _is_turn_of_year(day)
    return DayKind.HOLIDAY if free else DayKind.WORKDAY


@lru_cache(maxsize=4096)
def is_national_holiday(day: date) -> bool:
    """A holiday by name, a substitute for one on a Sunday, or a day between two holidays."""
    if _is_named(day):
        return True
    return _is_substitute(day) or (
        day.weekday() != _SUNDAY and _is_named(day - _DAY) and _is_named(day + _DAY)
    )


def is_school_holiday(day: date) -> bool:
    """The long holidays of Sapporo's schools, to within a few days."""
    now = (day.month, day.day)
    winter = now >= (12, 26) or now <= (1, 14)
    return winter or (3, 25) <= now <= (4, 5) or (7, 26) <= now <= (8, 18)


def liveliness(day: date) -> float:
    """How full a day is beside others of its kind; 1.0 is the ordinary one."""
    if (day.month, day.day) in {(1, 1), (12, 31)}:
        return 0.62
    if _is_turn_of_year(day):
        return 0.85
    by_weekday = (0.97, 0.99, 1.0, 1.0, 1.06, 1.04, 0.96)[day.weekday()]
    student_share = 0.98 if kind_of(day) is DayKind.WORKDAY and is_school_holiday(day) else 1.0
    return by_weekday * student_share


def _is_turn_of_year(day: date) -> bool:
    return (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)


def _is_named(day: date) -> bool:
    if (day.month, day.day) in _FIXED:
        return True
    if day.weekday() == 0 and _MONDAYS.get(day.month) == (day.day + 6) // 7:
        return True
    return (day.month, day.day) in {
        (3, _equinox(day.year, 20.8431)),
        (9, _equinox(day.year, 23.2488)),
    }


def _is_substitute(day: date) -> bool:
    """The first day after a holiday on a Sunday that is not itself a holiday."""
    before = day - _DAY
    while _is_named(before):
        if before.weekday() == _SUNDAY:
            return True
        before -= _DAY
    return False


def _equinox(year: int, base: float) -> int:
    """Day of the month, by the usual approximation for 1980 to 2099."""
    years = year - 1980
    return int(base + 0.242194 * years - years // 4)
