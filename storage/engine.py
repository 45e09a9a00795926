"""What every engine offers to the composition root: the city database and who may use its doors.

The vault and the key store, which share no table and no key with them, are `oauth.ports.Shelves`.
"""

from typing import Protocol

from broker.ports import (
    EntityStore,
    HistoryStore,
    Outbox,
    RegistrationStore,
    SubscriptionStore,
)
from ingest.ports import DeadLetters
from oauth.ports import TokenStore
from sensors.ports import DeviceStore


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
    def registrations(self) -> RegistrationStore:
        """Registrations of context providers and their counters."""

    @property
    def outbox(self) -> Outbox:
        """Owed notifications, dead letters and leases."""

    @property
    def devices(self) -> DeviceStore:
        """The device registry."""

    @property
    def dead_letters(self) -> DeadLetters:
        """What is kept of input that the intake refused."""


class Access(Protocol):
    """An open access database. A process without citizens needs no other besides the city's."""

    @property
    def tokens(self) -> TokenStore:
        """Tokens of operators and machines."""
