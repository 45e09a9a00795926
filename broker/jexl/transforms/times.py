"""Transformations of time: seconds since 1970-01-01T00:00:00Z, and ISO 8601."""

import math
from typing import Any

from broker.jexl.transforms.call import Call
from broker.jexl.values import float_of, is_number, whole
from kernel.times import SECOND_US, Instant, MalformedTimeError, parse_instant, to_datetime


def now(call: Call) -> Any:
    """`60|now`: so many seconds from now."""
    if not is_number(call.subject):
        return None
    return whole(float(call.now // SECOND_US) + math.trunc(float_of(call.subject)))


def to_iso_string(call: Call) -> Any:
    """`0|toIsoString` is `1970-01-01T00:00:00+00:00`."""
    if not is_number(call.subject):
        return None
    try:
        return to_datetime(Instant(int(call.subject) * SECOND_US)).isoformat(timespec="seconds")
    except OverflowError:
        return None


def get_time(call: Call) -> Any:
    """The seconds, without a fraction, that a date-time stands for."""
    if not isinstance(call.subject, str):
        return None
    try:
        return parse_instant(call.subject) // SECOND_US
    except MalformedTimeError:
        return None
