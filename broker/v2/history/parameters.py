"""The query string of QuantumLeap's API."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from broker.temporal.query import (
    AggregateQuery,
    Aggregation,
    HistoryQuery,
    Period,
    Series,
)
from broker.v2.errors import WrongUseError
from kernel.times import Instant, MalformedTimeError, parse_instant

NAMES: Final = frozenset(
    {"lastN", "fromDate", "toDate", "aggrMethod", "aggrPeriod", "hLimit", "hOffset"}
)
MOST_ROWS: Final = 10_000
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


class Window(msgspec.Struct, frozen=True):
    """What is asked for, before it is known of which series."""

    since: Instant | None = None
    until: Instant | None = None
    last_n: int | None = None
    limit: int = MOST_ROWS
    offset: int = 0
    method: Aggregation | None = None
    period: Period | None = None

    def rows(self, series: Series) -> HistoryQuery:
        """The query for rows."""
        return HistoryQuery(series, self.since, self.until, self.last_n, self.limit, self.offset)

    def numbers(self, series: Series, method: Aggregation) -> AggregateQuery:
        """The query for aggregated numbers."""
        return AggregateQuery(self.rows(series), method, self.period)


def read_window(query: Mapping[str, str]) -> Window:
    """The window that a query string describes.

    Raises:
        WrongUseError: a parameter cannot be read, or goes with another only.
    """
    last_n = _count(query, "lastN", least=1)
    limit = _count(query, "limit" if "limit" in query else "hLimit", least=1)
    offset = _count(query, "offset" if "offset" in query else "hOffset", least=0)
    method = _choice(query, "aggrMethod", Aggregation)
    period = _choice(query, "aggrPeriod", Period)
    if period is not None and method is None:
        raise WrongUseError("aggrMethod is compulsory when using aggrPeriod.")
    return Window(
        _date(query, "fromDate"),
        _date(query, "toDate"),
        # Without a page of its own, `lastN` is cut at what a page may hold.
        None if last_n is None else min(last_n, MOST_ROWS),
        MOST_ROWS if limit is None else min(limit, MOST_ROWS),
        offset or 0,
        method,
        period,
    )


def _count(query: Mapping[str, str], name: str, *, least: int) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:18]) < least:
        raise WrongUseError(f"{name} should be >= {least}")
    return int(text[:18])


def _date(query: Mapping[str, str], name: str) -> Instant | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_instant(text.strip('"').replace(" ", "+"))
    except MalformedTimeError:
        raise WrongUseError(f"{name} is not a date-time of ISO 8601") from None


def _choice(query: Mapping[str, str], name: str, kind: type[ChoiceT]) -> ChoiceT | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        raise WrongUseError(
            f"{name} is none of {', '.join(member.value for member in kind)}"
        ) from None
