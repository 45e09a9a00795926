"""One subscription, compiled: the conditions of a notification in the order they are asked."""

from collections.abc import Callable

import msgspec

from broker.model.changes import Change
from broker.model.entity import Entity
from broker.subscriptions.expressions import holds
from broker.subscriptions.filters import Filter, compile_filters
from broker.subscriptions.model import Status, Subscription
from broker.subscriptions.subjects import compile_service_path, compile_subjects
from broker.subscriptions.triggers import compile_trigger
from broker.subscriptions.verdict import Quiet
from kernel.errors import CallerError

_BEFORE_IS_TOLD = frozenset({"previousValue", "actionType"})
_ALWAYS_TOLD = frozenset({"*", "alterationType", "dateCreated", "dateModified", "dateExpires"})


class Watch:
    """A subscription as a function of changes.

    Attributes:
        rank: its place in the order of creation.
        tells_before: its notifications need the entity as it was before the change.
        unreadable: its stored filter or pattern does not parse; it never notifies, and writes go
            on as if it were not there.
    """

    __slots__ = (
        "_filters",
        "_in_path",
        "_is_subject",
        "_trigger",
        "rank",
        "subscription",
        "tells_before",
        "unreadable",
    )

    def __init__(self, subscription: Subscription, rank: int = 0) -> None:
        self.subscription = subscription
        self.rank = rank
        self.tells_before = _tells_before(subscription)
        self.unreadable = False
        self._trigger = compile_trigger(subscription.condition, subscription.face)
        self._in_path = compile_service_path(subscription.service_path)
        self._is_subject: Callable[[Entity], bool] = _nothing
        self._filters: tuple[Filter, ...] = ()
        try:
            self._is_subject = compile_subjects(subscription.face, subscription.entities)
            self._filters = compile_filters(subscription.face, subscription.condition)
        except CallerError:
            self.unreadable = True

    def verdict(self, change: Change) -> Quiet | None:
        """None if the change is to be told; otherwise the first condition that says no.

        Filters are asked of the entity after the change, or before it for a deletion.
        """
        subscription = self.subscription
        if subscription.status is Status.INACTIVE:
            return Quiet.INACTIVE
        if subscription.expires_at is not None and subscription.expires_at <= change.at:
            return Quiet.EXPIRED
        if self.unreadable:
            return Quiet.UNREADABLE
        entity = change.entity
        if self._in_path is not None and not self._in_path(entity):
            return Quiet.SERVICE_PATH
        if not self._is_subject(entity):
            return Quiet.ENTITY
        if (says_no := self._trigger(change)) is not None:
            return says_no
        if subscription.only_changed_attrs and not _has_to_tell(subscription, change):
            return Quiet.ATTRIBUTE
        says_no = next((one.says_no for one in self._filters if not one.holds(entity)), None)
        if says_no is None and (jexl := subscription.condition.jexl) and not holds(jexl, change):
            return Quiet.JEXL
        return says_no


def _has_to_tell(subscription: Subscription, change: Change) -> bool:
    """Whether `onlyChangedAttrs` leaves anything of what the request wrote (NGSI-v2)."""
    if not subscription.attrs:
        return any(name not in subscription.except_attrs for name in change.written)
    return any(name in _ALWAYS_TOLD or name in change.written for name in subscription.attrs)


def _tells_before(subscription: Subscription) -> bool:
    """Whether its metadata, or the expressions of its templates, name what only that tells."""
    if not _BEFORE_IS_TOLD.isdisjoint(subscription.metadata):
        return True
    if not subscription.endpoint.custom:
        return False
    templates = msgspec.json.encode(subscription.endpoint)
    return any(name.encode() in templates for name in _BEFORE_IS_TOLD)


def _nothing(_: Entity) -> bool:
    return False
