"""CN4, MB3 on every engine: once a withdrawal or suspension returned, no read succeeds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
from support.consent_world import World
from support.engines import ENGINES, PLACES

from oauth.model.items import Item
from oauth.release.errors import DeadTokenError

READERS = 8
BEFORE = 20


@pytest.fixture(params=ENGINES)
async def worlds(request: pytest.FixtureRequest) -> AsyncIterator[tuple[World, World]]:
    """Two processes of one city, as it were: each opens the same vault by itself."""
    place = PLACES[request.param](request)
    async with AsyncExitStack() as opened:
        pair = [
            World(
                await opened.enter_async_context(place.open_vault()),
                await opened.enter_async_context(place.open_keys()),
                seed=seed,
            )
            for seed in (1, 2)
        ]
        await pair[0].open()
        yield pair[0], pair[1]


async def withdraw(world: World) -> None:
    await world.consents.withdraw("person", "app")


async def suspend(world: World) -> None:
    await world.suspend()


async def erase(world: World) -> None:
    await world.erase()


@pytest.mark.parametrize("end", [withdraw, suspend, erase], ids=lambda one: one.__name__)
async def test_cn4_mb3_reads_that_race_an_end_stop_with_it(
    worlds: tuple[World, World], end: Callable[[World], Awaitable[None]]
) -> None:
    reading, ending = worlds
    await reading.agree()
    token = await reading.token()
    answers = 0
    enough, ended = asyncio.Event(), asyncio.Event()

    async def read_on() -> None:
        nonlocal answers
        while True:
            begun_after = ended.is_set()
            try:
                await reading.release.attributes(token, None, "r")
            except DeadTokenError:
                return
            assert not begun_after, "a read that began after the end succeeded"
            answers += 1
            if answers >= BEFORE:
                enough.set()

    async def end_it() -> None:
        await enough.wait()
        await end(ending)
        ended.set()

    async with asyncio.timeout(60), asyncio.TaskGroup() as racing:
        for _ in range(READERS):
            racing.create_task(read_on())
        racing.create_task(end_it())
    assert answers >= BEFORE
    assert len(await reading.records()) == answers  # CN12: also of those that lost the race


async def test_cn5_an_item_that_was_taken_back_is_in_no_later_answer(
    worlds: tuple[World, World],
) -> None:
    reading, ending = worlds
    await reading.agree()
    token = await reading.token()
    assert b"hanako" in (await reading.release.attributes(token, None, "r")).body
    await ending.consents.withdraw_item("person", "app", Item.EMAIL)
    assert b"hanako" not in (await reading.release.attributes(token, None, "r")).body


async def test_cn23_two_processes_give_and_withdraw_at_once(worlds: tuple[World, World]) -> None:
    one, other = worlds
    await asyncio.gather(*(one.agree() for _ in range(5)), *(withdraw(other) for _ in range(5)))
    dossiers = [(await world.consents.of_person("person"))[0] for world in worlds]
    assert dossiers[0] == dossiers[1]
    consents = dossiers[0].consents
    assert [consent.id for consent in consents[1:]] == [
        event.consent_id for event in dossiers[0].events if event.type == "given"
    ][1:]
    assert all(later.previous == before.id for before, later in pairwise(consents))
