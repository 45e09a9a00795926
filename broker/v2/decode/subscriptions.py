"""Subscriptions (NGSI-v2 "Subscription payload datamodel")."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from broker.model.changes import Alteration
from broker.subscriptions.model import AttrsFormat, Condition, Endpoint, Status, Subscription
from broker.v2.decode.endpoints import decode_endpoint
from broker.v2.decode.expression import Expression, decode_expression
from broker.v2.decode.fields import distinct_of, flag_of, object_of, text_of, whole_of
from broker.v2.decode.matchers import decode_matchers
from broker.v2.decode.names import has_forbidden
from broker.v2.errors import quoted
from kernel.errors import BadRequestError
from kernel.times import SECOND_US, Instant, MalformedTimeError, floor_to, parse_instant

LONGEST_DESCRIPTION: Final = 1_024
"""In bytes."""
_FORMATS: Final = {
    one.value: one
    for one in (
        AttrsFormat.NORMALIZED,
        AttrsFormat.KEY_VALUES,
        AttrsFormat.VALUES,
        AttrsFormat.SIMPLIFIED_NORMALIZED,
        AttrsFormat.SIMPLIFIED_KEY_VALUES,
    )
}
_STATUSES: Final = {one.value: one for one in Status}
_ALTERATIONS: Final = {one.value: one for one in Alteration}
_BLANK: Final = Subscription("", (), Endpoint(""))


def decode_subscription(document: Mapping[str, Any], service_path: str) -> Subscription:
    """A new subscription, without an id yet.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    blank = msgspec.structs.replace(_BLANK, service_path=service_path)
    description = _description(document)
    if "subject" not in document:
        raise BadRequestError("no subject for subscription specified")
    subject = _subject(document)
    if "notification" not in document:
        raise BadRequestError("no notification for subscription specified")
    return _edited(document, blank, {**description, **subject, **_notification(document, blank)})


