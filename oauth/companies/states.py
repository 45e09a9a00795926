"""What may become of a company: pure decisions, a company in, the next one out.

    active ◄──activate / suspend──► suspended

A suspension counts the epoch up, so that tokens of before are dead now and stay dead afterwards.
"""

import msgspec

from kernel.errors import BadRequestError, ConflictError
from kernel.times import Instant
from oauth.model.companies import Company, CompanyState, StateChange

_LONGEST_REASON = 500


class SuspendedAlreadyError(ConflictError):
    """The company is suspended: the reason on record is that of its suspension."""


class ActiveAlreadyError(ConflictError):
    """The company is not suspended."""


def suspended(company: Company, *, by: str, reason: str, now: Instant) -> Company:
    """The company, shut out with everything that it holds.

    Raises:
        SuspendedAlreadyError: it is already.
        BadRequestError: no reason, or a very long one.
    """
    if company.state is CompanyState.SUSPENDED:
        raise SuspendedAlreadyError("The company is suspended already")
    changed = _changed(company, CompanyState.SUSPENDED, by=by, reason=reason, now=now)
    return msgspec.structs.replace(changed, epoch=company.epoch + 1)


def activated(company: Company, *, by: str, reason: str, now: Instant) -> Company:
    """The company, a member in good standing again. Its old tokens stay dead.

    Raises:
        ActiveAlreadyError: it is already.
        BadRequestError: no reason, or a very long one.
    """
    if company.state is CompanyState.ACTIVE:
        raise ActiveAlreadyError("The company is active already")
    return _changed(company, CompanyState.ACTIVE, by=by, reason=reason, now=now)


def _changed(
    company: Company, state: CompanyState, *, by: str, reason: str, now: Instant
) -> Company:
    said = reason.strip()
    if not 0 < len(said) <= _LONGEST_REASON:
        raise BadRequestError(f"The reason has 1 to {_LONGEST_REASON} characters")
    change = StateChange(at=now, state=state, by=by, reason=said)
    return msgspec.structs.replace(company, state=state, changes=(*company.changes, change))
