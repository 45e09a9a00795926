"""Refusals, counted and kept as redacted dead letters. Nothing in here has seen the input."""

import asyncio
from collections import deque
from collections.abc import Iterable

import structlog

from ingest.metrics import IngestMetrics
from ingest.pipeline import Refused
from ingest.plan import Plan
from ingest.ports import DeadLetter, DeadLetters, Transport
from ingest.rules import Rule
from kernel.errors import UnavailableError
from kernel.times import MINUTE_US, Instant, floor_to

_log = structlog.get_logger("odori.ingest")
_MOST_WAITING = 10_000
_BATCH = 500
_PAUSE_S = 1.0

DETECTED = frozenset(
    {
        Rule.VALUE_KIND,
        Rule.MAC_ADDRESS,
        Rule.IP_ADDRESS,
        Rule.E_MAIL,
        Rule.PHONE,
        Rule.LUHN,
        Rule.IMSI,
        Rule.MY_NUMBER,
        Rule.NUMBER_PLATE,
        Rule.CARD_IDM,
        Rule.UUID,
        Rule.BASE64,
        Rule.HEX,
        Rule.DIGIT_RUN,
        Rule.NUMERIC_ARRAY,
        Rule.COORDINATE,
        Rule.FINE_TIME,
    }
)
"""Rules of the detector net: a hit says that the policy is wrong."""


class Refusals:
    """Counts refusals and writes dead letters in the background, in groups."""

    def __init__(self, store: DeadLetters, metrics: IngestMetrics) -> None:
        self._store = store
        self._metrics = metrics
        self._waiting: deque[DeadLetter] = deque()
        self._arrived = asyncio.Event()

    def note(
        self,
        plan: Plan,
        refused: Iterable[Refused],
        *,
        now: Instant,
        size: int,
        transport: Transport,
    ) -> None:
        """Count refusals of a message of `size` bytes and keep a dead letter of each."""
        policy = plan.policy.ref
        for one in refused:
            self._metrics.dropped(str(policy), one.rule)
            if one.rule in DETECTED:
                self._suspect(plan, one)
            self._keep(
                DeadLetter(
                    time=floor_to(now, MINUTE_US),
                    sensor_id=plan.sensor.sensor_id,
                    policy=policy.id,
                    version=policy.version,
                    rule_id=one.rule,
                    field_path=one.field_path,
                    bytes=size,
                    transport=transport,
                )
            )

    def _suspect(self, plan: Plan, refused: Refused) -> None:
        policy = str(plan.policy.ref)
        self._metrics.suspect.labels(policy, refused.rule.value).inc()
        _log.error(
            "policy suspect", policy=policy, rule=refused.rule.value, field=refused.field_path
        )

    def _keep(self, letter: DeadLetter) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._metrics.letters_lost.inc()
            return
        self._waiting.append(letter)
        self._arrived.set()

    async def run(self) -> None:
        """Write dead letters as they come, for ever."""
        while True:
            await self._arrived.wait()
            if not await self.write():
                await asyncio.sleep(_PAUSE_S)

    async def write(self) -> bool:
        """Write what waits; False if the store is away, and then everything still waits."""
        while self._waiting:
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            try:
                await self._store.append(batch)
            except UnavailableError:
                return False
            for _ in batch:
                self._waiting.popleft()
        self._arrived.clear()
        return True
