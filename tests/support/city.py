"""Entities, decisions and notices for storage tests, in few words."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from broker.core.decision import Decide, Decision, Target
from broker.model.attribute import Attribute
from broker.model.changes import Alteration, Change, HistoryRow
from broker.model.entity import DEFAULT_SERVICE_PATH, Entity, EntityKey
from broker.model.notice import Notice
from broker.ports import EntityStore
from kernel.times import Instant

TYPE = "Room"


def entity(name: str, type_name: str = TYPE, **values: Any) -> Entity:
    """An entity with a number, text … for each attribute; or give `Attribute`s."""
    attributes = {
        attribute: (value if isinstance(value, Attribute) else Attribute(value),)
        for attribute, value in values.items()
    }
    return Entity(name, (type_name,), attributes=attributes)


def at(one: Entity, now: Instant) -> Entity:
    """The entity as created at that instant, with what a decision has to fill in."""
    return msgspec.structs.replace(one, created_at=now, modified_at=now)


def putting(*entities: Entity) -> Decide[None]:
    """A decision that stores these, whatever was there, keeping the creation of what was."""

    def decide(current: Sequence[Entity], now: Instant) -> Decision[None]:
        before = {one.key: one.created_at for one in current}
        puts = [
            msgspec.structs.replace(one, created_at=before.get(one.key, now), modified_at=now)
            for one in entities
        ]
        return Decision(None, puts=puts)

    return decide


def removing(*keys: EntityKey) -> Decide[None]:
    """A decision that removes these."""
    return lambda _current, _now: Decision(None, deletes=keys)


def setting(name: str, value: Any, *, dataset_id: str = "") -> Decide[int]:
    """A decision that writes one attribute of the one loaded entity, with history and change.

    Its result is the number of attributes that the entity has afterwards.
    """

    def decide(current: Sequence[Entity], now: Instant) -> Decision[int]:
        (before,) = current
        written = Attribute(value, dataset_id=dataset_id, created_at=now, modified_at=now)
        others = [one for one in before.attributes.get(name, ()) if one.dataset_id != dataset_id]
        attributes = {**before.attributes, name: (*others, written)}
        after = msgspec.structs.replace(before, attributes=attributes, modified_at=now)
        return Decision(
            len(attributes),
            puts=[after],
            history=[HistoryRow(after.key, name, now, now, written, dataset_id)],
            changes=[Change(Alteration.CHANGE, before, after, now, (name,))],
        )

    return decide


def owing(*notices: Notice) -> Decide[None]:
    """A decision that owes notices and stores their entities."""

    def decide(_current: Sequence[Entity], now: Instant) -> Decision[None]:
        puts = {notice.key: at(notice.entity, now) for notice in notices}
        return Decision(None, puts=list(puts.values()), notices=notices)

    return decide


def notice(subscription_id: str, about: Entity, lane: str = "http://a:80") -> Notice:
    """A notice about an entity."""
    return Notice(subscription_id, lane, about, Alteration.CHANGE, Instant(1))


async def put(store: EntityStore, tenant: str, *entities: Entity) -> None:
    """Store entities."""
    targets = [target(one) for one in entities]
    await store.write(tenant, targets, putting(*entities))


def target(one: Entity) -> Target:
    """The target that names exactly this entity."""
    return Target(one.id, one.types[0], one.service_path or DEFAULT_SERVICE_PATH)


def reading(into: list[Sequence[Entity]]) -> Callable[[Sequence[Entity], Instant], Decision[None]]:
    """A decision that writes nothing and tells what it saw."""

    def decide(current: Sequence[Entity], _now: Instant) -> Decision[None]:
        into.append(current)
        return Decision(None)

    return decide
