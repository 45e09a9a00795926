"""Laying the attributes of a request over those that an entity has."""

from collections.abc import Mapping, Sequence

import msgspec

from broker.core.operators import Operation
from broker.core.writes import Write
from broker.model.attribute import Attribute, AttributeName, default_v2_type
from kernel.times import Instant

Instances = tuple[Attribute, ...]


class Merged(msgspec.Struct, frozen=True, gc=False):
    """The instances of one attribute after a write, and what differs from before."""

    instances: Instances
    written: Sequence[Attribute]
    value_differs: bool
    differs: bool


def merge(old: Instances, new: Instances, write: Write, now: Instant) -> Merged:
    """Each new instance replaces the old one of the same `datasetId`; the others stay."""
    if len(old) == 1 and len(new) == 1 and old[0].dataset_id == new[0].dataset_id:
        return _merge_one(old[0], new[0], write, now)
    before = {instance.dataset_id: instance for instance in old}
    after = dict(before)
    written = []
    value_differs = differs = False
    for instance in new:
        merged = _merge_one(before.get(instance.dataset_id), instance, write, now)
        after[instance.dataset_id] = merged.instances[0]
        written.append(merged.instances[0])
        value_differs |= merged.value_differs
        differs |= merged.differs
    return Merged(tuple(after.values()), written, value_differs, differs)


def begun(attributes: Mapping[AttributeName, Instances]) -> Mapping[AttributeName, Instances]:
    """The attributes of a new entity: operators have nothing before them to begin with."""
    every = attributes.values()
    if not any(type(one.value) is Operation for instances in every for one in instances):
        return attributes
    settled = {name: tuple(map(_begun, instances)) for name, instances in attributes.items()}
    return {
        name: instances
        for name, instances in settled.items()
        if all(one.value is not msgspec.UNSET for one in instances)
    }


def _begun(one: Attribute) -> Attribute:
    if type(one.value) is not Operation:
        return one
    value = one.value.begun()
    return msgspec.structs.replace(one, value=value, type=_type_of_operation(one, value))


def fresh(instances: Instances, now: Instant) -> Instances:
    """Instances that did not exist before."""
    return tuple(_made(one, now) for one in instances)


def _merge_one(old: Attribute | None, new: Attribute, write: Write, now: Instant) -> Merged:
    if new.value is msgspec.UNSET:
        new = _completed(new, old or Attribute())
    elif old is not None and type(new.value) is Operation:
        new = _evolved(new, old, new.value)
    if old is None:
        only = (_made(new, now),)
        return Merged(only, only, value_differs=True, differs=True)
    metadata, unit_code = new.metadata, new.unit_code
    if write.keep_metadata:
        metadata = _laid_over(old.metadata, metadata)
        # `observed_at` is not kept: it belongs to the value that is being replaced.
        unit_code = unit_code or old.unit_code
    value, type_name, kind = new.value, new.type, new.kind
    if write.keep_type:
        value = value if write.fit is None else write.fit(value, old)
        type_name, kind = _type_kept(old, value), old.kind
    value_differs = (
        write.force or type_name != old.type or kind is not old.kind or _differ(old.value, value)
    )
    differs = (
        value_differs
        or unit_code != old.unit_code
        or new.observed_at != old.observed_at
        or not _same_metadata(old.metadata, metadata)
    )
    made = Attribute(
        value,
        kind,
        type_name,
        new.dataset_id,
        unit_code,
        new.observed_at,
        metadata,
        old.created_at,
        now if differs else old.modified_at,
    )
    only = (made,)
    return Merged(only, only, value_differs, differs)


def _type_kept(old: Attribute, value: object) -> str:
    """The type as it is stored, so that what is shown stays when the value is of another kind."""
    return old.type if old.type or default_v2_type(value, old.kind) == old.v2_type else old.v2_type


def _completed(fragment: Attribute, old: Attribute) -> Attribute:
    """A fragment that leaves the value out (NGSI-LD §5.6.4) says something about the old value."""
    return msgspec.structs.replace(
        fragment,
        value=old.value,
        kind=old.kind,
        type=old.type,
        observed_at=old.observed_at if fragment.observed_at is None else fragment.observed_at,
    )


def _evolved(new: Attribute, old: Attribute, operation: Operation) -> Attribute:
    """The value that the operation makes of the old one."""
    value = operation.on(old.value)
    return msgspec.structs.replace(new, value=value, type=_type_of_operation(new, value))


def _type_of_operation(one: Attribute, value: object) -> str:
    """The type as it is stored: an operator is an object, and has its type if no other is said."""
    said = one.type or default_v2_type({}, one.kind)
    return "" if said == default_v2_type(value, one.kind) else said


def _made(one: Attribute, now: Instant) -> Attribute:
    value, type_name = one.value, one.type
    if type(value) is Operation:
        value = value.on(None)
        type_name = _type_of_operation(one, value)
    return Attribute(
        value,
        one.kind,
        type_name,
        one.dataset_id,
        one.unit_code,
        one.observed_at,
        one.metadata,
        now,
        now,
    )


def _differ(old: object, new: object) -> bool:
    """Whether two JSON values differ. Python holds `1 == True` and `1 == 1.0`; JSON the latter."""
    return old != new or isinstance(old, bool) is not isinstance(new, bool)


def _laid_over(
    old: Mapping[AttributeName, Attribute], new: Mapping[AttributeName, Attribute]
) -> Mapping[AttributeName, Attribute]:
    return {**old, **new} if old else new


def _same_metadata(
    old: Mapping[AttributeName, Attribute], new: Mapping[AttributeName, Attribute]
) -> bool:
    if not old and not new:  # nearly always
        return True
    return old.keys() == new.keys() and all(
        _same_metadatum(one, new[name]) for name, one in old.items()
    )


def _same_metadatum(old: Attribute, new: Attribute) -> bool:
    return (
        not _differ(old.value, new.value)
        and old.type == new.type
        and old.kind is new.kind
        and old.unit_code == new.unit_code
        and old.observed_at == new.observed_at
        and _same_metadata(old.metadata, new.metadata)
    )
