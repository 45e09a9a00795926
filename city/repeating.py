"""Work that comes round."""

import asyncio
from collections.abc import Awaitable, Callable


async def every(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Pause, do `work`, pause again. A failure ends it: let a supervisor keep it."""
    while True:
        await asyncio.sleep(seconds)
        await work()
