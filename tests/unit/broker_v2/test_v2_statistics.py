"""`/statistics` tells whole seconds since the start, and since the last reset."""

import aiohttp
from support.engines import START
from support.memory import MemoryEngine
from support.v2_broker import serving_v2

from kernel.clock import ManualClock
from kernel.ids import SeededIds


async def test_a_reset_begins_to_measure_anew_and_leaves_the_uptime() -> None:
    clock = ManualClock(START)
    async with (
        serving_v2(MemoryEngine(clock), clock=clock, ids=SeededIds(1)) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        clock.advance(90.9)
        async with session.delete("/statistics") as answer:
            assert await answer.json() == {"message": "All statistics counter reset"}
        clock.advance(10)
        async with session.get("/statistics") as answer:
            assert await answer.json() == {
                "uptime_in_secs": 100,
                "measuring_interval_in_secs": 10,
            }
