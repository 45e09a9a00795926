"""What operators see of forwarding."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter


class Result(StrEnum):
    """The label of `odori_forwarded_requests_total`."""

    ANSWERED = "answered"
    FAILED = "failed"
    CIRCLED = "circled"  # not forwarded: it came back to where it was forwarded


class ProviderMetrics:
    """Counts forwarded requests by kind and by what became of them; never by provider."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            "odori_forwarded_requests_total",
            "Requests forwarded to context providers, by kind and result",
            ["request", "result"],
            registry=registry,
        )

    def count(self, request: str, result: Result) -> None:
        """One more of these."""
        self._counter.labels(request, result.value).inc()
