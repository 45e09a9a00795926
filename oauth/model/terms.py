"""Terms in versions, by hash."""

import hashlib
from enum import StrEnum

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
