from typing import Any

import msgspec
import pytest

from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.subscriptions.ledger import (
    MOST_ATTEMPTS,
    Standing,
    admitted,
    answered,
    failed,
    noted,
    standing,
)
from broker.subscriptions.model import (
    Attempt,
    Delivered,
    Endpoint,
    EntityMatcher,
    Status,
    Subscription,
)
from broker.subscriptions.status import ShownStatus, effective_status, shown_status
from kernel.times import SECOND_US, Instant

SUBSCRIPTION = Subscription("s", (EntityMatcher(),), Endpoint("http://r/"))


def made(**changes: Any) -> Subscription:
    return msgspec.structs.replace(SUBSCRIPTION, **changes)


def at(seconds: float) -> Instant:
    return Instant(round(seconds * SECOND_US))


def notice(seconds: float) -> Notice:
    return Notice("s", "http://r", Entity("E", ("T",)), Alteration.CHANGE, at(seconds))


def let_through(subscription: Subscription, *seconds: float) -> list[float]:
    """Which of the notices, asked in this order, are delivered."""
    delivered, told = Delivered(), []
    for second in seconds:
        if standing(subscription, delivered, notice(second)) is Standing.DELIVER:
            delivered = admitted(subscription, delivered, notice(second))
            told.append(second)
    return told


def test_without_throttling_every_notice_is_let_through() -> None:
    assert let_through(made(), 1, 1.000001, 1.000002) == [1, 1.000001, 1.000002]


def test_throttling_counts_from_the_last_notification_that_was_let_through() -> None:
    assert let_through(made(throttling_s=5), 10, 12, 14.999999, 15, 19, 20) == [10, 15, 20]


def test_a_throttled_notice_is_not_wanted() -> None:
    delivered = admitted(SUBSCRIPTION, Delivered(), notice(10))

    assert standing(made(throttling_s=5), delivered, notice(11)) is Standing.THROTTLED


def test_what_was_let_through_before_a_restart_is_let_through_again() -> None:
    subscription = made(throttling_s=5)
    delivered = admitted(subscription, Delivered(), notice(10))

    assert standing(subscription, delivered, notice(10)) is Standing.DELIVER
    assert standing(subscription, delivered, notice(5)) is Standing.DELIVER


def test_a_notice_that_another_process_committed_and_comes_late_is_throttled_too() -> None:
    subscription = made(throttling_s=5)
    delivered = admitted(subscription, Delivered(), notice(10))

    assert standing(subscription, delivered, notice(9)) is Standing.THROTTLED


def test_a_oneshot_that_fired_delivers_what_it_fired_for_and_nothing_that_comes_late() -> None:
    spent = made(status=Status.ONESHOT, activated_at=at(2))
    delivered = admitted(spent, Delivered(), notice(5))

    assert standing(spent, delivered, notice(5)) is Standing.DELIVER
    assert standing(spent, delivered, notice(4)) is Standing.UNWANTED
    assert standing(spent, delivered, notice(6)) is Standing.UNWANTED
    assert standing(spent, delivered, notice(1)) is Standing.STRANDED


def test_a_oneshot_fires_once() -> None:
    assert let_through(made(status=Status.ONESHOT), 1, 2, 3) == [1]


def test_a_spent_oneshot_is_inactive_until_its_owner_writes_a_status() -> None:
    spent = made(status=Status.ONESHOT)
    delivered = admitted(spent, Delivered(), notice(5))
    renewed = made(status=Status.ONESHOT, activated_at=at(8))

    assert effective_status(spent, delivered) is Status.INACTIVE
    assert effective_status(renewed, delivered) is Status.ONESHOT
    assert standing(renewed, delivered, notice(6)) is Standing.UNWANTED
    assert standing(renewed, delivered, notice(9)) is Standing.DELIVER


def test_an_answer_counts_as_success_whatever_its_status() -> None:
    after = answered(Delivered(times_sent=1, fails=2), 404, at(1), is_new=True)

    assert after == Delivered(times_sent=2, last_success=at(1), last_success_code=404)


