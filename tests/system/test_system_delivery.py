"""Nothing acknowledged is lost: real processes, real receivers, real databases."""

import asyncio
import contextlib
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.delivering import CALL, IMPATIENT, delivering, until, values
from support.engines import ENGINES, PLACES, MongoPlace, Place, SqlitePlace
from support.receivers import Received, Receiver, receiving, unused_port

from broker.service.announcements import Announcements
from broker.subscriptions.model import Delivered
from kernel.clock import SystemClock
from storage.engine import Engine

TESTS = Path(__file__).parent.parent


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param](request)


def _named(place: Place) -> str:
    """The place as an argument of the process."""
    match place:
        case SqlitePlace(directory):
            return str(directory)
        case MongoPlace(url, database):
            return f"{url.rstrip('/')}/{database}"
    raise AssertionError(place)


class Process:
    """The delivering process of `support.delivery_process`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.acknowledged: set[tuple[str, int]] = set()
        self._lines = asyncio.Condition()

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._lines:
                words = line.decode().split()
                if len(words) == 2:
                    self.acknowledged.add((words[0], int(words[1])))
                self._lines.notify_all()

    async def wrote(self, count: int) -> None:
        async with asyncio.timeout(60), self._lines:
            await self._lines.wait_for(lambda: len(self.acknowledged) >= count)

    async def kill(self) -> None:
        """SIGKILL: nothing is flushed, nobody is told."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


@contextlib.asynccontextmanager
async def process(
    place: Place, url: str, *, entities: int = 0, updates: int = 0
) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.delivery_process"),
        *(_named(place), url, str(entities), str(updates)),
        cwd=TESTS,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        stdout=asyncio.subprocess.PIPE,
    )
    running = Process(child)
    async with asyncio.TaskGroup() as group:
        group.create_task(running.listen())
        try:
            yield running
        finally:
            await running.kill()


def delivered(receiver: Receiver) -> set[tuple[str, int]]:
    return {(one.json["id"], one.json["n"]) for one in receiver.received}


def first_arrivals(receiver: Receiver) -> dict[str, list[int]]:
    """The values of each entity in the order in which each came for the first time."""
    seen: dict[str, dict[int, None]] = defaultdict(dict)
    for one in receiver.received:
        seen[one.json["id"]].setdefault(one.json["n"])
    return {entity: list(found) for entity, found in seen.items()}


async def test_pain_01_fast_updates_an_outage_and_a_kill_lose_no_notification(
    place: Place,
) -> None:
    async with receiving() as receiver:
        async with process(place, receiver.url, entities=50, updates=40) as first:
            await first.wrote(300)
            await receiver.stop()
            await first.wrote(1_000)
            await first.kill()
        await receiver.start()
        async with process(place, receiver.url):

            async def everything_arrived() -> bool:
                return first.acknowledged <= delivered(receiver)

            await until(everything_arrived, patience_s=60)

    assert len(first.acknowledged) >= 1_000
    # A write may be committed and its answer be lost with the process, never the other way round.
    assert len(delivered(receiver) - first.acknowledged) <= 50
    assert all(found == sorted(found) for found in first_arrivals(receiver).values())


async def test_pain_04_a_black_hole_delays_nobody(place: Place) -> None:
    announcements = Announcements()
    async with contextlib.AsyncExitStack() as opened:
        engine = place.open(SystemClock(), announcements)
        stores = await opened.enter_async_context(engine)
        hole = await opened.enter_async_context(receiving(swallows=True))
        healthy = [await opened.enter_async_context(receiving()) for _ in range(20)]
        stage = await opened.enter_async_context(delivering(stores, announcements))
        for receiver in (hole, *healthy):
            await stage.subscribe(receiver.url)
        for n in range(20):
            await stage.set("E", n)

        for receiver in healthy:
            found = await receiver.arrived(20, patience_s=IMPATIENT.timeout_s * 5)
            assert values(found) == list(range(20))

    # One entity, so one attempt at a time: the healthy were done before the hole let go of three.
    assert len(hole.received) <= 5


async def test_pain_05_what_a_failing_receiver_refused_arrives_later_in_order(
    place: Place,
) -> None:
    announcements = Announcements()
    async with (
        place.open(SystemClock(), announcements) as stores,
        receiving(status=503) as receiver,
    ):
        async with delivering(stores, announcements) as stage:
            await stage.subscribe(receiver.url)
            for n in range(30):
                await stage.set(f"E{n % 3}", n)
            await receiver.arrived(5)
        refused = len(receiver.received)
        receiver.status = 200
        async with delivering(stores, announcements):  # a restart in between changes nothing

            async def everything_is_settled() -> bool:
                return not await stores.outbox.owed()

            await until(everything_is_settled)

    accepted = receiver.received[refused:]
    assert len(accepted) == 30
    for entity in range(3):
        of_one = [one.json["n"] for one in accepted if one.json["id"] == f"E{entity}"]
        assert of_one == [n for n in range(30) if n % 3 == entity]


