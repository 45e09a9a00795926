"""What OAuth hands out: codes, refresh tokens and access tokens, all as digests.

A grant is a token family: what hangs on one decision of one person. Its document says everything
that redeeming and rotating compare and swap.
"""

import msgspec

from kernel.times import Instant


class Code(msgspec.Struct, frozen=True):
    """An authorization code (RFC 6749 §4.1.2, RFC 7636): one use, 60 s at most.

    Attributes:
        answering_until: so long, at most, its one redemption may be on its way to an answer.
    """

    digest: str
    redirect_uri: str
    challenge: str
    expires_at: Instant
    nonce: str = ""
    used: bool = False
    answering_until: Instant = Instant(0)


class Grant(msgspec.Struct, frozen=True):
    """A token family.

    Attributes:
        consent_id, consent_version: what it was made under.
        company_epoch, account_epoch: as they were; higher ones kill the family.
        refresh_digest: of the one refresh token that is good; empty before the code is redeemed.
        spent: digests of the refresh tokens before it: whoever shows one ends the family.
        idle_until, expires_at: of the refresh token, absolute end.
        revoked_at: the family's end. It lies ahead for a moment where a code is shown again while
            its one redemption is still being answered.
    """

    id: str
    client_id: str
    company_id: str
    account_id: str
    consent_id: str
    consent_version: int
    scopes: frozenset[str]
    company_epoch: int
    account_epoch: int
    authenticated_at: Instant
    created_at: Instant
    expires_at: Instant
    code: Code | None = None
    refresh_digest: str = ""
    spent: tuple[str, ...] = ()
    idle_until: Instant = Instant(0)
    revoked_at: Instant | None = None

    def is_revoked(self, now: Instant) -> bool:
        """Whether the family has ended."""
        return self.revoked_at is not None and now >= self.revoked_at


class AccessToken(msgspec.Struct, frozen=True):
    """An opaque access token (RFC 6749 §1.4) of a company.

    Attributes:
        grant_id: the family; empty for a company's own token (client_credentials).
        account_id: the person; empty for a company's own token.
        audience: who accepts it: the issuer.
    """

    digest: str
    client_id: str
    company_id: str
    scopes: frozenset[str]
    company_epoch: int
    issued_at: Instant
    expires_at: Instant
    audience: str
    grant_id: str = ""
    account_id: str = ""
    account_epoch: int = 0
    revoked: bool = False


class PairwiseSubject(msgspec.Struct, frozen=True):
    """The ID of one person at one sector (OpenID Connect Core §8.1). The table is the truth."""

    sub: str
    sector: str
    account_id: str


class SigningKey(msgspec.Struct, frozen=True):
    """A key of the ID tokens. Its private half is sealed under the platform's key.

    Attributes:
        public_jwk: JSON of the public members alone.
        active_from: signs from then on; it is published before.
        retires_at: published no longer after this.
    """

    kid: str
    public_jwk: str
    sealed_private: bytes
    nonce: bytes
    created_at: Instant
    active_from: Instant
    retires_at: Instant


class SecurityEvent(msgspec.Struct, frozen=True):
    """Something that an operator should look at: ids and a kind, never a secret or a value."""

    id: str
    at: Instant
    kind: str
    client_id: str = ""
    grant_id: str = ""
