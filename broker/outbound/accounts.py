"""What becomes of each notice, and what that does to the counters of its subscription."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, assert_never

import structlog

from broker.model.notice import Notice
from broker.outbound.attempt import Verdict
from broker.outbound.metrics import DeliveryMetrics
from broker.outbound.result import Result
from broker.outbound.roll import Entry, Key, Roll
from broker.outbound.settling import Settler
from broker.ports import Outbox, Outcome, Owners, SubscriptionStore
from broker.subscriptions.ledger import Standing, admitted, answered, failed, noted, standing
from broker.subscriptions.model import Attempt, Delivered, Status, Subscription
from broker.subscriptions.owners import ORPHANED
from broker.subscriptions.status import is_switched_off
from kernel.clock import Clock
from kernel.times import Instant

_log = structlog.get_logger("odori.outbound")
STRANDED: Final = "The subscription is inactive"


class Accounts:
    """Decides who is let through, counts, and settles. An async context manager.

    Args:
        subscriptions, outbox: the stores.
        owners: whether whoever made a subscription may still be told.
        release: told of each notice that is durably settled and needs no memory any more.
        switched_off: told the tenant when delivery switches a subscription off.
    """

    def __init__(
        self,
        *,
        subscriptions: SubscriptionStore,
        outbox: Outbox,
        owners: Owners,
        metrics: DeliveryMetrics,
        clock: Clock,
        release: Callable[[Notice], None],
        switched_off: Callable[[str], None],
    ) -> None:
        self._roll = Roll(subscriptions)
        self._owners = owners
        self._settler = Settler(outbox, self._settled)
        self._metrics = metrics
        self._clock = clock
        self._release = release
        self._switched_off = switched_off

    async def __aenter__(self) -> Self:
        await self._settler.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._settler.__aexit__(kind, error, trace)

    async def open(self, notices: Sequence[Notice]) -> None:
        """Have the subscriptions of these notices at hand, as their owners last wrote them."""
        await self._owners.refresh()
        await self._roll.refresh()
        await self._roll.bring(_key(notice) for notice in notices)

    def forget_idle(self) -> None:
        """Read counters anew: another process may have counted."""
        self._roll.forget_idle()

    def admit(self, notice: Notice) -> bool:
        """Take charge of a notice; False if it is settled already, since it is not to be sent."""
        entry = self._roll[_key(notice)]
        entry.owed += 1
        if not self._is_to_be_sent(notice, entry):
            return False
        if entry.subscription is not None:
            after = admitted(entry.subscription, entry.delivered, notice)
            self._update(notice.tenant, entry, entry.subscription, after)
        return True

    def subscription_for(self, notice: Notice) -> Subscription | None:
        """The subscription that the notice is to be sent for now; None if it is settled instead."""
        entry = self._roll[_key(notice)]
        return entry.subscription if self._is_to_be_sent(notice, entry) else None

    def count(self, notice: Notice, verdict: Verdict) -> bool:
        """Take note of an attempt; whether the subscription still wants the notice after it.

        What is counted here is committed with what becomes of the notice: it is to be put off or
        ended before anything else happens, so that counters are exact whenever the process ends.
        """
        entry = self._roll[_key(notice)]
        subscription = entry.subscription
        if subscription is None:
            return False
        if verdict.result is not Result.UNWANTED:
            after = self._after(subscription, entry.delivered, notice, verdict)
            self._update(notice.tenant, entry, subscription, after)
        return standing(subscription, entry.delivered, notice) is Standing.DELIVER

    def fail_with_others(self, notice: Notice, until: Instant) -> bool:
        """Count a notice that had no attempt yet as failed, since those before it have.

        It stays owed, as one that was tried. False, and nothing happens, if the subscription's
        last attempt did not fail or if it does not want the notice.
        """
        entry = self._roll[_key(notice)]
        subscription, delivered = entry.subscription, entry.delivered
        if subscription is None or not delivered.fails:
            return False
        if standing(subscription, delivered, notice) is not Standing.DELIVER:
            return False
        reason = delivered.last_failure_reason
        after = failed(subscription, delivered, reason, self._clock.now(), is_new=True)
        self._update(notice.tenant, entry, subscription, after)
        self._settler.add(Outcome(notice, after, retry_at=until, reason=reason))
        return True

    def put_off(self, notice: Notice, until: Instant, reason: str) -> None:
        """The notice stays owed and is tried again then."""
        self._metrics.count(Result.RETRIED)
        delivered = self._roll[_key(notice)].delivered
        self._settler.add(Outcome(notice, delivered, retry_at=until, reason=reason))

    def end(self, notice: Notice, result: Result, reason: str = "") -> None:
        """The notice is owed no more; `DEAD` keeps it as a dead letter."""
        self._metrics.count(result)
        delivered = self._roll[_key(notice)].delivered
        self._settler.add(Outcome(notice, delivered, dead=result is Result.DEAD, reason=reason))

    def leave(self, notice: Notice) -> None:
        """The notice is left to another process, as it is."""
        self._roll[_key(notice)].owed -= 1
        self._release(notice)

    def _is_to_be_sent(self, notice: Notice, entry: Entry) -> bool:
        if entry.subscription is None:
            self.end(notice, Result.UNWANTED)
            return False
        if not self._owners.allow(notice.tenant, entry.subscription):
            self.end(notice, Result.DEAD, ORPHANED)
            return False
        match standing(entry.subscription, entry.delivered, notice):
            case Standing.DELIVER:
                return True
            case Standing.THROTTLED:
                self.end(notice, Result.THROTTLED)
            case Standing.UNWANTED:
                self.end(notice, Result.UNWANTED)
            case Standing.STRANDED:
                self.end(notice, Result.DEAD, STRANDED)
            case other:
                assert_never(other)
        return False

    def _after(
        self, subscription: Subscription, before: Delivered, notice: Notice, verdict: Verdict
    ) -> Delivered:
        now, is_new = self._clock.now(), notice.attempts == 0
        attempt = Attempt(notice.number, now, verdict.latency_ms, verdict.status, verdict.failure)
        before = noted(before, attempt)
        if verdict.failure:
            return failed(subscription, before, verdict.failure, now, is_new=is_new)
        return answered(before, verdict.status, now, is_new=is_new)

    def _update(
        self, tenant: str, entry: Entry, subscription: Subscription, after: Delivered
    ) -> None:
        was_off = is_switched_off(subscription, entry.delivered)
        entry.delivered = after
        if not was_off and is_switched_off(subscription, after):
            if subscription.status is not Status.ONESHOT:
                _log.warning(
                    "subscription disabled, since too many notifications failed",
                    subscription=subscription.id,
                    fails=after.fails,
                    limit=subscription.max_fails_limit,
                )
            self._switched_off(tenant)

    def _settled(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.retry_at is None:
                self.leave(outcome.notice)


def _key(notice: Notice) -> Key:
    return notice.tenant, notice.subscription_id
