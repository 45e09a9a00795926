"""Mail that goes out after the answer, so that no answer's time tells whether there was mail.

What waits lives in memory alone: a link that is lost with the process is asked for again, and no
address is ever written down for the sake of a queue.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from kernel.errors import UnavailableError
from oauth.accounts.letters import Letter
from oauth.ports import Mailer
from serving.failures import describe

Errand: TypeAlias = Callable[[], Awaitable[None]]

_log = structlog.get_logger("odori.mail")
_WAITING: Final = 256
_HANDS: Final = 4


class Post:
    """A bounded queue of errands, and the hands that run them: `run` belongs to a Supervisor."""

    def __init__(
        self, mailer: Mailer, *, pauses_s: tuple[float, ...] = (1.0, 5.0), waiting: int = _WAITING
    ) -> None:
        self._mailer = mailer
        self._pauses_s = pauses_s
        self._errands: asyncio.Queue[Errand] = asyncio.Queue(waiting)

    def put(self, errand: Errand) -> None:
        """Have something done after the answer.

        Raises:
            UnavailableError: too much waits.
        """
        try:
            self._errands.put_nowait(errand)
        except asyncio.QueueFull:
            raise _full() from None

    def send(self, to: str, letter: Letter) -> None:
        """Have a letter sent after the answer; as `put`."""
        self.put(lambda: self.deliver(to, letter))

    def tell(self, to: str, letter: Letter) -> None:
        """Have a letter sent that says what was done; where too much waits, it is given up.

        What was done stays done: the person is not told of a failure that was none.
        """
        try:
            self.send(to, letter)
        except UnavailableError as error:
            _log.error("mail is given up", **describe(error))

    def check_room(self) -> None:
        """Before something is done that mail has to follow.

        Raises:
            UnavailableError: too much waits.
        """
        if self._errands.full():
            raise _full()

    async def deliver(self, to: str, letter: Letter) -> None:
        """Send a letter now, again after each pause while the mail server is away.

        Raises:
            UnavailableError: it was away each time.
        """
        for pause_s in self._pauses_s:
            try:
                await self._mailer.send(to, letter.subject, letter.text, letter.language)
            except UnavailableError:
                await asyncio.sleep(pause_s)
            else:
                return
        await self._mailer.send(to, letter.subject, letter.text, letter.language)

    async def run(self) -> None:
        """Run errands for ever, a few at a time."""
        async with asyncio.TaskGroup() as hands:
            for _ in range(_HANDS):
                hands.create_task(self._work())

    async def flush(self) -> None:
        """Run what waits now; for the end of a process, and for tests."""
        while not self._errands.empty():
            await self._one(self._errands.get_nowait())

    async def _work(self) -> None:
        while True:
            await self._one(await self._errands.get())

    async def _one(self, errand: Errand) -> None:
        try:
            await errand()
        except Exception as error:  # noqa: BLE001 — one errand's failure must not stop the others
            _log.error("mail is given up", **describe(error))


def _full() -> UnavailableError:
    return UnavailableError("Too much mail is waiting; try again")
