"""Terms in versions, by hash."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from kernel.times import Instant
from oauth.model.people import TermsRef
from oauth.model.texts import Bilingual

ASSOCIATION = "association"
"""The owner of the terms that everybody accepts."""


class TermsKind(StrEnum):
    """The association's terms for an ID and for providing data; a company's for its service."""

    ID = "id"
    OAUTH = "oauth"
    SERVICE = "service"


class Clause(StrEnum):
    """The clauses that seed 004 demands (データ取得及び提供に関する規約例), by their meaning."""

    ID_TO_MEMBERS = "id-to-members"  # ID and registered data are provided to member companies
    DATA_FROM_MEMBERS = "data-from-members"  # members' services hand on what they collect
    DATA_TO_ASSOCIATION = "data-to-association"  # the service provides data to the association
    WITHOUT_IDENTIFIERS = "without-identifiers"  # and does so without direct identifiers


MANDATORY: Final[Mapping[TermsKind, frozenset[str]]] = {
    TermsKind.ID: frozenset({Clause.ID_TO_MEMBERS, Clause.DATA_FROM_MEMBERS}),
    TermsKind.OAUTH: frozenset(),
    TermsKind.SERVICE: frozenset({Clause.DATA_TO_ASSOCIATION, Clause.WITHOUT_IDENTIFIERS}),
}
"""What terms of a kind contain before anybody can be asked to accept them."""


class TermsDocument(msgspec.Struct, frozen=True):
    """One version of one text; never changed, only followed by another.

    Attributes:
        id: the same for all versions: `association:id`, `company:<id>:service`.
        mandatory: the ids of the mandatory clauses of seed 004 that the text contains.
    """

    id: str
    version: str
    kind: TermsKind
    owner: str
    title: Bilingual
    text: Bilingual
    effective_from: Instant
    mandatory: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Of both texts, in UTF-8, Japanese first, one NUL between."""
        return hashlib.sha256(f"{self.text.ja}\0{self.text.en}".encode()).hexdigest()

    @property
    def ref(self) -> TermsRef:
        """How others name this version."""
        return TermsRef(self.id, self.version, self.sha256)

    def is_complete(self) -> bool:
        """Whether it contains every clause that seed 004 demands of its kind."""
        return MANDATORY[self.kind] <= set(self.mandatory)
