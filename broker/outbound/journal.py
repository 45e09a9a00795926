"""The last attempts of each subscription, so that an operator sees what the receiver said."""

from collections import OrderedDict, deque
from collections.abc import Sequence

import msgspec

from kernel.times import Instant


class Attempt(msgspec.Struct, frozen=True):
    """One attempt.

    Attributes:
        number: of the notice.
        status: HTTP status; None where no answer came, or of MQTT.
        reason: why no answer came.
        excerpt: the first kilobyte of the answer; it is the receiver's text, shown to operators
            and never logged.
    """

    number: int
    at: Instant
    latency_ms: float
    status: int | None = None
    reason: str = ""
    excerpt: bytes = b""


class Journal:
    """The last `per_subscription` attempts of the `subscriptions` that were last heard of."""

    def __init__(self, *, per_subscription: int = 20, subscriptions: int = 1_000) -> None:
        self._per_subscription = per_subscription
        self._subscriptions = subscriptions
        self._attempts: OrderedDict[tuple[str, str], deque[Attempt]] = OrderedDict()

    def add(self, tenant: str, subscription_id: str, attempt: Attempt) -> None:
        """Remember an attempt; the oldest is forgotten."""
        key = (tenant, subscription_id)
        attempts = self._attempts.pop(key, None)
        if attempts is None:
            attempts = deque(maxlen=self._per_subscription)
        attempts.append(attempt)
        self._attempts[key] = attempts
        while len(self._attempts) > self._subscriptions:
            self._attempts.popitem(last=False)

    def recent(self, tenant: str, subscription_id: str) -> Sequence[Attempt]:
        """The last attempts of a subscription in this process, oldest first."""
        return tuple(self._attempts.get((tenant, subscription_id), ()))
