"""Subscriptions as NGSI-v2 shows them: defaults always, counters once they have a value."""

from collections.abc import Mapping
from typing import Any, Final

from broker.service.subscriptions import Kept
from broker.subscriptions.model import (
    Condition,
    Delivered,
    Endpoint,
    EntityMatcher,
    Subscription,
)
from broker.subscriptions.owners import ORPHANED
from broker.subscriptions.status import shown_status
from kernel.times import SECOND_US, Instant, floor_to, render_millis

_HIDDEN: Final = "*****"


def encode_subscription(kept: Kept, now: Instant) -> dict[str, Any]:
    """The subscription, with what delivery knows of it."""
    subscription, delivered = kept.subscription, kept.delivered
    shown: dict[str, Any] = {"id": subscription.id}
    if subscription.description:
        shown["description"] = subscription.description
    if subscription.expires_at is not None:
        shown["expires"] = _second(subscription.expires_at)
    shown["status"] = shown_status(subscription, delivered, now).value
    shown["subject"] = {
        "entities": [_matcher(one) for one in subscription.entities],
        "condition": _condition(subscription.condition),
    }
    shown["notification"] = _notification(subscription, delivered)
    if kept.is_orphaned:
        shown["notification"]["lastFailureReason"] = ORPHANED
    if subscription.throttling_s:
        shown["throttling"] = int(subscription.throttling_s)
    return shown


def _matcher(matcher: EntityMatcher) -> dict[str, Any]:
    fields = {
        "id": matcher.id,
        "idPattern": matcher.id_pattern,
        "type": matcher.type,
        "typePattern": matcher.type_pattern,
    }
    if not matcher.id and not matcher.id_pattern:
        fields["idPattern"] = ".*"
    return {name: text for name, text in fields.items() if text}


def _condition(condition: Condition) -> dict[str, Any]:
    shown: dict[str, Any] = {"attrs": list(condition.attributes)}
    expression = {
        "q": condition.q,
        "mq": condition.mq,
        "geometry": condition.geometry,
        "coords": condition.coords,
        "georel": condition.georel,
    }
    if any(expression.values()):
        shown["expression"] = {name: text for name, text in expression.items() if text}
    if condition.alterations:
        shown["alterationTypes"] = [one.value for one in condition.alterations]
    shown["notifyOnMetadataChange"] = condition.notify_on_metadata_change
    if condition.jexl:
        shown["jexlExpression"] = condition.jexl
    return shown


def _notification(subscription: Subscription, delivered: Delivered) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if delivered.times_sent:
        shown["timesSent"] = delivered.times_sent
    if delivered.last_notification is not None:
        shown["lastNotification"] = _second(delivered.last_notification)
    if subscription.except_attrs:
        shown["exceptAttrs"] = list(subscription.except_attrs)
    else:
        shown["attrs"] = list(subscription.attrs)
    shown["onlyChangedAttrs"] = subscription.only_changed_attrs
    shown["attrsFormat"] = subscription.attrs_format.value
    shown |= _endpoint(subscription.endpoint)
    if subscription.metadata:
        shown["metadata"] = list(subscription.metadata)
    shown |= _outcomes(delivered, is_http=not subscription.endpoint.topic)
    if subscription.max_fails_limit:
        shown["maxFailsLimit"] = subscription.max_fails_limit
    if delivered.fails:
        shown["failsCounter"] = delivered.fails
    shown["covered"] = subscription.covered
    return shown


def _outcomes(delivered: Delivered, *, is_http: bool) -> dict[str, Any]:
    """How the last deliveries went; MQTT has neither codes nor reasons to tell."""
    shown: dict[str, Any] = {}
    if delivered.last_failure is not None:
        shown["lastFailure"] = _second(delivered.last_failure)
        if is_http:
            shown["lastFailureReason"] = delivered.last_failure_reason
    if delivered.last_success is not None:
        shown["lastSuccess"] = _second(delivered.last_success)
        if is_http and delivered.last_success_code is not None:
            shown["lastSuccessCode"] = delivered.last_success_code
    return shown


def _second(instant: Instant) -> str:
    """Orion keeps these instants in whole seconds, and scripts compare them."""
    return render_millis(floor_to(instant, SECOND_US))


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    shown: dict[str, Any] = {"url": endpoint.url}
    if endpoint.topic:
        shown |= {"topic": endpoint.topic, "qos": endpoint.qos, "retain": endpoint.retain}
        if endpoint.user:
            shown |= {"user": endpoint.user, "passwd": _HIDDEN}
    if endpoint.timeout_ms:
        shown["timeout"] = endpoint.timeout_ms
    protocol = "mqtt" if endpoint.topic else "http"
    if not endpoint.custom:
        return {protocol: shown}
    return {f"{protocol}Custom": shown | _template(endpoint)}


def _template(endpoint: Endpoint) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if endpoint.payload_is_null:
        shown["payload"] = None
    elif endpoint.payload:
        shown["payload"] = endpoint.payload
    elif endpoint.json is not None:
        shown["json"] = endpoint.json
    elif endpoint.ngsi is not None:
        shown["ngsi"] = _patch(endpoint.ngsi)
    if endpoint.method:
        shown["method"] = endpoint.method
    if endpoint.qs:
        shown["qs"] = dict(endpoint.qs)
    if endpoint.headers:
        shown["headers"] = dict(endpoint.headers)
    return shown


def _patch(ngsi: Mapping[str, Any]) -> dict[str, Any]:
    """The patch with its attributes in order of their names, as Orion shows it."""
    ids = {name: ngsi[name] for name in ("id", "type") if ngsi.get(name)}
    return ids | {name: ngsi[name] for name in sorted(ngsi) if name not in ("id", "type")}
