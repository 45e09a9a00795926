"""Series as QuantumLeap shows them."""

from collections.abc import Sequence
from typing import Any

from broker.model.changes import HistoryRow
from broker.temporal.query import Aggregate
from broker.v2.encode.attributes import encode_value
from kernel.times import Instant, render_millis


def index_of(instant: Instant) -> str:
    """A time index: `2020-01-01T00:00:00.000+00:00`."""
    return render_millis(instant).removesuffix("Z") + "+00:00"


def encode_rows(rows: Sequence[HistoryRow]) -> dict[str, Any]:
    """Index and values; a deleted attribute has the value null."""
    return {
        "index": [index_of(row.time) for row in rows],
        "values": [None if row.instance is None else encode_value(row.instance) for row in rows],
    }


def encode_numbers(numbers: Sequence[Aggregate], *, by_period: bool) -> dict[str, Any]:
    """Aggregated values; without periods there is one, and nothing to index it by."""
    return {
        "index": [index_of(one.time) for one in numbers] if by_period else [],
        "values": [_shortest(one.value) for one in numbers],
    }


def _shortest(value: float) -> float | int:
    """Whole numbers without a fraction, as everywhere in NGSI-v2."""
    return int(value) if float(value).is_integer() else value
