import random
from collections.abc import Sequence

import pytest
from support.memory import Memory, MemoryOutbox

from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.outbound.leases import Leases
from broker.outbound.policy import DeliveryPolicy
from broker.outbound.window import Window
from broker.ports import Outcome
from broker.subscriptions.model import Delivered
from kernel.clock import ManualClock
from kernel.times import Instant

POLICY = DeliveryPolicy(lane_capacity=4, total_capacity=10)


class Desk:
    """An outbox, and a window on it."""

    def __init__(self, *, is_shared: bool = False) -> None:
        self.clock = ManualClock(Instant(0))
        self.memory = Memory(self.clock)
        self.outbox = MemoryOutbox(self.memory)
        self.window = Window(self.outbox, POLICY, is_shared=is_shared)

    def commit(self, count: int, lane: str = "http://a") -> list[Notice]:
        entity = Entity("E", ("T",))
        return self.memory._owe(
            [Notice("s", lane, entity, Alteration.CHANGE, Instant(1)) for _ in range(count)]
        )

    async def settle(self, notice: Notice) -> None:
        await self.outbox.settle([Outcome(notice, Delivered())])
        self.window.release(notice)


def numbers(notices: list[Notice]) -> list[int]:
    return [notice.number for notice in notices]


async def test_what_is_announced_is_taken_in_up_to_the_capacity_of_its_lane() -> None:
    desk = Desk()
    desk.window.receive(desk.commit(6))
    desk.window.receive(desk.commit(2, "http://b"))

    assert numbers(desk.window.drain()) == [1, 2, 3, 4, 7, 8]


async def test_a_lane_that_fell_behind_is_read_in_order_once_there_is_room() -> None:
    desk = Desk()
    desk.window.receive(desk.commit(6))
    batch = desk.window.drain()
    desk.window.receive(desk.commit(1))
    assert desk.window.drain() == []
    assert await desk.window.refill() == []
    for notice in batch[:2]:
        await desk.settle(notice)

    assert numbers(await desk.window.refill()) == [5, 6]
    for notice in batch[2:]:
        await desk.settle(notice)
    assert numbers(await desk.window.refill()) == [7]
    desk.window.receive(desk.commit(1))
    assert numbers(desk.window.drain()) == [8]


async def test_polling_finds_what_nobody_announced_and_nothing_twice() -> None:
    desk = Desk()
    announced = desk.commit(1)
    desk.window.receive(announced)
    desk.commit(2)

    found, first_page = await desk.window.poll()

    assert (numbers(found), numbers(list(first_page or ()))) == ([1, 2, 3], [1, 2, 3])
    assert desk.window.drain() == []
    assert (await desk.window.poll())[0] == []


class SlowOutbox(MemoryOutbox):
    """While it reads, the first notices of the page are announced, and the last not yet."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.memory)
        self._desk = desk

    async def owed(
        self, *, lane: str | None = None, after: int = 0, limit: int = 1_000
    ) -> Sequence[Notice]:
        page = list(await super().owed(lane=lane, after=after, limit=limit))
        self._desk.window.receive(page[:-1])
        return page


async def test_what_is_announced_while_the_outbox_is_read_comes_before_what_is_only_read() -> None:
    desk = Desk()
    desk.window = Window(SlowOutbox(desk), POLICY, is_shared=True)
    desk.commit(3)

    found, _ = await desk.window.poll()
    assert numbers(found) == [1, 2, 3]
    assert desk.window.drain() == []


async def test_what_is_put_back_comes_again_before_what_is_younger() -> None:
    desk = Desk()
    desk.window.receive(desk.commit(2))
    batch = desk.window.drain()
    desk.window.receive(desk.commit(1))

    desk.window.put_back(batch)

    assert desk.window.drain() == []
    assert numbers(await desk.window.refill()) == [1, 2, 3]


@pytest.mark.parametrize("all_announced", [True, False])
@pytest.mark.parametrize("seed", range(10))
async def test_every_notice_passes_once_and_in_order_where_all_were_announced(
    seed: int, *, all_announced: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311 — repeatable on purpose
    desk = Desk()
    passed: list[Notice] = []
    held: list[Notice] = []
    for step in range(400):
        if step < 200:
            notices = desk.commit(chance.randint(0, 3), chance.choice(["http://a", "http://b"]))
            if all_announced or chance.random() < 0.8:  # else the commit was another process's
                desk.window.receive(notices)
        taken = desk.window.drain() + await desk.window.refill()
        if chance.random() < 0.2 or step >= 200:
            taken += (await desk.window.poll())[0]
        passed += taken
        held += taken
        assert len(held) <= POLICY.total_capacity + 2
        chance.shuffle(held)
        for _ in range(chance.randint(0, len(held))):
            await desk.settle(held.pop())

    assert await desk.outbox.owed() == []
    assert len({notice.number for notice in passed}) == len(passed) == desk.memory._number
    if all_announced:
        for lane in ("http://a", "http://b"):
            of_lane = [notice.number for notice in passed if notice.lane == lane]
            assert of_lane == sorted(of_lane)


async def test_a_lease_is_asked_for_once_and_given_up_in_the_end() -> None:
    desk = Desk()
    ours = Leases(desk.outbox, desk.clock, "us", 10)
    theirs = Leases(desk.outbox, desk.clock, "them", 10)

    assert await ours.holds("http://a")
    assert not await theirs.holds("http://a")
    desk.clock.advance(9)
    assert await ours.holds("http://a")  # extended
    desk.clock.advance(9)
    assert not await theirs.holds("http://a")
    await ours.release()
    desk.clock.advance(3)
    assert await theirs.holds("http://a")


async def test_the_only_process_needs_no_leases() -> None:
    desk = Desk()

    assert await Leases(desk.outbox, desk.clock, "", 10).holds("http://a")
    assert desk.memory._leases == {}
