"""Whether a service may read one item of one person now: the one place that decides.

The table of the identity page, §5.4, row by row. The first row that fails decides, so that nothing
about a person shows before a consent is established. Pure: who calls it brings all facts, read
for this one answer; a yes of a moment ago counts for nothing.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kernel.times import Instant
from oauth.model.calendar import year_in_japan
from oauth.model.companies import Client, Company, CompanyState, Contract
from oauth.model.consents import Consent
from oauth.model.grants import AccessToken, Grant
from oauth.model.items import Granularity, Item, coarser_of, is_no_finer
from oauth.model.people import Account, AccountState

OWN_ATTRIBUTES: Final = "attributes"
"""Scope of a company's own token that reads about persons who are not present."""

_SUB: Final[Granularity] = "sub"


class Reason(StrEnum):
    """The row that failed, in the order of the table."""

    TOKEN = "token"  # noqa: S105 — the name of a row
    MEMBER = "member"
    SUBJECT = "subject"
    CONSENT = "consent"
    NOT_IN_CONTRACT = "not_in_contract"
    NOT_GRANTED = "not_granted"
    FINER_THAN_GRANTED = "finer_than_granted"
    SOURCE_UNAVAILABLE = "source_unavailable"
    TOO_FREQUENT = "too_frequent"
    NO_VALUE = "no_value"


@dataclass(frozen=True, slots=True)
class Ask:
    """One item that is asked for.

    Attributes:
        purpose: what the service reads it for.
        granularity: None for the finest that is granted.
        source: of member data: the company that collected it.
    """

    item: Item
    purpose: str
    granularity: Granularity | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision rests on.

    Attributes:
        audience: who answers: the token has to be meant for it.
        grant: the token's family; None for a company's own token.
        present: items that the person has a value of.
        active_sources: companies whose member data may flow at present.
        present_sources: companies that have collected something about the person.
        is_over_frequency: whether the service has read as often as its contract lets it.
    """

    token: AccessToken
    audience: str
    grant: Grant | None = None
    company: Company | None = None
    client: Client | None = None
    contract: Contract | None = None
    account: Account | None = None
    consent: Consent | None = None
    present: frozenset[Item] = field(default=frozenset())
    active_sources: frozenset[str] = field(default=frozenset())
    present_sources: frozenset[str] = field(default=frozenset())
    is_over_frequency: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """Yes, so finely. What is shown is made from nothing finer than `ceiling`."""

    item: Item
    granularity: Granularity
    ceiling: Granularity


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and the first row that says so."""

    reason: Reason


def permit(ask: Ask, facts: Facts, now: Instant) -> Granted | Denied:
    """Decide (identity page §5.4). `ask.granularity` is one of the item's.

    Raises:
        ValueError: `ask.granularity` is not a granularity of the item.
    """
    refused = standing(facts, now)
    if refused is not None:
        return Denied(refused)
    contracted = _contracted(ask, facts)
    if contracted is None:
        return Denied(Reason.NOT_IN_CONTRACT)
    agreed = _agreed(ask, facts)
    if not _is_covered(ask.item, facts.token) or agreed is None:
        return Denied(Reason.NOT_GRANTED)
    ceiling = coarser_of(contracted, agreed, ask.item)
    asked = ask.granularity or ceiling
    if not is_no_finer(asked, ceiling, ask.item):
        return Denied(Reason.FINER_THAN_GRANTED)
    if not _is_source_available(ask, facts):
        return Denied(Reason.SOURCE_UNAVAILABLE)
    if facts.is_over_frequency:
        return Denied(Reason.TOO_FREQUENT)
    if not _is_present(ask, facts):
        return Denied(Reason.NO_VALUE)
    return Granted(ask.item, asked, ceiling)


def standing(facts: Facts, now: Instant) -> Reason | None:
    """Rows 1 to 4, which are the same for every item; None where all hold.

    Refresh and introspection ask it as well: whatever ends reading ends a token.
    """
    token = facts.token
    live = is_token_live(token, facts.grant, facts.company, facts.account, now)
    if not live or token.audience != facts.audience:
        return Reason.TOKEN
    if not _is_member(facts, now):
        return Reason.MEMBER
    account = facts.account
    if account is None or account.state is not AccountState.OPEN or is_minor_locked(account, now):
        return Reason.SUBJECT
    if not _is_consented(facts, now):
        return Reason.CONSENT
    return None


