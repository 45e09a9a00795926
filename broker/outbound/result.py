"""What one attempt came to."""

from enum import StrEnum
from http import HTTPStatus


class Result(StrEnum):
    """The label of `odori_notifications_total`."""

    DELIVERED = "delivered"
    RETRIED = "retried"  # put off
    DEAD = "dead"  # given up: too old, refused for good, or the subscription went off
    THROTTLED = "throttled"
    UNWANTED = "unwanted"  # nothing to send after all, or the subscription is gone


_TRY_AGAIN = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


def result_of(status: int | None) -> Result:
    """What an answer means for the notification, apart from the counters.

    From 500 on, and where the status says "later", the same notification may succeed later. Other
    answers from 400 on refuse it for good: it becomes a dead letter, which can be replayed.
    """
    if status is None or status < HTTPStatus.BAD_REQUEST:
        return Result.DELIVERED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN:
        return Result.RETRIED
    return Result.DEAD
