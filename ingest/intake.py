"""The shell around the pipeline: admits, runs it at once, and shares commits.

A message is de-identified before it waits for anything: what is queued here is sealed.
"""

import asyncio
from contextlib import suppress
from typing import Self

import msgspec
import structlog
from prometheus_client import CollectorRegistry

from ingest.admission import Admission
from ingest.commits import Committer, Fate, Group
from ingest.hardening import forbid_core_dumps
from ingest.message import RawMessage
from ingest.metrics import NO_POLICY, IngestMetrics
from ingest.pipeline import Counted, Outcome, Pipeline, Refused
from ingest.plan import Plan
from ingest.policy.shelf import PolicyShelf
from ingest.ports import (
    DeadLetters,
    ObservationSink,
    SensorDirectory,
    Sightings,
    Spool,
    Transport,
)
from ingest.pseudonyms import KeyRing
from ingest.refusals import Refusals
from ingest.rules import Refusal, Rule
from ingest.seal import Deidentified
from ingest.settings import IntakeSettings
from ingest.windows import Windows
from kernel.clock import Clock
from kernel.errors import UnavailableError
from kernel.ids import IdSource
from kernel.times import Instant
from serving.failures import describe
from serving.tasks import Supervisor

_log = structlog.get_logger("odori.ingest")