def carried(facts: Facts) -> frozenset[Item]:
    """What of a person's token the contract and the consent still say yes to (rows 5 to 7).

    A token keeps the scopes that it was issued with; whoever relies on them without asking item by
    item, as resource servers elsewhere do, has to be told of those alone that still count.
    """
    purpose = "" if facts.consent is None else facts.consent.purpose_id
    return frozenset(
        item
        for item in Item
        if _is_covered(item, facts.token)
        and _contracted(Ask(item, purpose), facts) is not None
        and _agreed(Ask(item, purpose), facts) is not None
    )


def is_token_live(
    token: AccessToken,
    grant: Grant | None,
    company: Company | None,
    account: Account | None,
    now: Instant,
) -> bool:
    """Whether a token has not expired and nothing has killed it (identity page §3.3).

    A token of a person's decision needs its grant and the account; a company's own has neither.
    """
    if token.revoked or now >= token.expires_at:
        return False
    if company is None or company.epoch != token.company_epoch or company.id != token.company_id:
        return False
    if not token.grant_id:
        return not token.account_id
    return _is_family_live(token, grant, now) and _is_of_account(token, account)


def is_minor_locked(account: Account, now: Instant) -> bool:
    """Whether the person may still be too young to consent: such an account grants nothing."""
    return account.minor_until is not None and year_in_japan(now) <= account.minor_until


def _is_family_live(token: AccessToken, grant: Grant | None, now: Instant) -> bool:
    return (
        grant is not None
        and grant.id == token.grant_id
        and grant.client_id == token.client_id
        and grant.account_id == token.account_id
        and not grant.is_revoked(now)
        and now < grant.expires_at
    )


def _is_of_account(token: AccessToken, account: Account | None) -> bool:
    return (
        account is not None
        and account.id == token.account_id
        and account.epoch == token.account_epoch
    )


def _is_member(facts: Facts, now: Instant) -> bool:
    """Row 2: the company is a member in good standing, its service and its contract run."""
    company, client, contract = facts.company, facts.client, facts.contract
    if company is None or company.state is not CompanyState.ACTIVE:
        return False
    if client is None or client.ended_at is not None or client.id != facts.token.client_id:
        return False
    return (
        contract is not None
        and contract.client_id == client.id
        and contract.company_id == company.id
        and contract.is_in_force(now)
    )


def _is_consented(facts: Facts, now: Instant) -> bool:
    """Row 4: the consent lives, and a person's token is one of this very consent.

    After a withdrawal and a new consent the tokens of before stay dead.
    """
    consent, grant = facts.consent, facts.grant
    if consent is None or not consent.is_live(now):
        return False
    return grant is None or grant.consent_id == consent.id


def _contracted(ask: Ask, facts: Facts) -> Granularity | None:
    """Row 5: how finely the contract lets the item be asked for; the ID belongs to every one."""
    contract = facts.contract
    if contract is None or contract.purpose.id != ask.purpose:
        return None
    if ask.item is Item.OPENID:
        return _SUB
    found = contract.item(ask.item)
    return None if found is None else found.granularity


def _is_covered(item: Item, token: AccessToken) -> bool:
    """Row 6. A company's own token has one scope for all that was consented to."""
    return (OWN_ATTRIBUTES if not token.grant_id else item) in token.scopes


def _agreed(ask: Ask, facts: Facts) -> Granularity | None:
    """Row 7: how finely the person agreed; the ID belongs to every consent."""
    consent = facts.consent
    if consent is None or consent.purpose_id != ask.purpose:
        return None
    if ask.item is Item.OPENID:
        return _SUB
    found = consent.item(ask.item)
    return None if found is None else found.granularity


def _is_source_available(ask: Ask, facts: Facts) -> bool:
    """Row 9: the source is a member, covered by the contract, and the person agreed to it."""
    if ask.item is not Item.MEMBER_DATA:
        return True
    contract, consent = facts.contract, facts.consent
    return (
        contract is not None
        and consent is not None
        and ask.source in facts.active_sources
        and ask.source in contract.sources
        and ask.source in consent.sources
    )


def _is_present(ask: Ask, facts: Facts) -> bool:
    """Row 11. Everybody has an ID."""
    if ask.item is Item.MEMBER_DATA:
        return ask.source in facts.present_sources
    return ask.item is Item.OPENID or ask.item in facts.present
