"""What one device says at one moment: names and values, before any transport writes them down."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from kernel.times import Instant

Reading: TypeAlias = str | int | float | bool
Payload: TypeAlias = Mapping[str, Reading]


class Report(msgspec.Struct, frozen=True):
    """One report of one device.

    Attributes:
        due: the instant of the world at which the device speaks; its period ends there.
        observed: the middle of the period that it speaks of, by a perfect clock.
        payload: everything but the time.
    """

    device: str
    due: Instant
    observed: Instant
    payload: Payload
