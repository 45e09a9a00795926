"""Reading the city once, following it, and reading the past while others still fill it in."""

import asyncio
from collections.abc import Callable, Sequence

from support.city_reader import HOURS, StandInCity

from dashboard.figures.quarters import Quarter, quarter_of, start_of
from dashboard.memory import CityMemory
from dashboard.ports import ChangesLost, EntityRemoved, Row
from dashboard.watch import CityWatch
from kernel.times import Instant


class LateCity(StandInCity):
    """Its past is filled in only after the boards have begun to read."""

    is_filled = False

    async def history(
        self, entity_id: str, attribute: str, since: Instant, until: Instant
    ) -> Sequence[Row]:
        """Nothing before today, at first."""
        today = start_of(Quarter(quarter_of(self.now) - 72))
        rows = await super().history(entity_id, attribute, since, until)
        return rows if self.is_filled else [row for row in rows if row.time >= today]


def watching(city: StandInCity) -> tuple[CityWatch, CityMemory, list[str]]:
    memory, topics = CityMemory(HOURS), list[str]()
    watch = CityWatch(
        reader=city,
        changes=city,
        memory=memory,
        now=lambda: city.now,
        on_topic=topics.append,
        first_pause_s=0.01,
    )
    return watch, memory, topics


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 — the watch tells nobody what it has read
            await asyncio.sleep(0.005)


async def test_the_first_read_knows_today_and_the_weeks_follow() -> None:
    city = StandInCity(weeks=8)
    watch, memory, _ = watching(city)
    async with watch.running():
        await watch.first_read()
        gate = memory.gates(city.now)[0]
        assert gate.total(Quarter(gate.present - 1)) is not None
        far = Quarter(gate.present - 7 * 7 * 96)
        await until(lambda: memory.gates(city.now)[0].total(far) is not None)


async def test_a_change_is_taken_in_and_its_topic_told() -> None:
    city = StandInCity(weeks=1)
    watch, memory, topics = watching(city)
    async with watch.running():
        await watch.first_read()
        await city.put(city.gate("J1", peopleCountTowards=4321))
        await until(lambda: memory.gates(city.now)[0].north(quarter_of(city.now)) == 4321)
        assert "flow" in topics


async def test_lost_changes_make_it_read_again() -> None:
    city = StandInCity(weeks=1)
    watch, memory, _ = watching(city)
    async with watch.running():
        await watch.first_read()
        await city.put(city.gate("J2"))
        await until(lambda: city.reads > 100)
        city._changed["x"] = city.gate("J1", peopleCountTowards=777)
        city._changed["urn:ngsi-ld:CrowdFlowObserved:J1"] = city._changed.pop("x")
        for queue in city._queues:
            queue.put_nowait(ChangesLost())
        await until(lambda: memory.gates(city.now)[0].north(quarter_of(city.now)) == 777)


async def test_a_removed_entity_leaves_the_boards() -> None:
    city = StandInCity(weeks=1)
    watch, memory, _ = watching(city)
    async with watch.running():
        await watch.first_read()
        await city.put(city.gate("J2"))
        for queue in city._queues:
            queue.put_nowait(EntityRemoved("urn:ngsi-ld:CrowdFlowObserved:J1", "CrowdFlowObserved"))
        await until(lambda: [one.gate.key for one in memory.gates(city.now)] == ["J2"])


async def test_a_series_that_appears_brings_its_past_of_the_day() -> None:
    city = StandInCity(weeks=1)
    watch, memory, _ = watching(city)
    signs = await city.entities("SignageInteractionObserved")
    appearing = signs[0]
    async with watch.running():
        await watch.first_read()
        await city.put(city.gate("J2"))
        memory.take(EntityRemoved(appearing.id, appearing.type))
        before = city.reads
        await city.put(appearing)
        await until(lambda: city.reads > before)
        noon = Quarter(quarter_of(city.now) - 24)
        expected = city.value(appearing.id, "touchCount", noon)
        await until(lambda: memory.touch_series()[appearing.id].value(noon) == expected)


async def test_weeks_that_were_empty_are_asked_for_again() -> None:
    city = LateCity(weeks=8)
    watch, memory, _ = watching(city)
    async with watch.running():
        await watch.first_read()
        gate = memory.gates(city.now)[0]
        far = Quarter(gate.present - 5 * 7 * 96)
        assert gate.total(far) is None
        city.is_filled = True
        await until(lambda: memory.gates(city.now)[0].total(far) is not None)
