"""Tells of each commit everybody in this process who wants to know: delivery and streams."""

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Final, Self

import structlog

from broker.model.changes import Change
from broker.model.notice import Notice
from broker.model.visibility import seen_change
from broker.ports import Announcer
from kernel.permission import Permission

_log = structlog.get_logger("odori.broker")
_MOST_WAITING: Final = 1_000


class ChangeReader:
    """An endless iterator over one tenant's changes, from the moment it was made.

    At most `capacity` changes wait for a slow reader; the oldest give way to new ones.

    Attributes:
        lost: how many gave way so far. A reader that must not miss anything looks here and reads
            the present state anew when it rises.
    """

    def __init__(self, capacity: int) -> None:
        self.lost = 0
        self._waiting: deque[Change] = deque(maxlen=capacity)
        self._bell = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._is_closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        while not self._waiting:
            if self._is_closed:
                raise StopAsyncIteration
            self._bell.clear()
            await self._bell.wait()
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """End the iteration once what waits is read."""
        self._is_closed = True
        self._bell.set()

    def put(self, changes: Sequence[Change]) -> None:
        """Add changes, from any thread."""
        if threading.get_ident() == self._thread:
            self._add(changes)
            return
        with contextlib.suppress(RuntimeError):  # the reader's loop is closed
            self._loop.call_soon_threadsafe(self._add, changes)

    def _add(self, changes: Sequence[Change]) -> None:
        room = (self._waiting.maxlen or 0) - len(self._waiting)
        over = len(changes) - room
        if over > 0:
            if not self.lost:
                _log.warning("a reader of changes is too slow")
            self.lost += over
        self._waiting.extend(changes)
        self._bell.set()


class SeenChanges:
    """A stream of changes as somebody with a permission may learn of them."""

    def __init__(self, stream: AsyncIterator[Change], permission: Permission) -> None:
        self._stream = stream
        self._permission = permission

    @property
    def lost(self) -> int:
        """How many changes gave way so far because the reader was slow, hidden ones included."""
        return self._stream.lost if isinstance(self._stream, ChangeReader) else 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        async for change in self._stream:
            if (seen := seen_change(change, self._permission)) is not None:
                return seen
        raise StopAsyncIteration


class Announcements:
    """`broker.ports.Announcer` and `ChangeFeed`.

    Made before the stores, which announce to it; listeners join once they exist. Whatever was
    committed before a listener joined it finds in the outbox.
    """

    def __init__(self, *, capacity: int = _MOST_WAITING) -> None:
        self._capacity = capacity
        self._listeners: tuple[Announcer, ...] = ()
        # Weak, so that a stream whose client went away needs nobody to sign it off.
        self._readers: dict[str, weakref.WeakSet[ChangeReader]] = {}
        self._lock = threading.Lock()

    def join(self, listener: Announcer) -> None:
        """Tell the listener of every commit from now on."""
        self._listeners = (*self._listeners, listener)

    def leave(self, listener: Announcer) -> None:
        """Tell the listener nothing any more."""
        self._listeners = tuple(one for one in self._listeners if one is not listener)

    def announce(self, tenant: str, notices: Sequence[Notice], changes: Sequence[Change]) -> None:
        """Hand the commit on; from any thread, at once, in commit order."""
        for listener in self._listeners:
            listener.announce(tenant, notices, changes)
        if changes and tenant in self._readers:
            with self._lock:
                readers = tuple(self._readers[tenant])
            for reader in readers:
                reader.put(changes)

    def changes(self, tenant: str) -> ChangeReader:
        """Every change from now on, the call itself being now."""
        reader = ChangeReader(self._capacity)
        with self._lock:
            self._readers.setdefault(tenant, weakref.WeakSet()).add(reader)
        return reader
