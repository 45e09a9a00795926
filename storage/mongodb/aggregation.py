"""Numbers of periods, added up in process."""

from typing import Final, TypeAlias, assert_never

from broker.model.attribute import Attribute
from broker.temporal.query import Aggregate, Aggregation, Period
from kernel.times import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    SECOND_US,
    Instant,
    floor_to,
    from_datetime,
    to_datetime,
)

Number: TypeAlias = float | int
_BUCKETS: Final = {
    Period.SECOND: SECOND_US,
    Period.MINUTE: MINUTE_US,
    Period.HOUR: HOUR_US,
    Period.DAY: DAY_US,
}


class Totals:
    """What has been seen of each period: how many rows; sum and extremes of the numeric ones."""

    def __init__(self, method: Aggregation, period: Period | None) -> None:
        self._method = method
        self._period = period
        self._groups: dict[Instant, _Group] = {}
        self._first: Instant | None = None

    def add(self, time: Instant, instance: Attribute | None) -> None:
        """Count a row."""
        self._first = time if self._first is None else min(self._first, time)
        start = Instant(0) if self._period is None else start_of(self._period, time)
        self._groups.setdefault(start, _Group()).add(None if instance is None else instance.value)

    def results(self) -> list[Aggregate]:
        """One value for each period that has one, oldest first."""
        found = [(start, self._groups[start].value(self._method)) for start in sorted(self._groups)]
        return [
            Aggregate(start if self._period is not None else self._first or start, value)
            for start, value in found
            if value is not None
        ]


class _Group:
    def __init__(self) -> None:
        self._rows = 0
        self._numbers = 0
        self._sum: Number = 0
        self._extremes: tuple[Number, Number] | None = None

    def add(self, value: object) -> None:
        self._rows += 1
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        self._numbers += 1
        self._sum += value
        low, high = self._extremes or (value, value)
        self._extremes = min(low, value), max(high, value)

    def value(self, method: Aggregation) -> Number | None:
        match method:
            case Aggregation.COUNT:
                return self._rows
            case Aggregation.SUM:
                return self._sum if self._numbers else None
            case Aggregation.AVG:
                return self._sum / self._numbers if self._numbers else None
            case Aggregation.MIN:
                return self._extremes[0] if self._extremes else None
            case Aggregation.MAX:
                return self._extremes[1] if self._extremes else None
            case _:
                assert_never(method)


def start_of(period: Period, time: Instant) -> Instant:
    """The start, in UTC, of the period that the instant falls into."""
    bucket = _BUCKETS.get(period)
    if bucket is not None:
        return floor_to(time, bucket)
    day = to_datetime(time).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(day.replace(month=1) if period is Period.YEAR else day)
