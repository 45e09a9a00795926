"""How crowded: persons per minute per metre of clear width, in four levels (HCM walkways)."""

from enum import IntEnum

import msgspec

from dashboard.figures.gates import GateRecord
from dashboard.figures.quarters import QUARTER_MINUTES, Quarter, start_of
from kernel.times import MINUTE_US, Instant

CLEAR_WIDTH_M = 12.0


class CrowdLevel(IntEnum):
    """空いている, やや混雑, 混雑, 非常に混雑."""

    FREE = 0
    BUSY = 1
    CROWDED = 2
    PACKED = 3


class CrowdLimits(msgspec.Struct, frozen=True):
    """Where the levels begin, in persons/min/m (Highway Capacity Manual, walkways)."""

    busy: float = 23.0
    crowded: float = 33.0
    packed: float = 49.0

    def level(self, rate: float) -> CrowdLevel:
        """The level of a rate in persons per minute per metre."""
        if rate >= self.packed:
            return CrowdLevel.PACKED
        if rate >= self.crowded:
            return CrowdLevel.CROWDED
        return CrowdLevel.BUSY if rate >= self.busy else CrowdLevel.FREE


def per_minute(record: GateRecord, now: Instant) -> float | None:
    """People passing a gate in a minute, over the quarter hour so far and the one before it.

    The present quarter hour alone would leap in its first minutes.
    """
    present = record.present
    running = record.total(present)
    before = record.total(Quarter(present - 1))
    elapsed = max(1.0, (now - start_of(present)) / MINUTE_US)
    if running is None:
        return None if before is None else before / QUARTER_MINUTES
    if before is None:
        return running / elapsed
    return (running + before) / (elapsed + QUARTER_MINUTES)
