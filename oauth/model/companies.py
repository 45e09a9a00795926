"""Member companies, their services (OAuth clients) and the contracts that bound them."""

from enum import StrEnum
from typing import Final

import msgspec

from kernel.permission import Scope
from kernel.times import Instant
from oauth.model.items import Granularity, Item
from oauth.model.people import TermsRef
from oauth.model.texts import Bilingual


class CompanyState(StrEnum):
    """Set by an operator. Only an active member's tokens live."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Company(msgspec.Struct, frozen=True):
    """A member of the association.

    Attributes:
        epoch: counts up at each suspension: tokens of before never come back to life.
        representative: APPI 29, for provision records.
        changes: every change of state, oldest first.
    """

    id: str
    name: Bilingual
    address: str
    representative: str
    corporate_number: str
    contact: str
    created_at: Instant
    state: CompanyState = CompanyState.ACTIVE
    epoch: int = 0
    changes: tuple["StateChange", ...] = ()


class StateChange(msgspec.Struct, frozen=True):
    """Who changed what, when and why: an operator's label, never a citizen."""

    at: Instant
    state: CompanyState
    by: str
    reason: str


class ClientKind(StrEnum):
    """What a client is for."""

    SERVICE = "service"
    RESOURCE_SERVER = "resource-server"  # introspects
    MACHINE = "machine"  # a company's or device's back end: client_credentials towards the broker


MACHINE_SCOPES: Final = frozenset(Scope) - {Scope.OPERATOR, Scope.INGEST}
"""All that a machine may carry, whatever was registered.

It runs nothing of the city, and does not go past the de-identification.
"""


class Client(msgspec.Struct, frozen=True):
    """An OAuth client: one service of one company (RFC 6749 §2).

    Attributes:
        secret_digest: SHA-256 of the 256-bit secret.
        previous_digest: of the secret before it, which is good until `previous_until`.
        redirect_uris: exact; https, or http on a loopback literal in the demo.
        form_origins: further origins that the consent form's redirect may lead to.
        scopes: of a machine: what its tokens may carry; a service's scopes are its contract's.
    """

    id: str
    company_id: str
    kind: ClientKind
    name: Bilingual
    secret_digest: str
    created_at: Instant
    redirect_uris: tuple[str, ...] = ()
    form_origins: tuple[str, ...] = ()
    grant_types: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    scopes: frozenset[str] = frozenset()
    tenants: frozenset[str] | None = None
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    contact: str = ""
    logo: str = ""
    site: str = ""
    terms_url: str = ""
    terms: TermsRef | None = None
    contract_id: str = ""
    previous_digest: str = ""
    previous_until: Instant = Instant(0)
    ended_at: Instant | None = None


class Purpose(msgspec.Struct, frozen=True):
    """Why data is fetched, in one sentence each.

    Attributes:
        category: of the Data Privacy Vocabulary, such as `dpv:ServiceProvision`.
        retention: how long the company keeps what it fetched, an ISO 8601 duration.
    """

    id: str
    category: str
    text: Bilingual
    benefit: Bilingual
    retention: str


class ContractItem(msgspec.Struct, frozen=True):
    """One item of a contract: the finest granularity, and whether the service needs it."""

    item: Item
    granularity: Granularity
    required: bool = False


class Contract(msgspec.Struct, frozen=True):
    """The data-use contract of one client (seed 004: データ取引に関する契約書例).

    Attributes:
        items: what may be asked for at all; `openid` is always part of it.
        validity_months: how long a consent under it lasts, at most 12.
        signed_on, valid_from, valid_until: a contract that is not signed or not in force permits
            nothing.
        frequency: how often data is fetched, in words.
        reads_per_day: how many answers about one person the service gets in 24 hours; 0: any.
        sources: companies whose member data the contract covers.
        records: whether the company may push service data (`POST /v1/records`).
    """

    id: str
    client_id: str
    company_id: str
    version: int
    purpose: Purpose
    items: tuple[ContractItem, ...]
    signed_on: Instant | None
    valid_from: Instant
    valid_until: Instant
    document_sha256: str
    validity_months: int = 12
    mode: str = "VIEW"
    frequency: str = ""
    audit_notice_days: int = 0
    sources: tuple[str, ...] = ()
    records: bool = False
    reads_per_day: int = 0

    def item(self, item: Item) -> ContractItem | None:
        """The contract's word on one item."""
        return next((one for one in self.items if one.item is item), None)

    def is_in_force(self, now: Instant) -> bool:
        """Whether it is signed and its period runs."""
        return self.signed_on is not None and self.valid_from <= now < self.valid_until
