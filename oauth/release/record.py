"""The record of a provision (第三者提供記録; APPI 29, Rules 19 and 20). Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.times import Instant
from oauth.consent import Facts
from oauth.model.consents import Consent
from oauth.model.ids import named_ulid
from oauth.model.provisions import ProvidedItem, Provision, Recipient

TOKEN: Final = "token"  # noqa: S105 — the name of a door
"""The door that only the ID leaves by; the others are `attributes` and `userinfo`."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a record says of the request that it is about.

    Attributes:
        id: of the record.
        by: the door.
    """

    id: str
    by: str
    request_id: str
    at: Instant


def record_of(facts: Facts, items: Sequence[ProvidedItem], body: bytes, note: Note) -> Provision:
    """The record of one answer. The facts are those that permitted it, so none is missing.

    Raises:
        ValueError: a fact is missing: nothing can have been permitted.
    """
    account, company, client = facts.account, facts.company, facts.client
    consent, contract = facts.consent, facts.contract
    if not (account and company and client and consent and contract):
        raise ValueError("A record needs all facts of the decision")
    return Provision(
        id=note.id,
        at=note.at,
        account_id=account.id,
        client_id=client.id,
        recipient=Recipient(company.id, company.name, company.address, company.representative),
        service=client.name,
        consent_id=consent.id,
        consent_version=consent.version,
        contract_id=contract.id,
        contract_version=contract.version,
        purpose_id=contract.purpose.id,
        purpose=contract.purpose.text,
        terms=consent.shown.terms,
        items=tuple(items),
        by=note.by,
        token_digest=facts.token.digest,
        request_id=note.request_id,
        answer_sha256=hashlib.sha256(body).hexdigest(),
        company_state=company.state,
    )


def openid_record_id(consent: Consent) -> str:
    """One record of the ID for each version of a consent, however often codes are redeemed."""
    return named_ulid(consent.given_at, f"openid {consent.id} {consent.version}")