class Receipt(msgspec.Struct, frozen=True):
    """What intake says at once about a message.

    Attributes:
        denied: why the sender or the whole message is turned away; None if it was looked at.
        outcome: what became of each measure.
        group: the commit that the sealed measures wait for; None if nothing waits.
        first_row: where they begin in the group.
    """

    denied: Rule | None = None
    outcome: Outcome = Outcome(())
    group: Group | None = None
    first_row: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What intake says in the end.

    Attributes:
        accepted: measures that are committed, in the spool, or counted in a window.
        refused: (index of the measure, rule), in order.
        is_away: the broker is away and nothing bridges it: send everything again, later.
    """

    accepted: int
    refused: tuple[tuple[int, Rule], ...] = ()
    is_away: bool = False


class Intake:
    """The intake of one process. An async context manager: inside, its tasks run.

    Leaving it seals the open windows (each says that it has a gap), commits what waits, and
    overwrites the keys.
    """

    def __init__(
        self,
        *,
        directory: SensorDirectory,
        policies: PolicyShelf,
        sink: ObservationSink,
        dead_letters: DeadLetters,
        registry: CollectorRegistry,
        clock: Clock,
        ids: IdSource,
        spool: Spool | None = None,
        sightings: Sightings | None = None,
        settings: IntakeSettings | None = None,
    ) -> None:
        self._settings = settings if settings is not None else IntakeSettings()
        self._clock = clock
        self._sightings = sightings
        self._dead_letters = dead_letters
        self._metrics = IngestMetrics(registry)
        self._keys = KeyRing(
            ids,
            rollover_us=self._settings.rollover_us,
            overlap_us=self._settings.key_overlap_us,
        )
        self._windows = Windows(clock.now(), most=self._settings.window_max)
        self._pipeline = Pipeline(self._keys, self._windows)
        self._admission = Admission(
            directory,
            policies,
            rate_per_s=self._settings.rate_per_s,
            burst=self._settings.burst,
        )
        self._refusals = Refusals(dead_letters, self._metrics)
        self._committer = Committer(
            sink,
            self._metrics,
            spool=spool,
            batch_rows=self._settings.batch_rows,
            linger_s=self._settings.linger_s,
            most_pending=self._settings.most_pending,
        )
        self._owed: list[Deidentified] = []
        self._is_closing = False
        self._swept_at_s = float("-inf")
        self._tasks = Supervisor()

    @property
    def settings(self) -> IntakeSettings:
        """The bounds that it works within."""
        return self._settings

    async def __aenter__(self) -> Self:
        forbid_core_dumps()
        await self._tasks.__aenter__()
        self._tasks.keep("ingest-commit", self._committer.run)
        self._tasks.keep("ingest-replay", self._committer.replay)
        self._tasks.keep("ingest-refusals", self._refusals.run)
        self._tasks.keep("ingest-tick", self._tick_for_ever)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_closing = True  # a door that is still open keeps its senders waiting
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_s):
                self._owed += self._windows.flush()
                await self._pay()
                await self._refusals.write()
        await self._tasks.__aexit__()
        self._keys.destroy()

    def offer(self, api_key: str, device_id: str, message: RawMessage) -> Receipt:
        """Take a message in: whatever it holds, the answer is a receipt, at once."""
        self._metrics.message(message.transport)
        if self._is_closing or self._committer.is_full:
            return self._deny(Rule.BUSY)
        now = self._clock.now()
        try:
            plan = self._admission.admit(api_key, device_id, now, self._clock.monotonic())
        except Refusal as refusal:
            return self._deny(refusal.rule)
        except Exception as error:  # noqa: BLE001 — the last net: no message ends the process
            _log.error("admission failed", **describe(error))
            return self._deny(Rule.INTERNAL)
        outcome = self._run(message, plan, now)
        self._account(message, plan, outcome, now)
        sealed = [one for one in outcome.results if isinstance(one, Deidentified)]
        if not sealed:
            return Receipt(outcome=outcome)
        group = self._committer.add(sealed)
        return Receipt(None, outcome, group, len(group.rows) - len(sealed))

    def reject(self, transport: Transport, rule: Rule) -> None:
        """Count a message that a door turned away by itself, before it knew the sender."""
        self._metrics.message(transport)
        self._deny(rule)

    def _deny(self, rule: Rule) -> Receipt:
        """Turned away before anything was read: a counter, and nothing else."""
        self._metrics.dropped(NO_POLICY, rule)
        return Receipt(denied=rule)

    def _run(self, message: RawMessage, plan: Plan, now: Instant) -> Outcome:
        try:
            return self._pipeline.run(message, plan, now)
        except Exception as error:  # noqa: BLE001 — the last net: no message ends the process
            _log.error("pipeline failed", policy=str(plan.policy.ref), **describe(error))
            return Outcome((Refused(Rule.INTERNAL),))

    def _account(self, message: RawMessage, plan: Plan, outcome: Outcome, now: Instant) -> None:
        policy = str(plan.policy.ref)
        refused = [one for one in outcome.results if isinstance(one, Refused)]
        accepted = len(outcome.results) - len(refused)
        if accepted:
            self._metrics.measures(policy, accepted)
            if self._sightings is not None:
                self._sightings.seen(plan.sensor.sensor_id, now)
        if outcome.unknown:
            self._metrics.dropped(policy, Rule.UNKNOWN_KEY, outcome.unknown)
        for rule, _field in outcome.dropped:
            self._metrics.dropped(policy, rule)
        if refused:
            self._refusals.note(
                plan, refused, now=now, size=len(message.payload), transport=message.transport
            )

    async def settle(self, receipt: Receipt) -> Verdict:
        """Wait for the commit of a receipt, and say what became of each measure."""
        if receipt.denied is not None:
            return Verdict(0, ((0, receipt.denied),))
        if receipt.group is not None and await asyncio.shield(receipt.group.fate) is Fate.AWAY:
            return Verdict(0, is_away=True)
        refused: list[tuple[int, Rule]] = []
        row = receipt.first_row
        for index, result in enumerate(receipt.outcome.results):
            match result:
                case Refused(rule=rule):
                    refused.append((index, rule))
                case Counted():
                    pass
                case Deidentified():
                    if receipt.group is not None and row in receipt.group.refused:
                        refused.append((index, Rule.SINK_REFUSED))
                    row += 1
        return Verdict(len(receipt.outcome.results) - len(refused), tuple(refused))

    async def submit(self, api_key: str, device_id: str, message: RawMessage) -> Verdict:
        """Take a message in and wait until what it holds is durable."""
        return await self.settle(self.offer(api_key, device_id, message))

    async def tick(self) -> None:
        """Close windows that are over, destroy keys of past days, sweep old dead letters."""
        now = self._clock.now()
        self._owed += self._windows.close(now)
        self._keys.forget(now)
        await self._pay()
        monotonic_s = self._clock.monotonic()
        if monotonic_s - self._swept_at_s >= self._settings.sweep_s:
            await self._sweep(now)
            self._swept_at_s = monotonic_s

    async def _pay(self) -> None:
        """Commit cells of closed windows; those that find no place are owed until the next time."""
        if self._owed:
            rows, self._owed = self._owed, []
            group = self._committer.add(rows)
            if await asyncio.shield(group.fate) is Fate.AWAY:
                self._owed = rows + self._owed

    async def _sweep(self, now: Instant) -> None:
        with suppress(UnavailableError):
            await self._dead_letters.sweep(Instant(now - self._settings.dead_letter_ttl_us))

    async def _tick_for_ever(self) -> None:
        while True:
            await self.tick()
            await asyncio.sleep(self._settings.tick_s)
