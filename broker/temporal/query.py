"""What may be asked of the history, in neutral words (QuantumLeap's and NGSI-LD's both fit)."""

from enum import StrEnum

import msgspec

from kernel.permission import EVERYTHING, Permission
from kernel.times import Instant


class Aggregation(StrEnum):
    """How numbers of a period become one (QuantumLeap `aggrMethod`)."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


class Period(StrEnum):
    """The calendar period, in UTC, that rows are aggregated over (QuantumLeap `aggrPeriod`)."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Series(msgspec.Struct, frozen=True):
    """Which series: of one attribute, of one entity or of several.

    `entity_id`, `entity_type` and `service_path` empty mean any; `attribute` is always named.
    """

    attribute: str
    entity_id: str = ""
    entity_type: str = ""
    service_path: str = ""


class HistoryQuery(msgspec.Struct, frozen=True):
    """A window on one `Series`.

    Attributes:
        series: which.
        since, until: closed bounds on the time index; None is open.
        last_n: the last N rows of the window, still in ascending order.
        limit, offset: page of the ascending window; not together with `last_n`.
        known_at: only rows recorded by then (replay); None for all.
        permission: only rows of entities that it shows, by service path and type. An entity that
            was deleted is known by its first type. Whether the attribute is shown is asked before.
    """

    series: Series
    since: Instant | None = None
    until: Instant | None = None
    last_n: int | None = None
    limit: int = 10_000
    offset: int = 0
    known_at: Instant | None = None
    permission: Permission = EVERYTHING


class AggregateQuery(msgspec.Struct, frozen=True):
    """Numbers of a `HistoryQuery`'s window, one value per period, or one in all without period.

    Only numeric rows count for sum, avg, min and max; all rows count for count. Periods without a
    value are left out. `last_n`, `limit` and `offset` of the window count periods, not rows.
    """

    window: HistoryQuery
    method: Aggregation
    period: Period | None = None


class Aggregate(msgspec.Struct, frozen=True):
    """One aggregated value; `time` is the start of its period (the window's first row without)."""

    time: Instant
    value: float | int
