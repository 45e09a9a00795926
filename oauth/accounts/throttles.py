"""Counts failures by keyed digest, and makes whoever fails wait.

Names that nobody has are counted like those that somebody has: waiting tells nothing.
"""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from kernel.clock import Clock
from kernel.errors import TooManyRequestsError
from oauth.accounts.backoff import Backoff, one_more
from oauth.accounts.changes import change_or_add
from oauth.model.kinds import THROTTLES
from oauth.model.people import Throttle
from oauth.ports import Shelf, Shelves
from oauth.sealing.master import THROTTLE, MasterKey


class Throttled(StrEnum):
    """What is counted; each has counts of its own."""

    SIGN_IN = "sign-in"  # of a login name
    NETWORK = "network"  # failures that come from a network address
    PASSWORD_AGAIN = "password-again"  # noqa: S105 — of an account that is signed in
    MAIL_TO = "mail-to"  # mail asked for to a login name
    MAIL_FROM = "mail-from"  # mail asked for from a network address


BACKOFFS: Final[Mapping[Throttled, Backoff]] = {
    Throttled.SIGN_IN: Backoff(),
    Throttled.NETWORK: Backoff(),
    Throttled.PASSWORD_AGAIN: Backoff(),
    Throttled.MAIL_TO: Backoff(first_s=60),
    Throttled.MAIL_FROM: Backoff(free=30, first_s=10),
}
"""A booth where citizens register, or an office, has one address: mail from there has more room."""


class Throttles:
    """One document for each name that failed; the names themselves are not stored."""

    def __init__(self, vault: Shelves, *, master: MasterKey, clock: Clock) -> None:
        self._shelf: Shelf[Throttle] = vault.shelf(THROTTLES)
        self._key = master.derive(THROTTLE)
        self._clock = clock

    async def look(self, what: Throttled, name: str) -> None:
        """Let pass who need not wait. An empty name passes.

        Raises:
            TooManyRequestsError: wait `retry_after_s`.
        """
        if name:
            kept = await self._shelf.get(self._digest(what, name))
            self._check(what, None if kept is None else kept.value)

    async def attempt(self, what: Throttled, name: str) -> None:
        """Let pass and count a failure beforehand, in one step.

        Of a hundred attempts at once no more pass than of a hundred in a row. `forget` follows a
        success.

        Raises:
            TooManyRequestsError: wait `retry_after_s`; nothing was counted.
        """
        if not name:
            return
        digest = self._digest(what, name)

        def counted(before: Throttle | None) -> Throttle:
            self._check(what, before)
            return one_more(digest, before, self._clock.now())

        await change_or_add(self._shelf, digest, counted)

    async def failed(self, what: Throttled, name: str) -> None:
        """Count a failure, whether or not its name should have waited."""
        if name:
            digest, now = self._digest(what, name), self._clock.now()
            await change_or_add(self._shelf, digest, lambda before: one_more(digest, before, now))

    async def forget(self, what: Throttled, name: str) -> None:
        """Forget the failures of a name."""
        await self._shelf.remove(self._digest(what, name))

    def _check(self, what: Throttled, failed: Throttle | None) -> None:
        wait_s = BACKOFFS[what].wait_s(failed, self._clock.now())
        if wait_s:
            raise TooManyRequestsError("Too many attempts; wait a while", retry_after_s=wait_s)

    def _digest(self, what: Throttled, name: str) -> str:
        text = f"{what}\x1f{name}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256").hex()
