"""ISO 8601 durations as policy files write them: `PT15M`, `PT24H`, `P7D`, `P5Y`."""

from functools import lru_cache
from typing import Final

import re2

from kernel.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US

_FORM: Final = re2.compile(
    r"P(?:(\d{1,3})Y)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?)?"
)
_UNITS: Final = (365 * DAY_US, DAY_US, HOUR_US, MINUTE_US, SECOND_US)


@lru_cache(maxsize=256)  # asked for every measure; policies hold a handful of them
def parse_duration(text: str) -> int:
    """Microseconds of a duration; a year has 365 days, months are not known.

    Raises:
        ValueError: it is not a duration of this form.
    """
    match = _FORM.fullmatch(text)
    parts = match.groups() if match is not None else ()
    if not any(part is not None for part in parts):
        raise ValueError("The text is not a duration such as PT15M")
    return sum(int(part) * unit for part, unit in zip(parts, _UNITS, strict=True) if part)
