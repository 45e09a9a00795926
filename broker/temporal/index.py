"""Which instant a value belongs to in the history."""

from broker.model.attribute import Attribute
from broker.model.comparison import instant_of
from broker.model.entity import Entity
from kernel.times import Instant

TIME_INSTANT = "TimeInstant"
"""The name under which IoT Agents write the time of a measure, as metadata or as attribute."""


def time_of(entity: Entity, attribute: Attribute, committed_at: Instant) -> Instant:
    """`observedAt`, else `TimeInstant` (the metadata, then the attribute), else the commit."""
    if attribute.observed_at is not None:
        return attribute.observed_at
    if attribute.metadata and (stamp := attribute.metadata.get(TIME_INSTANT)) is not None:
        return instant_of(stamp) or committed_at
    if TIME_INSTANT in entity.attributes:
        measure = entity.attribute(TIME_INSTANT)
        return (instant_of(measure) if measure is not None else None) or committed_at
    return committed_at
