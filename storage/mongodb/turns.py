"""Writers of one process wait for one another in memory, before the database makes them."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager


class Turns:
    """One lock for each key in use."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._users: dict[Hashable, int] = {}

    @asynccontextmanager
    async def taken(self, keys: Iterable[tuple[str, ...]]) -> AsyncIterator[None]:
        """Hold all keys. Everybody takes them in the same order, so nobody waits in a circle."""
        async with AsyncExitStack() as held:
            for key in sorted(set(keys)):
                self._users[key] = self._users.get(key, 0) + 1
                held.callback(self._leave, key)
                await held.enter_async_context(self._locks.setdefault(key, asyncio.Lock()))
            yield

    def _leave(self, key: Hashable) -> None:
        self._users[key] -= 1
        if not self._users[key]:
            del self._users[key], self._locks[key]