def edit_subscription(
    document: Mapping[str, Any], current: Subscription, service_path: str
) -> Subscription:
    """The subscription with those fields changed that the document has.

    It moves to the service path of the request, as every update in Orion does. A subject or a
    notification takes the place of the old one, but for what `_condition` and `_kept` name.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    changes = {"service_path": service_path, **_description(document)}
    if "subject" in document:
        changes |= _subject(document)
    if "notification" in document:
        changes |= _notification(document, current)
    return _edited(document, current, changes)


def check_edit(document: Mapping[str, Any]) -> None:
    """That the document can change a subscription, whichever it is.

    Raises:
        BadRequestError: with Orion's text for the first thing that is wrong.
    """
    edit_subscription(document, _BLANK, "")


def _edited(
    document: Mapping[str, Any], current: Subscription, changes: dict[str, Any]
) -> Subscription:
    return msgspec.structs.replace(
        current, **changes, **_expires(document), **_status(document), **_throttling(document)
    )


def _description(document: Mapping[str, Any]) -> dict[str, Any]:
    text = text_of(document, "description")
    if text is None:
        return {}
    if len(text.encode()) > LONGEST_DESCRIPTION:
        raise BadRequestError("max description length exceeded")
    if has_forbidden(text):
        raise BadRequestError("forbidden characters in description")
    return {"description": text or None}


def _expires(document: Mapping[str, Any]) -> dict[str, Any]:
    text = text_of(document, "expires")
    if text is None:
        return {}
    return {"expires_at": _instant(text) if text else None}


def _instant(text: str) -> Instant:
    try:
        return floor_to(parse_instant(text), SECOND_US)
    except MalformedTimeError:
        raise BadRequestError("expires has an invalid format") from None


def _status(document: Mapping[str, Any]) -> dict[str, Any]:
    text = text_of(document, "status")
    if text is None:
        return {}
    if text not in _STATUSES:
        raise BadRequestError(
            "status is not valid: it has to be either active, inactive or oneshot"
        )
    return {"status": _STATUSES[text]}


def _throttling(document: Mapping[str, Any]) -> dict[str, Any]:
    seconds = whole_of(document, "throttling")
    return {} if seconds is None else {"throttling_s": max(seconds, 0)}


# Subject -----------------------------------------------------------------------------------------


def _subject(document: Mapping[str, Any]) -> dict[str, Any]:
    subject = object_of(document, "subject") or {}
    if "entities" not in subject:
        raise BadRequestError("no subject entities specified")
    entities = decode_matchers(subject["entities"])
    if not entities:
        raise BadRequestError("subject entities is empty")
    condition = object_of(subject, "condition")
    if condition is not None and not condition:
        raise BadRequestError("condition is empty")
    return {"entities": entities, "condition": _condition(condition or {})}


def _condition(body: Mapping[str, Any]) -> Condition:
    """All of it as the body has it: what an update leaves out is as in a new subscription."""
    attributes = distinct_of(body, "attrs")
    expression = Expression()
    if "expression" in body:
        expression = decode_expression(body["expression"])
    on_metadata = flag_of(body, "notifyOnMetadataChange")
    return Condition(
        attributes,
        expression.q,
        expression.mq,
        expression.georel,
        expression.geometry,
        expression.coords,
        alterations=tuple(_alteration(name) for name in distinct_of(body, "alterationTypes")),
        notify_on_metadata_change=on_metadata is not False,
        jexl=text_of(body, "jexlExpression") or "",
    )


def _alteration(name: str) -> Alteration:
    if name not in _ALTERATIONS:
        raise BadRequestError(f"unknown subscription alterationType: {quoted(name)}")
    return _ALTERATIONS[name]


# Notification ------------------------------------------------------------------------------------


def _notification(document: Mapping[str, Any], current: Subscription) -> dict[str, Any]:
    body = object_of(document, "notification") or {}
    endpoint = decode_endpoint(body)
    if "attrs" in body and "exceptAttrs" in body:
        raise BadRequestError("http notification has attrs and exceptAttrs")
    attrs, except_attrs = distinct_of(body, "attrs"), distinct_of(body, "exceptAttrs")
    if "exceptAttrs" in body and not except_attrs:
        raise BadRequestError("http notification has exceptAttrs is empty")
    only_changed, covered = flag_of(body, "onlyChangedAttrs"), flag_of(body, "covered")
    if covered and not (attrs or except_attrs):
        raise BadRequestError(
            "covered true cannot be used if notification attributes list is empty"
        )
    return {
        "endpoint": _kept(endpoint, current.endpoint),
        "attrs": attrs,
        "except_attrs": except_attrs,
        "only_changed_attrs": current.only_changed_attrs if only_changed is None else only_changed,
        "covered": current.covered if covered is None else covered,
        "metadata": distinct_of(body, "metadata"),
        "attrs_format": _format(body),
        "max_fails_limit": _fails_limit(body),
    }


def _kept(endpoint: Endpoint, current: Endpoint) -> Endpoint:
    """The endpoint, which says over HTTP what it does not replace: method, query string, headers.

    Orion takes these away only together with the protocol.
    """
    if endpoint.topic or current.topic:
        return endpoint
    return msgspec.structs.replace(
        endpoint,
        method=endpoint.method or current.method,
        qs=endpoint.qs or current.qs,
        headers=endpoint.headers or current.headers,
    )


def _format(body: Mapping[str, Any]) -> AttrsFormat:
    name = text_of(body, "attrsFormat")
    if name is None:
        return AttrsFormat.NORMALIZED
    if name not in _FORMATS:
        raise BadRequestError(f"invalid attrsFormat, accepted values: {', '.join(_FORMATS)}")
    return _FORMATS[name]


def _fails_limit(body: Mapping[str, Any]) -> int:
    limit = whole_of(body, "maxFailsLimit")
    if limit is None:
        return 0
    if limit <= 0:
        raise BadRequestError("maxFailsLimit must be greater than zero")
    return limit
