"""The contract of `broker.ports.Outbox`."""

import asyncio
from collections.abc import Sequence

import msgspec
from support.city import entity, notice, owing
from support.engines import Bench, Recorder

from broker.model.notice import Notice
from broker.ports import Backlog, Outcome
from broker.subscriptions.model import Delivered, Endpoint, Subscription
from kernel.clock import ManualClock
from kernel.times import SECOND_US, Instant
from storage.engine import Engine

ROOM = entity("urn:room:1", temperature=21.5)


async def owe(engine: Engine, announcer: Recorder, *notices: Notice) -> Sequence[Notice]:
    """Owe notices; returns them as they were announced."""
    await engine.subscriptions.put("t", Subscription("s1", (), Endpoint("http://a")))
    await engine.entities.write("t", [], owing(*notices))
    return announcer.heard[-1][1]


def numbers(notices: Sequence[Notice]) -> list[int]:
    return [one.number for one in notices]


async def test_owed_notices_come_as_they_were_announced(
    engine: Engine, announcer: Recorder
) -> None:
    announced = await owe(engine, announcer, notice("s1", ROOM), notice("s2", ROOM))

    assert list(await engine.outbox.owed()) == list(announced)
    assert msgspec.structs.replace(announced[0], number=0, tenant="") == notice("s1", ROOM)


async def test_numbers_rise_over_writes_settlements_and_reopenings(bench: Bench) -> None:
    given: list[int] = []
    for _ in range(3):
        async with bench.open() as engine:
            for _ in range(3):
                (owed,) = await owe(engine, bench.announcer, notice("s1", ROOM))
                given.append(owed.number)
                await engine.outbox.settle([Outcome(owed, Delivered())])

    assert given == sorted(set(given))


async def test_owed_notices_are_read_by_lane_and_page(engine: Engine, announcer: Recorder) -> None:
    lanes = ["http://a", "http://b", "http://a", "http://a"]
    announced = await owe(engine, announcer, *(notice("s1", ROOM, lane) for lane in lanes))
    first, second, third, fourth = numbers(announced)

    assert numbers(await engine.outbox.owed(limit=2)) == [first, second]
    assert numbers(await engine.outbox.owed(after=second)) == [third, fourth]
    assert numbers(await engine.outbox.owed(lane="http://a", after=first, limit=1)) == [third]
    assert numbers(await engine.outbox.owed(lane="http://c")) == []


async def test_owed_notices_of_all_tenants_come_in_order_of_number(engine: Engine) -> None:
    for tenant in ("b", "a", "b"):
        await engine.entities.write(tenant, [], owing(notice("s1", ROOM)))
    found = await engine.outbox.owed()

    assert sorted(one.tenant for one in found) == ["a", "b", "b"]
    assert numbers(found) == sorted(numbers(found))


async def test_a_delivered_notice_is_no_longer_owed_and_is_counted(
    engine: Engine, announcer: Recorder
) -> None:
    first, second = await owe(engine, announcer, notice("s1", ROOM), notice("s1", ROOM))
    counted = Delivered(times_sent=1, last_success=Instant(5), last_success_code=200)
    await engine.outbox.settle([Outcome(first, counted)])

    assert numbers(await engine.outbox.owed()) == [second.number]
    assert await engine.subscriptions.delivered("t", ["s1"]) == {"s1": counted}


async def test_a_notice_put_off_stays_owed_with_one_more_attempt(
    engine: Engine, announcer: Recorder, clock: ManualClock
) -> None:
    (owed,) = await owe(engine, announcer, notice("s1", ROOM))
    later = Instant(clock.now() + 30 * SECOND_US)
    await engine.outbox.settle([Outcome(owed, Delivered(fails=1), retry_at=later)])
    (again,) = await engine.outbox.owed()

    assert again == msgspec.structs.replace(owed, attempts=1)
    await engine.outbox.settle([Outcome(again, Delivered(fails=2), retry_at=later)])
    assert [one.attempts for one in await engine.outbox.owed()] == [2]


async def test_several_outcomes_of_a_subscription_leave_the_latest_counters(
    engine: Engine, announcer: Recorder
) -> None:
    first, second = await owe(engine, announcer, notice("s1", ROOM), notice("s1", ROOM))
    outcomes = [
        Outcome(first, Delivered(times_sent=1)),
        Outcome(second, Delivered(times_sent=2)),
    ]
    await engine.outbox.settle(outcomes)

    assert await engine.subscriptions.delivered("t", ["s1"]) == {"s1": Delivered(times_sent=2)}
    assert await engine.outbox.owed() == []


async def test_settling_again_changes_counters_only(engine: Engine, announcer: Recorder) -> None:
    (owed,) = await owe(engine, announcer, notice("s1", ROOM))
    await engine.outbox.settle([Outcome(owed, Delivered(times_sent=1))])
    await engine.outbox.settle(
        [Outcome(owed, Delivered(times_sent=2), dead=True, reason="too late")]
    )

    assert await engine.outbox.owed() == []
    assert await engine.outbox.dead_letters("t", "s1") == []
    assert await engine.subscriptions.delivered("t", ["s1"]) == {"s1": Delivered(times_sent=2)}


