"""Group commit: one thread writes, and one commit makes all waiting writes durable.

While a commit runs, writes queue up; the next transaction takes all of them. Each sees what those
before it in the transaction did, and all callers are answered after the commit, with one wake-up of
the event loop (ADR 0041).
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeAlias, TypeVar

import apsw
import msgspec

from kernel.errors import UnavailableError
from storage.errors import unavailable
from storage.sqlite.admission import Admission

ResultT = TypeVar("ResultT")
RequestT = TypeVar("RequestT")


class Done(msgspec.Struct, Generic[ResultT], frozen=True):
    """What a piece of work did: its result, and what to tell on the event loop after the commit."""

    result: ResultT
    announce: Callable[[], None] | None = None


Work: TypeAlias = Callable[[apsw.Connection], Done[ResultT]]
"""Runs in the writer's thread inside a transaction. It may run again, after a roll-back."""

Together: TypeAlias = Callable[
    [apsw.Connection, Sequence[RequestT]], Sequence[Done[ResultT] | Exception]
]
"""Work that costs less for many callers at once: their requests → an answer for each, in order.

Each request sees what those before it do; one whose answer is an exception leaves nothing behind.
"""


class WriteLimits(msgspec.Struct, frozen=True):
    """How much may wait, and how much goes into one transaction.

    Attributes:
        pending: writes handed to the writer and not yet answered; more callers wait their turn.
        waiting: callers that wait; one more is refused.
        group_writes, group_rows: a transaction ends when it has this many writes or changed rows.
            What is done together is not larger than `group_writes`, unless one request is.
    """

    pending: int = 1_024
    waiting: int = 8_192
    group_writes: int = 512
    group_rows: int = 20_000


class _Item(msgspec.Struct, frozen=True):
    together: Together[Any, Any]
    request: Any
    size: int
    future: asyncio.Future[Any]


class _Answer(msgspec.Struct, frozen=True):
    future: asyncio.Future[Any]
    outcome: Done[Any] | Exception


class _VoidError(Exception):
    """A piece of work failed after it had written something, so the transaction cannot be kept."""


