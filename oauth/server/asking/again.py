"""Whether a person has to be asked, again or at all (identity page §3.4)."""

from collections.abc import Collection, Iterable
from typing import Final

from kernel.times import Instant
from oauth.model.companies import Contract
from oauth.model.consents import Consent, Dossier, EventType
from oauth.model.items import Item, is_no_finer
from oauth.model.people import TermsRef

_GIVING: Final = frozenset({EventType.GIVEN, EventType.RECONFIRMED})


def unasked(
    dossier: Dossier | None,
    contract: Contract,
    wanted: Iterable[Item],
    terms: Collection[TermsRef],
    now: Instant,
) -> frozenset[Item] | None:
    """Items that the page is shown for; empty: the consent is reused; None: there is none to reuse.

    An optional item that was left off, or taken back by itself, is not asked for again: nobody is
    pestered until they give in. A required one is: without it the service does not work.
    """
    consent = None if dossier is None else dossier.live(now)
    if dossier is None or consent is None or not _is_same_ground(consent, contract, terms):
        return None
    offered = _offered(consent, dossier)
    return frozenset(one for one in wanted if _is_new(one, consent, contract, offered))


def shown_items(
    wanted: frozenset[Item], contract: Contract, consent: Consent | None
) -> frozenset[Item]:
    """What the page shows: the next consent takes the place of this one as a whole.

    So beside what is asked for it holds what the person agreed to before, and what the contract
    says that the service needs.
    """
    needed = frozenset(one.item for one in contract.items if one.required)
    agreed = frozenset() if consent is None else frozenset(one.item for one in consent.items)
    return wanted | needed | agreed | {Item.OPENID}


def _is_same_ground(consent: Consent, contract: Contract, terms: Collection[TermsRef]) -> bool:
    return (
        consent.purpose_id == contract.purpose.id
        and consent.contract_id == contract.id
        and frozenset(consent.shown.terms) == frozenset(terms)
    )


def _is_new(item: Item, consent: Consent, contract: Contract, offered: frozenset[Item]) -> bool:
    contracted, agreed = contract.item(item), consent.item(item)
    if item is Item.OPENID or contracted is None:
        return False
    if agreed is None:
        return contracted.required or item not in offered
    if item is Item.MEMBER_DATA and not frozenset(contract.sources) <= frozenset(consent.sources):
        return True
    # Under the same version the coarser one was the person's own choice.
    is_finer = not is_no_finer(contracted.granularity, agreed.granularity, item)
    return is_finer and contract.version != consent.contract_version


def _offered(consent: Consent, dossier: Dossier) -> frozenset[Item]:
    """What the page showed on which this consent was last given."""
    shown: tuple[Item, ...] = ()
    offered: tuple[Item, ...] = ()
    for event in dossier.events:
        if event.type is EventType.REQUESTED:
            shown = event.items
        elif event.consent_id == consent.id and event.type in _GIVING:
            offered = shown
    return frozenset(offered)
