"""Entities in the four representations of NGSI-v2.

Attributes and metadata stand by name, as Orion reads them from its database, unless the request
says in which order it wants them; those of context providers as they were told.
"""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from broker.federation.asks import Gathered
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
    DATE_EXPIRES,
    DATE_MODIFIED,
    EVERY,
    PLAIN,
    SERVICE_PATH,
    Form,
)
from broker.v2.parameters import Option

_BUILTINS: Final = (DATE_CREATED, DATE_MODIFIED, SERVICE_PATH)
"""In the order in which they follow all attributes."""
_BUILTIN_METADATA: Final = (DATE_CREATED, DATE_MODIFIED)


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
    attributes = entity.attributes.items()
    shown = {
        name: encode_attribute(instances[0] if len(instances) == 1 else _default(instances))
        for name, instances in (attributes if type(entity) is Gathered else sorted(attributes))
    }
    for one in shown.values():
        if len(one["metadata"]) > 1:
            one["metadata"] = dict(sorted(one["metadata"].items()))
    return shown


def _default(instances: tuple[Attribute, ...]) -> Attribute:
    return next((one for one in instances if not one.dataset_id), instances[0])


def encode_chosen(attribute: Attribute, names: tuple[str, ...]) -> dict[str, Any]:
    """An attribute with those metadata only that are named; `names` empty: all."""
    shown = encode_attribute(attribute)
    everything: dict[str, Any] = dict(sorted(shown["metadata"].items()))
    shown["metadata"] = everything
    if not names:
        return shown
    for name in _BUILTIN_METADATA:
        if name in names and name not in everything:
            instant = attribute.created_at if name == DATE_CREATED else attribute.modified_at
            everything[name] = date_time(instant)
    if EVERY not in names:
        shown["metadata"] = {name: everything[name] for name in names if name in everything}
    return shown


def _values(entity: Entity, form: Form) -> dict[str, Any]:
    return {
        name: one["value"] if isinstance(one, dict) else encode_value(one)
        for name, one in _chosen(entity, form)
    }


def _chosen(entity: Entity, form: Form) -> Iterator[tuple[str, Attribute | dict[str, Any]]]:
    """The attributes to show, in order; builtin ones as they are rendered."""
    for name in _names(entity, form):
        if (one := entity.attribute(name)) is not None:
            yield name, one
        elif (builtin := builtin_of(entity, name)) is not None:
            yield name, builtin


def _names(entity: Entity, form: Form) -> list[str]:
    """What is to be shown, in order, as far as there is anything of that name."""
    attrs = form.attrs
    if not attrs:
        return [name for name in _own(entity) if name not in form.except_attrs]
    if EVERY not in attrs:
        return list(attrs)
    own = _own(entity)
    if DATE_EXPIRES in attrs:  # it has its place among the others
        own = sorted([*own, DATE_EXPIRES])
    return [*own, *(name for name in _BUILTINS if name in attrs)]


def _own(entity: Entity) -> list[str]:
    """The names of all attributes, in order."""
    return [*entity.attributes] if type(entity) is Gathered else sorted(entity.attributes)


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
