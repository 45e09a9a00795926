"""Laying the attributes of a request over those that an entity has."""

from collections.abc import Mapping, Sequence

import msgspec

from broker.core.writes import Write
from broker.model.attribute import Attribute, AttributeName, Kind
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


def fresh(instances: Instances, now: Instant) -> Instances:
    """Instances that did not exist before."""
    return tuple(
        _stamped(one, one.kind, one.type, one.metadata, created_at=now, modified_at=now)
        for one in instances
    )


def _merge_one(old: Attribute | None, new: Attribute, write: Write, now: Instant) -> Merged:
    if old is None:
        made = _stamped(new, new.kind, new.type, new.metadata, created_at=now, modified_at=now)
        return Merged((made,), (made,), value_differs=True, differs=True)
    metadata = _laid_over(old.metadata, new.metadata) if write.keep_metadata else new.metadata
    type_name = old.type if write.keep_type else new.type
    kind = old.kind if write.keep_type else new.kind
    value_differs = (
        write.force
        or type_name != old.type
        or kind is not old.kind
        or _differ(old.value, new.value)
    )
    differs = (
        value_differs
        or new.unit_code != old.unit_code
        or new.observed_at != old.observed_at
        or not _same_metadata(old.metadata, metadata)
    )
    modified_at = now if differs else old.modified_at
    made = _stamped(
        new, kind, type_name, metadata, created_at=old.created_at, modified_at=modified_at
    )
    return Merged((made,), (made,), value_differs, differs)


def _stamped(
    one: Attribute,
    kind: Kind,
    type_name: str,
    metadata: Mapping[AttributeName, Attribute],
    *,
    created_at: Instant,
    modified_at: Instant,
) -> Attribute:
    return Attribute(
        one.value,
        kind,
        type_name,
        one.dataset_id,
        one.unit_code,
        one.observed_at,
        metadata,
        created_at,
        modified_at,
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
