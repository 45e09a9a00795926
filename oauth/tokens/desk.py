"""Where tokens are issued, listed and revoked."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from kernel.clock import Clock
from kernel.errors import NotFoundError
from kernel.ids import IdSource
from kernel.permission import Scope
from kernel.times import DAY_US, SECOND_US, Instant
from oauth.model.token import Secret, Token, fresh_holder
from oauth.ports import TokenStore

LONGEST_TTL_S: Final = 100 * 365 * DAY_US // SECOND_US
"""A life beyond what dates can say would be stored and never shown again."""


class TokenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for: see `Token`; `ttl_s` is its life in seconds, 0 for ever."""

    name: str
    scopes: frozenset[Scope]
    tenants: frozenset[str] | None = None
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    service_paths: frozenset[str] | None = None
    ttl_s: Annotated[int, Meta(ge=0, le=LONGEST_TTL_S)] = 0


class TokenDesk:
    """Issues tokens and takes them back."""

    def __init__(self, *, store: TokenStore, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def issue(self, wanted: TokenRequest) -> Secret:
        """A new token; the secret is returned this once.

        Raises:
            BadRequestError: no name, no scope, or a service path that is none.
        """
        secret = Secret.generate(self._ids)
        await self.adopt(wanted, secret)
        return secret

    async def adopt(self, wanted: TokenRequest, secret: Secret) -> None:
        """Store a token whose secret came from a setting.

        It takes the place of a living one of its name, with what that one's holder subscribed to.
        """
        before = await self._store.by_name(wanted.name)
        goes_on = before is not None and before.is_live(self._clock.now())
        holder = before.held_by if before is not None and goes_on else fresh_holder(self._ids)
        await self._store.put(self._token(wanted, secret, holder))

    async def all(self) -> Sequence[Token]:
        """Every token, in order of name."""
        return await self._store.all()

    async def revoke(self, name: str) -> None:
        """End a token.

        Raises:
            NotFoundError: there is none of that name.
        """
        if not await self._store.remove(name):
            raise NotFoundError("There is no token of this name")

    def _token(self, wanted: TokenRequest, secret: Secret, holder: str) -> Token:
        now = self._clock.now()
        return Token(
            name=wanted.name,
            digest=secret.digest,
            scopes=wanted.scopes,
            created_at=now,
            tenants=wanted.tenants,
            types=wanted.types,
            attributes=wanted.attributes,
            service_paths=wanted.service_paths,
            expires_at=Instant(now + wanted.ttl_s * SECOND_US) if wanted.ttl_s else None,
            holder=holder,
        )
