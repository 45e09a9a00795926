"""Prometheus metrics. Labels are bounded: templates, rule ids, results; never an id or a value."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class _Timer:
    """How many requests of a route took how long."""

    __slots__ = ("buckets", "sum_s")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BOUNDS_S) + 1)
        self.sum_s = 0.0

    def cumulative(self) -> list[tuple[str, float]]:
        """Upper bound → requests at or below it, as Prometheus wants it."""
        total = 0
        pairs = []
        for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), self.buckets, strict=True):
            total += count
            pairs.append((bound, float(total)))
        return pairs


class HttpMetrics(Collector):
    """Counts requests by method, route template and status, and how long they took.

    Plain integers that become metrics when somebody asks: the client library's own counters take a
    lock for each of the three steps of every request.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._timers: dict[str, _Timer] = {}
        registry.register(self)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = _Timer()
        timer.buckets[bisect_left(_BOUNDS_S, seconds)] += 1
        timer.sum_s += seconds

    def collect(self) -> Iterator[Metric]:
        """Both families, as they stand."""
        requests = CounterMetricFamily(
            "odori_http_requests", "HTTP requests answered", labels=["method", "route", "status"]
        )
        for (method, route, status), count in sorted(self._requests.items()):
            requests.add_metric([method, route, str(status)], count)
        seconds = HistogramMetricFamily(
            "odori_http_request_seconds",
            "Time from the request's head to its answer",
            labels=["route"],
        )
        for route, timer in sorted(self._timers.items()):
            seconds.add_metric([route], timer.cumulative(), timer.sum_s)
        yield requests
        yield seconds
