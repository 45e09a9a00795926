"""Tokens of machines: client_credentials towards the broker (ADR 0106).

They live in the access database, where every guard of an NGSI route looks, so that a process which
serves the broker needs no credentials for the vault.
"""

from typing import Final

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import Scope
from kernel.times import SECOND_US, Instant
from oauth.model.companies import Client
from oauth.model.token import Secret, Token
from oauth.ports import TokenStore
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.tokens import PREFIX

NAME_PREFIX: Final = "client:"
_SHORT_BYTES: Final = 6


class MachineTokens:
    """Issues them, and takes away those that have expired or whose client is shut out."""

    def __init__(self, *, store: TokenStore, clock: Clock, ids: IdSource, ttl_s: int) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._ttl_us = ttl_s * SECOND_US

    @property
    def ttl_us(self) -> int:
        """How long a token lives."""
        return self._ttl_us

    async def issue(self, client: Client, scopes: frozenset[str]) -> Secret:
        """A token with the client's part of the data; its name tells the client, in logs."""
        now = self._clock.now()
        secret = Secret(fresh_secret(self._ids, PREFIX))
        token = Token(
            name=f"{_prefix(client.id)}{self._ids.random_bytes(_SHORT_BYTES).hex()}",
            digest=secret.digest,
            scopes=frozenset(Scope(one) for one in scopes),
            created_at=now,
            tenants=client.tenants,
            types=client.types,
            attributes=client.attributes,
            expires_at=Instant(now + self._ttl_us),
        )
        await self._store.put(token)
        return secret

    async def find(self, text: str) -> Token | None:
        """A machine's token by its text, or None; also where it is an operator's."""
        token = await self._store.by_digest(digest_of(text))
        return token if token is not None and owner_of(token) else None

    async def revoke(self, token: Token) -> None:
        """End one token; guards that remember it do so for a second."""
        await self._store.remove(token.name)

    async def end(self, client_id: str) -> None:
        """End every token of a client: its company is suspended, or it ended."""
        for token in await self._store.all():
            if owner_of(token) == client_id:
                await self._store.remove(token.name)

    async def sweep(self) -> int:
        """Remove what has expired; how many tokens went."""
        now, swept = self._clock.now(), 0
        for token in await self._store.all():
            if token.name.startswith(NAME_PREFIX) and not token.is_live(now):
                swept += await self._store.remove(token.name)
        return swept


def owner_of(token: Token) -> str:
    """The client that a token was issued to; empty for an operator's."""
    if not token.name.startswith(NAME_PREFIX):
        return ""
    return token.name.removeprefix(NAME_PREFIX).rpartition(":")[0]


def _prefix(client_id: str) -> str:
    return f"{NAME_PREFIX}{client_id}:"
