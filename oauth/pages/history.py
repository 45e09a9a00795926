"""The newest records of provision, though the vault hands them out oldest first.

Identifiers begin with the time, so a look back begins close to the end and goes further only where
it has not found enough.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from kernel.clock import Clock
from kernel.times import DAY_US, Instant
from oauth.model.ids import lowest_ulid
from oauth.model.provisions import Outcome, Provision

_LOOK_BACK_DAYS: Final = (2, 30, 400)
_PAGE: Final = 200


class Provisions(Protocol):
    """Records about a person; `oauth.release` keeps them."""

    async def provisions_of(
        self, account_id: str, client_id: str | None = None, *, after: str = "", limit: int = 100
    ) -> Sequence[Provision]:
        """To one service or to all, in order of id: oldest first."""


class History:
    """Reads backwards."""

    def __init__(self, *, provisions: Provisions, clock: Clock) -> None:
        self._provisions = provisions
        self._clock = clock

    async def newest(
        self, account_id: str, client_id: str | None, count: int, *, before: str = ""
    ) -> Sequence[Provision]:
        """At most `count` of those before the id `before`, newest first.

        Only what left is shown: an aborted record is of an answer that was not given.
        """
        for days in _LOOK_BACK_DAYS:
            start = lowest_ulid(Instant(max(self._clock.now() - days * DAY_US, 0)))
            if not before or start < before:
                found = await self._since(start, account_id, client_id, count, before)
                if len(found) == count:
                    return found
        return await self._since("", account_id, client_id, count, before)

    async def _since(
        self, start: str, account_id: str, client_id: str | None, count: int, before: str
    ) -> Sequence[Provision]:
        last: deque[Provision] = deque(maxlen=count)
        after = start
        while page := await self._provisions.provisions_of(
            account_id, client_id, after=after, limit=_PAGE
        ):
            last.extend(
                one
                for one in page
                if one.outcome is Outcome.COMMITTED and (not before or one.id < before)
            )
            after = page[-1].id
            if before and after >= before:
                break
        return [*reversed(last)]
