"""Waiting for a bell or for time to pass, whichever comes first."""

import asyncio
import contextlib


async def ring_or_pause(bell: asyncio.Event, pause_s: float | None) -> None:
    """Return when the bell rings, or after the pause; None pauses until it rings."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause_s):
            await bell.wait()
    bell.clear()
