"""Whether a company may give records, and whether it may give one about this person. Pure."""

from dataclasses import dataclass

from kernel.times import Instant
from oauth.consent import Facts, Reason, standing
from oauth.model.companies import Client, Company, CompanyState, Contract
from oauth.model.consents import Dossier
from oauth.model.grants import AccessToken
from oauth.model.people import Account
from oauth.model.terms import TermsDocument, TermsKind

SCOPE = "records"


@dataclass(frozen=True, slots=True)
class Giver:
    """A company as it stands: what giving rests on besides the person.

    Attributes:
        terms: the service's own, as its people accept them.
    """

    company: Company | None = None
    client: Client | None = None
    contract: Contract | None = None
    terms: TermsDocument | None = None

    def is_in_standing(self, now: Instant) -> bool:
        """The company is a member, the service runs, its contract is in force."""
        company, client, contract = self.company, self.client, self.contract
        return (
            company is not None
            and client is not None
            and contract is not None
            and company.state is CompanyState.ACTIVE
            and client.ended_at is None
            and client.company_id == company.id
            and contract.client_id == client.id
            and contract.company_id == company.id
            and contract.is_in_force(now)
        )

    def may_give(self) -> bool:
        """The contract lets it, and the terms tell it: both clauses of seed 004 stand there."""
        contract, terms = self.contract, self.terms
        return (
            contract is not None
            and contract.records
            and terms is not None
            and terms.kind is TermsKind.SERVICE
            and terms.is_complete()
        )


def facts_of(
    token: AccessToken,
    audience: str,
    giver: Giver,
    account: Account | None = None,
    dossier: Dossier | None = None,
) -> Facts:
    """What the permit table's rows 1 to 4 look at; without a person, rows 1 and 2."""
    return Facts(
        token,
        audience,
        company=giver.company,
        client=giver.client,
        contract=giver.contract,
        account=account,
        consent=None if dossier is None else dossier.current,
    )


def is_turned_away(facts: Facts, now: Instant) -> bool:
    """Whether something stands against the company itself, whoever the person is."""
    return standing(facts, now) in {Reason.TOKEN, Reason.MEMBER}


def may_keep(giver: Giver, facts: Facts, now: Instant) -> bool:
    """Whether a record about this person is kept: all of rows 1 to 4, contract and terms."""
    return giver.may_give() and standing(facts, now) is None
