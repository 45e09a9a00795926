"""What a service may ask for, and what of it a person has not been asked yet."""

from collections.abc import Sequence
from typing import Final

from kernel.errors import BadRequestError
from kernel.times import DAY_US, Instant
from oauth.model.companies import Contract, ContractItem
from oauth.model.consents import Consent, ConsentedItem, Dossier, EventType
from oauth.model.items import CHOSEN_BY_PERSON, GRANULARITIES, Item, is_no_finer
from oauth.model.people import TermsRef

QUIET_US: Final = 30 * DAY_US
"""So long what was refused is not asked for again by itself (identity page §10)."""

_ANSWERS: Final = frozenset({EventType.GIVEN, EventType.RECONFIRMED})

_USER_ID: Final = ConsentedItem(Item.OPENID, "sub", required=True)


def agreed(contract: Contract, ticked: Sequence[ConsentedItem]) -> tuple[ConsentedItem, ...]:
    """What was ticked, in the contract's order; the user ID first, which every consent has.

    Raises:
        BadRequestError: an item that is not in the contract or named twice, a granularity that is
            not offered, or a required item that is missing.
    """
    chosen = {one.item: one for one in ticked}
    if len(chosen) != len(ticked):
        raise BadRequestError("An item is named twice")
    for one in ticked:
        _check_offered(contract, one)
    asked = [one for one in contract.items if one.item is not Item.OPENID]
    if any(one.required and one.item not in chosen for one in asked):
        raise BadRequestError("The service needs its required items: agree to them, or refuse all")
    kept = (
        ConsentedItem(one.item, chosen[one.item].granularity, one.required)
        for one in asked
        if one.item in chosen
    )
    return (_USER_ID, *kept)


def _check_offered(contract: Contract, one: ConsentedItem) -> None:
    if one.item is Item.OPENID:
        return
    offered = contract.item(one.item)
    if offered is None:
        raise BadRequestError(f"{one.item} is not in the contract of the service")
    if one.granularity != offered.granularity and not _may_choose(offered, one):
        raise BadRequestError(f"{one.item} is not offered at this granularity")


def _may_choose(offered: ContractItem, one: ConsentedItem) -> bool:
    """Whether the person may make the item this much coarser."""
    return (
        one.item in CHOSEN_BY_PERSON
        and one.granularity in GRANULARITIES[one.item]
        and is_no_finer(one.granularity, offered.granularity, one.item)
    )


def news(
    dossier: Dossier | None,
    contract: Contract,
    wanted: Sequence[Item],
    terms: Sequence[TermsRef],
    now: Instant,
) -> tuple[Item, ...] | None:
    """What a person has to be asked about before `wanted` can be read; empty: nothing.

    None says: everything, since there is no consent that lives under this purpose and these terms.
    An optional item that was left off is asked for again only after the quiet period.
    """
    current = None if dossier is None else dossier.current
    if dossier is None or current is None or not current.is_live(now):
        return None
    if current.purpose_id != contract.purpose.id or current.shown.terms != tuple(terms):
        return None
    left_off = _left_off(dossier, current, now)
    asked = (contract.item(one) for one in wanted if one is not Item.OPENID)
    return tuple(
        one.item
        for one in asked
        if one is not None and one.item not in left_off and _is_new(one, current, contract)
    )


def _is_new(offered: ContractItem, consent: Consent, contract: Contract) -> bool:
    """Whether the item was not agreed to, or more coarsely than the contract now says.

    Where the person chooses, or the contract is the same, coarser is what was chosen.
    """
    found = consent.item(offered.item)
    if found is None:
        return True
    if offered.item in CHOSEN_BY_PERSON or consent.contract_version == contract.version:
        return False
    return not is_no_finer(offered.granularity, found.granularity, offered.item)


def _left_off(dossier: Dossier, consent: Consent, now: Instant) -> frozenset[Item]:
    """Items of the page that the person answered last, of late, and did not agree to."""
    shown: tuple[Item, ...] = ()
    answered: tuple[Item, ...] = ()
    for event in dossier.events:
        if event.type is EventType.REQUESTED:
            shown = event.items
        elif event.type in _ANSWERS and event.consent_id == consent.id:
            answered = shown if now < event.at + QUIET_US else ()
    return frozenset(item for item in answered if consent.item(item) is None)