async def test_pain_05_dead_letters_are_kept_and_replayed_exactly(place: Place) -> None:
    announcements = Announcements()

    def refuse_some(request: Received) -> int:
        return 404 if request.json["n"] in (3, 5) else 204

    async with (
        place.open(SystemClock(), announcements) as stores,
        receiving(status=refuse_some) as receiver,
    ):
        async with delivering(stores, announcements) as stage:
            subscription = await stage.subscribe(receiver.url)
            for n in range(8):
                await stage.set("E", n)
            await receiver.arrived(8)
            await stage.settled(subscription, times_sent=8)
        async with delivering(stores, announcements) as stage:
            letters = (await stage.subscriptions.deliveries(CALL, subscription)).letters
            receiver.status = 204
            await stage.subscriptions.replay(CALL, subscription)
            arrived = await receiver.arrived(10)
            await stage.settled(subscription, times_sent=10)

    assert [letter.notice.entity.attribute("n").value for letter in letters] == [3, 5]
    assert values(arrived[8:]) == [3, 5]


@pytest.mark.parametrize("throttled", [False, True])
async def test_counters_are_exact_after_restarts(place: Place, *, throttled: bool) -> None:
    announcements = Announcements()
    async with (
        place.open(SystemClock(), announcements) as stores,
        receiving(status=200) as receiver,
    ):
        async with delivering(stores, announcements) as stage:
            subscription = await stage.subscribe(
                receiver.url, throttling_s=3600 if throttled else 0
            )
        for round_number in range(3):
            async with delivering(stores, announcements) as stage:
                for n in range(10):
                    await stage.set("E", round_number * 10 + n)

                async def nothing_is_owed() -> bool:
                    return not await stores.outbox.owed()

                await until(nothing_is_owed)
        counters = (await stores.subscriptions.delivered("city", [subscription]))[subscription]

    expected = 1 if throttled else 30
    assert (counters.times_sent, counters.fails) == (expected, 0)
    assert len(receiver.received) == expected


async def test_counters_are_exact_whenever_the_process_is_killed(place: Place) -> None:
    """Under load, with a receiver that comes and goes: every notification counts exactly once."""
    async with receiving(status=200) as receiver:
        for round_number in range(4):
            async with process(place, receiver.url, entities=20, updates=30) as writing:
                await writing.wrote(60 + 40 * round_number)
                if round_number % 2:
                    await receiver.stop()
                    await writing.wrote(200)
                await writing.kill()
            if round_number % 2:
                await receiver.start()
        async with process(place, receiver.url):
            counters = await _when_nothing_is_owed(place)
    told = {one.json["number"] for one in receiver.received}

    assert len(told) >= 500
    assert (counters.times_sent, counters.fails, counters.last_success_code) == (len(told), 0, 200)


async def test_failures_are_exact_whenever_the_process_is_killed(place: Place) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    for round_number in range(3):
        async with process(place, url, entities=10, updates=20) as writing:
            await writing.wrote(50 + 30 * round_number)
            await writing.kill()
    async with process(place, url), place.open(SystemClock(), Announcements()) as stores:
        owed = await stores.outbox.owed(limit=10_000)

        async def all_counted() -> Delivered | None:
            found = await _counters(stores)
            return found if found.fails >= len(owed) else None

        counters = await until(all_counted, patience_s=30)

    assert len(owed) >= 150
    assert (counters.times_sent, counters.fails) == (len(owed), len(owed))
    assert counters.last_failure_reason == "Could not connect to server"
    assert counters.last_success is None


async def _counters(stores: Engine) -> Delivered:
    (subscription,) = await stores.subscriptions.all("city")
    found = await stores.subscriptions.delivered("city", [subscription.id])
    return found.get(subscription.id, Delivered())


async def _when_nothing_is_owed(place: Place) -> Delivered:
    async with place.open(SystemClock(), Announcements()) as stores:

        async def nothing_is_owed() -> bool:
            return not await stores.outbox.owed(limit=1)

        await until(nothing_is_owed, patience_s=60)
        return await _counters(stores)


@pytest.mark.mongodb
async def test_pain_17_two_processes_tell_each_change_exactly_once(
    mongodb_url: str, request: pytest.FixtureRequest
) -> None:
    shared = PLACES["mongodb"](request)
    assert mongodb_url
    async with contextlib.AsyncExitStack() as opened:
        receiver = await opened.enter_async_context(receiving())
        stages = []
        for holder in ("a", "b"):
            announcements = Announcements()
            engine = await opened.enter_async_context(shared.open(SystemClock(), announcements))
            stages.append(
                await opened.enter_async_context(delivering(engine, announcements, holder=holder))
            )
        await stages[0].subscribe(receiver.url)
        for n in range(60):
            await stages[n % 2].set(f"E{n % 6}", n)

        await receiver.arrived(60)

        async def nothing_is_owed() -> bool:
            return not await stages[0].stores.outbox.owed()

        await until(nothing_is_owed)

    assert sorted(values(receiver.received)) == list(range(60))
