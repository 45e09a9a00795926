"""Counters of intake. Labels are policies, rules and transports: nothing that a sensor sent."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingest.ports import Transport
from ingest.rules import Rule

NO_POLICY = "none"
"""The policy label of a message whose sender is not admitted."""


class IngestMetrics:
    """Everything that intake counts. Children are remembered: looking them up is the cost."""

    def __init__(self, registry: CollectorRegistry) -> None:
        messages = Counter(
            "odori_ingest_messages_total",
            "Messages that came to a door of the intake",
            ["proto"],
            registry=registry,
        )
        self._messages = {one: messages.labels(one.value) for one in Transport}
        self._measures = Counter(
            "odori_ingest_measures_total",
            "Measures that a policy let through",
            ["policy"],
            registry=registry,
        )
        self._dropped = Counter(
            "odori_deidentified_dropped_total",
            "Messages, measures, fields and unknown keys that were not let through",
            ["policy", "rule"],
            registry=registry,
        )
        self.suspect = Counter(
            "odori_ingest_policy_suspect_total",
            "Hits of the detector net: the policy is wrong",
            ["policy", "rule"],
            registry=registry,
        )
        self.commit_rows = Histogram(
            "odori_ingest_commit_rows",
            "Observations that shared a commit",
            registry=registry,
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000),
        )
        self.spooled = Gauge(
            "odori_ingest_spooled",
            "Sealed observations that wait for the broker to come back",
            registry=registry,
        )
        self.letters_lost = Counter(
            "odori_ingest_dead_letters_lost_total",
            "Dead letters that did not fit while their store was away",
            registry=registry,
        )
        self._measure_of: dict[str, Counter] = {}
        self._drop_of: dict[tuple[str, Rule], Counter] = {}

    def message(self, transport: Transport) -> None:
        """A message came."""
        self._messages[transport].inc()

    def measures(self, policy: str, count: int) -> None:
        """A policy let measures through."""
        child = self._measure_of.get(policy)
        if child is None:
            child = self._measure_of[policy] = self._measures.labels(policy)
        child.inc(count)

    def dropped(self, policy: str, rule: Rule, count: int = 1) -> None:
        """Something was not let through."""
        child = self._drop_of.get((policy, rule))
        if child is None:
            child = self._drop_of[policy, rule] = self._dropped.labels(policy, rule.value)
        child.inc(count)
