"""The contract of `ingest.ports.DeadLetters`."""

from support.engines import Bench

from ingest.ports import DeadLetter, Transport
from ingest.rules import Rule
from kernel.times import Instant
from storage.engine import Engine


def letter(time: int, sensor_id: str = "J1", size: int = 100) -> DeadLetter:
    return DeadLetter(
        Instant(time), sensor_id, "peopleflow-gate", 1, Rule.SENSOR, "", size, Transport.MQTT
    )


async def test_letters_come_newest_first(engine: Engine) -> None:
    await engine.dead_letters.append([letter(1, size=1), letter(3, size=2)])
    await engine.dead_letters.append([letter(2, size=3), letter(3, size=4)])

    found = await engine.dead_letters.list()
    assert [(one.time, one.bytes) for one in found] == [(3, 4), (3, 2), (2, 3), (1, 1)]
    assert found[-1] == letter(1, size=1)


async def test_equal_letters_are_separate_ones(engine: Engine) -> None:
    await engine.dead_letters.append([letter(1), letter(1)])
    await engine.dead_letters.append([letter(1)])

    assert len(await engine.dead_letters.list()) == 3


async def test_letters_are_listed_by_sensor_and_limit(engine: Engine) -> None:
    await engine.dead_letters.append([letter(time, f"J{time % 2}") for time in range(10)])

    assert [one.time for one in await engine.dead_letters.list(limit=2)] == [9, 8]
    found = await engine.dead_letters.list(sensor_id="J1", limit=3)
    assert [one.time for one in found] == [9, 7, 5]
    assert await engine.dead_letters.list(sensor_id="J7") == []


async def test_old_letters_are_swept(engine: Engine) -> None:
    await engine.dead_letters.append([letter(time) for time in range(5)])

    assert await engine.dead_letters.sweep(Instant(3)) == 3
    assert await engine.dead_letters.sweep(Instant(3)) == 0
    assert [one.time for one in await engine.dead_letters.list()] == [4, 3]


async def test_letters_outlive_a_reopening(bench: Bench) -> None:
    async with bench.open() as engine:
        await engine.dead_letters.append([letter(1)])
    async with bench.open() as engine:
        assert list(await engine.dead_letters.list()) == [letter(1)]
