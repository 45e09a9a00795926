"""Delivers notifications: at least once, in order per subscription and entity.

A notice is written with its cause and stays owed until it is settled, so what is in memory here is
only a window on the outbox:

    announce ─► window ─► taken in: throttled? oneshot? ─► lane ─► attempt ─► settled ─► released
                  ▲                                         │
    outbox ───────┘ at start, after overflow,               └─ failed: again after a pause, until
                    by polling (replay, other processes)       too old: a dead letter
"""

import asyncio
import contextlib
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self, assert_never

import structlog

from broker.model.changes import Change
from broker.model.notice import Notice
from broker.outbound.attempt import Attempts, Verdict
from broker.outbound.journal import Journal
from broker.outbound.lane import Lane, Turn
from broker.outbound.leases import Leases
from broker.outbound.metrics import DeliveryMetrics
from broker.outbound.policy import DeliveryPolicy
from broker.outbound.result import Result
from broker.outbound.roll import Entry, Key, Roll
from broker.outbound.sender import Sender
from broker.outbound.settling import Settler
from broker.outbound.window import Window
from broker.ports import Outbox, Outcome, Renderer, SubscriptionStore
from broker.subscriptions.ledger import Standing, admitted, answered, failed, standing
from broker.subscriptions.model import Face, Subscription
from broker.subscriptions.status import is_switched_off
from kernel.clock import Clock
from kernel.times import SECOND_US, Instant
from serving.tasks import Supervisor

_log = structlog.get_logger("odori.outbound")
_STRANDED: Final = "The subscription is inactive"
_TOO_OLD: Final = "Not delivered in time"
_DEFAULT: Final = DeliveryPolicy()


class _Line:
    """A lane and the task that serves it."""

    __slots__ = ("bell", "is_served", "lane")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.bell = asyncio.Event()
        self.is_served = False


