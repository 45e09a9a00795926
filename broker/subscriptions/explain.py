"""Why a subscription says something about a change, or nothing."""

from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.model.visibility import seen_change
from broker.subscriptions.ledger import Standing, standing
from broker.subscriptions.model import Delivered, Subscription
from broker.subscriptions.status import is_switched_off
from broker.subscriptions.verdict import Quiet
from broker.subscriptions.watch import Watch
from kernel.times import Instant


def explain(
    subscription: Subscription, change: Change, delivered: Delivered | None = None
) -> Quiet | None:
    """The condition that keeps the subscription quiet about the change; None if it is told.

    With `delivered` it also says what delivery would decide: switched off, or throttled.
    """
    if delivered is not None and is_switched_off(subscription, delivered):
        return Quiet.INACTIVE
    seen = seen_change(change, subscription.permission)
    if seen is None:
        return Quiet.PERMISSION
    quiet = Watch(subscription).verdict(seen)
    if quiet is not None or delivered is None:
        return quiet
    notice = Notice(
        subscription.id, subscription.endpoint.lane, change.entity, change.alteration, change.at
    )
    if standing(subscription, delivered, notice) is Standing.THROTTLED:
        return Quiet.THROTTLED
    return None


def change_of_all(entity: Entity, now: Instant) -> Change:
    """What an entity as it is can be explained by: all its attributes change at this instant."""
    names = tuple(entity.attributes)
    every = frozenset(names)
    return Change(Alteration.CHANGE, entity, entity, now, names, every, every)
