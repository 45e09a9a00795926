"""Notifications of NGSI-v2, as they go over the wire (`broker.ports.Renderer`). Pure.

Their headers are Orion's, in Orion's order: receivers test for them.
"""

import contextlib
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from broker.model.notice import Notice
from broker.ports import Outgoing
from broker.subscriptions.model import Endpoint, Subscription
from broker.v2.decode.priority import priority_of
from broker.v2.notification.content import (
    Told,
    entity_type_of,
    envelope,
    told_attributes,
    told_entity,
)
from broker.v2.notification.context import NoticeContext
from broker.v2.notification.macros import NULL, EndlessMacroError, Macros, header_safe
from kernel.json import render

ORION: Final = "orion/4.7.0"
_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_PORTS: Final = {"http": 80, "https": 443}
_AUTH: Final = "X-Auth-Token"
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
        """The message of a notice; None if a template of it cannot be filled in."""
        endpoint = subscription.endpoint
        if endpoint.custom:
            with contextlib.suppress(EndlessMacroError):
                return self._filled(subscription, notice)
            return None
        message = _standard(subscription, notice)
        return self._outgoing(subscription, notice, message, endpoint.url, None)

    def _filled(self, subscription: Subscription, notice: Notice) -> Outgoing:
        endpoint = subscription.endpoint
        macros = Macros(NoticeContext(notice), notice.committed_at)
        message = _custom(subscription, notice, macros)
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
            (endpoint.method if endpoint.custom else "") or "POST",
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


def _standard(subscription: Subscription, notice: Notice) -> Message:
    entity = notice.entity
    told = told_attributes(subscription, notice)
    return _told(subscription, entity.id, entity_type_of(entity), told)


def _told(subscription: Subscription, entity_id: str, entity_type: str, told: Told) -> Message:
    form = subscription.attrs_format
    shown = told_entity(entity_id, entity_type, told, form)
    return Message(render(envelope(subscription, shown)), _JSON, form.value)


# Custom notifications ----------------------------------------------------------------------------


def _custom(subscription: Subscription, notice: Notice, macros: Macros) -> Message:
    endpoint = subscription.endpoint
    if endpoint.payload_is_null:
        return Message(None, "", "custom")
    if endpoint.payload:
        return Message(macros.fill_decoded(endpoint.payload, NULL).encode(), _TEXT, "custom")
    if endpoint.json is not None:
        return Message(render(macros.fill_json(endpoint.json)), _JSON, "custom")
    if endpoint.ngsi is not None:
        patched = _patched(subscription, notice, macros)
        return Message(patched.body, patched.content_type, "custom")
    return _standard(subscription, notice)


def _patched(subscription: Subscription, notice: Notice, macros: Macros) -> Message:
    """The entity with the subscription's `ngsi` laid over it, in the shape of a standard body."""
    patch, entity = subscription.endpoint.ngsi, notice.entity
    told = told_attributes(subscription, notice, _patch(patch, macros))
    entity_id = macros.fill_name(patch.get("id", ""), entity.id)
    entity_type = macros.fill_name(patch.get("type", ""), entity_type_of(entity))
    return _told(subscription, entity_id or entity.id, entity_type or entity_type_of(entity), told)


def _patch(patch: Mapping[str, Any], macros: Macros) -> Told:
    """The attributes of `ngsi`, filled in, in order of `evalPriority`, which is told with them."""
    names = sorted((one for one in patch if one not in ("id", "type")), key=_priority_in(patch))
    values: dict[str, Any] = {}
    for _, level in groupby(names, _priority_in(patch)):
        values |= macros.fill_level({name: patch[name].get("value") for name in level})
    return {
        name: {
            "type": patch[name]["type"],
            "value": value,
            "metadata": patch[name].get("metadata", {}),
        }
        for name, value in values.items()
    }


def _priority_in(patch: Mapping[str, Any]) -> Callable[[str], float]:
    return lambda name: priority_of(patch[name])


def _url(endpoint: Endpoint, macros: Macros) -> str:
    url = macros.fill(endpoint.url)
    filled = (
        (macros.fill_query(name), macros.fill_query(value)) for name, value in endpoint.qs.items()
    )
    pairs = [f"{name}={value}" for name, value in filled if name and value]
    return f"{url}{'&' if '?' in url else '?'}{'&'.join(pairs)}" if pairs else url


def _overridden(headers: dict[str, str], endpoint: Endpoint, macros: Macros) -> dict[str, str]:
    """The headers with the subscriber's own; an empty one takes a header away.

    New ones follow in the order of their names, in canonical case.
    """
    filled = {
        header_safe(macros.fill(name)).lower(): header_safe(macros.fill_decoded(value))
        for name, value in endpoint.headers.items()
    }
    spelled = {name.lower(): name for name in headers}
    for name in sorted(filled):
        if not name or name in _FIXED:
            continue
        header = spelled.get(name) or "-".join(part.capitalize() for part in name.split("-"))
        if filled[name]:
            headers[header] = filled[name]
        else:
            headers.pop(header, None)
    return _with_token_in_place(headers)


def _with_token_in_place(headers: dict[str, str]) -> dict[str, str]:
    """Orion knows one header of a subscriber's own, and has it behind the length."""
    if _AUTH not in headers:
        return headers
    token = headers.pop(_AUTH)
    at = 1 + list(headers).index("Content-Length") if "Content-Length" in headers else 0
    rows = list(headers.items())
    return dict([*rows[:at], (_AUTH, token), *rows[at:]])


def _host(url: str) -> str:
    """Where it goes: with the port, as Orion always says it."""
    try:
        parts = urlsplit(url)
        authority = parts.netloc.rpartition("@")[2]
        return authority if parts.port else f"{authority}:{_PORTS.get(parts.scheme, 80)}"
    except ValueError:
        return ""
