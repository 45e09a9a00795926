"""What operators see of delivery."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from broker.outbound.result import Result


class DeliveryMetrics:
    """Counts notifications by what became of them; never by subscription or receiver."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = Counter(
            "odori_notifications_total",
            "Attempts to deliver notifications, and those not delivered, by result",
            ["result"],
            registry=registry,
        )
        self._counters = {result: counter.labels(result.value) for result in Result}
        self._oldest = Gauge(
            "odori_outbox_oldest_seconds",
            "Age of the oldest notification that is still owed",
            registry=registry,
        )

    def count(self, result: Result) -> None:
        """One more of these."""
        self._counters[result].inc()

    def oldest(self, seconds: float) -> None:
        """How long the oldest owed notification has been waiting; 0 if nothing is owed."""
        self._oldest.set(seconds)
