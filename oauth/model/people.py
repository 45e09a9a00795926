"""A citizen: the account, the sealed values, and what proves who is at the browser."""

from enum import StrEnum

import msgspec

from kernel.times import Instant
from oauth.model.items import Item
from oauth.model.texts import Language


class AccountState(StrEnum):
    """Only an open account can do anything.

    One that opens has no login name yet, and goes again if its address turns out to be taken. An
    erased one keeps its row: provision records name it until their clock ends.
    """

    OPENING = "opening"
    OPEN = "open"
    ERASED = "erased"


class TermsRef(msgspec.Struct, frozen=True):
    """Which text was accepted: the hash says it beyond doubt."""

    id: str
    version: str
    sha256: str


class Account(msgspec.Struct, frozen=True):
    """A registered person.

    Attributes:
        id: ULID; never shown outside the vault.
        password: argon2id in PHC form; empty when erased.
        email_verified: whether the link that was sent to the present address was used.
        epoch: counts up when every session and token of the person dies at once.
        minor_until: the last calendar year in which the person may still be a minor; None for
            adults, so that an adult's birth year does not stand here.
        erased_at: when the erasure was finished; None while an erased account still has parts.
        terms: what was accepted at registration, both mandatory clauses included.
    """

    id: str
    created_at: Instant
    password: str
    language: Language
    terms: tuple[TermsRef, ...]
    state: AccountState = AccountState.OPEN
    email_verified: bool = False
    epoch: int = 0
    minor_until: int | None = None
    erased_at: Instant | None = None

    def __repr__(self) -> str:
        return f"Account({self.id})"


class LoginName(msgspec.Struct, frozen=True):
    """The e-mail address as a keyed digest: how an account is found, and that none is found twice.

    An account has two for the moment in which a verified address takes the place of the old one:
    whoever asks for an address does not hold it before the link that was mailed there is used.
    """

    digest: str
    account_id: str

    def __repr__(self) -> str:
        return f"LoginName(…, {self.account_id})"


class SealedValue(msgspec.Struct, frozen=True):
    """AES-256-GCM under the person's data key; associated data: `account_id ‖ 0x1F ‖ item`."""

    nonce: bytes
    text: bytes
    updated_at: Instant

    def __repr__(self) -> str:
        return "SealedValue(…)"


class Profile(msgspec.Struct, frozen=True):
    """What a person entered, each item sealed on its own."""

    account_id: str
    values: dict[Item, SealedValue]


class MemberRecord(msgspec.Struct, frozen=True):
    """What a company told about a person who consented to it: sealed like the person's own values.

    Attributes:
        about: keyed by the account, for finding; `company_id` is the source.
    """

    id: str
    account_id: str
    company_id: str
    client_id: str
    dataset: str
    received_at: Instant
    observed_at: Instant
    sealed: SealedValue


class WrappedKey(msgspec.Struct, frozen=True):
    """A person's data key, wrapped by the platform's. Lives in the key store, not in the vault."""

    account_id: str
    wrapped: bytes

    def __repr__(self) -> str:
        return f"WrappedKey({self.account_id}, …)"


class Session(msgspec.Struct, frozen=True):
    """A browser that is signed in.

    Attributes:
        digest: SHA-256 of the cookie's secret.
        epoch: the account's at sign-in; a higher one ends the session.
        authenticated_at: when the password was last given.
    """

    digest: str
    account_id: str
    epoch: int
    created_at: Instant
    authenticated_at: Instant
    seen_at: Instant
    ended: bool = False

    def __repr__(self) -> str:
        return f"Session(…, {self.account_id})"


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    VERIFY = "verify"
    RECOVER = "recover"
    CHANGE_EMAIL = "change-email"


class OneTimeLink(msgspec.Struct, frozen=True):
    """A link that was mailed; its secret is stored as SHA-256.

    Attributes:
        sealed_email: the address that the link was mailed to, sealed under the person's key:
            what it proves it proves of this address alone.
    """

    digest: str
    account_id: str
    purpose: LinkPurpose
    expires_at: Instant
    epoch: int
    sealed_email: SealedValue | None = None
    used: bool = False

    def __repr__(self) -> str:
        return f"OneTimeLink(…, {self.account_id}, {self.purpose})"


class Throttle(msgspec.Struct, frozen=True):
    """Failures of one login name, account or network address, by keyed digest."""

    digest: str
    failures: int
    last_at: Instant
