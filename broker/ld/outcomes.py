"""What became of writes, in NGSI-LD's words."""

from collections.abc import Callable, Sequence
from typing import Any, assert_never

from broker.core.writes import Applied, Outcome, Refusal, Refused
from broker.ld.errors import AlreadyExistsError
from kernel.errors import ConflictError, ForbiddenError, NotFoundError, OdoriError

NO_SUCH_ATTRIBUTE = "The entity does not have such an attribute"
ATTRIBUTE_EXISTS = "The attribute exists already"


def no_entity(entity_id: str) -> NotFoundError:
    """The entity that a path or a batch names does not exist."""
    return NotFoundError(f"Entity {entity_id} does not exist")


def several(entity_id: str) -> ConflictError:
    """NGSI-v2 has stored entities of the same id with several types or service paths."""
    return ConflictError(f"Entity {entity_id} exists with several types; name one with type=")


def refusal(refused: Refused) -> OdoriError:
    """The error that a refused write is."""
    entity_id = refused.write.id
    match refused.why:
        case Refusal.NOT_FOUND:
            return no_entity(entity_id)
        case Refusal.TOO_MANY:
            return several(entity_id)
        case Refusal.ALREADY_EXISTS:
            return AlreadyExistsError(f"Entity {entity_id} exists already")
        case Refusal.RIVAL_LOCATIONS:
            return ConflictError(f"Entity {entity_id} has several locations")
        case Refusal.MISPLACED:
            return ConflictError(f"Entity {entity_id} has a location that is none")
        case Refusal.FORBIDDEN:
            return ForbiddenError(f"These credentials do not write this to entity {entity_id}")
        case _:
            assert_never(refused.why)


def done(outcome: Outcome) -> Applied:
    """The outcome of a write that must have been done.

    Raises:
        NotFoundError, ConflictError, ForbiddenError: it was refused.
    """
    if isinstance(outcome, Refused):
        raise refusal(outcome)
    return outcome


def update_result(
    applied: Applied, names: Sequence[str], show: Callable[[str], str]
) -> dict[str, Any] | None:
    """The UpdateResult (§5.2.18) of a write that was done in part; None if it was done in full.

    Args:
        applied: the outcome.
        names: stored names that the request has written.
        show: the name in the caller's terms.
    """
    failed = {
        **dict.fromkeys(applied.existing, ATTRIBUTE_EXISTS),
        **dict.fromkeys(applied.missing, NO_SUCH_ATTRIBUTE),
    }
    if not failed:
        return None
    return {
        "updated": [show(name) for name in names if name not in failed],
        "notUpdated": [
            {"attributeName": show(name), "reason": reason} for name, reason in failed.items()
        ],
    }
