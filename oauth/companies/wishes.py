"""What an operator asks for: bodies of the API and forms of the pages, as values.

On the wire the names are in camelCase, and a member that is not known is refused.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from oauth.model.companies import ClientKind
from oauth.model.items import Granularity, Item
from oauth.model.terms import TermsKind
from oauth.model.texts import Bilingual

Line: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500)]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100_000)]
MaybeLine: TypeAlias = Annotated[str, Meta(max_length=500)]
Picture: TypeAlias = Annotated[str, Meta(max_length=65_536)]
"""A `data:` URL."""
Slug: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$(?!\n)")]
Day: TypeAlias = Annotated[str, Meta(max_length=40)]
"""An ISO 8601 date or date-time. A date alone begins at midnight in Japan."""
Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Duration: TypeAlias = Annotated[str, Meta(pattern=r"^P(?=[0-9])([0-9]{1,3}[YMWD])+$(?!\n)")]
"""An ISO 8601 duration in years, months, weeks, days: `P6M`."""


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The root of all of them."""


class Lines(Wish, frozen=True, kw_only=True):
    """A short text in both languages; neither is empty."""

    ja: Line
    en: Line

    @property
    def bilingual(self) -> Bilingual:
        """As it is kept."""
        return Bilingual(self.ja, self.en)


class Texts(Wish, frozen=True, kw_only=True):
    """A long text in both languages; neither is empty."""

    ja: Text
    en: Text

    @property
    def bilingual(self) -> Bilingual:
        """As it is kept."""
        return Bilingual(self.ja, self.en)


class CompanyWish(Wish, frozen=True, kw_only=True):
    """A member company; address and representative stand in every provision record (APPI 29)."""

    name: Lines
    address: Line
    representative: Line
    contact: Line
    corporate_number: Annotated[str, Meta(pattern=r"^([0-9]{13})?$(?!\n)")] = ""


class TermsName(Wish, frozen=True, kw_only=True):
    """One version of one text."""

    id: Line
    version: Line


class ClientWish(Wish, frozen=True, kw_only=True):
    """A service of a company, a resource server or a machine; see `Client`."""

    name: Lines
    kind: ClientKind = ClientKind.SERVICE
    redirect_uris: tuple[Line, ...] = ()
    form_origins: tuple[Line, ...] = ()
    grant_types: frozenset[str] | None = None
    scopes: frozenset[str] = frozenset()
    tenants: frozenset[str] | None = None
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    contact: MaybeLine = ""
    logo: Picture = ""
    site: MaybeLine = ""
    terms_url: MaybeLine = ""
    terms: TermsName | None = None


class ItemWish(Wish, frozen=True, kw_only=True):
    """One item of a contract."""

    item: Item
    granularity: Granularity
    required: bool = False


class PurposeWish(Wish, frozen=True, kw_only=True):
    """Why, how good for the citizen, and how long the company keeps what it fetched."""

    id: Slug
    text: Lines
    benefit: Lines
    retention: Duration
    category: Line = "dpv:ServiceProvision"


class ContractWish(Wish, frozen=True, kw_only=True):
    """A data-use contract; see `Contract`.

    `audit_notice_days` are the ○○営業日 of seed 004: business days, and no default fills them in.
    """

    purpose: PurposeWish
    items: Annotated[tuple[ItemWish, ...], Meta(min_length=1, max_length=50)]
    valid_from: Day
    valid_until: Day
    document_sha256: Sha256
    audit_notice_days: Annotated[int, Meta(ge=1, le=365)]
    signed_on: Day | None = None
    validity_months: Annotated[int, Meta(ge=1)] = 12
    mode: Annotated[str, Meta(pattern=r"^(VIEW|STORE|QUERY|STREAM)$")] = "VIEW"
    frequency: MaybeLine = ""
    reads_per_day: Annotated[int, Meta(ge=0, le=100_000)] = 0
    sources: tuple[Line, ...] = ()
    records: bool = False


class TermsWish(Wish, frozen=True, kw_only=True):
    """One version of a text, in both languages.

    Attributes:
        owner: `association`, or the id of a company for its service's terms.
        clauses: which of the clauses of seed 004 the operator found in the text.
        clients: services that are bound to this version at once.
    """

    owner: Line
    kind: TermsKind
    version: Slug
    title: Lines
    text: Texts
    effective_from: Day
    clauses: frozenset[str] = frozenset()
    clients: tuple[Line, ...] = ()


class Redirects(Wish, frozen=True, kw_only=True):
    """Where a service is answered from now on."""

    redirect_uris: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=20)]
