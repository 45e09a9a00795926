"""What a request hears of what became of its writes (NGSI-v2 "Error Responses")."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from broker.core.writes import Applied, Outcome, Refusal, Refused, Write
from broker.v2.errors import (
    ALREADY_EXISTS,
    NO_ENTITY,
    RIVAL_LOCATIONS,
    TOO_MANY,
    NoResourcesError,
    PartialUpdateError,
)
from kernel.errors import CallerError, ConflictError, NotFoundError, UnprocessableError


def check_outcome(write: Write, outcome: Outcome) -> Applied:
    """The outcome of a request's one write, if all of it was done.

    Raises:
        CallerError: it was not done, or in part.
    """
    check_outcomes([write], [outcome])
    assert isinstance(outcome, Applied)  # noqa: S101 — `check_outcomes` raises for everything else
    return outcome


def check_outcomes(writes: Sequence[Write], outcomes: Sequence[Outcome]) -> None:
    """Nothing, if all writes were done as a whole.

    Raises:
        NotFoundError, ConflictError, UnprocessableError, NoResourcesError: nothing was done.
        PartialUpdateError: some was done, and the text says what was not.
    """
    pairs = list(zip(writes, outcomes, strict=True))
    failed = [(write, outcome) for write, outcome in pairs if not _whole(outcome)]
    if not failed:
        return
    refused = [outcome for _, outcome in failed if isinstance(outcome, Refused)]
    if len(refused) == len(pairs) == 1:
        raise _refusal(refused[0])
    unusual = [one for one in refused if one.why is not Refusal.NOT_FOUND]
    if unusual:
        raise _refusal(unusual[0])
    text = "; ".join(_texts(failed))
    if any(_something(write, outcome) for write, outcome in pairs):
        raise PartialUpdateError(text)
    if len(refused) == len(pairs):
        raise NotFoundError(text)
    raise UnprocessableError(text)


def _whole(outcome: Outcome) -> bool:
    return isinstance(outcome, Applied) and not outcome.missing and not outcome.existing


def _something(write: Write, outcome: Outcome) -> bool:
    """Whether any of the write was done."""
    if isinstance(outcome, Refused):
        return False
    return not write.attributes or len(write.attributes) > len(outcome.missing) + len(
        outcome.existing
    )


def _refusal(refused: Refused) -> CallerError:
    match refused.why:
        case Refusal.NOT_FOUND:
            return NotFoundError(NO_ENTITY)
        case Refusal.TOO_MANY:
            return ConflictError(TOO_MANY)
        case Refusal.ALREADY_EXISTS:
            return UnprocessableError(ALREADY_EXISTS)
        case Refusal.RIVAL_LOCATIONS:
            return NoResourcesError(RIVAL_LOCATIONS)
        case _:
            assert_never(refused.why)


def _texts(failed: Iterable[tuple[Write, Outcome]]) -> Iterable[str]:
    absent: list[str] = []
    present: list[str] = []
    for write, outcome in failed:
        match outcome:
            case Refused():
                absent.append(f"{_name(write.id, write.type)} [entity itself]")
            case Applied(key, missing=missing, existing=existing):
                name = _name(key.id, key.type)
                absent.extend([f"{name} - [ {', '.join(missing)} ]"] if missing else [])
                present.extend([f"{name} - [ {', '.join(existing)} ]"] if existing else [])
    if absent:
        yield f"do not exist: {', '.join(absent)}"
    if present:
        yield f"already exist: {', '.join(present)}"


def _name(entity_id: str, entity_type: str) -> str:
    return f"{entity_id}/{entity_type}" if entity_type else entity_id
