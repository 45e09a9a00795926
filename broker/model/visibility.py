"""What a permission leaves of entities and changes that are at hand.

Queries are filtered where the data are (`service/rules.visible`); this is the same rule for what
was loaded already, and for what subscribers are told.
"""

from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from kernel.permission import Permission


def may_see(entity: Entity, permission: Permission) -> bool:
    """Whether the permission shows the entity at all."""
    if not permission.hidden_types.isdisjoint(entity.types):
        return False
    return permission.types is None or not permission.types.isdisjoint(entity.types)


def narrowed(entity: Entity, permission: Permission) -> Entity:
    """The entity with those attributes only that the permission shows."""
    if permission.attributes is None:
        return entity
    shown = {
        name: instances
        for name, instances in entity.attributes.items()
        if name in permission.attributes
    }
    return Entity(
        entity.id,
        entity.types,
        entity.service_path,
        entity.scopes,
        shown,
        entity.created_at,
        entity.modified_at,
        entity.expires_at,
    )


def seen_change(change: Change, permission: Permission) -> Change | None:
    """The change as somebody with this permission may learn of it; None if not at all.

    Of an entity that is shown, a write that only touched hidden attributes is not shown.
    """
    if permission.hides_nothing():
        return change
    if not may_see(change.entity, permission):
        return None
    shown = permission.attributes
    if shown is None:
        return change
    written = tuple(name for name in change.written if name in shown)
    if not written and change.alteration not in (Alteration.CREATE, Alteration.DELETE):
        return None
    return Change(
        change.alteration,
        None if change.before is None else narrowed(change.before, permission),
        None if change.after is None else narrowed(change.after, permission),
        change.at,
        written,
        change.changed & shown,
        change.changed_values & shown,
    )
