"""Whether an entity still has one location, as NGSI-v2 demands, and whether it is one."""

from collections.abc import Iterable

from broker.core.writes import Action, Misplaced, Refusal, Refused, Write
from broker.model.attribute import Attribute, AttributeName
from broker.model.changes import Change
from broker.model.entity import Entity
from broker.model.geometry import is_geo


def refused_location(write: Write, change: Change) -> Refused | None:
    """Why the change cannot be, because of a location that it writes; None if it can.

    Only what is written is looked at: what stands already is not this writer's fault. Attributes
    with a true `ignoreType` metadata, and those without a value, are no locations.
    """
    after = change.after
    if after is None or not (written := _locations(after, change.written)):
        return None
    if write.action is not Action.UPDATE and _are_rivals(after):
        # An update of what exists moves the location; only a further attribute is a second.
        return Refused(write, Refusal.RIVAL_LOCATIONS)
    for name, location in written.items():
        if write.locate is not None and (fault := write.locate(location)):
            return Refused(write, Refusal.MISPLACED, _misplaced(name, fault, change.before))
    return None


def _misplaced(name: AttributeName, fault: str, before: Entity | None) -> Misplaced:
    if before is None:
        return Misplaced(fault)
    return Misplaced(
        fault,
        is_added=name not in before.attributes,
        is_first=not _locations(before, before.attributes),
    )


def _are_rivals(entity: Entity) -> bool:
    """Whether there are several locations of which none, or more than one, is the default."""
    located = _locations(entity, entity.attributes).values()
    if len(located) == 1:
        return False
    return sum(_flag(location, "defaultLocation") for location in located) != 1


def _locations(entity: Entity, names: Iterable[AttributeName]) -> dict[AttributeName, Attribute]:
    """The default instances of these names that say where the entity is."""
    return {
        name: instance
        for name in names
        if (instance := entity.attribute(name)) is not None
        and is_geo(instance)
        and instance.value is not None
        and not _flag(instance, "ignoreType")
    }


def _flag(attribute: Attribute, name: str) -> bool:
    metadata = attribute.metadata.get(name)
    return metadata is not None and metadata.value is True
