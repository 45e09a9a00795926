"""What a notification tells of an entity: which attributes, with which metadata, in which form."""

from collections.abc import Iterator
from typing import Any, Final

from broker.model.attribute import Attribute
from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.subscriptions.model import AttrsFormat, Subscription
from broker.v2.encode.attributes import encode_attribute, encode_value
from broker.v2.encode.entities import builtin_of, encode_chosen
from broker.v2.encode.selection import ACTION_TYPE, EVERY, PREVIOUS_VALUE

_ALTERATION_TYPE: Final = "alterationType"
_MISSING: Final[dict[str, Any]] = {"type": "None", "value": None, "metadata": {}}

Told = dict[str, dict[str, Any]]
"""Attributes in normalized form by name, in the order in which they are told."""


def told_attributes(subscription: Subscription, notice: Notice) -> Told:
    """The attributes of a notification (NGSI-v2 `subscription.notification`)."""
    told: Told = {}
    for name, attribute in _chosen(subscription, notice):
        if isinstance(attribute, Attribute):
            told[name] = _with_metadata(name, attribute, subscription, notice)
        else:
            told[name] = attribute
    return told


def told_entity(
    entity_id: str, entity_type: str, told: Told, form: AttrsFormat
) -> dict[str, Any] | list[Any]:
    """The entity in the representation that the subscription asks for."""
    match form:
        case AttrsFormat.VALUES:
            return [attribute["value"] for attribute in told.values()]
        case AttrsFormat.KEY_VALUES | AttrsFormat.SIMPLIFIED_KEY_VALUES:
            values = {name: attribute["value"] for name, attribute in told.items()}
            return {"id": entity_id, "type": entity_type, **values}
        case _:
            return {"id": entity_id, "type": entity_type, **told}


def envelope(subscription: Subscription, entity: dict[str, Any] | list[Any]) -> Any:
    """The body around the entity; the simplified forms have none."""
    if subscription.attrs_format in (
        AttrsFormat.SIMPLIFIED_NORMALIZED,
        AttrsFormat.SIMPLIFIED_KEY_VALUES,
    ):
        return entity
    return {"subscriptionId": subscription.id, "data": [entity]}


def _chosen(
    subscription: Subscription, notice: Notice
) -> Iterator[tuple[str, Attribute | dict[str, Any]]]:
    entity = notice.entity
    if not subscription.attrs:
        for name in entity.attributes:
            if name not in subscription.except_attrs:
                yield from _user(name, subscription, notice)
        return
    for name in subscription.attrs:
        if name == EVERY:
            for each in entity.attributes:
                yield from _user(each, subscription, notice)
        elif name in entity.attributes:
            yield from _user(name, subscription, notice)
        elif name == _ALTERATION_TYPE:
            yield name, {"type": "Text", "value": notice.alteration.value, "metadata": {}}
        elif (builtin := builtin_of(entity, name)) is not None:
            yield name, builtin
        elif subscription.covered:
            yield name, _MISSING


def _user(
    name: str, subscription: Subscription, notice: Notice
) -> Iterator[tuple[str, Attribute | dict[str, Any]]]:
    """A user attribute; with `onlyChangedAttrs` one that did not change is left out, or null."""
    if subscription.only_changed_attrs and name not in notice.changed:
        if subscription.covered:
            yield name, _MISSING
        return
    attribute = notice.entity.attribute(name)
    if attribute is not None:
        yield name, attribute


def _with_metadata(
    name: str, attribute: Attribute, subscription: Subscription, notice: Notice
) -> dict[str, Any]:
    names = subscription.metadata
    if not names:
        return encode_attribute(attribute)
    shown = encode_chosen(attribute, names)
    before = None if notice.before is None else notice.before.attribute(name)
    for wanted in names:
        if wanted == PREVIOUS_VALUE and before is not None:
            previous = encode_attribute(before)
            shown["metadata"][wanted] = {"type": previous["type"], "value": encode_value(before)}
        elif wanted == ACTION_TYPE and name in notice.changed:
            action = _action(notice, before)
            shown["metadata"][wanted] = {"type": "Text", "value": action}
    return shown


def _action(notice: Notice, before: Attribute | None) -> str:
    """NGSI-v2 "Builtin Metadata", `actionType`."""
    if notice.alteration is Alteration.DELETE:
        return "delete"
    return "append" if before is None else "update"


def entity_type_of(entity: Entity) -> str:
    """The one type that NGSI-v2 shows."""
    return entity.types[0]
