"""A write by somebody who may not see or write everything (ADR 0065).

It is done to what the permission shows, and then laid over what it hides: so nothing that is hidden
decides how the write goes, and nothing that is hidden is changed by it. The one exception is an
entity whose key is taken by a hidden one; there is no room for two.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from broker.core.apply import Result, apply, names
from broker.core.writes import Action, Refusal, Refused, Write
from broker.model.changes import Change
from broker.model.entity import Entity, EntityKey
from broker.model.visibility import may_see, narrowed, widened
from kernel.permission import Permission
from kernel.times import Instant

_ANEW: Final = frozenset({Action.CREATE, Action.REPLACE})
"""Actions after which an entity is exactly as the request says."""


def apply_permitted(
    write: Write, candidates: Sequence[Entity], now: Instant, permission: Permission
) -> Result:
    """Do one write as `apply` does, within a permission.

    Returns:
        The outcome, `Refusal.FORBIDDEN` for what lies outside of the permission, and the change of
        the whole entity if anything was written.
    """
    if not _may_name_attributes(write, permission):
        return _forbidden(write)
    seen = {one.key: one for one in candidates if may_see(one, permission)}
    view = [narrowed(one, permission) for one in seen.values()]
    outcome, change = apply(_kept_whole(write, view, permission), view, now)
    if isinstance(outcome, Refused):
        is_outside = outcome.why is Refusal.NOT_FOUND and not _may_name_entity(write, permission)
        if is_outside:
            return _forbidden(write)
        return msgspec.structs.replace(outcome, write=write), None
    if change is None:
        return outcome, None
    hidden = {one.key for one in candidates if one.key not in seen}
    if not _may_change(change, permission) or _key_after(change) in hidden:
        return _forbidden(write)
    return outcome, _of_whole_entity(change, seen, permission)


def _forbidden(write: Write) -> Result:
    return Refused(write, Refusal.FORBIDDEN), None


def _may_name_attributes(write: Write, permission: Permission) -> bool:
    """Whether it writes no attribute but those shown; the whole entity has hidden ones, perhaps."""
    if permission.attributes is None:
        return True
    if write.action is Action.DELETE and not write.attributes:
        return False
    return permission.attributes.issuperset((*write.attributes, *write.removed))


def _may_name_entity(write: Write, permission: Permission) -> bool:
    """Whether an entity as the request names it could be one that is shown."""
    return (not write.type or permission.shows_types((write.type,))) and (
        not write.service_path or permission.shows_path(write.service_path)
    )


def _kept_whole(write: Write, view: Sequence[Entity], permission: Permission) -> Write:
    """The write without taking away what an entity has besides its attributes.

    A request that says how an entity is to be from now on leaves out scopes and expiry, and means
    to take them away. Somebody who writes certain attributes only does not mean those.
    """
    if permission.attributes is None or write.action not in _ANEW:
        return write
    current = next((one for one in view if names(write, one)), None)
    if current is None:
        return write
    return msgspec.structs.replace(
        write,
        scopes=write.scopes or current.scopes,
        expires_at=write.expires_at if isinstance(write.expires_at, int) else current.expires_at,
    )


def _may_change(change: Change, permission: Permission) -> bool:
    """Whether the entity stays, or comes to be, within the permission."""
    before, after = change.before, change.after
    if after is None:
        return True
    if before is None:
        types = frozenset(after.types)
        return permission.shows_path(after.service_path) and _may_add(types, permission)
    if permission.attributes is not None and _besides(after) != _besides(before):
        return False
    added = frozenset(after.types) - frozenset(before.types)
    return may_see(after, permission) and _may_add(added, permission)


def _may_add(types: frozenset[str], permission: Permission) -> bool:
    """Whether an entity may get these types: each of them is one that is shown."""
    return permission.hidden_types.isdisjoint(types) and (
        permission.types is None or types <= permission.types
    )


def _besides(entity: Entity) -> tuple[object, ...]:
    """What an entity says besides its attributes."""
    return (entity.types, entity.service_path, entity.scopes, entity.expires_at)


def _key_after(change: Change) -> EntityKey | None:
    return None if change.after is None else change.after.key


def _of_whole_entity(
    change: Change, seen: Mapping[EntityKey, Entity], permission: Permission
) -> Change:
    """The change as it happens to the entity, hidden attributes included."""
    if change.before is None:
        return change
    before = seen[change.before.key]
    after = None if change.after is None else widened(change.after, before, permission)
    return msgspec.structs.replace(change, before=before, after=after)
