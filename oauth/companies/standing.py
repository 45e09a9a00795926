"""What a client still lacks before a citizen can be sent to its consent page. Pure."""

from enum import StrEnum

from kernel.times import Instant
from oauth.model.companies import Client, ClientKind, Company, CompanyState, Contract


class Lack(StrEnum):
    """In the order in which an operator mends them."""

    COMPANY = "company-suspended"
    ENDED = "ended"
    TERMS = "terms"  # the service's terms with both clauses of seed 004
    CONTRACT = "contract"
    SIGNATURE = "signature"
    PERIOD = "period"  # the contract does not run yet, or no longer


def lacks(
    client: Client, company: Company, contract: Contract | None, now: Instant
) -> tuple[Lack, ...]:
    """Everything that is missing; empty for a client that works.

    Only services are bound by terms and contracts; other kinds serve nobody's consent.
    """
    found = []
    if company.state is not CompanyState.ACTIVE:
        found.append(Lack.COMPANY)
    if client.ended_at is not None:
        found.append(Lack.ENDED)
    if client.kind is ClientKind.SERVICE:
        if client.terms is None:
            found.append(Lack.TERMS)
        found.extend(_lacks_of(contract, now))
    return tuple(found)


def _lacks_of(contract: Contract | None, now: Instant) -> list[Lack]:
    if contract is None:
        return [Lack.CONTRACT]
    unsigned = [Lack.SIGNATURE] if contract.signed_on is None else []
    runs = contract.valid_from <= now < contract.valid_until
    return unsigned if runs else [*unsigned, Lack.PERIOD]
