"""What a request hears of what became of its writes (NGSI-v2 "Error Responses")."""

from collections.abc import Sequence
from typing import Final, assert_never

from broker.core.writes import Action, Applied, Misplaced, Outcome, Refusal, Refused, Write
from broker.service.federation import Written
from broker.v2.errors import (
    ALREADY_EXISTS,
    NO_ENTITY,
    NOT_ALLOWED,
    RIVAL_LOCATIONS,
    TOO_MANY,
    WRONG_GEOJSON,
    NoResourcesError,
    PartialUpdateError,
    PartlyForwardedError,
    quoted,
)
from kernel.errors import (
    BadRequestError,
    CallerError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnprocessableError,
)

_NOT_THERE: Final = "do not exist"
_ALREADY_THERE: Final = "one or more of the attributes in the request already exist"


def check_outcome(write: Write, written: Written) -> Applied:
    """The outcome of a request's one write, if all of it was done.

    Raises:
        CallerError: it was not done, or in part.
    """
    [outcome] = written.outcomes
    if isinstance(outcome, Applied) and _whole(outcome):  # nearly always
        return outcome
    if isinstance(outcome, Refused):
        raise refusal_of(outcome)
    check_outcomes([write], written)
    return outcome


def check_outcomes(writes: Sequence[Write], written: Written) -> None:
    """Nothing, if all writes of a batch were done as a whole.

    Raises:
        NotFoundError, ConflictError, UnprocessableError, NoResourcesError: which of them, the first
            failure decides. Of what providers did not do either all is simply not found.
        ForbiddenError: nothing was done, and some of it is not for these credentials.
        PartlyForwardedError: providers were asked, and some was done.
        PartialUpdateError: some was done, and the text says what was not.
    """
    pairs = list(zip(writes, written.outcomes, strict=True))
    failed = [(write, outcome) for write, outcome in pairs if not _whole(outcome)]
    if not failed:
        return
    check_permitted(writes, written)
    some_done = any(_something(write, outcome) for write, outcome in pairs)
    for _, outcome in failed:
        if isinstance(outcome, Refused) and outcome.why is not Refusal.NOT_FOUND:
            raise refusal_of(outcome)
    if written.forwarded and some_done:
        raise PartlyForwardedError(_text_of_providers(failed))
    if written.forwarded:
        raise NotFoundError(NO_ENTITY)
    text = _text(failed)
    if some_done:
        raise PartialUpdateError(text)
    if isinstance(failed[0][1], Refused):
        raise NotFoundError(text)
    raise UnprocessableError(text)


def check_permitted(writes: Sequence[Write], written: Written) -> None:
    """Nothing, if the caller may write all of a batch, whatever else came between.

    Raises:
        ForbiddenError: nothing was done, and some of it is not for these credentials.
        PartialUpdateError: some was done, and the text says what was not.
    """
    pairs = list(zip(writes, written.outcomes, strict=True))
    forbidden = [write for write, outcome in pairs if _is_forbidden(outcome)]
    if not forbidden:
        return
    if not any(_something(write, outcome) for write, outcome in pairs):
        raise ForbiddenError(NOT_ALLOWED)
    raise PartialUpdateError(f"{NOT_ALLOWED}: {', '.join(map(_name, forbidden))}")


def _whole(outcome: Outcome) -> bool:
    return isinstance(outcome, Applied) and not outcome.missing and not outcome.existing


def _is_forbidden(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.why is Refusal.FORBIDDEN


def _something(write: Write, outcome: Outcome) -> bool:
    """Whether any of the write was done."""
    if isinstance(outcome, Refused):
        return False
    return not write.attributes or len(write.attributes) > len(outcome.missing) + len(
        outcome.existing
    )


def refusal_of(refused: Refused) -> CallerError:
    """The error that says why nothing of a write was done."""
    match refused.why:
        case Refusal.NOT_FOUND:
            return NotFoundError(NO_ENTITY)
        case Refusal.TOO_MANY:
            return ConflictError(TOO_MANY)
        case Refusal.ALREADY_EXISTS:
            return UnprocessableError(ALREADY_EXISTS)
        case Refusal.RIVAL_LOCATIONS:
            return NoResourcesError(RIVAL_LOCATIONS)
        case Refusal.MISPLACED:
            return BadRequestError(_misplaced_text(refused.write, refused.misplaced))
        case Refusal.FORBIDDEN:
            return ForbiddenError(NOT_ALLOWED)
        case _:
            assert_never(refused.why)


def _misplaced_text(write: Write, misplaced: Misplaced | None) -> str:
    """What is wrong with a location, as Orion says it: who appends is told to what."""
    fault = quoted(misplaced.fault) if misplaced is not None else ""
    if fault == WRONG_GEOJSON:  # found later, by what indexes it
        return fault
    where = ""
    if misplaced is not None and write.action in (Action.APPEND, Action.APPEND_STRICT):
        if misplaced.is_added:
            where = " for new attribute"
        elif misplaced.is_first:
            where = " for existing attribute"
    return f"error parsing location attribute{where}: {fault}"


def _text(failed: Sequence[tuple[Write, Outcome]]) -> str:
    """What each write could not do, as Orion lists it: only the first of them always has a dash."""
    _, first = failed[0]
    kept = isinstance(first, Applied) and first.existing
    parts = []
    for index, (write, outcome) in enumerate(failed):
        name = _name(write)
        match outcome:
            case Refused():
                parts.append(f"{name}{' ' if index else ' - '}[entity itself]")
            case Applied(missing=missing, existing=existing):
                parts.append(f"{name} - [ {', '.join(missing or existing)} ]")
    return f"{_ALREADY_THERE if kept else _NOT_THERE}: {', '.join(parts)}"


def _text_of_providers(failed: Sequence[tuple[Write, Outcome]]) -> str:
    """What neither this broker nor a provider did, as Orion lists it."""
    parts = []
    for write, outcome in failed:
        names = outcome.missing if isinstance(outcome, Applied) else tuple(write.attributes)
        entity_type = outcome.key.type if isinstance(outcome, Applied) else write.type
        parts.append(f"{write.id}-{entity_type} : [{', '.join(names)}]")
    return f"Some of the following attributes were not updated: {{ {', '.join(parts)} }}"


def _name(write: Write) -> str:
    return f"{write.id}/{write.type}" if write.type else write.id
