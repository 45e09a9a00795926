"""A notification that is owed to a subscriber."""

import msgspec

from broker.model.changes import Alteration
from broker.model.entity import Entity, EntityKey
from kernel.times import Instant


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One notification owed: written in the commit of the change that caused it.

    Attributes:
        subscription_id: whose.
        lane: `Endpoint.lane` of the subscription at that time.
        entity: the entity after the change (before it, for a deletion); already what remains after
            de-identification, like everything in the city database.
        key: of the entity; notifications of one subscription and entity keep their order.
        alteration: what happened.
        written: names of the attributes that the request named, in order, changed or not.
        correlator: of the request that caused it.
        committed_at: the instant of the change.
        number: given by the store when it commits; rises with every notice of a tenant.
        attempts: deliveries tried so far.
        ordinal: which of the notices that one request causes this is, from 1 (Orion's `cbnotif`).
        before: the entity before the change, where the subscription asks for what only that tells
            (`previousValue`, `actionType`).
    """

    subscription_id: str
    lane: str
    entity: Entity
    alteration: Alteration
    committed_at: Instant
    written: tuple[str, ...] = ()
    correlator: str = ""
    tenant: str = ""
    number: int = 0
    attempts: int = 0
    before: Entity | None = None
    ordinal: int = 1

    @property
    def key(self) -> EntityKey:
        """Of the entity that changed."""
        return self.entity.key
