"""Which stored entities a `Target` names."""

from collections.abc import Sequence

from broker.core.decision import Target
from broker.model.entity import Entity, EntityKey
from kernel.times import Instant


def is_named(entity: Entity, targets: Sequence[Target]) -> bool:
    """Whether any target names the entity: a type may be any of its types."""
    return any(
        target.id == entity.id
        and (not target.type or target.type in entity.types)
        and (not target.service_path or target.service_path == entity.service_path)
        for target in targets
    )


def creation_order(entity: Entity) -> tuple[Instant, EntityKey]:
    """The sort key of lists: when it was created, then its key, so that the order is total."""
    return entity.created_at, entity.key
