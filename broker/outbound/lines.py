"""Serves the lanes: one task per lane that has work, one per attempt under way."""

import asyncio
import random
from typing import Final

import msgspec
import structlog

from broker.model.notice import Notice
from broker.outbound.accounts import Accounts
from broker.outbound.attempt import Attempts, Verdict
from broker.outbound.bells import ring_or_pause
from broker.outbound.lane import Lane, Turn
from broker.outbound.leases import Leases
from broker.outbound.policy import DeliveryPolicy
from broker.outbound.result import Result
from kernel.clock import Clock
from kernel.times import SECOND_US, Instant
from serving.tasks import Supervisor

_log = structlog.get_logger("odori.outbound")
_TOO_OLD: Final = "Not delivered in time"


class _Line:
    """A lane and the task that serves it."""

    __slots__ = ("bell", "is_served", "lane")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.bell = asyncio.Event()
        self.is_served = False


class Lines:
    """All lanes of this process. Its tasks belong to the given supervisor."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        attempts: Attempts,
        leases: Leases,
        supervisor: Supervisor,
        clock: Clock,
        chance: random.Random,
        policy: DeliveryPolicy,
    ) -> None:
        self._accounts = accounts
        self._attempts = attempts
        self._leases = leases
        self._supervisor = supervisor
        self._clock = clock
        self._chance = chance
        self._policy = policy
        self._lines: dict[str, _Line] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._is_closing = False

    def offer(self, notice: Notice) -> None:
        """Deliver the notice when its turn comes."""
        line = self._lines.get(notice.lane)
        if line is None:
            lane = Lane(notice.lane, self._policy, self._chance)
            line = self._lines[notice.lane] = _Line(lane)
        line.lane.offer(self._failed_at_once(line.lane, notice))
        line.bell.set()
        self._serve(line)

    def serve(self) -> None:
        """Start again what ended because the database was away."""
        for line in self._lines.values():
            self._serve(line)

    async def close(self) -> None:
        """Begin nothing more, and give attempts under way their time to end."""
        self._is_closing = True
        if self._running:
            await asyncio.wait(self._running, timeout=self._policy.grace_s)

    def _serve(self, line: _Line) -> None:
        if not line.is_served and not line.lane.is_empty:
            line.is_served = True
            self._supervisor.start("outbound lane", self._serve_lane(line))

    async def _serve_lane(self, line: _Line) -> None:
        lane = line.lane
        try:
            while not lane.is_empty:
                if not await self._leases.holds(lane.name):
                    for notice in lane.remove_where_idle():
                        self._accounts.leave(notice)
                self._start_attempts(line)
                await ring_or_pause(line.bell, self._pause_s(lane))
        finally:
            line.is_served = False
        if not lane.is_away:
            self._lines.pop(lane.name, None)

    def _start_attempts(self, line: _Line) -> None:
        while not self._is_closing:
            notice = line.lane.take(self._clock.monotonic())
            if notice is None:
                return
            task = self._supervisor.start("delivery", self._deliver(line, notice))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _pause_s(self, lane: Lane) -> float | None:
        wake_at = lane.wake_at()
        return None if wake_at is None else max(wake_at - self._clock.monotonic(), 0)

    async def _deliver(self, line: _Line, notice: Notice) -> None:
        subscription = self._accounts.subscription_for(notice)
        if subscription is None:
            line.lane.dropped(notice)
        else:
            verdict = await self._attempts.make(subscription, notice)
            is_wanted = self._accounts.count(notice, verdict)
            self._conclude(line.lane, notice, verdict, is_wanted=is_wanted)
        line.bell.set()

    def _conclude(self, lane: Lane, notice: Notice, verdict: Verdict, *, is_wanted: bool) -> None:
        oldest = Instant(self._clock.now() - round(self._policy.max_age_s * SECOND_US))
        match verdict.result:
            case Result.UNWANTED:
                lane.dropped(notice)
                self._accounts.end(notice, Result.UNWANTED)
            case Result.DELIVERED:
                _tell(lane, lane.succeeded(notice))
                self._accounts.end(notice, Result.DELIVERED)
            case Result.RETRIED if is_wanted and notice.committed_at >= oldest:
                self._put_off(lane, notice, verdict)
            case _:
                self._give_up(lane, notice, verdict)
        if lane.is_away:
            for old in lane.remove_older(oldest):
                self._accounts.end(old, Result.DEAD, _TOO_OLD)

    def _put_off(self, lane: Lane, notice: Notice, verdict: Verdict) -> None:
        pause_s, turn = lane.failed(notice, self._clock.monotonic())
        _tell(lane, turn)
        until = Instant(self._clock.now() + round(pause_s * SECOND_US))
        self._accounts.put_off(notice, until, verdict.reason)
        if verdict.failure:
            lane.fail_others(notice, lambda one: self._accounts.fail_with_others(one, until))

    def _failed_at_once(self, lane: Lane, notice: Notice) -> Notice:
        """A notice for a receiver that is away, as one that was tried: its writer sees it fail."""
        if notice.attempts or not lane.rests(self._clock.monotonic()):
            return notice
        if not self._accounts.fail_with_others(notice, self._clock.now()):
            return notice
        return msgspec.structs.replace(notice, attempts=1)

    def _give_up(self, lane: Lane, notice: Notice, verdict: Verdict) -> None:
        is_refused = verdict.result is Result.DEAD and verdict.status is not None
        if is_refused:  # the receiver is well; it does not want this one
            _tell(lane, lane.succeeded(notice))
        else:
            _tell(lane, lane.given_up(notice, self._clock.monotonic()))
        self._accounts.end(notice, Result.DEAD, verdict.reason)


def _tell(lane: Lane, turn: Turn) -> None:
    match turn:
        case Turn.OUTAGE:
            _log.warning("receiver is away", lane=lane.name)
        case Turn.RECOVERY:
            _log.info("receiver is back", lane=lane.name)
        case Turn.NOTHING:
            pass
