"""The stream: replay, resync, the pace of updates, and clients that are too slow."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
from support.board_app import RunningClock
from support.boards import remembered
from support.city_reader import StandInCity

from dashboard.figures.crowding import CrowdLimits
from dashboard.gallery import Gallery, View
from dashboard.live import Hub, Listener
from dashboard.memory import CityMemory
from dashboard.words import Language
from dashboard.world import World
from serving.tasks import Supervisor

FLOW = View("flow", Language.EN, is_staff=False)
JAPANESE = View("flow", Language.JA, is_staff=False)


class Scene:
    def __init__(self, city: StandInCity, memory: CityMemory) -> None:
        self.city = city
        self.memory = memory
        clock = RunningClock(city.now)
        gallery = Gallery(memory, World(clock, None), CrowdLimits())
        self.hub = Hub(gallery, clock, epoch="run", facts=dict)

    def count(self, people: int) -> None:
        """J1 has counted."""
        topic = self.memory.put(self.city.gate("J1", peopleCountTowards=people))
        assert topic is not None
        self.hub.mark(topic)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    city = StandInCity(weeks=1)
    found = Scene(city, await remembered(city))
    async with Supervisor() as supervisor:
        supervisor.keep("publish", found.hub.run)
        yield found


async def read(listener: Listener) -> tuple[str, str, dict[str, object]]:
    """The next event's id, name and data."""
    async with asyncio.timeout(3):
        wire = await anext(listener.frames())
    lines = dict(line.split(": ", 1) for line in wire.decode().strip().split("\n"))
    return lines["id"], lines["event"], orjson.loads(lines["data"])


async def test_a_change_is_published_with_the_parts_that_it_changes(scene: Scene) -> None:
    with scene.hub.listening(FLOW, ["flow"], None) as listener:
        scene.count(4321)
        ident, event, data = await read(listener)
    assert (ident, event) == ("run-1", "flow")
    parts = data["parts"]
    assert isinstance(parts, dict)
    assert 'value="4321.0"' in parts["gates"]


async def test_only_parts_that_differ_are_sent_again(scene: Scene) -> None:
    with scene.hub.listening(FLOW, ["flow"], None) as listener:
        scene.count(4321)
        await read(listener)
        scene.count(4322)
        _, _, data = await read(listener)
    parts = data["parts"]
    assert isinstance(parts, dict)
    assert "gates" in parts
    assert "week" not in parts


async def test_at_most_two_updates_a_second_and_topic_and_the_last_one_is_never_lost(
    scene: Scene,
) -> None:
    loop = asyncio.get_running_loop()
    with scene.hub.listening(FLOW, ["flow"], None) as listener:
        scene.count(1)
        await read(listener)
        began = loop.time()
        for people in range(2, 50):
            scene.count(people)
        _, _, data = await read(listener)
        assert loop.time() - began > 0.2
        assert 'value="49.0"' in str(data["parts"])


async def test_a_client_resumes_behind_the_event_that_it_saw_last(scene: Scene) -> None:
    with scene.hub.listening(FLOW, ["flow"], None) as first:
        scene.count(1)
        seen, _, _ = await read(first)
        scene.count(2)
        missed, _, _ = await read(first)
        with scene.hub.listening(FLOW, ["flow"], seen) as second:
            replayed, _, _ = await read(second)
    assert replayed == missed


async def test_an_id_of_another_run_or_too_old_is_answered_by_resync(scene: Scene) -> None:
    with scene.hub.listening(FLOW, ["flow"], "other-1") as listener:
        _, event, _ = await read(listener)
        assert event == "resync"
    with scene.hub.listening(FLOW, ["flow"], "run-nonsense") as listener:
        _, event, _ = await read(listener)
        assert event == "resync"


async def test_a_page_drawn_just_now_resumes_without_resync(scene: Scene) -> None:
    with scene.hub.listening(FLOW, ["flow"], scene.hub.position) as listener:
        scene.count(1)
        _, event, _ = await read(listener)
    assert event == "flow"


async def test_nobody_hears_of_other_topics_or_views(scene: Scene) -> None:
    with (
        scene.hub.listening(FLOW, ["sensors"], None) as other_topic,
        scene.hub.listening(JAPANESE, ["flow"], None) as other_view,
        scene.hub.listening(FLOW, ["flow"], None) as listener,
    ):
        scene.count(4321)
        await read(listener)
        _, _, data = await read(other_view)
        assert "人" in str(data["parts"])
        assert not other_topic._queue


def test_a_client_that_does_not_read_gets_one_resync_instead_of_a_growing_queue() -> None:
    listener = Listener(FLOW, frozenset({"flow"}))
    for number in range(1000):
        listener.push(b"%d" % number, b"resync")
        assert len(listener._queue) <= 32
    assert b"resync" in listener._queue
    assert listener._queue[-1] == b"999"


async def test_streams_end_when_publishing_ends() -> None:
    city = StandInCity(weeks=1)
    scene = Scene(city, await remembered(city))
    async with Supervisor() as supervisor:
        task = supervisor.start("publish", scene.hub.run())
        with scene.hub.listening(FLOW, ["flow"], None) as listener:
            await asyncio.sleep(0)
            task.cancel()
            async with asyncio.timeout(1):
                assert [frame async for frame in listener.frames()] == []
