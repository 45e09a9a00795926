"""How deliveries change the counters of a subscription, and which notices are let through.

Throttling and oneshot are decided on the instants of the commits, in order of the notices'
numbers, and never on the clock of the delivery: a slow receiver or a restart changes no decision.
"""

from enum import StrEnum
from typing import Final

import msgspec

from broker.model.notice import Notice
from broker.subscriptions.model import Attempt, Delivered, Status, Subscription
from broker.subscriptions.status import is_switched_off
from kernel.times import SECOND_US, Instant

MOST_ATTEMPTS: Final = 20
"""So many of the last attempts are remembered of each subscription."""


class Standing(StrEnum):
    """What is to become of a notice."""

    DELIVER = "deliver"
    THROTTLED = "throttled"  # not wanted: too soon after the last one
    UNWANTED = "unwanted"  # not wanted: the subscription was off when the change happened
    STRANDED = "stranded"  # wanted then, but the subscription is off now: a dead letter


def standing(subscription: Subscription, delivered: Delivered, notice: Notice) -> Standing:
    """Whether an owed notice is to be delivered.

    What was let through before (it waits for a retry, or the process ended in between) is let
    through again: of two notices that were, neither lies within the throttling of the other.
    """
    at = notice.committed_at
    deactivated = delivered.deactivated
    if deactivated is not None and deactivated < at < subscription.activated_at:
        return Standing.UNWANTED
    if is_switched_off(subscription, delivered):
        return _standing_when_off(subscription, delivered, notice)
    if subscription.status is Status.INACTIVE:
        return Standing.UNWANTED if at > subscription.activated_at else Standing.STRANDED
    last = delivered.last_notification
    if last is not None and 0 < abs(at - last) < subscription.throttling_s * SECOND_US:
        return Standing.THROTTLED
    return Standing.DELIVER


def _standing_when_off(
    subscription: Subscription, delivered: Delivered, notice: Notice
) -> Standing:
    at, deactivated = notice.committed_at, delivered.deactivated
    if deactivated is not None and at > deactivated:
        return Standing.UNWANTED
    if subscription.status is not Status.ONESHOT or _too_many(subscription, delivered):
        return Standing.STRANDED
    if at == deactivated:
        return Standing.DELIVER  # the one that it fired for
    return Standing.UNWANTED if at >= subscription.activated_at else Standing.STRANDED


def admitted(subscription: Subscription, delivered: Delivered, notice: Notice) -> Delivered:
    """The counters once the notice is let through: a oneshot is spent, throttling starts anew."""
    at = notice.committed_at
    last = max(delivered.last_notification or at, at)
    spent = subscription.status is Status.ONESHOT and not is_switched_off(subscription, delivered)
    return msgspec.structs.replace(
        delivered,
        last_notification=last,
        deactivated=at if spent else delivered.deactivated,
    )


def answered(delivered: Delivered, code: int | None, now: Instant, *, is_new: bool) -> Delivered:
    """The counters after the receiver answered, with whatever status.

    NGSI-v2 `timesSent` counts notifications and not attempts at them: those that `is_new` says had
    none yet. `lastSuccess`, `lastSuccessCode`: success is that an answer came, 404 and 500 too.
    """
    return msgspec.structs.replace(
        delivered,
        times_sent=delivered.times_sent + is_new,
        fails=0,
        last_success=now,
        last_success_code=code,
    )


def failed(
    subscription: Subscription, delivered: Delivered, reason: str, now: Instant, *, is_new: bool
) -> Delivered:
    """The counters after an attempt without an answer.

    NGSI-v2 `failsCounter` counts consecutive notifications that failed, and not the attempts at
    them. `maxFailsLimit`: more than that switch the subscription off. They count anew once its
    owner has switched it on again.
    """
    counts_on = (delivered.last_failure or Instant(0)) >= subscription.activated_at
    after = msgspec.structs.replace(
        delivered,
        times_sent=delivered.times_sent + is_new,
        fails=max(delivered.fails + is_new, 1) if counts_on else 1,
        last_failure=now,
        last_failure_reason=reason,
    )
    if _too_many(subscription, after) and not is_switched_off(subscription, after):
        return msgspec.structs.replace(after, deactivated=now)
    return after


def noted(delivered: Delivered, attempt: Attempt) -> Delivered:
    """The counters with one attempt more; the oldest is forgotten."""
    return msgspec.structs.replace(
        delivered, attempts=(*delivered.attempts[1 - MOST_ATTEMPTS :], attempt)
    )


def _too_many(subscription: Subscription, delivered: Delivered) -> bool:
    return 0 < subscription.max_fails_limit < delivered.fails
