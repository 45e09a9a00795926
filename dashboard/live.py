"""The live stream: what changed on a board, to everybody who looks at it (§4.4).

Panels are drawn once per view and change, however many look. Events carry whole parts, so that a
lost one costs nothing but the wait for the next; `resync` tells a client to fetch the page again.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec
import orjson
from markupsafe import Markup

from dashboard.gallery import Gallery, View
from dashboard.panels.boards import BOARDS, TOPICS
from kernel.clock import Clock

RETRY_MS = 3_000
HEARTBEAT_S = 15.0
_PAUSE_S = 0.5
"""At most two updates a second and topic."""
_COALESCE_S = 0.02
"""One message of a device writes several attributes; they go out together."""
_REFRESH_S = 5.0
"""States change by themselves: a gate that says nothing becomes an outage."""
_RING = 256
_QUEUE = 32


class Frame(msgspec.Struct, frozen=True):
    """One event on the wire, and whom it concerns."""

    number: int
    view: View
    topic: str
    wire: bytes


class Listener:
    """One client's bounded queue. An overflow empties it and leaves one `resync` in its place."""

    def __init__(self, view: View, topics: frozenset[str]) -> None:
        self.view = view
        self.topics = topics
        self._queue: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self._closed = False

    def concerns(self, view: View, topic: str) -> bool:
        """Whether an event is for this client."""
        return view == self.view and topic in self.topics

    def push(self, wire: bytes, resync: bytes) -> None:
        """Queue an event, or replace everything by `resync` when the client is too slow."""
        if len(self._queue) >= _QUEUE:
            self._queue.clear()
            wire = resync
        self._queue.append(wire)
        self._filled.set()

    def close(self) -> None:
        """End the stream after what is queued."""
        self._closed = True
        self._filled.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """What to write, with a comment as heartbeat when nothing happens."""
        while True:
            while self._queue:
                yield self._queue.popleft()
            if self._closed:
                return
            self._filled.clear()
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._filled.wait()
            except TimeoutError:
                yield b":\n\n"


class Hub:
    """Draws what is marked as changed and hands it to the listeners.

    `epoch` names this run of the process: an id of another run cannot be resumed.
    """

    def __init__(
        self, gallery: Gallery, clock: Clock, *, epoch: str, facts: Callable[[], dict[str, object]]
    ) -> None:
        self._gallery = gallery
        self._clock = clock
        self._epoch = epoch
        self._facts = facts
        self._number = 0
        self._ring: deque[Frame] = deque(maxlen=_RING)
        self._listeners: set[Listener] = set()
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._last: dict[str, float] = {}
        self._published: dict[View, dict[str, Markup]] = defaultdict(dict)

    @property
    def position(self) -> str:
        """The id of the last event: a page that is drawn now resumes from it."""
        return f"{self._epoch}-{self._number}"

    def __len__(self) -> int:
        return len(self._listeners)

    def mark(self, topic: str) -> None:
        """Something of the topic has changed."""
        self._dirty.add(topic)
        self._wake.set()

    @contextmanager
    def listening(
        self, view: View, topics: Iterable[str], resume_from: str | None
    ) -> Iterator[Listener]:
        """A listener from the id `resume_from` on; without one, from now."""
        listener = Listener(view, frozenset(topics))
        if resume_from:
            self._replay(listener, resume_from)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not any(one.view == view for one in self._listeners):
                self._published.pop(view, None)

    async def run(self) -> None:
        """Publish until cancelled; then every stream ends."""
        try:
            while True:
                await self._wait()
                await asyncio.sleep(_COALESCE_S)
                now = self._clock.monotonic()
                for topic in sorted(self._dirty):
                    if now - self._last.get(topic, -_PAUSE_S) >= _PAUSE_S:
                        self._dirty.discard(topic)
                        self._last[topic] = now
                        self._publish(topic)
        finally:
            self.close()

    def close(self) -> None:
        """End every stream after what is queued."""
        for listener in self._listeners:
            listener.close()

    async def _wait(self) -> None:
        """Until something changes, a put-off topic is due, or states have to be looked at again."""
        wait_s = _REFRESH_S
        if self._dirty:
            now = self._clock.monotonic()
            due = min(self._last.get(topic, -_PAUSE_S) for topic in self._dirty) + _PAUSE_S
            wait_s = max(0.0, due - now)
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            if not self._dirty:
                self._dirty.update(TOPICS)
        self._wake.clear()

    def _publish(self, topic: str) -> None:
        views = {one.view for one in self._listeners if topic in one.topics}
        for view in views:
            hung = self._gallery.hang(BOARDS[view.board], view, frozenset({topic}))
            known = self._published[view]
            changed = {key: part for key, part in hung.parts.items() if known.get(key) != part}
            if changed:
                known.update(changed)
                self._send(view, topic, changed)

    def _send(self, view: View, topic: str, parts: dict[str, Markup]) -> None:
        self._number += 1
        wire = _wire(self.position, topic, {**self._facts(), "parts": parts})
        self._ring.append(Frame(self._number, view, topic, wire))
        for listener in self._listeners:
            if listener.concerns(view, topic):
                listener.push(wire, self._resync())

    def _replay(self, listener: Listener, resume_from: str) -> None:
        """What the client missed; `resync` if the ring does not reach back to it."""
        epoch, _, number = resume_from.rpartition("-")
        last = int(number) if number.isdecimal() else -1
        oldest = self._ring[0].number if self._ring else self._number + 1
        if epoch != self._epoch or last > self._number or last < oldest - 1:
            listener.push(self._resync(), b"")
            return
        for frame in self._ring:
            if frame.number > last and listener.concerns(frame.view, frame.topic):
                listener.push(frame.wire, self._resync())

    def _resync(self) -> bytes:
        return _wire(self.position, "resync", self._facts())


def _wire(ident: str, event: str, data: dict[str, object]) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (ident.encode(), event.encode(), orjson.dumps(data))
