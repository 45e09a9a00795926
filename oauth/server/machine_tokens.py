"""Tokens of machines: client_credentials towards the broker (ADR 0106).

They live in the access database, where every guard of an NGSI route looks, so that a process which
serves the broker needs no credentials for the vault. Beside them is one token for each client that
nobody can show: while it is there, the client stands, and with it what it subscribed to (ADR 0085).
"""

from typing import Final

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.permission import Scope
from kernel.times import SECOND_US, Instant
from oauth.model.companies import Client
from oauth.model.token import Secret, Token, fresh_holder
from oauth.ports import TokenStore
from oauth.sealing.secrets import digest_of, fresh_secret
from oauth.server.protocol.scopes import own_scopes
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
            holder=await self._holder(client),
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
        """End every token of a client, and its standing: its company is suspended, or it ended."""
        await self._store.remove(_standing_name(client_id))
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

    async def _holder(self, client: Client) -> str:
        """Who stands behind the client's tokens; somebody new if it was shut out in between."""
        name = _standing_name(client.id)
        while True:
            standing = await self._store.by_name(name)
            if standing is not None:
                return standing.held_by
            await self._store.add(self._standing(client))

    def _standing(self, client: Client) -> Token:
        """All that the client may do, under a secret that is thrown away."""
        return Token(
            name=_standing_name(client.id),
            digest=Secret.generate(self._ids).digest,
            scopes=frozenset(Scope(one) for one in own_scopes(client, contract=None)),
            created_at=self._clock.now(),
            tenants=client.tenants,
            types=client.types,
            attributes=client.attributes,
            holder=fresh_holder(self._ids),
        )


def owner_of(token: Token) -> str:
    """The client that a token was issued to; empty for an operator's."""
    if not token.name.startswith(NAME_PREFIX):
        return ""
    return token.name.removeprefix(NAME_PREFIX).rpartition(":")[0]


def _standing_name(client_id: str) -> str:
    return f"{NAME_PREFIX}{client_id}"


def _prefix(client_id: str) -> str:
    return f"{NAME_PREFIX}{client_id}:"