class Writer:
    """Owns the writing connection and its thread. Made and used on one event loop.

    Args:
        connection: used by the writer's thread alone until `stop` returns.
        limits: see `WriteLimits`.
        on_rollback: called in the writer's thread after a roll-back, to empty caches of numbers
            that the transaction gave out.
    """

    def __init__(
        self, connection: apsw.Connection, limits: WriteLimits, on_rollback: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._on_rollback = on_rollback
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._admission = Admission(limits.pending, limits.waiting)
        self._open = True
        self._loop = asyncio.get_running_loop()
        # A daemon, so that a process that fails to close still ends: SQLite survives that anyway.
        self._thread = threading.Thread(
            target=self._work_off, name="odori-sqlite-writer", daemon=True
        )
        self._thread.start()

    async def stop(self) -> None:
        """Refuse new work, commit what was handed over, end the thread."""
        self._open = False
        self._admission.close()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def run(self, work: Work[ResultT], *, internal: bool = False) -> ResultT:
        """Do the work in a transaction; returns after the commit is durable.

        `internal` work, which nobody outside can multiply, is neither slowed nor refused.

        Raises:
            TooManyRequestsError: too many callers wait already.
            UnavailableError: the database failed or is closed; nothing of this work is kept.
        """
        if internal:
            self._admission.enter_at_once()
        else:
            await self._admission.enter()
        return await self._hand_over(_one_by_one, work, 1)

    async def join(
        self, together: Together[RequestT, ResultT], request: RequestT, *, size: int
    ) -> ResultT:
        """Have the request done together with others of its kind, as `run` does work.

        `size` is 1 for what is as large as one write.

        Raises: as `run`.
        """
        await self._admission.enter()
        return await self._hand_over(together, request, size)

    def _hand_over(
        self, together: Together[RequestT, ResultT], request: RequestT, size: int
    ) -> asyncio.Future[ResultT]:
        if not self._open:
            raise UnavailableError("The database is closed")
        future: asyncio.Future[ResultT] = self._loop.create_future()
        self._queue.put(_Item(together, request, size, future))
        return future

    def _answer(self, answers: list[_Answer]) -> None:
        """On the event loop: announce and answer in commit order."""
        self._admission.leave(len(answers))
        for answer in answers:
            future, outcome = answer.future, answer.outcome
            if isinstance(outcome, Done) and outcome.announce is not None:
                outcome.announce()
            if future.done():  # the caller went away; the write stands
                continue
            if isinstance(outcome, Done):
                future.set_result(outcome.result)
            else:
                future.set_exception(outcome)

    # In the writer's thread ----------------------------------------------------------------------

    def _work_off(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            try:
                answers = self._in_one_commit(group)
            except (apsw.Error, _VoidError):
                self._roll_back()
                answers = [self._alone(item) for item in group]
            self._loop.call_soon_threadsafe(self._answer, answers)

    def _in_one_commit(self, group: list[_Item]) -> list[_Answer]:
        """Do the first item and all that wait behind it in one transaction; `group` takes them in.

        Raises:
            apsw.Error, _VoidError: nothing is committed.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        answers = [answer for run in self._runs(group) for answer in self._attempt(run)]
        self._connection.execute("COMMIT")
        return answers

    def _runs(self, group: list[_Item]) -> Iterator[list[_Item]]:
        """The items of the transaction by kind: while it has room, whatever arrived joins it."""
        last_row = self._connection.total_changes() + self._limits.group_rows
        following: _Item | None = group[0]
        while following is not None:
            run, following = self._run_from(following, group)
            yield run
            has_room = len(group) < self._limits.group_writes
            if following is None and has_room and self._connection.total_changes() <= last_row:
                following = self._arrived(group)

    def _run_from(self, first: _Item, group: list[_Item]) -> tuple[list[_Item], _Item | None]:
        """The first item and those behind it that are done together with it; the one after them."""
        run, size = [first], first.size
        while (item := self._arrived(group)) is not None:
            size += item.size
            if item.together != first.together or size > self._limits.group_writes:
                return run, item
            run.append(item)
        return run, None

    def _arrived(self, group: list[_Item]) -> _Item | None:
        """The next item that waits, taken into the group."""
        try:
            item = self._queue.get_nowait()
        except Empty:
            return None
        if item is None:  # `stop` comes last: let the outer loop see it again
            self._queue.put(None)
            return None
        group.append(item)
        return item

    def _attempt(self, run: list[_Item]) -> list[_Answer]:
        """Do what is done together."""
        try:
            outcomes = run[0].together(self._connection, [item.request for item in run])
        except (apsw.Error, _VoidError):
            raise
        except Exception as error:
            raise _VoidError from error
        return [_Answer(item.future, one) for item, one in zip(run, outcomes, strict=True)]

    def _alone(self, item: _Item) -> _Answer:
        """Do one item in a transaction of its own, so that it fails alone."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            [outcome] = item.together(self._connection, [item.request])
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._roll_back()
            return _Answer(item.future, unavailable(error))
        except Exception as error:  # noqa: BLE001 — handed to the caller
            self._roll_back()
            return _Answer(item.future, _cause(error))
        return _Answer(item.future, outcome)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            # If even this fails the next transaction fails to begin, and its callers hear of it.
            with suppress(apsw.Error):
                self._connection.execute("ROLLBACK")
        self._on_rollback()


def _one_by_one(
    connection: apsw.Connection, works: Sequence[Work[Any]]
) -> list[Done[Any] | Exception]:
    """Each work for itself. A failure that wrote nothing is its own; any other voids them all."""
    outcomes: list[Done[Any] | Exception] = []
    for work in works:
        rows = connection.total_changes()
        try:
            outcomes.append(work(connection))
        except apsw.Error:
            raise
        except Exception as error:
            if connection.total_changes() != rows:
                raise _VoidError from error
            outcomes.append(error)
    return outcomes


def _cause(error: Exception) -> Exception:
    """What the work itself raised."""
    cause = error.__cause__
    return cause if isinstance(error, _VoidError) and isinstance(cause, Exception) else error
