"""Delivers notifications: at least once, in order per subscription and entity.

A notice is written with its cause and stays owed until it is settled, so what is in memory here is
only a window on the outbox:

    announce ─► window ─► admitted: throttled? oneshot? ─► lane ─► attempt ─► settled ─► released
                  ▲                                         │
    outbox ───────┘ at start, after overflow,               └─ failed: again after a pause, until
                    by polling (replay, other processes)       too old: a dead letter
"""

import asyncio
import contextlib
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from broker.model.changes import Change
from broker.model.notice import Notice
from broker.outbound.accounts import Accounts
from broker.outbound.attempt import Attempts, Verdict
from broker.outbound.bells import ring_or_pause
from broker.outbound.leases import Leases
from broker.outbound.lines import Lines
from broker.outbound.metrics import DeliveryMetrics
from broker.outbound.policy import DeliveryPolicy
from broker.outbound.sender import Sender
from broker.outbound.window import Window
from broker.ports import Outbox, Owners, Renderer, SubscriptionStore
from broker.subscriptions.model import Face, Subscription
from broker.subscriptions.owners import NobodyAsks
from kernel.clock import Clock
from kernel.times import SECOND_US
from serving.tasks import Supervisor

_DEFAULT: Final = DeliveryPolicy()
_NOBODY_ASKS: Final = NobodyAsks()


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
        owners: whether whoever made a subscription may still be told. They are looked at with
            every notice that is taken in, and for what is tried again with every poll.
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
        owners: Owners = _NOBODY_ASKS,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._metrics = metrics
        self._leases = Leases(outbox, clock, holder, policy.lease_s)
        self._window = Window(outbox, policy, is_shared=self._leases.is_shared)
        self._owners = owners
        self._accounts = Accounts(
            subscriptions=subscriptions,
            outbox=outbox,
            owners=owners,
            metrics=metrics,
            clock=clock,
            release=self._window.release,
            switched_off=switched_off,
        )
        self._attempts = Attempts(
            renderers=renderers, sender=sender, clock=clock, timeout_s=policy.timeout_s
        )
        self._supervisor = Supervisor()
        self._lines = Lines(
            accounts=self._accounts,
            attempts=self._attempts,
            leases=self._leases,
            supervisor=self._supervisor,
            clock=clock,
            chance=chance,
            policy=policy,
        )
        self._opened = AsyncExitStack()
        self._poll_at = 0.0
        self._has_seen_all = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._poll_at = self._clock.monotonic()
        # Left in the reverse order: attempts end, tasks end, outcomes are settled, lanes given up.
        self._opened.push_async_callback(self._leases.release)
        await self._opened.enter_async_context(self._accounts)
        await self._opened.enter_async_context(self._supervisor)
        self._opened.push_async_callback(self._lines.close)
        self._supervisor.keep("outbound intake", self._take_in_for_ever)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop = None
        await self._opened.__aexit__(kind, error, trace)

    async def rehearse(self, subscription: Subscription, notice: Notice) -> Verdict:
        """A test delivery: sent once, neither counted nor repeated."""
        return await self._attempts.make(subscription, notice)

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:  # noqa: ARG002 — of the port
        """Take note of a commit, from any thread. While not running: the start finds it."""
        if not notices or self._loop is None:
            return
        if threading.get_ident() == self._thread:
            self._window.receive(notices)
        else:
            with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
                self._loop.call_soon_threadsafe(self._window.receive, notices)

    async def _take_in_for_ever(self) -> None:
        while True:
            pause_s = max(self._poll_at - self._clock.monotonic(), 0)
            await ring_or_pause(self._window.bell, pause_s)
            await self._take_in(self._window.drain())
            await self._take_in(await self._window.refill())
            if self._clock.monotonic() >= self._poll_at:
                await self._poll()

    async def _poll(self) -> None:
        await self._owners.refresh()
        found, first_page = await self._window.poll()
        await self._take_in(found)
        if first_page is not None:
            now = self._clock.now()
            oldest = first_page[0].committed_at if first_page else now
            self._metrics.oldest(max(now - oldest, 0) / SECOND_US)
        self._has_seen_all = self._has_seen_all or self._window.is_at_start
        if self._has_seen_all:  # at the start, page follows page without a pause
            self._poll_at = self._clock.monotonic() + self._policy.poll_s
        self._lines.serve()

    async def _take_in(self, notices: Sequence[Notice]) -> None:
        if not notices:
            return
        try:
            notices = await self._ours(notices)
            await self._accounts.open(notices)
        except BaseException:
            self._window.put_back(notices)
            raise
        for notice in notices:
            if self._accounts.admit(notice):
                self._lines.offer(notice)

    async def _ours(self, notices: Sequence[Notice]) -> Sequence[Notice]:
        """Those whose lane belongs to this process; the others are left to its owner."""
        if not self._leases.is_shared:
            return notices
        held: dict[str, bool] = {}
        for lane in dict.fromkeys(notice.lane for notice in notices):
            is_new = self._leases.is_new(lane)
            held[lane] = await self._leases.holds(lane)
            if held[lane] and is_new:
                self._accounts.forget_idle()  # its former owner counted meanwhile
        for notice in notices:
            if not held[notice.lane]:
                self._window.release(notice)
        return [notice for notice in notices if held[notice.lane]]
