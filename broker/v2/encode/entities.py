"""Entities in the four representations of NGSI-v2."""

from collections.abc import Iterator
from typing import Any

import orjson

from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.v2.encode.attributes import (
    builtin_attribute,
    date_time,
    encode_attribute,
    encode_value,
)
from broker.v2.encode.selection import (
    DATE_CREATED,
    DATE_MODIFIED,
    EVERY,
    PLAIN,
    Form,
)
from broker.v2.parameters import Option


def encode_entity(entity: Entity, form: Form = PLAIN) -> dict[str, Any] | list[Any]:
    """The entity in the form that was asked for."""
    if form is PLAIN:  # the hot path
        return {"id": entity.id, "type": entity.types[0], **_all(entity)}
    match form.option:
        case Option.KEY_VALUES:
            return {"id": entity.id, "type": entity.types[0], **_values(entity, form)}
        case Option.VALUES:
            return list(_values(entity, form).values())
        case Option.UNIQUE:
            return _unique(list(_values(entity, form).values()))
        case _:
            return {"id": entity.id, "type": entity.types[0], **encode_attributes(entity, form)}


def encode_members(entity: Entity, form: Form) -> dict[str, Any] | list[Any]:
    """The entity without id and type (NGSI-v2 "Retrieve Entity Attributes")."""
    match form.option:
        case Option.KEY_VALUES:
            return _values(entity, form)
        case Option.VALUES | Option.UNIQUE:
            return encode_entity(entity, form)
        case _:
            return encode_attributes(entity, form)


def encode_attributes(entity: Entity, form: Form = PLAIN) -> dict[str, Any]:
    """The attributes in normalized form."""
    if form.shows_all:
        return _all(entity)
    return {
        name: one if isinstance(one, dict) else encode_chosen(one, form.metadata)
        for name, one in _chosen(entity, form)
    }


def _all(entity: Entity) -> dict[str, Any]:
    """Every attribute; of several instances the default one."""
    return {
        name: encode_attribute(instances[0])
        if len(instances) == 1
        else encode_attribute(_default(instances))
        for name, instances in entity.attributes.items()
    }


def _default(instances: tuple[Attribute, ...]) -> Attribute:
    return next((one for one in instances if not one.dataset_id), instances[0])


def encode_chosen(attribute: Attribute, names: tuple[str, ...]) -> dict[str, Any]:
    """An attribute with those metadata only that are named; `names` empty: all."""
    shown = encode_attribute(attribute)
    if not names:
        return shown
    everything: dict[str, Any] = shown["metadata"]
    shown["metadata"] = chosen = dict(everything) if EVERY in names else {}
    for name in names:
        if name in everything:
            chosen[name] = everything[name]
        elif name == DATE_CREATED:
            chosen[name] = date_time(attribute.created_at)
        elif name == DATE_MODIFIED:
            chosen[name] = date_time(attribute.modified_at)
    return shown


def _values(entity: Entity, form: Form) -> dict[str, Any]:
    return {
        name: one["value"] if isinstance(one, dict) else encode_value(one)
        for name, one in _chosen(entity, form)
    }


def _chosen(entity: Entity, form: Form) -> Iterator[tuple[str, Attribute | dict[str, Any]]]:
    """The attributes to show, in order; builtin ones as they are rendered."""
    if not form.attrs:
        for name in entity.attributes:
            if name not in form.except_attrs and (one := entity.attribute(name)) is not None:
                yield name, one
        return
    for name in form.attrs:
        if name == EVERY:
            for each in entity.attributes:
                if (one := entity.attribute(each)) is not None:
                    yield each, one
        elif (one := entity.attribute(name)) is not None:
            yield name, one
        elif (instant := builtin_of(entity, name)) is not None:
            yield name, instant


def builtin_of(entity: Entity, name: str) -> dict[str, Any] | None:
    """A builtin attribute (NGSI-v2 "Builtin Attributes"); None if that is no name of one."""
    match name:
        case "dateCreated":
            return builtin_attribute(entity.created_at)
        case "dateModified":
            return builtin_attribute(entity.modified_at)
        case "dateExpires" if entity.expires_at is not None:
            return builtin_attribute(entity.expires_at)
        case "servicePath":
            return {"type": "Text", "value": entity.service_path, "metadata": {}}
        case _:
            return None


def _unique(values: list[Any]) -> list[Any]:
    """The values without repetitions, in order of first appearance."""
    seen: dict[bytes, Any] = {}
    for value in values:
        seen.setdefault(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), value)
    return list(seen.values())
