"""What can happen between a person and a service. Pure: a dossier in, a dossier out.

A consent that was given is narrowed (its next version), or ends: withdrawn, expired, invalidated
by the one that follows it, or terminated by the service. What ended never reopens; a later consent
is a new record that names it (identity page §5.3). Events are only ever added.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from kernel.errors import ConflictError
from kernel.times import DAY_US, Instant
from oauth.consents.offers import agreed
from oauth.model.calendar import months_later
from oauth.model.companies import Contract
from oauth.model.consents import (
    Consent,
    ConsentedItem,
    ConsentEvent,
    ConsentState,
    Dossier,
    EventType,
    Shown,
)
from oauth.model.items import Item

RENEWABLE_US: Final = 90 * DAY_US
"""So long before its end an equal consent is followed by a new one, not just reconfirmed."""

LONGEST_MONTHS: Final = 12

_END: Final = {
    ConsentState.WITHDRAWN: EventType.WITHDRAWN,
    ConsentState.EXPIRED: EventType.EXPIRED,
    ConsentState.INVALIDATED: EventType.INVALIDATED,
    ConsentState.TERMINATED: EventType.TERMINATED,
}


def validity_end(contract: Contract, now: Instant) -> Instant:
    """When a consent that is given now ends by itself: at most twelve months, counted in Japan."""
    return months_later(now, min(contract.validity_months, LONGEST_MONTHS))


def settled(dossier: Dossier, now: Instant) -> Dossier:
    """The dossier as the clock has it: a consent whose time is over is expired."""
    current = dossier.current
    if current is None or current.state is not ConsentState.GIVEN or current.is_live(now):
        return dossier
    return _ended(dossier, ConsentState.EXPIRED, current.valid_until)


def requested(dossier: Dossier, items: Sequence[Item], now: Instant) -> Dossier:
    """The page was shown. Showing it again in a row is no news."""
    last = dossier.events[-1] if dossier.events else None
    if last is not None and last.type is EventType.REQUESTED and last.items == tuple(items):
        return dossier
    return _noted(dossier, ConsentEvent(now, EventType.REQUESTED, items=tuple(items)))


def refused(dossier: Dossier, items: Sequence[Item], now: Instant) -> Dossier:
    """The person said no to a page. What was agreed to before stands."""
    return _noted(dossier, ConsentEvent(now, EventType.REFUSED, items=tuple(items)))


def given(
    dossier: Dossier,
    contract: Contract,
    ticked: Sequence[ConsentedItem],
    shown: Shown,
    *,
    consent_id: str,
    now: Instant,
) -> Dossier:
    """The person agreed. An equal consent that lives is reconfirmed and stays as it is.

    Raises:
        BadRequestError: see `offers.agreed`.
        ConflictError: the contract is not in force.
    """
    if not contract.is_in_force(now):
        raise ConflictError("The contract of the service is not in force")
    dossier = settled(dossier, now)
    current, live = dossier.current, dossier.live(now)
    draft = _draft(contract, agreed(contract, ticked), shown, consent_id, now)
    if live is not None:
        if _is_equal(live, draft) and now < live.valid_until - RENEWABLE_US:
            return _noted(dossier, _event(EventType.RECONFIRMED, live, now))
        dossier = _ended(dossier, ConsentState.INVALIDATED, now)
    consent = replace(draft, previous="" if current is None else current.id)
    dossier = replace(dossier, consents=(*dossier.consents, consent))
    return _noted(dossier, _event(EventType.GIVEN, consent, now))


def withdrawn(dossier: Dossier, now: Instant) -> Dossier:
    """The person takes the consent back. Where none lives, nothing changes."""
    return _over(dossier, ConsentState.WITHDRAWN, now)


def narrowed(dossier: Dossier, item: Item, now: Instant) -> Dossier:
    """The person takes one item back. One that is not agreed to changes nothing.

    Raises:
        ConflictError: the service needs the item; only the whole can be withdrawn.
    """
    dossier = settled(dossier, now)
    current = dossier.live(now)
    found = None if current is None else current.item(item)
    if current is None or found is None:
        return dossier
    if found.required:
        raise ConflictError("The service needs this item: withdraw the whole consent instead")
    kept = tuple(one for one in current.items if one.item is not item)
    sources = () if item is Item.MEMBER_DATA else current.sources
    consent = replace(current, items=kept, sources=sources, version=current.version + 1)
    dossier = replace(dossier, consents=(*dossier.consents[:-1], consent))
    return _noted(
        dossier, ConsentEvent(now, EventType.NARROWED, consent.id, consent.version, (item,))
    )


def terminated(dossier: Dossier, now: Instant) -> Dossier:
    """The service ends, and with it what was agreed to."""
    return _over(dossier, ConsentState.TERMINATED, now)


def _draft(
    contract: Contract,
    items: tuple[ConsentedItem, ...],
    shown: Shown,
    consent_id: str,
    now: Instant,
) -> Consent:
    covers_members = any(one.item is Item.MEMBER_DATA for one in items)
    return Consent(
        id=consent_id,
        purpose_id=contract.purpose.id,
        contract_id=contract.id,
        contract_version=contract.version,
        items=items,
        given_at=now,
        valid_until=validity_end(contract, now),
        shown=shown,
        sources=contract.sources if covers_members else (),
    )


def _is_equal(current: Consent, draft: Consent) -> bool:
    """Whether a new record would say nothing that the present one does not."""
    return (
        current.purpose_id == draft.purpose_id
        and current.contract_id == draft.contract_id
        and current.items == draft.items
        and current.sources == draft.sources
        and frozenset(current.shown.terms) == frozenset(draft.shown.terms)
    )


def _over(dossier: Dossier, state: ConsentState, now: Instant) -> Dossier:
    """The dossier with its consent at an end, if one lives."""
    dossier = settled(dossier, now)
    return dossier if dossier.live(now) is None else _ended(dossier, state, now)


def _ended(dossier: Dossier, state: ConsentState, at: Instant) -> Dossier:
    current = dossier.consents[-1]
    ended = replace(current, state=state, ended_at=at)
    dossier = replace(dossier, consents=(*dossier.consents[:-1], ended))
    return _noted(dossier, _event(_END[state], current, at))


def _event(event: EventType, consent: Consent, at: Instant) -> ConsentEvent:
    items = tuple(one.item for one in consent.items)
    return ConsentEvent(at, event, consent.id, consent.version, items)


def _noted(dossier: Dossier, event: ConsentEvent) -> Dossier:
    return replace(dossier, events=(*dossier.events, event))
