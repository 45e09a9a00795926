"""Notifications of NGSI-LD, as they go over the wire (§5.3.1, §6.3.9, §7.2). Pure."""

from typing import Any, Final

from broker.ld.context import Context
from broker.ld.door import JSON, LD_JSON, TENANT_HEADER
from broker.ld.encode import Form, Shape, encode_entity
from broker.ld.library import CORE_URL, ContextLibrary
from broker.ld.links import context_link
from broker.ld.replies import url_of, with_context
from broker.model.changes import Alteration
from broker.model.notice import Notice
from broker.ports import Outgoing
from broker.subscriptions.model import AttrsFormat, Subscription
from kernel.json import render
from kernel.times import render_micros

_FORMS: Final = {
    AttrsFormat.CONCISE: Form.CONCISE,
    AttrsFormat.KEY_VALUES: Form.SIMPLIFIED,
    AttrsFormat.SIMPLIFIED_KEY_VALUES: Form.SIMPLIFIED,
}


class LdRenderer:
    """Puts notices into the words of NGSI-LD; see `broker.ports.Renderer`."""

    def __init__(self, library: ContextLibrary, user_agent: str = "odori") -> None:
        self._library = library
        self._user_agent = user_agent

    def render(self, subscription: Subscription, notice: Notice) -> Outgoing | None:
        """The message of a notice; there always is one."""
        context = self._library.resolve(subscription.context)
        endpoint = subscription.endpoint
        notification = {
            "id": f"urn:ngsi-ld:Notification:{subscription.id.rpartition(':')[2]}:{notice.number}",
            "type": "Notification",
            "subscriptionId": subscription.id,
            "notifiedAt": render_micros(notice.committed_at),
            "data": [_told(subscription, notice, context)],
        }
        if endpoint.accept == LD_JSON:
            notification = with_context(notification, context)
        headers = self._headers(subscription, notice, context)
        if endpoint.topic:
            return Outgoing(
                endpoint.url,
                body=render({"metadata": dict(headers), "body": notification}),
                topic=endpoint.topic,
                qos=endpoint.qos,
                user=endpoint.user,
                password=endpoint.password,
                timeout_ms=endpoint.timeout_ms,
            )
        return Outgoing(
            endpoint.url,
            headers=(("User-Agent", self._user_agent), *headers),
            body=render(notification),
            timeout_ms=endpoint.timeout_ms,
        )

    def _headers(
        self, subscription: Subscription, notice: Notice, context: Context
    ) -> tuple[tuple[str, str], ...]:
        """What describes the body, then the receiver's own (`receiverInfo`)."""
        endpoint = subscription.endpoint
        headers = [("Content-Type", endpoint.accept or JSON)]
        if endpoint.accept != LD_JSON:
            headers.append(("Link", context_link(url_of(context) or CORE_URL)))
        if notice.tenant:
            headers.append((TENANT_HEADER, notice.tenant))
        return (*headers, *endpoint.headers.items())


def _told(subscription: Subscription, notice: Notice, context: Context) -> dict[str, Any]:
    if notice.alteration is Alteration.DELETE:
        shown = encode_entity(notice.entity, context, Shape(pick=frozenset({"id", "type"})))
        return {**shown, "deletedAt": render_micros(notice.committed_at)}
    picked = frozenset({"id", "type", "scope", *subscription.attrs}) if subscription.attrs else None
    shape = Shape(
        _FORMS.get(subscription.attrs_format, Form.NORMALIZED),
        subscription.system_attrs,
        picked,
        frozenset(subscription.except_attrs),
        lang=subscription.lang,
    )
    return encode_entity(notice.entity, context, shape)
