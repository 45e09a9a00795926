"""What a notification tells of an entity: which attributes, with which metadata, in which form."""

from collections.abc import Iterable, Iterator, Mapping
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
_UNPATCHED: Final[Mapping[str, dict[str, Any]]] = {}
_MISSING: Final[dict[str, Any]] = {"type": "None", "value": None, "metadata": {}}

Told = dict[str, dict[str, Any]]
"""Attributes in normalized form by name, in the order in which they are told."""


def told_attributes(
    subscription: Subscription, notice: Notice, patch: Mapping[str, dict[str, Any]] = _UNPATCHED
) -> Told:
    """The attributes of a notification (NGSI-v2 `subscription.notification`).

    The attributes of `patch` (NGSI-v2 "NGSI payload patching") stand before the entity's own, and
    in the place of those of their names; they are chosen from like all others.
    """
    told: Told = {}
    for name in _names(subscription, notice, patch):
        if (one := patch.get(name) or _shown(name, subscription, notice)) is not None:
            told[name] = one
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


def _names(
    subscription: Subscription, notice: Notice, patch: Mapping[str, dict[str, Any]]
) -> Iterator[str]:
    """What is to be told, in order, as far as there is anything of that name."""
    attributes = notice.entity.attributes
    everything = (*patch, *(one for one in attributes if one not in patch)) if patch else attributes
    names: Iterable[str] = subscription.attrs or everything
    for name in names:
        if name == EVERY:
            yield from (each for each in everything if _is_wanted(each, subscription, notice))
        elif name not in everything or _is_wanted(name, subscription, notice):
            yield name


def _is_wanted(name: str, subscription: Subscription, notice: Notice) -> bool:
    if subscription.only_changed_attrs and name not in notice.written:
        return False
    return name not in subscription.except_attrs


def _shown(name: str, subscription: Subscription, notice: Notice) -> dict[str, Any] | None:
    attribute = notice.entity.attribute(name)
    if attribute is not None:
        return _with_metadata(name, attribute, subscription, notice)
    if name == _ALTERATION_TYPE:
        return {"type": "Text", "value": notice.alteration.value, "metadata": {}}
    builtin = builtin_of(notice.entity, name)
    if builtin is None and subscription.covered and not subscription.only_changed_attrs:
        return _MISSING
    return builtin


def _with_metadata(
    name: str, attribute: Attribute, subscription: Subscription, notice: Notice
) -> dict[str, Any]:
    names = subscription.metadata
    if not names:
        return encode_attribute(attribute)
    shown = encode_chosen(attribute, names)
    if name not in notice.written:
        return shown
    for wanted in names:
        if wanted == PREVIOUS_VALUE and (before := previous_of(notice, name)) is not None:
            previous = encode_attribute(before)
            shown["metadata"][wanted] = {"type": previous["type"], "value": encode_value(before)}
        elif wanted == ACTION_TYPE:
            shown["metadata"][wanted] = {"type": "Text", "value": action_of(notice, name)}
    return shown


def previous_of(notice: Notice, name: str) -> Attribute | None:
    """What an attribute was before its update (NGSI-v2 "Builtin Metadata", `previousValue`)."""
    if notice.before is None or notice.alteration is Alteration.DELETE:
        return None
    return notice.before.attribute(name)


def action_of(notice: Notice, name: str) -> str:
    """What a request did to an attribute (NGSI-v2 "Builtin Metadata", `actionType`)."""
    if notice.alteration is Alteration.DELETE:
        return "delete"
    is_new = notice.before is None or notice.before.attribute(name) is None
    return "append" if is_new else "update"


def entity_type_of(entity: Entity) -> str:
    """The one type that NGSI-v2 shows."""
    return entity.types[0]
