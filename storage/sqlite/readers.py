"""Reading beside the writer: on the event loop for look-ups by key, in threads for the rest."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from kernel.errors import UnavailableError
from storage.errors import translating, unavailable

ResultT = TypeVar("ResultT")
P = ParamSpec("P")
_STEPS = 10_000
"""Steps of SQLite's machine, about a millisecond, between two looks at whether anybody waits."""


class Readers:
    """Connections that read. WAL lets them run beside the writer, each on the latest commit.

    Args:
        here: used on the event loop's thread alone.
        pool: one connection for each reading thread.
    """

    def __init__(self, here: apsw.Connection, pool: list[apsw.Connection]) -> None:
        self._here = here
        self._all = list(pool)
        self._free = list(pool)
        self._executor = ThreadPoolExecutor(len(pool), thread_name_prefix="odori-sqlite-reader")

    def here(
        self,
        read: Callable[Concatenate[apsw.Connection, P], ResultT],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> ResultT:
        """Read on this thread: for a few rows by key, where a thread hop costs more (ADR 0041).

        Raises:
            UnavailableError: the database failed.
        """
        try:
            return read(self._here, *args, **kwargs)
        except apsw.Error as error:
            raise unavailable(error) from None

    async def run(
        self,
        read: Callable[Concatenate[apsw.Connection, P], ResultT],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> ResultT:
        """Read in a thread, all statements of `read` on one snapshot.

        A caller that is cancelled stops its statement.

        Raises:
            UnavailableError: the database failed.
        """
        abandoned = threading.Event()

        def job() -> ResultT:
            connection = self._free.pop()
            # Asked while statements run: an interrupt would miss one that is about to begin.
            connection.set_progress_handler(abandoned.is_set, _STEPS)
            try:
                return _on_snapshot(connection, lambda: read(connection, *args, **kwargs))
            finally:
                connection.set_progress_handler(None)
                self._free.append(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, job)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    async def close(self) -> None:
        """End the threads and close the connections."""
        await asyncio.to_thread(self._executor.shutdown)
        for connection in (self._here, *self._all):
            connection.close()


def _on_snapshot(connection: apsw.Connection, read: Callable[[], ResultT]) -> ResultT:
    with translating(apsw.Error):
        connection.execute("BEGIN")
        try:
            return read()
        except apsw.InterruptError:
            raise UnavailableError("Nobody waits for this answer") from None
        finally:
            connection.execute("COMMIT")
