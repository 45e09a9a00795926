"""The status that a subscription shows, derived from what its owner wrote and what happened."""

from enum import StrEnum

from broker.subscriptions.model import Delivered, Status, Subscription
from kernel.times import Instant


class ShownStatus(StrEnum):
    """The values of `status` (NGSI-v2 `subscription`)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ONESHOT = "oneshot"
    FAILED = "failed"  # active, and the last delivery failed
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
    """What a reader is shown at this instant.

    Expiry outweighs everything; `failed` is shown of active subscriptions only, until a delivery
    succeeds again.
    """
    if subscription.expires_at is not None and subscription.expires_at <= now:
        return ShownStatus.EXPIRED
    status = effective_status(subscription, delivered)
    if status is Status.ACTIVE and delivered.fails > 0:
        return ShownStatus.FAILED
    return ShownStatus(status.value)
