"""Browsers that are signed in: kept here by the digest of the cookie, ended here."""

from dataclasses import dataclass
from typing import Final

import msgspec

from kernel.clock import Clock
from kernel.ids import IdSource
from kernel.times import MINUTE_US, SECOND_US, Instant
from oauth.accounts.changes import change
from oauth.model.kinds import SESSIONS
from oauth.model.people import Account, Session
from oauth.paging import marked
from oauth.ports import Kept, Shelf, Shelves
from oauth.sealing.secrets import digest_of, fresh_secret

_TOUCHED_EVERY_US: Final = MINUTE_US


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a browser stays signed in: unused, and at all."""

    idle_s: int = 900
    longest_s: int = 43_200


class Sessions:
    """Opens, finds, touches and ends them."""

    def __init__(
        self, vault: Shelves, *, limits: SessionLimits, clock: Clock, ids: IdSource
    ) -> None:
        self._shelf: Shelf[Session] = vault.shelf(SESSIONS)
        self._limits = limits
        self._clock = clock
        self._ids = ids

    async def open(self, account: Account) -> str:
        """A new session; its secret, for the cookie, is returned this once."""
        secret, now = fresh_secret(self._ids), self._clock.now()
        await self._shelf.add(Session(digest_of(secret), account.id, account.epoch, now, now, now))
        return secret

    async def find(self, secret: str) -> Session | None:
        """The session of a cookie, if its time is not over. The account's epoch is not looked at.

        At most once a minute the session remembers that it was seen.
        """
        kept = await self._shelf.get(digest_of(secret)) if secret else None
        if kept is None or self._is_over(kept.value):
            return None
        await self._touch(kept)
        return kept.value

    async def authenticated(self, session: Session) -> bool:
        """Remember that the password was given again just now; False if the session is gone."""
        now = self._clock.now()

        def again(present: Session) -> Session:
            return msgspec.structs.replace(present, authenticated_at=now, seen_at=now)

        return await change(self._shelf, session.digest, again) is not None

    async def close(self, secret: str) -> None:
        """End one."""
        if secret:
            await self._shelf.remove(digest_of(secret))

    async def close_all(self, account_id: str) -> None:
        """Remove the rows of a person. What ends the sessions is the account's epoch."""
        async for kept in marked(self._shelf, SESSIONS, "account", account_id):
            await self._shelf.remove(kept.value.digest)

    async def live(self, account: Account) -> int:
        """How many browsers the person is signed in on."""
        found = marked(self._shelf, SESSIONS, "account", account.id)
        return sum(
            [
                one.value.epoch == account.epoch and not self._is_over(one.value)
                async for one in found
            ]
        )

    def _is_over(self, session: Session) -> bool:
        now = self._clock.now()
        idle = now >= session.seen_at + self._limits.idle_s * SECOND_US
        old = now >= session.created_at + self._limits.longest_s * SECOND_US
        return session.ended or idle or old

    async def _touch(self, kept: Kept[Session]) -> None:
        now = self._clock.now()
        if now - kept.value.seen_at >= min(_TOUCHED_EVERY_US, self._limits.idle_s * SECOND_US // 4):
            # Whoever was faster has touched it too, or has ended it: neither is to be undone.
            await self._shelf.swap(kept, msgspec.structs.replace(kept.value, seen_at=Instant(now)))
