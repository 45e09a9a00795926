"""A bounded queue in front of the writer: it slows callers down, and past a limit refuses them."""

import asyncio
from collections import deque

from kernel.errors import TooManyRequestsError, UnavailableError


class Admission:
    """Lets at most `inside` pieces of work in; `waiting` more callers wait in the order they came.

    Belongs to one event loop.
    """

    def __init__(self, inside: int, waiting: int) -> None:
        self._limit = inside
        self._longest = waiting
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Go inside, if need be after others left.

        Raises:
            TooManyRequestsError: too many wait already.
        """
        if self._waiting or self._inside >= self._limit:
            await self._turn()
        self._inside += 1

    def enter_at_once(self) -> None:
        """Go inside past everybody; for work that nobody outside can multiply."""
        self._inside += 1

    def leave(self, count: int) -> None:
        """`count` pieces of work are done: as many callers may come in."""
        self._inside -= count
        self._call_in()

    def close(self) -> None:
        """Send all who wait away."""
        for turn in self._waiting:
            if not turn.done():
                turn.set_exception(UnavailableError("The database is closed"))
        self._waiting.clear()

    async def _turn(self) -> None:
        if len(self._waiting) >= self._longest:
            raise TooManyRequestsError("Too many writes wait for the database")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # called in and cancelled at once: the next may come
                self._call_in()
            raise

    def _call_in(self) -> None:
        room = self._limit - self._inside
        while self._waiting and room > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                room -= 1
