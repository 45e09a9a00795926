"""Browsers of operators. A session says which token it stands for; rights are read from the token.

Every request looks the token up again, so that revoking it ends all of its sessions at once.
"""

from typing import Final

import msgspec

from kernel.clock import Clock
from kernel.errors import UnauthenticatedError
from kernel.ids import IdSource
from kernel.permission import Scope
from kernel.times import HOUR_US, Instant
from oauth.model.kinds import STAFF_SESSIONS
from oauth.model.staff import StaffSession
from oauth.model.token import Token
from oauth.ports import Shelves, TokenStore
from oauth.sealing.secrets import digest_of, fresh_secret

LIFE_US: Final = 12 * HOUR_US
"""A working day. There is no shorter idle limit: a board on a wall asks for nothing for hours."""


class Operator(msgspec.Struct, frozen=True):
    """Who is at the browser: the holder of this token.

    Attributes:
        secret: of the cookie; proofs of forms are made from it.
    """

    token: Token
    secret: str

    @property
    def name(self) -> str:
        """The token's label, for the record of who did it."""
        return self.token.name

    def has(self, scope: Scope) -> bool:
        """Whether the token lets its holder do that."""
        return scope in self.token.scopes

    def __repr__(self) -> str:
        return f"Operator({self.name!r})"


class StaffSessions:
    """Signs operators in and out."""

    def __init__(self, *, vault: Shelves, tokens: TokenStore, clock: Clock, ids: IdSource) -> None:
        self._shelf = vault.shelf(STAFF_SESSIONS)
        self._tokens = tokens
        self._clock = clock
        self._ids = ids

    async def sign_in(self, token_text: str) -> str:
        """A new session; the cookie's secret, which exists nowhere else.

        Raises:
            UnauthenticatedError: no live token of an operator; the answer is the same for all.
        """
        token = await self._live(digest_of(token_text.strip()))
        if token is None:
            raise UnauthenticatedError("This is not a token of an operator")
        secret, now = fresh_secret(self._ids), self._clock.now()
        session = StaffSession(
            digest=digest_of(secret),
            token_name=token.name,
            token_digest=token.digest,
            created_at=now,
            expires_at=Instant(now + LIFE_US),
        )
        await self._shelf.add(session)
        return secret

    async def who(self, secret: str) -> Operator | None:
        """The holder of a cookie's secret, or None: unknown, expired, or its token is dead."""
        if not secret:
            return None
        kept = await self._shelf.get(digest_of(secret))
        if kept is None or self._clock.now() >= kept.value.expires_at:
            return None
        token = await self._live(kept.value.token_digest)
        if token is None or token.name != kept.value.token_name:
            return None
        return Operator(token, secret)

    async def sign_out(self, secret: str) -> None:
        """End a session, whether there was one or not."""
        await self._shelf.remove(digest_of(secret))

    async def _live(self, digest: str) -> Token | None:
        token = await self._tokens.by_digest(digest)
        if token is None or not token.is_live(self._clock.now()):
            return None
        return token if Scope.OPERATOR in token.scopes else None