def test_notifications_are_counted_and_not_their_attempts() -> None:
    first = failed(SUBSCRIPTION, Delivered(), "Timeout was reached", at(1), is_new=True)
    again = answered(first, 200, at(2), is_new=False)

    assert (first.times_sent, again.times_sent) == (1, 1)
    assert answered(again, 200, at(3), is_new=True).times_sent == 2


def test_a_notification_counts_when_its_first_attempt_ends_and_not_before() -> None:
    assert admitted(SUBSCRIPTION, Delivered(), notice(1)).times_sent == 0


def test_the_last_attempts_are_remembered() -> None:
    delivered = Delivered()
    for number in range(MOST_ATTEMPTS + 5):
        delivered = noted(delivered, Attempt(number, at(number), 1.5, 200))

    assert [one.number for one in delivered.attempts] == list(range(5, MOST_ATTEMPTS + 5))


def test_a_repetition_that_fails_is_no_further_failure() -> None:
    once = failed(SUBSCRIPTION, Delivered(), "Timeout was reached", at(1), is_new=True)
    again = failed(SUBSCRIPTION, once, "Could not connect to server", at(9), is_new=False)

    assert (once.fails, again.fails) == (1, 1)
    assert (again.last_failure, again.last_failure_reason) == (at(9), "Could not connect to server")


def test_a_repetition_that_fails_after_a_success_of_another_is_a_failure() -> None:
    assert failed(SUBSCRIPTION, Delivered(), "", at(1), is_new=False).fails == 1


def test_consecutive_failures_are_counted() -> None:
    delivered = Delivered()
    for second in (1, 2, 3):
        delivered = failed(SUBSCRIPTION, delivered, "Timeout was reached", at(second), is_new=True)

    assert delivered.fails == 3
    assert delivered.last_failure_reason == "Timeout was reached"
    assert effective_status(SUBSCRIPTION, delivered) is Status.ACTIVE


def test_more_failures_than_the_limit_switch_the_subscription_off() -> None:
    limited, delivered, seen = made(max_fails_limit=2), Delivered(), []
    for second in (1, 2, 3):
        delivered = failed(limited, delivered, "", at(second), is_new=True)
        seen.append(effective_status(limited, delivered))

    assert seen == [Status.ACTIVE, Status.ACTIVE, Status.INACTIVE]
    assert standing(limited, delivered, notice(2.5)) is Standing.STRANDED
    assert standing(limited, delivered, notice(4)) is Standing.UNWANTED


def test_failures_count_anew_once_the_owner_has_switched_it_on_again() -> None:
    delivered = Delivered(fails=3, last_failure=at(3), deactivated=at(3))
    renewed = made(max_fails_limit=2, activated_at=at(10))

    after = failed(renewed, delivered, "", at(11), is_new=False)

    assert after.fails == 1
    assert effective_status(renewed, after) is Status.ACTIVE


def test_what_was_owed_before_the_owner_switched_off_is_stranded() -> None:
    off = made(status=Status.INACTIVE, activated_at=at(5))

    assert standing(off, Delivered(), notice(4)) is Standing.STRANDED
    assert standing(off, Delivered(), notice(6)) is Standing.UNWANTED


@pytest.mark.parametrize(
    ("subscription", "delivered", "shown"),
    [
        (made(), Delivered(), ShownStatus.ACTIVE),
        (made(), Delivered(fails=1), ShownStatus.ACTIVE),
        (made(expires_at=at(9)), Delivered(fails=1), ShownStatus.EXPIRED),
        (made(expires_at=at(11)), Delivered(), ShownStatus.ACTIVE),
        (made(status=Status.INACTIVE), Delivered(fails=1), ShownStatus.INACTIVE),
        (made(status=Status.ONESHOT), Delivered(), ShownStatus.ONESHOT),
        (made(status=Status.ONESHOT), Delivered(deactivated=at(1)), ShownStatus.INACTIVE),
        (made(activated_at=at(2)), Delivered(deactivated=at(1)), ShownStatus.ACTIVE),
    ],
)
def test_the_shown_status_is_derived(
    subscription: Subscription, delivered: Delivered, shown: ShownStatus
) -> None:
    assert shown_status(subscription, delivered, at(10)) is shown