class Dispatcher:
    """Hears of commits (`broker.ports.Announcer`) and delivers. An async context manager.

    Args:
        subscriptions, outbox: the stores.
        renderers: how each face words a notification.
        sender: carries messages, whatever the protocol.
        chance: for the jitter of pauses.
        holder: a name of this process, unique among those that share the outbox; empty where it
            is the only one.
        switched_off: told the tenant when delivery switches a subscription off, so that matching
            stops asking it.
    """

    def __init__(
        self,
        *,
        subscriptions: SubscriptionStore,
        outbox: Outbox,
        renderers: Mapping[Face, Renderer],
        sender: Sender,
        clock: Clock,
        chance: random.Random,
        metrics: DeliveryMetrics,
        policy: DeliveryPolicy = _DEFAULT,
        holder: str = "",
        switched_off: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._chance = chance
        self._metrics = metrics
        self._switched_off = switched_off
        self._roll = Roll(subscriptions)
        self._leases = Leases(outbox, clock, holder, policy.lease_s)
        self._window = Window(outbox, policy, is_shared=self._leases.is_shared)
        self._settler = Settler(outbox, self._release)
        self._attempts = Attempts(
            renderers=renderers, sender=sender, clock=clock, timeout_s=policy.timeout_s
        )
        self._supervisor = Supervisor()
        self._lines: dict[str, _Line] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._poll_at = 0.0
        self._has_seen_all = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._poll_at = self._clock.monotonic()
        await self._settler.__aenter__()
        await self._supervisor.__aenter__()
        self._supervisor.keep("outbound intake", self._take_in_for_ever)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop = None
        if self._running:
            await asyncio.wait(self._running, timeout=self._policy.grace_s)
        await self._supervisor.__aexit__(kind, error, trace)
        await self._settler.__aexit__(kind, error, trace)
        await self._leases.release()

    @property
    def journal(self) -> Journal:
        """The last attempts of each subscription in this process."""
        return self._attempts.journal

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:  # noqa: ARG002 — of the port
        """Take note of a commit, from any thread. While not running: the start finds it."""
        if not notices or self._loop is None:
            return
        if threading.get_ident() == self._thread:
            self._window.receive(notices)
        else:
            with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
                self._loop.call_soon_threadsafe(self._window.receive, notices)

    # Taking in ---------------------------------------------------------------------------------

    async def _take_in_for_ever(self) -> None:
        while True:
            pause_s = max(self._poll_at - self._clock.monotonic(), 0)
            await _ring_or_pause(self._window.bell, pause_s)
            await self._take_in(self._window.drain())
            await self._take_in(await self._window.refill())
            if self._clock.monotonic() >= self._poll_at:
                await self._poll()

    async def _poll(self) -> None:
        found, first_page = await self._window.poll()
        await self._take_in(found)
        if first_page is not None:
            oldest = first_page[0].committed_at if first_page else self._clock.now()
            self._metrics.oldest(max(self._clock.now() - oldest, 0) / SECOND_US)
        self._has_seen_all = self._has_seen_all or self._window.is_at_start
        if self._has_seen_all:  # at the start, page follows page without a pause
            self._poll_at = self._clock.monotonic() + self._policy.poll_s
        for line in self._lines.values():
            self._serve(line)  # again, where the database was away

    async def _take_in(self, notices: Sequence[Notice]) -> None:
        if not notices:
            return
        try:
            notices = await self._ours(notices)
            await self._roll.refresh()
            await self._roll.bring(_key(notice) for notice in notices)
        except BaseException:
            self._window.put_back(notices)
            raise
        for notice in notices:
            self._place(notice)

    async def _ours(self, notices: Sequence[Notice]) -> Sequence[Notice]:
        """Those whose lane belongs to this process; the others are left to its owner."""
        if not self._leases.is_shared:
            return notices
        held: dict[str, bool] = {}
        for lane in dict.fromkeys(notice.lane for notice in notices):
            is_new = self._leases.is_new(lane)
            held[lane] = await self._leases.holds(lane)
            if held[lane] and is_new:
                self._roll.forget_idle()  # its former owner counted meanwhile
        for notice in notices:
            if not held[notice.lane]:
                self._window.release(notice)
        return [notice for notice in notices if held[notice.lane]]

    def _place(self, notice: Notice) -> None:
        entry = self._roll[_key(notice)]
        entry.owed += 1
        subscription = entry.subscription
        stands = _stands(entry, notice)
        if subscription is None or stands is not Standing.DELIVER:
            self._decline(notice, entry, stands)
        else:
            self._admit(notice, entry, subscription)

    def _decline(self, notice: Notice, entry: Entry, stands: Standing) -> None:
        match stands:
            case Standing.THROTTLED:
                self._end(notice, entry, Result.THROTTLED)
            case Standing.UNWANTED:
                self._end(notice, entry, Result.UNWANTED)
            case Standing.STRANDED:
                self._end(notice, entry, Result.DEAD, _STRANDED)
            case Standing.DELIVER:
                raise AssertionError(stands)
            case other:
                assert_never(other)

    def _admit(self, notice: Notice, entry: Entry, subscription: Subscription) -> None:
        was_off = is_switched_off(subscription, entry.delivered)
        entry.delivered = admitted(subscription, entry.delivered, notice)
        if is_switched_off(subscription, entry.delivered) and not was_off:
            self._switched_off(notice.tenant)
        line = self._lines.get(notice.lane)
        if line is None:
            line = _Line(Lane(notice.lane, self._policy, self._chance))
            self._lines[notice.lane] = line
        line.lane.offer(notice)
        line.bell.set()
        self._serve(line)

    # Delivering --------------------------------------------------------------------------------

    def _serve(self, line: _Line) -> None:
        if not line.is_served and not line.lane.is_empty:
            line.is_served = True
            self._supervisor.start("outbound lane", self._serve_lane(line))

    async def _serve_lane(self, line: _Line) -> None:
        lane = line.lane
        try:
            while not lane.is_empty:
                if not await self._leases.holds(lane.name):
                    self._give_away(lane)
                while self._loop and (notice := lane.take(self._clock.monotonic())):
                    task = self._supervisor.start("delivery", self._deliver(line, notice))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
                await _ring_or_pause(line.bell, self._pause_s(lane))
        finally:
            line.is_served = False
        if not lane.is_away:
            self._lines.pop(lane.name, None)

    def _pause_s(self, lane: Lane) -> float | None:
        wake_at = lane.wake_at()
        return None if wake_at is None else max(wake_at - self._clock.monotonic(), 0)

    def _give_away(self, lane: Lane) -> None:
        for notice in lane.remove_where_idle():
            self._roll[_key(notice)].owed -= 1
            self._window.release(notice)

    async def _deliver(self, line: _Line, notice: Notice) -> None:
        entry = self._roll[_key(notice)]
        subscription = entry.subscription
        stands = _stands(entry, notice)
        if subscription is None or stands is not Standing.DELIVER:
            line.lane.dropped(notice)
            self._decline(notice, entry, stands)
        else:
            verdict = await self._attempts.make(subscription, notice)
            self._count(notice, entry, subscription, verdict)
            self._conclude(line.lane, notice, entry, verdict)
        line.bell.set()

    def _count(
        self, notice: Notice, entry: Entry, subscription: Subscription, verdict: Verdict
    ) -> None:
        if verdict.result is Result.UNWANTED:
            return
        now = self._clock.now()
        if not verdict.failure:
            entry.delivered = answered(entry.delivered, verdict.status, now)
            return
        was_off = is_switched_off(subscription, entry.delivered)
        entry.delivered = failed(subscription, entry.delivered, verdict.failure, now)
        if is_switched_off(subscription, entry.delivered) and not was_off:
            self._switched_off(notice.tenant)

    def _conclude(self, lane: Lane, notice: Notice, entry: Entry, verdict: Verdict) -> None:
        now = self._clock.now()
        match verdict.result:
            case Result.UNWANTED:
                lane.dropped(notice)
                self._end(notice, entry, Result.UNWANTED)
            case Result.DELIVERED:
                self._tell(lane, lane.succeeded(notice))
                self._end(notice, entry, Result.DELIVERED)
            case Result.RETRIED if self._is_worth_repeating(notice, entry, now):
                pause_s, turn = lane.failed(notice, self._clock.monotonic())
                self._tell(lane, turn)
                self._put_off(notice, entry, Instant(now + round(pause_s * SECOND_US)), verdict)
            case _:
                turn = (
                    lane.succeeded(notice)
                    if verdict.status is not None and verdict.result is Result.DEAD
                    else lane.given_up(notice, self._clock.monotonic())
                )
                self._tell(lane, turn)
                self._end(notice, entry, Result.DEAD, verdict.reason)
        if lane.is_away:
            self._give_up_old(lane, now)

    def _is_worth_repeating(self, notice: Notice, entry: Entry, now: Instant) -> bool:
        is_young = notice.committed_at >= self._oldest_wanted(now)
        return is_young and _stands(entry, notice) is Standing.DELIVER

    def _give_up_old(self, lane: Lane, now: Instant) -> None:
        for notice in lane.remove_older(self._oldest_wanted(now)):
            self._end(notice, self._roll[_key(notice)], Result.DEAD, _TOO_OLD)

    def _oldest_wanted(self, now: Instant) -> Instant:
        return Instant(now - round(self._policy.max_age_s * SECOND_US))

    def _tell(self, lane: Lane, turn: Turn) -> None:
        match turn:
            case Turn.OUTAGE:
                _log.warning("receiver is away", lane=lane.name)
            case Turn.RECOVERY:
                _log.info("receiver is back", lane=lane.name)
            case Turn.NOTHING:
                pass

    # Settling ----------------------------------------------------------------------------------

    def _put_off(self, notice: Notice, entry: Entry, until: Instant, verdict: Verdict) -> None:
        self._metrics.count(Result.RETRIED)
        self._settler.add(Outcome(notice, entry.delivered, retry_at=until, reason=verdict.reason))

    def _end(self, notice: Notice, entry: Entry, result: Result, reason: str = "") -> None:
        self._metrics.count(result)
        is_dead = result is Result.DEAD
        self._settler.add(Outcome(notice, entry.delivered, dead=is_dead, reason=reason))

    def _release(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.retry_at is None:
                self._roll[_key(outcome.notice)].owed -= 1
                self._window.release(outcome.notice)


def _key(notice: Notice) -> Key:
    return notice.tenant, notice.subscription_id


def _stands(entry: Entry, notice: Notice) -> Standing:
    if entry.subscription is None:
        return Standing.UNWANTED
    return standing(entry.subscription, entry.delivered, notice)


async def _ring_or_pause(bell: asyncio.Event, pause_s: float | None) -> None:
    """Return when the bell rings, or after the pause; None pauses until it rings."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await bell.wait()
    bell.clear()
