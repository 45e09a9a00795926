"""Records of provision to a third party (第三者提供記録, APPI 29, Rules 19 and 20)."""

from enum import StrEnum

import msgspec

from kernel.times import Instant
from oauth.model.items import Granularity, Item
from oauth.model.people import TermsRef
from oauth.model.texts import Bilingual


class Outcome(StrEnum):
    """An aborted record stands where something changed before the answer left."""

    COMMITTED = "committed"
    ABORTED = "aborted"


class Recipient(msgspec.Struct, frozen=True):
    """To whom: as the company stood when it received."""

    company_id: str
    name: Bilingual
    address: str
    representative: str


class ProvidedItem(msgspec.Struct, frozen=True):
    """What, and how finely. Never the value."""

    item: Item
    granularity: Granularity


class Provision(msgspec.Struct, frozen=True):
    """One answer that carried personal data out.

    Attributes:
        by: `attributes`, `userinfo`, `token`: the door.
        token_digest, request_id, answer_sha256: tie the record to one request and one body.
    """

    id: str
    at: Instant
    account_id: str
    client_id: str
    recipient: Recipient
    service: Bilingual
    consent_id: str
    consent_version: int
    contract_id: str
    contract_version: int
    purpose_id: str
    purpose: Bilingual
    terms: tuple[TermsRef, ...]
    items: tuple[ProvidedItem, ...]
    by: str
    token_digest: str
    request_id: str
    answer_sha256: str
    company_state: str
    outcome: Outcome = Outcome.COMMITTED
