"""From the neutral subscription to NGSI-LD's, with what delivery knows (§5.2.12 to §5.2.14)."""

from typing import Any, Final

import orjson

from broker.ld.context import Context
from broker.ld.decode_subscription import DEFAULT_TRIGGERS, ENTITY_TRIGGERS, FORMATS
from broker.service.subscriptions import Kept
from broker.subscriptions.model import (
    AttrsFormat,
    Condition,
    Delivered,
    Endpoint,
    EntityMatcher,
    Status,
    Subscription,
)
from broker.subscriptions.status import ShownStatus, shown_status
from kernel.times import Instant, render_micros, render_shortest

_FORMAT_NAMES: Final = {
    AttrsFormat.NORMALIZED: "normalized",
    AttrsFormat.CONCISE: "concise",
    AttrsFormat.KEY_VALUES: "keyValues",
}
_TRIGGER_NAMES: Final = {alteration: name for name, alteration in ENTITY_TRIGGERS.items()}
_MARKS: Final = "|,;()"
assert set(_FORMAT_NAMES) == set(FORMATS.values())  # noqa: S101 — both tables speak of the same


def encode_subscription(
    kept: Kept, context: Context, now: Instant, *, system: bool = False
) -> dict[str, Any]:
    """The subscription with its status and counters."""
    one, delivered = kept.subscription, kept.delivered
    shown = plain_subscription(one, context)
    status = shown_status(one, delivered, now)
    shown["isActive"] = status is ShownStatus.ACTIVE
    shown["status"] = _status(status)
    shown["notification"] |= _delivery(delivered)
    if system:
        shown["createdAt"] = render_micros(one.created_at)
        shown["modifiedAt"] = render_micros(one.modified_at)
    return shown


def _status(status: ShownStatus) -> str:
    match status:
        case ShownStatus.ACTIVE | ShownStatus.ONESHOT:
            return "active"
        case ShownStatus.INACTIVE:
            return "paused"
        case ShownStatus.EXPIRED:
            return "expired"


def plain_subscription(one: Subscription, context: Context) -> dict[str, Any]:
    """The subscription as its owner may write it again."""
    shown: dict[str, Any] = {"id": one.id, "type": "Subscription"}
    if one.name:
        shown["subscriptionName"] = one.name
    if one.description:
        shown["description"] = one.description
    if one.entities != (EntityMatcher(),):
        shown["entities"] = [_selector(matcher, context) for matcher in one.entities]
    shown |= _condition(one.condition, context)
    if one.expires_at is not None:
        shown["expiresAt"] = render_shortest(one.expires_at)
    if one.throttling_s:
        shown["throttling"] = one.throttling_s
    if one.lang:
        shown["lang"] = one.lang
    shown["isActive"] = one.status is not Status.INACTIVE
    shown["notification"] = _notification(one, context)
    return shown


def _selector(matcher: EntityMatcher, context: Context) -> dict[str, Any]:
    shown = {"id": matcher.id, "idPattern": matcher.id_pattern}
    if matcher.type:
        shown["type"] = _shown_types(matcher.type, context)
    return {name: value for name, value in shown.items() if value}


def _shown_types(selection: str, context: Context) -> str:
    """A type selection in the caller's terms."""
    for mark in _MARKS:
        selection = selection.replace(mark, f"\n{mark}\n")
    pieces = [piece for piece in selection.split("\n") if piece]
    return "".join(piece if piece in _MARKS else context.compact(piece) for piece in pieces)


def _condition(condition: Condition, context: Context) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if condition.attributes:
        shown["watchedAttributes"] = [context.compact(name) for name in condition.attributes]
    triggers = [_TRIGGER_NAMES[one] for one in condition.alterations if one in _TRIGGER_NAMES]
    triggers += [one.value for one in condition.attribute_triggers]
    if triggers and condition.attribute_triggers != DEFAULT_TRIGGERS:
        shown["notificationTrigger"] = triggers
    if condition.q:
        shown["q"] = condition.q
    if condition.georel:
        shown["geoQ"] = {
            "georel": condition.georel,
            "geometry": condition.geometry,
            "coordinates": orjson.loads(condition.coords),
        }
        if condition.geoproperty:
            shown["geoQ"]["geoproperty"] = condition.geoproperty
    if condition.scope_q:
        shown["scopeQ"] = condition.scope_q
    return shown


def _notification(one: Subscription, context: Context) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if one.attrs:
        shown["attributes"] = [context.compact(name) for name in one.attrs]
    if one.except_attrs:
        shown["omit"] = [context.compact(name) for name in one.except_attrs]
    shown["format"] = _FORMAT_NAMES.get(one.attrs_format, "normalized")
    if one.system_attrs:
        shown["sysAttrs"] = True
    shown["endpoint"] = _endpoint(one.endpoint)
    return shown


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """The endpoint; a password stays with us."""
    uri = f"{endpoint.url}/{endpoint.topic}" if endpoint.topic else endpoint.url
    shown: dict[str, Any] = {"uri": uri, "accept": endpoint.accept}
    if endpoint.headers:
        shown["receiverInfo"] = [
            {"key": key, "value": value} for key, value in endpoint.headers.items()
        ]
    if endpoint.qos:
        shown["notifierInfo"] = [{"key": "MQTT-QoS", "value": str(endpoint.qos)}]
    if endpoint.timeout_ms:
        shown["timeout"] = endpoint.timeout_ms
    return shown


def _delivery(delivered: Delivered) -> dict[str, Any]:
    """What §5.2.14 lets a reader see."""
    shown: dict[str, Any] = {}
    if delivered.times_sent:
        shown["timesSent"] = delivered.times_sent
        shown["timesFailed"] = delivered.fails
        shown["status"] = "failed" if delivered.fails else "ok"
    for member, instant in (
        ("lastNotification", delivered.last_notification),
        ("lastSuccess", delivered.last_success),
        ("lastFailure", delivered.last_failure),
    ):
        if instant is not None:
            shown[member] = render_micros(instant)
    return shown
