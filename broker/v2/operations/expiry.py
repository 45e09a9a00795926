"""`dateExpires`, the end of a transient entity (Orion manual "Transient entities").

Requests write it as an attribute; in the model it is a property of the entity.
"""

import msgspec

from broker.core.writes import Action
from broker.model.attribute import Attribute
from broker.model.entity import Entity
from broker.v2.decode.entities import Draft
from kernel.times import Instant, render_millis


def kept_expiry(action: Action, draft: Draft) -> Instant | msgspec.UnsetType | None:
    """The end as a write says it: who replaces all attributes replaces this one too."""
    if action is Action.REPLACE and draft.expires_at is msgspec.UNSET:
        return None
    return draft.expires_at


def deletion_of(draft: Draft) -> Action:
    """What a batch that deletes does: with `dateExpires` alone the entity itself stays."""
    only_expiry = draft.expires_at is not msgspec.UNSET and not draft.attributes
    return Action.UPDATE if only_expiry else Action.DELETE


def expiry_attribute(entity: Entity) -> Attribute | None:
    """The end as an attribute; None where the entity has none."""
    if entity.expires_at is None:
        return None
    return Attribute(render_millis(entity.expires_at), type="DateTime")
