"""Which condition decides, and in which words an operator hears of it (ADR 0084)."""

from typing import Any, Final, assert_never

from broker.model.changes import Alteration, Change
from broker.model.visibility import seen_change
from broker.service.explaining import Explanation
from broker.subscriptions.model import Condition, Subscription
from broker.subscriptions.owners import ORPHANED
from broker.subscriptions.verdict import Quiet

_FIXED: Final = {
    Quiet.OWNER: ORPHANED,
    Quiet.INACTIVE: "Its owner, a oneshot that fired or maxFailsLimit has switched it off",
    Quiet.EXPIRED: "It has expired",
    Quiet.PERMISSION: "Whoever made the subscription may not see this change",
    Quiet.ENTITY: "No element of subject.entities names the entity",
    Quiet.UNREADABLE: "The expression of the subscription cannot be read",
}
_NAMES: Final = {Quiet.GEO: "georel", Quiet.SCOPE: "scopeQ", Quiet.JEXL: "jexlExpression"}


def encode_explanation(subscription: Subscription, explanation: Explanation) -> dict[str, Any]:
    """Whether the subscription is notified, and the condition that decides against it."""
    quiet = explanation.quiet
    shown: dict[str, Any] = {"notified": quiet is None}
    if quiet is not None:
        shown["decidedBy"] = quiet.value
        shown["because"] = _because(quiet, subscription, explanation.change)
    if explanation.change is not None:
        change = seen_change(explanation.change, subscription.permission)
        if change is not None:
            shown["change"] = _change(change)
    return shown


def _change(change: Change) -> dict[str, Any]:
    return {
        "alterationType": change.alteration.value,
        "entity": {"id": change.entity.id, "type": change.entity.types[0]},
        "written": list(change.written),
        "changed": [name for name in change.written if name in change.changed],
    }


def _because(quiet: Quiet, subscription: Subscription, change: Change | None) -> str:
    match quiet:
        case Quiet.SERVICE_PATH:
            return f"The entity is not at the service path {subscription.service_path}"
        case Quiet.ALTERATION:
            return _alteration(subscription, change)
        case Quiet.ATTRIBUTE:
            return _attribute(subscription)
        case Quiet.Q | Quiet.MQ | Quiet.GEO | Quiet.SCOPE | Quiet.JEXL:
            return _filter(quiet, subscription.condition)
        case Quiet.THROTTLED:
            return f"The last notification was less than {subscription.throttling_s:g} s before"
        case (
            Quiet.OWNER
            | Quiet.INACTIVE
            | Quiet.EXPIRED
            | Quiet.PERMISSION
            | Quiet.ENTITY
            | Quiet.UNREADABLE
        ):
            return _FIXED[quiet]
        case _:
            assert_never(quiet)


def _filter(quiet: Quiet, condition: Condition) -> str:
    texts = {
        Quiet.Q: condition.q,
        Quiet.MQ: condition.mq,
        Quiet.GEO: condition.georel,
        Quiet.SCOPE: condition.scope_q,
        Quiet.JEXL: condition.jexl,
    }
    return f"{_NAMES.get(quiet, quiet.value)} does not hold: {texts[quiet]}"


def _alteration(subscription: Subscription, change: Change | None) -> str:
    if change is None:
        return "The request writes nothing"
    asked = subscription.condition.alterations or (Alteration.CREATE, Alteration.CHANGE)
    wanted = ", ".join(asked)
    if change.alteration is Alteration.CHANGE and Alteration.CHANGE in asked:
        return "Only metadata change, and notifyOnMetadataChange is false"
    return f"{change.alteration.value} is none of the alterationTypes {wanted}"


def _attribute(subscription: Subscription) -> str:
    watched = ", ".join(subscription.condition.attributes)
    if watched:
        return f"None of the attributes {watched} of the condition is concerned"
    return "onlyChangedAttrs leaves no attribute to tell"
