"""What every engine offers to `city/compose.py`: the stores of the city database."""

from typing import Protocol

from broker.ports import EntityStore, HistoryStore, Outbox, SubscriptionStore


class Engine(Protocol):
    """An open city database. It is an async context manager with one owner."""

    @property
    def entities(self) -> EntityStore:
        """Entities, with history and owed notifications in the same commit."""

    @property
    def history(self) -> HistoryStore:
        """The values that attributes had."""

    @property
    def subscriptions(self) -> SubscriptionStore:
        """Subscriptions and their counters."""

    @property
    def outbox(self) -> Outbox:
        """Owed notifications, dead letters and leases."""
