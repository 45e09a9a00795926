"""What a write did: the words in which subscriptions, history and streams hear of it."""

from enum import StrEnum

import msgspec

from broker.model.attribute import Attribute, AttributeName
from broker.model.entity import Entity, EntityKey
from kernel.times import Instant


class Alteration(StrEnum):
    """What happened to an entity (NGSI-v2 "Subscriptions based in alteration type")."""

    CREATE = "entityCreate"
    CHANGE = "entityChange"  # an attribute got another value or metadata
    UPDATE = "entityUpdate"  # written, whether or not anything differs
    DELETE = "entityDelete"


class Change(msgspec.Struct, frozen=True):
    """One entity, before and after one write.

    Attributes:
        alteration: CREATE, CHANGE (something differs), UPDATE (written, nothing differs), DELETE.
        before: None for a creation.
        after: None for a deletion.
        at: the instant of the write.
        written: names of attributes that the request named, in order, changed or not.
        changed: the subset whose value, type or metadata differ, or that appeared or vanished.
        changed_values: the subset whose value or type differ (metadata apart).
    """

    alteration: Alteration
    before: Entity | None
    after: Entity | None
    at: Instant
    written: tuple[AttributeName, ...] = ()
    changed: frozenset[AttributeName] = frozenset()
    changed_values: frozenset[AttributeName] = frozenset()

    @property
    def entity(self) -> Entity:
        """The entity as it is now, or as it was when it was deleted."""
        entity = self.after if self.after is not None else self.before
        assert entity is not None, "a change has a before or an after"  # noqa: S101
        return entity


class HistoryRow(msgspec.Struct, frozen=True, gc=False):
    """One value that an attribute had: one row for every write of an attribute.

    Attributes:
        key, attribute, dataset_id: which series the row belongs to.
        time: the time index of the series: `observed_at`, else a `TimeInstant` (metadata or
            attribute), else the commit. Rows of a series are read in order of (time, recorded_at).
        recorded_at: when the write was committed here.
        instance: value, kind, type, unit and metadata as written; None says that the attribute was
            deleted then.
    """

    key: EntityKey
    attribute: AttributeName
    time: Instant
    recorded_at: Instant
    instance: Attribute | None
    dataset_id: str = ""
