"""Instants and ISO 8601 text.

An `Instant` is a whole number of microseconds since 1970-01-01T00:00:00Z: it compares, sorts,
stores and hashes as a number, and no time zone can be forgotten on the way.
"""

from datetime import UTC, datetime, timedelta
from typing import NewType

from kernel.errors import BadRequestError

Instant = NewType("Instant", int)

MILLISECOND_US = 1_000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DATE = len("2020-01-01")
_TIME = frozenset({"", "T"})


class MalformedTimeError(BadRequestError):
    """The text is not a date or date-time of ISO 8601."""


def to_datetime(instant: Instant) -> datetime:
    """The same instant as an aware `datetime` in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


def from_datetime(moment: datetime) -> Instant:
    """The instant of a `datetime`; a naive one is read as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return Instant((aware - _EPOCH) // _MICROSECOND)


def parse_instant(text: str) -> Instant:
    """Read an ISO 8601 date or date-time; without an offset it is UTC.

    Raises:
        MalformedTimeError: the text is anything else; it is not quoted in the error.
    """
    # What Python reads besides: weeks, dates without dashes, any letter before the time, commas.
    is_date = len(text) >= _DATE and text[4] == text[7] == "-" and text[_DATE : _DATE + 1] in _TIME
    if not is_date or "," in text:
        raise MalformedTimeError("The text is not an ISO 8601 date-time")
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise MalformedTimeError("The text is not an ISO 8601 date-time") from None


_OFFSET = len("+00:00")


def render_millis(instant: Instant) -> str:
    """`2020-01-01T00:00:00.000Z`: how NGSI-v2 prints a date-time."""
    return to_datetime(instant).isoformat(timespec="milliseconds")[:-_OFFSET] + "Z"


def render_micros(instant: Instant) -> str:
    """`2020-01-01T00:00:00.000000Z`: nothing lost; how NGSI-LD and the history print it."""
    return to_datetime(instant).isoformat(timespec="microseconds")[:-_OFFSET] + "Z"


def render_shortest(instant: Instant) -> str:
    """As many digits as the instant needs: whole seconds have no fraction."""
    if instant % MILLISECOND_US:
        return render_micros(instant)
    if instant % SECOND_US:
        return render_millis(instant)
    return to_datetime(instant).isoformat(timespec="seconds")[:-_OFFSET] + "Z"


def floor_to(instant: Instant, bucket_us: int) -> Instant:
    """The start of the bucket of `bucket_us` microseconds that the instant falls into."""
    return Instant(instant - instant % bucket_us)