async def test_a_notice_given_up_becomes_a_dead_letter(
    engine: Engine, announcer: Recorder, clock: ManualClock
) -> None:
    owed = await owe(engine, announcer, *(notice("s1", ROOM) for _ in range(3)))
    clock.advance(5)
    for one in owed:
        await engine.outbox.settle([Outcome(one, Delivered(fails=1), dead=True, reason="refused")])
    letters = await engine.outbox.dead_letters("t", "s1")

    assert numbers([one.notice for one in letters]) == numbers(owed)
    assert {(one.failed_at, one.reason) for one in letters} == {(clock.now(), "refused")}
    assert letters[0].notice.entity == owed[0].entity
    assert len(await engine.outbox.dead_letters("t", "s1", limit=2)) == 2
    assert await engine.outbox.dead_letters("t", "s2") == []
    assert await engine.outbox.dead_letters("other", "s1") == []


async def test_dead_letters_come_in_pages_in_order_of_number(
    engine: Engine, announcer: Recorder
) -> None:
    owed = await owe(engine, announcer, *(notice("s1", ROOM) for _ in range(5)))
    for one in reversed(owed):
        await engine.outbox.settle([Outcome(one, Delivered(fails=1), dead=True, reason="refused")])

    pages = [await engine.outbox.dead_letters("t", "s1", 2, offset) for offset in (0, 2, 4, 6)]
    assert [numbers([one.notice for one in page]) for page in pages] == [
        numbers(owed[:2]),
        numbers(owed[2:4]),
        numbers(owed[4:]),
        [],
    ]


async def test_a_backlog_counts_what_is_owed_and_what_was_given_up(
    engine: Engine, announcer: Recorder
) -> None:
    first, second, _ = await owe(
        engine, announcer, notice("s1", ROOM), notice("s1", ROOM), notice("s2", ROOM)
    )
    assert await engine.outbox.backlog("t", "s1") == Backlog(2, 0)
    await engine.outbox.settle(
        [
            Outcome(first, Delivered(fails=1), dead=True, reason="refused"),
            Outcome(second, Delivered(fails=1), retry_at=Instant(9)),
        ]
    )

    assert await engine.outbox.backlog("t", "s1") == Backlog(1, 1)
    assert await engine.outbox.backlog("t", "nobody") == Backlog()
    assert await engine.outbox.backlog("elsewhere", "s1") == Backlog()


async def test_revived_letters_are_owed_again_from_the_first_attempt(
    engine: Engine, announcer: Recorder
) -> None:
    first, second = await owe(engine, announcer, notice("s1", ROOM), notice("s1", ROOM))
    for one in (first, second):
        await engine.outbox.settle([Outcome(one, Delivered(fails=1), dead=True, reason="refused")])

    wanted = [second.number, first.number, 10**9]
    assert await engine.outbox.revive("other", "s1", wanted) == 0
    assert await engine.outbox.revive("t", "s2", wanted) == 0
    assert await engine.outbox.revive("t", "s1", wanted) == 2
    assert list(await engine.outbox.owed()) == [first, second]
    assert await engine.outbox.dead_letters("t", "s1") == []
    assert await engine.outbox.revive("t", "s1", wanted) == 0


async def test_a_lease_has_one_holder_until_it_ends(engine: Engine) -> None:
    now, later, end = Instant(1_000), Instant(2_000), Instant(3_000)

    assert await engine.outbox.lease("delivery", "a", later, now)
    assert not await engine.outbox.lease("delivery", "b", end, now)
    assert await engine.outbox.lease("retention", "b", end, now)
    assert await engine.outbox.lease("delivery", "a", later, now)
    assert await engine.outbox.lease("delivery", "b", end, later)
    assert not await engine.outbox.lease("delivery", "a", end, later)


async def test_of_many_who_want_a_lease_one_gets_it(engine: Engine) -> None:
    until, now = Instant(2_000), Instant(1_000)
    got = await asyncio.gather(
        *(engine.outbox.lease("delivery", f"node {number}", until, now) for number in range(20))
    )

    assert sum(got) == 1


async def test_dead_letters_of_long_ago_are_forgotten(
    engine: Engine, announcer: Recorder, clock: ManualClock
) -> None:
    old, new = await owe(engine, announcer, notice("s1", ROOM), notice("s1", ROOM))
    await engine.outbox.settle([Outcome(old, Delivered(fails=1), dead=True, reason="refused")])
    clock.advance(60)
    await engine.outbox.settle([Outcome(new, Delivered(fails=2), dead=True, reason="refused")])

    assert await engine.outbox.forget(clock.now()) == 1
    assert numbers([one.notice for one in await engine.outbox.dead_letters("t", "s1")]) == numbers(
        [new]
    )
    assert await engine.outbox.forget(clock.now()) == 0


async def test_owed_notices_dead_letters_and_attempts_outlive_a_reopening(bench: Bench) -> None:
    async with bench.open() as engine:
        first, second = await owe(engine, bench.announcer, notice("s1", ROOM), notice("s1", ROOM))
        outcomes = [
            Outcome(first, Delivered(fails=1), dead=True, reason="refused"),
            Outcome(second, Delivered(fails=2), retry_at=Instant(9)),
        ]
        await engine.outbox.settle(outcomes)
    async with bench.open() as engine:
        assert [(one.number, one.attempts) for one in await engine.outbox.owed()] == [
            (second.number, 1)
        ]
        assert len(await engine.outbox.dead_letters("t", "s1")) == 1
