"""Notifications of NGSI-v2, as they go over the wire (`broker.ports.Renderer`). Pure.

Their headers are Orion's, in Orion's order: receivers test for them.
"""

from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from broker.model.attribute import default_v2_type
from broker.model.notice import Notice
from broker.ports import Outgoing
from broker.subscriptions.model import Endpoint, Subscription
from broker.v2.notification.content import (
    Told,
    entity_type_of,
    envelope,
    told_attributes,
    told_entity,
)
from broker.v2.notification.macros import Macros, header_safe
from kernel.json import render

ORION: Final = "orion/4.7.0"
_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_FIXED: Final = frozenset({"fiware-correlator", "ngsiv2-attrsformat"})


class Message(msgspec.Struct, frozen=True):
    """The body of a notification, and what kind of body it is."""

    body: bytes | None
    content_type: str
    attrs_format: str


class V2Renderer:
    """Puts notices into the words of NGSI-v2.

    Args:
        user_agent: follows `orion/4.7.0` in `User-Agent`, such as `odori/0.1.0`.
    """

    def __init__(self, user_agent: str = "odori") -> None:
        self._user_agent = f"{ORION} {user_agent}"

    def render(self, subscription: Subscription, notice: Notice) -> Outgoing | None:
        """The message of a notice; there always is one."""
        endpoint = subscription.endpoint
        told = told_attributes(subscription, notice)
        if not endpoint.custom:
            message = _standard(subscription, notice, told)
            return self._outgoing(subscription, notice, message, endpoint.url, None)
        macros = _macros(subscription, notice, told)
        message = _custom(subscription, notice, told, macros)
        return self._outgoing(subscription, notice, message, _url(endpoint, macros), macros)

    def _outgoing(
        self,
        subscription: Subscription,
        notice: Notice,
        message: Message,
        url: str,
        macros: Macros | None,
    ) -> Outgoing:
        endpoint = subscription.endpoint
        if endpoint.topic:
            return Outgoing(
                url,
                body=message.body or b"",
                topic=macros.fill(endpoint.topic) if macros else endpoint.topic,
                qos=endpoint.qos,
                retain=endpoint.retain,
                user=endpoint.user,
                password=endpoint.password,
                timeout_ms=endpoint.timeout_ms,
            )
        headers = self._headers(notice, message, url)
        if macros is not None:
            headers = _overridden(headers, endpoint, macros)
        return Outgoing(
            url,
            endpoint.method or "POST",
            tuple(headers.items()),
            message.body,
            timeout_ms=endpoint.timeout_ms,
        )

    def _headers(self, notice: Notice, message: Message, url: str) -> dict[str, str]:
        headers = {
            "Fiware-Servicepath": notice.entity.service_path,
            "Content-Length": str(len(message.body or b"")),
            "User-Agent": self._user_agent,
            "Ngsiv2-Attrsformat": message.attrs_format,
            "Host": _host(url),
            "Accept": "application/json",
        }
        if notice.tenant:
            headers["Fiware-Service"] = notice.tenant
        if message.body is not None:
            headers["Content-Type"] = message.content_type
        headers["Fiware-Correlator"] = f"{notice.correlator}; cbnotif={notice.ordinal}"
        return headers


def _standard(subscription: Subscription, notice: Notice, told: Told) -> Message:
    entity = notice.entity
    form = subscription.attrs_format
    shown = told_entity(entity.id, entity_type_of(entity), told, form)
    return Message(render(envelope(subscription, shown)), _JSON, form.value)


# Custom notifications ----------------------------------------------------------------------------


def _macros(subscription: Subscription, notice: Notice, told: Told) -> Macros:
    values: dict[str, Any] = {name: attribute["value"] for name, attribute in told.items()}
    values |= {
        "id": notice.entity.id,
        "type": entity_type_of(notice.entity),
        "service": notice.tenant,
        "servicePath": notice.entity.service_path,
    }
    return Macros(values, covered=subscription.covered)


def _custom(subscription: Subscription, notice: Notice, told: Told, macros: Macros) -> Message:
    endpoint = subscription.endpoint
    if endpoint.payload_is_null:
        return Message(None, "", "custom")
    if endpoint.payload is not None:
        return Message(macros.fill_payload(endpoint.payload).encode(), _TEXT, "custom")
    if endpoint.json is not None:
        return Message(render(macros.fill_json(endpoint.json)), _JSON, "custom")
    if endpoint.ngsi is not None:
        return _patched(subscription, notice, told, macros)
    return _standard(subscription, notice, told)


def _patched(subscription: Subscription, notice: Notice, told: Told, macros: Macros) -> Message:
    """The entity with the subscription's `ngsi` laid over it."""
    patch: dict[str, Any] = dict(subscription.endpoint.ngsi)
    entity_id = macros.fill(patch.pop("id", notice.entity.id))
    entity_type = macros.fill(patch.pop("type", entity_type_of(notice.entity)))
    for name, part in patch.items():
        value = macros.fill_json(part.get("value"))
        told[name] = {
            "type": part.get("type") or default_v2_type(value),
            "value": value,
            "metadata": {},
        }
    shown = told_entity(entity_id, entity_type, told, subscription.attrs_format)
    return Message(render(envelope(subscription, shown)), _JSON, "custom")


def _url(endpoint: Endpoint, macros: Macros) -> str:
    url = macros.fill(endpoint.url)
    if not endpoint.qs:
        return url
    pairs = (
        f"{quote(macros.fill(name), safe='')}={quote(macros.fill(value), safe='')}"
        for name, value in endpoint.qs.items()
    )
    return f"{url}{'&' if '?' in url else '?'}{'&'.join(pairs)}"


def _overridden(headers: dict[str, str], endpoint: Endpoint, macros: Macros) -> dict[str, str]:
    """The headers with the subscriber's own; an empty one takes a header away."""
    spelled = {name.lower(): name for name in headers}
    for template, value in endpoint.headers.items():
        name = header_safe(macros.fill(template))
        if not name or name.lower() in _FIXED:
            continue
        name = spelled.setdefault(name.lower(), name)
        text = header_safe(macros.fill_payload(value))
        if text:
            headers[name] = text
        else:
            headers.pop(name, None)
    return headers


def _host(url: str) -> str:
    """Where it goes; the port only where the URL names one."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
