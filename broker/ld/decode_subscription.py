"""From an NGSI-LD Subscription to the neutral one (§5.2.12 to §5.2.15)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from broker.ld.context import Context
from broker.ld.decode_attribute import read_time
from broker.model.changes import Alteration
from broker.ql.ld_geo import parse_ld_geo
from broker.ql.ld_query import parse_ld_q
from broker.ql.scope import parse_scope_q
from broker.ql.selectors import id_pattern
from broker.ql.type_selection import parse_type_selection
from broker.subscriptions.model import (
    AttributeTrigger,
    AttrsFormat,
    Condition,
    Endpoint,
    EntityMatcher,
    Face,
    Status,
    Subscription,
)
from kernel.errors import BadRequestError, NotImplementedHereError

_NOT_IMPLEMENTED: Final = frozenset(
    {"timeInterval", "csf", "temporalQ", "join", "joinLevel", "containedBy", "splitEntities"}
)
_MEMBERS: Final = frozenset(
    {"@context", "id", "type", "subscriptionName", "description", "entities", "watchedAttributes",
     "notificationTrigger", "q", "geoQ", "scopeQ", "isActive", "notification", "expiresAt",
     "throttling", "lang", "jsonldContext", "status", "createdAt", "modifiedAt", "local"}
)  # fmt: skip
_NOTIFICATION_NOT_IMPLEMENTED: Final = frozenset({"showChanges", "join", "joinLevel"})
FORMATS: Final = {
    "normalized": AttrsFormat.NORMALIZED,
    "concise": AttrsFormat.CONCISE,
    "simplified": AttrsFormat.KEY_VALUES,
    "keyValues": AttrsFormat.KEY_VALUES,
}
ENTITY_TRIGGERS: Final = {
    "entityCreated": Alteration.CREATE,
    "entityUpdated": Alteration.UPDATE,
    "entityDeleted": Alteration.DELETE,
}
DEFAULT_TRIGGERS: Final = (AttributeTrigger.CREATED, AttributeTrigger.UPDATED)
_ACCEPTED: Final = frozenset({"application/json", "application/ld+json"})
_SELECTION_MARKS: Final = "|,;()"


def decode_subscription(document: Any, context: Context) -> Subscription:
    """A whole subscription; an empty id is to be given one.

    Raises:
        BadRequestError: the standard has no such subscription.
        NotImplementedHereError: it asks for what is not implemented.
    """
    body = _object(document, "A subscription")
    for member in body:
        if member in _NOT_IMPLEMENTED:
            raise NotImplementedHereError(f"The member {member} is not implemented")
        if member not in _MEMBERS:
            raise BadRequestError("A subscription has no such member")
    if body.get("type") != "Subscription":
        raise BadRequestError("The type of a subscription is Subscription")
    notification = _object(body.get("notification"), "The notification")
    if not _NOTIFICATION_NOT_IMPLEMENTED.isdisjoint(notification):
        raise NotImplementedHereError("A member of the notification is not implemented")
    matchers = tuple(_matcher(one, context) for one in _list(body, "entities"))
    condition = _condition(body, context)
    if not matchers and not condition.attributes:
        raise BadRequestError("A subscription names entities or watchedAttributes")
    return Subscription(
        id=_uri(body.get("id", "")),
        entities=matchers or (EntityMatcher(),),
        endpoint=_endpoint(_object(notification.get("endpoint"), "The endpoint")),
        face=Face.LD,
        description=_text(body, "description") or None,
        condition=condition,
        attrs=_names(notification, ("attributes", "pick"), context),
        except_attrs=_names(notification, ("omit",), context),
        attrs_format=_format(notification),
        expires_at=read_time(body["expiresAt"], "expiresAt") if "expiresAt" in body else None,
        status=_status(body.get("isActive", True)),
        throttling_s=_number(body.get("throttling", 0), "throttling"),
        context=list(context.reference) or None,
        name=_text(body, "subscriptionName"),
        system_attrs=notification.get("sysAttrs") is True,
        lang=_text(body, "lang"),
    )


# Who and when ------------------------------------------------------------------------------------


def _matcher(selector: Any, context: Context) -> EntityMatcher:
    body = _object(selector, "An element of entities")
    entity_id, pattern, types = (_text(body, name) for name in ("id", "idPattern", "type"))
    if not types and not entity_id and not pattern:
        raise BadRequestError("An element of entities names a type, an id or a pattern")
    if pattern:
        id_pattern(pattern)
    if types:
        parse_type_selection(types, context.expand)
    return EntityMatcher(entity_id, "" if entity_id else pattern, _stored_types(types, context))


def _stored_types(text: str, context: Context) -> str:
    """A type selection with stored names in place of terms."""
    pieces: list[str] = [""]
    for character in text:
        if character in _SELECTION_MARKS:
            pieces += [character, ""]
        else:
            pieces[-1] += character
    return "".join(
        piece if piece in _SELECTION_MARKS else context.expand(piece.strip()) for piece in pieces
    )


def _condition(body: Mapping[str, Any], context: Context) -> Condition:
    names: dict[str, str] = {}

    def expand(name: str) -> str:
        stored = names[name] = context.expand(name)
        return stored

    q, scope_q = _text(body, "q"), _text(body, "scopeQ")
    if q:
        parse_ld_q(q, expand)
    if scope_q:
        parse_scope_q(scope_q)
    georel, geometry, coordinates, geoproperty = _geo(body, expand)
    alterations, triggers = _triggers(_list(body, "notificationTrigger"))
    return Condition(
        attributes=_names(body, ("watchedAttributes",), context),
        q=q,
        georel=georel,
        geometry=geometry,
        coords=coordinates,
        geoproperty=geoproperty,
        scope_q=scope_q,
        alterations=alterations,
        attribute_triggers=triggers,
        names=tuple((name, stored) for name, stored in names.items() if name != stored),
    )


def _geo(body: Mapping[str, Any], expand: Any) -> tuple[str, str, str, str]:
    if "geoQ" not in body:
        return "", "", "", ""
    geo = _object(body["geoQ"], "geoQ")
    georel, geometry, geoproperty = (_text(geo, n) for n in ("georel", "geometry", "geoproperty"))
    coordinates = geo.get("coordinates")
    written = coordinates if isinstance(coordinates, str) else orjson.dumps(coordinates).decode()
    parse_ld_geo(georel, geometry, written, expand(geoproperty) if geoproperty else "")
    return georel, geometry, written, geoproperty


def _triggers(
    names: list[Any],
) -> tuple[tuple[Alteration, ...], tuple[AttributeTrigger, ...]]:
    known = {trigger.value: trigger for trigger in AttributeTrigger}
    if not names:
        return (), DEFAULT_TRIGGERS
    if not all(name in ENTITY_TRIGGERS or name in known for name in map(str, names)):
        raise BadRequestError("A notificationTrigger is unknown")
    return (
        tuple(ENTITY_TRIGGERS[name] for name in names if name in ENTITY_TRIGGERS),
        tuple(known[name] for name in names if name in known),
    )


def _status(is_active: Any) -> Status:
    if not isinstance(is_active, bool):
        raise BadRequestError("isActive is true or false")
    return Status.ACTIVE if is_active else Status.INACTIVE


# Where and how -----------------------------------------------------------------------------------


def _endpoint(body: Mapping[str, Any]) -> Endpoint:
    """An Endpoint (§5.2.15); of an `mqtt` URI the path is the topic (§7.2)."""
    uri = urlsplit(_text(body, "uri"))
    if uri.scheme not in ("http", "https", "mqtt") or not uri.hostname:
        raise BadRequestError("The uri of an endpoint is an http, https or mqtt URI")
    accept = _text(body, "accept") or "application/json"
    if accept not in _ACCEPTED:
        raise BadRequestError("The accept of an endpoint is a media type that is not written here")
    headers = _pairs(body, "receiverInfo")
    timeout_ms = int(_number(body.get("timeout", 0), "timeout"))
    if uri.scheme != "mqtt":
        return Endpoint(uri.geturl(), headers=headers, accept=accept, timeout_ms=timeout_ms)
    topic = uri.path.removeprefix("/")
    if not topic:
        raise BadRequestError("The path of an mqtt URI is the topic")
    return Endpoint(
        f"mqtt://{uri.hostname}:{uri.port or 1883}",
        topic=topic,
        qos=_qos(_pairs(body, "notifierInfo")),
        user=uri.username or "",
        password=uri.password or "",
        headers=headers,
        accept=accept,
        timeout_ms=timeout_ms,
    )


def _pairs(body: Mapping[str, Any], member: str) -> dict[str, str]:
    """Key-value pairs (§5.2.22)."""
    pairs: dict[str, str] = {}
    for one in _list(body, member):
        pair = _object(one, f"An element of {member}")
        key, value = _text(pair, "key"), _text(pair, "value")
        if not key or not key.isascii() or not f"{key}{value}".isprintable():
            raise BadRequestError(f"An element of {member} has a key and a value in one line")
        pairs[key] = value
    return pairs


def _qos(notifier: Mapping[str, str]) -> int:
    qos = notifier.get("MQTT-QoS", "0")
    if qos not in ("0", "1", "2"):
        raise BadRequestError("The MQTT-QoS is 0, 1 or 2")
    return int(qos)


def _format(notification: Mapping[str, Any]) -> AttrsFormat:
    name = _text(notification, "format") or "normalized"
    if name not in FORMATS:
        raise BadRequestError("The format of the notification is unknown")
    return FORMATS[name]


# Members -----------------------------------------------------------------------------------------


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRequestError(f"{what} is an object")
    return value


def _text(body: Mapping[str, Any], member: str) -> str:
    value = body.get(member, "")
    if not isinstance(value, str):
        raise BadRequestError(f"{member} is text")
    return value


def _list(body: Mapping[str, Any], member: str) -> list[Any]:
    value = body.get(member, [])
    if not isinstance(value, list) or (member in body and not value):
        raise BadRequestError(f"{member} is an array with an element")
    return value


def _names(body: Mapping[str, Any], members: tuple[str, ...], context: Context) -> tuple[str, ...]:
    names = [name for member in members for name in _list(body, member)]
    if not all(isinstance(name, str) and name for name in names):
        raise BadRequestError("Attributes are named by texts")
    return tuple(dict.fromkeys(context.expand(name) for name in names))


def _number(value: Any, member: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadRequestError(f"{member} is a number that is not negative")
    return value


def _uri(value: Any) -> str:
    if not isinstance(value, str) or (value and ":" not in value):
        raise BadRequestError("The id of a subscription is a URI")
    return value
