"""What waits for one receiver: chains in order, pauses after failures, a circuit breaker.

A lane is a machine without I/O, clock or tasks. It is told what arrived and how attempts went, and
tells what to try next and when to look again. Times are seconds of one monotonic clock.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Final

import msgspec

from broker.model.entity import EntityKey
from broker.model.notice import Notice
from broker.outbound.policy import DeliveryPolicy

_NARROW: Final = 2
"""Attempts at the same time to a receiver that has not answered yet: many dead receivers together
must not use up the connections of this process."""

ChainKey = tuple[str, str, EntityKey]


class Turn(Enum):
    """What a failure or a success did to the receiver's standing."""

    NOTHING = auto()
    OUTAGE = auto()  # it counts as away from now on
    RECOVERY = auto()  # it is back


class _State(Enum):
    READY = auto()
    RUNNING = auto()
    WAITING = auto()


class _Chain:
    """Notices of one subscription and entity, oldest first: the head alone is ever tried."""

    __slots__ = ("has_arrivals", "notices", "state", "wait_until")

    def __init__(self) -> None:
        self.notices: deque[Notice] = deque()
        self.has_arrivals = False  # since the last attempt began
        self.state = _State.READY
        self.wait_until = 0.0


class Lane:
    """One receiver's notices in memory.

    Successes widen the lane up to the policy's concurrency, a failure narrows it again.

    Attributes:
        name: `Endpoint.lane`.
        is_away: the circuit is open: one probe at a time, after growing pauses.
        running: attempts under way.
    """

    def __init__(self, name: str, policy: DeliveryPolicy, chance: random.Random) -> None:
        self.name = name
        self.is_away = False
        self.running = 0
        self._policy = policy
        self._chance = chance
        self._chains: dict[ChainKey, _Chain] = {}
        self._ready: deque[ChainKey] = deque()
        self._waiting: list[tuple[float, ChainKey]] = []
        self._width = _NARROW
        self._failures = 0
        self._probe_at = 0.0

    def __len__(self) -> int:
        return sum(len(chain.notices) for chain in self._chains.values())

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits or runs."""
        return not self._chains

    def offer(self, notice: Notice) -> None:
        """Put a notice at the end of its chain.

        While the receiver does not count as away, an arrival ends the pause of its chain, be it one
        that is about to begin: the head is tried at once, as the writer of the change expects.
        """
        key = _chain_key(notice)
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = _Chain()
            self._ready.append(key)
        elif chain.state is _State.WAITING and not self.is_away:
            self._wake(key, chain)
        chain.notices.append(notice)
        chain.has_arrivals = True

    def take(self, now: float) -> Notice | None:
        """The next notice to try; None if there is none, or none before `wake_at`."""
        if self.running >= min(self._width, self._policy.concurrency):
            return None
        if self.is_away:
            return self._take_probe(now)
        while self._waiting and self._waiting[0][0] <= now:
            self._wake_due(heapq.heappop(self._waiting))
        return self._run_next_ready()

    def wake_at(self) -> float | None:
        """When `take` is worth asking again; None: not before something arrives or ends."""
        if self.is_away:
            return None if self.running else self._probe_at
        while self._waiting and not self._is_due_entry(*self._waiting[0]):
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def rests(self, now: float) -> bool:
        """Whether what arrives now waits for the receiver to come back."""
        return self.is_away and not self.running and now < self._probe_at

    def fail_others(self, notice: Notice, fail: Callable[[Notice], bool]) -> None:
        """Let what has had no attempt yet fail with a notice that just failed.

        It is the head of a chain alone that is tried, but what waits behind it fails with it; and
        while the receiver counts as away, so does whatever its subscription waits to tell. `fail`
        says whether a notice counts as tried from then on.
        """
        own = _chain_key(notice)
        for key, chain in self._chains.items():
            if key == own or (self.is_away and key[:2] == own[:2]):
                _fail_waiting(chain, fail)

    def succeeded(self, notice: Notice) -> Turn:
        """The receiver took it, or refused it for good: the chain moves on."""
        self._failures = 0
        self._width = min(self._width * 2, self._policy.concurrency)
        self.dropped(notice)
        if not self.is_away:
            return Turn.NOTHING
        self.is_away = False
        for key, chain in self._chains.items():
            if chain.state is _State.WAITING:
                self._wake(key, chain)
        return Turn.RECOVERY

    def failed(self, notice: Notice, now: float) -> tuple[float, Turn]:
        """The attempt failed and is to be repeated. Returns the pause in seconds."""
        key, chain = self._settle_head(notice)
        chain.notices[0] = msgspec.structs.replace(notice, attempts=notice.attempts + 1)
        pause_s = self._policy.back_off.pause_s(notice.attempts + 1, self._chance)
        chain.state = _State.WAITING
        chain.wait_until = now + pause_s
        heapq.heappush(self._waiting, (chain.wait_until, key))
        turn = self._count_failure(now)
        if chain.has_arrivals and not self.is_away:
            self._wake(key, chain)
        return pause_s, turn

    def given_up(self, notice: Notice, now: float) -> Turn:
        """The attempt failed and is not repeated: the chain moves on, the failure counts."""
        self.dropped(notice)
        return self._count_failure(now)

    def dropped(self, notice: Notice) -> None:
        """The notice that was taken needs no delivery after all: the chain moves on."""
        key, chain = self._settle_head(notice)
        chain.notices.popleft()
        if chain.notices:
            chain.state = _State.READY
            self._ready.append(key)
        else:
            del self._chains[key]

    def remove_where_idle(self) -> Iterator[Notice]:
        """Take out everything that is not under way: the lane is given away."""
        for key, chain in list(self._chains.items()):
            keep = 1 if chain.state is _State.RUNNING else 0
            while len(chain.notices) > keep:
                yield chain.notices.pop()
            if not keep:
                del self._chains[key]
        self._ready.clear()
        self._waiting.clear()

    def remove_older(self, committed_before: int) -> Iterator[Notice]:
        """Take out notices committed before the instant that are not under way, oldest first."""
        for key, chain in list(self._chains.items()):
            if chain.state is _State.RUNNING:
                continue
            while chain.notices and chain.notices[0].committed_at < committed_before:
                yield chain.notices.popleft()
            if not chain.notices:
                del self._chains[key]

    def _take_probe(self, now: float) -> Notice | None:
        if self.running or now < self._probe_at:
            return None
        ready = self._run_next_ready()
        if ready is not None:
            return ready
        while self._waiting:
            until, key = heapq.heappop(self._waiting)
            if self._is_due_entry(until, key):
                return self._run(key)
        return None

    def _run_next_ready(self) -> Notice | None:
        while self._ready:
            key = self._ready.popleft()
            chain = self._chains.get(key)
            # A chain may have been emptied, and have begun anew, since its key was put here.
            if chain is not None and chain.state is _State.READY:
                return self._run(key)
        return None

    def _run(self, key: ChainKey) -> Notice:
        chain = self._chains[key]
        chain.state = _State.RUNNING
        chain.has_arrivals = False
        self.running += 1
        return chain.notices[0]

    def _settle_head(self, notice: Notice) -> tuple[ChainKey, _Chain]:
        key = _chain_key(notice)
        self.running -= 1
        return key, self._chains[key]

    def _count_failure(self, now: float) -> Turn:
        self._failures += 1
        self._width = _NARROW
        beyond = self._failures - self._policy.breaker
        if beyond < 0:
            return Turn.NOTHING
        self._probe_at = now + self._policy.back_off.pause_s(beyond + 1, self._chance)
        if self.is_away:
            return Turn.NOTHING
        self.is_away = True
        return Turn.OUTAGE

    def _wake(self, key: ChainKey, chain: _Chain) -> None:
        chain.state = _State.READY
        self._ready.append(key)

    def _wake_due(self, entry: tuple[float, ChainKey]) -> None:
        if self._is_due_entry(*entry):
            self._wake(entry[1], self._chains[entry[1]])

    def _is_due_entry(self, until: float, key: ChainKey) -> bool:
        """Whether a heap entry still speaks of its chain, which may have been woken meanwhile."""
        chain = self._chains.get(key)
        return chain is not None and chain.state is _State.WAITING and chain.wait_until == until


def _fail_waiting(chain: _Chain, fail: Callable[[Notice], bool]) -> None:
    under_way = chain.state is _State.RUNNING
    for place, waiting in enumerate(chain.notices):
        if waiting.attempts or (under_way and not place):
            continue
        if not fail(waiting):
            return
        chain.notices[place] = msgspec.structs.replace(waiting, attempts=1)


def _chain_key(notice: Notice) -> ChainKey:
    return notice.tenant, notice.subscription_id, notice.key
