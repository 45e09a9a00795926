"""Whether an entity still has one location, as NGSI-v2 demands."""

from collections.abc import Iterable

from broker.model.attribute import Attribute
from broker.model.changes import Change
from broker.model.entity import Entity
from broker.model.geometry import is_geo


def has_rivals(change: Change) -> bool:
    """Whether the change leaves several locations of which none, or more than one, is the default.

    Only a change that writes a location is asked: what stands already is not this writer's fault.
    Attributes with a true `ignoreType` metadata, and those without a value, are no locations.
    """
    after = change.after
    if after is None or not _locations(after, change.written):
        return False
    located = _locations(after, after.attributes)
    if len(located) == 1:
        return False
    return sum(_flag(instance, "defaultLocation") for instance in located) != 1


def _locations(entity: Entity, names: Iterable[str]) -> list[Attribute]:
    """The default instances of these names that say where the entity is."""
    return [
        instance
        for name in names
        if (instance := entity.attribute(name)) is not None
        and is_geo(instance)
        and instance.value is not None
        and not _flag(instance, "ignoreType")
    ]


def _flag(attribute: Attribute, name: str) -> bool:
    metadata = attribute.metadata.get(name)
    return metadata is not None and metadata.value is True
