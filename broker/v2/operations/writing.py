"""An element of a batch as a write."""

from broker.core.writes import Action, Write
from broker.v2.decode.entities import Draft
from broker.v2.decode.locations import location_fault
from broker.v2.operations.expiry import deletion_of, kept_expiry
from broker.v2.parameters import Option, Parameters


def write_of(action: Action, draft: Draft, path: str, parameters: Parameters) -> Write:
    """What an `actionType` does with an entity at a service path."""
    replaces = action is Action.REPLACE
    return Write(
        deletion_of(draft) if action is Action.DELETE else action,
        draft.id,
        draft.type,
        path,
        draft.attributes,
        keep_metadata=not replaces and not parameters.has(Option.OVERRIDE_METADATA),
        expires_at=kept_expiry(action, draft),
        force=replaces or parameters.has(Option.FORCED_UPDATE),  # what is replaced has changed
        one_location=True,
        locate=location_fault,
    )
