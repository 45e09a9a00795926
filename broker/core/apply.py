"""One write against the entities that it names: what they become, and how the write went."""

from collections.abc import Sequence
from typing import assert_never

import msgspec

from broker.core.location import refused_location
from broker.core.merge import Instances, begun, fresh, merge
from broker.core.writes import Action, Applied, Outcome, Refusal, Refused, Write
from broker.model.changes import Alteration, Change
from broker.model.entity import Entity
from kernel.times import Instant

Result = tuple[Outcome, Change | None]


def apply(write: Write, candidates: Sequence[Entity], now: Instant) -> Result:
    """Do one write.

    Args:
        write: what is wanted.
        candidates: the entities of its id.
        now: the instant of the commit.

    Returns:
        The outcome, and the change if anything was written.
    """
    matching = [entity for entity in candidates if names(write, entity)] if candidates else ()
    if len(matching) > 1:
        return Refused(write, Refusal.TOO_MANY), None
    outcome, change = _act(write, matching[0] if matching else None, now)
    if write.one_location and change is not None:
        refused = refused_location(write, change)
        if refused is not None:
            return refused, None
    return outcome, change


def _act(write: Write, current: Entity | None, now: Instant) -> Result:
    match write.action:
        case Action.CREATE:
            return _create(write, current, now)
        case Action.APPEND | Action.APPEND_STRICT:
            if current is None:
                return _bring_into_being(write, now)
            return _append(write, current, now)
        case Action.UPDATE:
            return _refuse_missing(write) if current is None else _update(write, current, now)
        case Action.REPLACE:
            return _refuse_missing(write) if current is None else _replace(write, current, now)
        case Action.DELETE:
            return _refuse_missing(write) if current is None else _delete(write, current, now)
        case _:
            assert_never(write.action)


def names(write: Write, entity: Entity) -> bool:
    """Whether the write is about this entity of its id."""
    return (not write.type or write.type in entity.types) and (
        not write.service_path or write.service_path == entity.service_path
    )


def _refuse_missing(write: Write) -> Result:
    return Refused(write, Refusal.NOT_FOUND), None


def _bring_into_being(write: Write, now: Instant) -> Result:
    return _create(write, None, now) if write.may_create else _refuse_missing(write)


def _create(write: Write, current: Entity | None, now: Instant) -> Result:
    if current is not None and not write.replace_entity:
        return Refused(write, Refusal.ALREADY_EXISTS), None
    entity = Entity(
        write.id,
        tuple(dict.fromkeys((write.type or write.default_type, *write.more_types))),
        write.service_path or ("/" if current is None else current.service_path),
        write.scopes or (),
        {name: fresh(instances, now) for name, instances in begun(write.attributes).items()},
        now if current is None else current.created_at,
        now,
        None if write.expires_at is msgspec.UNSET else write.expires_at,
    )
    names = tuple(entity.attributes)
    alteration = Alteration.CREATE if current is None else Alteration.CHANGE
    change = Change(alteration, current, entity, now, names, frozenset(names), frozenset(names))
    return Applied(entity.key, created=current is None), change


def _append(write: Write, current: Entity, now: Instant) -> Result:
    if write.action is Action.APPEND:
        return _lay_over(write, current, tuple(write.attributes), now)
    existing = tuple(name for name in write.attributes if name in current.attributes)
    names = [name for name in write.attributes if name not in existing]
    return _lay_over(write, current, names, now, existing=existing)


def _update(write: Write, current: Entity, now: Instant) -> Result:
    missing = tuple(name for name in write.attributes if name not in current.attributes)
    names = [name for name in write.attributes if name not in missing]
    return _lay_over(write, current, names, now, missing=missing)


def _lay_over(
    write: Write,
    current: Entity,
    names: Sequence[str],
    now: Instant,
    *,
    existing: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
) -> Result:
    outcome = Applied(current.key, existing=existing, missing=missing)
    if not names and write.attributes:
        return outcome, None
    attributes = dict(current.attributes)
    changed: list[str] = []
    changed_values: list[str] = []
    for name in names:
        old: Instances = attributes.get(name, ())
        merged = merge(old, write.attributes[name], write, now)
        attributes[name] = merged.instances
        if merged.differs:
            changed.append(name)
        if merged.value_differs:
            changed_values.append(name)
    gone = [name for name in write.removed if attributes.pop(name, None) is not None]
    changed += gone
    changed_values += gone
    if write.skip_equal and not changed:
        return outcome, None
    after = _with(current, attributes, write, now)
    alteration = Alteration.CHANGE if changed else Alteration.UPDATE
    written = (*names, *gone)
    return outcome, Change(
        alteration, current, after, now, written, frozenset(changed), frozenset(changed_values)
    )


def _replace(write: Write, current: Entity, now: Instant) -> Result:
    attributes: dict[str, Instances] = {}
    wanted = begun(write.attributes)
    differing: set[str] = set(current.attributes) - set(wanted)
    values = set(differing)
    for name, instances in wanted.items():
        merged = merge(current.attributes.get(name, ()), instances, write, now)
        # Instances that the request leaves out are gone: only what was written stays.
        attributes[name] = tuple(merged.written)
        dropped = len(merged.instances) != len(merged.written)
        if merged.differs or dropped:
            differing.add(name)
        if merged.value_differs or dropped:
            values.add(name)
    after = _with(current, attributes, write, now)
    alteration = Alteration.CHANGE if differing else Alteration.UPDATE
    change = Change(
        alteration,
        current,
        after,
        now,
        tuple(dict.fromkeys((*wanted, *sorted(differing)))),
        frozenset(differing),
        frozenset(values),
    )
    return Applied(current.key), change


def _delete(write: Write, current: Entity, now: Instant) -> Result:
    if not write.attributes:
        everything = tuple(current.attributes)
        every = frozenset(everything)
        change = Change(Alteration.DELETE, current, None, now, everything, every, every)
        return Applied(current.key), change
    attributes = dict(current.attributes)
    gone: list[str] = []
    missing: list[str] = []
    for name in write.attributes:
        rest = _without(attributes.get(name, ()), write)
        if rest == attributes.get(name, ()):
            missing.append(name)
            continue
        gone.append(name)
        if rest:
            attributes[name] = rest
        else:
            del attributes[name]
    outcome = Applied(current.key, missing=tuple(missing))
    if not gone:
        return outcome, None
    after = _with(current, attributes, write, now)
    differing = frozenset(gone)
    change = Change(Alteration.CHANGE, current, after, now, tuple(gone), differing, differing)
    return outcome, change


def _without(instances: Instances, write: Write) -> Instances:
    if write.all_instances:
        return ()
    return tuple(one for one in instances if one.dataset_id != write.dataset_id)


def _with(current: Entity, attributes: dict[str, Instances], write: Write, now: Instant) -> Entity:
    types = current.types
    if write.more_types:
        types = tuple(dict.fromkeys((*types, *write.more_types)))
    return Entity(
        current.id,
        types,
        current.service_path,
        current.scopes if write.scopes is None else write.scopes,
        attributes,
        current.created_at,
        now,
        current.expires_at if write.expires_at is msgspec.UNSET else write.expires_at,
    )
