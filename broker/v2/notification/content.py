"""What a notification tells of an entity: which attributes, with which metadata, in which form."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from broker.model.attribute import Attribute
from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.subscriptions.model import AttrsFormat, Subscription
from broker.v2.encode.attributes import date_time, encode_attribute, encode_value
from broker.v2.encode.entities import builtin_of
from broker.v2.encode.selection import (
    ACTION_TYPE,
    DATE_CREATED,
    DATE_EXPIRES,
    DATE_MODIFIED,
    EVERY,
    PREVIOUS_VALUE,
    SERVICE_PATH,
)

_ALTERATION_TYPE: Final = "alterationType"
_BUILTINS: Final = (DATE_EXPIRES, DATE_CREATED, DATE_MODIFIED, SERVICE_PATH, _ALTERATION_TYPE)
"""In the order in which they follow the attributes of an entity that is told whole."""
_BUILTIN_METADATA: Final = (DATE_CREATED, DATE_MODIFIED, ACTION_TYPE, PREVIOUS_VALUE)
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
        if name in patch:
            told[name] = patch[name] | {"metadata": _chosen(patch[name]["metadata"], subscription)}
        elif (one := _shown(name, subscription, notice)) is not None:
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
    """What is to be told, in order, as far as there is anything of that name.

    The attributes stand in the order of `notification.attrs`, or in their own order if these are
    all, whatever else is named; builtin ones that are named follow then.
    """
    own, attrs = notice.entity.attributes, subscription.attrs
    if attrs and EVERY not in attrs:
        for name in attrs:
            if (name not in own and name not in patch) or _is_wanted(name, subscription, notice):
                yield name
        return
    everything: Sequence[str] = _own_names(notice)
    if patch:
        everything = (*patch, *(name for name in everything if name not in patch))
    if subscription.only_changed_attrs or subscription.except_attrs:
        yield from (name for name in everything if _is_wanted(name, subscription, notice))
    else:
        yield from everything
    others = [name for name in attrs if name not in everything and name != EVERY]
    yield from (name for name in _BUILTINS if name in others)
    yield from (name for name in others if name not in _BUILTINS)


def _own_names(notice: Notice) -> list[str]:
    """The entity's attributes in Orion's order: what it had, by name, then what is new, as written.

    What a creation made is told as it was written.
    """
    attributes = notice.entity.attributes
    new = {name: None for name in notice.written if name in attributes and _is_new(name, notice)}
    if not new:
        return sorted(attributes)
    return [*sorted(name for name in attributes if name not in new), *new]


def _is_new(name: str, notice: Notice) -> bool:
    """Whether the attribute came with this change."""
    attribute = notice.entity.attributes[name][0]
    return attribute.created_at >= notice.committed_at


def _is_wanted(name: str, subscription: Subscription, notice: Notice) -> bool:
    if subscription.only_changed_attrs and name not in notice.written:
        return False
    return name not in subscription.except_attrs


def _shown(name: str, subscription: Subscription, notice: Notice) -> dict[str, Any] | None:
    attribute = notice.entity.attribute(name)
    if attribute is not None:
        return _with_metadata(name, attribute, subscription, notice)
    builtin = builtin_told(notice, name)
    if builtin is None and subscription.covered and not subscription.only_changed_attrs:
        return _MISSING
    return builtin


def builtin_told(notice: Notice, name: str) -> dict[str, Any] | None:
    """A builtin attribute of a notification; None if that is no name of one."""
    if name == _ALTERATION_TYPE:
        return {"type": "Text", "value": notice.alteration.value, "metadata": {}}
    return builtin_of(notice.entity, name)


def _with_metadata(
    name: str, attribute: Attribute, subscription: Subscription, notice: Notice
) -> dict[str, Any]:
    shown = encode_attribute(attribute)
    if len(shown["metadata"]) > 1 and not _is_new(name, notice):
        shown["metadata"] = dict(sorted(shown["metadata"].items()))
    if subscription.metadata:
        own = shown["metadata"]
        asked = (one for one in _BUILTIN_METADATA if one in subscription.metadata)
        told = ((one, _builtin_metadatum(one, name, attribute, notice)) for one in asked)
        builtin = {one: it for one, it in told if it is not None and one not in own}
        shown["metadata"] = _chosen(own | builtin, subscription)
    return shown


def _chosen(metadata: dict[str, Any], subscription: Subscription) -> dict[str, Any]:
    """The metadata that are to be told: in the order of the names, or, if these are all, in own."""
    names = subscription.metadata
    if not names or EVERY in names:
        return metadata
    return {name: metadata[name] for name in names if name in metadata}


def _builtin_metadatum(
    wanted: str, name: str, attribute: Attribute, notice: Notice
) -> dict[str, Any] | None:
    match wanted:
        case "dateCreated":
            return date_time(attribute.created_at)
        case "dateModified":
            return date_time(attribute.modified_at)
        case "actionType" if name in notice.written:
            return {"type": "Text", "value": action_of(notice, name)}
        case "previousValue":
            before = previous_of(notice, name)
            if before is None:
                return None
            return {"type": encode_attribute(before)["type"], "value": encode_value(before)}
        case _:
            return None


def previous_of(notice: Notice, name: str) -> Attribute | None:
    """What an attribute was before (NGSI-v2 "Builtin Metadata", `previousValue`).

    What the request does not write was what it is; what it makes was nothing.
    """
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
