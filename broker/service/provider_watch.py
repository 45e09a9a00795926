"""What is noticed of providers: counted per registration, logged once an outage, and metrics."""

from enum import StrEnum

import structlog

from broker.federation.model import Forwarded
from broker.outbound.provider_metrics import ProviderMetrics, Result
from broker.ports import RegistrationStore
from broker.subscriptions.model import Endpoint
from kernel.clock import Clock

_log = structlog.get_logger("odori.broker")


class Request(StrEnum):
    """The two things that providers are asked."""

    QUERY = "query"
    UPDATE = "update"


class ProviderWatch:
    """Hears of every request to a provider.

    Counts wait in memory for `flush`, so that a query costs no write; those of the last moments
    before a crash are lost, and nothing depends on them.
    """

    def __init__(self, store: RegistrationStore, clock: Clock, metrics: ProviderMetrics) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._away: set[str] = set()
        self._has_circled = False
        self._uncounted: dict[str, dict[str, Forwarded]] = {}

    def answered(self, tenant: str, registration_id: str, url: str, request: Request) -> None:
        """The provider gave an answer that can be used."""
        now = self._clock.now()
        self._metrics.count(request.value, Result.ANSWERED)
        self._add(tenant, registration_id, Forwarded(1, now, now, None))
        lane = _lane(url)
        if lane in self._away:
            self._away.discard(lane)
            _log.info("context provider answers again", provider=lane)

    def failed(
        self, tenant: str, registration_id: str, url: str, request: Request, reason: str
    ) -> None:
        """It gave none."""
        now = self._clock.now()
        self._metrics.count(request.value, Result.FAILED)
        self._add(tenant, registration_id, Forwarded(1, now, None, now))
        lane = _lane(url)
        if lane not in self._away:
            self._away.add(lane)
            _log.warning("context provider fails", provider=lane, reason=reason)

    def circled(self, request: Request) -> None:
        """A request came back to where it was forwarded, and goes no further. Logged once."""
        self._metrics.count(request.value, Result.CIRCLED)
        if not self._has_circled:
            self._has_circled = True
            _log.warning("forwarded requests go in circles: some registrations form a ring")

    async def forwarded(self, tenant: str, ids: list[str]) -> dict[str, Forwarded]:
        """What is known of each of these registrations, up to this moment."""
        stored = await self._store.forwarded(tenant, ids)
        waiting = self._uncounted.get(tenant, {})
        return {
            one: stored.get(one, Forwarded()).with_more(waiting.get(one, Forwarded()))
            for one in ids
            if one in stored or one in waiting
        }

    async def flush(self) -> None:
        """Store the counts that wait."""
        waiting, self._uncounted = self._uncounted, {}
        for tenant, counts in waiting.items():
            await self._store.count(tenant, counts)

    def _add(self, tenant: str, registration_id: str, more: Forwarded) -> None:
        counts = self._uncounted.setdefault(tenant, {})
        counts[registration_id] = counts.get(registration_id, Forwarded()).with_more(more)


def _lane(url: str) -> str:
    """Scheme, host and port: credentials that a URL may hold are not for logs."""
    return Endpoint(url).lane
