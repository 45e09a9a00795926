"""Who may still be a minor: reckoned from the year alone, in Japan's calendar. Pure."""

from typing import Final

from kernel.times import Instant
from oauth.accounts.refusals import BadBirthYearError
from oauth.model.calendar import year_in_japan

_OLDEST: Final = 130


def read_birth_year(raw: object, now: Instant) -> int:
    """A year that somebody alive can have been born in.

    Raises:
        BadBirthYearError: anything else.
    """
    this_year = year_in_japan(now)
    if type(raw) is not int or not this_year - _OLDEST <= raw <= this_year:
        raise BadBirthYearError("The birth year is a year of four digits, not in the future")
    return raw


def minority(birth_year: int, minor_age: int, now: Instant) -> int | None:
    """The last calendar year in which `year - birth_year <= minor_age`; None if it is over."""
    last = birth_year + minor_age
    return last if last >= year_in_japan(now) else None


def later_minority(
    present: int | None, birth_year: int, minor_age: int, now: Instant
) -> int | None:
    """The later end of two: what was said first is not unsaid by saying something else."""
    said = minority(birth_year, minor_age, now)
    running = [end for end in (present, said) if end is not None and end >= year_in_japan(now)]
    return max(running, default=None)
