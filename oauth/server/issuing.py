"""Access tokens as they are made: stored as digests, answered with once."""

from typing import Any, Final

import msgspec

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.times import SECOND_US, Instant
from oauth.model.companies import Client, Company
from oauth.model.grants import AccessToken, Grant
from oauth.model.kinds import ACCESS_TOKENS
from oauth.ports import Shelves
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.protocol.scopes import render
from oauth.server.tokens import PREFIX

TOKEN_TYPE: Final = "Bearer"  # noqa: S105 — a word of RFC 6750


class Issued(msgspec.Struct, frozen=True):
    """A token with its text, on the way into one answer."""

    token: AccessToken
    text: str

    def __repr__(self) -> str:
        return f"Issued({self.token.client_id!r})"


class Issuer:
    """Makes access tokens. One of a family does not outlive what the family rests on."""

    def __init__(
        self, *, vault: Shelves, issuer: str, clock: Clock, ids: IdSource, ttl_s: int
    ) -> None:
        self._shelf = vault.shelf(ACCESS_TOKENS)
        self._issuer = issuer
        self._clock = clock
        self._ids = ids
        self._ttl_us = ttl_s * SECOND_US

    @property
    def ttl_us(self) -> int:
        """How long a token lives at most."""
        return self._ttl_us

    def of_family(self, grant: Grant, scopes: frozenset[str]) -> Issued:
        """A token for the person's decision; not stored yet."""
        now = self._clock.now()
        text = fresh_secret(self._ids, PREFIX)
        token = AccessToken(
            digest=digest_of(text),
            client_id=grant.client_id,
            company_id=grant.company_id,
            scopes=scopes,
            company_epoch=grant.company_epoch,
            issued_at=now,
            expires_at=min(Instant(now + self._ttl_us), grant.expires_at),
            audience=self._issuer,
            grant_id=grant.id,
            account_id=grant.account_id,
            account_epoch=grant.account_epoch,
        )
        return Issued(token, text)

    def own(self, client: Client, company: Company, scopes: frozenset[str]) -> Issued:
        """A token for the service itself; not stored yet."""
        now = self._clock.now()
        text = fresh_secret(self._ids, PREFIX)
        token = AccessToken(
            digest=digest_of(text),
            client_id=client.id,
            company_id=company.id,
            scopes=scopes,
            company_epoch=company.epoch,
            issued_at=now,
            expires_at=Instant(now + self._ttl_us),
            audience=self._issuer,
        )
        return Issued(token, text)

    async def store(self, issued: Issued) -> None:
        """From now on it can be used.

        Raises:
            RuntimeError: the same 256 bits came up twice: the source of chance is broken.
        """
        if not await self._shelf.add(issued.token):
            raise RuntimeError("A token exists already")


def answer(text: str, scopes: frozenset[str], *, lives_us: int) -> dict[str, Any]:
    """The members that every token answer has (RFC 6749 §5.1)."""
    return {
        "access_token": text,
        "token_type": TOKEN_TYPE,
        "expires_in": lives_us // SECOND_US,
        "scope": render(scopes),
    }


def answer_of(issued: Issued) -> dict[str, Any]:
    """The same of a token of the vault."""
    token = issued.token
    lives_us = token.expires_at - token.issued_at
    return answer(issued.text, token.scopes, lives_us=lives_us)
