"""Which stored entities a `Target` names."""

from collections.abc import Sequence

from broker.core.decision import Target
from broker.model.entity import Entity


def is_named(entity: Entity, targets: Sequence[Target]) -> bool:
    """Whether any target names the entity: a type may be any of its types."""
    for target in targets:
        if (
            target.id == entity.id
            and (not target.type or target.type in entity.types)
            and (not target.service_path or target.service_path == entity.service_path)
        ):
            return True
    return False
