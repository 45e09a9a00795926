"""What an operator should look at: somebody showed what was not theirs, or not theirs any more."""

from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter

from kernel.clock import Clock
from kernel.errors import UnavailableError
from kernel.ids import IdSource
from oauth.model.grants import Grant, SecurityEvent
from oauth.model.ids import ulid
from oauth.model.kinds import SECURITY_EVENTS
from oauth.ports import Shelves
from oauth.server.protocol.families import Alarm

_log: Final = structlog.get_logger("odori.oauth")


class SecurityEvents:
    """Keeps them in the vault, logs them, counts them: ids and kinds, never a secret."""

    def __init__(
        self, *, vault: Shelves, clock: Clock, ids: IdSource, registry: CollectorRegistry
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._counter = Counter(
            "odori_oauth_security_events",
            "Codes and refresh tokens that were shown by somebody else, or twice",
            ["kind"],
            registry=registry,
        )
        for alarm in Alarm:
            self._counter.labels(alarm.value)

    async def tell(self, alarm: Alarm, grant: Grant) -> None:
        """Note it. That the vault is away for a moment keeps nobody from being refused."""
        self._counter.labels(alarm.value).inc()
        _log.warning("token family ended", kind=alarm.value, client=grant.client_id, grant=grant.id)
        now = self._clock.now()
        event = SecurityEvent(ulid(now, self._ids), now, alarm.value, grant.client_id, grant.id)
        try:
            await self._vault.shelf(SECURITY_EVENTS).add(event)
        except UnavailableError:
            _log.error("security event not kept", kind=alarm.value, grant=grant.id)
