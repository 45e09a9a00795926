"""The status that a subscription shows, derived from what its owner wrote and what happened."""

from enum import StrEnum

from broker.subscriptions.model import Delivered, Status, Subscription
from kernel.times import Instant


class ShownStatus(StrEnum):
    """The values of `status` (NGSI-v2 `subscription`).

    Orion shows `failed` no more, since it left open whether the subscription still notifies: the
    status stays, and `failsCounter` tells that deliveries fail.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    ONESHOT = "oneshot"
    EXPIRED = "expired"


def is_switched_off(subscription: Subscription, delivered: Delivered) -> bool:
    """Whether delivery switched it off: a spent oneshot, or more failures than its limit.

    It is on again once its owner writes a status, which moves `activated_at`.
    """
    deactivated = delivered.deactivated
    return deactivated is not None and deactivated >= subscription.activated_at


def effective_status(subscription: Subscription, delivered: Delivered) -> Status:
    """The owner's status, or INACTIVE where delivery switched the subscription off."""
    return Status.INACTIVE if is_switched_off(subscription, delivered) else subscription.status


def shown_status(subscription: Subscription, delivered: Delivered, now: Instant) -> ShownStatus:
    """What a reader is shown at this instant: expiry outweighs everything."""
    if subscription.expires_at is not None and subscription.expires_at <= now:
        return ShownStatus.EXPIRED
    return ShownStatus(effective_status(subscription, delivered).value)
