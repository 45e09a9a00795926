"""What a permission leaves of entities and changes that are at hand.

Queries are filtered where the data are (`service/rules.visible`, `ql/narrowing`); this is the same
rule for what was loaded already, for what writes find, and for what subscribers are told (ADR
0065).
"""

from collections.abc import Set as AbstractSet

import msgspec

from broker.model.attribute import AttributeName
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from kernel.permission import Permission
from kernel.times import Instant


def may_see(entity: Entity, permission: Permission) -> bool:
    """Whether the permission shows the entity at all."""
    return permission.shows_types(entity.types) and permission.shows_path(entity.service_path)


def narrowed(entity: Entity, permission: Permission) -> Entity:
    """The entity with those attributes only that the permission shows."""
    if permission.attributes is None:
        return entity
    return with_only(entity, permission.attributes)


def with_only(entity: Entity, names: AbstractSet[AttributeName]) -> Entity:
    """The entity as if it had these attributes only.

    It then was modified when the latest of them was: the entity's own instant tells when a hidden
    attribute was written.
    """
    shown = {name: some for name, some in entity.attributes.items() if name in names}
    modified = (one.modified_at for instances in shown.values() for one in instances)
    return Entity(
        entity.id,
        entity.types,
        entity.service_path,
        entity.scopes,
        shown,
        entity.created_at,
        max((entity.created_at, *modified)),
        entity.expires_at,
    )


def widened(after: Entity, before: Entity, permission: Permission) -> Entity:
    """What was made of the narrowed `before`, with what the permission hides of it as it was."""
    if permission.attributes is None:
        return after
    hidden = {
        name: instances
        for name, instances in before.attributes.items()
        if name in after.attributes or name not in permission.attributes
    }
    return msgspec.structs.replace(after, attributes={**hidden, **after.attributes})


def seen_change(change: Change, permission: Permission) -> Change | None:
    """The change as somebody with this permission may learn of it; None if not at all.

    Of an entity that is shown, a write that only touched hidden attributes is not shown. An entity
    that comes into view is created, one that leaves it is deleted.
    """
    if permission.hides_nothing():
        return change
    before, after = _view(change.before, permission), _view(change.after, permission)
    if after is not None and before is None and change.before is not None:
        return _whole(Alteration.CREATE, None, after, change.at)
    if before is not None and after is None and change.after is not None:
        return _whole(Alteration.DELETE, before, None, change.at)
    if before is None and after is None:
        return None
    return change if permission.attributes is None else _part(change, before, after, permission)


def _view(entity: Entity | None, permission: Permission) -> Entity | None:
    if entity is None or not may_see(entity, permission):
        return None
    return narrowed(entity, permission)


def _whole(
    alteration: Alteration, before: Entity | None, after: Entity | None, at: Instant
) -> Change:
    entity = after if after is not None else before
    names = tuple(entity.attributes) if entity is not None else ()
    return Change(alteration, before, after, at, names, frozenset(names), frozenset(names))


def _is_same_otherwise(before: Entity | None, after: Entity | None) -> bool:
    """Whether nothing but attributes may differ: types, scopes and the end can be seen, too."""
    if before is None or after is None:
        return before is after
    return (before.types, before.scopes, before.expires_at) == (
        after.types,
        after.scopes,
        after.expires_at,
    )


def _part(
    change: Change, before: Entity | None, after: Entity | None, permission: Permission
) -> Change | None:
    written = tuple(name for name in change.written if permission.shows_attribute(name))
    alteration = change.alteration
    changed = change.changed & (permission.attributes or frozenset())
    if alteration in (Alteration.CHANGE, Alteration.UPDATE):
        if not written and _is_same_otherwise(before, after):  # nor is it told that nothing was
            return None
        # What differs may be hidden: then this is a write after which nothing differs.
        if written and not changed:
            alteration = Alteration.UPDATE
    return Change(
        alteration,
        before,
        after,
        change.at,
        written,
        changed,
        change.changed_values & changed,
    )
