"""Whether a person has to be asked again (identity page §3.4)."""

from collections.abc import Iterable

from kernel.times import Instant
from oauth.model.companies import Contract
from oauth.model.consents import Consent, Dossier, EventType
from oauth.model.items import Item, is_no_finer
from oauth.model.people import TermsRef


def live_consent(dossier: Dossier | None, now: Instant) -> Consent | None:
    """The consent that permits at present."""
    current = None if dossier is None else dossier.current
    return current if current is not None and current.is_live(now) else None


def covers(
    consent: Consent,
    items: Iterable[Item],
    contract: Contract,
    terms: Iterable[TermsRef],
    dossier: Dossier,
) -> bool:
    """Whether an equal consent stands: same purpose and terms, no new item, none finer."""
    return (
        consent.purpose_id == contract.purpose.id
        and consent.contract_id == contract.id
        and frozenset(consent.shown.terms) == frozenset(terms)
        and not news(consent, items, contract, dossier)
    )


def news(
    consent: Consent, items: Iterable[Item], contract: Contract, dossier: Dossier
) -> frozenset[Item]:
    """Items that the person has to be asked about beside what the consent says.

    An optional item that was left off, or taken back by itself, is not new: nobody is asked until
    they give in. A required one is: without it the service does not work.
    """
    offered = _offered(consent, dossier)
    return frozenset(item for item in items if _is_new(item, consent, contract, offered))


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
    """What the page showed on which this consent was given."""
    shown: tuple[Item, ...] = ()
    offered: tuple[Item, ...] = ()
    for event in dossier.events:
        if event.type is EventType.REQUESTED:
            shown = event.items
        elif event.consent_id == consent.id and event.type in _GIVING:
            offered = shown
    return frozenset(offered)


_GIVING = frozenset({EventType.GIVEN, EventType.RECONFIRMED})
