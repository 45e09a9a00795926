"""Hashing passwords: argon2id (RFC 9106), off the event loop, a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final, Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.errors import TooManyRequestsError
from kernel.ids import IdSource
from oauth.accounts import policy

ResultT = TypeVar("ResultT")

_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs: RFC 9106 §4's second recommendation, for 64 MiB of memory."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


class Passwords:
    """Hashes and compares. Leaving the context ends its threads.

    `workers` hash at once, so that memory is bounded by their number times the cost; at most
    `waiting` calls are in flight, and those above are refused instead of piling up.
    """

    def __init__(
        self, *, ids: IdSource, cost: Cost | None = None, workers: int = 2, waiting: int = 32
    ) -> None:
        paid = Cost() if cost is None else cost
        self._hasher = PasswordHasher(paid.passes, paid.memory_kib, paid.lanes)
        self._ids = ids
        self._room = BoundedSemaphore(waiting)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._nobodys = self._hashed("the password of nobody")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads; what is still waiting is cancelled."""
        self._threads.shutdown(cancel_futures=True)

    def check(self, text: object, *, local_part: str = "") -> None:
        """Let pass what is not among the first guesses; see `policy.check`.

        Raises:
            WeakPasswordError: with the rule that is broken.
        """
        policy.check(text, local_part=local_part)

    async def hash(self, text: str) -> str:
        """The password's hash in PHC form, under a new salt.

        Raises:
            TooManyRequestsError: too many are waiting.
        """
        return await self._in_thread(lambda: self._hashed(policy.normalised(text) or ""))

    async def matches(self, phc: str, text: object) -> bool:
        """Whether the text is the password of that hash.

        An empty `phc` stands for nobody's: the work and the answer are those of a wrong password.

        Raises:
            TooManyRequestsError: too many are waiting.
        """
        typed = policy.normalised(text)
        same = await self._in_thread(lambda: self._is_same(phc or self._nobodys, typed or ""))
        return same and bool(phc) and typed is not None

    def is_outdated(self, phc: str) -> bool:
        """Whether a hash costs something else than hashes cost now."""
        return self._hasher.check_needs_rehash(phc)

    def _hashed(self, text: str) -> str:
        return self._hasher.hash(_bytes(text), salt=self._ids.random_bytes(_SALT_BYTES))

    def _is_same(self, phc: str, text: str) -> bool:
        try:
            return self._hasher.verify(phc, _bytes(text))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        if not self._room.acquire(blocking=False):
            raise TooManyRequestsError("Too many people are signing in; try again")
        try:
            future = self._threads.submit(work)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _: "Future[ResultT]") -> None:
        """The place is free when the thread has done, not when somebody stopped waiting."""
        self._room.release()


def _bytes(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which no password has, is hashed like any other text."""
    return text.encode("utf-8", "surrogatepass")
